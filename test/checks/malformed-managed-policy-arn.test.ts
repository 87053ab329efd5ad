import { found, profile } from './check';

const on = (arn: unknown) => ({ Profile: profile({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', arn] }) });

test.each([
  ['a name', 'ReadOnlyAccess'],
  ['the ARN of a role', 'arn:aws:iam::111122223333:role/reader'],
  ['an ARN with a Region', 'arn:aws:iam:eu-west-1:aws:policy/ReadOnlyAccess'],
  ['an ARN that is put together wrongly', { 'Fn::Sub': 'arn:${AWS::Partition}:iam:aws:policy/ReadOnlyAccess' }],
])('finds %s', (_, arn) => {
  expect(found('RA306', on(arn))).toMatchObject([{ severity: 'error', on: 'Profile', at: 'Properties.ManagedPolicyArns[1]' }]);
});

test.each([
  ['a policy of AWS', { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/job-function/ViewOnlyAccess' }],
  ['a policy of the account', { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/hosts' }],
  ['a policy of the app', { Ref: 'Policy' }],
  ['an ARN with a name that only a deployment knows', { 'Fn::Sub': 'arn:aws:iam::aws:policy/${Name}' }],
])('is content with %s', (_, arn) => {
  expect(found('RA306', on(arn))).toEqual([]);
});
