import { spawnSync } from 'child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'fs';
import { hostname, tmpdir } from 'os';
import { join } from 'path';
import { withLock } from '../../../src/kit/binaries/lock';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  lock = join(folder, 'a', 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function left(owner: string, age = 0): void {
  mkdirSync(lock, { recursive: true });
  writeFileSync(join(lock, 'owner'), owner);
  const then = new Date(Date.now() - age);
  utimesSync(lock, then, then);
}

test('one works at a time, and the lock is given back', async () => {
  let working = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++working);
    await pause(50);
    working -= 1;
    return 'done';
  };
  expect(await Promise.all([withLock(lock, work), withLock(lock, work), withLock(lock, work)])).toEqual(['done', 'done', 'done']);
  expect(most).toBe(1);
  expect(existsSync(lock)).toBe(false);
});

test('the lock is given back where the work fails', async () => {
  await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});

test('the lock of a process that has ended is taken over', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  left(`${pid} ${hostname()}`);
  expect(await withLock(lock, async () => 'done')).toBe('done');
});

test('the lock of another machine is taken over when it is old', async () => {
  left('1 elsewhere', 11 * 60_000);
  expect(await withLock(lock, async () => 'done')).toBe('done');
});

test('the lock of a process that works is waited for, until one is told to stop', async () => {
  left(`${process.pid} ${hostname()}`);
  const stop = new AbortController();
  const waiting = withLock(lock, async () => 'done', stop.signal);
  setTimeout(() => stop.abort(), 50);
  await expect(waiting).rejects.toThrow(/abort/i);
  expect(existsSync(lock)).toBe(true);
});
