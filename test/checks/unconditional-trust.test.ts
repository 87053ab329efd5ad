import { found, role, trust } from './check';

const ANY = { StringLike: { 'aws:SourceArn': '*' } };

test.each([
  ['has no condition', [trust(null)], 0],
  ['has conditions that hold for every value', [trust(ANY)], 0],
  ['trusts the service among others', [trust(), { Effect: 'Allow', Principal: { Service: ['ec2.amazonaws.com', 'rolesanywhere.amazonaws.com'] }, Action: 'sts:*' }], 1],
])('finds a statement that %s', (_, statements, index) => {
  const [finding, ...others] = [...found('RA101', { Role: role(statements) }), ...found('RA106', { Role: role(statements) })];
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ severity: 'error', on: 'Role', at: `Properties.AssumeRolePolicyDocument.Statement[${index}]` });
});

test('finds it in a single statement that is in no list, and in a policy that is text', () => {
  expect(found('RA101', { Role: role(trust(null)) })).toMatchObject([{ at: 'Properties.AssumeRolePolicyDocument.Statement' }]);
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [trust(null)] });
  expect(found('RA101', { Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: policy } } })).toHaveLength(1);
});

test.each([
  ['a bound statement', [trust()]],
  ['conditions of which only a deployment knows', [trust({ 'Fn::If': ['Strict', { Bool: { 'aws:SecureTransport': 'true' } }, { Ref: 'AWS::NoValue' }] })]],
  ['a statement that denies', [trust(), trust(null, { Effect: 'Deny' })]],
  ['a statement that trusts another service', [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }]],
  ['a condition on the network, which is bad for other reasons', [trust({ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })]],
])('is content with %s', (_, statements) => {
  expect(found('RA101', { Role: role(statements) })).toEqual([]);
});
