import {
  chmodSync, chownSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, unlinkSync, utimesSync,
  writeFileSync,
} from 'fs';
import { join } from 'path';
import { CacheScene } from './cache-scene';
import { parseEntry } from '../../../signer/cache/cache-entry';
import { SignerError } from '../../../signer/errors';
import { acquireLock, FileLock } from '../../../signer/files/file-lock';
import { CredentialsError, CredentialsErrorCode } from '../../../src/credentials/errors';
import { mountMissing, mountSmall } from '../../support/file-systems';
import { describeUnless } from '../../support/runtimes';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let scene: CacheScene;

beforeEach(() => {
  scene = new CacheScene();
});

afterEach(() => scene.remove());

const files = () => readdirSync(scene.folder);
const entryFile = () => join(scene.folder, files().find((name) => name.endsWith('.json'))!);
const modeOf = (path: string) => statSync(path).mode & 0o777;
const isRoot = process.getuid?.() === 0;
const posix = process.platform === 'win32' ? 'permissions are those of POSIX' : undefined;

function fails(code: CredentialsErrorCode, message = 'said by the service'): void {
  scene.answer = async () => {
    throw new CredentialsError(code, message);
  };
}

/** Holds the lock of the entry, as another process that makes the call does. */
async function otherProcess(): Promise<FileLock> {
  const path = entryFile().replace(/json$/, 'lock');
  const lock = await acquireLock(path, { patience: 0, longestWork: HOUR }, scene.platform());
  return lock!;
}

describe('the first run', () => {
  test('calls, and leaves an entry for the next one in folders of its own', async () => {
    expect(await scene.run()).toBe('ASIA1');
    expect(scene.diagnostics).toBe('');
    expect(files()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/)]);
    expect(parseEntry(readFileSync(entryFile())))
      .toMatchObject({ obtainedAt: scene.now, expiresAt: scene.now + HOUR, credentials: scene.credentials(1) });
  });

  describeUnless(posix, 'with permissions', () => {
    test('lets nobody else in, whatever the umask says', async () => {
      const before = process.umask(0);
      try {
        await scene.run();
      } finally {
        process.umask(before);
      }
      expect([join(scene.home, '.cache'), scene.folder].map(modeOf)).toEqual([0o700, 0o700]);
      expect(modeOf(entryFile())).toBe(0o600);
    });
  });

  test('puts it where --cache-dir says', async () => {
    scene.flags['cache-dir'] = join(scene.home, 'elsewhere', 'deep');
    await scene.run();
    expect(readdirSync(scene.flags['cache-dir'])).toHaveLength(1);
    expect(existsSync(scene.folder)).toBe(false);
  });
});

describe('a warm run', () => {
  beforeEach(async () => {
    await scene.run();
  });

  test('calls nobody, a hundred times, and reads two files', async () => {
    scene.reads = [];
    for (let i = 0; i < 100; i++) {
      expect(await scene.run()).toBe('ASIA1');
    }
    expect(scene.calls).toBe(1);
    expect(new Set(scene.reads)).toEqual(new Set([scene.certificate, entryFile()]));
    expect(scene.reads).toHaveLength(200);
    expect(scene.diagnostics).toBe('');
  });

  test('says with --debug where the credentials are from, and not what they are', async () => {
    scene.flags.debug = 'true';
    await scene.run();
    expect(scene.diagnostics).toBe(`debug: credentials of the cache ${entryFile()}, valid until 2026-11-21T11:00:00Z\n`);
  });

  test.each<[string, () => void]>([
    ['the certificate was replaced', () => writeFileSync(scene.certificate, 'certificate 2')],
    ['they have expired', () => (scene.now += HOUR)],
    ['less than a minute is left', () => (scene.now += HOUR - 59_000)],
    ['the clock was set back to before they were obtained', () => (scene.now -= MINUTE)],
    ['another role is asked for', () => (scene.options = { ...scene.options, roleArn: `${scene.options.roleArn}2` })],
    ['the entry was put under another name', () => {
      const path = entryFile();
      scene.options = { ...scene.options, roleSessionName: 'other' };
      renameSync(path, join(scene.home, 'entry'));
    }],
  ])('calls where %s', async (_, change) => {
    change();
    expect(await scene.run()).toBe('ASIA2');
    expect(await scene.run()).toBe('ASIA2');
    expect(scene.diagnostics).toBe('');
  });

  test('does not take the credentials of another role for its own, wherever their file was linked to', async () => {
    const first = entryFile();
    scene.options = { ...scene.options, roleArn: `${scene.options.roleArn}2` };
    expect(await scene.run()).toBe('ASIA2');
    const second = join(scene.folder, files().find((name) => join(scene.folder, name) !== first)!);
    unlinkSync(second);
    linkSync(first, second);
    expect(await scene.run()).toBe('ASIA3');
  });
});

