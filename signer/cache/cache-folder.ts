/** Where the cache is, and whether it may be trusted: credentials that somebody else put there would have this host work for them. */
import type { FileStatus, Platform } from '../platform/platform';

/** Folder of the cache below that of the user's caches. */
const NAME = 'roles-anywhere';

/** Permission bits that let others put files into a folder. */
const WRITABLE_BY_OTHERS = [0o020, 0o002];

/**
 * The cache's folder: the one that is named, or one of this user's own.
 *
 * @param named value of `--cache-dir`
 * @param system the process's system, `win32` or another
 * @returns undefined where the environment does not tell
 */
export function cacheFolder(named: string | undefined, env: Platform['env'], system: string = process.platform): string | undefined {
  if (named !== undefined) {
    return named;
  }
  if (system === 'win32') {
    return env.LOCALAPPDATA && `${env.LOCALAPPDATA}\\${NAME}\\cache`;
  }
  // XDG Base Directory Specification: a relative path is to be ignored.
  const caches = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : env.HOME && `${env.HOME}/.cache`;
  return caches ? `${caches}/${NAME}` : undefined;
}

/**
 * Why a folder cannot be the cache, with the way out; undefined where it can.
 *
 * @param user id of this process's user, undefined where the system has none
 */
export function whyUnsafe(folder: string, status: FileStatus | undefined, user: number | undefined): string | undefined {
  if (user === undefined || status === undefined) {
    return undefined;
  }
  const { mode, owner } = status;
  if (owner !== user) {
    return `the folder ${folder} belongs to another user (${owner}, not ${user}), who could put credentials there; name a folder of your own with --cache-dir`;
  }
  if (WRITABLE_BY_OTHERS.some((bit) => Math.floor(mode / bit) % 2 === 1)) {
    return `other users may write to the folder ${folder}, and could put credentials there; run "chmod 700 ${folder}", and remove files that are not yours`;
  }
  return undefined;
}
