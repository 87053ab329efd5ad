/** Makes folders that are for this user alone. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileNotWritten, systemCode } from './write-error';

/**
 * Makes a folder, with those above it, where it is not there. One that is there stays as it is.
 *
 * @throws SignerError `FILE_NOT_WRITTEN`
 */
export function makePrivateFolder(path: string): void {
  try {
    make(path);
  } catch (error) {
    throw fileNotWritten(path, error, 'the folder');
  }
}

/** `mkdirSync` can do this itself, but then it takes a read-only file system for a folder that is missing. */
function make(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    return;
  }
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && statSync(dirname(path), { throwIfNoEntry: false }) === undefined && dirname(path) !== path) {
      make(dirname(path));
      make(path);
    } else if (systemCode(error) !== 'EEXIST' || !statSync(path).isDirectory()) {
      // Another process may have made it in the meantime.
      throw error;
    }
  }
}
