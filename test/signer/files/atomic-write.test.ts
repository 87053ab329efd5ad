import { spawn, spawnSync } from 'child_process';
import {
  chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync, symlinkSync,
  utimesSync, writeFileSync,
} from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { build } from 'esbuild';
import { targetOf, writeFileAtomically } from '../../../signer/files/atomic-write';
import { mountMissing, mountSmall } from '../../support/file-systems';
import { describeUnless } from '../../support/runtimes';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'atomic-write-')));
const file = (name: string) => join(folder, name);
const isRoot = process.getuid?.() === 0;
const posix = process.platform === 'win32' ? 'permissions are those of POSIX' : undefined;
const modeOf = (path: string) => statSync(path).mode & 0o777;

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a new file has the content, and nothing else is left in the folder', async () => {
  await writeFileAtomically(file('new'), 'content\u00e4');
  expect(readFileSync(file('new'), 'utf8')).toBe('content\u00e4');
  expect(readdirSync(folder)).toEqual(['new']);
});

test('bytes are written as they are, also many of them', async () => {
  const bytes = Buffer.alloc(5_000_000, 'x\xff\0', 'latin1');
  await writeFileAtomically(file('bytes'), bytes, { durable: false });
  expect(readFileSync(file('bytes')).equals(bytes)).toBe(true);
});

describeUnless(posix, 'permissions', () => {
  test.each([0o600, 0o644, 0o640, 0o400])('of a file that is there stay: %o', async (mode) => {
    writeFileSync(file('old'), 'old');
    chmodSync(file('old'), mode);
    await writeFileAtomically(file('old'), 'new');
    expect(modeOf(file('old'))).toBe(mode);
    expect(readFileSync(file('old'), 'utf8')).toBe('new');
  });

  test('of a new file let only its owner in, whatever the umask says', async () => {
    const before = process.umask(0);
    try {
      await writeFileAtomically(file('new'), 'secret');
    } finally {
      process.umask(before);
    }
    expect(modeOf(file('new'))).toBe(0o600);
  });
});

describeUnless(isRoot ? undefined : 'only root may give files away', 'the owner', () => {
  test('stays: a daemon of root does not take a user\'s file away', async () => {
    writeFileSync(file('theirs'), 'old');
    chownSync(file('theirs'), 12_345, 54_321);
    await writeFileAtomically(file('theirs'), 'new');
    expect(statSync(file('theirs'))).toMatchObject({ uid: 12_345, gid: 54_321 });
  });
});

describeUnless(posix, 'symbolic links', () => {
  test('stay, and what they lead to is replaced, beside which the unfinished file is', async () => {
    mkdirSync(file('real'));
    writeFileSync(file('real/file'), 'old');
    symlinkSync('real/file', file('first'));
    symlinkSync(file('first'), file('second'));
    await writeFileAtomically(file('second'), 'new');
    expect(readlinkSync(file('second'))).toBe(file('first'));
    expect(readlinkSync(file('first'))).toBe('real/file');
    expect(readFileSync(file('real/file'), 'utf8')).toBe('new');
    expect(readdirSync(file('real'))).toEqual(['file']);
  });

  test('to nothing yet get what they lead to, also through a folder that is a link', async () => {
    mkdirSync(file('a/b'), { recursive: true });
    symlinkSync('a/b', file('folder'));
    symlinkSync('../target', file('a/b/link'));
    expect(targetOf(join(folder, 'folder', 'link'))).toBe(file('a/target'));
    await writeFileAtomically(join(folder, 'folder', 'link'), 'new');
    expect(readFileSync(file('a/target'), 'utf8')).toBe('new');
  });

  test('in a circle are an error', async () => {
    symlinkSync('two', file('one'));
    symlinkSync('one', file('two'));
    await expect(writeFileAtomically(file('one'), 'x')).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN', message: expect.stringContaining('leads in a circle (ELOOP)') });
  });
});

