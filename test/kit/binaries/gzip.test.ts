import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { gunzipSync } from 'zlib';
import { gzip } from '../../../src/kit/binaries/gzip';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gzip-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('what was compressed comes back, and the size is the file\'s', async () => {
  const content = Buffer.from('roles anywhere '.repeat(100_000));
  const path = file('a', content);
  const size = await gzip(path);
  expect(size).toBe(statSync(`${path}.gz`).size);
  expect(size).toBeLessThan(content.length / 100);
  expect(gunzipSync(readFileSync(`${path}.gz`)).equals(content)).toBe(true);
});

test('name, time and system leave no trace', async () => {
  const [first, second] = [file('first', 'same'), file('second', 'same')];
  utimesSync(second, 1, 1);
  await gzip(first);
  await gzip(second);
  const compressed = readFileSync(`${first}.gz`);
  expect(compressed.equals(readFileSync(`${second}.gz`))).toBe(true);
  // RFC 1952: no flags, no time, best compression, unknown system.
  expect([...compressed.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
});

test('one that is given up leaves nothing behind, and what was there before', async () => {
  const path = file('a', Buffer.alloc(50_000_000));
  writeFileSync(`${path}.gz`, 'old');
  const stop = new AbortController();
  const compressing = gzip(path, stop.signal);
  stop.abort();
  await expect(compressing).rejects.toThrow(/abort/i);
  expect(readdirSync(folder).sort()).toEqual(['a', 'a.gz']);
  expect(readFileSync(`${path}.gz`, 'utf8')).toBe('old');
});
