import { Aws, aws_iam as iam, aws_kms as kms, aws_s3 as s3, CfnParameter, Duration, Fn, Stack, Token, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfigurationFile } from '../signer/options/configuration-file';
import {
  AttributeMapping, CertificateCondition, CertificateField, HostAccess, HostAccessProps, SessionTag, Subject, TrustAnchor, TrustAnchorSource,
} from '../src';
import { RolesAnywhereSimulator } from '../src/simulator';
import { allows, textOf } from './support/permissions';
import { createRootCa, Issued, issueHost } from './support/pki';
import { errorCode, newStack, strictApp, strictStack, warnings } from './support/stack';

const ANCHOR_ARN = 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/11111111-1111-1111-1111-111111111111';

let root: Issued;
beforeAll(async () => {
  root = await createRootCa('CN=Root');
});

interface SetUp {
  readonly stack: Stack;
  readonly host: HostAccess;
}

function setUp(props: Partial<HostAccessProps> = {}, stack = newStack()): SetUp {
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  return { stack, host: new HostAccess(stack, 'Backup', { trustAnchors: [anchor], certificate: Subject.organizationalUnit('Backup'), ...props }) };
}

const outputOf = (template: Template) => Object.values(template.findOutputs('*'))[0].Value;

describe('role and profile', () => {
  test('have defaults that work, and pass strict template validation', () => {
    const { stack, host } = setUp({}, strictStack());
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::RolesAnywhere::Profile', {
      Name: Match.stringLikeRegexp('^Stack-Backup-Profile-'),
      Enabled: true,
      DurationSeconds: 3600,
      RoleArns: [{ 'Fn::GetAtt': [stack.resolve(host.role.roleName).Ref, 'Arn'] }],
    });
    template.hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: Match.absent(), RoleName: Match.absent() });
    expect(warnings(stack)).toEqual([]);
    expect(host.trustAnchors).toHaveLength(1);
  });

  test('take what they are given', () => {
    const stack = newStack();
    const anchor = TrustAnchor.fromTrustAnchorArn(stack, 'Anchor', ANCHOR_ARN);
    new HostAccess(stack, 'Backup', {
      trustAnchors: [anchor],
      certificate: Subject.commonName('backup'),
      roleName: 'backup',
      profileName: 'backup hosts',
      description: 'writes backups',
      enabled: false,
      sessionDuration: Duration.hours(4),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess')],
      permissionsBoundary: iam.ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'),
      sessionPolicy: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'] })] }),
      attributeMappings: [AttributeMapping.subject('CN')],
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'backup',
      Description: 'writes backups',
      MaxSessionDuration: 14_400,
      ManagedPolicyArns: [Match.anyValue()],
      PermissionsBoundary: Match.anyValue(),
    });
    template.hasResourceProperties('AWS::RolesAnywhere::Profile', {
      Name: 'backup hosts',
      Enabled: false,
      DurationSeconds: 14_400,
      SessionPolicy: Match.serializedJson(Match.objectLike({ Statement: Match.anyValue() })),
      AttributeMappings: Match.arrayWith([{ CertificateField: 'x509Subject', MappingRules: [{ Specifier: 'CN' }] }]),
    });
  });

  test('the role allows sessions as long as the profile gives out, or longer', () => {
    Template.fromStack(setUp({ sessionDuration: Duration.minutes(15) }).stack).hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: Match.absent() });
    Template.fromStack(setUp({ sessionDuration: Duration.hours(2), maxSessionDuration: Duration.hours(3) }).stack)
      .hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: 10_800 });
    expect(() => Template.fromStack(setUp({ sessionDuration: Duration.hours(2), maxSessionDuration: Duration.hours(1) }).stack))
      .toThrow(/sessions of the profile last 7200 seconds/);
    expect(errorCode(() => setUp({ sessionDuration: Duration.hours(13) }))).toBe('INVALID_SESSION_DURATION');
  });

  test('need a trust anchor, of the account and Region of the stack', () => {
    expect(errorCode(() => setUp({ trustAnchors: [] }))).toBe('NO_TRUST_ANCHOR');
    const stack = newStack({ env: { region: 'us-east-1', account: '111122223333' } });
    const anchor = TrustAnchor.fromTrustAnchorArn(stack, 'Anchor', ANCHOR_ARN);
    expect(errorCode(() => new HostAccess(stack, 'Backup', { trustAnchors: [anchor], certificate: Subject.commonName('a') }))).toBe('INVALID_ARN');
  });

  test('every certificate is a choice that warns', () => {
    expect(warnings(setUp({ certificate: CertificateCondition.anyCertificate() }).stack).join()).toContain('TrustPolicy.anyCertificate');
  });

  test('the simulator lets the host in, and no other', async () => {
    const [backup, web] = await Promise.all(['CN=b1, OU=Backup', 'CN=w1, OU=Web'].map((subject) => issueHost(root, subject)));
    const simulator = RolesAnywhereSimulator.fromTemplate(Template.fromStack(setUp().stack));
    expect(simulator.createSession({ certificate: backup.pem })).toMatchObject({ allowed: true, session: { durationSeconds: 3600 } });
    expect(simulator.createSession({ certificate: web.pem }).failedStep?.id).toBe('trust-policy-assume-role');
  });
});

