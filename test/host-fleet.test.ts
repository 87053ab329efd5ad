import { aws_iam as iam, aws_kms as kms, aws_s3 as s3, CfnOutput, Duration, Stack, Token, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfigurationFile } from '../signer/options/configuration-file';
import {
  AttributeMapping, CertificateCondition, FleetHost, HostFleet, HostFleetProps, HostIsolation, KillSwitch, SessionTag, Subject,
  SubjectAlternativeName, TrustAnchor, TrustAnchorSource,
} from '../src';
import { RolesAnywhereSimulator } from '../src/simulator';
import { allows, textOf } from './support/permissions';
import { createRootCa, Issued, issueHost } from './support/pki';
import { errorCode, errorOf, strictApp, newStack, trustStatements, warnings } from './support/stack';

let root: Issued;
const hosts: Record<string, Issued> = {};
beforeAll(async () => {
  root = await createRootCa('CN=Root');
  for (const name of ['web01.example.com', 'web02.example.com', 'web03.example.com']) {
    hosts[name] = await issueHost(root, `CN=${name}, OU=Web`, { subjectAltName: [{ type: 'dns', value: name }] });
  }
});

const named = (...names: string[]): FleetHost[] => names.map((name) => ({ name }));
const numbered = (count: number, prefix = 'host'): FleetHost[] => named(...Array.from({ length: count }, (_, i) => `${prefix}${i}`));
const WEB = named('web01.example.com', 'web02.example.com');

interface SetUp {
  readonly stack: Stack;
  readonly fleet: HostFleet;
  readonly bucket: s3.Bucket;
}

function setUp(props: Partial<HostFleetProps> = {}): SetUp {
  const stack = newStack();
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  const fleet = new HostFleet(stack, 'Fleet', { trustAnchors: [anchor], hosts: WEB, ...props });
  return { stack, fleet, bucket: new s3.Bucket(stack, 'Bucket') };
}

/** A session of a host, decided by the simulator, and what its role lets it read in the bucket. */
function open(template: Template, host: Issued, role?: string) {
  const decision = RolesAnywhereSimulator.fromTemplate(template).createSession({ certificate: host.pem, role });
  const [bucketId] = Object.keys(template.findResources('AWS::S3::Bucket'));
  const may = (action: string, key: string) => decision.allowed && allows(template, decision.role!.logicalId!, {
    tags: decision.session!.tags, action, resource: `arn:${bucketId}/${key}`,
  });
  return { decision, mayRead: (key: string) => may('s3:GetObject', key), mayWrite: (key: string) => may('s3:PutObject', key) };
}

const outputsOf = (template: Template) => Object.entries(template.findOutputs('*')).map(([id, { Value }]) => ({ id, text: textOf(Value) }));

