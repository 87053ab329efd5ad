/** A machine with a folder for the cache and a session that is made of answers, for tests of the cache within one process. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { obtainCached } from '../../../signer/cache/cached-session';
import type { FlagName } from '../../../signer/options/flags';
import { Settings } from '../../../signer/options/settings';
import type { Platform } from '../../../signer/platform/platform';
import type { Session, SessionPlan } from '../../../signer/session';
import type { SessionOptions } from '../../../src/credentials/create-session-client';
import type { Identity } from '../../../src/credentials/identity';
import type { Credentials } from '../../../src/credentials/response';
import { ARNS, fakeMachine } from '../fake-platform';

/** Settings as they come from the command line, where an empty value is none. */
export function settingsOf(values: Partial<Record<FlagName, string>>): Settings {
  const given = Object.entries(values).filter(([, value]) => value !== '');
  return new Settings(new Map(given.map(([name, value]) => [name as FlagName, { value, origin: `--${name}` }])));
}

/** What a test sets and sees. */
export class CacheScene {
  public readonly home = mkdtempSync(join(tmpdir(), 'cache-'));
  public readonly folder = join(this.home, '.cache', 'roles-anywhere');
  public readonly certificate = join(this.home, 'host.pem');
  /** Milliseconds since 1970 that the clock shows. */
  public now = Date.parse('2026-11-21T10:00:00Z');
  public random = 0.5;
  public diagnostics = '';
  public calls = 0;
  public reads: string[] = [];
  public env: Record<string, string> = { HOME: this.home };
  public flags: Partial<Record<FlagName, string>> = { 'certificate': this.certificate, 'private-key': join(this.home, 'host.key'), 'cache': 'true' };
  public options: SessionOptions = { ...ARNS, sessionDuration: 3600 };
  public identity?: Pick<Identity, 'certificate'>;
  /** What a call brings. @default - the next credentials */
  public answer?: () => Promise<Credentials>;

  public constructor() {
    writeFileSync(this.certificate, 'certificate 1');
  }

  public remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  /** The n-th credentials, as the service would make them now. */
  public credentials(number: number, seconds = 3600): Credentials {
    const expiration = new Date(this.now + seconds * 1000).toISOString().replace('.000Z', 'Z');
    return { accessKeyId: `ASIA${number}`, secretAccessKey: `secret${number}`, sessionToken: `token${number}`, expiration };
  }

  /** A run: the access key id that it prints. */
  public async run(): Promise<string> {
    return (await obtainCached(this.platform(), settingsOf(this.flags), this.plan())).accessKeyId;
  }

  public platform(): Platform {
    return {
      ...fakeMachine().platform,
      env: this.env,
      readFile: async (path) => {
        this.reads.push(path);
        return readFileSync(path);
      },
      fileStatus: async (path) => {
        const { mode, uid } = statSync(path);
        return { mode: mode & 0o777, owner: uid };
      },
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      now: () => new Date(this.now),
      random: () => this.random,
      writeDiagnostics: async (text) => {
        this.diagnostics += text;
      },
    };
  }

  public plan(): SessionPlan {
    const session = this.session();
    return { options: session.options, target: session.target, open: async () => session };
  }

  public session(): Session {
    return {
      options: this.options,
      target: { endpoint: this.options.endpoint ?? 'https://rolesanywhere.eu-west-2.amazonaws.com', region: 'eu-west-2' },
      source: { read: async () => this.identity as Identity, close: async () => undefined },
      obtain: async () => {
        this.calls += 1;
        return this.answer?.() ?? this.credentials(this.calls);
      },
      close: async () => undefined,
    };
  }
}
