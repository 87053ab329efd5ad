/** Judges credentials of the cache: good, good but to be renewed, or of no use. */
import { refreshTime } from '../../src/credentials/refresh-policy';

/** The times of an entry, in milliseconds since 1970. */
export interface Lifetime {
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/**
 * - `fresh`: to be handed out
 * - `due`: good, and this process is to renew them
 * - `ending`: too close to their end to be handed out, unless there is nothing better
 * - `useless`: expired, or from a time that this clock has not reached
 */
export type Freshness = 'fresh' | 'due' | 'ending' | 'useless';

/** Milliseconds of life without which credentials are not handed out, and the part of their life where that is less. */
const LEAST_LIFE = 60_000;
const LEAST_PART = 1 / 10;

/** Clocks of machines that share a folder differ; beyond this, the clock was set back, and the entry's times mean nothing. */
const TOLERATED_FUTURE = 30_000;

/** Milliseconds before another process tries again what failed, and the part of the credentials' life where that is less. */
const PAUSE_AFTER_FAILURE = 60_000;
const PAUSE_PART = 1 / 15;

/**
 * @param random from 0 up to 1, drawn by each process for itself: between two instants before the end, more and more processes renew, so
 * that of many that come at once few do, and of a few that come now and then one does before the credentials end
 */
export function judge({ obtainedAt, expiresAt }: Lifetime, now: number, random: number): Freshness {
  if (now >= expiresAt || obtainedAt - now > TOLERATED_FUTURE) {
    return 'useless';
  }
  if (expiresAt - now < Math.min(LEAST_LIFE, (expiresAt - obtainedAt) * LEAST_PART)) {
    return 'ending';
  }
  return now >= refreshTime(obtainedAt, expiresAt, random) ? 'due' : 'fresh';
}

/**
 * When credentials expire by this machine's clock. One that is slow makes them look as if they lasted longer than was asked for.
 *
 * @param sessionDuration seconds that were asked for
 * @returns undefined where the expiration is no date
 */
export function lifetimeOf(expiration: string, obtainedAt: number, sessionDuration: number | undefined): Lifetime | undefined {
  const expiresAt = Math.min(Date.parse(expiration), sessionDuration === undefined ? Infinity : obtainedAt + sessionDuration * 1000);
  return Number.isNaN(expiresAt) ? undefined : { obtainedAt, expiresAt };
}

/** Whether a failure is so recent that credentials which are good are not tried to be renewed again. */
export function isPausing(failedAt: number, { obtainedAt, expiresAt }: Lifetime, now: number): boolean {
  return now >= failedAt && now < failedAt + Math.min(PAUSE_AFTER_FAILURE, (expiresAt - obtainedAt) * PAUSE_PART);
}
