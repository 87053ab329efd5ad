import { spawnSync } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { buildSigner, ownTarget, SIGNER_TARGETS, signerFileName } from '../../scripts/build-signer';
import { projectRoot } from '../../scripts/project';
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
  [['linux-x64'], /there is no option "linux-x64"; the only one is --target/],
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

  test('that fails says so in Bun\'s words, and leaves what was there', async () => {
    await expect(buildSigner(ownTarget()!, folder, join(folder, 'no-such-runtime'))).rejects.toThrow(/bun build failed for /);
    expect(existsSync(join(folder, signerFileName(ownTarget()!)))).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
  });
});
