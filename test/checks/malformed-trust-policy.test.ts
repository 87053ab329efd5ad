import { BOUND, found, role, trust } from './check';

test.each([
  ['an operator that does not exist', [trust({ ...BOUND, StringEqual: { 'aws:SourceAccount': '1' } })], 'StringEqual'],
  ['a resource', [trust(BOUND, { Resource: '*' })], 'Resource is not allowed in a trust policy'],
  ['an action that is none', [trust(BOUND, { Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity', 'AssumeRole'] })], '"AssumeRole"'],
])('finds %s', (_, statements, message) => {
  expect(found('RA111', { Role: role(statements) })).toMatchObject([{
    severity: 'error', on: 'Role', at: 'Properties.AssumeRolePolicyDocument', message: expect.stringContaining(message),
  }]);
});

test('is content with what only a deployment knows, and with roles that are not for hosts', () => {
  const elsewhere = { Effect: 'Allow', Principal: { AWS: { 'Fn::GetAtt': ['Other', 'Arn'] } }, Action: 'sts:AssumeRole' };
  expect(found('RA111', { Other: role([trust()]), Role: role([trust(), elsewhere]) })).toEqual([]);
  expect(found('RA111', { Role: role([trust({ StringEquals: { 'aws:SourceAccount': [{ Ref: 'Account' }] } })]) })).toEqual([]);
  expect(found('RA111', { Role: role([{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole', Resource: '*' }]) })).toEqual([]);
});
