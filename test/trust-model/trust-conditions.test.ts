/** What the conditions of a statement narrow down, and what is not known of them before a deployment. */
import {
  certificateAttribute, isVacuous, namesHolder, namesTrustAnchor, negatedCertificateConditions, readTrustConditions, restrictions,
} from '../../src/trust-model/trust-conditions';

const read = (condition: unknown) => readTrustConditions(condition)!;

test('conditions are taken apart, whatever the case of their keys', () => {
  expect(read({ StringLike: { 'AWS:SourceAccount': '1' }, ArnEquals: { 'aws:SourceArn': ['a', { Ref: 'B' }] } })).toEqual([
    { operator: 'StringLike', key: 'aws:sourceaccount', spelling: 'AWS:SourceAccount', values: ['1'] },
    { operator: 'ArnEquals', key: 'aws:sourcearn', spelling: 'aws:SourceArn', values: ['a', { Ref: 'B' }] },
  ]);
  expect(read(undefined)).toEqual([]);
});

test('conditions that are an intrinsic function, or have one for an operator, are not known', () => {
  expect(readTrustConditions({ 'Fn::If': ['A', {}, {}] })).toBeUndefined();
  expect(readTrustConditions({ Ref: 'A' })).toBeUndefined();
  expect(readTrustConditions({ StringEquals: { 'Fn::If': ['A', {}, {}] } })).toBeUndefined();
});

test.each([
  ['StringEquals', 'a', true], ['ForAnyValue:StringLike', 'a*', true], ['ArnLike', { Ref: 'A' }, true], ['StringLike', ['*', 'a'], true],
  ['StringLike', '*', false], ['ArnLike', ['?*', '**'], false],
  ['StringNotEquals', 'a', false], ['StringEqualsIfExists', 'a', false], ['ForAllValues:StringEquals', 'a', false], ['IpAddress', '192.0.2.0/24', false],
])('%s %j shuts somebody out: %s', (operator, value, expected) => {
  const conditions = read({ [operator]: { 'aws:SourceArn': value } });
  expect(restrictions(conditions)).toHaveLength(expected ? 1 : 0);
  expect(conditions.some(isVacuous)).toBe(/Like$/.test(operator) && !expected);
});

test('conditions are about the trust anchor, the holder, or neither', () => {
  const about = (key: string) => read({ StringEquals: { [key]: 'a' } }).map((condition) => [namesTrustAnchor(condition), namesHolder(condition)]);
  expect(about('aws:SourceArn')).toEqual([[true, false]]);
  for (const key of ['aws:PrincipalTag/x509Subject/CN', 'aws:principaltag/X509SAN/dns', 'sts:SourceIdentity']) {
    expect(about(key)).toEqual([[false, true]]);
  }
  expect(about('aws:PrincipalTag/x509Issuer/CN')).toEqual([[false, false]]);
});

test('keys name certificate attributes in the spelling of the documents', () => {
  expect(certificateAttribute('AWS:principaltag/X509subject/CN')).toBe('x509Subject/CN');
  expect(certificateAttribute('aws:PrincipalTag/x509Serial')).toBe('x509Serial');
  expect(certificateAttribute('aws:PrincipalTag/team')).toBeUndefined();
});

test('conditions that hold where an attribute is missing are found, on certificate attributes only', () => {
  const conditions = read({
    'StringNotEquals': { 'aws:PrincipalTag/x509Subject/CN': 'a', 'aws:SourceAccount': 'b' },
    'StringLikeIfExists': { 'aws:PrincipalTag/x509SAN/DNS': 'a' },
    'ForAllValues:StringEquals': { 'aws:PrincipalTag/x509Issuer/CN': 'a' },
    'StringEquals': { 'aws:PrincipalTag/x509Subject/OU': 'a' },
  });
  expect(negatedCertificateConditions(conditions).map(({ operator }) => operator)).toEqual(['StringNotEquals', 'StringLikeIfExists', 'ForAllValues:StringEquals']);
});
