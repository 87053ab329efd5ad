import { found, profile, Resources, role, soundPki, TemplateResource, trust } from './check';

const policy = (resource: unknown, more: object = {}): TemplateResource => ({
  Type: 'AWS::IAM::Policy',
  Properties: {
    PolicyName: 'p',
    Roles: [{ Ref: 'Role' }],
    PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: resource }], ...more },
  },
});

test.each([
  ['a parenthesis for a brace', '$(aws:PrincipalTag/x509Subject/CN}'],
  ['parentheses', '$(aws:PrincipalTag/x509Subject/CN)'],
  ['no dollar sign', '{aws:PrincipalTag/x509Subject/CN}'],
  ['a blank behind the dollar sign', '$ {aws:PrincipalTag/x509Subject/CN}'],
  ['no end', '${aws:PrincipalTag/x509Subject/CN'],
  ['another end', '${aws:PrincipalTag/x509Subject/CN)/*'],
  ['a blank within', '${ aws:PrincipalTag/x509Subject/CN}'],
  ['the escape of Fn::Sub outside of it', '${!aws:PrincipalTag/x509Subject/CN}'],
])('finds a variable with %s', (_, text) => {
  expect(found('RA108', { Policy: policy(`arn:aws:s3:::bucket/${text}`) })).toMatchObject([{
    severity: 'error', on: 'Policy', at: 'Properties.PolicyDocument.Statement[0].Resource', message: expect.stringContaining('is no policy variable'),
  }]);
});

test('finds it in texts that are put together, in inline policies, trust policies and session policies', async () => {
  const { sound } = await soundPki();
  const text = '$(aws:PrincipalTag/x509Subject/CN}';
  const join = { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, `/${text}`]] };
  const resources: Resources = {
    Bucket: { Type: 'AWS::S3::Bucket' },
    Policy: policy(join),
    Role: role([trust({ ...BOUND_TO_SELF, StringEquals: { 'aws:PrincipalTag/x509Subject/OU': text } })], {
      Policies: [{ PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: [text] } } }],
    }),
    Profile: profile({ SessionPolicy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: text }] }) }),
  };
  expect(found('RA108', { ...sound, ...resources }).map(({ on, at }) => `${on} ${at}`).sort()).toEqual([
    'Policy Properties.PolicyDocument.Statement[0].Resource',
    'Profile Properties.SessionPolicy.Statement[0].Resource',
    'Role Properties.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals.aws:PrincipalTag/x509Subject/OU',
    'Role Properties.Policies[0].PolicyDocument.Statement.Resource[0]',
  ]);
});

const BOUND_TO_SELF = { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['Anchor', 'TrustAnchorArn'] } } };

test('finds a variable in a policy of a version that has none', () => {
  const variable = 'arn:aws:s3:::bucket/${aws:PrincipalTag/x509Subject/CN}';
  expect(found('RA108', { Policy: policy(variable, { Version: '2008-10-17' }) })).toMatchObject([{ message: expect.stringContaining('plain text') }]);
  expect(found('RA108', { Policy: policy(variable, { Version: undefined }) })).toHaveLength(1);
});

test.each([
  ['a variable', '${aws:PrincipalTag/x509Subject/CN}/*'],
  ['a variable with a default', "${aws:PrincipalTag/team, 'none'}"],
  ['variables side by side', '${aws:username}${aws:PrincipalTag/x509Subject/CN}-${sts:SourceIdentity}'],
  ['variables of other services', '${cognito-identity.amazonaws.com:sub}'],
  ['an escaped character', '${*}'],
  ['a name that looks like a shell variable', '$HOME/(aws)'],
  ['an escaped variable of Fn::Sub', { 'Fn::Sub': 'arn:${AWS::Partition}:s3:::bucket/${!aws:PrincipalTag/x509Subject/CN}' }],
])('is content with %s', (_, resource) => {
  expect(found('RA108', { Policy: policy(resource) })).toEqual([]);
});
