/**
 * Credentials that several processes share through files: the way to those that are there already. It is walked with every call of a
 * program that uses AWS, so it loads nothing that it does not need; what writes is in the other files of this folder.
 */
import { cacheFolder, whyUnsafe } from './cache-folder';
import { cacheKey } from './cache-key';
import { CachePlace, entryPath, readEntry } from './cache-place';
import { judge } from './freshness';
import { warn } from './warning';
import type { Credentials } from '../../src/credentials/response';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import type { SessionPlan } from '../session';

/** What systems answer where nothing is, or cannot be. */
const NOT_THERE = ['ENOENT', 'ENOTDIR'];

/**
 * Credentials from the cache, or by a call that is made for all processes that want the same ones.
 *
 * A cache that cannot be used is no reason to have no credentials: a warning says so, and they are obtained without it.
 *
 * @throws SignerError, CredentialsError, CreateSessionError
 */
export async function obtainCached(platform: Platform, settings: Settings, plan: SessionPlan): Promise<Credentials> {
  const folder = cacheFolder(settings.text('cache-dir'), platform.env);
  if (folder === undefined) {
    return obtainWithout(platform, plan, 'no folder for it is known, since HOME is not set; name one with --cache-dir');
  }
  const [unsafe, key] = await Promise.all([checkFolder(platform, folder), cacheKey(platform, settings, plan)]);
  if (unsafe !== undefined) {
    return obtainWithout(platform, plan, unsafe);
  }
  if (key === undefined) {
    return (await plan.open()).obtain();
  }
  const place: CachePlace = { folder, ...key };
  const found = await readEntry(platform, place);
  if (found.entry !== undefined && judge(found.entry, platform.now().getTime(), platform.random()) === 'fresh') {
    if (settings.switch('debug')) {
      await platform.writeDiagnostics(`debug: credentials of the cache ${entryPath(place)}, valid until ${found.entry.credentials.expiration}\n`);
    }
    return found.entry.credentials;
  }
  if (found.problem !== undefined) {
    await warn(platform, `${found.problem}; it is replaced`);
  }
  return (await import('./renewal.js')).renewCached(platform, await plan.open(), place, found.entry);
}

async function obtainWithout(platform: Platform, plan: SessionPlan, why: string): Promise<Credentials> {
  await warn(platform, `the cache is not used: ${why}`);
  return (await plan.open()).obtain();
}

/** Why the folder cannot be used. One that is not there yet is made when there is something to put into it. */
async function checkFolder(platform: Platform, folder: string): Promise<string | undefined> {
  try {
    return whyUnsafe(folder, await platform.fileStatus(folder), process.getuid?.());
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown error';
    return NOT_THERE.includes(code) ? undefined : `the folder ${folder} cannot be looked at (${code}); name another one with --cache-dir`;
  }
}