describe('hosts that share a role', () => {
  test('are one statement of its trust policy', () => {
    const { stack } = setUp();
    expect(trustStatements(stack)).toEqual([{
      Effect: 'Allow',
      Principal: { Service: 'rolesanywhere.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Condition: {
        ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^Anchor/), 'TrustAnchorArn'] } },
        StringEquals: { 'aws:PrincipalTag/x509Subject/CN': ['web01.example.com', 'web02.example.com'] },
      },
    }]);
    expect(warnings(stack)).toEqual([]);
  });

  test('read what is their own and no other\'s, and hosts that are not listed stay out', () => {
    const { stack, fleet, bucket } = setUp();
    bucket.grantRead(fleet, `hosts/${fleet.hostVariable}/*`);
    const template = Template.fromStack(stack);
    const web01 = open(template, hosts['web01.example.com']);
    expect(web01.mayRead('hosts/web01.example.com/state')).toBe(true);
    expect(web01.mayRead('hosts/web02.example.com/state')).toBe(false);
    expect(web01.mayWrite('hosts/web01.example.com/state')).toBe(false);
    expect(open(template, hosts['web02.example.com']).mayRead('hosts/web02.example.com/state')).toBe(true);
    expect(open(template, hosts['web03.example.com']).decision.failedStep?.id).toBe('trust-policy-assume-role');
  });

  test('whose conditions are alike but for the name are one statement, others have their own', () => {
    const inOu = (name: string, ou: string) => CertificateCondition.allOf(Subject.commonName(name), Subject.organizationalUnit(ou));
    const { stack } = setUp({
      hosts: [
        { name: 'a', certificate: inOu('a', 'Web') },
        { name: 'b', certificate: CertificateCondition.anyOf(inOu('b', 'Web'), inOu('b-new', 'Web'), inOu('b', 'Web')) },
        { name: 'c', certificate: inOu('c', 'Db') },
      ],
    });
    expect(trustStatements(stack).map(({ Condition }) => Condition.StringEquals)).toEqual([
      { 'aws:PrincipalTag/x509Subject/CN': ['a', 'b', 'b-new'], 'aws:PrincipalTag/x509Subject/OU': 'Web' },
      { 'aws:PrincipalTag/x509Subject/CN': 'c', 'aws:PrincipalTag/x509Subject/OU': 'Db' },
    ]);
  });

  test('may be told apart by another attribute', () => {
    const { stack, fleet, bucket } = setUp({ hostTag: SessionTag.dns() });
    bucket.grantRead(fleet, `hosts/${fleet.hostVariable}/*`);
    const template = Template.fromStack(stack);
    expect(trustStatements(stack)[0].Condition.StringEquals).toEqual({ 'aws:PrincipalTag/x509SAN/DNS': WEB.map(({ name }) => name) });
    expect(open(template, hosts['web01.example.com']).mayRead('hosts/web01.example.com/x')).toBe(true);
    expect(open(template, hosts['web01.example.com']).mayRead('hosts/web02.example.com/x')).toBe(false);
  });

  test('may be those of a condition, without a list', () => {
    const { stack, fleet, bucket } = setUp({
      hosts: undefined, isolation: HostIsolation.sessionTags({ certificate: Subject.organizationalUnit('Web') }),
    });
    bucket.grantRead(fleet, `hosts/${fleet.hostVariable}/*`);
    const template = Template.fromStack(stack);
    const web03 = open(template, hosts['web03.example.com']);
    expect([web03.mayRead('hosts/web03.example.com/x'), web03.mayRead('hosts/web01.example.com/x')]).toEqual([true, false]);
  });

  test('need a variable that the profile maps', () => {
    const { stack, fleet, bucket } = setUp({ hostTag: SessionTag.dns(), attributeMappings: [AttributeMapping.subjectAlternativeName('URI', 'DNS')] });
    bucket.grantRead(fleet, `hosts/${fleet.hostVariable}/*`);
    expect(() => Template.fromStack(stack)).not.toThrow();
    const other = setUp({
      hosts: undefined,
      isolation: HostIsolation.sessionTags({ certificate: Subject.organizationalUnit('Web') }),
      hostTag: SessionTag.dns(),
      attributeMappings: [AttributeMapping.subjectAlternativeName('URI')],
    });
    other.bucket.grantRead(other.fleet, `hosts/${other.fleet.hostVariable}/*`);
    expect(() => Template.fromStack(other.stack)).toThrow(/permissions of Stack\/Fleet\/Role have \$\{aws:PrincipalTag\/x509SAN\/DNS\}/);
  });

  test('get one configuration file, which the signer takes', async () => {
    const { stack, fleet } = setUp({ sessionDuration: Duration.hours(2) });
    const template = Template.fromStack(stack);
    const [{ id, text }, ...others] = outputsOf(template);
    expect(others).toEqual([]);
    expect(id).toMatch(/^FleetSignerConfiguration/);
    const file = await readConfigurationFile({ env: {}, readFile: async () => new TextEncoder().encode(text) }, 'config.json');
    expect([...file!.values.keys()]).toEqual(['trust-anchor-arn', 'profile-arn', 'role-arn', 'region', 'session-duration']);
    expect(file!.values.get('role-arn')).toBe(`arn:${Object.keys(template.findResources('AWS::IAM::Role'))[0]}`);
    expect(JSON.parse(textOf(stack.resolve(fleet.signerConfiguration('web02.example.com'))))).toEqual({ ...JSON.parse(text), $comment: expect.anything() });
  });

  test('share what is asked for by host', () => {
    const { fleet } = setUp();
    expect(fleet.roleOf('web01.example.com')).toBe(fleet.roleOf('web02.example.com'));
    expect(fleet.profileOf('web01.example.com')).toBe(fleet.profiles[0]);
    expect(fleet.roles).toEqual([fleet.roleOf('web01.example.com')]);
    expect(errorCode(() => fleet.roleOf('web09'))).toBe('INVALID_HOST');
  });
});

