/** The model of single templates: what each property comes to, and what happens when it cannot be told. */
import { App, CfnCondition, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AssemblyModel } from '../../src/simulator/model';
import { readTemplate, ReadTemplateOptions } from '../../src/simulator/template';

const PEM = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';
const BUNDLE = { SourceType: 'CERTIFICATE_BUNDLE', SourceData: { X509CertificateData: PEM } };
const NOWHERE = { Ref: 'Nowhere' };

function read(resources: object, options?: ReadTemplateOptions): AssemblyModel {
  return readTemplate({ Resources: resources }, options);
}

const anchor = (properties: object) => read({ It: { Type: 'AWS::RolesAnywhere::TrustAnchor', Properties: { Name: 'a', Enabled: true, Source: BUNDLE, ...properties } } });
const profile = (properties: object) => read({ It: { Type: 'AWS::RolesAnywhere::Profile', Properties: { Name: 'p', Enabled: true, RoleArns: [], ...properties } } });
const role = (properties: object) => read({ It: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17' }, ...properties } } });
const crl = (properties: object) => read({ It: { Type: 'AWS::RolesAnywhere::CRL', Properties: { Name: 'c', Enabled: true, CrlData: 'crl', ...properties } } });

/** Reads a stack as aws-cdk-lib renders it. */
function readStack(build: (stack: Stack) => void, options?: ReadTemplateOptions): AssemblyModel {
  const stack = new Stack(new App(), 'Hosts', { env: { account: '111122223333', region: 'eu-central-1' } });
  build(stack);
  return readTemplate(Template.fromStack(stack).toJSON(), { account: '111122223333', region: 'eu-central-1', stackName: 'Hosts', ...options });
}

describe('what aws-cdk-lib renders', () => {
  test('an anchor, a role that trusts it, a profile and a CRL fit together', () => {
    const model = readStack((stack) => {
      const trustAnchor = new rolesanywhere.CfnTrustAnchor(stack, 'Anchor', {
        name: 'root', enabled: true, source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: PEM } },
      });
      const uploader = new iam.Role(stack, 'Uploader', {
        assumedBy: new iam.ServicePrincipal('rolesanywhere.amazonaws.com', { conditions: { ArnEquals: { 'aws:SourceArn': trustAnchor.attrTrustAnchorArn } } }),
      });
      new rolesanywhere.CfnProfile(stack, 'Profile', {
        name: 'hosts',
        enabled: true,
        roleArns: [uploader.roleArn],
        durationSeconds: 900,
        acceptRoleSessionName: true,
        managedPolicyArns: [iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess').managedPolicyArn],
        attributeMappings: [{ certificateField: 'x509Subject', mappingRules: [{ specifier: 'CN' }, { specifier: 'OU' }] }],
        sessionPolicy: stack.toJsonString({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: new s3.Bucket(stack, 'Bucket').arnForObjects('*') }],
        }),
      });
      new rolesanywhere.CfnCRL(stack, 'Crl', { name: 'revoked', crlData: 'crl', trustAnchorArn: trustAnchor.attrTrustAnchorArn });
    });
    const { trustAnchors: [trustAnchor], profiles: [hosts], roles: [uploader], crls: [revoked], problems } = model;
    expect(problems).toEqual([]);
    const environment = { partition: 'aws', account: '111122223333', region: 'eu-central-1' };
    expect(trustAnchor).toEqual({
      kind: 'trust-anchor',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      arn: `arn:aws:rolesanywhere:eu-central-1:111122223333:trust-anchor/${trustAnchor.id}`,
      name: 'root',
      enabled: true,
      enabledStated: true,
      sourceType: 'CERTIFICATE_BUNDLE',
      certificatePem: PEM,
      logicalId: 'Anchor',
      stack: 'Hosts',
      environment,
    });
    expect(uploader).toEqual({
      kind: 'role',
      arn: `arn:aws:iam::111122223333:role/${uploader.name}`,
      name: expect.stringMatching(/^Hosts-Uploader[0-9A-F]{8}-[0-9A-Z]{12}$/),
      path: '/',
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'rolesanywhere.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': trustAnchor.arn } },
        }],
      },
      maxSessionDurationSeconds: 3600,
      logicalId: expect.stringMatching(/^Uploader/),
      stack: 'Hosts',
      environment,
    });
    expect(hosts).toMatchObject({
      name: 'hosts',
      enabled: true,
      enabledStated: true,
      roleArns: [uploader.arn],
      durationSeconds: 900,
      acceptRoleSessionName: true,
      managedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      attributeMappings: [{ certificateField: 'x509Subject', specifiers: ['CN', 'OU'] }],
    });
    expect(JSON.parse(hosts.sessionPolicy as string).Statement[0].Resource).toMatch(/^arn:aws:s3:::Hosts-Bucket[0-9A-F]{8}-[0-9A-Z]{12}\/\*$/);
    expect(revoked).toMatchObject({ name: 'revoked', crlPem: 'crl', trustAnchorArn: trustAnchor.arn, enabled: false, enabledStated: false });
    expect([hosts, revoked].every((resource) => !('unusable' in resource))).toBe(true);
  });

  test('conditions choose between values and decide what is created', () => {
    const build = (stack: Stack) => {
      const stage = new CfnParameter(stack, 'Stage', { default: 'dev' });
      const isProd = new CfnCondition(stack, 'IsProd', { expression: Fn.conditionEquals(stage, 'prod') });
      const isDev = new CfnCondition(stack, 'IsDev', { expression: Fn.conditionNot(isProd) });
      const trustAnchor = new rolesanywhere.CfnTrustAnchor(stack, 'Anchor', {
        name: Fn.conditionIf('IsProd', 'prod-root', 'dev-root').toString(),
        enabled: Fn.conditionIf('IsProd', false, true),
        source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: PEM } },
      });
      trustAnchor.node.addDependency(isProd);
      const devOnly = new rolesanywhere.CfnProfile(stack, 'DevOnly', { name: 'dev', enabled: true, roleArns: ['arn:aws:iam::111122223333:role/dev'] });
      devOnly.cfnOptions.condition = isDev;
    };
    const dev = readStack(build);
    const prod = readStack(build, { parameters: { Stage: 'prod' } });
    expect([...dev.problems, ...prod.problems]).toEqual([]);
    expect(dev.trustAnchors[0]).toMatchObject({ name: 'dev-root', enabled: true, enabledStated: true });
    expect(prod.trustAnchors[0]).toMatchObject({ name: 'prod-root', enabled: false, enabledStated: true });
    expect([dev.profiles.length, prod.profiles.length]).toEqual([1, 0]);
  });

  test('Fn.sub, Fn.select, Fn.split, Fn.join and Fn.findInMap are resolved', () => {
    const { roles, problems } = readStack((stack) => {
      const names = new CfnParameter(stack, 'Names', { type: 'CommaDelimitedList', default: 'onprem01,onprem02' });
      new iam.CfnRole(stack, 'Role', {
        roleName: Fn.sub('${AWS::StackName}-${Host}', { Host: Fn.select(1, names.valueAsList) }),
        path: Fn.join('/', ['', Fn.select(0, Fn.split('-', stack.region + '-x')), '']),
        assumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{
            Sid: Fn.select(2, Fn.split('.', 'www.example.com', 3)),
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'rolesanywhere.amazonaws.com' },
          }],
        },
      });
    });
    expect(problems).toEqual([]);
    expect(roles[0]).toMatchObject({ arn: 'arn:aws:iam::111122223333:role/eu/Hosts-onprem02', name: 'Hosts-onprem02', path: '/eu/', trustPolicy: { Statement: [{ Sid: 'com' }] } });
  });

  test('a stack in GovCloud has GovCloud ARNs', () => {
    const stack = new Stack(new App(), 'Gov', { env: { account: '111122223333', region: 'us-gov-west-1' } });
    const uploader = new iam.Role(stack, 'Uploader', { assumedBy: new iam.ServicePrincipal('rolesanywhere.amazonaws.com'), roleName: 'up' });
    new rolesanywhere.CfnProfile(stack, 'Profile', { name: 'p', roleArns: [uploader.roleArn, stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: 'x' })] });
    const model = readTemplate(Template.fromStack(stack).toJSON(), { account: '111122223333', region: 'us-gov-west-1' });
    expect(model.profiles[0].roleArns).toEqual(['arn:aws-us-gov:iam::111122223333:role/up', 'arn:aws-us-gov:iam::111122223333:role/x']);
    expect(model.profiles[0].arn).toMatch(/^arn:aws-us-gov:rolesanywhere:us-gov-west-1:/);
  });
});