describe('credentials that are due', () => {
  beforeEach(async () => {
    await scene.run();
    scene.now += 41.25 * MINUTE;
  });

  test('are renewed by a process whose chance it is, and used by the others', async () => {
    scene.random = 0.4;
    expect(await scene.run()).toBe('ASIA1');
    scene.random = 0.6;
    expect(await scene.run()).toBe('ASIA2');
    expect(files()).toHaveLength(1);
  });

  test('are used at once while another process renews them', async () => {
    scene.random = 0.6;
    const lock = await otherProcess();
    const start = performance.now();
    expect(await scene.run()).toBe('ASIA1');
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(scene.calls).toBe(1);
    lock.release();
    expect(await scene.run()).toBe('ASIA2');
  });

  test('of many processes at once, one renews them', async () => {
    scene.random = 0.99;
    scene.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return scene.credentials(scene.calls);
    };
    const keys = await Promise.all(Array.from({ length: 50 }, () => scene.run()));
    expect(scene.calls).toBe(2);
    expect(new Set(keys)).toEqual(new Set(['ASIA1', 'ASIA2']));
  });

  test.each<CredentialsErrorCode>([
    'CONNECTION_FAILED', 'TIMED_OUT', 'SERVICE_FAILED', 'THROTTLED', 'UNEXPECTED_RESPONSE', 'TLS_FAILED', 'CERTIFICATE_EXPIRED', 'FILE_UNREADABLE',
  ])(
    'are used, with a warning, where renewing ends with %s', async (code) => {
      scene.random = 0.6;
      fails(code);
      expect(await scene.run()).toBe('ASIA1');
      expect(scene.diagnostics).toBe('roles-anywhere-signer: warning: no new credentials, so those of the cache are used, which are valid until '
        + `2026-11-21T11:00:00Z; ${code}: said by the service\n`);
    });

  test('are not tried to be renewed again for a minute after an outage', async () => {
    scene.random = 0.6;
    fails('TIMED_OUT');
    await scene.run();
    scene.now += 59_000;
    expect(await scene.run()).toBe('ASIA1');
    expect(scene.calls).toBe(2);
    scene.now += 2_000;
    scene.answer = undefined;
    expect(await scene.run()).toBe('ASIA3');
    expect(files()).toHaveLength(1);
  });

  test('are given up where the service refuses: the certificate may have been revoked', async () => {
    scene.random = 0.6;
    fails('SERVICE_REFUSED');
    await expect(scene.run()).rejects.toMatchObject({ code: 'SERVICE_REFUSED' });
    expect(files().filter((name) => name.endsWith('.json'))).toEqual([]);
    scene.random = 0;
    await expect(scene.run()).rejects.toMatchObject({ code: 'SERVICE_REFUSED' });
    expect(scene.calls).toBe(3);
  });

  test('do not cover up wrong settings', async () => {
    scene.random = 0.6;
    scene.answer = async () => {
      throw new SignerError('USAGE', 'the environment variable KEY is not set');
    };
    await expect(scene.run()).rejects.toMatchObject({ code: 'USAGE' });
    scene.answer = async () => {
      throw new TypeError('a mistake of the program');
    };
    await expect(scene.run()).rejects.toThrow(TypeError);
  });
});

describe('credentials that are about to end', () => {
  beforeEach(async () => {
    await scene.run();
    scene.now += HOUR - 30_000;
  });

  test('are waited for, if another process renews them', async () => {
    const lock = await otherProcess();
    const run = scene.run();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(scene.calls).toBe(1);
    const entry = parseEntry(readFileSync(entryFile()))!;
    writeFileSync(entryFile(), JSON.stringify({ ...entry, obtainedAt: scene.now, expiresAt: scene.now + HOUR, credentials: scene.credentials(9) }));
    expect(await run).toBe('ASIA9');
    lock.release();
    expect(scene.calls).toBe(1);
  });

  test('are better than none during an outage, until they end', async () => {
    fails('CONNECTION_FAILED');
    expect(await scene.run()).toBe('ASIA1');
    expect(scene.diagnostics).toMatch(/^roles-anywhere-signer: warning: no new credentials, /);
    scene.now += 30_000;
    await expect(scene.run()).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  });

  test('are given up where the service refuses', async () => {
    fails('SERVICE_REFUSED');
    await expect(scene.run()).rejects.toMatchObject({ code: 'SERVICE_REFUSED' });
  });
});

