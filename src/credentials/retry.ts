/** Calls again what may succeed the next time: a few tries, spread by chance, within one deadline. */

/** How one try ended. */
export type Outcome<T> =
  | { readonly done: true; readonly value: T }
  | Failed;

/** A try that failed. */
interface Failed {
  readonly done: false;
  readonly error: Error;
  /** Whether another try makes sense. */
  readonly retry: boolean;
  /** Seconds that the other side asked to wait. */
  readonly retryAfter?: number;
}

/** What waits and measures. */
export interface RetryClock {
  sleep(milliseconds: number): Promise<void>;
  random(): number;
}

/** Limits of a call. */
export interface RetryLimits {
  /** How often it is tried. */
  readonly attempts: number;
  /** Milliseconds for all attempts and the pauses between them. */
  readonly deadline: number;
}

/** What holds where nothing else is said. */
export const DEFAULT_LIMITS: RetryLimits = { attempts: 3, deadline: 30_000 };

/** Milliseconds for one attempt, so that one connection that hangs leaves time for another. */
export const ATTEMPT_LIMIT = 12_000;

/** Milliseconds before the second attempt, at most; twice that before the third, and so on up to the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20_000;

/**
 * Makes attempts until one succeeds, is not worth another, or the limits are reached. A Retry-After is waited for if that leaves time for
 * another attempt; otherwise a failure now is of more use than credentials later.
 *
 * @param attempt gets the number of the attempt, from 1, and the milliseconds it may take
 * @throws the error of the last attempt
 */
export async function withRetries<T>(
  clock: RetryClock, limits: RetryLimits, attempt: (number: number, timeout: number) => Promise<Outcome<T>>,
): Promise<T> {
  const end = performance.now() + limits.deadline;
  for (let number = 1; ; number++) {
    const outcome = await attempt(number, Math.min(ATTEMPT_LIMIT, remaining(end)));
    if (outcome.done) {
      return outcome.value;
    }
    const pause = pauseAfter(number, outcome.retryAfter, clock.random());
    if (!outcome.retry || number >= limits.attempts || pause >= remaining(end)) {
      throw outcome.error;
    }
    await clock.sleep(pause);
  }
}

function remaining(end: number): number {
  return Math.max(1, Math.round(end - performance.now()));
}

/** Half of the pause is fixed and half is chance: hosts that failed together do not come back together. */
function pauseAfter(number: number, retryAfter: number | undefined, random: number): number {
  const limit = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (number - 1));
  return Math.round(limit / 2 + (limit / 2) * random) + (retryAfter ?? 0) * 1000;
}

/**
 * Reads a Retry-After header (RFC 9110 section 10.2.3): seconds, or a date.
 *
 * @param now the clock that the date is compared with
 * @returns seconds; undefined where there is no header, or one that is neither
 */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (/^\d{1,9}$/.test(value.trim())) {
    return Number(value);
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now.getTime()) / 1000));
}
