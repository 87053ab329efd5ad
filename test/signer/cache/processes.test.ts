import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'fs';
import { join } from 'path';
import { CacheEntry, parseEntry } from '../../../signer/cache/cache-entry';
import { accessKeyId, ProcessResult } from '../fake-service';
import { age, Build, describeBothForms, killAtAnyMoment, processScene, sleep, untilAsked } from '../process-scene';

const scene = processScene('cache-processes');
const cache = join(scene.home, '.cache', 'roles-anywhere');

const keyOf = ({ stdout }: ProcessResult) => (JSON.parse(stdout) as { readonly AccessKeyId: string }).AccessKeyId;
const entryPath = () => join(cache, readdirSync(cache).find((name) => name.endsWith('.json'))!);
const left = () => readdirSync(cache).map((name) => name.replace(/^[0-9a-f]{64}/, ''));
const startWith = (command: readonly string[], ...flags: readonly string[]) => scene.start(command, 'credential-process', ['--cache', ...flags]);

/** Makes the entry as old as credentials of an hour are when so many minutes are left. */
function ageEntry(minutesLeft: number): void {
  const entry = parseEntry(readFileSync(entryPath())) as CacheEntry;
  const expiresAt = Date.now() + minutesLeft * 60_000;
  writeFileSync(entryPath(), JSON.stringify({ ...entry, expiresAt, obtainedAt: expiresAt - 3_600_000 }));
}

function cacheTests(build: Build): void {
  let command: readonly string[];
  const start = (...flags: readonly string[]) => startWith(command, ...flags);
  const run = (...flags: readonly string[]) => start(...flags).ended;

  beforeAll(async () => {
    command = await build();
  });

  test('fifty at once without credentials make one call, and leave the entry and nothing else', async () => {
    scene.service.delay = 300;
    const results = await Promise.all(Array.from({ length: 50 }, () => run()));
    expect(results.filter(({ code, stderr }) => code !== 0 || stderr !== '')).toEqual([]);
    expect(new Set(results.map(keyOf))).toEqual(new Set([accessKeyId(1)]));
    expect(scene.service.verified).toHaveLength(1);
    expect(left()).toEqual(['.json']);
  });

  test('fifty at once during an outage fail alike after one call with its attempts, and soon', async () => {
    scene.service.outage = { status: 503, type: 'ServiceUnavailableException', message: 'we are sorry' };
    scene.service.delay = 1_500;
    const begin = performance.now();
    const results = await Promise.all(Array.from({ length: 50 }, () => run('--max-attempts', '1')));
    // Some may have started only after the first ones had failed. Two at a time never called.
    expect(scene.service.verified.length).toBeLessThan(25);
    expect((scene.service.verified.length - 1) * scene.service.delay).toBeLessThan(performance.now() - begin);
    expect(new Set(results.map(({ code, stdout }) => `${code}${stdout}`))).toEqual(new Set(['5']));
    expect(new Set(results.map(({ stderr }) => stderr.replace(' (said to another process, which made the call for this one too)', ''))).size).toBe(1);
    scene.service.outage = undefined;
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
    expect(left()).toEqual(['.json']);
  });

  test('later ones call nobody, though the service is gone', async () => {
    const first = await run();
    await scene.service.close();
    for (let i = 0; i < 10; i++) {
      expect(await run()).toEqual(first);
    }
  });

  test('a certificate that was replaced is taken up at once', async () => {
    expect(keyOf(await run())).toBe(accessKeyId(1));
    await scene.issueCertificate();
    expect(keyOf(await run())).toBe(accessKeyId(2));
    expect(keyOf(await run())).toBe(accessKeyId(2));
    expect(left()).toEqual(['.json']);
  });

  test('credentials that are due are renewed; where the service is down they are used, with one line that says so', async () => {
    await run();
    ageEntry(10);
    scene.service.outage = { status: 503 };
    const result = await run('--max-attempts', '1');
    expect(keyOf(result)).toBe(accessKeyId(1));
    expect(result).toMatchObject({
      code: 0, stderr: expect.stringMatching(/^roles-anywhere-signer: warning: no new credentials, so those of the cache are used, [^\n]*SERVICE_FAILED: [^\n]*\n$/),
    });
    scene.service.outage = undefined;
    unlinkSync(entryPath().replace(/json$/, 'failure'));
    expect(keyOf(await run())).toBe(accessKeyId(2));
  });

  test('where the service refuses, they are removed, and the run fails', async () => {
    await run();
    ageEntry(10);
    scene.service.outage = { status: 403, type: 'AccessDeniedException', message: 'Certificate revoked' };
    expect(await run()).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('SERVICE_REFUSED: AccessDeniedException: Certificate revoked') });
    expect(left()).toEqual(['.failure']);
    expect(await run()).toMatchObject({ code: 4, stdout: '' });
  });

  test('one that is killed while it calls keeps nobody waiting', async () => {
    scene.service.delay = 60_000;
    const first = start();
    await untilAsked(scene);
    const second = start();
    await sleep(500);
    expect(scene.service.verified).toHaveLength(1);
    scene.service.delay = 0;
    const begin = performance.now();
    first.child.kill('SIGKILL');
    expect(await second.ended).toMatchObject({ code: 0, stderr: '' });
    expect(performance.now() - begin).toBeLessThan(2_000);
    expect(left()).toEqual(['.json']);
  });

  test('killed at whatever moment, they leave a whole entry or none, and the next one works', async () => {
    // Every run finds credentials that have expired, and writes new ones.
    scene.service.lifetime = 0;
    let written = 0;
    const begin = performance.now();
    await run();
    const usual = performance.now() - begin;
    await killAtAnyMoment(usual, start, () => {
      const entry = parseEntry(readFileSync(entryPath()));
      expect(entry).toBeDefined();
      written = Math.max(written, Number(/\d+$/.exec(entry!.credentials.accessKeyId)![0]));
    });
    // Otherwise all kills came before there was anything to interrupt.
    expect(written).toBeGreaterThan(1);
    scene.service.lifetime = undefined;
    age(cache, (name) => !name.endsWith('.json'));
    const again = performance.now();
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
    expect(performance.now() - again).toBeLessThan(usual + 2_000);
    expect(left()).toEqual(['.json']);
  });
}

describeBothForms('processes', scene, (build, form) => {
  cacheTests(build);

  if (form === 'standalone') {
    test('share the cache with those of the portable module', async () => {
      const first = await startWith(await scene.portable()).ended;
      const second = await startWith(await scene.standalone()).ended;
      expect(second).toEqual(first);
      expect(scene.service.sessions).toBe(1);
    });
  }
});
