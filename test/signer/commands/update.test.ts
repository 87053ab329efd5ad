import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { buildSigner, ownTarget } from '../../../scripts/build-signer';
import { bundleProgram } from '../../../scripts/bundle';
import { projectRoot } from '../../../scripts/project';
import { createRootCa, issueHost } from '../../support/pki';
import { BUN, bunMissing, describeUnless } from '../../support/runtimes';
import { ARN_FLAGS } from '../fake-platform';
import { accessKeyId, FakeService, ProcessOptions, runProcess, startFakeService, startProcess } from '../fake-service';

const folder = mkdtempSync(join(tmpdir(), 'update-'));
const home = join(folder, 'home');
const file = join(home, '.aws', 'credentials');
let service: FakeService;

beforeAll(async () => {
  const host = await issueHost(await createRootCa('CN=Root'), 'CN=onprem01');
  writeFileSync(join(folder, 'host.pem'), host.pem);
  writeFileSync(join(folder, 'host.key'), host.keyPem, { mode: 0o600 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  mkdirSync(home);
  service = await startFakeService();
});

afterEach(async () => {
  await service.close();
  rmSync(home, { recursive: true, force: true });
});

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const text = () => readFileSync(file, 'utf8');
const section = (profile: string, number: number) => (
  `[${profile}]\naws_access_key_id = ${accessKeyId(number)}\naws_secret_access_key = secret+${number}\naws_session_token = token+${number}//${'t'.repeat(900)}==\n`
);
const args = (...flags: readonly string[]) => [
  'update', '--certificate', join(folder, 'host.pem'), '--private-key', join(folder, 'host.key'), ...ARN_FLAGS, '--endpoint', service.url, ...flags,
];

function updateTests(build: () => Promise<readonly string[]>): void {
  let command: readonly string[];
  const environment = (options: ProcessOptions = {}) => ({ ...options, env: { HOME: home, USERPROFILE: home, ...options.env } });
  const run = (flags: readonly string[], options?: ProcessOptions) => runProcess([...command, ...args(...flags)], environment(options));
  const start = (...flags: readonly string[]) => startProcess([...command, ...args(...flags)], environment());

  beforeAll(async () => {
    command = await build();
  });

  test('--once writes the credentials of the default profile, says so, and ends', async () => {
    const result = await run(['--once']);
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr).toMatch(/^\S+ info: credentials of profile default written to \S+credentials expiration=\S+\n$/);
    expect(text()).toBe(section('default', 1));
    expect(readdirSync(join(home, '.aws'))).toEqual(['credentials']);
    if (process.platform !== 'win32') {
      expect([statSync(join(home, '.aws')).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    }
  });

  test('the file may be elsewhere, and the profile another one; what else is in it stays', async () => {
    const elsewhere = join(home, 'elsewhere');
    writeFileSync(elsewhere, '# mine\r\n[default]\r\naws_access_key_id = AKIA\r\n');
    const result = await run(['--once', '--profile', 'uploads', '--log-format', 'json'], { env: { AWS_SHARED_CREDENTIALS_FILE: elsewhere } });
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stderr)).toMatchObject({ level: 'info', message: `credentials of profile uploads written to ${elsewhere}` });
    expect(readFileSync(elsewhere, 'utf8')).toBe(`# mine\r\n[default]\r\naws_access_key_id = AKIA\r\n\r\n${section('uploads', 1).replaceAll('\n', '\r\n')}`);
  });

  test('thirty at once, each for a profile of its own, do not undo each other', async () => {
    const profiles = Array.from({ length: 30 }, (_, i) => `p${i}`);
    const results = await Promise.all(profiles.map((profile) => run(['--once', '--profile', profile])));
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    expect(text().match(/^\[.*\]$/gm)!.sort()).toEqual(profiles.map((profile) => `[${profile}]`).sort());
    expect(readdirSync(join(home, '.aws'))).toEqual(['credentials']);
  });

  test('it goes on after the first time, renews at once on SIGHUP, and ends with SIGTERM and exit code 0', async () => {
    const { child, said, ended } = start();
    await said(/credentials of profile default written to \S+, next refresh at \d{4}-/);
    expect(text()).toBe(section('default', 1));
    child.kill('SIGHUP');
    await said(/SIGHUP received(?:.|\n)*written to/);
    expect(text()).toBe(section('default', 2));
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/info: SIGTERM received, ending\n$/) });
    expect(service.sessions).toBe(2);
  });

  test('SIGINT ends it with exit code 0 also while the service does not answer', async () => {
    service.delay = 60_000;
    const { child, ended } = start();
    while (service.verified.length === 0) {
      await sleep(10);
    }
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/info: SIGINT received, ending\n$/) });
  });

  test('an outage at the start passes by', async () => {
    service.outage = { status: 503 };
    const { child, said, ended } = start('--max-attempts', '1');
    await said('were not renewed, next attempt at');
    service.outage = undefined;
    await said('written to');
    expect(text()).toBe(section('default', 1));
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test('sessions of a second do not make it call without end', async () => {
    service.lifetime = 1;
    const { child, said, ended } = start();
    await said('written to');
    await sleep(6_500);
    child.kill('SIGTERM');
    await ended;
    expect(service.sessions).toBeLessThan(4);
  });

  test.each<[string, readonly string[], number, string]>([
    ['a file that is not there', ['--certificate', '/nowhere/host.pem'], 3, 'FILE_UNREADABLE'],
    ['a flag that is missing', ['--role-arn='], 2, 'USAGE'],
    ['a profile that cannot be', ['--profile', 'a]b'], 2, 'USAGE'],
    ['a format that does not exist', ['--log-format', 'xml'], 2, 'USAGE'],
  ])('%s ends it at the start', async (_, flags, code, name) => {
    const result = await run(flags);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(`roles-anywhere-signer: ${name}: `);
  });

  test('a file that cannot be written is exit code 1 with --once', async () => {
    mkdirSync(file, { recursive: true });
    const result = await run(['--once']);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(/FILE_NOT_WRITTEN: the credentials file \S+ was not written: a directory is in its place/) });
  });

  test('killed at whatever moment, it leaves the old file or the new one, and the next one works', async () => {
    const begin = performance.now();
    await run(['--once', '--profile', 'mine']);
    const usual = performance.now() - begin;
    // Much to write, so that there is a middle.
    const rest = `# ${'remark '.repeat(300_000)}\n\n[other]\naws_access_key_id = AKIA\n`;
    writeFileSync(file, text() + rest);
    const seen = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const { child, ended } = start('--once', '--profile', 'mine');
      await sleep(usual * (0.5 + 0.8 * Math.random()));
      child.kill('SIGKILL');
      await ended;
      const [, number] = /^\[mine\]\naws_access_key_id = ASIAEXAMPLE(\d+)\n/.exec(text())!;
      expect(text() === section('mine', Number(number)) + rest).toBe(true);
      seen.add(number);
    }
    // Otherwise all kills came before there was anything to interrupt.
    expect(seen.size).toBeGreaterThan(1);
    const aWhileAgo = new Date(Date.now() - 3_600_000);
    readdirSync(join(home, '.aws')).filter((name) => name !== 'credentials').forEach((name) => utimesSync(join(home, '.aws', name), aWhileAgo, aWhileAgo));
    expect((await run(['--once', '--profile', 'mine'])).code).toBe(0);
    expect(text() === section('mine', service.sessions) + rest).toBe(true);
    expect(readdirSync(join(home, '.aws'))).toEqual(['credentials']);
  });
}

describe('update of the portable module', () => {
  updateTests(async () => {
    const output = join(folder, 'roles-anywhere-signer.mjs');
    await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), output, { format: 'esm' });
    return [process.execPath, output];
  });
});

describeUnless(bunMissing ?? (ownTarget() === undefined ? 'there is no target for this machine' : undefined), 'update of the standalone binary', () => {
  updateTests(async () => [(await buildSigner(ownTarget()!, folder, BUN)).path]);
});
