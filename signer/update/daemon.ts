/** Keeps the credentials of a profile fresh in a file: obtains and writes them, again and again, until it is told to end. */
import { checkProfile } from './credentials-file';
import { credentialsPath } from './credentials-path';
import { writeCredentials } from './write-credentials';
import { RefreshClock, RefreshFailure, RefreshingCredentials, RefreshState } from '../../src/credentials/refreshing-credentials';
import type { Credentials } from '../../src/credentials/response';
import { failureOf } from '../errors';
import { ExitCode, ExitCodeValue } from '../exit-codes';
import { errorFields, Log, logObserver, openLog } from '../log';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import { openSession, Session } from '../session';

/** Signals that it listens to. */
type Signal = 'SIGHUP' | 'SIGTERM' | 'SIGINT';

/** Signals as a process has them. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

/** What a run is made of. */
export interface UpdateOptions {
  readonly platform: Platform;
  readonly settings: Settings;
  readonly signals: SignalSource;
  /** @default - the platform's clock, and the timers of this process */
  readonly clock?: RefreshClock;
}

/** What is wrong with the settings or the identity does not go away by itself, so it ends a run that has only begun. */
const FATAL_AT_START: readonly ExitCodeValue[] = [ExitCode.USAGE, ExitCode.IDENTITY];

/**
 * Writes credentials once with `--once`, or until a signal ends it.
 *
 * @throws SignerError, CredentialsError, CreateSessionError where settings or identity are wrong at the start, and whatever goes wrong with `--once`
 */
export async function runUpdate(options: UpdateOptions): Promise<void> {
  const { platform, settings } = options;
  const log = openLog(platform, settings);
  const profile = settings.text('profile') ?? 'default';
  checkProfile(profile);
  const session = openSession(platform, settings, logObserver(log, settings.switch('debug') ?? false));
  const updater = new Updater(options, session, log, profile, credentialsPath(platform.env));
  try {
    await (settings.switch('once') ? updater.once() : updater.run());
  } finally {
    await session.close();
  }
}

class Updater {
  /** Settles when nothing is being written. */
  private writing: Promise<void> = Promise.resolve();
  private readonly credentials: RefreshingCredentials;

  public constructor(
    private readonly options: UpdateOptions, private readonly session: Session, private readonly log: Log,
    private readonly profile: string, private readonly path: string,
  ) {
    this.credentials = new RefreshingCredentials(() => this.obtain(), options.clock ?? clockOf(options.platform), {
      refreshed: (_, state) => this.refreshed(state),
      failed: (failure) => this.failed(failure),
    });
  }

  public async once(): Promise<void> {
    const { expiration } = await this.obtain();
    await this.log.info(this.written(), { expiration });
  }

  public async run(): Promise<void> {
    const { ended, forget } = this.watchSignals();
    try {
      const first = await Promise.race([this.begin(), ended]);
      if (first === undefined) {
        this.credentials.start();
      }
      await this.log.info(`${await ended} received, ending`);
    } finally {
      forget();
      this.credentials.stop();
      await this.writing;
    }
  }

  /** The first call. Outages pass by; what does not is for the person who starts this to see. */
  private async begin(): Promise<void> {
    try {
      await this.credentials.refresh();
    } catch (error) {
      if (FATAL_AT_START.includes(failureOf(error).exitCode)) {
        throw error;
      }
    }
  }

  private watchSignals(): { readonly ended: Promise<string>; forget(): void } {
    const { signals } = this.options;
    let end: (signal: string) => void;
    const ended = new Promise<string>((resolve) => (end = resolve));
    const listeners: ReadonlyArray<readonly [Signal, () => void]> = [
      ['SIGTERM', () => end('SIGTERM')],
      ['SIGINT', () => end('SIGINT')],
      ['SIGHUP', () => this.refreshAtOnce()],
    ];
    listeners.forEach(([signal, listener]) => signals.on(signal, listener));
    return { ended, forget: () => listeners.forEach(([signal, listener]) => signals.off(signal, listener)) };
  }

  private refreshAtOnce(): void {
    unlessLogIsBroken(this.log.info('SIGHUP received, obtaining credentials at once'));
    // A failure is told to `failed`, as all of them are.
    this.credentials.refresh().catch(() => undefined);
  }

  /** Credentials are there when they are in the file: a file that cannot be written is tried again like a call that failed. */
  private async obtain(): Promise<Credentials> {
    const credentials = await this.session.obtain();
    const writing = writeCredentials(this.path, this.profile, credentials, this.options.platform);
    this.writing = writing.catch(() => undefined);
    await writing;
    return credentials;
  }

  private written(): string {
    return `credentials of profile ${this.profile} written to ${this.path}`;
  }

  private refreshed({ expiration, nextAttempt }: RefreshState): void {
    unlessLogIsBroken(this.log.info(`${this.written()}, next refresh at ${nextAttempt?.toISOString()}`, { expiration: expiration?.toISOString() }));
  }

  private failed({ error, failures, validUntil, nextAttempt }: RefreshFailure): void {
    const until = validUntil === undefined ? 'there are no valid ones of this process in the file' : `those in the file are valid until ${validUntil.toISOString()}`;
    unlessLogIsBroken(this.log.error(`credentials of profile ${this.profile} were not renewed, next attempt at ${nextAttempt.toISOString()}; ${until}`,
      { ...errorFields(error), failures }));
  }
}

/** A log on a disk that is full is no reason to let credentials expire. */
function unlessLogIsBroken(entry: Promise<void>): void {
  entry.catch(() => undefined);
}

/** Its timers keep the process alive: there is nothing else that does. */
function clockOf(platform: Pick<Platform, 'now' | 'random'>): RefreshClock {
  return {
    now: () => platform.now(),
    random: () => platform.random(),
    wake: (callback, milliseconds) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}
