import { BOUND, found, profile, role, soundPki, trust } from './check';

const ARN = 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/1';
const resources = { Role: role([trust({ ...BOUND, ArnEquals: { 'aws:SourceArn': ARN } })]), Profile: profile({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }) };

test('warns of it in a stack that may be deployed anywhere', () => {
  expect(found('RA603', resources)).toMatchObject([
    { severity: 'warning', on: 'Role', at: 'Properties.AssumeRolePolicyDocument.Statement[0].Condition.ArnEquals.aws:SourceArn' },
    { severity: 'warning', on: 'Profile', at: 'Properties.ManagedPolicyArns[0]' },
  ]);
  const put = { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:policy/hosts' };
  expect(found('RA603', { Profile: profile({ ManagedPolicyArns: [put] }) })).toHaveLength(1);
});

test('finds it in a stack of another partition', () => {
  expect(found('RA603', resources, { region: 'us-gov-west-1' })).toMatchObject([{ severity: 'error' }, { severity: 'error', message: expect.stringContaining('aws-us-gov') }]);
});

test('is content with the partition of the stack, and with roles that are not for hosts', async () => {
  expect(found('RA603', (await soundPki()).sound)).toEqual([]);
  expect(found('RA603', resources, { region: 'eu-west-1' })).toEqual([]);
  expect(found('RA603', { Profile: profile({ ManagedPolicyArns: [{ 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess' }] }) })).toEqual([]);
  const other = role([{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' }]);
  expect(found('RA603', { Role: other })).toEqual([]);
});
