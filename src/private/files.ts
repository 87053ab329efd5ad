/** Reads files that users name, with errors that say which file and why. */
import { readFileSync } from 'fs';
import { isAbsolute, resolve } from 'path';
import { IConstruct } from 'constructs';
import { RolesAnywhereError } from './errors';

/**
 * The content of a file.
 *
 * @param what names the kind of file in messages: "certificate file"
 * @throws RolesAnywhereError `FILE_UNREADABLE`
 */
export function readUserFile(scope: IConstruct, path: string, what: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const hint = reason === 'ENOENT' && !isAbsolute(path) ? '; relative paths count from the folder that `cdk` runs in' : '';
    throw new RolesAnywhereError('FILE_UNREADABLE', `the ${what} ${path} (${resolve(path)}) cannot be read: ${reason}${hint}`, scope);
  }
}
