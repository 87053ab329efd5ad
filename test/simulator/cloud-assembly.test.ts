/** Cloud assemblies as aws-cdk-lib synthesises them: several stacks, stages, nested stacks, regions; and folders that are no assembly. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, AppProps, Aws, CfnCondition, CfnOutput, CfnParameter, CfnResource, CfnStack, Fn, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { readCloudAssembly } from '../../src/simulator/cloud-assembly';
import { AssemblyModel, RoleModel } from '../../src/simulator/model';

const folders: string[] = [];

afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  folders.push(folder);
  return folder;
}

/** Synthesises an app into a folder of its own. */
function synthesise(build: (app: App) => void, props: AppProps = {}): string {
  const outdir = temporaryFolder();
  const app = new App({ outdir, analyticsReporting: false, ...props });
  build(app);
  app.synth();
  return outdir;
}

function trustAnchor(scope: Construct, id = 'Anchor'): rolesanywhere.CfnTrustAnchor {
  return new rolesanywhere.CfnTrustAnchor(scope, id, {
    name: id, enabled: true, source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: 'pem' } },
  });
}

function trustingRole(scope: Construct, anchorArn: string, id = 'Role', roleName?: string): iam.Role {
  return new iam.Role(scope, id, {
    roleName,
    assumedBy: new iam.ServicePrincipal('rolesanywhere.amazonaws.com', { conditions: { ArnEquals: { 'aws:SourceArn': anchorArn } } }),
  });
}

function trustedAnchor(role: RoleModel): unknown {
  return (role.trustPolicy as { Statement: { Condition: { ArnEquals: Record<string, unknown> } }[] }).Statement[0].Condition.ArnEquals['aws:SourceArn'];
}

function roleOf(model: AssemblyModel, stack: string): RoleModel {
  return model.roles.find((role) => role.stack === stack && role.logicalId.startsWith('Role')) as RoleModel;
}

const EUROPE = { account: '111122223333', region: 'eu-west-1' };
const AMERICA = { account: '111122223333', region: 'us-east-1' };

