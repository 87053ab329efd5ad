import { found, profile, Resources, role, TemplateResource, trust } from './check';

const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['*'], Resource: '*' }] };
const ADMINISTRATOR = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AdministratorAccess']] };

const policy = (type: string, properties: object): TemplateResource => ({ Type: type, Properties: { PolicyDocument: EVERYTHING, ...properties } });

test.each<[string, object, Resources]>([
  ['AdministratorAccess', { ManagedPolicyArns: [ADMINISTRATOR] }, {}],
  ['an inline policy', { Policies: [{ PolicyName: 'p', PolicyDocument: EVERYTHING }] }, {}],
  ['a policy', {}, { Policy: policy('AWS::IAM::Policy', { Roles: [{ Ref: 'Role' }] }) }],
  ['a policy of one role', {}, { Policy: policy('AWS::IAM::RolePolicy', { RoleName: { Ref: 'Role' } }) }],
  ['a policy that names the role', { RoleName: 'admin' }, { Policy: policy('AWS::IAM::ManagedPolicy', { Roles: ['admin'] }) }],
  ['a managed policy of the app', { ManagedPolicyArns: [{ Ref: 'Policy' }] }, { Policy: policy('AWS::IAM::ManagedPolicy', {}) }],
])('warns of a role that may do everything by %s', (_, properties, more) => {
  expect(found('RA302', { Role: role([trust()], properties), Profile: profile(), ...more })).toMatchObject([{
    severity: 'warning', on: 'Profile', at: 'Properties.RoleArns[0]',
  }]);
});

test.each<[string, object, object]>([
  ['a session policy', { SessionPolicy: '{}' }, { ManagedPolicyArns: [ADMINISTRATOR] }],
  ['managed session policies', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }, { ManagedPolicyArns: [ADMINISTRATOR] }],
  ['a permissions boundary', {}, { ManagedPolicyArns: [ADMINISTRATOR], PermissionsBoundary: { Ref: 'Boundary' } }],
  ['a role that may do less', {}, { Policies: [{ PolicyDocument: { Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } } }] }],
  ['a role that may do everything on something', {}, { Policies: [{ PolicyDocument: { Statement: { Effect: 'Allow', Action: '*', Resource: 'arn:aws:s3:::a' } } }] }],
  ['a policy that denies', {}, { Policies: [{ PolicyDocument: { Statement: { Effect: 'Deny', Action: '*', Resource: '*' } } }] }],
])('is content with %s', (_, ofProfile, ofRole) => {
  expect(found('RA302', { Role: role([trust()], ofRole), Profile: profile(ofProfile) })).toEqual([]);
});
