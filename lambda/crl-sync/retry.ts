/** Survives throttling: calls that may succeed a moment later are made again, within the time of the function. */
import { Deadline } from './deadline';
import { SyncError } from './errors';

const MAX_ATTEMPTS = 8;

/** Milliseconds of the shortest and of the longest pause. */
const MIN_PAUSE = 100;
const MAX_PAUSE = 20_000;

/** What the errors of AWS SDK clients and of Node have in common. */
interface AnyError {
  readonly name?: string;
  /** A text of Node, a number of the web standards. */
  readonly code?: string | number;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The status of the answer that an error stands for. Undefined where there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as AnyError).$metadata?.httpStatusCode;
}

/** Whether a call was turned away unread, so that it can be made again whatever it does. */
export function isThrottling(error: unknown): boolean {
  return statusOf(error) === 429 || /Throttl|TooManyRequests/.test((error as AnyError).name ?? '');
}

/** Whether nobody knows if a call was carried out: the connection broke (ECONNRESET and its like), or the service failed. */
export function isUncertain(error: unknown): boolean {
  const { name, code } = error as AnyError;
  return [name, code].some((text) => /^(E[A-Z_]+|TimeoutError|AbortError)$/.test(`${text}`)) || (statusOf(error) ?? 0) >= 500;
}

/** How calls are repeated. */
export interface RetryOptions {
  /** The call, for messages: `ImportCrl`. */
  readonly operation: string;
  /** Milliseconds before the second attempt, about; each further pause is twice as long. */
  readonly pause: number;
  readonly deadline: Deadline;
  /** Whether a call may be made again of which nobody knows if it was carried out. */
  readonly isIdempotent: boolean;
}

/**
 * Makes a call until it succeeds, fails for good, or there is no time left.
 *
 * @throws SyncError `THROTTLED` where it was throttled to the end; otherwise the error of the last attempt
 */
export async function withRetries<T>({ operation, pause: base, deadline, isIdempotent }: RetryOptions, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const isTransient = isThrottling(error) || (isIdempotent && isUncertain(error));
      const pause = pauseAfter(attempt, base);
      if (!isTransient || attempt >= MAX_ATTEMPTS || deadline.left() <= pause) {
        throw isThrottling(error) ? throttled(operation, attempt) : error;
      }
      await deadline.wait(pause, operation);
    }
  }
}

function throttled(operation: string, attempts: number): SyncError {
  return new SyncError('THROTTLED', `${operation} was throttled ${attempts} times, since all callers of the account together may make one request `
    + 'a second; the next run tries again. If it happens often, have the quota raised');
}

/** Half of the pause is chance, so that those who were throttled together do not come back together. */
function pauseAfter(attempt: number, base: number): number {
  const limit = Math.min(MAX_PAUSE, Math.max(MIN_PAUSE, base) * 2 ** (attempt - 1));
  return Math.round(limit / 2 + (limit / 2) * Math.random());
}
