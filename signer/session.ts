/** Obtains credentials as the settings of a run say: what `credential-process`, `serve`, `update`, `exec`, `env` and `doctor` share. */
import { identitySource } from './identity/identity-source';
import { sessionOptions } from './options/session-options';
import type { Settings } from './options/settings';
import type { Platform } from './platform/platform';
import { VERSION } from './version';
import { describeKey } from '../src/create-session/algorithms';
import { CreateSessionClient, SessionObserver, SessionOptions } from '../src/credentials/create-session-client';
import type { Identity, IdentitySource } from '../src/credentials/identity';
import type { Credentials } from '../src/credentials/response';

/** What stands between settings and credentials. */
export interface Session {
  readonly options: SessionOptions;
  /** Where the identity comes from. Read anew for each call. */
  readonly source: IdentitySource;
  /** Region that the credentials are for, and the endpoint that gives them. */
  readonly target: CreateSessionClient['target'];
  /**
   * Reads the identity and makes a session with it.
   *
   * @param using is told the identity once it is read, before the call
   * @throws CredentialsError, CreateSessionError, SignerError
   */
  obtain(using?: (identity: Identity) => void): Promise<Credentials>;
  /** Gives back what the identity holds open. */
  close(): Promise<void>;
}

/** What decides on a session, which is opened only where credentials are not to be had without it. */
export interface SessionPlan extends Pick<Session, 'options' | 'target'> {
  /** The same session each time. */
  open(): Promise<Session>;
}

/**
 * Prepares a session; nothing is read and nobody is called yet.
 *
 * @throws SignerError, CreateSessionError where the settings do not fit together
 */
export function openSession(platform: Platform, settings: Settings, observer: SessionObserver): Session {
  const options = sessionOptions(settings, platform.env);
  const client = new CreateSessionClient(platform, options, `roles-anywhere-signer/${VERSION}`, observer);
  const source = identitySource(platform, settings);
  return {
    options,
    source,
    target: client.target,
    obtain: async (using) => {
      if (options.verifyTls === false) {
        await observer.warn('--no-verify-ssl: the certificate of the endpoint is not checked, and whoever stands in between reads the credentials');
      }
      if (/^http:\/\/(?!localhost(?::|$)|127\.|\[::1\])/.test(client.target.endpoint)) {
        await observer.warn(`the endpoint ${client.target.endpoint} is called without TLS, and whoever is on the way reads the credentials`);
      }
      await observer.debug(() => `roles-anywhere-signer ${VERSION} on ${platform.runtime}\nendpoint ${client.target.endpoint}, Region ${client.target.region}`);
      const identity = await source.read();
      using?.(identity);
      await observer.debug(() => describeIdentity(identity));
      return client.create(identity);
    },
    close: () => source.close(),
  };
}

function describeIdentity({ certificate, chain, certificateSource, keySource }: Identity): string {
  return [
    `certificate ${certificate.subject.toString()}, issued by ${certificate.issuer.toString()}, serial number ${certificate.serialNumberHex}, `
    + `in ${certificateSource}`,
    `valid from ${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}, key ${describeKey(certificate.publicKey)}`,
    ...chain.map(({ subject }, i) => `chain ${i + 1}: ${subject.toString()}`),
    `private key in ${keySource}`,
  ].join('\n');
}

/** Tells a person at the terminal: warnings always, details with `--debug`. */
export function consoleObserver(platform: Pick<Platform, 'writeDiagnostics'>, isDebugging: boolean): SessionObserver {
  return {
    debug: async (text) => (isDebugging ? platform.writeDiagnostics(`${text().replace(/^/gm, 'debug: ')}\n`) : undefined),
    warn: (text) => platform.writeDiagnostics(`roles-anywhere-signer: warning: ${text}\n`),
  };
}
