/** The credentials that the local endpoint hands out: made up, marked as such, and remembered so that it can recognise them. */
import { randomBytes, randomInt } from 'node:crypto';
import { SimulatedSession } from './decision';

/** What every session token holds, so that nobody who finds one takes it for a secret. */
export const TOKEN_MARK = 'cdk-roles-anywhere-simulator-not-a-real-credential';

/** How every access key id begins: as ids of temporary credentials do, and with a word that no real one has. */
export const ACCESS_KEY_ID_PREFIX = 'ASIASIMULATED';

/** Length and letters of access key ids, which clients check. */
const ACCESS_KEY_ID_LENGTH = 20;
const ACCESS_KEY_ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** How many sessions are remembered; the oldest are forgotten first. */
const MAX_SESSIONS = 10_000;

/** A session with the credentials that were handed out for it. */
export interface IssuedSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly session: SimulatedSession;
}

/** The sessions of one endpoint. */
export class SessionStore {
  private readonly sessions = new Map<string, IssuedSession>();

  /** Makes up credentials for a session. They are random, so that the sessions of two hosts are never taken for one another. */
  public issue(session: SimulatedSession): IssuedSession {
    const issued: IssuedSession = {
      accessKeyId: this.unusedAccessKeyId(),
      secretAccessKey: `SIMULATED/${randomBytes(30).toString('base64').slice(0, 30)}`,
      sessionToken: `${TOKEN_MARK}/${randomBytes(24).toString('base64')}`,
      session,
    };
    this.sessions.set(issued.accessKeyId, issued);
    if (this.sessions.size > MAX_SESSIONS) {
      const [oldest] = this.sessions.keys();
      this.sessions.delete(oldest);
    }
    return issued;
  }

  /** The session of an access key id, also after it has expired. */
  public find(accessKeyId: string): IssuedSession | undefined {
    return this.sessions.get(accessKeyId);
  }

  private unusedAccessKeyId(): string {
    const letters = Array.from({ length: ACCESS_KEY_ID_LENGTH - ACCESS_KEY_ID_PREFIX.length }, () => ACCESS_KEY_ID_LETTERS[randomInt(32)]);
    const id = ACCESS_KEY_ID_PREFIX + letters.join('');
    return this.sessions.has(id) ? this.unusedAccessKeyId() : id;
  }
}
