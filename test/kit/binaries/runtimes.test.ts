import { spawnSync } from 'child_process';
import { createHash } from 'crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { unpackRuntime } from '../../../src/kit/binaries/runtimes';
import { describeUnless } from '../../support/runtimes';

const tarMissing = spawnSync('tar', ['--version']).status === 0 ? undefined : 'tar is not installed';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runtimes-test-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describeUnless(tarMissing, 'unpacking', () => {
  /** A tarball as npm makes them, and what a lock file would say of it. */
  function pack(program: string) {
    mkdirSync(join(folder, 'package', 'bin'), { recursive: true });
    writeFileSync(join(folder, 'package', 'bin', program), 'the runtime');
    writeFileSync(join(folder, 'package', 'bin', 'README.txt'), 'something else');
    const tarball = join(folder, 'package.tgz');
    expect(spawnSync('tar', ['-czf', tarball, '-C', folder, 'package']).status).toBe(0);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
    return { tarball, wanted: { name: '@oven/bun-test', version: '1.0.0', integrity } };
  }

  test.each(['bun', 'bun.exe'])('takes %s out of the package that was pinned', async (program) => {
    const { tarball, wanted } = pack(program);
    const path = join(folder, 'cache', 'runtime');
    await unpackRuntime(tarball, wanted, path);
    expect(readFileSync(path, 'utf8')).toBe('the runtime');
    expect(statSync(path).mode & 0o111).toBe(0o111);
    expect(readdirSync(join(folder, 'cache'))).toEqual(['runtime']);
  });

  test('refuses a package that is another one', async () => {
    const { tarball, wanted } = pack('bun');
    writeFileSync(tarball, Buffer.concat([readFileSync(tarball), Buffer.from([0])]));
    const path = join(folder, 'cache', 'runtime');
    await expect(unpackRuntime(tarball, wanted, path)).rejects.toThrow(/@oven\/bun-test@1.0.0 is not the package that is pinned: its hash is sha512-/);
    expect(existsSync(join(folder, 'cache'))).toBe(false);
  });

  test('of what is no tarball fails, and leaves nothing', async () => {
    const tarball = join(folder, 'package.tgz');
    writeFileSync(tarball, 'not a tarball');
    const integrity = `sha512-${createHash('sha512').update('not a tarball').digest('base64')}`;
    await expect(unpackRuntime(tarball, { name: 'x', version: '1', integrity }, join(folder, 'cache', 'runtime'))).rejects.toThrow(/tar could not unpack x@1: /);
    expect(readdirSync(join(folder, 'cache'))).toEqual([]);
  });
});