describe('references between stacks', () => {
  const twoStacks = (context: Record<string, unknown>) => synthesise((app) => {
    const anchor = trustAnchor(new Stack(app, 'Pki', { env: EUROPE }));
    trustingRole(new Stack(app, 'Hosts', { env: EUROPE }), anchor.attrTrustAnchorArn);
  }, { context });

  test.each(['strong', 'weak', 'both'])('in one region are followed when they are %s', (strength) => {
    const folder = twoStacks({ '@aws-cdk/core:defaultCrossStackReferences': strength });
    const template = readFileSync(join(folder, 'Hosts.template.json'), 'utf8');
    expect(template).toContain(strength === 'strong' ? 'Fn::ImportValue' : 'Fn::GetStackOutput');
    const model = readCloudAssembly(folder);
    expect(model.problems).toEqual([]);
    expect(model.trustAnchors[0].arn).toMatch(/^arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor\//);
    expect(trustedAnchor(roleOf(model, 'Hosts'))).toBe(model.trustAnchors[0].arn);
  });

  test.each(['strong', 'weak'])('from region to region are followed when they are %s', (strength) => {
    const folder = synthesise((app) => {
      const anchor = trustAnchor(new Stack(app, 'Pki', { env: EUROPE, crossRegionReferences: true }));
      trustingRole(new Stack(app, 'Hosts', { env: AMERICA, crossRegionReferences: true }), anchor.attrTrustAnchorArn);
    }, { context: { '@aws-cdk/core:defaultCrossStackReferences': strength } });
    expect(readFileSync(join(folder, 'Hosts.template.json'), 'utf8')).toContain(strength === 'strong' ? 'CrossRegionExportReader' : 'Fn::GetStackOutput');
    const model = readCloudAssembly(folder);
    expect(model.problems).toEqual([]);
    expect(trustedAnchor(roleOf(model, 'Hosts'))).toBe(model.trustAnchors[0].arn);
  });

  test('from account to account are followed', () => {
    const folder = synthesise((app) => {
      const anchor = trustAnchor(new Stack(app, 'Pki', { env: { account: '444455556666', region: 'eu-west-1' } }));
      trustingRole(new Stack(app, 'Hosts', { env: EUROPE }), anchor.attrTrustAnchorArn);
    }, { context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
    const model = readCloudAssembly(folder);
    expect(model.problems).toEqual([]);
    expect(trustedAnchor(roleOf(model, 'Hosts'))).toMatch(/^arn:aws:rolesanywhere:eu-west-1:444455556666:/);
  });

  test('to a stack that is not in the assembly are named', () => {
    const folder = synthesise((app) => {
      trustingRole(new Stack(app, 'Hosts', { env: EUROPE }), Fn.importValue('someone-elses-anchor'));
      trustingRole(new Stack(app, 'Others', { env: EUROPE }), Fn.getStackOutput('Elsewhere', 'Anchor'));
    });
    const { problems, roles } = readCloudAssembly(folder);
    const path = 'AssumeRolePolicyDocument.Statement[0].Condition.ArnEquals.aws:SourceArn';
    expect(problems).toEqual([
      {
        code: 'NOT_IN_ASSEMBLY',
        message: expect.stringMatching(/no stack of this assembly exports 'someone-elses-anchor' in account 111122223333, region eu-west-1/),
        stack: 'Hosts',
        logicalId: expect.stringMatching(/^Role/),
        path,
      },
      {
        code: 'NOT_IN_ASSEMBLY',
        message: expect.stringMatching(/no stack 'Elsewhere' in account 111122223333, region eu-west-1/),
        stack: 'Others',
        logicalId: expect.stringMatching(/^Role/),
        path,
      },
    ]);
    expect(roles.map(trustedAnchor)).toEqual(Array(2).fill({ unresolved: expect.any(String) }));
  });

  test('in a circle are refused', () => {
    const folder = synthesise((app) => {
      const names = ['One', 'Two'];
      names.forEach((name, index) => {
        const stack = new Stack(app, name, { env: EUROPE });
        new CfnOutput(stack, 'Out', { value: Fn.importValue(names[1 - index]), exportName: name });
        trustingRole(stack, Fn.importValue(name));
      });
    });
    const model = readCloudAssembly(folder);
    expect(model.problems).toHaveLength(2);
    expect(model.problems[0]).toMatchObject({ code: 'CIRCULAR_REFERENCE', message: expect.stringMatching(/One: output Out.* -> Two: output Out.* -> One: output Out/) });
  });

  test('to an export that two stacks have are refused as ambiguous', () => {
    const folder = synthesise((app) => {
      for (const id of ['Dev', 'Prod']) {
        const stage = new Stage(app, id);
        const pki = new Stack(stage, 'Pki');
        new CfnOutput(pki, 'Out', { value: trustAnchor(pki).attrTrustAnchorArn, exportName: 'anchor-arn' });
        trustingRole(new Stack(stage, 'Hosts'), Fn.importValue('anchor-arn'));
      }
    });
    expect(readCloudAssembly(folder).problems.map(({ code, message }) => [code, message])).toEqual(
      Array(2).fill(['AMBIGUOUS', expect.stringMatching(/'anchor-arn' is ambiguous: Dev-Pki and Prod-Pki.*read one stage alone/)]));
    expect(readCloudAssembly(join(folder, 'assembly-Dev')).problems).toEqual([]);
  });

  test('to an output that is not created are refused', () => {
    const folder = synthesise((app) => {
      const stack = new Stack(app, 'Pki', { env: EUROPE });
      const never = new CfnCondition(stack, 'Never', { expression: Fn.conditionEquals(Aws.REGION, 'nowhere-1') });
      new CfnOutput(stack, 'Out', { value: trustAnchor(stack).attrTrustAnchorArn, exportName: 'anchor-arn', condition: never });
      trustingRole(new Stack(app, 'Hosts', { env: EUROPE }), Fn.importValue('anchor-arn'));
      trustingRole(new Stack(app, 'Others', { env: EUROPE }), Fn.getStackOutput('Pki', 'Out'));
    });
    expect(readCloudAssembly(folder).problems.map(({ stack, code }) => [stack, code])).toEqual([['Hosts', 'NOT_IN_ASSEMBLY'], ['Others', 'RESOURCE_NOT_CREATED']]);
  });
});

describe('environments', () => {
  const agnostic = () => synthesise((app) => {
    const stack = new Stack(app, 'Hosts');
    const anchor = trustAnchor(stack);
    trustingRole(stack, anchor.attrTrustAnchorArn, 'Role', 'up');
    trustAnchor(new Stack(app, 'Fixed', { env: EUROPE }));
  });

  test('of agnostic stacks are the placeholders', () => {
    const { trustAnchors: [, fixed], roles: [role], problems } = readCloudAssembly(agnostic());
    expect(problems).toEqual([]);
    expect(role.arn).toBe('arn:aws:iam::123456789012:role/up');
    expect(trustedAnchor(role)).toMatch(/^arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor\//);
    expect(fixed.environment).toEqual({ partition: 'aws', ...EUROPE });
  });

  test('of agnostic stacks can be chosen, and the others keep theirs', () => {
    const { trustAnchors: [anchor, fixed], roles: [role] } = readCloudAssembly(agnostic(), { account: '999999999999', region: 'us-gov-west-1' });
    expect(role.arn).toBe('arn:aws-us-gov:iam::999999999999:role/up');
    expect(anchor.arn).toMatch(/^arn:aws-us-gov:rolesanywhere:us-gov-west-1:999999999999:/);
    expect(fixed.environment).toEqual({ partition: 'aws', ...EUROPE });
  });

  test('an account that is none is refused', () => {
    expect(() => readCloudAssembly(agnostic(), { account: 'mine' })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  test('the ids of one app deployed to two regions differ, and so do the names of its roles', () => {
    const folder = synthesise((app) => {
      for (const env of [EUROPE, AMERICA]) {
        const stack = new Stack(app, `Hosts-${env.region}`, { env, stackName: 'Hosts' });
        trustingRole(stack, trustAnchor(stack).attrTrustAnchorArn);
      }
    });
    const { trustAnchors, roles, problems } = readCloudAssembly(folder);
    expect(problems).toEqual([]);
    expect(trustAnchors.map(({ stack }) => stack)).toEqual(['Hosts', 'Hosts']);
    expect(new Set([...trustAnchors, ...roles].map(({ arn }) => arn)).size).toBe(4);
    expect(roles.map(trustedAnchor)).toEqual(trustAnchors.map(({ arn }) => arn));
  });
});

describe('stages', () => {
  const staged = (account?: string) => synthesise((app) => {
    for (const id of ['Dev', 'Prod']) {
      const stage = new Stage(app, id, account === undefined || id === 'Dev' ? {} : { env: { account, region: 'eu-west-1' } });
      const anchor = trustAnchor(new Stack(stage, 'Pki'));
      trustingRole(new Stack(stage, 'Hosts'), anchor.attrTrustAnchorArn, 'Role', 'uploader');
    }
  });

  test('are read with the stacks in them, each with its own anchor', () => {
    const { trustAnchors, roles, problems } = readCloudAssembly(staged('444455556666'));
    expect(problems).toEqual([]);
    expect(roles.map(({ stack, constructPath }) => [stack, constructPath])).toEqual([['Dev-Hosts', 'Dev/Hosts/Role/Resource'], ['Prod-Hosts', 'Prod/Hosts/Role/Resource']]);
    expect(roles.map(trustedAnchor)).toEqual(trustAnchors.map(({ arn }) => arn));
  });

  test('that would share a role are told apart by nothing, so that the role is not used', () => {
    const { roles, problems } = readCloudAssembly(staged());
    expect(problems.map(({ code, stack }) => [code, stack])).toEqual([['AMBIGUOUS', 'Dev-Hosts'], ['AMBIGUOUS', 'Prod-Hosts']]);
    expect(roles[0].unusable).toMatch(/role\/uploader is the ARN of 2 roles .*give the stacks an 'env', or read one stage alone/);
  });

  test('can be read alone', () => {
    const { roles, problems } = readCloudAssembly(join(staged(), 'assembly-Prod'));
    expect(problems).toEqual([]);
    expect(roles.map(({ stack }) => stack)).toEqual(['Prod-Hosts']);
  });
});

describe('nested stacks', () => {
  const nested = () => synthesise((app) => {
    const stack = new Stack(app, 'Hosts', { env: EUROPE });
    const anchor = trustAnchor(stack);
    trustingRole(stack, anchor.attrTrustAnchorArn);
    const inner = new NestedStack(stack, 'Inner');
    const role = trustingRole(inner, anchor.attrTrustAnchorArn);
    const innermost = new NestedStack(inner, 'Innermost', { parameters: { Prefix: 'x' } });
    const prefix = new CfnParameter(innermost, 'Prefix');
    const deepRole = trustingRole(innermost, anchor.attrTrustAnchorArn, 'Role', `${prefix.valueAsString}-deep`);
    new rolesanywhere.CfnProfile(stack, 'Profile', { name: 'p', enabled: true, roleArns: [role.roleArn, deepRole.roleArn] });
  });

  test('are read, with parameters in and outputs out, whatever the depth', () => {
    const { trustAnchors: [anchor], profiles: [profile], roles, problems } = readCloudAssembly(nested());
    expect(problems).toEqual([]);
    expect(roles.map(({ constructPath }) => constructPath)).toEqual(['Hosts/Role/Resource', 'Hosts/Inner/Role/Resource', 'Hosts/Inner/Innermost/Role/Resource']);
    expect(roles.map(({ stack }) => stack.split('/').length)).toEqual([1, 2, 3]);
    expect(roles.map(trustedAnchor)).toEqual(Array(3).fill(anchor.arn));
    expect(roles[2].arn).toBe('arn:aws:iam::111122223333:role/x-deep');
    expect(profile.roleArns).toEqual([roles[1].arn, roles[2].arn]);
    expect(profile).not.toHaveProperty('unusable');
  });

  test('are found by the metadata of the template when the asset manifest is gone', () => {
    const folder = nested();
    const path = join(folder, 'Hosts.template.json');
    const template = JSON.parse(readFileSync(path, 'utf8'));
    const [logicalId] = Object.keys(template.Resources).filter((id) => template.Resources[id].Type === 'AWS::CloudFormation::Stack');
    const [file] = readdirSync(folder).filter((name) => name.includes('Inner') && !name.includes('Innermost') && name.endsWith('.nested.template.json'));
    template.Resources[logicalId].Metadata = { 'aws:asset:path': file, 'aws:asset:property': 'TemplateURL' };
    template.Resources[logicalId].Properties.TemplateURL = 'https://example.com/unknown.json';
    writeFileSync(path, JSON.stringify(template));
    expect(readCloudAssembly(folder).roles).toHaveLength(3);
  });

  test('whose template is somewhere else are named, and the profile that lists their roles is unusable', () => {
    const folder = synthesise((app) => {
      const stack = new Stack(app, 'Hosts', { env: EUROPE });
      const elsewhere = new CfnStack(stack, 'Elsewhere', { templateUrl: 'https://example.com/roles.json' });
      new rolesanywhere.CfnProfile(stack, 'Profile', { name: 'p', enabled: true, roleArns: [elsewhere.getAtt('Outputs.RoleArn').toString()] });
    });
    const { problems, profiles: [profile] } = readCloudAssembly(folder);
    expect(problems).toEqual([
      { code: 'NESTED_STACK_NOT_READ', message: expect.stringMatching(/not supported, because its template is not in the cloud assembly/), stack: 'Hosts', logicalId: 'Elsewhere' },
      expect.objectContaining({ code: 'NESTED_STACK_NOT_READ', logicalId: 'Profile', path: 'RoleArns[0]' }),
    ]);
    expect(profile.unusable).toMatch(/RoleArns\[0\] is not known/);
  });

  test('that contain themselves are a clear error', () => {
    const folder = nested();
    const path = join(folder, 'Hosts.template.json');
    writeFileSync(path, JSON.stringify({ Resources: { Self: { Type: 'AWS::CloudFormation::Stack', Metadata: { 'aws:asset:path': 'Hosts.template.json' } } } }));
    expect(() => readCloudAssembly(folder)).toThrow(expect.objectContaining({ code: 'ASSEMBLY_INVALID', message: expect.stringMatching(/itself as a nested stack/) }));
  });

  test('that are not created are left out', () => {
    const folder = synthesise((app) => {
      const stack = new Stack(app, 'Hosts', { env: EUROPE });
      const inner = new NestedStack(stack, 'Inner');
      trustingRole(inner, 'arn');
      const never = new CfnCondition(stack, 'Never', { expression: Fn.conditionEquals(Aws.REGION, 'nowhere-1') });
      (inner.nestedStackResource as CfnResource).cfnOptions.condition = never;
    });
    expect(readCloudAssembly(folder)).toMatchObject({ roles: [], problems: [] });
  });
});

describe('parameters', () => {
  test('of one stack can be given for that stack alone', () => {
    const folder = synthesise((app) => {
      for (const id of ['One', 'Two']) {
        const stack = new Stack(app, id, { env: EUROPE });
        trustingRole(stack, 'arn', 'Role', new CfnParameter(stack, 'Name', { default: `role-of-${id}` }).valueAsString);
      }
    });
    const { roles, problems } = readCloudAssembly(folder, { parameters: { 'Two:Name': 'chosen' } });
    expect(problems).toEqual([]);
    expect(roles.map(({ name }) => name)).toEqual(['role-of-One', 'chosen']);
  });

  test('from Systems Manager are not known, and the bootstrap version that CDK reads that way troubles nobody', () => {
    const folder = synthesise((app) => {
      const stack = new Stack(app, 'Hosts', { env: EUROPE });
      trustingRole(stack, ssm.StringParameter.valueForStringParameter(stack, '/pki/anchor'));
    });
    expect(readFileSync(join(folder, 'Hosts.template.json'), 'utf8')).toContain('BootstrapVersion');
    const { problems, roles } = readCloudAssembly(folder);
    expect(problems).toEqual([expect.objectContaining({ code: 'SSM_PARAMETER', message: expect.stringContaining('/pki/anchor') })]);
    expect(trustedAnchor(roles[0])).toEqual({ unresolved: expect.stringContaining('Systems Manager') });
  });
});

describe('construct paths', () => {
  test('come from the template when the command line has put them there', () => {
    const folder = synthesise((app) => trustAnchor(new Stack(app, 'Pki')), { context: { 'aws:cdk:enable-path-metadata': true } });
    rmSync(join(folder, 'Pki.metadata.json'));
    expect(readCloudAssembly(folder).trustAnchors[0].constructPath).toBe('Pki/Anchor');
  });

  test('are left out when neither the template nor the assembly tells', () => {
    const folder = synthesise((app) => trustAnchor(new Stack(app, 'Pki')));
    rmSync(join(folder, 'Pki.metadata.json'));
    expect(readCloudAssembly(folder).trustAnchors[0]).not.toHaveProperty('constructPath');
  });
});

describe('single template files', () => {
  const folder = () => synthesise((app) => trustingRole(new NestedStack(new Stack(app, 'Hosts', { env: EUROPE }), 'Inner'), 'arn'));

  test('are read with the nested stacks beside them, in the environment that is given', () => {
    const { roles: [role], problems } = readCloudAssembly(join(folder(), 'Hosts.template.json'), { region: 'eu-north-1' });
    expect(problems).toEqual([]);
    expect(role.stack).toMatch(/^Hosts\/Inner/);
    expect(role.environment).toEqual({ partition: 'aws', account: '123456789012', region: 'eu-north-1' });
  });

  test('called manifest.json stand for their folder', () => {
    const path = folder();
    expect(readCloudAssembly(join(path, 'manifest.json'))).toEqual(readCloudAssembly(path));
  });

  test.each([
    ['t.template.json', '[]', 'TEMPLATE_INVALID', /has 'Resources', and this file has none/],
    ['package.json', '{"name": "x"}', 'TEMPLATE_INVALID', /has 'Resources'/],
    ['t.template.json', '{"Resources": {"A":', 'ASSEMBLY_NOT_JSON', /not JSON, or only the beginning of it/],
    ['t.template.json', '', 'ASSEMBLY_NOT_JSON', /not JSON/],
    ['key.pem', '-----BEGIN PRIVATE KEY-----', 'ASSEMBLY_NOT_JSON', /not JSON/],
    ['t.template.yaml', 'Resources: {}', 'ASSEMBLY_NOT_JSON', /YAML are not supported, because/],
  ])('%s holding %j is refused', (name, content, code, reason) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, content);
    expect(() => readCloudAssembly(path)).toThrow(expect.objectContaining({ name: 'SimulatorError', code, message: expect.stringMatching(reason), path: expect.stringContaining(name) }));
  });

  test('are never quoted in an error, as they may be anything', () => {
    const path = join(temporaryFolder(), 'x.json');
    writeFileSync(path, 'TOPSECRET');
    expect(() => readCloudAssembly(path)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('TOPSECRET') }));
  });

  test('a million levels deep are refused or named, not a crash', () => {
    const path = join(temporaryFolder(), 'deep.template.json');
    const depth = 1_000_000;
    const policy = '['.repeat(depth) + ']'.repeat(depth);
    writeFileSync(path, `{"Resources":{"R":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":${policy}}}}}`);
    expect(readCloudAssembly(path).problems).toEqual([expect.objectContaining({ code: 'NESTING_TOO_DEEP', logicalId: 'R' })]);
  });
});

describe('what is no cloud assembly', () => {
  const assembly = () => synthesise((app) => trustAnchor(new Stack(app, 'Pki')));

  function refusal(path: string, code: string, reason: RegExp): void {
    expect(() => readCloudAssembly(path)).toThrow(expect.objectContaining({ name: 'SimulatorError', code, message: expect.stringMatching(reason) }));
  }

  function withManifest(change: (manifest: Record<string, any>) => unknown): string {
    const folder = assembly();
    const path = join(folder, 'manifest.json');
    writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))));
    return folder;
  }

  test('a folder that is not there is refused with the way out', () => {
    refusal(join(temporaryFolder(), 'cdk.out'), 'ASSEMBLY_NOT_FOUND', /run 'cdk synth' first.*cdk\.out$/);
    refusal('', 'ASSEMBLY_NOT_FOUND', /cdk synth/);
    refusal('a\0b', 'ASSEMBLY_UNREADABLE', /cannot be read/);
  });

  test('a folder without a manifest is refused', () => {
    refusal(temporaryFolder(), 'ASSEMBLY_NOT_FOUND', /no 'manifest\.json'/);
  });

  test('a manifest that is cut off is refused', () => {
    const folder = assembly();
    const path = join(folder, 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100));
    refusal(folder, 'ASSEMBLY_NOT_JSON', /manifest\.json$/);
  });

  test('a manifest that is a folder is refused', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'manifest.json'));
    refusal(folder, 'ASSEMBLY_UNREADABLE', /EISDIR/);
  });

  test.each([
    ['an array', () => [], 'ASSEMBLY_INVALID', /no 'version'/],
    ['a web app manifest', () => ({ name: 'x', version: 1 }), 'ASSEMBLY_INVALID', /no 'version'/],
    ['of an old schema', (manifest: object) => ({ ...manifest, version: '9.0.0' }), 'ASSEMBLY_TOO_OLD', /9\.0\.0.*update aws-cdk-lib/],
    ['with a list of artifacts', (manifest: object) => ({ ...manifest, artifacts: [] }), 'ASSEMBLY_INVALID', /'artifacts'/],
  ])('a manifest that is %s is refused', (_what, change, code, reason) => {
    refusal(withManifest(change), code, reason);
  });

  test.each([
    ['names no template', { templateFile: undefined }, 'ASSEMBLY_INVALID', /'Pki' names no file/],
    ['names a missing template', { templateFile: 'gone.json' }, 'ASSEMBLY_UNREADABLE', /ENOENT.*gone\.json/],
    ['names a file outside', { templateFile: '../../etc/passwd' }, 'ASSEMBLY_INVALID', /outside the cloud assembly/],
    ['names an absolute file outside', { templateFile: '/etc/passwd' }, 'ASSEMBLY_INVALID', /outside the cloud assembly/],
  ])('a stack that %s is refused', (_what, properties, code, reason) => {
    refusal(withManifest((manifest) => {
      Object.assign(manifest.artifacts.Pki.properties, properties);
      return manifest;
    }), code, reason);
  });

  test('a stack whose environment is none is refused', () => {
    refusal(withManifest((manifest) => {
      manifest.artifacts.Pki.environment = 'moon';
      return manifest;
    }), 'ASSEMBLY_INVALID', /'Pki' must read 'aws:\/\/account\/region'/);
  });

  test('an assembly that contains itself is refused', () => {
    refusal(withManifest((manifest) => {
      manifest.artifacts.Again = { type: 'cdk:cloud-assembly', properties: { directoryName: '.' } };
      return manifest;
    }), 'ASSEMBLY_INVALID', /contains itself/);
  });

  test('an assembly with missing context is read, and the gap is named', () => {
    const folder = withManifest((manifest) => ({ ...manifest, missing: [{ key: 'vpc-provider:x', provider: 'vpc-provider', props: {} }] }));
    expect(readCloudAssembly(folder)).toMatchObject({
      trustAnchors: [{ name: 'Anchor' }], problems: [{ code: 'ASSEMBLY_INCOMPLETE', message: expect.stringContaining('vpc-provider:x'), stack: '' }],
    });
  });

  test('a copy of an assembly reads the same, wherever it lies', () => {
    const [folder, copy] = [assembly(), temporaryFolder()];
    cpSync(folder, copy, { recursive: true });
    expect(readCloudAssembly(copy)).toEqual(readCloudAssembly(folder));
  });
});

