import { ChildProcess, spawn } from 'child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'fs';
import { hostname, tmpdir } from 'os';
import { join } from 'path';
import { build } from 'esbuild';
import { acquireLock, FileLock } from '../../../signer/files/file-lock';
import { mountMissing, mountSmall } from '../../support/file-systems';
import { BUN, bunMissing, describeUnless } from '../../support/runtimes';

const folder = mkdtempSync(join(tmpdir(), 'file-lock-'));
const path = join(folder, 'lock');
const clock = { sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)), random: Math.random };
const options = { patience: 5_000, longestWork: 60_000 };
const acquire = (changed: Partial<Parameters<typeof acquireLock>[1]> = {}) => acquireLock(path, { ...options, ...changed }, clock);
const left = () => readdirSync(folder).filter((name) => name.startsWith('lock'));
const linux = process.platform === 'linux' ? undefined : 'only Linux tells when a process began';

/** A claim as a process that is not there any more would have left it. */
function leaveClaim(claim: object, name = 'claim'): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, name), JSON.stringify(claim));
  return join(path, name);
}

async function ownClaim(): Promise<{ pid: number; machine: string; started?: string; validFor: number }> {
  const lock = await acquire() as FileLock;
  const [name] = readdirSync(path);
  const claim = JSON.parse(readFileSync(join(path, name), 'utf8'));
  lock.release();
  return claim;
}

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a lock', () => {
  test('is had by one, then by the next, and leaves nothing behind', async () => {
    const first = await acquire();
    expect(first).toBeDefined();
    expect(await acquire({ patience: 0 })).toBeUndefined();
    expect(left()).toEqual(['lock']);
    first!.release();
    const second = await acquire({ patience: 0 });
    expect(second).toBeDefined();
    second!.release();
    expect(left()).toEqual([]);
  });

  test('is waited for', async () => {
    const first = await acquire();
    const second = acquire();
    await clock.sleep(50);
    first!.release();
    expect(await second).toBeDefined();
  });

  test('is not waited for longer than somebody has patience', async () => {
    await acquire();
    const start = performance.now();
    expect(await acquire({ patience: 200 })).toBeUndefined();
    expect(performance.now() - start).toBeGreaterThan(190);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('is not waited for any longer when it is of no use', async () => {
    await acquire();
    let asked = 0;
    expect(await acquire({ patience: 60_000, isPointless: async () => ++asked === 3 })).toBeUndefined();
    expect(asked).toBe(3);
    expect(left()).toEqual(['lock']);
  });

  test('that is released twice, or was taken over meanwhile, stays with its new owner', async () => {
    const first = await acquire({ patience: 0, longestWork: 0 });
    await clock.sleep(20);
    const second = await acquire({ patience: 0 });
    expect(second).toBeDefined();
    first!.release();
    first!.release();
    expect(await acquire({ patience: 0 })).toBeUndefined();
    second!.release();
    expect(left()).toEqual([]);
  });

  test('cannot be where something else is, or where no folder is', async () => {
    writeFileSync(path, 'a file');
    await expect(acquire()).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN', message: expect.stringContaining(path) });
    await expect(acquireLock(join(folder, 'nowhere', 'lock'), options, clock)).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN' });
    expect(left()).toEqual(['lock']);
  });

  describeUnless(mountMissing, 'on a read-only file system', () => {
    test('is an error and not a long wait', async () => {
      const disk = mountSmall(join(folder, 'disk'), '16k');
      try {
        disk.remountReadOnly();
        await expect(acquireLock(join(disk.path, 'lock'), options, clock)).rejects.toThrow(/the lock .* was not written: the file system is read-only \(EROFS\)/);
      } finally {
        disk.unmount();
      }
    });
  });
});