describe('hosts that share a role are refused', () => {
  test.each<[string, Partial<HostFleetProps>, RegExp]>([
    ['when there are none', { hosts: [] }, /has no hosts/],
    ['when listed twice', { hosts: named('a', 'b', 'a') }, /"a" is listed twice/],
    ['with names of one id', { hosts: named('a/b', 'a--b') }, /"a\/b" and "a--b" have names that differ in "\/" and "--" only/],
    ['without a name', { hosts: named('') }, /name of a host is empty/],
    ['with a token for a name', { hosts: named(Token.asString({ Ref: 'X' })) }, /name of a host is a token/],
    ['beside a condition', { isolation: HostIsolation.sessionTags({ certificate: Subject.organizationalUnit('Web') }) }, /either the list or the condition/],
    ['when one is the folder of another', { hosts: named('a', 'b', 'a/b') }, /"a" is known as "a" and "a\/b" as "a\/b"/],
    ['when two have one common name', { hosts: [{ name: 'a' }, { name: 'b', certificate: Subject.commonName('a') }] }, /"a" and "b" have the same/],
    ['when a condition leaves the name open', { hosts: [{ name: 'a', certificate: Subject.organizationalUnit('Web') }] }, /leaves aws:PrincipalTag\/x509Subject\/CN open/],
    ['when a condition is a pattern', { hosts: [{ name: 'a', certificate: Subject.commonNameLike('a*') }] }, /compare it exactly/],
    ['when one alternative leaves the name open', {
      hosts: [{ name: 'a', certificate: CertificateCondition.anyOf(Subject.commonName('a'), SubjectAlternativeName.dns('a')) }],
    }, /of "a" leaves/],
    ['when a condition lets nobody in', { hosts: [{ name: 'a', certificate: CertificateCondition.anyOf() }] }, /of "a" lets nobody in/],
  ])('%s', (_when, props, message) => {
    const error = errorOf(() => setUp(props));
    expect(error.code).toBe('INVALID_HOST');
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^\[Stack\/Fleet\] /);
  });

  test('without a trust anchor', () => {
    expect(errorCode(() => setUp({ trustAnchors: [] }))).toBe('NO_TRUST_ANCHOR');
    expect(errorCode(() => setUp({ trustAnchors: [], isolation: HostIsolation.rolePerHost() }))).toBe('NO_TRUST_ANCHOR');
  });

  test('with a name that no session tag can hold', () => {
    expect(errorCode(() => setUp({ hosts: named('web (old)') }))).toBe('INVALID_CONDITION');
  });

  test('when they are more than the trust policy has room for, with ways out', () => {
    const error = errorOf(() => setUp({ hosts: numbered(400) }));
    expect(error.code).toBe('TOO_MANY_HOSTS');
    expect(error.message).toMatch(/400 hosts are more than .* 4,096 .*sessionTags\(\{ certificate.*rolePerHost\(\)/);
  });

  test('not when the default quota can be raised, with a warning', () => {
    expect(warnings(setUp({ hosts: numbered(200) }).stack).join()).toMatch(/the default quota is 2048.*TrustPolicy.quota/);
  });
});

describe('hosts with a role each', () => {
  const isolation = HostIsolation.rolePerHost();

  test('get in by their own role only', () => {
    const { stack } = setUp({ isolation });
    const template = Template.fromStack(stack);
    const roleOf = (name: string) => Object.keys(template.findResources('AWS::IAM::Role')).find((id) => id.includes(name.replaceAll('.', '')));
    const web01 = hosts['web01.example.com'];
    expect(open(template, web01, roleOf('web01.example.com')).decision.allowed).toBe(true);
    expect(open(template, web01, roleOf('web02.example.com')).decision.failedStep?.id).toBe('trust-policy-assume-role');
    expect(warnings(stack)).toEqual([]);
  });

  test('have one statement for each alternative of their condition', () => {
    const { stack } = setUp({
      isolation, hosts: [{ name: 'a', certificate: CertificateCondition.anyOf(Subject.commonName('a'), SubjectAlternativeName.dnsLike('a.*')) }],
    });
    expect(trustStatements(stack).map(({ Action, Effect, Principal, Condition }) => ({ Action, Effect, Principal, ...Condition }))).toEqual([
      { StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'a' } }, { StringLike: { 'aws:PrincipalTag/x509SAN/DNS': 'a.*' } },
    ].map((condition) => ({
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Effect: 'Allow',
      Principal: { Service: 'rolesanywhere.amazonaws.com' },
      ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^Anchor/), 'TrustAnchorArn'] } },
      ...condition,
    })));
  });

  test('share grants to the fleet in one managed policy, and keep to what is their own', () => {
    const { stack, fleet, bucket } = setUp({ isolation, managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMReadOnlyAccess')] });
    bucket.grantRead(fleet, `hosts/${fleet.hostVariable}/*`);
    fleet.addToHostPolicy(new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects(`logs/${fleet.hostVariable}/*`)] }));
    new kms.Key(stack, 'Key').grantDecrypt(fleet);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 1);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    const [role] = Object.keys(template.findResources('AWS::IAM::Role'));
    const web01 = open(template, hosts['web01.example.com'], role);
    expect(web01.mayRead('hosts/web01.example.com/x')).toBe(true);
    expect(web01.mayRead('hosts/web02.example.com/x')).toBe(false);
    expect(web01.mayWrite('logs/web01.example.com/x')).toBe(true);
    expect(template.findResources('AWS::IAM::Role')[role].Properties.ManagedPolicyArns).toHaveLength(2);
  });

  test('need a variable that the profile maps, in what they share and in what is their own', () => {
    const attributeMappings = [AttributeMapping.subject('CN')];
    const statement = new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [`arn:aws:s3:::x/${SessionTag.subject('OU')}/*`] });
    const shared = setUp({ isolation, attributeMappings });
    shared.fleet.addToHostPolicy(statement);
    expect(() => Template.fromStack(shared.stack)).toThrow(/permissions of Stack\/Fleet\/Permissions have \$\{aws:PrincipalTag\/x509Subject\/OU\}/);
    const own = setUp({ isolation, attributeMappings });
    own.fleet.roleOf('web01.example.com').addToPrincipalPolicy(statement);
    expect(() => Template.fromStack(own.stack)).toThrow(/permissions of Stack\/Fleet\/Host\/web01.example.com have \$\{aws:PrincipalTag\/x509Subject\/OU\}/);
  });

  test('take grants one by one, after what the fleet has in common', () => {
    const { stack, fleet, bucket } = setUp({ isolation });
    const role = fleet.roleOf('web01.example.com');
    bucket.grantPut(role, 'only-web01/*');
    expect(fleet.roleOf('web01.example.com')).toBe(role);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::Policy', 1);
    const [id1, id2] = Object.keys(template.findResources('AWS::IAM::Role'));
    expect(open(template, hosts['web01.example.com'], id1).mayWrite('only-web01/x')).toBe(true);
    expect(open(template, hosts['web02.example.com'], id2).mayWrite('only-web01/x')).toBe(false);
  });

  test('can be named as principals of a resource', () => {
    const { stack, fleet, bucket } = setUp({ isolation });
    bucket.addToResourcePolicy(new iam.PolicyStatement({
      principals: [fleet.grantPrincipal], actions: ['s3:GetObject'], resources: [bucket.arnForObjects('*')],
    }));
    Template.fromStack(stack).hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: [{ Principal: { AWS: [{ 'Fn::GetAtt': [Match.anyValue(), 'Arn'] }, { 'Fn::GetAtt': [Match.anyValue(), 'Arn'] }] } }] },
    });
  });

  test('can all be stopped by a kill switch', () => {
    const { stack, fleet } = setUp({ isolation });
    new KillSwitch(stack, 'KillSwitch', { profiles: fleet.profiles, roles: fleet.roles });
    expect(() => Template.fromStack(stack)).not.toThrow();
    expect(fleet.roles.map(({ roleName }) => stack.resolve(roleName))).toEqual([{ Ref: expect.stringContaining('web01') }, { Ref: expect.stringContaining('web02') }]);
  });

  test('may be let in by any condition, but then have no variable', () => {
    const { fleet } = setUp({ isolation, hosts: [{ name: 'a', certificate: Subject.organizationalUnit('Web') }, { name: 'b' }] });
    expect(errorCode(() => fleet.hostVariable)).toBe('INVALID_HOST');
    expect(errorCode(() => setUp({ isolation, hosts: [] }))).toBe('INVALID_HOST');
    expect(errorCode(() => setUp({ isolation, hosts: [{ name: 'a', certificate: CertificateCondition.anyOf() }] }))).toBe('INVALID_HOST');
  });

  test('are checked against the profile as any role is', () => {
    const any = { name: 'a', certificate: CertificateCondition.anyCertificate() };
    expect(warnings(setUp({ isolation, hosts: [any] }).stack).join()).toContain('TrustPolicy.anyCertificate');
    expect(() => Template.fromStack(setUp({ isolation, attributeMappings: [AttributeMapping.subject('OU')] }).stack))
      .toThrow(/has conditions on x509Subject\/CN, which the profile's attribute mappings drop/);
    expect(() => Template.fromStack(setUp({ isolation, sessionDuration: Duration.hours(2), maxSessionDuration: Duration.hours(1) }).stack))
      .toThrow(/sessions of the profile last 7200 seconds/);
  });

  test('take what they are given', () => {
    const { stack } = setUp({
      isolation,
      profileName: 'fleet',
      enabled: false,
      sessionDuration: Duration.hours(2),
      permissionsBoundary: iam.ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'),
    });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: 7200, PermissionsBoundary: Match.anyValue() });
    Template.fromStack(stack).hasResourceProperties('AWS::RolesAnywhere::Profile', { Name: 'fleet', Enabled: false, DurationSeconds: 7200 });
  });

  test('refuse permissions that IAM has no room for', () => {
    const { stack, fleet } = setUp({ isolation });
    for (let i = 0; i < 70; i++) {
      fleet.addToHostPolicy(new iam.PolicyStatement({ actions: [`s3:Get${i}`], resources: [`arn:aws:s3:::a-bucket-with-a-long-name-${i}/*`] }));
    }
    expect(() => Template.fromStack(stack)).toThrow(/come to about \d+ characters, and IAM takes 6144/);
  });

  test('have a configuration file each, which the signer takes', async () => {
    const { stack, fleet } = setUp({ isolation });
    const [{ text }] = outputsOf(Template.fromStack(stack));
    const { version, name, hosts: files } = JSON.parse(text);
    expect({ version, name, hosts: Object.keys(files) }).toEqual({ version: 1, name: 'Fleet', hosts: WEB.map((host) => host.name) });
    const file = await readConfigurationFile(
      { env: {}, readFile: async () => new TextEncoder().encode(JSON.stringify(files['web02.example.com'])) }, 'config.json');
    expect(file!.values.get('role-arn')).toMatch(/^arn:FleetHostweb02examplecom/);
    expect(JSON.parse(textOf(stack.resolve(fleet.signerConfiguration('web02.example.com'))))).toEqual({
      $comment: { version: 1, name: 'web02.example.com' }, ...files['web02.example.com'],
    });
  });
});

