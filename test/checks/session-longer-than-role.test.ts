import { found, profile, role, soundPki, trust } from './check';

test.each([
  ['the default of a role', { DurationSeconds: 7200 }, {}, 3600],
  ['what a role states', { DurationSeconds: '14400' }, { MaxSessionDuration: 7200 }, 7200],
])('finds sessions longer than %s', (_, ofProfile, ofRole, allowed) => {
  expect(found('RA301', { Role: role([trust()], ofRole), Profile: profile(ofProfile) })).toMatchObject([{
    severity: 'error', on: 'Profile', at: 'Properties.RoleArns[0]', message: expect.stringContaining(`the role Role allows ${allowed}`),
  }]);
});

test('knows a role by an ARN that is put together with its name', () => {
  const arn = { 'Fn::Sub': ['arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Name}', { Name: { Ref: 'Role' } }] };
  expect(found('RA301', { Role: role([trust()]), Profile: profile({ DurationSeconds: 7200, RoleArns: [arn] }) })).toHaveLength(1);
});

test('is content with sessions as long as the role allows, and with what only a deployment knows', async () => {
  expect(found('RA301', { Role: role([trust()], { MaxSessionDuration: 43200 }), Profile: profile({ DurationSeconds: 43200 }) })).toEqual([]);
  expect(found('RA301', { Role: role([trust()]), Profile: profile({ DurationSeconds: { Ref: 'Seconds' } }) })).toEqual([]);
  expect(found('RA301', { Role: role([trust()]), Profile: profile({ DurationSeconds: 7200, RoleArns: { Ref: 'Roles' } }) })).toEqual([]);
  expect(found('RA301', (await soundPki()).sound)).toEqual([]);
});
