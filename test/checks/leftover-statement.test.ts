import { ANCHOR_ARN, BOUND, check, found, role, trust } from './check';

test.each([
  ['an unconditional one', trust(null, { Action: 'sts:AssumeRole' })],
  ['one without the holder', trust({ ArnEquals: { 'aws:SourceArn': ANCHOR_ARN } })],
  ['one without the trust anchor', trust({ StringEquals: BOUND.StringEquals })],
])('finds %s beside a bound one', (_, leftover) => {
  const findings = found('RA106', { Role: role([leftover, trust()]) });
  expect(findings).toMatchObject([{ severity: 'error', on: 'Role', at: 'Properties.AssumeRolePolicyDocument.Statement[0]' }]);
});

test('says so once, and not by other rules for the same statement as well', () => {
  expect(check({ Role: role([trust(null), trust()]) }).map(({ rule }) => rule)).toEqual(['RA106']);
});

test.each([
  ['statements for two hosts', [trust(), trust({ ...BOUND, StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'onprem02' } })]],
  ['statements for two trust anchors', [trust(), trust({ ArnEquals: { 'aws:SourceArn': 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/other' } })]],
  ['a wider one under another condition', [trust(), trust({ ArnEquals: BOUND.ArnEquals, IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })]],
  ['a narrower one that asks for more of the holder', [trust(), trust({ ...BOUND, StringLike: { 'aws:PrincipalTag/x509Subject/OU': 'Sec*' } })]],
  ['a statement for session tags alone', [trust(BOUND, { Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'] }), trust(null, { Action: 'sts:TagSession' })]],
])('is content with %s', (_, statements) => {
  expect(found('RA106', { Role: role(statements) })).toEqual([]);
});