describe('many runs at once without credentials', () => {
  test('make one call', async () => {
    scene.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return scene.credentials(scene.calls);
    };
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => scene.run())))).toEqual(new Set(['ASIA1']));
    expect(scene.calls).toBe(1);
    expect(files()).toHaveLength(1);
  });

  test.each<CredentialsErrorCode>(['TIMED_OUT', 'SERVICE_REFUSED'])('share a failure: %s', async (code) => {
    scene.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      throw new CredentialsError(code, 'said by the service');
    };
    const start = performance.now();
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => scene.run()));
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(scene.calls).toBe(1);
    const messages = results.map((result) => (result as PromiseRejectedResult).reason as CredentialsError);
    expect(new Set(messages.map((error) => error.code))).toEqual(new Set([code]));
    expect(messages.filter(({ message }) => message === 'said by the service')).toHaveLength(1);
    expect(messages.filter(({ message }) => message === 'said by the service (said to another process, which made the call for this one too)')).toHaveLength(49);
  });

  test('do not share a failure with those that come afterwards, nor with those that take another way to the service', async () => {
    scene.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      if (scene.env.HTTPS_PROXY !== undefined) {
        throw new CredentialsError('CONNECTION_FAILED', 'no such proxy');
      }
      return scene.credentials(scene.calls);
    };
    scene.env = { ...scene.env, HTTPS_PROXY: 'http://user:secret@wrong' };
    const wrong = scene.run();
    wrong.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    scene.env = { HOME: scene.home };
    const right = scene.run();
    await new Promise((resolve) => setTimeout(resolve, 50));
    scene.env = { HOME: scene.home, HTTPS_PROXY: 'http://user:secret@wrong' };
    await expect(wrong).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    const told = readFileSync(join(scene.folder, files().find((name) => name.endsWith('.failure'))!), 'utf8');
    expect(told).toContain('no such proxy');
    expect(told).not.toContain('secret');
    scene.env = { HOME: scene.home };
    expect(await right).toBe('ASIA2');
  });

  test('that are wrong for their own reasons each find out for themselves', async () => {
    scene.answer = async () => {
      throw new CredentialsError('KEY_ENCRYPTED', 'nobody to ask');
    };
    await Promise.allSettled(Array.from({ length: 5 }, () => scene.run()));
    expect(scene.calls).toBe(5);
  });

  test('go on without the lock, with a warning, where a process keeps it for too long', async () => {
    await scene.run();
    const lock = await otherProcess();
    unlinkSync(entryFile());
    scene.options = { ...scene.options, deadline: -4_500 };
    expect(await scene.run()).toBe('ASIA2');
    expect(scene.diagnostics).toMatch(/^roles-anywhere-signer: warning: another process has kept the lock \S+\.lock for 1 seconds; the call is made without it\n$/);
    lock.release();
  });
});

