/**
 * A lock between processes of one machine, or of several that share a folder, by nothing but the names in that folder.
 *
 * A lock is a folder that holds one file, the claim of its owner, whose name no other claim ever has. These steps are all there is, and each
 * of them is one operation of the file system:
 *
 * - To take it, a folder with a claim is prepared beside it and renamed to the lock's name. A folder can be renamed over an empty one or
 *   over nothing, but never over one with a file in it, so of several takers one succeeds, and its claim is complete from the first moment.
 * - To release it, the owner removes its claim. The folder that is left empty is a lock that is free.
 * - To take it over from an owner that is gone, the claim that was looked at is removed, as its owner would have done, and then everybody
 *   takes it in the ordinary way. Of two takers that saw the same claim one removes it and the other finds nothing to remove: neither can
 *   remove a claim that was made since, because that has another name.
 *
 * A process that is killed between any two of these leaves a claim whose owner is gone, an empty folder, or a prepared folder of its own.
 */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileNotWritten, systemCode } from './write-error';
import type { Platform } from '../platform/platform';

/** How to wait for a lock. */
export interface LockOptions {
  /** Milliseconds to wait for it. */
  readonly patience: number;
  /** Milliseconds after which others may take it over although its owner is there: more than the work ever takes. */
  readonly longestWork: number;
  /** Asked again and again while waiting: whether the lock is of no use any more. */
  readonly isPointless?: () => Promise<boolean>;
}

/** A lock that this process owns. */
export interface FileLock {
  /** Lets go of it; does nothing where somebody has taken it over. */
  release(): void;
}

/** What an owner says about itself. */
interface Claim {
  readonly pid: number;
  /** Where the pid means something. */
  readonly machine: string;
  /** When the process began, as its system counts; tells it from a later process with the same pid. */
  readonly started?: string;
  /** Milliseconds that the claim is good for. */
  readonly validFor: number;
}

/** Milliseconds between two looks at a lock that is taken: at first, and after a while. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 100;

/** Milliseconds for a process to put its claim into the folder that it has made. */
const PREPARATION = 60_000;

/** What systems answer where a folder is in the way. Windows replaces none, not even an empty one. */
const FOLDER_IN_THE_WAY = process.platform === 'win32' ? ['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'] : ['ENOTEMPTY', 'EEXIST'];

/**
 * Takes a lock, or waits for it.
 *
 * @param path of the lock, which nothing else uses; its folder has to be there
 * @returns undefined where it was not to be had in time, or was of no use any more
 * @throws SignerError `FILE_NOT_WRITTEN` where no lock can be made there
 */
export async function acquireLock(
  path: string, options: LockOptions, clock: Pick<Platform, 'sleep' | 'random'>,
): Promise<FileLock | undefined> {
  const end = performance.now() + options.patience;
  const claim: Claim = { ...ownProcess(), validFor: options.patience + options.longestWork };
  const token = crypto.randomUUID();
  try {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      if (take(path, token, claim) || (removeDeadClaims(path) && take(path, token, claim))) {
        removeAbandoned(path);
        return { release: () => release(path, token) };
      }
      if (performance.now() >= end || await options.isPointless?.()) {
        return undefined;
      }
      // By chance, so that those who wait do not all come at once.
      await clock.sleep(Math.ceil(pause * (0.5 + clock.random())));
    }
  } catch (error) {
    throw fileNotWritten(path, error, 'the lock');
  } finally {
    discard(preparedPath(path, token));
  }
}

/** What is left of it would be in nobody's way, and whatever went wrong before is what counts. */
function discard(prepared: string): void {
  try {
    rmSync(prepared, { recursive: true, force: true });
  } catch {
    // Removed by the next owner of the lock.
  }
}

function preparedPath(path: string, token: string): string {
  return `${path}.${token}`;
}

