import { Aws, aws_iam as iam, CfnCondition, Duration, Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import {
  AttributeMapping, CertificateCondition, CertificateField, Profile, ProfileProps, RolesAnywherePrincipal, RolesAnywhereRole, SessionTag, Subject,
  SubjectAlternativeName, TrustAnchor, TrustAnchorSource,
} from '../src';
import { createRootCa, Issued } from './support/pki';
import { errorCode, newStack, strictStack, warnings } from './support/stack';

const PROFILE_ARN = 'arn:aws:rolesanywhere:eu-west-1:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9';

let root: Issued;
beforeAll(async () => {
  root = await createRootCa('CN=Root');
});

interface Options extends Omit<ProfileProps, 'roles'> {
  readonly certificate?: CertificateCondition;
  readonly maxSessionDuration?: Duration;
}

function setUp({ certificate = Subject.commonName('onprem01'), maxSessionDuration, ...props }: Options = {}, stack = newStack()): {
  stack: Stack; role: RolesAnywhereRole; profile: Profile;
} {
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  const role = new RolesAnywhereRole(stack, 'Role', { trustAnchors: [anchor], certificate, maxSessionDuration });
  return { stack, role, profile: new Profile(stack, 'Profile', { roles: [role], ...props }) };
}

const expectProfile = (stack: Stack, properties: object) => Template.fromStack(stack).hasResourceProperties('AWS::RolesAnywhere::Profile', properties);
const expectError = (stack: Stack, pattern: RegExp) => expect(() => Template.fromStack(stack)).toThrow(pattern);

describe('a profile', () => {
  test('lists its roles, states Enabled and duration, and passes strict template validation', () => {
    const { stack, role, profile } = setUp({}, strictStack());
    profile.addRole(role);
    expectProfile(stack, {
      Name: Match.stringLikeRegexp('^Stack-Profile-[0-9A-F]{8}$'),
      RoleArns: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Role'), 'Arn'] }],
      Enabled: true,
      DurationSeconds: 3600,
      AttributeMappings: Match.absent(),
    });
    expect(Profile.isProfile(profile)).toBe(true);
    expect(stack.resolve(profile.profileRef.profileId)).toEqual({ 'Fn::GetAtt': [expect.any(String), 'ProfileId'] });
  });

  test('may be disabled, named, and accept session names', () => {
    const { stack } = setUp({ enabled: false, profileName: 'on-premises hosts', acceptRoleSessionName: true });
    expectProfile(stack, { Enabled: false, Name: 'on-premises hosts', AcceptRoleSessionName: true });
  });

  test('refuses a name with dots', () => {
    expect(errorCode(() => setUp({ profileName: 'host.example.com' }))).toBe('INVALID_NAME');
  });

  test('can be imported', () => {
    const stack = newStack();
    expect(Profile.fromProfileArn(stack, 'A', PROFILE_ARN)).toMatchObject({
      profileId: '86227258-a142-433d-a4bc-6015c99b39b9', profileArn: PROFILE_ARN, env: { region: 'eu-west-1', account: '111122223333' },
    });
    expect(JSON.stringify(stack.resolve(Profile.fromProfileId(stack, 'B', '86227258-a142-433d-a4bc-6015c99b39b9').profileArn))).toContain('AWS::Partition');
    expect(errorCode(() => Profile.fromProfileArn(stack, 'C', PROFILE_ARN.replace('profile', 'crl')))).toBe('INVALID_ARN');
  });
});

describe('roles', () => {
  test('are needed: a profile without any is an error', () => {
    const stack = newStack();
    new Profile(stack, 'Profile');
    expectError(stack, /the profile has no role/);
  });

  test('are 250 at most', () => {
    const { stack, profile } = setUp();
    for (let i = 0; i < 250; i++) {
      profile.addRole(iam.Role.fromRoleArn(stack, `R${i}`, `arn:aws:iam::111122223333:role/r${i}`));
    }
    expectError(stack, /251 roles/);
  });

  test('that do not trust Roles Anywhere are an error', () => {
    const { stack, profile } = setUp();
    profile.addRole(new iam.Role(stack, 'Other', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') }));
    expectError(stack, /Stack\/Other does not let Roles Anywhere do sts:AssumeRole, sts:TagSession, sts:SetSourceIdentity/);
  });

  test('whose trust policy has sts:AssumeRole alone lack two of the three actions', () => {
    const { stack, profile } = setUp();
    profile.addRole(new iam.Role(stack, 'Other', { assumedBy: new iam.ServicePrincipal('rolesanywhere.amazonaws.com') }));
    expectError(stack, /does not let Roles Anywhere do sts:TagSession, sts:SetSourceIdentity/);
  });

  test('with session tags but without source identity lack one', () => {
    const { stack, profile } = setUp();
    profile.addRole(new iam.Role(stack, 'Other', { assumedBy: new iam.ServicePrincipal('rolesanywhere.amazonaws.com').withSessionTags() }));
    expectError(stack, /does not let Roles Anywhere do sts:SetSourceIdentity, /);
  });

  test('whose trust policy was written by an escape hatch are read as rendered', () => {
    const { stack, profile } = setUp();
    const other = new iam.Role(stack, 'Other', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    (other.node.defaultChild as iam.CfnRole).addPropertyOverride('AssumeRolePolicyDocument', {
      Statement: [{ Effect: 'Allow', Principal: { Service: ['rolesanywhere.amazonaws.com'] }, Action: 'sts:*' }],
    });
    profile.addRole(other);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('that keep the statement without conditions which was there first are warned about', () => {
    const { stack, profile } = setUp();
    const other = new iam.Role(stack, 'Other', { assumedBy: new iam.ServicePrincipal('rolesanywhere.amazonaws.com') });
    other.assumeRolePolicy!.addStatements(new iam.PolicyStatement({
      actions: ['sts:TagSession', 'sts:SetSourceIdentity'], principals: [new iam.ServicePrincipal('rolesanywhere.amazonaws.com')],
    }));
    profile.addRole(other);
    new Profile(stack, 'Second', { roles: [other] });
    const said = warnings(stack).join();
    expect(said).toContain('cdk-roles-anywhere:TrustPolicy.anyTrustAnchor');
    expect(said).toContain('cdk-roles-anywhere:TrustPolicy.anyCertificate');
    expect(warnings(stack)).toHaveLength(2);
  });

  test('with wildcards in their actions, or intrinsic functions in their trust policy, are understood or left alone', () => {
    const { stack, profile } = setUp();
    const withPolicy = (id: string, Statement: object[]) => {
      const role = new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
      (role.node.defaultChild as iam.CfnRole).assumeRolePolicyDocument = { Version: '2012-10-17', Statement };
      profile.addRole(role);
    };
    const service = { Service: 'rolesanywhere.amazonaws.com' };
    const condition = { ArnEquals: { 'aws:SourceArn': 'arn' }, StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'a' } };
    withPolicy('Wildcards', [{ Effect: 'Allow', Principal: service, Action: ['sts:Assume*', 'STS:Tag*', 'sts:Set*'], Condition: condition }]);
    new CfnCondition(stack, 'Condition', { expression: Fn.conditionEquals(Aws.REGION, 'eu-west-1') });
    const statement = { Effect: 'Allow', Principal: service, Action: 'sts:*', Condition: condition };
    withPolicy('Intrinsic', [{ 'Fn::If': ['Condition', statement, { Ref: 'AWS::NoValue' }] }]);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('whose trust policy is too long are an error, whoever wrote it', () => {
    const { stack, profile } = setUp();
    const anchor = TrustAnchor.fromTrustAnchorId(stack, 'Imported', '11111111-1111-1111-1111-111111111111');
    const certificate = CertificateCondition.anyOf(...Array.from({ length: 20 }, (_, i) => Subject.commonName(`host-${i}`)));
    profile.addRole(new iam.Role(stack, 'Long', { assumedBy: new RolesAnywherePrincipal({ trustAnchors: [anchor], certificate }) }));
    expectError(stack, /the trust policy of Stack\/Long has about \d+ characters/);
  });

  test('that are imported are not judged', () => {
    const { stack, profile } = setUp();
    profile.addRole(iam.Role.fromRoleArn(stack, 'Imported', 'arn:aws:iam::111122223333:role/x'));
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

describe('the session duration', () => {
  test.each([899, 43_201])('of %d seconds is refused', (seconds) => {
    expect(errorCode(() => setUp({ sessionDuration: Duration.seconds(seconds) }))).toBe('INVALID_SESSION_DURATION');
  });

  test.each([900, 43_200])('of %d seconds is taken', (seconds) => {
    const { stack } = setUp({ sessionDuration: Duration.seconds(seconds), maxSessionDuration: Duration.hours(12) });
    expectProfile(stack, { DurationSeconds: seconds });
  });

  test('above the longest session of a role is an error, not a clamp', () => {
    const { stack } = setUp({ sessionDuration: Duration.hours(2) });
    expectError(stack, /sessions of the profile last 7200 seconds, and the role Stack\/Role allows 3600/);
  });
});

describe('the session policy', () => {
  test('is rendered as JSON text, with tokens inside', () => {
    const statement = new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [`arn:${Aws.PARTITION}:s3:::bucket/*`] });
    const { stack } = setUp({ sessionPolicy: new iam.PolicyDocument({ statements: [statement] }) });
    expectProfile(stack, {
      SessionPolicy: {
        'Fn::Join': ['', [
          '{"Statement":[{"Action":"s3:PutObject","Effect":"Allow","Resource":"arn:',
          { Ref: 'AWS::Partition' },
          ':s3:::bucket/*"}],"Version":"2012-10-17"}',
        ]],
      },
    });
  });

  test('has no principals and is not empty', () => {
    const withPrincipal = new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'], principals: [new iam.AccountRootPrincipal()] });
    expectError(setUp({ sessionPolicy: new iam.PolicyDocument({ statements: [withPrincipal] }) }).stack, /the session policy cannot be used: .*principal/i);
    expectError(setUp({ sessionPolicy: new iam.PolicyDocument() }).stack, /the session policy cannot be used: it has no statement/);
  });

  test('may be filled after the profile was made', () => {
    const sessionPolicy = new iam.PolicyDocument();
    const { stack } = setUp({ sessionPolicy });
    sessionPolicy.addStatements(new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test.each([
    [3_000, 'warns', /sessionPolicyLength/],
    [100_001, 'is refused', /100000/],
  ])('of more than %d characters %s', (length, _what, pattern) => {
    const resources = [`arn:aws:s3:::${'b'.repeat(length)}`];
    const { stack } = setUp({ sessionPolicy: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['s3:*'], resources })] }) });
    if (length > 100_000) {
      expectError(stack, pattern);
    } else {
      expect(warnings(stack).join()).toMatch(pattern);
    }
  });
});

describe('managed policies', () => {
  const policies = (count: number) => Array.from({ length: count }, (_, i) => iam.ManagedPolicy.fromAwsManagedPolicyName(`Policy${i}`));
  const inStack = (count: number) => setUp({ managedPolicies: policies(count) });

  test('are rendered by ARN with the partition of the stack', () => {
    expectProfile(inStack(1).stack, { ManagedPolicyArns: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/Policy0']] }] });
  });

  test('of more than 10 warn, of more than 50 are refused', () => {
    expect(warnings(inStack(11).stack).join()).toContain('cdk-roles-anywhere:Profile.managedPolicyCount');
    expect(errorCode(() => inStack(51))).toBe('TOO_MANY_MANAGED_POLICIES');
  });
});

test('what is not the ARN of a managed policy is refused', () => {
  const stack = newStack();
  const managedPolicies = [iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Policy', 'ReadOnlyAccess')];
  expect(errorCode(() => new Profile(stack, 'Profile', { managedPolicies }))).toBe('INVALID_ARN');
});

describe('attribute mappings', () => {
  const mapped = (...specifiers: string[]) => specifiers.map((Specifier) => ({ Specifier }));

  test('state all three parts of the certificate, the others with their defaults', () => {
    const { stack } = setUp({ attributeMappings: [AttributeMapping.subject('CN', 'OU')] });
    expectProfile(stack, {
      AttributeMappings: [
        { CertificateField: 'x509Subject', MappingRules: mapped('CN', 'OU') },
        { CertificateField: 'x509Issuer', MappingRules: mapped('*') },
        { CertificateField: 'x509SAN', MappingRules: mapped('DNS', 'URI', 'Name/*') },
      ],
    });
  });

  test('leave out a part where nothing of it is mapped', () => {
    const { stack } = setUp({ attributeMappings: [AttributeMapping.none(CertificateField.ISSUER)] });
    expectProfile(stack, {
      AttributeMappings: [Match.objectLike({ CertificateField: 'x509Subject' }), Match.objectLike({ CertificateField: 'x509SAN' })],
    });
  });

  test('of one part come once, and map something', () => {
    expect(errorCode(() => setUp({ attributeMappings: [AttributeMapping.subject('CN'), AttributeMapping.subject('OU')] }))).toBe('INVALID_ATTRIBUTE_MAPPING');
    expect(errorCode(() => setUp({ attributeMappings: Object.values(CertificateField).map(AttributeMapping.none) }))).toBe('INVALID_ATTRIBUTE_MAPPING');
  });

  test('that drop an attribute which a role needs are an error', () => {
    const { stack } = setUp({ attributeMappings: [AttributeMapping.subject('OU')] });
    expectError(stack, /conditions on x509Subject\/CN, which the profile's attribute mappings drop: no host could use the role/);
  });

  test('that drop an attribute which one alternative of a role needs are a warning', () => {
    const { stack } = setUp({
      certificate: CertificateCondition.anyOf(Subject.commonName('a'), SubjectAlternativeName.uri('spiffe://x/a')),
      attributeMappings: [AttributeMapping.subjectAlternativeName('DNS')],
    });
    expect(warnings(stack).join()).toContain('cdk-roles-anywhere:Profile.attributeNotMapped');
  });

  test.each(['Role', 'Imported'])('that drop an attribute which stands in the permissions of %s are an error', (id) => {
    const withVariable = (tag: SessionTag) => {
      const { stack, role, profile } = setUp({ attributeMappings: [AttributeMapping.subject('CN')] });
      const imported = iam.Role.fromRoleName(stack, 'Imported', 'hosts');
      profile.addRole(imported);
      const statement = new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [`arn:aws:s3:::x/${tag}/*`] });
      (id === 'Role' ? role : imported).addToPrincipalPolicy(statement);
      return stack;
    };
    expect(() => Template.fromStack(withVariable(SessionTag.subjectCommonName()))).not.toThrow();
    expectError(withVariable(SessionTag.subject('OU')), new RegExp(`permissions of Stack/${id} have \\$\\{aws:PrincipalTag/x509Subject/OU\\}, and the profile`));
  });

  test('by object identifier cover a condition by short name', () => {
    const { stack } = setUp({ attributeMappings: [AttributeMapping.subject('2.5.4.3')] });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});
