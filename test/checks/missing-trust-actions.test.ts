import { BOUND, found, role, THREE_ACTIONS, trust } from './check';

test.each([
  ['iam.ServicePrincipal allows', 'sts:AssumeRole', 'sts:TagSession and sts:SetSourceIdentity'],
  ['withSessionTags() allows', ['sts:AssumeRole', 'sts:TagSession'], 'sts:SetSourceIdentity'],
])('finds that what %s is not enough', (_, actions, missing) => {
  const [finding, ...others] = found('RA105', { Role: role([trust(BOUND, { Action: actions })]) });
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ severity: 'error', on: 'Role', message: expect.stringContaining(`does not allow rolesanywhere.amazonaws.com ${missing}`) });
});

test.each([
  ['all three in one statement', [trust()]],
  ['all three in several', THREE_ACTIONS.map((action) => trust(BOUND, { Action: action }))],
  ['a pattern', [trust(BOUND, { Action: 'STS:*' })]],
  ['a role that is not for hosts', [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }]],
  ['a statement of which only a deployment knows', [trust(BOUND, { Action: 'sts:AssumeRole' }), { 'Fn::If': ['More', trust(), { Ref: 'AWS::NoValue' }] }]],
])('is content with %s', (_, statements) => {
  expect(found('RA105', { Role: role(statements) })).toEqual([]);
});
