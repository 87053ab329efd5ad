import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { buildSigner, ownTarget } from '../../../scripts/build-signer';
import { bundleProgram } from '../../../scripts/bundle';
import { projectRoot } from '../../../scripts/project';
import { CacheEntry, parseEntry } from '../../../signer/cache/cache-entry';
import { createRootCa, Issued, issueHost } from '../../support/pki';
import { BUN, bunMissing, describeUnless } from '../../support/runtimes';
import { ARN_FLAGS } from '../fake-platform';
import { accessKeyId, FakeService, ProcessResult, runProcess, startFakeService, startProcess } from '../fake-service';

const folder = mkdtempSync(join(tmpdir(), 'cache-processes-'));
const home = join(folder, 'home');
const cache = join(home, '.cache', 'roles-anywhere');
const certificate = join(folder, 'host.pem');
let root: Issued;
let service: FakeService;

async function issueCertificate(): Promise<void> {
  const host = await issueHost(root, 'CN=onprem01');
  writeFileSync(certificate, host.pem);
  writeFileSync(join(folder, 'host.key'), host.keyPem, { mode: 0o600 });
}

beforeAll(async () => {
  root = await createRootCa('CN=Root');
  await issueCertificate();
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
const args = () => [
  'credential-process', '--cache', '--certificate', certificate, '--private-key', join(folder, 'host.key'), ...ARN_FLAGS, '--endpoint', service.url,
];
const keyOf = ({ stdout }: ProcessResult) => (JSON.parse(stdout) as { readonly AccessKeyId: string }).AccessKeyId;
const entryPath = () => join(cache, readdirSync(cache).find((name) => name.endsWith('.json'))!);
const left = () => readdirSync(cache).map((name) => name.replace(/^[0-9a-f]{64}/, ''));

/** Makes the entry as old as credentials of an hour are when so many minutes are left. */
function age(minutesLeft: number): void {
  const entry = parseEntry(readFileSync(entryPath())) as CacheEntry;
  const expiresAt = Date.now() + minutesLeft * 60_000;
  writeFileSync(entryPath(), JSON.stringify({ ...entry, expiresAt, obtainedAt: expiresAt - 3_600_000 }));
}

function cacheTests(build: () => Promise<readonly string[]>): void {
  let command: readonly string[];
  const options = { env: { HOME: home } };
  const run = (...flags: readonly string[]) => runProcess([...command, ...args(), ...flags], options);
  const start = (...flags: readonly string[]) => startProcess([...command, ...args(), ...flags], options);

  beforeAll(async () => {
    command = await build();
  });

  test('fifty at once without credentials make one call, and leave the entry and nothing else', async () => {
    service.delay = 300;
    const results = await Promise.all(Array.from({ length: 50 }, () => run()));
    expect(results.filter(({ code, stderr }) => code !== 0 || stderr !== '')).toEqual([]);
    expect(new Set(results.map(keyOf))).toEqual(new Set([accessKeyId(1)]));
    expect(service.verified).toHaveLength(1);
    expect(left()).toEqual(['.json']);
  });

  test('fifty at once during an outage fail alike after one call with its attempts, and soon', async () => {
    service.outage = { status: 503, type: 'ServiceUnavailableException', message: 'we are sorry' };
    service.delay = 1_500;
    const begin = performance.now();
    const results = await Promise.all(Array.from({ length: 50 }, () => run('--max-attempts', '1')));
    // Some may have started only after the first ones had failed. Two at a time never called.
    expect(service.verified.length).toBeLessThan(25);
    expect((service.verified.length - 1) * service.delay).toBeLessThan(performance.now() - begin);
    expect(new Set(results.map(({ code, stdout }) => `${code}${stdout}`))).toEqual(new Set(['5']));
    expect(new Set(results.map(({ stderr }) => stderr.replace(' (said to another process, which made the call for this one too)', ''))).size).toBe(1);
    service.outage = undefined;
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
    expect(left()).toEqual(['.json']);
  });

  test('later ones call nobody, though the service is gone', async () => {
    const first = await run();
    await service.close();
    for (let i = 0; i < 10; i++) {
      expect(await run()).toEqual(first);
    }
  });

  test('a certificate that was replaced is taken up at once', async () => {
    expect(keyOf(await run())).toBe(accessKeyId(1));
    await issueCertificate();
    expect(keyOf(await run())).toBe(accessKeyId(2));
    expect(keyOf(await run())).toBe(accessKeyId(2));
    expect(left()).toEqual(['.json']);
  });

  test('credentials that are due are renewed; where the service is down they are used, with one line that says so', async () => {
    await run();
    age(10);
    service.outage = { status: 503 };
    const result = await run('--max-attempts', '1');
    expect(keyOf(result)).toBe(accessKeyId(1));
    expect(result).toMatchObject({
      code: 0, stderr: expect.stringMatching(/^roles-anywhere-signer: warning: no new credentials, so those of the cache are used, [^\n]*SERVICE_FAILED: [^\n]*\n$/),
    });
    service.outage = undefined;
    unlinkSync(entryPath().replace(/json$/, 'failure'));
    expect(keyOf(await run())).toBe(accessKeyId(2));
  });

  test('where the service refuses, they are removed, and the run fails', async () => {
    await run();
    age(10);
    service.outage = { status: 403, type: 'AccessDeniedException', message: 'Certificate revoked' };
    expect(await run()).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('SERVICE_REFUSED: AccessDeniedException: Certificate revoked') });
    expect(left()).toEqual(['.failure']);
    expect(await run()).toMatchObject({ code: 4, stdout: '' });
  });

  test('one that is killed while it calls keeps nobody waiting', async () => {
    service.delay = 60_000;
    const first = start();
    while (service.verified.length === 0) {
      await sleep(10);
    }
    const second = start();
    await sleep(500);
    expect(service.verified).toHaveLength(1);
    service.delay = 0;
    const begin = performance.now();
    first.child.kill('SIGKILL');
    expect(await second.ended).toMatchObject({ code: 0, stderr: '' });
    expect(performance.now() - begin).toBeLessThan(2_000);
    expect(left()).toEqual(['.json']);
  });

  test('killed at whatever moment, they leave a whole entry or none, and the next one works', async () => {
    // Every run finds credentials that have expired, and writes new ones.
    service.lifetime = 0;
    let written = 0;
    const begin = performance.now();
    await run();
    const usual = performance.now() - begin;
    for (let round = 0; round < 40; round++) {
      const { child, ended } = start();
      await sleep(usual * (0.4 + 0.7 * Math.random()));
      child.kill('SIGKILL');
      await ended;
      const before = readFileSync(entryPath());
      expect(parseEntry(before)).toBeDefined();
      written = Math.max(written, Number(/\d+$/.exec(parseEntry(before)!.credentials.accessKeyId)![0]));
    }
    // Otherwise all kills came before there was anything to interrupt.
    expect(written).toBeGreaterThan(1);
    service.lifetime = undefined;
    const aWhileAgo = new Date(Date.now() - 3_600_000);
    readdirSync(cache).filter((name) => !name.endsWith('.json')).forEach((name) => utimesSync(join(cache, name), aWhileAgo, aWhileAgo));
    const again = performance.now();
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
    expect(performance.now() - again).toBeLessThan(usual + 2_000);
    expect(left()).toEqual(['.json']);
  });
}

const portable = async () => {
  const output = join(folder, 'roles-anywhere-signer.mjs');
  await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), output, { format: 'esm' });
  return [process.execPath, output];
};
const binary = async () => [(await buildSigner(ownTarget()!, folder, BUN)).path];
const binaryMissing = bunMissing ?? (ownTarget() === undefined ? 'there is no target for this machine' : undefined);

describe('processes of the portable module', () => cacheTests(portable));

describeUnless(binaryMissing, 'processes of the standalone binary', () => {
  cacheTests(binary);

  test('share the cache with those of the portable module', async () => {
    const options = { env: { HOME: home } };
    const first = await runProcess([...await portable(), ...args()], options);
    const second = await runProcess([...await binary(), ...args()], options);
    expect(second).toEqual(first);
    expect(service.sessions).toBe(1);
  });
});