describe('a large assembly', () => {
  test('of 1,000 roles in 4 stacks is read in well under a second', () => {
    const folder = synthesise((app) => {
      const anchor = trustAnchor(new Stack(app, 'Pki', { env: EUROPE }));
      for (let number = 0; number < 4; number += 1) {
        const stack = new Stack(app, `Hosts${number}`, { env: EUROPE });
        const roles = Array.from({ length: 250 }, (_, index) => trustingRole(stack, anchor.attrTrustAnchorArn, `Role${index}`));
        new rolesanywhere.CfnProfile(stack, 'Profile', { name: 'p', enabled: true, roleArns: roles.map(({ roleArn }) => roleArn) });
      }
    });
    const times = [1, 2, 3].map(() => {
      const began = performance.now();
      const model = readCloudAssembly(folder);
      const time = performance.now() - began;
      expect(model).toMatchObject({ roles: { length: 1000 }, profiles: { length: 4 }, problems: [] });
      expect(model.profiles[3].roleArns).toEqual(model.roles.slice(750).map(({ arn }) => arn));
      expect(model.roles.every((role) => trustedAnchor(role) === model.trustAnchors[0].arn)).toBe(true);
      return time;
    });
    // The best of three, since other tests may be running on the same processors.
    expect(Math.min(...times)).toBeLessThan(500);
  }, 120_000);
});