describe('a cache that cannot be used is no reason to have no credentials:', () => {
  const WARNING = 'roles-anywhere-signer: warning: the cache is not used: ';

  async function expectWarning(reason: RegExp): Promise<void> {
    expect(await scene.run()).toBe('ASIA1');
    expect(scene.diagnostics).toMatch(reason);
    expect(scene.diagnostics.startsWith('roles-anywhere-signer: warning: ')).toBe(true);
    expect(scene.diagnostics.trim().split('\n')).toHaveLength(1);
  }

  test('no folder is known', async () => {
    scene.env = {};
    await expectWarning(/the cache is not used: no folder for it is known, since HOME is not set; name one with --cache-dir/);
  });

  test('its folder would be below a file', async () => {
    writeFileSync(join(scene.home, '.cache'), '');
    await expectWarning(/the cache is not used: .*a part of its path is a file, not a folder \(ENOTDIR\); or name another folder with --cache-dir/);
  });

  test('a file is in its place', async () => {
    mkdirSync(join(scene.home, '.cache'));
    writeFileSync(scene.folder, '', { mode: 0o600 });
    await expectWarning(/the cache is not used: .*something else is in its place \(EEXIST\)/);
  });

  describeUnless(posix, 'with permissions,', () => {
    test('others may write to its folder, and have', async () => {
      await scene.run();
      scene.calls = 0;
      chmodSync(scene.folder, 0o777);
      await expectWarning(/the cache is not used: other users may write to the folder \S+, and could put credentials there; run "chmod 700 /);
    });
  });

  describeUnless(isRoot ? undefined : 'only root may give folders away', 'with owners,', () => {
    test('its folder belongs to another user', async () => {
      await scene.run();
      scene.calls = 0;
      chownSync(scene.folder, 12_345, 12_345);
      await expectWarning(/the cache is not used: the folder \S+ belongs to another user \(12345, not 0\), who could put credentials there; name a folder of your own/);
    });
  });

  test('its folder is a symbolic link in a circle', async () => {
    mkdirSync(join(scene.home, '.cache'));
    symlinkSync('roles-anywhere', scene.folder);
    await expectWarning(/the cache is not used: the folder \S+ cannot be looked at \(ELOOP\); name another one with --cache-dir/);
  });

  test.each<[string, string]>([['empty', ''], ['cut off', '{"format":1,"name":"'], ['of something else', '{"a":1}'], ['no text', '\xff\xfe\0\0']])(
    'the entry is %s; it is replaced', async (_, content) => {
      await scene.run();
      writeFileSync(entryFile(), content, 'latin1');
      expect(await scene.run()).toBe('ASIA2');
      expect(scene.diagnostics).toBe(`roles-anywhere-signer: warning: the file ${entryFile()} of the cache is damaged; it is replaced\n`);
      expect(await scene.run()).toBe('ASIA2');
    });

  test('the entry is a folder; it stays one', async () => {
    await scene.run();
    const path = entryFile();
    unlinkSync(path);
    mkdirSync(path);
    expect(await scene.run()).toBe('ASIA2');
    expect(scene.diagnostics).toMatch(/of the cache cannot be read \(EISDIR\); it is replaced\n.*warning: the credentials are not kept in the cache: .*a directory is in its place/);
  });

  test('the credentials have no date', async () => {
    scene.answer = async () => ({ ...scene.credentials(scene.calls), expiration: 'soon' });
    await expectWarning(/the credentials are not kept in the cache, since their expiration is no date/);
    expect(files()).toEqual([]);
  });

  describeUnless(mountMissing, 'on a file system of its own,', () => {
    test('the home is read-only', async () => {
      const disk = mountSmall(join(scene.home, 'disk'), '64k');
      try {
        disk.remountReadOnly();
        scene.env.HOME = disk.path;
        await expectWarning(/the cache is not used: .*the file system is read-only \(EROFS\); or name another folder with --cache-dir/);
        expect(scene.diagnostics.startsWith(WARNING)).toBe(true);
      } finally {
        disk.unmount();
      }
    });

    test('the home has become read-only, and what is in the cache is good still, and then is not', async () => {
      const disk = mountSmall(join(scene.home, 'disk'), '64k');
      try {
        scene.env.HOME = disk.path;
        await scene.run();
        disk.remountReadOnly();
        expect(await scene.run()).toBe('ASIA1');
        expect(scene.diagnostics).toBe('');
        scene.now += 50 * MINUTE;
        expect(await scene.run()).toBe('ASIA2');
        expect(scene.diagnostics).toMatch(/the cache is not used: the lock .*the file system is read-only/);
        scene.diagnostics = '';
        fails('TIMED_OUT');
        expect(await scene.run()).toBe('ASIA1');
        expect(scene.diagnostics).toMatch(/no new credentials, so those of the cache are used/);
      } finally {
        disk.unmount();
      }
    });

    test('the disk is full', async () => {
      const disk = mountSmall(join(scene.home, 'disk'), '64k');
      try {
        expect(() => writeFileSync(join(disk.path, 'filler'), Buffer.alloc(100_000))).toThrow('ENOSPC');
        scene.env.HOME = disk.path;
        await expectWarning(/is full; free some space \(ENOSPC\); or name another folder with --cache-dir/);
        expect(scene.calls).toBe(1);
      } finally {
        disk.unmount();
      }
    });
  });
});

test('a certificate file that is not there is explained by those who need it, and no folder is made', async () => {
  unlinkSync(scene.certificate);
  fails('FILE_UNREADABLE', 'the certificate file does not exist');
  await expect(scene.run()).rejects.toThrow('the certificate file does not exist');
  expect(existsSync(scene.folder)).toBe(false);
});

test('what nobody has needed for a day is removed when an entry is written; files of others are not', async () => {
  await scene.run();
  const first = entryFile();
  const name = (digit: string) => digit.repeat(64);
  const own = [`${name('a')}.json`, `${name('b')}.failure`, '.roles-anywhere-11111111-1111-4111-8111-111111111111.tmp'];
  const lock = join(scene.folder, `${name('c')}.lock`);
  const foreign = ['notes.json', `${name('d')}.txt`];
  mkdirSync(lock);
  writeFileSync(join(lock, 'claim'), '');
  const paths = [...own, ...foreign].map((file) => join(scene.folder, file));
  paths.forEach((path) => writeFileSync(path, ''));
  const young = join(scene.folder, `${name('e')}.json`);
  writeFileSync(young, '');
  const twoDaysAgo = new Date(scene.now - 48 * HOUR);
  [...paths, lock].forEach((path) => utimesSync(path, twoDaysAgo, twoDaysAgo));
  utimesSync(young, new Date(scene.now), new Date(scene.now));
  writeFileSync(scene.certificate, 'certificate 2');
  await scene.run();
  expect(files().sort()).toEqual([...foreign, `${name('e')}.json`, first.split('/').pop()!].sort());
});