describe('large fleets', () => {
  test('of 200 hosts with a role each have one profile, and outputs within 4,096 characters', () => {
    const { stack, fleet } = setUp({ isolation: HostIsolation.rolePerHost(), hosts: numbered(200) });
    fleet.addToHostPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [`arn:aws:s3:::x/${fleet.hostVariable}/*`] }));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::Role', 200);
    template.resourceCountIs('AWS::RolesAnywhere::Profile', 1);
    const outputs = stack.node.findAll().filter((construct): construct is CfnOutput => construct instanceof CfnOutput);
    const longest = (value: any): string => textOf(JSON.parse(JSON.stringify(value), (_key, part) => (part?.['Fn::GetAtt'] ? 'x'.repeat(105) : part)));
    const texts = outputs.map(({ value }) => longest(stack.resolve(value)));
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(4096);
    expect(texts.flatMap((text) => Object.keys(JSON.parse(text).hosts))).toEqual(numbered(200).map(({ name }) => name));
    expect(outputs.slice(0, 2).map(({ node }) => node.id)).toEqual(['SignerConfigurations', 'SignerConfigurations2']);
    expect(warnings(stack)).toEqual([]);
  });

  test('of more than 250 hosts fill one profile after another', () => {
    const { stack, fleet } = setUp({ isolation: HostIsolation.rolePerHost(), hosts: numbered(260), profileName: 'fleet' });
    const profiles = Object.values(Template.fromStack(stack).findResources('AWS::RolesAnywhere::Profile'));
    expect(profiles.map(({ Properties }) => [Properties.Name, Properties.RoleArns.length])).toEqual([['fleet', 250], ['fleet-2', 10]]);
    expect([fleet.profileOf('host249'), fleet.profileOf('host250')]).toEqual(fleet.profiles);
    expect(JSON.parse(textOf(stack.resolve(fleet.signerConfiguration('host250')))).profileArn).toMatch(/^arn:FleetProfile2/);
  });

  test('beyond the resources of a stack are refused, with ways out', () => {
    const { stack } = setUp({ isolation: HostIsolation.rolePerHost(), hosts: numbered(500) });
    expect(() => Template.fromStack(stack)).toThrow(/the stack Stack has 504 resources, and CloudFormation takes 500; .*several stacks.*HostIsolation.sessionTags\(\)/);
  });

  test('of one role are as many as the certificates of a condition', () => {
    const { stack } = setUp({ hosts: undefined, isolation: HostIsolation.sessionTags({ certificate: Subject.commonNameLike('host*') }) });
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 1);
  });
});

test.each<[string, HostIsolation]>([['one role', HostIsolation.sessionTags()], ['a role each', HostIsolation.rolePerHost()]])('%s passes cdk-nag', (_what, isolation) => {
  const app = strictApp();
  const stack = new Stack(app, 'Stack');
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  const fleet = new HostFleet(stack, 'Fleet', { trustAnchors: [anchor], hosts: WEB, isolation });
  fleet.addToHostPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [`arn:aws:s3:::bucket/${fleet.hostVariable}/state`] }));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
  expect(warnings(stack)).toEqual([]);
});
