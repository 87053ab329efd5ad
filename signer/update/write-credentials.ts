/** Writes the credentials of a profile to AWS's shared credentials file, whatever else happens to that file at the same time. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ProfileCredentials, setProfileCredentials } from './credentials-file';
import { SignerError } from '../errors';
import { targetOf, writeFileAtomically } from '../files/atomic-write';
import { acquireLock } from '../files/file-lock';
import { makePrivateFolder } from '../files/private-folder';
import { fileNotWritten, systemCode } from '../files/write-error';
import type { Platform } from '../platform/platform';

/** Milliseconds to wait for another process that writes to the file, and more than it ever takes to write it. */
const PATIENCE = 20_000;
const LONGEST_WORK = 60_000;

const WHAT = 'the credentials file';

/**
 * Sets the credentials of a profile. Everything else in the file stays as it is, and so does its mode; a new file is for this user alone.
 * Two of these at once do not undo each other; programs that know nothing of the lock may.
 *
 * @throws SignerError `FILE_NOT_WRITTEN`
 * @throws CredentialsError `UNEXPECTED_RESPONSE`
 */
export async function writeCredentials(
  path: string, profile: string, credentials: ProfileCredentials, clock: Pick<Platform, 'sleep' | 'random'>,
): Promise<void> {
  try {
    makePrivateFolder(dirname(path));
    // Whoever comes by another name comes to the same lock.
    const target = targetOf(path);
    const lockPath = `${target}.lock`;
    const lock = await acquireLock(lockPath, { patience: PATIENCE, longestWork: LONGEST_WORK }, clock);
    if (lock === undefined) {
      throw new SignerError('FILE_NOT_WRITTEN', `${WHAT} ${path} was not written: another process has held the lock ${lockPath} for ${PATIENCE / 1000} seconds`);
    }
    try {
      const before = read(target);
      const after = setProfileCredentials(before ?? new Uint8Array(), profile, credentials, path);
      await writeFileAtomically(target, after, { what: WHAT });
    } finally {
      lock.release();
    }
  } catch (error) {
    throw fileNotWritten(path, error, WHAT);
  }
}

function read(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
