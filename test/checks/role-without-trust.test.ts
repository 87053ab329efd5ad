import { found, profile, role, soundPki, trust } from './check';

const FOR_INSTANCES = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };

test.each([
  ['trusts another service', [FOR_INSTANCES]],
  ['may be tagged only', [trust(undefined, { Action: 'sts:TagSession' })]],
  ['denies it', [trust(undefined, { Effect: 'Deny' })]],
])('finds a role that %s', (_, statements) => {
  expect(found('RA304', { Role: role(statements), Profile: profile() })).toMatchObject([{ severity: 'error', on: 'Profile', at: 'Properties.RoleArns[0]' }]);
});

test('finds it where the role is in another stack', () => {
  const other = { Resources: { Role: role([FOR_INSTANCES]) }, Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] }, Export: { Name: 'role' } } } };
  expect(found('RA304', { Profile: profile({ RoleArns: [{ 'Fn::ImportValue': 'role' }] }) }, { stacks: { Other: other } })).toHaveLength(1);
  expect(found('RA304', { Profile: profile({ RoleArns: [{ 'Fn::ImportValue': 'another' }] }) }, { stacks: { Other: other } })).toEqual([]);
});

test('is content with a role that is for hosts, and with what only a deployment knows', async () => {
  expect(found('RA304', (await soundPki()).sound)).toEqual([]);
  expect(found('RA304', { Role: role({ 'Fn::If': ['Hosts', [trust()], [FOR_INSTANCES]] }), Profile: profile() })).toEqual([]);
  expect(found('RA304', { Profile: profile({ RoleArns: ['arn:aws:iam::111122223333:role/elsewhere'] }) })).toEqual([]);
});