describe('a lock that somebody has left', () => {
  test('is an empty folder', async () => {
    mkdirSync(path);
    expect(await acquire({ patience: 0 })).toBeDefined();
  });

  test('has a claim that a power failure has cut off, or that is none', async () => {
    mkdirSync(path);
    writeFileSync(join(path, 'claim'), '{"pid":1');
    writeFileSync(join(path, '.DS_Store'), '');
    expect(await acquire({ patience: 0 })).toBeDefined();
    expect(readdirSync(path)).toHaveLength(1);
  });

  test('belongs to a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.on('close', resolve));
    leaveClaim({ ...await ownClaim(), pid: child.pid });
    expect(await acquire({ patience: 0 })).toBeDefined();
  });

  describeUnless(linux, 'on Linux', () => {
    test('belongs to a process whose number another one has now', async () => {
      leaveClaim({ ...await ownClaim(), started: '12345' });
      expect(await acquire({ patience: 0 })).toBeDefined();
    });

    test('belongs to a process that has ended, though nobody has asked for its exit code yet', async () => {
      // The shell does not wait for its child before it has slept.
      const shell = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 30'], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        const pid = Number(await new Promise((resolve) => shell.stdout.once('data', resolve)));
        await clock.sleep(100);
        expect(readFileSync(`/proc/${pid}/stat`, 'latin1')).toMatch(/\) Z /);
        leaveClaim({ ...await ownClaim(), pid });
        expect(await acquire({ patience: 0 })).toBeDefined();
      } finally {
        shell.kill();
      }
    });
  });

  test.each([['long ago', -1], ['in a future that comes from a clock that was set back', 1]])('is of another machine, and %s', async (_, direction) => {
    const claim = leaveClaim({ pid: process.pid, machine: 'elsewhere', validFor: 60_000 });
    expect(await acquire({ patience: 0 })).toBeUndefined();
    const time = new Date(Date.now() + direction * 61_000);
    utimesSync(claim, time, time);
    expect(await acquire({ patience: 0 })).toBeDefined();
  });

  test('is older than its owner said it would be, although the owner is there', async () => {
    const claim = leaveClaim({ ...await ownClaim(), validFor: 1_000 });
    expect(await acquire({ patience: 0 })).toBeUndefined();
    const time = new Date(Date.now() - 2_000);
    utimesSync(claim, time, time);
    expect(await acquire({ patience: 0 })).toBeDefined();
  });

  test('was prepared by a process that was killed while it waited', async () => {
    const claim = await ownClaim();
    const prepared = (id: string) => `${path}.${id}-1111-4111-8111-111111111111`;
    for (const [id, content] of [['aaaaaaaa', { ...claim, pid: 2 ** 30 }], ['bbbbbbbb', claim]] as const) {
      mkdirSync(prepared(id));
      writeFileSync(join(prepared(id), 'claim'), JSON.stringify(content));
    }
    mkdirSync(prepared('cccccccc'));
    const old = new Date(Date.now() - 120_000);
    utimesSync(prepared('cccccccc'), old, old);
    (await acquire())!.release();
    expect(left()).toEqual(['lock.bbbbbbbb-1111-4111-8111-111111111111']);
  });
});

test('a claim says who and where, so that a person can see it', async () => {
  expect(await ownClaim()).toMatchObject({ pid: process.pid, machine: expect.stringContaining(hostname()), validFor: 65_000 });
});

/** Takes the lock again and again; writes its number before and after a piece of work that nobody may interrupt. */
const WORKER = (log: string, rounds: number) => `
  import { acquireLock } from ${JSON.stringify(join(__dirname, '../../../signer/files/file-lock.ts'))};
  import { appendFileSync } from 'node:fs';
  const clock = { sleep: (ms) => new Promise((done) => setTimeout(done, ms)), random: Math.random };
  (async () => {
    const parent = process.ppid;
    process.stdout.write('.');
    // Nobody ends it where the test was ended itself.
    for (let i = 0; i < ${rounds} && process.ppid === parent && performance.now() < 120000; i++) {
      const lock = await acquireLock(${JSON.stringify(path)}, { patience: 50000, longestWork: 60000 }, clock);
      if (lock === undefined) { process.exitCode = 3; return; }
      appendFileSync(${JSON.stringify(log)}, 'begin ' + process.pid + '\\n');
      if (i % 3 === 0) { await clock.sleep(Math.random() * 3); }
      appendFileSync(${JSON.stringify(log)}, 'end ' + process.pid + '\\n');
      lock.release();
    }
  })();`;

