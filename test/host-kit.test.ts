import { execFileSync } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import {
  CertificateCondition, HostAccess, HostFleet, HostIsolation, HostKit, HostKitProps, SignerTarget, TrustAnchor, TrustAnchorSource,
} from '../src';
import { createRootCa } from './support/pki';
import { errorOf } from './support/stack';
import { readChecksums, sha256Of } from '../src/kit/binaries/checksums';
import { TARGETS } from '../src/kit/targets';

let rootPem: string;
let outdir: string;
beforeAll(async () => {
  rootPem = (await createRootCa('CN=Root')).pem;
});
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), 'host-kit-test-'));
});
afterEach(() => rmSync(outdir, { recursive: true }));

interface Scene {
  readonly app: App;
  readonly stack: Stack;
  readonly bucket: s3.Bucket;
  readonly access: HostAccess;
  readonly fleet: (isolation?: HostIsolation) => HostFleet;
}

function scene(context: Record<string, unknown> = {}): Scene {
  const app = new App({ outdir, context: { 'aws:cdk:enable-path-metadata': true, ...context } });
  const stack = new Stack(app, 'Stack');
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(rootPem) });
  return {
    app,
    stack,
    bucket: new s3.Bucket(stack, 'Bucket'),
    access: new HostAccess(stack, 'Backup', { trustAnchors: [anchor], certificate: CertificateCondition.anyCertificate() }),
    fleet: (isolation) => new HostFleet(stack, 'Fleet', { trustAnchors: [anchor], isolation, hosts: [{ name: 'web01.example.com' }, { name: 'web02' }] }),
  };
}

const portable = { targets: [SignerTarget.PORTABLE] };

/** Folders of assets that have archives in them. */
function archiveFolders(): string[] {
  return readdirSync(outdir).filter((name) => /^asset\.[0-9a-f]+$/.test(name)).map((name) => join(outdir, name))
    .filter((folder) => existsSync(join(folder, 'SHA256SUMS')));
}

/** What is copied as text: its name, and its text with placeholders. */
function dataFiles(): Array<[string, string]> {
  return readdirSync(outdir).filter((name) => /^asset\.[0-9a-f]+$/.test(name)).map((name) => join(outdir, name))
    .filter((folder) => !existsSync(join(folder, 'SHA256SUMS')) && !existsSync(join(folder, 'index.py')))
    .flatMap((folder) => (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith('.json'))
      .map((name): [string, string] => [name, readFileSync(join(folder, name), 'utf8')]));
}

