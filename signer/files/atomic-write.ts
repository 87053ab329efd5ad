/** Replaces a file in one step: whoever reads it, and whenever this process is ended, it is the old file or the new one. */
import {
  closeSync, fchmodSync, fchownSync, fstatSync, fsyncSync, lstatSync, openSync, readdirSync, readlinkSync, realpathSync, renameSync, Stats, statSync,
  unlinkSync, writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileNotWritten, systemCode } from './write-error';
import { SignerError } from '../errors';

/** How a file is written. */
export interface AtomicWriteOptions {
  /** What the file is, for messages. @default 'the file' */
  readonly what?: string;
  /** Whether the new file outlasts a power failure right after. @default true */
  readonly durable?: boolean;
}

/** Names of unfinished files. */
const TEMPORARY = /^\.roles-anywhere-[0-9a-f-]{36}\.tmp$/;

/** Milliseconds after which the process that was writing an unfinished file is surely gone. */
const ABANDONED_AFTER = 10 * 60_000;

/** No path leads through more symbolic links. */
const MAX_LINKS = 40;

/** On Windows a file cannot be replaced while somebody has it open, which virus scanners do for a moment. */
const RENAME_ATTEMPTS = process.platform === 'win32' ? 20 : 1;
const RENAME_PAUSE = 25;

/** What systems answer that cannot bring a folder to the disk by itself. */
const FOLDER_SYNC_NOT_SUPPORTED = ['EISDIR', 'EPERM', 'EACCES', 'EBADF', 'EINVAL', 'ENOTSUP', 'ENOSYS'];

/**
 * Writes a file. A new one is for this user alone; one that is there keeps its permissions and its owner, but not its access control lists.
 * A symbolic link stays one, and what it leads to is replaced.
 *
 * @param content text is written as UTF-8
 * @throws SignerError `FILE_NOT_WRITTEN`
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array, options: AtomicWriteOptions = {}): Promise<void> {
  try {
    const target = targetOf(path);
    removeAbandoned(dirname(target));
    await replace(target, content, options);
  } catch (error) {
    throw fileNotWritten(path, error, options.what);
  }
}

/** Where a path leads, even where nothing is there yet. */
export function targetOf(path: string): string {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const link = linkAt(target);
    if (link === undefined) {
      return target;
    }
    target = resolve(realpathSync(dirname(target)), link);
  }
  throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    // No link, or nothing at all. Windows has one more word for the first.
    if (['EINVAL', 'ENOENT', 'UNKNOWN'].includes(systemCode(error))) {
      return undefined;
    }
    throw error;
  }
}

async function replace(target: string, content: string | Uint8Array, { durable = true }: AtomicWriteOptions): Promise<void> {
  const existing = regularFileAt(target);
  const temporary = join(dirname(target), `.roles-anywhere-${crypto.randomUUID()}.tmp`);
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    try {
      writeFileSync(descriptor, content);
      if (existing !== undefined && process.platform !== 'win32') {
        adopt(descriptor, existing, target);
      }
      if (durable) {
        fsyncSync(descriptor);
      }
    } finally {
      closeSync(descriptor);
    }
    await rename(temporary, target);
  } catch (error) {
    discard(temporary);
    throw error;
  }
  if (durable) {
    syncFolder(dirname(target));
  }
}

function regularFileAt(path: string): Stats | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile()) {
    return stats;
  }
  throw stats.isDirectory() ? Object.assign(new Error('is a directory'), { code: 'EISDIR' })
    : new SignerError('FILE_NOT_WRITTEN', `${path} is no regular file, and is not replaced by one`);
}

/** Gives the new file the owner and the permissions of the old one: a daemon of root must not take a user's file away. */
function adopt(descriptor: number, { uid, gid, mode }: Stats, path: string): void {
  const own = fstatSync(descriptor);
  if (uid !== own.uid || gid !== own.gid) {
    try {
      fchownSync(descriptor, uid, gid);
    } catch (cause) {
      throw new SignerError('FILE_NOT_WRITTEN', `${path} was not written: it belongs to user ${uid} and group ${gid}, and a new file of this user's could not `
        + 'be given to them; run as its owner, or change its owner', { cause });
    }
  }
  fchmodSync(descriptor, mode % 0o1000);
}

async function rename(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      if (attempt >= RENAME_ATTEMPTS || !['EPERM', 'EACCES', 'EBUSY'].includes(systemCode(error))) {
        throw error;
      }
    }
    await new Promise((done) => setTimeout(done, RENAME_PAUSE));
  }
}

/** What is left of it would be in nobody's way: the reason why the file was not written is what counts. */
function discard(temporary: string): void {
  try {
    unlinkSync(temporary);
  } catch {
    // Removed by the next write.
  }
}

/** A renamed file is there after a power failure only if its folder has reached the disk as well. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') {
    return;
  }
  try {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (!FOLDER_SYNC_NOT_SUPPORTED.includes(systemCode(error))) {
      throw error;
    }
  }
}

/** Processes that were killed while they wrote could not tidy up. */
function removeAbandoned(folder: string): void {
  for (const name of namesIn(folder).filter((candidate) => TEMPORARY.test(candidate))) {
    const path = join(folder, name);
    try {
      if (Date.now() - lstatSync(path).mtimeMs > ABANDONED_AFTER) {
        unlinkSync(path);
      }
    } catch (error) {
      // Another process was faster, or it is another user's.
      if (!['ENOENT', 'EPERM', 'EACCES', 'EBUSY'].includes(systemCode(error))) {
        throw error;
      }
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // A folder may be open for writing and closed for looking.
    if (systemCode(error) === 'EACCES') {
      return [];
    }
    throw error;
  }
}
