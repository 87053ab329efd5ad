/** Tests of the cache of binaries, with the real Bun and the bundle that the package brings. */
import { spawnSync } from 'child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { homedir, tmpdir } from 'os';
import { join } from 'path';
import { gunzipSync } from 'zlib';
import { bundleStandalone } from '../../../scripts/bundle';
import { packageVersion } from '../../../scripts/project';
import { sha256Of } from '../../../src/kit/binaries/checksums';
import { cachedSigner, cacheFolder } from '../../../src/kit/binaries/signer-cache';
import { ownTarget } from '../../../src/kit/targets';
import { BUN, bunMissing, describeUnless } from '../../support/runtimes';

test.each([
  [{ XDG_CACHE_HOME: '/var/cache/me' }, 'linux', '/var/cache/me/cdk-roles-anywhere'],
  [{ XDG_CACHE_HOME: 'relative' }, 'linux', join(homedir(), '.cache', 'cdk-roles-anywhere')],
  [{}, 'darwin', join(homedir(), '.cache', 'cdk-roles-anywhere')],
  [{ LOCALAPPDATA: '/local' }, 'win32', '/local/cdk-roles-anywhere'],
])('with %j on %s, the cache is %s', (env, platform, folder) => {
  expect(cacheFolder(env, platform)).toBe(folder);
});

describeUnless(bunMissing ?? (ownTarget() === undefined ? 'there is no target for this machine' : undefined), 'a binary', () => {
  const target = ownTarget()!;
  let cache: string;
  let source: string;
  let built: number;
  const order = () => ({ target, cache, source, candidates: [BUN], onBuild: () => void built++ });

  beforeAll(async () => {
    cache = mkdtempSync(join(tmpdir(), 'signer-cache-'));
    source = join(cache, 'source');
    await bundleStandalone(source);
  });
  afterAll(() => rmSync(cache, { recursive: true, force: true }));
  beforeEach(() => {
    built = 0;
  });

  test('is compiled once by two that want it at the same time, and is there for the next', async () => {
    const [first, second] = await Promise.all([cachedSigner(order()), cachedSigner(order())]);
    expect(second).toEqual(first);
    expect(await cachedSigner({ ...order(), candidates: [] })).toEqual(first);
    expect(built).toBe(1);
    expect(JSON.parse(spawnSync(first.path, ['version', '--json'], { encoding: 'utf8' }).stdout)).toMatchObject({
      version: packageVersion(), runtime: expect.stringMatching(/^Bun \d/),
    });
    expect(gunzipSync(readFileSync(first.gzipPath)).equals(readFileSync(first.path))).toBe(true);
    // No locks and no unfinished files.
    expect(readdirSync(cache).sort()).toEqual(expect.not.arrayContaining([expect.stringMatching(/lock$/)]));
  }, 120_000);

  test('has the same bytes wherever the package lies', async () => {
    const { path } = await cachedSigner(order());
    const elsewhere = join(cache, 'some', 'where else');
    cpSync(source, elsewhere, { recursive: true });
    const other = await cachedSigner({ ...order(), source: elsewhere, cache: join(cache, 'other cache') });
    expect(await sha256Of(other.path)).toBe(await sha256Of(path));
    expect(await sha256Of(other.gzipPath)).toBe(await sha256Of(`${path}.gz`));
  }, 120_000);

  test('that has been changed since is compiled anew, to the same bytes', async () => {
    const { path } = await cachedSigner(order());
    const before = await sha256Of(path);
    chmodSync(path, 0o755);
    writeFileSync(path, 'something else');
    await cachedSigner(order());
    expect(built).toBe(1);
    expect(await sha256Of(path)).toBe(before);
  }, 120_000);

  test('has a place of its own for another source, and that needs Bun', async () => {
    writeFileSync(join(source, 'zz-more.js'), '');
    await expect(cachedSigner({ ...order(), candidates: [] })).rejects.toMatchObject({ code: 'BUN_UNUSABLE' });
    rmSync(join(source, 'zz-more.js'));
  });

  test('that cannot be compiled is reported in Bun\'s words', async () => {
    const broken = join(cache, 'broken');
    await bundleStandalone(broken);
    writeFileSync(join(broken, 'entry-bun.js'), 'import "./not-there.js";');
    await expect(cachedSigner({ ...order(), source: broken })).rejects.toMatchObject({
      code: 'BUILD_FAILED', message: expect.stringMatching(/the signer for .* could not be built: bun build failed[^]*not-there/),
    });
    expect(built).toBe(1);
  }, 120_000);
});
