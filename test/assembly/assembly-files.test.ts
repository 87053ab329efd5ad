/** Finding the templates of cloud assemblies as aws-cdk-lib writes them, and saying what is wrong with folders that are none. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { App, AppProps, CfnResource, NestedStack, Stack, Stage, Validations } from 'aws-cdk-lib';
import { AssemblyFiles, openAssembly } from '../../src/assembly/assembly-files';
import { AssemblyError } from '../../src/assembly/errors';

const folders: string[] = [];

afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function temporaryFolder(): string {
  folders.push(mkdtempSync(join(tmpdir(), 'assembly-')));
  return folders[folders.length - 1];
}

function synthesise(build: (app: App) => void, props: AppProps = {}): string {
  const outdir = temporaryFolder();
  const app = new App({ outdir, analyticsReporting: false, ...props });
  build(app);
  app.synth();
  return outdir;
}

/** A stack with a nested one in a nested one. */
function nestedStacks(scope: Stage): Stack {
  const stack = new Stack(scope, 'Hosts', { env: { account: '111122223333', region: 'eu-west-2' } });
  const outer = new NestedStack(stack, 'Outer');
  const inner = new NestedStack(outer, 'Inner');
  [stack, outer, inner].forEach((each) => new CfnResource(each, 'Resource', { type: 'Custom::Resource' }));
  return stack;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(AssemblyError);
    return (error as AssemblyError).code;
  }
  throw new Error('nothing was thrown');
}

/** The `TemplateURL` of the only nested stack in a template, as far as it is known. */
function urlIn(json: unknown): string {
  const { Resources: resources } = json as { Resources: Record<string, { Type: string; Properties: { TemplateURL: { 'Fn::Join': [string, string[]] } } }> };
  const [{ Properties: { TemplateURL: { 'Fn::Join': [, parts] } } }] = Object.values(resources).filter(({ Type }) => Type === 'AWS::CloudFormation::Stack');
  return parts[parts.length - 1];
}

test('finds stacks, those in stages, and nested ones by their address', () => {
  const folder = synthesise((app) => {
    nestedStacks(app);
    nestedStacks(new Stage(app, 'Prod'));
  });
  const files = new AssemblyFiles(folder);
  const { stacks, missingContext } = files.stacks();
  expect(missingContext).toEqual([]);
  expect(stacks.map(({ stackName, account, region }) => [stackName, account, region])).toEqual(
    expect.arrayContaining([['Hosts', '111122223333', 'eu-west-2'], ['Prod-Hosts', '111122223333', 'eu-west-2']]));
  for (const { template } of stacks) {
    const outer = files.nestedTemplate(template, { templateUrl: urlIn(template.json) })!;
    const inner = files.nestedTemplate(outer, { templateUrl: urlIn(outer.json) })!;
    expect([basename(outer.path), basename(inner.path)]).toEqual([expect.stringMatching(/Outer.*nested/), expect.stringMatching(/Inner.*nested/)]);
    expect(inner.nesting).toEqual([template.path, outer.path, inner.path]);
    expect(files.nestedTemplate(template, { templateUrl: '/elsewhere.json' })).toBeUndefined();
    expect(files.nestedTemplate(template, {})).toBeUndefined();
  }
});

test('finds nested templates by the file that CDK notes, also beside a single template', () => {
  const folder = synthesise((app) => { nestedStacks(app); });
  const files = new AssemblyFiles(folder);
  const { template } = files.stackOf(join(folder, 'Hosts.template.json'));
  const outer = files.nestedTemplate(template, { templateUrl: urlIn(template.json) })!;
  expect(files.nestedTemplate(template, { assetPath: basename(outer.path) })).toEqual(outer);
});

test('knows constructs by their logical id, in nested stacks too, and what is noted at them', () => {
  const folder = synthesise((app) => {
    const stack = nestedStacks(app);
    Validations.of(stack).acknowledge({ id: 'Plugin::R1', reason: 'because' });
  });
  const files = new AssemblyFiles(folder);
  const [{ template }] = files.stacks().stacks;
  const outer = files.nestedTemplate(template, { templateUrl: urlIn(template.json) })!;
  expect(template.metadata.constructPathOf(basename(template.path), 'Resource')).toBe('Hosts/Resource');
  expect(outer.metadata.constructPathOf(basename(outer.path), 'Resource')).toBe('Hosts/Outer/Resource');
  expect(template.metadata.constructPathOf(basename(template.path), 'Nobody')).toBeUndefined();
  expect(template.metadata.dataOf('Hosts', 'aws:cdk:acknowledged-rules')).toEqual([{ 'Plugin::R1': 'because' }]);
  expect(template.metadata.dataOf('Hosts/Outer', 'aws:cdk:acknowledged-rules')).toEqual([]);
});

