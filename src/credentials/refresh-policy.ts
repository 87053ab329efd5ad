/** When credentials are obtained anew: early enough for whoever uses them, not all hosts at once, and never in a tight loop. */

/** Milliseconds of life that credentials still have when they are replaced, at most: SDKs begin to ask for new ones 15 minutes before the end. */
export const LONGEST_MARGIN = 16 * 60_000;

/** The part of a shorter life that is left then. */
const MARGIN_PART = 1 / 4;

/** The hosts of a fleet spread over this part of the margin, before it begins. */
const SPREAD_PART = 1 / 2;

/** Milliseconds between two calls whatever the credentials say: a wrong clock makes them look short-lived or expired. */
export const SHORTEST_PAUSE = 5_000;

/** Milliseconds after the first failure, at most; twice that after the second, and so on up to one of the longest. */
const FIRST_FAILURE_PAUSE = 1_000;

/** While there are valid credentials, nobody waits. */
const LONGEST_FAILURE_PAUSE = 5 * 60_000;

/** When there are none, everybody does. */
const LONGEST_FAILURE_PAUSE_WITHOUT = 30_000;

/**
 * When to replace credentials. Times are milliseconds since 1970.
 *
 * @param random from 0 up to 1, drawn once for these credentials
 */
export function refreshTime(obtainedAt: number, expiration: number, random: number): number {
  const margin = Math.min(LONGEST_MARGIN, Math.max(0, expiration - obtainedAt) * MARGIN_PART);
  return Math.max(expiration - margin - margin * SPREAD_PART * random, obtainedAt + SHORTEST_PAUSE);
}

/**
 * When to try again after failures. Half of the pause is fixed and half is chance: hosts that failed together do not come back together.
 *
 * @param failures how many there were in a row, from 1
 * @param expiration when the credentials at hand expire, or undefined where there are none
 * @param random from 0 up to 1
 */
export function retryTime(failedAt: number, failures: number, expiration: number | undefined, random: number): number {
  const pauseUpTo = (longest: number) => {
    const limit = Math.min(longest, FIRST_FAILURE_PAUSE * 2 ** Math.min(failures - 1, 30));
    return limit / 2 + (limit / 2) * random;
  };
  const withoutCredentials = failedAt + pauseUpTo(LONGEST_FAILURE_PAUSE_WITHOUT);
  if (expiration === undefined || expiration <= failedAt) {
    return withoutCredentials;
  }
  // The long pause of somebody who has time must not reach into the time when there is nothing left.
  return Math.min(failedAt + pauseUpTo(LONGEST_FAILURE_PAUSE), Math.max(expiration, withoutCredentials));
}
