/** Tests of `check`: what it prints of real assemblies and single templates, and the exit codes that its help promises. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { App, CfnResource, NestedStack, Stack, Stage, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { writeAssembly } from './assembly';
import { runCli } from '../../bin/cli';
import { CertificateCondition, RolesAnywhereChecks, RolesAnywhereRole, TrustAnchor, TrustAnchorSource } from '../../src';
import { createRootCa, Issued } from '../support/pki';

let folder: string;
let root: Issued;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdk-roles-anywhere-check-'));
  root = await createRootCa('CN=Example Root');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...argv: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  const code = await runCli(['check', ...argv], {
    unicode: true,
    out: (text) => { out += text; },
    err: (text) => { err += text; },
    stopped: () => Promise.reject(new Error('nothing here runs until it is stopped')),
  });
  return { code, out, err };
}

/** Synthesises an app, of which nothing is checked at synth. Returns the folder. */
function synthesise(name: string, build: (app: App) => void): string {
  const app = new App({ outdir: join(folder, name), analyticsReporting: false });
  build(app);
  // The AWS CDK's own validation has something to say as well.
  const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  app.synth();
  printed.mockRestore();
  return app.outdir;
}

function carelessRole(scope: Construct, id = 'Role'): iam.Role {
  return new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal('rolesanywhere.amazonaws.com') });
}

/** An app with a careless role and one that anybody of the CA may have. */
function carelessApp(name: string, more: (stack: Stack, role: iam.Role, anyRole: RolesAnywhereRole) => void = () => undefined): string {
  return synthesise(name, (app) => {
    const stack = new Stack(app, 'Hosts');
    const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
    const anyRole = new RolesAnywhereRole(stack, 'AnyRole', { trustAnchors: [anchor], certificate: CertificateCondition.anyCertificate() });
    more(stack, carelessRole(stack), anyRole);
  });
}

test('prints its help', async () => {
  const { code, out, err } = await run('--help');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('usage: cdk-roles-anywhere check');
  expect(out.split('\n').every((line) => line.length <= 120)).toBe(true);
});

test('exits 0 where nothing is wrong, and says so', async () => {
  const assembly = writeAssembly(join(folder, 'sound'), root.pem);
  expect(await run('--assembly', assembly)).toEqual({ code: 0, out: '0 errors, 0 warnings, 0 suppressed\n', err: '' });
});

test('exits 1 for errors, and prints them by construct, each with a remedy', async () => {
  const assembly = carelessApp('careless');
  const { code, out, err } = await run('--assembly', assembly);
  expect({ code, err }).toEqual({ code: 1, err: '' });
  const heading = new RegExp(`^Hosts/Role/Resource \\(Role\\w+ in ${relative(process.cwd(), assembly)}/Hosts.template.json\\)\\n`
    + '  error RA101 unconditional-trust at Properties.AssumeRolePolicyDocument.Statement\\[0\\]\\n    every certificate .*\\n    fix: use RolesAnywhereRole .*\\n'
    + '  error RA105 missing-trust-actions at ', 'm');
  expect(out).toMatch(heading);
  expect(out).toMatch(/^Hosts\/AnyRole\/Resource .*\n {2}warning RA104 any-certificate/m);
  expect(out).toMatch(/\n2 errors, 1 warning, 0 suppressed\n$/);
});

test('exits 0 for warnings alone, and leaves them out where only errors are wanted', async () => {
  const assembly = carelessApp('warnings', (_stack, role) => ['RA101', 'RA105'].forEach((rule) => RolesAnywhereChecks.suppress(role, rule, 'sandbox')));
  expect(await run('--assembly', assembly)).toMatchObject({ code: 0, out: expect.stringContaining('0 errors, 1 warning, 2 suppressed') });
  const { code, out } = await run('--assembly', assembly, '--severity', 'error');
  expect(code).toBe(0);
  expect(out).not.toContain('RA104');
  expect(out).toMatch(/^suppressed:\n {2}RA101 unconditional-trust at Hosts\/Role\/Resource: sandbox \(said at Hosts\/Role\)\n/);
});

test('prints JSON', async () => {
  const assembly = carelessApp('json', (_stack, role) => RolesAnywhereChecks.suppress(role, 'RA105', 'nobody logs in'));
  const { code, out } = await run('--assembly', assembly, '--json');
  expect(code).toBe(1);
  const { findings, suppressed } = JSON.parse(out);
  expect(findings).toContainEqual({
    rule: 'RA101',
    name: 'unconditional-trust',
    severity: 'error',
    message: expect.stringContaining('has no condition'),
    fix: expect.stringContaining('RolesAnywhereRole'),
    constructPath: 'Hosts/Role/Resource',
    template: relative(process.cwd(), join(assembly, 'Hosts.template.json')),
    logicalId: expect.stringMatching(/^Role/),
    location: 'Properties.AssumeRolePolicyDocument.Statement[0]',
  });
  expect(suppressed).toMatchObject([{ rule: 'RA105', reason: 'nobody logs in', suppressedAt: 'Hosts/Role' }]);
});