test('archive, hashes and configuration go below the name of the kit, and what is there else stays', async () => {
  const { app, stack, bucket, access } = scene();
  const kit = new HostKit(stack, 'Kit', { access, bucket, ...portable });
  app.synth();
  const template = Template.fromStack(stack);
  template.hasResourceProperties('Custom::CDKBucketDeployment', { DestinationBucketKeyPrefix: 'kits/Backup', Prune: false });
  const [folder] = archiveFolders();
  expect(readdirSync(folder).sort()).toEqual(['Backup-portable.tar.gz', 'SHA256SUMS']);
  expect(readChecksums(folder).get('Backup-portable.tar.gz')).toBe(await sha256Of(join(folder, 'Backup-portable.tar.gz')));
  expect(stack.resolve(kit.kitUrls)).toEqual([{ 'Fn::Join': ['', ['s3://', { Ref: expect.stringMatching(/^Bucket/) }, '/kits/Backup/Backup-portable.tar.gz']] }]);
  expect(kit).toMatchObject({ kitName: 'Backup', keyPrefix: 'kits/Backup' });
  expect(Object.keys(template.findOutputs('*')).map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(expect.arrayContaining(['KitKitportable', 'KitConfiguration']));
});

test('the archive has no configuration in it, and its script asks for one', () => {
  const { app, stack, bucket, access } = scene();
  new HostKit(stack, 'Kit', { access, bucket, contact: 'Ada, room 7', ...portable });
  app.synth();
  const archive = join(archiveFolders()[0], 'Backup-portable.tar.gz');
  const list = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).split('\n');
  expect(list).toEqual(expect.arrayContaining(['Backup-portable/install.sh', 'Backup-portable/roles-anywhere-signer.mjs', 'Backup-portable/SHA256SUMS']));
  expect(list.filter((name) => /config\.json|hosts\//.test(name))).toEqual([]);
  const page = execFileSync('tar', ['-xOzf', archive, 'Backup-portable/README.md'], { encoding: 'utf8' });
  expect(page).toContain('sudo sh install.sh --configuration FILE');
  expect(page).toContain('Questions: Ada, room 7.');
});

test('the configuration is what the access says, with the paths of the host', () => {
  const { app, stack, bucket, access } = scene();
  new HostKit(stack, 'Kit', { access, bucket, certificatePath: '/etc/pki/my host.pem', ...portable });
  app.synth();
  const [[name, text]] = dataFiles();
  expect(name).toBe('Backup.json');
  // What is known at deployment only is in the text as <<marker:...>>.
  expect(JSON.parse(text)).toEqual({
    $comment: { version: 1, name: 'Backup' },
    certificate: '/etc/pki/my host.pem',
    privateKey: '/etc/roles-anywhere/host.key',
    trustAnchorArn: expect.stringContaining('<<marker'),
    profileArn: expect.stringContaining('<<marker'),
    roleArn: expect.stringContaining('<<marker'),
    region: expect.stringContaining('<<marker'),
    sessionDuration: 3600,
  });
});

test('hosts of a fleet with one role have one configuration', () => {
  const { app, stack, bucket, fleet } = scene();
  const kit = new HostKit(stack, 'Kit', { fleet: fleet(), bucket, kitName: 'Web servers', keyPrefix: 'hand-over/', ...portable });
  app.synth();
  expect(dataFiles().map(([name]) => name)).toEqual(['Web-servers.json']);
  expect(kit.keyPrefix).toBe('hand-over');
});

test('hosts of a fleet with a role each have a configuration each', () => {
  const { app, stack, bucket, fleet } = scene();
  const kit = new HostKit(stack, 'Kit', { fleet: fleet(HostIsolation.rolePerHost()), bucket, ...portable });
  app.synth();
  const files = new Map(dataFiles());
  expect([...files.keys()].sort()).toEqual(['hosts/web01.example.com.json', 'hosts/web02.json']);
  expect(JSON.parse(files.get('hosts/web02.json')!)).toMatchObject({ $comment: { version: 1, name: 'web02' }, certificate: '/etc/roles-anywhere/host.pem' });
  expect(kit.configurationUrls).toHaveLength(2);
});

test('the same kit has the same asset', () => {
  const hashes = [1, 2].map(() => {
    const { app, stack, bucket, access } = scene();
    new HostKit(stack, 'Kit', { access, bucket, ...portable });
    app.synth();
    return archiveFolders();
  });
  expect(hashes[0]).toHaveLength(1);
  expect(hashes[1]).toEqual(hashes[0]);
});

test('nothing is built for commands that have no use for it', () => {
  const { app, stack, bucket, access } = scene({ 'aws:cdk:bundling-stacks': ['Other'] });
  new HostKit(stack, 'Kit', { access, bucket, targets: SignerTarget.all() });
  app.synth();
  expect(archiveFolders()).toEqual([]);
});

test('where the signer cannot be built, synth fails with what the command says', () => {
  const { stack, bucket, access } = scene();
  const before = process.env.XDG_CACHE_HOME;
  // No folder can be made below a file.
  process.env.XDG_CACHE_HOME = __filename;
  const error = errorOf(() => new HostKit(stack, 'Kit', { access, bucket }));
  if (before === undefined) {
    delete process.env.XDG_CACHE_HOME;
  } else {
    process.env.XDG_CACHE_HOME = before;
  }
  expect(error.code).toBe('KIT_NOT_BUILT');
  expect(error.message).toMatch(/^\[Stack\/Kit\] the kit for linux-x64 could not be made; mend what is said below, or use SignerTarget.PORTABLE, which takes no compiler:\n[^]*the folder of caches .* \(NOT_WRITABLE\)/);
});

test('targets are those that there are', () => {
  expect(SignerTarget.all().map(({ name }) => name)).toEqual(TARGETS.map(({ name }) => name));
  const named = [
    SignerTarget.LINUX_X64, SignerTarget.LINUX_ARM64, SignerTarget.LINUX_X64_MUSL, SignerTarget.LINUX_ARM64_MUSL,
    SignerTarget.DARWIN_X64, SignerTarget.DARWIN_ARM64, SignerTarget.WINDOWS_X64, SignerTarget.PORTABLE,
  ];
  expect(named.map(({ name }) => name)).toEqual(TARGETS.map(({ name }) => name));
});

describe('refused is', () => {
  test.each<[string, (scene: Scene) => Partial<HostKitProps>, RegExp]>([
    ['a kit for nobody', () => ({}), /for hosts of an access or of a fleet; give one of both/],
    ['a kit for both', ({ access, fleet }) => ({ access, fleet: fleet() }), /give one of both/],
    ['a kit without targets', ({ access }) => ({ access, targets: [] }), /needs a target/],
    ['a name without letters', ({ access }) => ({ access, kitName: '//' }), /cannot be the name of a kit/],
    ['a path that is none', ({ access }) => ({ access, certificatePath: 'host.pem' }), /cannot be the path of the certificate/],
    ['a POSIX path for Windows', ({ access }) => ({ access, targets: [SignerTarget.WINDOWS_X64], privateKeyPath: '/etc/host.key' }), /cannot be the path of the private key/],
    ['a contact of two lines', ({ access }) => ({ access, contact: 'a\nb' }), /the contact is a line of text/],
  ])('%s', (_, props, message) => {
    const all = scene();
    const error = errorOf(() => new HostKit(all.stack, 'Kit', { bucket: all.bucket, ...portable, ...props(all) }));
    expect(error.code).toBe('INVALID_KIT');
    expect(error.message).toMatch(/^\[Stack\/Kit\] /);
    expect(error.message).toMatch(message);
  });
});