describe('grants', () => {
  test('go to the role, and the policy variable lets each host at what is its own', async () => {
    const { stack, host } = setUp();
    const bucket = new s3.Bucket(stack, 'Bucket');
    bucket.grantReadWrite(host, `backups/${SessionTag.subjectCommonName()}/*`);
    const template = Template.fromStack(stack);
    const [roleId, bucketId] = [stack.resolve(host.role.roleName).Ref, stack.resolve(bucket.bucketName).Ref];
    const simulator = RolesAnywhereSimulator.fromTemplate(template);
    const { session } = simulator.createSession({ certificate: (await issueHost(root, 'CN=b1, OU=Backup')).pem });
    const may = (key: string) => allows(template, roleId, { tags: session!.tags, action: 's3:GetObject', resource: `arn:${bucketId}/backups/${key}` });
    expect(may('b1/monday')).toBe(true);
    expect(may('b2/monday')).toBe(false);
    expect(may('b11/monday')).toBe(false);
    expect(may('monday')).toBe(false);
  });

  test('of keys go to the role as well', () => {
    const { stack, host } = setUp();
    new kms.Key(stack, 'Key').grantEncrypt(host);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
  });
});

describe('policy variables', () => {
  const commonName = SessionTag.subjectCommonName();
  const onlyDns = [AttributeMapping.none(CertificateField.SUBJECT), AttributeMapping.none(CertificateField.ISSUER)];
  const statement = (resource: string) => new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [resource] });

  function withResource(resource: string, props: Partial<HostAccessProps> = {}): () => unknown {
    const { stack, host } = setUp(props);
    host.role.addToPrincipalPolicy(statement(resource));
    return () => Template.fromStack(stack);
  }

  test('on an attribute that the profile maps are fine', () => {
    const mappings = [AttributeMapping.subject('CN', 'OU')];
    expect(withResource(`arn:aws:s3:::x/${commonName}/*`, { attributeMappings: mappings })).not.toThrow();
    expect(withResource('arn:aws:s3:::x/${aws:PrincipalTag/X509SUBJECT/CN, \'nobody\'}/*')).not.toThrow();
    expect(withResource('arn:aws:s3:::x/${aws:PrincipalTag/team}/*')).not.toThrow();
  });

  test('on an attribute that the profile does not map are errors', () => {
    const mappings = [AttributeMapping.subject('OU')];
    expect(withResource(`arn:aws:s3:::x/${commonName}/*`, { attributeMappings: mappings }))
      .toThrow(/have \$\{aws:PrincipalTag\/x509Subject\/CN\}, and the profile's attribute mappings drop this attribute/);
    expect(withResource(`arn:aws:s3:::x/${commonName}/*`, { attributeMappings: onlyDns, certificate: CertificateCondition.anyCertificate() }))
      .toThrow(/drop this attribute/);
  });

  test('in conditions are looked at; keys of conditions are no variables', () => {
    const list = (prefix: string) => new iam.PolicyStatement({
      actions: ['s3:ListBucket'], resources: ['*'], conditions: { StringLike: { 's3:prefix': prefix, 'aws:PrincipalTag/x509Subject/L': 'Berlin' } },
    });
    const mappings = [AttributeMapping.subject('OU')];
    const { stack, host } = setUp({ attributeMappings: mappings });
    host.role.addToPrincipalPolicy(list('hosts/*'));
    expect(() => Template.fromStack(stack)).not.toThrow();
    const other = setUp({ attributeMappings: mappings });
    other.host.role.addToPrincipalPolicy(list(`hosts/${commonName}/*`));
    expect(() => Template.fromStack(other.stack)).toThrow(/drop this attribute/);
  });

  test.each(['$(aws:PrincipalTag/x509Subject/CN}', '{aws:PrincipalTag/x509Subject/CN}', '${ aws:PrincipalTag/x509Subject/CN'])('typed as %s are none', (text) => {
    expect(withResource(`arn:aws:s3:::x/${text}/*`)).toThrow(/no policy variable, so that the statement never applies; use SessionTag/);
  });

  test('in Fn::Sub have to be escaped, and elsewhere not', () => {
    const sub = (variable: string) => Fn.sub(`arn:\${AWS::Partition}:s3:::x/${variable}/*`);
    expect(withResource(sub(commonName.policyVariableInSub))).not.toThrow();
    expect(withResource(sub(commonName.policyVariable))).toThrow(/use policyVariableInSub of SessionTag/);
    expect(withResource(`arn:${Aws.PARTITION}:s3:::x/${commonName.policyVariableInSub}/*`)).toThrow(/use policyVariable of SessionTag/);
  });

  test('in policies that are part of the role resource are found', () => {
    const { stack, host } = setUp();
    (host.role.node.defaultChild as iam.CfnRole).policies = [{
      policyName: 'x', policyDocument: { Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '$(aws:PrincipalTag/x509Subject/CN)' }] },
    }];
    expect(() => Template.fromStack(stack)).toThrow(/no policy variable/);
  });
});