/** Whether it was to be had. */
function take(path: string, token: string, claim: Claim): boolean {
  const prepared = preparedPath(path, token);
  prepare(prepared, token, claim);
  if (process.platform === 'win32') {
    removeIfEmpty(path);
  }
  try {
    renameSync(prepared, path);
    // A clock that was set may have made another process take the prepared folder for abandoned, and empty it.
    return statSync(join(path, token), { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // ... or remove it, so that it has to be prepared again.
    if ([...FOLDER_IN_THE_WAY, 'ENOENT'].includes(systemCode(error))) {
      return false;
    }
    throw error;
  }
}

/** It stays prepared for the next attempt. */
function prepare(prepared: string, token: string, claim: Claim): void {
  try {
    // Who waits has to see who owns it, whatever user that is.
    mkdirSync(prepared, { mode: 0o755 });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      return;
    }
    throw error;
  }
  writeFileSync(join(prepared, token), JSON.stringify(claim), { flag: 'wx', mode: 0o644 });
}

function release(path: string, token: string): void {
  rmSync(join(path, token), { force: true });
  removeIfEmpty(path);
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!['ENOENT', ...FOLDER_IN_THE_WAY].includes(systemCode(error))) {
      throw error;
    }
  }
}

/** Removes the claim of an owner that is gone. Whether the lock is free now. */
function removeDeadClaims(path: string): boolean {
  for (const name of namesIn(path)) {
    if (stateOf(join(path, name)) === 'alive') {
      return false;
    }
    rmSync(join(path, name), { force: true });
  }
  return true;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return [];
    }
    throw error;
  }
}

/** Whether somebody stands behind a claim. In a lock, a claim is complete from the first moment, so one that is cut off there is as good as dead. */
function stateOf(claimPath: string): 'alive' | 'dead' | 'cut off' {
  try {
    const age = Date.now() - statSync(claimPath).mtimeMs;
    const claim = parseClaim(readFileSync(claimPath, 'utf8'));
    if (claim === undefined) {
      return 'cut off';
    }
    // Far in the future is as old as far in the past: the clock was set, and says nothing.
    return Math.abs(age) > claim.validFor || hasEnded(claim) ? 'dead' : 'alive';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return 'dead';
    }
    throw error;
  }
}

function parseClaim(text: string): Claim | undefined {
  try {
    const claim = JSON.parse(text) as Claim;
    return Number.isSafeInteger(claim.pid) && typeof claim.machine === 'string' && Number.isFinite(claim.validFor) ? claim : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the owner's process is known to have ended. Of another machine nothing is known. */
function hasEnded({ pid, machine, started }: Claim): boolean {
  if (machine !== ownProcess().machine) {
    return false;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM is the answer of a process that is there and belongs to another user.
    return systemCode(error) === 'ESRCH';
  }
  const current = startOf(pid);
  return started !== undefined && current !== undefined && started !== current;
}

let own: Pick<Claim, 'pid' | 'machine' | 'started'> | undefined;

function ownProcess(): Pick<Claim, 'pid' | 'machine' | 'started'> {
  own ??= { pid: process.pid, machine: machineName(), started: startOf(process.pid) };
  return own;
}

/** Containers may share a name and a folder, and yet count their processes each for itself. */
function machineName(): string {
  const details = process.platform !== 'linux' ? [] : [
    attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()), attempt(() => readlinkSync('/proc/self/ns/pid')),
  ];
  return [hostname(), ...details].join(' ');
}

/** When a process began, in the words of Linux; empty for one that has ended, undefined elsewhere. */
function startOf(pid: number): string | undefined {
  const stat = process.platform === 'linux' ? attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8')) : undefined;
  // proc(5): after the name in parentheses, which may hold anything, come the state and further fields, of which the 20th is the start.
  const fields = stat?.substring(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? undefined : ['Z', 'X', 'x'].includes(fields[0]) ? '' : fields[19];
}

/** /proc may be missing or closed; then less is known. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Removes what processes that were killed while they waited have prepared. */
function removeAbandoned(path: string): void {
  const prefix = `${basename(path)}.`;
  for (const name of namesIn(dirname(path)).filter((candidate) => candidate.startsWith(prefix) && /^[0-9a-f-]{36}$/.test(candidate.substring(prefix.length)))) {
    const prepared = join(dirname(path), name);
    const states = namesIn(prepared).map((claim) => stateOf(join(prepared, claim)));
    // Between making the folder and the end of the claim there is a moment in which it looks like one that was left.
    if (!states.includes('alive') && (states.includes('dead') || isOld(prepared))) {
      rmSync(prepared, { recursive: true, force: true });
    }
  }
}

function isOld(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > PREPARATION;
}
