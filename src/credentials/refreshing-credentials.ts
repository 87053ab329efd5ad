/** Keeps credentials fresh for whatever runs for long: one call at a time, made before the old ones expire, and the old ones as long as they last. */
import { CredentialsError } from './errors';
import { refreshTime, retryTime, SHORTEST_PAUSE } from './refresh-policy';
import type { Credentials } from './response';

/** What measures time and wakes. */
export interface RefreshClock {
  /** The clock on the wall. */
  now(): Date;
  /** A number from 0 up to 1. */
  random(): number;
  /** Calls back once after so many milliseconds, and keeps no process alive for it. Returns what cancels it. */
  wake(callback: () => void, milliseconds: number): () => void;
}

/** The clock and the timers of this process. */
export const SYSTEM_CLOCK: RefreshClock = {
  now: () => new Date(),
  random: Math.random,
  wake: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A call that failed. */
export interface RefreshFailure {
  readonly error: unknown;
  readonly at: Date;
  /** How many have failed in a row, this one included. */
  readonly failures: number;
  /** When the credentials that are served in the meantime expire; undefined where there are none. */
  readonly validUntil?: Date;
  /** When the next call is made. */
  readonly nextAttempt: Date;
}

/** Is told what happens. It must not throw. */
export interface RefreshObserver {
  /** New credentials are there. */
  refreshed?(credentials: Credentials, state: RefreshState): void;
  /** A call failed. */
  failed?(failure: RefreshFailure): void;
}

/** How things stand. */
export interface RefreshState {
  /** How many calls brought credentials. */
  readonly refreshes: number;
  /** How many calls failed. */
  readonly failures: number;
  /** When the last credentials came; undefined where none have come yet. */
  readonly lastSuccess?: Date;
  /** The last failure, even where calls have succeeded since. */
  readonly lastFailure?: RefreshFailure;
  /** Whether the last call failed. */
  readonly isFailing: boolean;
  /** When the last credentials expire, or expired. */
  readonly expiration?: Date;
  /** When the next call is due; undefined before the first one. */
  readonly nextAttempt?: Date;
}

/** Milliseconds between two looks at the clock: timers stand still while a machine sleeps, and know nothing of a clock that is set. */
const LONGEST_SLEEP = 30_000;

/** The shortest time between two looks, so that an instant that is just missed is no loop. */
const SHORTEST_SLEEP = 100;

/** Credentials with the times that matter, in milliseconds since 1970. */
interface Held {
  readonly credentials: Credentials;
  readonly obtainedAt: number;
  readonly expiration: number;
}

/**
 * Credentials that are renewed.
 *
 * Whoever asks gets valid ones at once. Where there are none, everybody who asks waits for the same call; if it fails, the reason is
 * given to all of them, and to whoever asks before the next call is due. A call that fails takes nothing away from credentials that are
 * valid still.
 */
export class RefreshingCredentials {
  private held?: Held;
  private refreshes = 0;
  private failures = 0;
  private failuresInARow = 0;
  private lastFailure?: RefreshFailure;
  private lastAttempt?: number;
  private nextAttempt = 0;
  private call?: Promise<void>;
  private nextCall?: Promise<void>;
  private cancelWake?: () => void;
  private isRunning = false;

  /** @param obtain makes a session */
  public constructor(
    private readonly obtain: () => Promise<Credentials>, private readonly clock: RefreshClock = SYSTEM_CLOCK,
    private readonly observer: RefreshObserver = {},
  ) {}

  /** The credentials at hand, or undefined where there are none that are valid. Calls nobody. */
  public current(): Credentials | undefined {
    return this.held !== undefined && this.clock.now().getTime() < this.held.expiration ? this.held.credentials : undefined;
  }

  /**
   * Valid credentials: those at hand, or else new ones.
   *
   * @throws the error of the call where it fails, or has failed and the next one is not due
   */
  public async get(): Promise<Credentials> {
    const atHand = this.current();
    if (this.call === undefined && this.isDue()) {
      void this.begin();
    }
    if (atHand !== undefined) {
      return atHand;
    }
    await this.call;
    return this.result();
  }

  /**
   * Makes a call now, after the one that may be under way: that one may have read what has just been replaced.
   *
   * @throws the error of the call, even where older credentials are valid still
   */
  public async refresh(): Promise<Credentials> {
    this.nextCall ??= this.callAfter(this.call);
    await this.nextCall;
    if (this.failuresInARow > 0) {
      throw this.lastFailure!.error;
    }
    return this.result();
  }

  /** Begins to renew without being asked. */
  public start(): void {
    this.isRunning = true;
    this.plan();
  }

  /** Stops to renew without being asked. A call under way goes on. */
  public stop(): void {
    this.isRunning = false;
    this.cancelWake?.();
    this.cancelWake = undefined;
  }

  /** How things stand. */
  public get state(): RefreshState {
    const { refreshes, failures, lastFailure, held } = this;
    return {
      refreshes,
      failures,
      lastFailure,
      isFailing: this.failuresInARow > 0,
      ...(held === undefined ? {} : { lastSuccess: new Date(held.obtainedAt), expiration: new Date(held.expiration) }),
      ...(this.lastAttempt === undefined ? {} : { nextAttempt: new Date(this.nextAttempt) }),
    };
  }

  private async callAfter(before: Promise<void> | undefined): Promise<void> {
    await before;
    this.nextCall = undefined;
    await (this.call ?? this.begin());
  }

  /** A clock that was set back makes every planned time meaningless. */
  private isDue(): boolean {
    const now = this.clock.now().getTime();
    return now >= this.nextAttempt || (this.lastAttempt !== undefined && now < this.lastAttempt - SHORTEST_PAUSE);
  }

  private begin(): Promise<void> {
    this.call = this.attempt().finally(() => {
      this.call = undefined;
      this.plan();
    });
    return this.call;
  }

  /** Never rejects: what went wrong is kept, and told to the observer. */
  private async attempt(): Promise<void> {
    try {
      const credentials = await this.obtain();
      this.succeed(credentials, this.clock.now().getTime());
    } catch (error) {
      this.fail(error, this.clock.now().getTime());
    }
  }

  private succeed(credentials: Credentials, now: number): void {
    const expiration = expirationOf(credentials, now);
    this.held = { credentials, obtainedAt: now, expiration };
    this.refreshes += 1;
    this.failuresInARow = 0;
    this.lastAttempt = now;
    this.nextAttempt = refreshTime(now, expiration, this.clock.random());
    this.observer.refreshed?.(credentials, this.state);
  }

  private fail(error: unknown, now: number): void {
    const expiration = this.held !== undefined && now < this.held.expiration ? this.held.expiration : undefined;
    this.failures += 1;
    this.failuresInARow += 1;
    this.lastAttempt = now;
    this.nextAttempt = retryTime(now, this.failuresInARow, expiration, this.clock.random());
    this.lastFailure = {
      error,
      at: new Date(now),
      failures: this.failuresInARow,
      nextAttempt: new Date(this.nextAttempt),
      ...(expiration === undefined ? {} : { validUntil: new Date(expiration) }),
    };
    this.observer.failed?.(this.lastFailure);
  }

  private result(): Credentials {
    const credentials = this.current();
    if (credentials !== undefined) {
      return credentials;
    }
    if (this.failuresInARow > 0) {
      throw this.lastFailure!.error;
    }
    throw new CredentialsError('UNEXPECTED_RESPONSE',
      `the credentials expired at ${this.held?.credentials.expiration} already, seconds after they came; is the clock of this host right?`);
  }

  private plan(): void {
    if (!this.isRunning || this.call !== undefined) {
      return;
    }
    this.cancelWake?.();
    const untilDue = this.nextAttempt - this.clock.now().getTime();
    this.cancelWake = this.clock.wake(() => {
      if (this.call === undefined && this.isDue()) {
        void this.begin();
      } else {
        this.plan();
      }
    }, Math.min(LONGEST_SLEEP, Math.max(SHORTEST_SLEEP, untilDue)));
  }
}

/** @throws CredentialsError `UNEXPECTED_RESPONSE` where they cannot be of use */
function expirationOf({ expiration }: Credentials, now: number): number {
  const time = Date.parse(expiration);
  if (Number.isNaN(time)) {
    throw new CredentialsError('UNEXPECTED_RESPONSE', 'the endpoint returned credentials whose expiration is no date');
  }
  if (time <= now) {
    throw new CredentialsError('UNEXPECTED_RESPONSE',
      `the endpoint returned credentials that expired at ${new Date(time).toISOString()}, and this host's clock says ${new Date(now).toISOString()}; `
      + 'set the clock right');
  }
  return time;
}
