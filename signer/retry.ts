/** Calls again what may succeed the next time: at most three tries, spread by chance, within one deadline. */

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
export const LIMITS = {
  attempts: 3,
  /** Milliseconds for all attempts and the pauses between them. */
  deadline: 30_000,
  /** Milliseconds for one attempt, so that one connection that hangs leaves time for another. */
  attempt: 12_000,
  /** Milliseconds before the second attempt, at most; twice that before the third. */
  pause: 500,
  /** Seconds that a Retry-After may ask for; beyond that a failure now is of more use than credentials later. */
  retryAfter: 5,
} as const;

/**
 * Makes up to three attempts.
 *
 * @param attempt gets the number of the attempt, from 1, and the milliseconds it may take
 * @throws the error of the last attempt
 */
export async function withRetries<T>(clock: RetryClock, attempt: (number: number, timeout: number) => Promise<Outcome<T>>): Promise<T> {
  const start = performance.now();
  for (let number = 1; ; number++) {
    const outcome = await attempt(number, Math.min(LIMITS.attempt, remaining(start)));
    if (outcome.done) {
      return outcome.value;
    }
    const pause = pauseAfter(number, outcome.retryAfter, clock.random());
    const worthwhile = outcome.retry && number < LIMITS.attempts && pause < remaining(start) && (outcome.retryAfter ?? 0) <= LIMITS.retryAfter;
    if (!worthwhile) {
      throw outcome.error;
    }
    await clock.sleep(pause);
  }
}

function remaining(start: number): number {
  return Math.max(1, Math.round(LIMITS.deadline - (performance.now() - start)));
}

/** Half of the pause is fixed and half is chance: hosts that failed together do not come back together. */
function pauseAfter(number: number, retryAfter: number | undefined, random: number): number {
  const limit = LIMITS.pause * 2 ** (number - 1);
  return Math.round(limit / 2 + (limit / 2) * random) + (retryAfter ?? 0) * 1000;
}

/** Reads a Retry-After header (RFC 9110 section 10.2.3) given in seconds; a date is taken for "later". */
export function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  return /^\d{1,6}$/.test(value.trim()) ? Number(value) : LIMITS.retryAfter + 1;
}
