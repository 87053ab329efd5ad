import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'fs';
import { join } from 'path';
import { accessKeyId, ProcessOptions } from '../fake-service';
import { age, Build, describeBothForms, killAtAnyMoment, processScene, sleep, untilAsked } from '../process-scene';

const scene = processScene('update');
const { home } = scene;
const file = join(home, '.aws', 'credentials');

const text = () => readFileSync(file, 'utf8');
const section = (profile: string, number: number) => (
  `[${profile}]\naws_access_key_id = ${accessKeyId(number)}\naws_secret_access_key = secret+${number}\naws_session_token = token+${number}//${'t'.repeat(900)}==\n`
);

function updateTests(build: Build): void {
  let command: readonly string[];
  const start = (flags: readonly string[] = [], options?: ProcessOptions) => scene.start(command, 'update', flags, options);
  const run = (flags: readonly string[], options?: ProcessOptions) => start(flags, options).ended;

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
    expect(scene.service.sessions).toBe(2);
  });

  test('SIGINT ends it with exit code 0 also while the service does not answer', async () => {
    scene.service.delay = 60_000;
    const { child, ended } = start();
    await untilAsked(scene);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/info: SIGINT received, ending\n$/) });
  });

  test('an outage at the start passes by', async () => {
    scene.service.outage = { status: 503 };
    const { child, said, ended } = start(['--max-attempts', '1']);
    await said('were not renewed, next attempt at');
    scene.service.outage = undefined;
    await said('written to');
    expect(text()).toBe(section('default', 1));
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test('sessions of a second do not make it call without end', async () => {
    scene.service.lifetime = 1;
    const { child, said, ended } = start();
    await said('written to');
    await sleep(6_500);
    child.kill('SIGTERM');
    await ended;
    expect(scene.service.sessions).toBeLessThan(4);
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
    await killAtAnyMoment(usual, () => start(['--once', '--profile', 'mine']), () => {
      const [, number] = /^\[mine\]\naws_access_key_id = ASIAEXAMPLE(\d+)\n/.exec(text())!;
      expect(text() === section('mine', Number(number)) + rest).toBe(true);
      seen.add(number);
    });
    // Otherwise all kills came before there was anything to interrupt.
    expect(seen.size).toBeGreaterThan(1);
    age(join(home, '.aws'), (name) => name !== 'credentials');
    expect((await run(['--once', '--profile', 'mine'])).code).toBe(0);
    expect(text() === section('mine', scene.service.sessions) + rest).toBe(true);
    expect(readdirSync(join(home, '.aws'))).toEqual(['credentials']);
  });
}

describeBothForms('update', scene, updateTests);
