/** Puts credentials into the cache: one process makes the call, the others wait for it, or use what they have. */
import { statSync, unlinkSync } from 'node:fs';
import { CacheEntry, formatEntry } from './cache-entry';
import { whyUnsafe } from './cache-folder';
import { CachePlace, entryPath, readEntry } from './cache-place';
import { isPausing, judge, lifetimeOf } from './freshness';
import { errorOf, readFailure, removeFailure, SharedFailure, writeFailure } from './shared-failure';
import { removeOldFiles } from './tidying';
import { warn } from './warning';
import { sha256Hex } from '../../src/create-session/sha256';
import { CredentialsError } from '../../src/credentials/errors';
import { PROXY_VARIABLES } from '../../src/credentials/proxy';
import type { Credentials } from '../../src/credentials/response';
import { DEFAULT_LIMITS } from '../../src/credentials/retry';
import { failureOf, SignerError } from '../errors';
import { ExitCode, ExitCodeValue } from '../exit-codes';
import { writeFileAtomically } from '../files/atomic-write';
import { acquireLock, FileLock } from '../files/file-lock';
import { makePrivateFolder } from '../files/private-folder';
import { fileNotWritten, systemCode } from '../files/write-error';
import type { Platform } from '../platform/platform';
import type { Session } from '../session';

/** Milliseconds that a process waits for another one's call beyond the time that the call may take. */
const PATIENCE = 5_000;

/** Milliseconds for all else that is done under the lock: reading files, a token, a person who types a PIN. */
const WORK_BESIDE_CALL = 60_000;

/** Failures that do not make credentials bad which are good still. */
const OUTAGES: readonly ExitCodeValue[] = [ExitCode.UNAVAILABLE, ExitCode.IDENTITY];

/**
 * Renews the credentials of a place, or has another process do it.
 *
 * - Credentials that are due are renewed by one process, and used by all others in the meantime. If that fails, the next attempt is made
 *   after a pause.
 * - Where there are none, or they are about to end, all wait for the one that makes the call, and share its success or its failure.
 * - Where the service cannot be asked, credentials are used as long as they are valid. Where it refuses, they are removed.
 *
 * @param entry what was found, whatever its age
 * @throws SignerError, CredentialsError, CreateSessionError
 */
export async function renewCached(platform: Platform, session: Session, place: CachePlace, entry: CacheEntry | undefined): Promise<Credentials> {
  const renewal = new Renewal(platform, session, place, await routeOf(platform, session));
  try {
    prepareFolder(place.folder);
    return await renewal.run(entry);
  } catch (error) {
    if (error instanceof CacheUnusable) {
      await warn(platform, `the cache is not used: ${error.message}`);
      return renewal.callWithout(entry);
    }
    throw error;
  }
}

/** Thrown where there can be no cache; its message says why, and what to do. */
class CacheUnusable extends Error {}

/** @throws CacheUnusable */
function prepareFolder(folder: string): void {
  try {
    makePrivateFolder(folder);
    const { mode, uid } = statSync(folder);
    const unsafe = whyUnsafe(folder, process.platform === 'win32' ? undefined : { mode: mode % 0o1000, owner: uid }, process.getuid?.());
    if (unsafe !== undefined) {
      throw new CacheUnusable(unsafe);
    }
  } catch (error) {
    throw error instanceof CacheUnusable ? error : unusable(fileNotWritten(folder, error, 'the folder'));
  }
}

function unusable(error: SignerError): CacheUnusable {
  return new CacheUnusable(`${error.message}; or name another folder with --cache-dir`, { cause: error });
}

/** Whoever takes another way to the service may well reach it. Proxies have passwords, so it is a fingerprint. */
function routeOf({ env }: Pick<Platform, 'env'>, { options }: Session): Promise<string> {
  return sha256Hex(JSON.stringify([
    options.proxy ?? '', options.caBundle ?? '', options.verifyTls ?? true, ...['AWS_CA_BUNDLE', 'NO_PROXY', 'no_proxy', ...PROXY_VARIABLES].map((name) => env[name] ?? ''),
  ]));
}

/** One run's renewal. */
class Renewal {
  private readonly failurePath: string;
  private readonly lockPath: string;

  public constructor(
    private readonly platform: Platform, private readonly session: Session, private readonly place: CachePlace, private readonly route: string,
  ) {
    this.failurePath = `${place.folder}/${place.name}.failure`;
    this.lockPath = `${place.folder}/${place.name}.lock`;
  }

  /** @throws CacheUnusable, and what the call throws */
  public async run(entry: CacheEntry | undefined): Promise<Credentials> {
    return entry !== undefined && this.isGood(entry) ? this.renewInTime(entry) : this.renewNow(entry);
  }

  /** Calls, and keeps nothing. */
  public async callWithout(entry: CacheEntry | undefined): Promise<Credentials> {
    try {
      return await this.session.obtain();
    } catch (error) {
      return this.lastKnownGood(entry, error);
    }
  }

  /** Nobody waits while the credentials are good. */
  private async renewInTime(entry: CacheEntry): Promise<Credentials> {
    const failure = await this.readFailure();
    if (failure !== undefined && isPausing(failure.at, entry, this.now())) {
      return entry.credentials;
    }
    let renewed: CacheEntry | undefined;
    const isPointless = async () => {
      renewed = await this.readGood();
      return renewed !== undefined && renewed.obtainedAt !== entry.obtainedAt;
    };
    return await this.locked(entry, 0, isPointless) ?? renewed?.credentials ?? entry.credentials;
  }