async function buildWorker(log: string, rounds: number): Promise<string> {
  const script = join(folder, 'worker.cjs');
  await build({
    stdin: { contents: WORKER(log, rounds), resolveDir: __dirname, loader: 'ts' }, bundle: true, platform: 'node', target: 'node20', outfile: script, logLevel: 'error',
  });
  return script;
}

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on('close', resolve));

/** @returns how many pieces of work there were, and how many were not finished because their process was killed */
function checkLog(log: string, killed: ReadonlySet<number>): { readonly done: number; readonly unfinished: number } {
  let owner: number | undefined;
  let [done, unfinished] = [0, 0];
  for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
    const [what, pid] = [line.split(' ')[0], Number(line.split(' ')[1])];
    if (what === 'begin') {
      if (owner !== undefined && !killed.has(owner)) {
        throw new Error(`${pid} began while ${owner} was at work`);
      }
      unfinished += owner === undefined ? 0 : 1;
      owner = pid;
    } else {
      expect(pid).toBe(owner);
      owner = undefined;
      done++;
    }
  }
  return { done, unfinished };
}

test('the check of the log sees two at work at once', () => {
  appendFileSync(join(folder, 'log'), 'begin 1\nbegin 2\nend 2\n');
  expect(() => checkLog(join(folder, 'log'), new Set())).toThrow('2 began while 1 was at work');
  expect(checkLog(join(folder, 'log'), new Set([1]))).toEqual({ done: 1, unfinished: 1 });
});

describe.each([['Node.js', process.execPath, undefined], ['Bun', BUN, bunMissing]])('processes under %s', (_, program, reason) => {
  describeUnless(reason, 'many at once', () => {
    test('are never two at work, and all come to an end', async () => {
      const log = join(folder, 'log');
      const script = await buildWorker(log, 25);
      const children = Array.from({ length: 12 }, () => spawn(program, [script], { stdio: ['ignore', 'ignore', 'inherit'] }));
      try {
        expect(await Promise.all(children.map(ended))).toEqual(children.map(() => 0));
      } finally {
        children.forEach((child) => child.kill('SIGKILL'));
      }
      expect(checkLog(log, new Set())).toEqual({ done: 300, unfinished: 0 });
      expect(left()).toEqual([]);
    });

    test('are never two at work although some are killed, and nobody waits for long for one that was', async () => {
      const log = join(folder, 'log');
      const script = await buildWorker(log, 1_000_000);
      const killed = new Set<number>();
      const start = async () => {
        const child = spawn(program, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
        await new Promise((resolve) => child.stdout.once('data', resolve));
        return child;
      };
      const workers = await Promise.all(Array.from({ length: 4 }, start));
      try {
        for (let round = 0; round < 30; round++) {
          await clock.sleep(Math.random() * 60);
          const victim = workers.shift()!;
          killed.add(victim.pid!);
          victim.kill('SIGKILL');
          await ended(victim);
          workers.push(await start());
        }
      } finally {
        for (const worker of workers) {
          killed.add(worker.pid!);
          worker.kill('SIGKILL');
        }
        await Promise.all(workers.map(ended));
      }
      expect(checkLog(log, killed).done).toBeGreaterThan(30);
      const begin = performance.now();
      const lock = await acquire({ patience: 0 });
      expect(lock).toBeDefined();
      expect(performance.now() - begin).toBeLessThan(1_000);
      lock!.release();
      expect(existsSync(path)).toBe(false);
      // Some may have been killed before they could say who they are. Those are known by their age.
      const aWhileAgo = new Date(Date.now() - 120_000);
      left().forEach((name) => utimesSync(join(folder, name), aWhileAgo, aWhileAgo));
      (await acquire())!.release();
      expect(left()).toEqual([]);
    });
  });
});
