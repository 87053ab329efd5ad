/** The token that clients of the container protocol show: a file that this process makes for them, or that somebody else keeps. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { CredentialsError } from '../../src/credentials/errors';
import { SignerError } from '../errors';

const TOKEN_BYTES = 32;
const MAX_FILE_LENGTH = 4096;

/** A token that can be guessed is none. */
const SHORTEST_TOKEN = 16;

/** What a header can hold. */
const TOKEN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Milliseconds for which the file is taken to be as it was. A token that does not fit is always looked up again. */
const TRUST = 1_000;

/** What a request's Authorization header is. */
export type Verdict = 'accepted' | 'refused' | 'unreadable';

/** The token of a file, read again when the file changes. */
export class ContainerToken {
  /**
   * Reads the file, or makes it where it does not exist: with a random token, for this user alone, and complete from the first moment.
   *
   * @throws CredentialsError `FILE_UNREADABLE` where it cannot be read or holds no token
   * @throws SignerError `FILE_NOT_WRITTEN`
   */
  public static async open(path: string, elapsed: () => number = () => performance.now()): Promise<ContainerToken> {
    const existing = await readIfThere(path);
    const created = existing === undefined ? await create(path) : undefined;
    return new ContainerToken(path, digest(existing ?? created ?? await read(path)), created, elapsed);
  }

  private readAt: number;

  private constructor(
    private readonly path: string, private token: Buffer, private readonly created: string | undefined, private readonly elapsed: () => number,
  ) {
    this.readAt = elapsed();
  }

  /** Whether the file was made by {@link open}. */
  public get isOwn(): boolean {
    return this.created !== undefined;
  }

  /** Whether others than its owner may read the file; false where the system has no such permissions. */
  public async isExposed(): Promise<boolean> {
    const othersMayRead = 0o044;
    // eslint-disable-next-line no-bitwise
    return process.platform !== 'win32' && ((await stat(this.path)).mode & othersMayRead) !== 0;
  }

  /** Judges the Authorization header of a request. */
  public async check(authorization: string): Promise<Verdict> {
    const shown = digest(authorization);
    if (this.elapsed() - this.readAt < TRUST && timingSafeEqual(shown, this.token)) {
      return 'accepted';
    }
    const token = await readIfGood(this.path);
    if (token === undefined) {
      // Without its file a token is no longer good: removing it is how somebody takes it back.
      this.readAt = -Infinity;
      return 'unreadable';
    }
    this.token = digest(token);
    this.readAt = this.elapsed();
    return timingSafeEqual(shown, this.token) ? 'accepted' : 'refused';
  }

  /** Removes the file if it was made by {@link open} and is still the same. */
  public async close(): Promise<void> {
    if (this.created !== undefined && await readIfGood(this.path) === this.created) {
      await rm(this.path, { force: true });
    }
  }
}

/** Of one length, so that comparing them tells nothing about that of the token. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

async function readIfGood(path: string): Promise<string | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if (error instanceof CredentialsError) {
      return undefined;
    }
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if (error instanceof CredentialsError && codeOf(error.cause) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** @throws CredentialsError `FILE_UNREADABLE` */
async function read(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'latin1');
  } catch (error) {
    throw new CredentialsError('FILE_UNREADABLE', `the container token file ${path} cannot be read (${codeOf(error)})`, { cause: error });
  }
  const token = text.replace(/\r?\n$/, '');
  if (token.length < SHORTEST_TOKEN || token.length > MAX_FILE_LENGTH || !TOKEN.test(token)) {
    throw new CredentialsError('FILE_UNREADABLE',
      `the container token file ${path} must hold one line of ${SHORTEST_TOKEN} to ${MAX_FILE_LENGTH} printable characters; remove it to have one made`);
  }
  return token;
}

/** A second name for a complete file fails where the first one exists; writing in place, or renaming, would not. */
async function create(path: string): Promise<string | undefined> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      // No line end: SDKs send what is in the file.
      await file.writeFile(token);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(unfinished, path);
    return token;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return undefined;
    }
    throw new SignerError('FILE_NOT_WRITTEN', `the container token file ${path} cannot be made (${codeOf(error)})`, { cause: error });
  } finally {
    await rm(unfinished, { force: true });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown error';
}
