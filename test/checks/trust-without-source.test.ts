import { ANCHOR_ARN, found, role, trust } from './check';

const HOST = { 'aws:PrincipalTag/x509Subject/CN': 'onprem01' };

test.each([
  ['only the holder', { StringEquals: HOST }],
  ['the trust anchor, if there is one', { StringEquals: HOST, ArnEqualsIfExists: { 'aws:SourceArn': ANCHOR_ARN } }],
  ['other trust anchors', { StringEquals: HOST, ArnNotEquals: { 'aws:SourceArn': ANCHOR_ARN } }],
  ['any trust anchor', { StringEquals: HOST, ArnLike: { 'aws:SourceArn': '*' } }],
])('finds a condition on %s', (_, condition) => {
  expect(found('RA102', { Role: role([trust(condition)]) })).toMatchObject([{ severity: 'error', at: 'Properties.AssumeRolePolicyDocument.Statement[0]' }]);
});

test.each([
  ['the trust anchor', { StringEquals: HOST, ArnEquals: { 'aws:SourceArn': ANCHOR_ARN } }],
  ['the account', { StringEquals: { ...HOST, 'AWS:sourceaccount': '111122223333' } }],
  ['the account of the stack', { StringEquals: { ...HOST, 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }],
])('is content with a condition on %s', (_, condition) => {
  expect(found('RA102', { Role: role([trust(condition)]) })).toEqual([]);
});
