/** Says in words why a file could not be written. */
import { SignerError } from '../errors';

/** System error codes in words, to follow the file's path. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there; change the owner or the permissions of the folder',
  EBUSY: 'the file is in use, or a mount of its own that cannot be replaced; mount its folder instead',
  EDQUOT: 'the disk quota of this user is used up; free some space',
  EEXIST: 'something else is in its place',
  EFBIG: 'the process may not write files of this size; raise its limit (ulimit -f)',
  EIO: 'the disk reports an error',
  EISDIR: 'a directory is in its place',
  ELOOP: 'it is a symbolic link that leads in a circle',
  EMFILE: 'this process may not open more files; raise its limit (ulimit -n)',
  ENAMETOOLONG: 'its name is longer than the system allows',
  ENFILE: 'the system has too many files open',
  ENOENT: 'its folder does not exist',
  ENOSPC: 'the disk is full; free some space',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EPERM: 'this user may not write there; change the owner or the permissions of the folder',
  EROFS: 'the file system is read-only',
};

/**
 * The error for a file that was not written.
 *
 * @param what names it: `the credentials file`
 * @param error what the system threw; an error that says it all already is passed on as it is
 */
export function fileNotWritten(path: string, error: unknown, what = 'the file'): SignerError {
  if (error instanceof SignerError) {
    return error;
  }
  const { code } = error as { code?: string };
  const reason = code === undefined ? 'unknown error' : REASONS[code];
  return new SignerError('FILE_NOT_WRITTEN', `${what} ${path} was not written: ${reason === undefined ? `system error ${code}` : `${reason} (${code})`}`,
    { cause: error });
}

/** The system's code of an error, or an empty text where it has none. */
export function systemCode(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
