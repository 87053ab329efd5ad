import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { acquireLock } from '../../../signer/files/file-lock';
import { writeCredentials } from '../../../signer/update/write-credentials';
import { mountFile, mountMissing, mountSmall } from '../../support/file-systems';
import { describeUnless } from '../../support/runtimes';

const folder = mkdtempSync(join(tmpdir(), 'write-credentials-'));
const path = join(folder, '.aws', 'credentials');
const CREDENTIALS = { accessKeyId: 'ASIANEW', secretAccessKey: 'new/secret+', sessionToken: 'new//token==' };
const NEW_FILE = '[default]\naws_access_key_id = ASIANEW\naws_secret_access_key = new/secret+\naws_session_token = new//token==\n';
const clock = { sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)), random: Math.random };
const write = (profile = 'default', target = path) => writeCredentials(target, profile, CREDENTIALS, clock);
const modeOf = (target: string) => statSync(target).mode & 0o777;
const posix = process.platform === 'win32' ? 'permissions are those of POSIX' : undefined;

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a new file is made, with its folder, and nothing else is left there', async () => {
  await write();
  expect(readFileSync(path, 'utf8')).toBe(NEW_FILE);
  expect(readdirSync(join(folder, '.aws'))).toEqual(['credentials']);
});

describeUnless(posix, 'permissions', () => {
  test('of what is new let only this user in', async () => {
    const before = process.umask(0);
    try {
      await write();
    } finally {
      process.umask(before);
    }
    expect([modeOf(join(folder, '.aws')), modeOf(path)]).toEqual([0o700, 0o600]);
  });

  test('of what is there stay', async () => {
    mkdirSync(join(folder, '.aws'));
    chmodSync(join(folder, '.aws'), 0o755);
    writeFileSync(path, '');
    chmodSync(path, 0o644);
    await write();
    expect([modeOf(join(folder, '.aws')), modeOf(path)]).toEqual([0o755, 0o644]);
  });

  test('a symbolic link stays one, and both names share a lock', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    mkdirSync(join(folder, '.aws'));
    symlinkSync('../elsewhere/file', path);
    const lock = await acquireLock(join(folder, 'elsewhere', 'file.lock'), { patience: 0, longestWork: 60_000 }, clock);
    const writing = write();
    await clock.sleep(100);
    expect(existsSync(join(folder, 'elsewhere', 'file'))).toBe(false);
    lock!.release();
    await writing;
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'elsewhere', 'file'), 'utf8')).toBe(NEW_FILE);
  });
});

test('many at once, each for a profile of its own, do not undo each other', async () => {
  const profiles = Array.from({ length: 30 }, (_, i) => `profile${i}`);
  await Promise.all(profiles.map((profile) => write(profile)));
  const sections = readFileSync(path, 'utf8').split('\n').filter((line) => line.startsWith('['));
  expect(sections.sort()).toEqual(profiles.map((profile) => `[${profile}]`).sort());
  expect(readdirSync(join(folder, '.aws'))).toEqual(['credentials']);
});

describe('what cannot be written is an error that names the file, and the file stays', () => {
  test('a file that cannot be edited without loss', async () => {
    mkdirSync(join(folder, '.aws'));
    writeFileSync(path, '[default]\naws_access_key_id = A\n  region = r\n');
    await expect(write()).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN', message: expect.stringContaining(`the credentials file ${path} was not written: line 3`) });
    expect(readFileSync(path, 'utf8')).toBe('[default]\naws_access_key_id = A\n  region = r\n');
    expect(readdirSync(join(folder, '.aws'))).toEqual(['credentials']);
  });

  test('a directory in its place, or a file in its folder\'s', async () => {
    mkdirSync(path, { recursive: true });
    await expect(write()).rejects.toThrow(`the credentials file ${path} was not written: a directory is in its place (EISDIR)`);
    writeFileSync(join(folder, 'file'), '');
    await expect(write('default', join(folder, 'file', 'credentials'))).rejects.toThrow(/the folder \S+file was not written: something else is in its place \(EEXIST\)/);
  });

  describeUnless(mountMissing, 'on file systems of their own', () => {
    test('a full disk', async () => {
      const disk = mountSmall(join(folder, 'disk'), '20k');
      const target = join(disk.path, 'credentials');
      try {
        await write('default', target);
        expect(() => writeFileSync(join(disk.path, 'filler'), Buffer.alloc(100_000))).toThrow('ENOSPC');
        await expect(write('other', target)).rejects.toThrow(/was not written: the disk is full; free some space \(ENOSPC\)/);
        expect(readFileSync(target, 'utf8')).toBe(NEW_FILE);
        rmSync(join(disk.path, 'filler'));
        await write('other', target);
        expect(readdirSync(disk.path)).toEqual(['credentials']);
      } finally {
        disk.unmount();
      }
    });

    test('a read-only home', async () => {
      const disk = mountSmall(join(folder, 'disk'), '20k');
      try {
        disk.remountReadOnly();
        await expect(write('default', join(disk.path, '.aws', 'credentials'))).rejects.toThrow(/the folder \S+\.aws was not written: the file system is read-only \(EROFS\)/);
      } finally {
        disk.unmount();
      }
    });

    test('a file that is a mount of its own, as containers have them', async () => {
      mkdirSync(join(folder, '.aws'));
      writeFileSync(path, '');
      writeFileSync(join(folder, 'source'), '');
      const unmount = mountFile(join(folder, 'source'), path);
      try {
        await expect(write()).rejects.toThrow(/the file is in use, or a mount of its own that cannot be replaced; mount its folder instead \(EBUSY\)/);
        expect(readdirSync(join(folder, '.aws'))).toEqual(['credentials']);
      } finally {
        unmount();
      }
    });
  });
});
