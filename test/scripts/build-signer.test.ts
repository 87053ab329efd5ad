import { spawnSync } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { buildSigner, buildSigners, ownTarget, SIGNER_TARGETS, signerFileName } from '../../scripts/build-signer';
import { packageVersion, projectRoot, provenance } from '../../scripts/project';
import { CHECKSUMS_FILE, readChecksums, sha256Of } from '../../src/kit/binaries/checksums';
import { BUN, bunMissing, describeUnless } from '../support/runtimes';

/** Runs the script as `npm run build:signer -- ...` does. */
function run(...args: string[]) {
  const tsx = join(projectRoot, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  return spawnSync(process.execPath, [tsx, join(projectRoot, 'scripts', 'build-signer.ts'), ...args], { encoding: 'utf8' });
}

test('every system that hosts have is among the targets', () => {
  expect(Object.keys(SIGNER_TARGETS)).toEqual(expect.arrayContaining(['linux-x64', 'linux-arm64', 'linux-x64-musl', 'darwin-arm64', 'windows-x64']));
});

test('the file is named after its target', () => {
  expect(signerFileName('linux-x64')).toBe('roles-anywhere-signer-linux-x64');
  expect(signerFileName('windows-x64')).toBe('roles-anywhere-signer-windows-x64.exe');
});

test.each<[readonly string[], RegExp]>([
  [['--target', 'plan9-x64'], /there is no target "plan9-x64"; there are linux-x64, linux-arm64, linux-x64-musl/],
  [['--target', 'linux-x64', 'amiga'], /there is no target "amiga"/],
  [['--target=linux-x64,beos'], /there is no target "beos"/],
  [['--target'], /there is no target ""/],
  [['--fast'], /there is no option "--fast"/],
  [['linux-x64'], /there is no option "linux-x64"; there are --target and --compress/],
])('%j is refused before anything is built', (args, message) => {
  const { status, stdout, stderr } = run(...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(message);
});

describeUnless(bunMissing ?? (ownTarget() === undefined ? 'there is no target for this machine' : undefined), 'building', () => {
  const folder = mkdtempSync(join(tmpdir(), 'build-signer-'));

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('leaves one executable file, and nothing beside it', async () => {
    const { path, size, sha256 } = await buildSigner(ownTarget()!, folder, BUN);
    expect(path).toBe(join(folder, signerFileName(ownTarget()!)));
    expect(readdirSync(folder)).toEqual([signerFileName(ownTarget()!)]);
    expect(size).toBe(readFileSync(path).length);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(spawnSync(path, ['version'], { encoding: 'utf8' }).status).toBe(0);
  });

  test('gives the same bytes again, in another folder', async () => {
    const other = mkdtempSync(join(tmpdir(), 'build-signer-other-'));
    try {
      const [first, second] = [await buildSigner(ownTarget()!, folder, BUN), await buildSigner(ownTarget()!, other, BUN)];
      expect(second.sha256).toBe(first.sha256);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  test('writes into the binary what it was made of', () => {
    const { stdout } = spawnSync(join(folder, signerFileName(ownTarget()!)), ['version', '--json'], { encoding: 'utf8' });
    const { commit, builtAt } = provenance();
    expect(JSON.parse(stdout)).toMatchObject({ version: packageVersion(), commit, builtAt, runtime: expect.stringMatching(/^Bun \d/) });
  });

  test('that fails says so in Bun\'s words, and leaves what was there', async () => {
    await expect(buildSigner(ownTarget()!, folder, join(folder, 'no-such-runtime'))).rejects.toThrow(/bun build failed for /);
    expect(existsSync(join(folder, signerFileName(ownTarget()!)))).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
  });
});

describeUnless(bunMissing ?? (ownTarget() === undefined ? 'there is no target for this machine' : undefined), 'building several', () => {
  const name = signerFileName(ownTarget() ?? 'linux-x64');
  const NEVER = 'solaris-sparc';
  let folder: string;
  let said: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'build-signers-'));
    said = [];
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const order = (targets: readonly string[], compress: boolean, signal?: AbortSignal) => ({
    targets,
    compress,
    folder,
    signal,
    progress: { begin: (what: string) => said.push(`begin ${what}`), end: (what: string, lines: readonly string[]) => said.push(`end ${what}`, ...lines) },
  });

  test('lists what was built and compressed, and drops the copy of something older', async () => {
    expect(await buildSigners(order([ownTarget()!], true))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual([CHECKSUMS_FILE, name, `${name}.gz`]);
    expect(readChecksums(folder)).toEqual(new Map([
      [name, await sha256Of(join(folder, name))], [`${name}.gz`, await sha256Of(join(folder, `${name}.gz`))],
    ]));
    expect(said.join('\n')).toMatch(new RegExp(`^begin .*\nend .*\n.*${name}  [0-9.]+ MB  [0-9.]+ s\nsha256 [0-9a-f]{64}\n.*${name}.gz  [0-9.]+ MB, [0-9]+ % of it$`));

    // The same again without compression: the copy is still one of this binary.
    await buildSigners(order([ownTarget()!], false));
    expect(readChecksums(folder).size).toBe(2);
    // As if another version had been built before.
    writeFileSync(join(folder, CHECKSUMS_FILE), `${'0'.repeat(64)}  ${name}\n`);
    await buildSigners(order([ownTarget()!], false));
    expect(readdirSync(folder).sort()).toEqual([CHECKSUMS_FILE, name]);
  });

  test('goes on after one that fails', async () => {
    const errors = await buildSigners(order([NEVER, ownTarget()!], false));
    expect(errors).toHaveLength(1);
    expect([...readChecksums(folder).keys()]).toEqual([name]);
    expect(said).toContain(`${NEVER} failed`);
  });

  test('stops when it is told to, and leaves nothing half done', async () => {
    const stop = new AbortController();
    const building = buildSigners(order([ownTarget()!, ownTarget()!, ownTarget()!, ownTarget()!], true, stop.signal));
    setTimeout(() => stop.abort(), 100);
    expect((await building).length).toBeGreaterThan(0);
    expect(said.filter((text) => text.startsWith('begin'))).toHaveLength(2);
    expect(readdirSync(folder).filter((file) => file !== CHECKSUMS_FILE && file !== name)).toEqual([]);
  });
});
