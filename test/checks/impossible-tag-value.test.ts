import { BOUND, found, role, trust } from './check';

const on = (operator: string, value: unknown) => ({
  Role: role([trust({ ArnEquals: BOUND.ArnEquals, [operator]: { 'aws:PrincipalTag/x509Subject/CN': value } })]),
});

test.each([
  ['parentheses', 'StringEquals', 'db (primary)'],
  ['an ampersand', 'StringLike', 'R&D*'],
  ['a wildcard where it is none', 'StringEquals', 'onprem*'],
  ['too many characters', 'StringEquals', 'x'.repeat(257)],
])('finds a value with %s', (_, operator, value) => {
  expect(found('RA109', on(operator, value))).toMatchObject([{ severity: 'error', on: 'Role', message: expect.stringContaining('no certificate can have') }]);
});

test('warns where other values are left', () => {
  expect(found('RA109', on('StringEquals', ['onprem01', 'a,b']))).toMatchObject([{ severity: 'warning', message: expect.stringContaining('"a,b"') }]);
});

test.each([
  ['values that can be', 'StringEquals', ['onprem01', 'höst 2: a_b.c/d=e+f-g@h']],
  ['patterns', 'StringLike', 'onprem-??*'],
  ['policy variables', 'StringEquals', '${aws:PrincipalTag/x509Subject/OU}'],
  ['what only a deployment knows', 'StringEquals', { Ref: 'HostName' }],
])('is content with %s', (_, operator, value) => {
  expect(found('RA109', { ...on(operator, value) })).toEqual([]);
});