describe('the output', () => {
  test('is a configuration file of the signer', async () => {
    const { stack, host } = setUp({ sessionDuration: Duration.minutes(30) });
    const template = Template.fromStack(stack);
    const text = textOf(outputOf(template));
    const [anchorId] = Object.keys(template.findResources('AWS::RolesAnywhere::TrustAnchor'));
    const [profileId] = Object.keys(template.findResources('AWS::RolesAnywhere::Profile'));
    const roleId = stack.resolve(host.role.roleName).Ref;
    expect(JSON.parse(text)).toEqual({
      $comment: { version: 1, name: 'Backup' },
      trustAnchorArn: `arn:${anchorId}`,
      profileArn: `arn:${profileId}`,
      roleArn: `arn:${roleId}`,
      region: 'eu-west-1',
      sessionDuration: 1800,
    });
    const file = await readConfigurationFile({ env: {}, readFile: async () => new TextEncoder().encode(text) }, '/etc/roles-anywhere/config.json');
    expect(Object.fromEntries(file!.values)).toEqual({
      'trust-anchor-arn': `arn:${anchorId}`,
      'profile-arn': `arn:${profileId}`,
      'role-arn': `arn:${roleId}`,
      'region': 'eu-west-1',
      'session-duration': '1800',
    });
    expect(stack.resolve(host.signerConfiguration)).toEqual(outputOf(template));
  });

  test('names the first of several trust anchors', () => {
    const stack = newStack();
    const anchors = [1, 2].map((i) => TrustAnchor.fromTrustAnchorId(stack, `A${i}`, `${i}1111111-1111-1111-1111-111111111111`));
    new HostAccess(stack, 'Backup', { trustAnchors: anchors, certificate: Subject.commonName('a') });
    expect(JSON.parse(textOf(outputOf(Template.fromStack(stack)))).trustAnchorArn).toMatch(/trust-anchor\/11111111/);
  });

  test('has a Region that is known at synth, and durations that are not', () => {
    const stack = newStack({ env: { region: 'cn-north-1', account: '111122223333' } });
    const seconds = new CfnParameter(stack, 'Seconds', { type: 'Number', default: 3600 }).valueAsNumber;
    const anchor = TrustAnchor.fromTrustAnchorId(stack, 'Anchor', '11111111-1111-1111-1111-111111111111');
    new HostAccess(stack, 'Backup', {
      trustAnchors: [anchor], certificate: Subject.commonName(Token.asString({ Ref: 'Seconds' })), sessionDuration: Duration.seconds(seconds),
    });
    const template = Template.fromStack(stack);
    const text = textOf(outputOf(template));
    expect(text).toContain('"region":"cn-north-1","sessionDuration":Seconds}');
    template.hasResourceProperties('AWS::RolesAnywhere::Profile', { DurationSeconds: { Ref: 'Seconds' } });
    template.hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: Match.absent() });
  });
});

describe('quotas', () => {
  function many(count: number): Stack {
    const stack = newStack();
    const anchor = TrustAnchor.fromTrustAnchorId(stack, 'Anchor', '11111111-1111-1111-1111-111111111111');
    for (let i = 0; i < count; i++) {
      new HostAccess(stack, `Host${i}`, { trustAnchors: [anchor], certificate: Subject.commonName(`host${i}`) });
    }
    return stack;
  }

  test('up to 20 profiles in a stack are no matter', () => {
    expect(warnings(many(20))).toEqual([]);
  });

  test('more of them are created slowly', () => {
    expect(warnings(many(21)).join()).toMatch(/the stack has 21 profiles, .* one request a second .*HostFleet does.*Quota.requestRate/);
  });

  test('more than 200 outputs are an error that says what to do', () => {
    expect(() => Template.fromStack(many(201))).toThrow(/the stack Stack has 201 outputs, and CloudFormation takes 200; make one HostFleet/);
  });

  test('more than 500 resources are an error that says what to do', () => {
    expect(() => Template.fromStack(many(251))).toThrow(/the stack Stack has 502 resources, and CloudFormation takes 500; spread the hosts/);
  });

  test('profiles and trust anchors of all stacks of an environment are counted', () => {
    const app = strictApp();
    const stacks = [1, 2].map((number) => new Stack(app, `Stack${number}`));
    for (const stack of stacks) {
      for (let i = 0; i < 26; i++) {
        new TrustAnchor(stack, `Anchor${i}`, { source: TrustAnchorSource.certificateBundle(root.pem) });
      }
    }
    const anchor = TrustAnchor.fromTrustAnchorId(stacks[0], 'Anchor', '11111111-1111-1111-1111-111111111111');
    new HostAccess(stacks[0], 'Host', { trustAnchors: [anchor], certificate: Subject.commonName('a') });
    expect(warnings(stacks[0]).join()).toContain('this app has 52 trust anchors for one account and Region, and the default quota is 50');
  });
});

test('passes cdk-nag', () => {
  const app = strictApp();
  const stack = new Stack(app, 'Stack');
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  new HostAccess(stack, 'Backup', { trustAnchors: [anchor], certificate: Subject.organizationalUnit('Backup') });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
});