test('tells which context was missing', () => {
  const folder = synthesise((app) => { nestedStacks(app); });
  const path = join(folder, 'manifest.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), missing: [{ key: 'vpc-provider:1' }] }));
  expect(new AssemblyFiles(folder).stacks().missingContext).toEqual(['vpc-provider:1']);
});

test('opens folders, their manifests, and single templates', () => {
  const folder = synthesise((app) => {
    nestedStacks(app);
    new CfnResource(new Stack(app, 'Anywhere'), 'Resource', { type: 'Custom::Resource' });
  });
  const stacksAt = (path: string) => openAssembly(path).stacks.map(({ stackName, account, region }) => ({ stackName, account, region }));
  const all = [{ stackName: 'Hosts', account: '111122223333', region: 'eu-west-2' }, { stackName: 'Anywhere' }];
  expect(stacksAt(folder)).toEqual(all);
  expect(stacksAt(join(folder, 'manifest.json'))).toEqual(all);
  expect(stacksAt(join(folder, 'Hosts.template.json'))).toEqual([{ stackName: 'Hosts' }]);
});

describe('what is no assembly', () => {
  const STACK = { type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/unknown-region', properties: { templateFile: 'A.template.json' } };

  function assembly(manifest: unknown, files: Readonly<Record<string, string>> = {}): string {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'manifest.json'), typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
    Object.entries(files).forEach(([name, text]) => writeFileSync(join(folder, name), text));
    return folder;
  }

  const withArtifacts = (artifacts: unknown) => ({ version: '48.0.0', artifacts });

  test.each<[string, unknown, string]>([
    ['half a manifest', '{"version"', 'ASSEMBLY_NOT_JSON'],
    ['a manifest without version', {}, 'ASSEMBLY_INVALID'],
    ['an old manifest', { version: '2.0.0' }, 'ASSEMBLY_TOO_OLD'],
    ['artifacts that are none', withArtifacts([]), 'ASSEMBLY_INVALID'],
    ['a stack without template', withArtifacts({ A: { ...STACK, properties: {} } }), 'ASSEMBLY_INVALID'],
    ...[undefined, 7, '', 'eu-west-1', 'aws://', 'aws://111122223333', 'aws://a/b/c', 'gcp://111122223333/eu-west-1'].map((environment): [string, unknown, string] => (
      [`a stack with the environment ${environment}`, withArtifacts({ A: { ...STACK, environment } }), 'ASSEMBLY_INVALID']
    )),
    ['a template outside', withArtifacts({ A: { ...STACK, properties: { templateFile: '../../etc/passwd' } } }), 'ASSEMBLY_INVALID'],
    ['an absolute template', withArtifacts({ A: { ...STACK, properties: { templateFile: '/etc/passwd' } } }), 'ASSEMBLY_INVALID'],
    ['a template that is not there', withArtifacts({ A: STACK }), 'ASSEMBLY_UNREADABLE'],
    ['an assembly in itself', withArtifacts({ A: { type: 'cdk:cloud-assembly', properties: { directoryName: '.' } } }), 'ASSEMBLY_INVALID'],
  ])('%s is refused', (_, manifest, code) => {
    expect(codeOf(() => new AssemblyFiles(assembly(manifest)).stacks())).toBe(code);
  });

  test('a folder without manifest is refused, and so is a template that is none', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'A.json'), '{"a":1}');
    expect(codeOf(() => new AssemblyFiles(folder).stacks())).toBe('ASSEMBLY_NOT_FOUND');
    expect(codeOf(() => openAssembly(join(folder, 'A.json')))).toBe('TEMPLATE_INVALID');
    expect(codeOf(() => openAssembly(join(folder, 'nothing')))).toBe('ASSEMBLY_NOT_FOUND');
    expect(codeOf(() => new AssemblyFiles(folder).stackOf(join(folder, 'A.yaml')))).toBe('ASSEMBLY_NOT_JSON');
    mkdirSync(join(folder, 'B.json'));
    expect(codeOf(() => new AssemblyFiles(folder).stackOf(join(folder, 'B.json')))).toBe('ASSEMBLY_UNREADABLE');
  });

  test('a template that is nested in itself is refused, and so is one outside', () => {
    const folder = assembly(withArtifacts({ A: STACK }), { 'A.template.json': '{"Resources":{}}' });
    const files = new AssemblyFiles(folder);
    const [{ template }] = files.stacks().stacks;
    expect(codeOf(() => files.nestedTemplate(template, { assetPath: 'A.template.json' }))).toBe('ASSEMBLY_INVALID');
    expect(codeOf(() => files.nestedTemplate(template, { assetPath: '../A.template.json' }))).toBe('ASSEMBLY_INVALID');
  });

  test('no message shows what is in a file that is not JSON', () => {
    const folder = assembly('-----BEGIN PRIVATE KEY----- c2VjcmV0');
    expect(() => new AssemblyFiles(folder).stacks()).toThrow(expect.objectContaining({ message: expect.not.stringContaining('c2VjcmV0') }));
  });
});
