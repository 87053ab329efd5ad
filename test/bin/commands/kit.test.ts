/** Tests of `kit`: what it makes, from what, and the exit codes that its help promises. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../../bin/cli';
import { readChecksums, sha256Of } from '../../../src/kit/binaries/checksums';
import { ownTarget } from '../../../src/kit/targets';
import { CONFIGURATION } from '../../kit/kits';
import { bunMissing, describeUnless } from '../../support/runtimes';

let folder: string;
const file = (...names: string[]) => join(folder, ...names);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kit-command-'));
  writeFileSync(file('outputs.json'), JSON.stringify(OUTPUTS));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const handed = (name: string, more: object = {}) => JSON.stringify({ $comment: { version: 1, name }, ...CONFIGURATION, ...more });
const OUTPUTS = {
  Backup: { BackupSignerConfiguration1A2B3C4D: handed('Backup') },
  Fleet: { FleetSignerConfigurations1A2B3C4D: JSON.stringify({ version: 1, name: 'Fleet', hosts: { web01: CONFIGURATION, web02: CONFIGURATION } }) },
  Bad: { BadSignerConfiguration: handed('Bad', { privateKey: '-----BEGIN PRIVATE KEY-----' }) },
};

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], stopped: () => Promise<void> = () => new Promise(() => undefined)): Promise<Run> {
  let out = '';
  let err = '';
  const code = await runCli(['kit', ...args], { unicode: true, out: (text) => { out += text; }, err: (text) => { err += text; }, stopped });
  return { code, out, err };
}

const kit = (...args: string[]) => run(['--outputs', file('outputs.json'), '--out', file('kits'), ...args]);
const list = (archive: string) => execFileSync('tar', ['-tzf', file('kits', archive)], { encoding: 'utf8' }).trim().split('\n');
const read = (archive: string, path: string) => execFileSync('tar', ['-xOzf', file('kits', archive), path], { encoding: 'utf8' });

describe('an archive', () => {
  test('is made under the name of the access, with its hash beside it', async () => {
    const { code, out, err } = await kit('--stack', 'Backup', '--portable');
    expect(code).toBe(0);
    expect(out).toBe(`${file('kits', 'Backup-portable.tar.gz')}\n`);
    const hash = await sha256Of(file('kits', 'Backup-portable.tar.gz'));
    expect(err).toMatch(new RegExp(`^Backup-portable\\.tar\\.gz \\.\\.\\.\n\\[1/1\\] Backup-portable\\.tar\\.gz  0\\.\\d MB\n +sha256 ${hash}\n$`));
    expect(readdirSync(file('kits')).sort()).toEqual(['Backup-portable.tar.gz', 'SHA256SUMS']);
    expect(readChecksums(file('kits'))).toEqual(new Map([['Backup-portable.tar.gz', hash]]));
    expect(JSON.parse(read('Backup-portable.tar.gz', 'Backup-portable/config.json'))).toMatchObject({ ...CONFIGURATION, privateKey: '/etc/roles-anywhere/host.key' });
  });

  test('has the same bytes each time', async () => {
    await kit('--stack', 'Backup', '--portable');
    const before = await sha256Of(file('kits', 'Backup-portable.tar.gz'));
    await kit('--stack', 'Backup', '--portable', '--out', file('others'));
    expect(await sha256Of(file('others', 'Backup-portable.tar.gz'))).toBe(before);
  });

  test('passes its own list of hashes', async () => {
    await kit('--stack', 'Backup', '--portable');
    execFileSync('tar', ['-xzf', file('kits', 'Backup-portable.tar.gz'), '-C', folder]);
    const { status, stdout } = spawnSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: file('Backup-portable'), encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout.trim().split('\n').length).toBe(list('Backup-portable.tar.gz').length - 1);
  });

  test('has what was asked for in it', async () => {
    const { code } = await kit(
      '--stack', 'Backup', '--portable', '--certificate', '/srv/my certs/a.pem', '--private-key', '/srv/my certs/a.key', '--signer', '/opt/sign er.mjs',
      '--configuration', '/opt/c.json', '--contact', 'Ada', '--endpoint', 'http://127.0.0.1:8080',
    );
    expect(code).toBe(0);
    expect(JSON.parse(read('Backup-portable.tar.gz', 'Backup-portable/config.json'))).toMatchObject({
      certificate: '/srv/my certs/a.pem', privateKey: '/srv/my certs/a.key', endpoint: 'http://127.0.0.1:8080',
    });
    expect(read('Backup-portable.tar.gz', 'Backup-portable/aws-config')).toContain('credential_process = \'/opt/sign er.mjs\' credential-process --config /opt/c.json\n');
  });

  test('of a fleet has the configurations of all hosts, or of one', async () => {
    await kit('--stack', 'Fleet', '--portable');
    expect(list('Fleet-portable.tar.gz').filter((name) => name.endsWith('.json'))).toEqual(['Fleet-portable/hosts/web01.json', 'Fleet-portable/hosts/web02.json']);
    await kit('--stack', 'Fleet', '--host', 'web02', '--portable');
    expect(JSON.parse(read('Fleet-web02-portable.tar.gz', 'Fleet-web02-portable/config.json'))).toMatchObject({ $comment: { host: 'web02' } });
    expect([...readChecksums(file('kits')).keys()]).toEqual(['Fleet-portable.tar.gz', 'Fleet-web02-portable.tar.gz']);
  });

  test('without configuration takes no outputs', async () => {
    expect((await run(['--without-configuration', '--name', 'Backup', '--portable', '--out', file('kits')])).code).toBe(0);
    expect(list('Backup-portable.tar.gz').filter((name) => name.endsWith('.json'))).toEqual([]);
  });
});

test.each<[string, string[], number, RegExp]>([
  ['no outputs', ['--portable'], 2, /--outputs is missing/],
  ['an unknown target', ['--outputs', 'outputs.json', '--stack', 'Backup', '--target', 'amiga'], 2, /no target "amiga"; there are linux-x64, .*portable and all \(UNKNOWN_TARGET\)/],
  ['an unknown option', ['--fast'], 2, /--fast/],
  ['a private key anywhere in the file', ['--outputs', 'outputs.json'], 3, /has a member "privateKey"/],
  ['an unknown host', ['--outputs', 'outputs.json', '--stack', 'Fleet', '--host', 'web09'], 2, /there are web01, web02/],
  ['an unknown stack', ['--outputs', 'outputs.json', '--stack', 'Nothing'], 2, /outputs\.json has no stack "Nothing"; it has Backup, Fleet, Bad/],
  ['a path that is none', ['--outputs', 'outputs.json', '--stack', 'Backup', '--portable', '--certificate', 'host.pem'], 2, /INVALID_PATH/],
  ['an endpoint with a password', ['--outputs', 'outputs.json', '--stack', 'Backup', '--endpoint', 'http://a:secret@b'], 2, /--endpoint takes a URL/],
  ['outputs that are not there', ['--outputs', 'nothing.json'], 3, /OUTPUTS_UNREADABLE/],
  ['a private key in the stack', ['--outputs', 'outputs.json', '--stack', 'Bad', '--portable'], 3, /UNEXPECTED_MEMBER/],
  ['a folder that is a file', ['--outputs', 'outputs.json', '--stack', 'Backup', '--portable', '--out', 'outputs.json'], 5, /NOT_WRITABLE/],
  ['two sources of a configuration', ['--outputs', 'outputs.json', '--without-configuration', '--name', 'x'], 2, /exclude each other/],
  ['nothing to call it', ['--without-configuration'], 2, /takes --name/],
])('%s is refused', async (_, args, code, message) => {
  const inFolder = args.map((arg) => /^(?:outputs|nothing)\.json$/.test(arg) ? file(arg) : arg);
  const result = await run(inFolder.includes('--out') ? inFolder : [...inFolder, '--out', file('kits')]);
  expect(result).toMatchObject({ code, out: '' });
  expect(result.err).toMatch(message);
  expect(result.err).not.toMatch(/BEGIN|secret/);
  expect(existsSync(file('kits'))).toBe(false);
});

test('what is told to stop stops, and what had been finished is there', async () => {
  const args = ['--outputs', file('outputs.json'), '--stack', 'Backup', '--out', file('kits'), '--target', 'portable,linux-x64'];
  expect(await run(args, () => Promise.resolve())).toMatchObject({ code: 130, err: expect.stringContaining('stopped; what had been finished is there\n') });
  expect(readdirSync(file('kits'))).toEqual(['Backup-portable.tar.gz']);
});

describe('the program that users install', () => {
  /** As in their node_modules: the bundles alone, and no Bun anywhere. */
  function installed(...args: string[]) {
    cpSync(join(__dirname, '..', '..', '..', 'assets'), file('package', 'assets'), { recursive: true });
    mkdirSync(file('empty'), { recursive: true });
    return spawnSync(process.execPath, [file('package', 'assets', 'cli', 'cdk-roles-anywhere.cjs'), 'kit', '--outputs', file('outputs.json'), '--stack', 'Backup', ...args], {
      cwd: file('empty'), encoding: 'utf8', env: { HOME: folder, PATH: file('empty'), XDG_CACHE_HOME: file('cache') },
    });
  }

  test('puts the portable signer in where there is no Bun, and says so', () => {
    const { status, stdout, stderr } = installed('--target', 'linux-x64,linux-arm64');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'kits/Backup-portable.tar.gz\n' });
    expect(stderr).toMatch(/in place of linux-x64: Bun 1\.\d+\.\d+, .* and it is not installed; run "npm install --save-dev bun@1/);
    expect(stderr).toContain('the host needs Node.js 20 or newer');
    expect(readdirSync(file('empty', 'kits')).sort()).toEqual(['Backup-portable.tar.gz', 'SHA256SUMS']);
    const config = execFileSync('tar', ['-xOzf', file('empty', 'kits', 'Backup-portable.tar.gz'), 'Backup-portable/aws-config'], { encoding: 'utf8' });
    expect(config).toContain('credential_process = /usr/local/bin/roles-anywhere-signer.mjs credential-process');
  });

  test('has nothing to put into a kit for Windows then', () => {
    const { status, stderr } = installed('--target', 'windows-x64');
    expect(status).toBe(5);
    expect(stderr).toContain('BUN_UNUSABLE');
  });
});

describeUnless(bunMissing ?? (ownTarget() === undefined ? 'there is no target for this machine' : undefined), 'with Bun', () => {
  let cacheBefore: string | undefined;
  beforeEach(() => {
    cacheBefore = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = file('cache');
  });
  afterEach(() => {
    if (cacheBefore === undefined) {
      delete process.env.XDG_CACHE_HOME;
    } else {
      process.env.XDG_CACHE_HOME = cacheBefore;
    }
  });

  test('the signer is one that runs', async () => {
    const { code, err } = await kit('--stack', 'Backup');
    expect(code).toBe(0);
    expect(err).toContain(`the signer was compiled, and is kept in ${file('cache', 'cdk-roles-anywhere')}\n`);
    expect((await kit('--stack', 'Backup')).err).not.toContain('compiled');
    const name = `Backup-${ownTarget()}`;
    execFileSync('tar', ['-xzf', file('kits', `${name}.tar.gz`), '-C', folder]);
    const { stdout } = spawnSync(file(name, 'roles-anywhere-signer'), ['version', '--json'], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ runtime: expect.stringMatching(/^Bun/) });
    expect(readFileSync(file(name, 'README.md'), 'utf8')).toContain(`tar -xzf ${name}.tar.gz`);
  }, 120_000);
});
