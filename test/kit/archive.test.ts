import { execFileSync, spawnSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { gunzipSync, gzipSync } from 'zlib';
import { tarGz, zip } from '../../src/kit/archive';
import { KitFile } from '../../src/kit/kit';
import { PYTHON, pythonMissing } from '../support/python';
import { describeUnless } from '../support/runtimes';
import { errorOf } from '../support/stack';

const LARGE = Buffer.from('0123456789'.repeat(5000));
const FILES: KitFile[] = [
  { path: 'empty', content: Buffer.alloc(0) },
  { path: 'block', content: Buffer.alloc(512, 'x') },
  { path: 'signer', content: LARGE, isExecutable: true },
  { path: 'hosts/web01.json', content: Buffer.from('{"é":1}\n') },
];
const COMPRESSED = { path: 'signer', gzip: gzipSync(LARGE) };
const tarMissing = spawnSync('tar', ['--version']).status === 0 ? undefined : 'tar is not installed';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function expectFiles(): void {
  for (const { path, content } of FILES) {
    expect(readFileSync(join(folder, 'Kit', path)).equals(content)).toBe(true);
  }
}

test.each([['a tar', tarGz], ['a zip', zip]])('%s of the same files has the same bytes', (_, pack) => {
  expect(pack('Kit', FILES, COMPRESSED).equals(pack('Kit', FILES.map((file) => ({ ...file })), COMPRESSED))).toBe(true);
});

test('a tar is the same whether a part of it had been compressed before or not', () => {
  expect(gunzipSync(tarGz('Kit', FILES, COMPRESSED)).equals(gunzipSync(tarGz('Kit', FILES)))).toBe(true);
});

test('a name that a tar has no room for is refused', () => {
  expect(errorOf(() => tarGz('Kit', [{ path: `hosts/${'x'.repeat(100)}`, content: LARGE }])).code).toBe('INVALID_TEXT');
});

describeUnless(tarMissing, 'tar', () => {
  test.each([['at once', undefined], ['in parts', COMPRESSED]])('unpacks what was compressed %s', (_, compressed) => {
    writeFileSync(join(folder, 'kit.tar.gz'), tarGz('Kit', FILES, compressed));
    execFileSync('tar', ['-xzf', join(folder, 'kit.tar.gz'), '-C', folder]);
    expectFiles();
    expect([statSync(join(folder, 'Kit', 'signer')).mode & 0o777, statSync(join(folder, 'Kit', 'block')).mode & 0o777]).toEqual([0o755, 0o644]);
    expect(statSync(join(folder, 'Kit', 'block')).mtime).toEqual(new Date('1980-01-01T00:00:00Z'));
  });
});

describeUnless(pythonMissing, 'Python', () => {
  test.each([['at once', undefined], ['before', COMPRESSED]])('checks and unpacks a zip of what was compressed %s', (_, compressed) => {
    writeFileSync(join(folder, 'kit.zip'), zip('Kit', FILES, compressed));
    const script = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])';
    execFileSync(PYTHON, ['-c', script, join(folder, 'kit.zip'), folder]);
    expectFiles();
  });

  test('reads a tar in parts', () => {
    writeFileSync(join(folder, 'kit.tar.gz'), tarGz('Kit', FILES, COMPRESSED));
    const script = 'import sys, tarfile; t = tarfile.open(sys.argv[1], "r:gz"); print([(m.name, m.size) for m in t])';
    expect(execFileSync(PYTHON, ['-c', script, join(folder, 'kit.tar.gz')], { encoding: 'utf8' }).trim())
      .toBe('[(\'Kit/empty\', 0), (\'Kit/block\', 512), (\'Kit/signer\', 50000), (\'Kit/hosts/web01.json\', 9)]');
  });
});
