/** Obtains credentials for a command that needs them once. With a warm cache, nothing is loaded that makes a call. */
import { obtainCached } from './cache/cached-session';
import { sessionOptions } from './options/session-options';
import type { Settings } from './options/settings';
import type { Platform } from './platform/platform';
import type { Session } from './session';
import type { Credentials } from '../src/credentials/response';
import { sessionTarget } from '../src/credentials/session-target';

/**
 * Obtains credentials: from the cache with `--cache`, otherwise by a call.
 *
 * @throws SignerError, CredentialsError, CreateSessionError
 */
export async function obtainOnce(platform: Platform, settings: Settings): Promise<Credentials> {
  let session: Session | undefined;
  const open = async () => session ??= await openWithConsole(platform, settings);
  try {
    if (!settings.switch('cache')) {
      return await (await open()).obtain();
    }
    const options = sessionOptions(settings, platform.env);
    return await obtainCached(platform, settings, { options, target: sessionTarget(options), open });
  } finally {
    await session?.close();
  }
}

async function openWithConsole(platform: Platform, settings: Settings): Promise<Session> {
  const { consoleObserver, openSession } = await import('./session.js');
  return openSession(platform, settings, consoleObserver(platform, settings.switch('debug') ?? false));
}
