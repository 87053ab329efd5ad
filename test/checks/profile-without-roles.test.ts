import { found, profile, soundPki } from './check';

test('finds an empty list of roles, and none at all', () => {
  expect(found('RA303', { Profile: profile({ RoleArns: [] }) })).toMatchObject([{ severity: 'error', on: 'Profile', at: 'Properties.RoleArns' }]);
  expect(found('RA303', { Profile: profile({ RoleArns: [{ Ref: 'AWS::NoValue' }] }) })).toHaveLength(1);
  expect(found('RA303', { Profile: profile({ RoleArns: undefined }) })).toHaveLength(1);
});

test('is content with a role, and with what only a deployment knows', async () => {
  expect(found('RA303', (await soundPki()).sound)).toEqual([]);
  expect(found('RA303', { Profile: profile({ RoleArns: { Ref: 'Roles' } }) })).toEqual([]);
  expect(found('RA303', { Profile: { Type: 'AWS::RolesAnywhere::Profile', Properties: { 'Fn::Transform': { Name: 'Macro' } } } })).toEqual([]);
});
