import { ANCHOR_ARN, found, role, trust } from './check';

const FROM_ANCHOR = { ArnEquals: { 'aws:SourceArn': ANCHOR_ARN } };

test.each([
  ['the trust anchor', FROM_ANCHOR],
  ['the issuer', { ...FROM_ANCHOR, StringEquals: { 'aws:PrincipalTag/x509Issuer/CN': 'Example Root' } }],
  ['any common name', { ...FROM_ANCHOR, StringLike: { 'aws:PrincipalTag/x509Subject/CN': '*' } }],
])('finds a statement that is bound to nothing but %s', (_, condition) => {
  expect(found('RA104', { Role: role([trust(condition)]) })).toMatchObject([{ severity: 'warning', at: 'Properties.AssumeRolePolicyDocument.Statement[0]' }]);
});

test.each([
  ['subject', { StringLike: { 'aws:PrincipalTag/x509Subject/OU': 'Sec*' } }],
  ['alternative name', { StringEquals: { 'aws:PrincipalTag/x509SAN/DNS': 'a.example.com' } }],
  ['source identity', { StringEquals: { 'sts:SourceIdentity': 'CN=onprem01' } }],
])('is content with a condition on the %s', (_, condition) => {
  expect(found('RA104', { Role: role([trust({ ...FROM_ANCHOR, ...condition })]) })).toEqual([]);
});