  private async renewNow(entry: CacheEntry | undefined): Promise<Credentials> {
    const before = await this.readFailure();
    let failure: SharedFailure | undefined;
    let renewed: CacheEntry | undefined;
    const isPointless = async () => {
      renewed = await this.readGood();
      failure = await this.readFailure();
      return renewed !== undefined || (failure !== undefined && failure.id !== before?.id);
    };
    const patience = this.longestCall + PATIENCE;
    const credentials = await this.locked(entry, patience, isPointless) ?? renewed?.credentials;
    if (credentials !== undefined) {
      return credentials;
    }
    if (failure !== undefined && failure.id !== before?.id) {
      return this.lastKnownGood(entry, errorOf(failure));
    }
    await warn(this.platform, `another process has kept the lock ${this.lockPath} for ${Math.round(patience / 1000)} seconds; the call is made without it`);
    return this.call(entry);
  }

  /** Makes the call under the lock; undefined where the lock was not to be had, or another process has just made the call. */
  private async locked(entry: CacheEntry | undefined, patience: number, isPointless: () => Promise<boolean>): Promise<Credentials | undefined> {
    const lock = await this.acquire(patience, isPointless);
    if (lock === undefined) {
      return undefined;
    }
    try {
      return await isPointless() ? undefined : await this.call(entry);
    } finally {
      await this.release(lock);
    }
  }

  /** Credentials that are there are not given up for a lock that nobody will miss. */
  private async release(lock: FileLock): Promise<void> {
    try {
      lock.release();
    } catch (error) {
      await warn(this.platform, `the lock of the cache could not be removed: ${fileNotWritten(this.lockPath, error, 'the lock').message}`);
    }
  }

  private async acquire(patience: number, isPointless: () => Promise<boolean>): Promise<FileLock | undefined> {
    try {
      return await acquireLock(this.lockPath, { patience, longestWork: this.longestCall + WORK_BESIDE_CALL, isPointless }, this.platform);
    } catch (error) {
      throw error instanceof SignerError ? unusable(error) : error;
    }
  }

  private async call(entry: CacheEntry | undefined): Promise<Credentials> {
    let credentials: Credentials;
    try {
      credentials = await this.session.obtain();
    } catch (error) {
      await this.report(error);
      return this.lastKnownGood(entry, error);
    }
    await this.store(credentials);
    return credentials;
  }

  private async store(credentials: Credentials): Promise<void> {
    const obtainedAt = this.now();
    const lifetime = lifetimeOf(credentials.expiration, obtainedAt, this.session.options.sessionDuration);
    if (lifetime === undefined) {
      await warn(this.platform, 'the credentials are not kept in the cache, since their expiration is no date');
      return;
    }
    const { name, identity, folder } = this.place;
    try {
      await writeFileAtomically(entryPath(this.place), formatEntry({ name, identity, ...lifetime, credentials }), { durable: false });
      removeFailure(this.failurePath);
      removeOldFiles(folder, obtainedAt);
    } catch (error) {
      await warn(this.platform, `the credentials are not kept in the cache: ${unusable(fileNotWritten(entryPath(this.place), error)).message}`);
    }
  }

  /** Tells those that wait. Those that cannot be told find out for themselves. */
  private async report(error: unknown): Promise<void> {
    const { exitCode } = failureOf(error);
    try {
      if (exitCode === ExitCode.REFUSED) {
        removeEntry(entryPath(this.place));
      }
      if (error instanceof CredentialsError && (exitCode === ExitCode.REFUSED || exitCode === ExitCode.UNAVAILABLE)) {
        await writeFailure(this.failurePath, error, this.route, this.platform.now());
      }
    } catch (problem) {
      await warn(this.platform, `the cache was not told of the failure: ${failureOf(problem).message}`);
    }
  }

  /** @throws the error, where the credentials at hand are of no use, or the error means that they should not be used */
  private async lastKnownGood(entry: CacheEntry | undefined, error: unknown): Promise<Credentials> {
    const { code, message, exitCode } = failureOf(error);
    if (entry === undefined || !OUTAGES.includes(exitCode) || judge(entry, this.now(), 0) === 'useless') {
      throw error;
    }
    await warn(this.platform, `no new credentials, so those of the cache are used, which are valid until ${entry.credentials.expiration}; ${code}: ${message}`);
    return entry.credentials;
  }

  private async readGood(): Promise<CacheEntry | undefined> {
    const { entry } = await readEntry(this.platform, this.place);
    return entry !== undefined && this.isGood(entry) ? entry : undefined;
  }

  private isGood(entry: CacheEntry): boolean {
    return ['fresh', 'due'].includes(judge(entry, this.now(), 0));
  }

  private readFailure(): Promise<SharedFailure | undefined> {
    return readFailure(this.platform, this.failurePath, this.route);
  }

  private get longestCall(): number {
    return this.session.options.deadline ?? DEFAULT_LIMITS.deadline;
  }

  private now(): number {
    return this.platform.now().getTime();
  }
}

function removeEntry(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') {
      throw error;
    }
  }
}
