import { ANCHOR_ARN, found, role, trust } from './check';

const HOST = { 'aws:PrincipalTag/x509Subject/CN': 'onprem01' };

test.each([
  ['an account', { StringEquals: { ...HOST, 'aws:SourceAccount': '111122223333' } }],
  ['a pattern for all trust anchors', { StringEquals: HOST, ArnLike: { 'aws:SourceArn': 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/*' } }],
  ['such a pattern with the account of the stack', {
    StringEquals: HOST, ArnLike: { 'aws:SourceArn': { 'Fn::Sub': 'arn:${AWS::Partition}:rolesanywhere:${AWS::Region}:${AWS::AccountId}:trust-anchor/*' } },
  }],
  ['such a pattern beside a trust anchor', { StringEquals: HOST, ArnLike: { 'aws:SourceArn': [ANCHOR_ARN, 'arn:aws:rolesanywhere:*'] } }],
])('finds a statement that is bound to %s', (_, condition) => {
  expect(found('RA103', { Role: role([trust(condition)]) })).toMatchObject([{ severity: 'warning', on: 'Role' }]);
});

test('is content with a certain trust anchor, beside an account too', () => {
  expect(found('RA103', { Role: role([trust()]) })).toEqual([]);
  const condition = { StringEquals: { ...HOST, 'aws:SourceAccount': '111122223333' }, ArnEquals: { 'aws:SourceArn': [ANCHOR_ARN] } };
  expect(found('RA103', { Role: role([trust(condition)]) })).toEqual([]);
});