describe('trust anchors', () => {
  test('left without Enabled are disabled, as the service takes it', () => {
    const { Enabled: _enabled, ...rest } = { Name: 'a', Enabled: true, Source: BUNDLE };
    expect(read({ It: { Type: 'AWS::RolesAnywhere::TrustAnchor', Properties: rest } }).trustAnchors[0]).toMatchObject({ enabled: false, enabledStated: false });
    expect(anchor({ Enabled: { Ref: 'AWS::NoValue' } }).trustAnchors[0]).toMatchObject({ enabled: false, enabledStated: false });
    expect(anchor({ Enabled: false }).trustAnchors[0]).toMatchObject({ enabled: false, enabledStated: true });
  });

  test('take truth values in text', () => {
    expect(anchor({ Enabled: 'true' }).trustAnchors[0]).toMatchObject({ enabled: true, enabledStated: true });
  });

  test.each([['yes'], ['constructor'], [1], [[true]], [{}]])('with Enabled %j are unusable', (enabled) => {
    const { trustAnchors, problems } = anchor({ Enabled: enabled });
    expect(trustAnchors[0]).toMatchObject({ enabled: false, unusable: expect.stringMatching(/Enabled must be true or false/) });
    expect(problems).toEqual([expect.objectContaining({ code: 'PROPERTY_INVALID', path: 'Enabled', logicalId: 'It', stack: 'Template' })]);
  });

  test.each([
    [{ Enabled: NOWHERE }, 'Enabled'],
    [{ Source: NOWHERE }, 'Source'],
    [{ Source: { ...BUNDLE, SourceType: NOWHERE } }, 'Source.SourceType'],
    [{ Source: { ...BUNDLE, SourceData: NOWHERE } }, 'Source.SourceData'],
    [{ Source: { ...BUNDLE, SourceData: { X509CertificateData: NOWHERE } } }, 'Source.SourceData.X509CertificateData'],
  ])('with %j are unusable, and the place is named', (properties, path) => {
    const { trustAnchors, problems } = anchor(properties);
    expect(trustAnchors[0].unusable).toMatch(/is not known: 'Nowhere'/);
    expect(problems).toEqual([{ code: 'UNKNOWN_REFERENCE', message: expect.stringContaining('Nowhere'), stack: 'Template', logicalId: 'It', path }]);
  });

  test.each([
    [{ Source: undefined }, 'Source.SourceType'],
    [{ Source: { SourceType: 'CERTIFICATE_BUNDLE' } }, 'Source.SourceData.X509CertificateData'],
    [{ Source: { SourceType: 'AWS_ACM_PCA', SourceData: { X509CertificateData: PEM } } }, 'Source.SourceData.AcmPcaArn'],
  ])('with %j are unusable because something is missing', (properties, path) => {
    const { trustAnchors, problems } = anchor(properties);
    expect(trustAnchors[0].unusable).toBe(`${path} is missing`);
    expect(problems).toEqual([expect.objectContaining({ code: 'PROPERTY_INVALID', path })]);
  });

  test('of a private CA have its ARN and no certificate', () => {
    const { trustAnchors: [it], problems } = read({
      Ca: { Type: 'AWS::ACMPCA::CertificateAuthority' },
      It: { Type: 'AWS::RolesAnywhere::TrustAnchor', Properties: { Name: 'a', Source: { SourceType: 'AWS_ACM_PCA', SourceData: { AcmPcaArn: { 'Fn::GetAtt': ['Ca', 'Arn'] } } } } },
    });
    expect(problems).toEqual([]);
    expect(it).toMatchObject({ sourceType: 'AWS_ACM_PCA', acmPcaArn: expect.stringMatching(/^arn:aws:acm-pca:us-east-1:123456789012:certificate-authority\//) });
    expect(it).not.toHaveProperty('certificatePem');
  });

  test('whose name is not known stay usable under their logical id', () => {
    const { trustAnchors, problems } = anchor({ Name: NOWHERE });
    expect(trustAnchors[0].name).toBe('It');
    expect(trustAnchors[0]).not.toHaveProperty('unusable');
    expect(problems).toEqual([expect.objectContaining({ code: 'UNKNOWN_REFERENCE', path: 'Name' })]);
  });

  test('have their construct path where the template tells', () => {
    const { trustAnchors } = read({ It: { Type: 'AWS::RolesAnywhere::TrustAnchor', Properties: { Name: 'a', Source: BUNDLE }, Metadata: { 'aws:cdk:path': 'Hosts/Anchor/Resource' } } });
    expect(trustAnchors[0].constructPath).toBe('Hosts/Anchor/Resource');
  });

  test('whose condition has no outcome are kept and unusable', () => {
    const { trustAnchors, problems } = readTemplate({
      Conditions: { Maybe: { 'Fn::Equals': [NOWHERE, 'x'] } },
      Resources: { It: { Type: 'AWS::RolesAnywhere::TrustAnchor', Condition: 'Maybe', Properties: { Name: 'a', Source: BUNDLE } } },
    });
    expect(trustAnchors[0].unusable).toMatch(/whether it is created is not known/);
    expect(problems).toEqual([expect.objectContaining({ code: 'UNKNOWN_REFERENCE', logicalId: 'It', path: 'Condition' })]);
  });
});

describe('profiles', () => {
  test('with the least of properties', () => {
    expect(profile({}).profiles[0]).toEqual({
      kind: 'profile',
      id: expect.any(String),
      arn: expect.any(String),
      name: 'p',
      enabled: true,
      enabledStated: true,
      roleArns: [],
      managedPolicyArns: [],
      acceptRoleSessionName: false,
      logicalId: 'It',
      stack: 'Template',
      environment: { partition: 'aws', account: '123456789012', region: 'us-east-1' },
    });
  });

  test.each([
    [{ RoleArns: ['arn:aws:iam::123456789012:role/a', NOWHERE] }, 'RoleArns[1]'],
    [{ RoleArns: NOWHERE }, 'RoleArns'],
    [{ DurationSeconds: NOWHERE }, 'DurationSeconds'],
    [{ AcceptRoleSessionName: NOWHERE }, 'AcceptRoleSessionName'],
    [{ AttributeMappings: [{ CertificateField: 'x509Subject', MappingRules: [{ Specifier: NOWHERE }] }] }, 'AttributeMappings[0].MappingRules[0].Specifier'],
    [{ SessionPolicy: NOWHERE }, 'SessionPolicy'],
  ])('with %j are unusable, and the place is named', (properties, path) => {
    const { profiles, problems } = profile(properties);
    expect(profiles[0].unusable).toBe(`${path} is not known: 'Nowhere' is neither a parameter nor a resource of the template`);
    expect(problems).toEqual([expect.objectContaining({ code: 'UNKNOWN_REFERENCE', path })]);
  });

  test.each([
    [{ RoleArns: undefined }, 'RoleArns is missing'],
    [{ RoleArns: 'arn:aws:iam::123456789012:role/a' }, 'RoleArns must be a list, and it is string'],
    [{ RoleArns: [{}] }, 'RoleArns[0] must be a text, and it is object'],
    [{ DurationSeconds: 'an hour' }, 'DurationSeconds must be a whole number, and it is string'],
    [{ DurationSeconds: 900.5 }, 'DurationSeconds must be a whole number, and it is number'],
    [{ SessionPolicy: { Version: '2012-10-17' } }, 'SessionPolicy must be a text, and it is object'],
    [{ AttributeMappings: [{ CertificateField: 'x509Subject' }] }, 'AttributeMappings[0].MappingRules is missing'],
    [{ AttributeMappings: ['x509Subject'] }, 'AttributeMappings[0].MappingRules is missing'],
  ])('with %j are unusable, with the reason', (properties, reason) => {
    expect(profile(properties).profiles[0].unusable).toBe(reason);
  });

  test('take digits for a number', () => {
    expect(profile({ DurationSeconds: '900' }).profiles[0].durationSeconds).toBe(900);
  });

  test('may name any resource in a session policy or managed policy, and its name is made up', () => {
    const { profiles: [it], problems } = read({
      Queue: { Type: 'AWS::SQS::Queue' },
      Policy: { Type: 'AWS::IAM::ManagedPolicy' },
      It: {
        Type: 'AWS::RolesAnywhere::Profile',
        Properties: {
          Name: 'p',
          RoleArns: [],
          ManagedPolicyArns: [{ Ref: 'Policy' }],
          SessionPolicy: { 'Fn::Sub': '${Queue} ${Queue.Arn} ${Queue.QueueName}' },
        },
      },
    });
    expect(problems).toEqual([]);
    expect(it.managedPolicyArns).toEqual([expect.stringMatching(/^arn:aws:iam::123456789012:policy\/Template-Policy-[0-9A-Z]{12}$/)]);
    expect(it.sessionPolicy).toMatch(/^(Template-Queue-[0-9A-Z]{12}) arn:aws:sqs:us-east-1:123456789012:\1 \1\.QueueName$/);
  });

  test('may not take a role ARN from a resource whose attributes are unknown', () => {
    const { profiles: [it] } = read({
      Function: { Type: 'Custom::RoleFinder' },
      It: { Type: 'AWS::RolesAnywhere::Profile', Properties: { Name: 'p', RoleArns: [{ 'Fn::GetAtt': ['Function', 'Arn'] }] } },
    });
    expect(it).toMatchObject({ roleArns: [], unusable: expect.stringMatching(/RoleArns\[0\].*only a deployment can tell/) });
  });
});

describe('roles', () => {
  test('have the marker in the trust policy where a value is not known, and stay in use', () => {
    const { roles: [it], problems } = role({ AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Condition: { StringEquals: { k: [NOWHERE, 'x'] } } }] } });
    expect(it.trustPolicy).toEqual({ Statement: [{ Effect: 'Allow', Condition: { StringEquals: { k: [{ unresolved: expect.stringContaining('Nowhere') }, 'x'] } } }] });
    expect(JSON.parse(JSON.stringify(it.trustPolicy))).toEqual(it.trustPolicy);
    expect(it).not.toHaveProperty('unusable');
    expect(problems).toEqual([expect.objectContaining({ path: 'AssumeRolePolicyDocument.Statement[0].Condition.StringEquals.k[0]' })]);
  });

  test('take their trust policy as JSON text', () => {
    expect(role({ AssumeRolePolicyDocument: '{"Version":"2012-10-17"}' }).roles[0].trustPolicy).toEqual({ Version: '2012-10-17' });
  });

  test.each([['not JSON', '{'], ['missing', undefined]])('have a marker for a trust policy that is %s', (reason, document) => {
    const { roles: [it], problems } = role({ AssumeRolePolicyDocument: document });
    expect(it.trustPolicy).toEqual({ unresolved: expect.stringContaining(reason) });
    expect(problems).toEqual([expect.objectContaining({ code: 'PROPERTY_INVALID', path: 'AssumeRolePolicyDocument' })]);
  });

  test('have a maximum session duration of an hour unless they say otherwise', () => {
    expect(role({}).roles[0].maxSessionDurationSeconds).toBe(3600);
    expect(role({ MaxSessionDuration: 43200 }).roles[0].maxSessionDurationSeconds).toBe(43200);
    expect(role({ MaxSessionDuration: NOWHERE }).roles[0].unusable).toMatch(/MaxSessionDuration is not known/);
  });

  test.each([['RoleName'], ['Path']])('whose %s is not known are unusable and have no ARN', (property) => {
    const { roles: [it], problems } = role({ [property]: NOWHERE });
    expect(it).toMatchObject({ arn: '', unusable: expect.stringMatching(`${property} is not known`) });
    expect(problems).toEqual([expect.objectContaining({ path: property })]);
  });

  test('of one ARN are all unusable, since which of them decides would be a guess', () => {
    const named = { Type: 'AWS::IAM::Role', Properties: { RoleName: 'up', AssumeRolePolicyDocument: {} } };
    const { roles, problems } = read({ One: named, Two: named });
    expect(roles.map(({ unusable }) => unusable)).toEqual(Array(2).fill(expect.stringMatching(/role\/up is the ARN of 2 roles \(One in Template, Two in Template\)/)));
    expect(problems.map(({ code, logicalId }) => [code, logicalId])).toEqual([['AMBIGUOUS', 'One'], ['AMBIGUOUS', 'Two']]);
  });
});

