import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { SIGNER_TARGETS } from '../../scripts/build-signer';
import { checkBun, runtimePackage } from '../../scripts/bun-runtime';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bun-runtime-test-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('Bun', () => {
  test('that is not installed is missed before anything is built', () => {
    expect(() => checkBun(join(folder, 'bun.exe'))).toThrow(/Bun, which compiles the binaries, is not installed \(.*bun\.exe is missing\); run "npm ci" first/);
  });

  test('whose install script has not run is a placeholder, and that is said', () => {
    const placeholder = join(folder, 'bun.exe');
    writeFileSync(placeholder, '#!/bin/sh\necho "the postinstall script was not run" >&2; echo more >&2; exit 1\n');
    chmodSync(placeholder, 0o755);
    expect(() => checkBun(placeholder)).toThrow(/does not run \(.*: the postinstall script was not run\); run "npm rebuild bun", with install scripts allowed/);
    chmodSync(placeholder, 0o644);
    expect(() => checkBun(placeholder)).toThrow(/does not run \(.*EACCES/);
  });
});

describe('the runtime of a target', () => {
  test.each(Object.values(SIGNER_TARGETS))('%s is pinned with a hash, in the version of Bun itself', (target) => {
    const { version } = runtimePackage('bun-linux-x64');
    expect(runtimePackage(target)).toEqual({ name: expect.stringMatching(/^@oven\/bun-/), version, integrity: expect.stringMatching(/^sha512-/) });
  });

  function lockFile(...names: string[]): string {
    const path = join(folder, 'package-lock.json');
    const packages = Object.fromEntries(names.map((name) => [`node_modules/@oven/${name}`, { version: '9.9.9', integrity: `sha512-${name}` }]));
    writeFileSync(path, JSON.stringify({ packages }));
    return path;
  }

  test('is the baseline build where there is one, and the only build where there is none', () => {
    const both = lockFile('bun-linux-x64', 'bun-linux-x64-baseline');
    expect(runtimePackage('bun-linux-x64-baseline', both).name).toBe('@oven/bun-linux-x64-baseline');
    const one = lockFile('bun-linux-x64-musl');
    expect(runtimePackage('bun-linux-x64-musl-baseline', one)).toEqual({
      name: '@oven/bun-linux-x64-musl', version: '9.9.9', integrity: 'sha512-bun-linux-x64-musl',
    });
    expect(runtimePackage('bun-darwin-arm64', lockFile('bun-darwin-aarch64')).name).toBe('@oven/bun-darwin-aarch64');
  });

  test('that nobody pins is refused', () => {
    expect(() => runtimePackage('bun-windows-x64-baseline', lockFile('bun-linux-x64')))
      .toThrow('package-lock.json pins no runtime for bun-windows-x64-baseline; looked for @oven/bun-windows-x64-baseline and @oven/bun-windows-x64');
  });
});