describe('what cannot be written', () => {
  test.each<[string, () => string, RegExp]>([
    ['a folder that is not there', () => file('nowhere/file'), /its folder does not exist \(ENOENT\)/],
    ['a path below a file', () => join(__filename, 'file'), /a part of its path is a file, not a folder \(ENOTDIR\)/],
    ['a directory', () => folder, /a directory is in its place \(EISDIR\)/],
    ['a name that is too long', () => file('x'.repeat(300)), /its name is longer than the system allows \(ENAMETOOLONG\)/],
  ])('%s is an error that names path and reason', async (_, path, reason) => {
    const error = await writeFileAtomically(path(), 'x', { what: 'the credentials file' }).catch((thrown: Error) => thrown) as Error;
    expect(error).toMatchObject({ name: 'SignerError', code: 'FILE_NOT_WRITTEN' });
    expect(error.message.startsWith(`the credentials file ${path()} was not written: `)).toBe(true);
    expect(error.message).toMatch(reason);
    expect(existsSync(file('nowhere'))).toBe(false);
  });

  describeUnless(posix, 'that is no file', () => {
    test('is not replaced by one', async () => {
      spawnSync('mkfifo', [file('pipe')]);
      await expect(writeFileAtomically(file('pipe'), 'x')).rejects.toThrow(`${file('pipe')} is no regular file, and is not replaced by one`);
      expect(statSync(file('pipe')).isFIFO()).toBe(true);
    });
  });

  describeUnless(mountMissing, 'on file systems of their own', () => {
    test('a full disk leaves the old file and no unfinished one', async () => {
      const disk = mountSmall(file('disk'), '16k');
      try {
        await writeFileAtomically(join(disk.path, 'file'), 'old');
        await expect(writeFileAtomically(join(disk.path, 'file'), 'x'.repeat(100_000))).rejects.toThrow(/the disk is full; free some space \(ENOSPC\)/);
        expect(readdirSync(disk.path)).toEqual(['file']);
        expect(readFileSync(join(disk.path, 'file'), 'utf8')).toBe('old');
      } finally {
        disk.unmount();
      }
    });

    test('a read-only one says so', async () => {
      const disk = mountSmall(file('disk'), '16k');
      try {
        disk.remountReadOnly();
        await expect(writeFileAtomically(join(disk.path, 'file'), 'x')).rejects.toThrow(/the file system is read-only \(EROFS\)/);
      } finally {
        disk.unmount();
      }
    });
  });
});

describe('unfinished files', () => {
  const name = (id: string) => `.roles-anywhere-${id}-1111-4111-8111-111111111111.tmp`;

  test('of processes that are long gone are removed by the next write; young ones and others\' are not', async () => {
    const [old, young, foreign] = [name('aaaaaaaa'), name('bbbbbbbb'), '.other.tmp'];
    for (const leftover of [old, young, foreign]) {
      writeFileSync(file(leftover), 'half');
    }
    const anHourAgo = new Date(Date.now() - 3_600_000);
    utimesSync(file(old), anHourAgo, anHourAgo);
    utimesSync(file(foreign), anHourAgo, anHourAgo);
    await writeFileAtomically(file('new'), 'x');
    expect(readdirSync(folder).sort()).toEqual([foreign, young, 'new'].sort());
  });
});

describe('a process that is killed while it writes', () => {
  const SIZE = 300_000;
  const isWhole = (text: string) => text.length === SIZE && new Set(text).size === 1;

  test('leaves the old file or the new one, at whatever moment, and the next write works', async () => {
    const script = file('writer.cjs');
    const target = file('target');
    await build({
      stdin: {
        contents: `import { writeFileAtomically } from ${JSON.stringify(join(__dirname, '../../../signer/files/atomic-write.ts'))};
          (async () => { process.stdout.write('.'); for (let i = 0; performance.now() < 60000; i++) await writeFileAtomically(process.argv[2], 'abcdefgh'[i % 8].repeat(${SIZE}), { durable: i % 2 === 0 }); })();`,
        resolveDir: __dirname,
      },
      bundle: true,
      platform: 'node',
      target: 'node20',
      outfile: script,
      logLevel: 'error',
    });
    await writeFileAtomically(target, '0'.repeat(SIZE));
    const seen = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const child = spawn(process.execPath, [script, target], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise((resolve) => child.on('close', resolve));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const end = performance.now() + Math.random() * 25;
      while (performance.now() < end) {
        expect(isWhole(readFileSync(target, 'latin1'))).toBe(true);
      }
      child.kill('SIGKILL');
      await ended;
      const text = readFileSync(target, 'latin1');
      expect(isWhole(text)).toBe(true);
      seen.add(text[0]);
    }
    // Otherwise the kills came before there was anything to interrupt.
    expect(seen.size).toBeGreaterThan(1);
    await writeFileAtomically(target, 'final');
    expect(readFileSync(target, 'utf8')).toBe('final');
  });
});