describe('CRLs', () => {
  test.each([
    [{ CrlData: NOWHERE }, 'CrlData is not known'],
    [{ CrlData: undefined }, 'CrlData is missing'],
    [{ TrustAnchorArn: NOWHERE }, 'TrustAnchorArn is not known'],
    [{ Enabled: NOWHERE }, 'Enabled is not known'],
  ])('with %j are unusable', (properties, reason) => {
    expect(crl(properties).crls[0].unusable).toMatch(reason);
  });

  test('without a trust anchor are usable', () => {
    expect(crl({}).crls[0]).not.toHaveProperty('unusable');
    expect(crl({}).crls[0]).not.toHaveProperty('trustAnchorArn');
  });
});

describe('templates', () => {
  test('with nothing in them have an empty model', () => {
    expect(readTemplate({})).toEqual({ trustAnchors: [], profiles: [], roles: [], crls: [], problems: [] });
  });

  test.each([
    ['an array', [], /this is array/],
    ['an array of resources', { Resources: [] }, /'Resources' of a template is an object, and here it is array/],
    ['a text for conditions', { Resources: {}, Conditions: 'x' }, /'Conditions'/],
    ['a number for parameters', { Parameters: 1 }, /'Parameters'/],
    ['a function', () => undefined, /this is null/],
    ['a bigint', { Resources: { a: 1n } }, /must be JSON/],
  ])('that are %s are a clear error', (_what, template, reason) => {
    expect(() => readTemplate(template)).toThrow(reason);
    expect(() => readTemplate(template)).toThrow(expect.objectContaining({ name: 'SimulatorError', code: 'TEMPLATE_INVALID' }));
  });

  test.each([
    ['no type', {}],
    ['a number for its type', { Type: 1 }],
    ['a list for its properties', { Type: 'AWS::IAM::Role', Properties: [] }],
    ['a list for its condition', { Type: 'AWS::IAM::Role', Condition: [] }],
  ])('with a resource that has %s name it and go on', (_what, resource) => {
    const { problems, trustAnchors } = read({ Bad: resource, Good: { Type: 'AWS::RolesAnywhere::TrustAnchor', Properties: { Name: 'a', Source: BUNDLE } } });
    expect(problems).toEqual([{ code: 'RESOURCE_INVALID', message: expect.stringMatching(/'Type'/), stack: 'Template', logicalId: 'Bad' }]);
    expect(trustAnchors).toHaveLength(1);
  });

  test('with macros and loops name them as not supported', () => {
    const { problems } = readTemplate({ Transform: ['AWS::LanguageExtensions', 'MyMacro'], Resources: { 'Fn::ForEach::Roles': ['R', ['a', 'b'], {}] } });
    expect(problems).toEqual([
      { code: 'TRANSFORM_NOT_SUPPORTED', message: expect.stringMatching(/"MyMacro".*not supported, because/), stack: 'Template' },
      { code: 'RESOURCES_NOT_SUPPORTED', message: expect.stringMatching(/Fn::ForEach::Roles.*not supported, because/), stack: 'Template' },
    ]);
  });

  test('with an intrinsic function for the whole of the properties make the resource unusable', () => {
    const { trustAnchors, problems } = read({ It: { Type: 'AWS::RolesAnywhere::TrustAnchor', Properties: { 'Fn::Transform': { Name: 'AWS::Include' } } } });
    expect(trustAnchors[0].unusable).toMatch(/Properties/);
    expect(problems).toContainEqual(expect.objectContaining({ code: 'INTRINSIC_NOT_SUPPORTED', logicalId: 'It', path: 'Properties' }));
  });

  test('with a nested stack or an import say that these are out of reach', () => {
    const { problems, roles } = read({
      Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://example.com/t.json' } },
      It: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { a: { 'Fn::ImportValue': 'x' }, b: { 'Fn::GetAtt': ['Nested', 'Outputs.O'] } } } },
    });
    expect(problems.map(({ code, logicalId }) => [code, logicalId])).toEqual([
      ['NESTED_STACK_NOT_READ', 'Nested'], ['NOT_IN_ASSEMBLY', 'It'], ['NESTED_STACK_NOT_READ', 'It'],
    ]);
    expect(roles[0].trustPolicy).toEqual({ a: { unresolved: expect.stringMatching(/exports 'x'/) }, b: { unresolved: expect.stringMatching(/not supported, because/) } });
  });

  test('are not changed by the reading', () => {
    const template = { Resources: { It: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [{ Ref: 'AWS::Region' }] } } } } };
    const before = JSON.stringify(template);
    const { roles: [it] } = readTemplate(template);
    (it.trustPolicy as { Statement: unknown[] }).Statement.push('x');
    expect(JSON.stringify(template)).toBe(before);
  });

  test('are read the same every time', () => {
    const template = { Resources: { A: { Type: 'AWS::RolesAnywhere::TrustAnchor', Properties: { Name: 'a', Source: BUNDLE } }, R: { Type: 'AWS::IAM::Role', Properties: {} } } };
    expect(readTemplate(template)).toEqual(readTemplate(template));
  });
});