describe('suppressions', () => {
  test('of the AWS CDK are honoured, at any construct of the stack', async () => {
    const assembly = carelessApp('acknowledged', (stack, role) => {
      Validations.of(role).acknowledge({ id: 'RolesAnywhereChecks::RA101', reason: 'sandbox' });
      Validations.of(stack).acknowledge({ id: 'RolesAnywhereChecks::RA105', reason: 'nobody logs in' });
    });
    const { code, out } = await run('--assembly', assembly);
    expect(code).toBe(0);
    expect(out).toContain('nobody logs in (said at Hosts)');
  });

  test('in the metadata of a template are honoured, and those without reason are errors', async () => {
    const assembly = carelessApp('metadata', (_stack, role, anyRole) => {
      (role.node.defaultChild as CfnResource).addMetadata('cdk-roles-anywhere:suppressions', { RA101: 'sandbox', RA105: { reason: 'nobody logs in' } });
      (anyRole.node.defaultChild as CfnResource).addMetadata('cdk-roles-anywhere:suppressions', { RA104: '' });
    });
    const { code, out } = await run('--template', join(assembly, 'Hosts.template.json'));
    expect(code).toBe(1);
    expect(out).toContain('RA604 invalid-suppression');
    expect(out).toMatch(/\n1 error, 1 warning, 2 suppressed\n$/);
  });
});

test('looks into stages and nested stacks, and follows references between stacks', async () => {
  const assembly = synthesise('many', (app) => {
    const hosts = new Stack(new Stage(app, 'Prod'), 'Hosts');
    carelessRole(new NestedStack(hosts, 'Nested'));
    const other = new Stack(app, 'Roles');
    const role = new iam.Role(other, 'Instances', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    new rolesanywhere.CfnProfile(new Stack(app, 'Profiles'), 'Profile', { name: 'p', enabled: true, roleArns: [role.roleArn] });
  });
  const { out } = await run('--assembly', assembly);
  expect(out).toMatch(/^Prod\/Hosts\/Nested\/Role\/Resource .*nested\.template\.json\)\n {2}error RA101/m);
  expect(out).toMatch(/^Profiles\/Profile .*\n {2}error RA304 role-without-trust at Properties.RoleArns\[0\]\n/m);

  // One template alone knows nothing of the other stack; as part of the assembly it does.
  const template = join(assembly, 'Profiles.template.json');
  expect(await run('--template', template)).toMatchObject({ code: 0 });
  const { code, out: part } = await run('--assembly', assembly, '--template', template);
  expect(code).toBe(1);
  expect(part).toContain('RA304');
  expect(part).not.toContain('RA101');
});

test('a nested stack counts for the template that it is in', async () => {
  const assembly = synthesise('nested', (app) => { carelessRole(new NestedStack(new Stack(app, 'Hosts'), 'Nested')); new Stack(app, 'Empty'); });
  expect(await run('--template', join(assembly, 'Hosts.template.json'))).toMatchObject({ code: 1 });
  expect(await run('--assembly', assembly, '--template', join(assembly, 'Hosts.template.json'))).toMatchObject({ code: 1 });
  expect(await run('--assembly', assembly)).toMatchObject({ code: 1 });
});

test('shows no control characters of a template, and no private key', async () => {
  const template = join(folder, 'hostile.json');
  const Anchor = {
    Type: 'AWS::RolesAnywhere::TrustAnchor',
    Properties: { Name: 'a\u001b[31m', Enabled: true, Source: { SourceType: 'CERTIFICATE_BUNDLE', SourceData: { X509CertificateData: root.keyPem } } },
  };
  writeFileSync(template, JSON.stringify({ Resources: { 'A\u001b[2J': Anchor } }));
  for (const more of [[], ['--json']]) {
    const { out } = await run('--template', template, ...more);
    expect(out).toContain('RA202');
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain(root.keyPem.split('\n')[1]);
  }
});

test.each([
  ['an unknown option', ['--fix'], "Unknown option '--fix'\n"],
  ['an option with a slip', ['--asembly', 'cdk.out'], "Unknown option '--asembly'; did you mean --assembly?\n"],
  ['a folder without its option', ['docs'], "Unexpected argument 'docs'. This command does not take positional arguments; did you mean --assembly docs?\n"],
  ['an argument that is no path', ['nowhere'], "Unexpected argument 'nowhere'. This command does not take positional arguments\n"],
  ['a level that is none', ['--severity', 'info'], "'info' is neither"],
  ['a template of elsewhere', ['--assembly', 'ASSEMBLY', '--template', '/nonexistent/A.template.json'], 'is not one'],
])('exits 2 for %s', async (_, argv, message) => {
  const assembly = writeAssembly(join(folder, 'usage'), root.pem);
  const { code, out, err } = await run(...argv.map((argument) => (argument === 'ASSEMBLY' ? assembly : argument)));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
});

test.each([
  ['an assembly that is not there', ['--assembly', '/nonexistent/cdk.out'], "run 'cdk synth' first"],
  ['a template that is not there', ['--template', '/nonexistent/A.template.json'], 'there is no cloud assembly or template here'],
  ['anything unreadable, with its code', ['--template', '/nonexistent/A.template.json'], '/nonexistent/A.template.json (ASSEMBLY_NOT_FOUND)\n'],
  ['a file that is no template', ['--template', 'package.json'], "a CloudFormation template has 'Resources'"],
])('exits 3 for %s', async (_, argv, message) => {
  const { code, out, err } = await run(...argv);
  expect({ code, out }).toEqual({ code: 3, out: '' });
  expect(err).toContain(message);
});
