/** What `doctor` examines: the settings of a run, and what they lead to, read once however many checks ask for it. */
import { stat } from 'node:fs/promises';
import type { Network } from './network';
import { CreateSessionClient, SessionObserver, SessionOptions } from '../../src/credentials/create-session-client';
import type { Identity, IdentitySource } from '../../src/credentials/identity';
import { readPublicIdentity } from '../../src/credentials/identity-files';
import type { Credentials } from '../../src/credentials/response';
import { SessionTarget, sessionTarget } from '../../src/credentials/session-target';
import type { Certificate } from '../../src/x509';
import { identitySource } from '../identity/identity-source';
import { withInlineFiles } from '../identity/inline-files';
import { sessionOptions } from '../options/session-options';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';

/** What a doctor looks at beside the platform. */
export interface Surroundings {
  /** Who runs this program; undefined where the system has no such numbers. */
  readonly userId: number | undefined;
  readonly network: Network;
  /** Who owns a file; undefined where the system has no such numbers. */
  ownerOf(path: string): Promise<number | undefined>;
}

/** The surroundings of this process. */
export function realSurroundings(network: Network): Surroundings {
  const userId = process.getuid?.();
  return { userId, network, ownerOf: async (path) => (userId === undefined ? undefined : (await stat(path)).uid) };
}

/** Where a certificate or key comes from. */
export type Place = 'file' | 'token' | 'standard input' | 'environment variable';

/** What kind of place the value of `--certificate` or `--private-key` names. */
export function placeOf(value: string): Place {
  return /^pkcs11:/i.test(value) ? 'token' : value === '-' ? 'standard input' : /^env:/i.test(value) ? 'environment variable' : 'file';
}

/** A run that is examined. Whatever a method throws, it throws again when it is asked again. */
export class Examination {
  public readonly platform: Platform;
  private openedSource: IdentitySource | undefined;
  private readIdentity: Promise<Identity> | undefined;
  private readCertificates: Promise<Pick<Identity, 'certificate' | 'chain'>> | undefined;

  public constructor(platform: Platform, public readonly settings: Settings, public readonly surroundings: Surroundings) {
    let input: Promise<Uint8Array> | undefined;
    // Certificates are read once more without their key where that is out of order, and standard input can be read only once.
    this.platform = { ...platform, readInput: () => (input ??= platform.readInput()) };
  }

  /** @throws SignerError `USAGE` */
  public sessionOptions(): SessionOptions {
    return sessionOptions(this.settings, this.platform.env);
  }

  /** @throws SignerError, CreateSessionError */
  public target(): SessionTarget {
    return sessionTarget(this.sessionOptions());
  }

  /** @throws SignerError `USAGE`, `NOT_SUPPORTED` */
  public source(): IdentitySource {
    return (this.openedSource ??= identitySource(this.platform, this.settings));
  }

  /** Certificate, chain and key. @throws SignerError, CredentialsError, CreateSessionError */
  public identity(): Promise<Identity> {
    return (this.readIdentity ??= (async () => this.source().read())());
  }

  /** Certificate and chain, even where the key is out of order. @throws SignerError, CredentialsError */
  public certificates(): Promise<Pick<Identity, 'certificate' | 'chain'>> {
    return (this.readCertificates ??= this.identity().catch((error: unknown) => this.certificatesAlone(error)));
  }

  /** Where certificates can be read without a key. Anybody who was asked for a passphrase is not asked again. */
  private async certificatesAlone(identityError: unknown): Promise<Pick<Identity, 'certificate' | 'chain'>> {
    const certificate = this.settings.text('certificate');
    if (certificate === undefined || placeOf(certificate) === 'token' || !(identityError instanceof Error)) {
      throw identityError;
    }
    const files = { certificate, intermediates: this.settings.text('intermediates') };
    return readPublicIdentity(withInlineFiles(this.platform), files, () => Promise.reject(identityError));
  }

  /** The certificate that is to be shown. @throws as {@link certificates} */
  public async certificate(): Promise<Certificate> {
    return (await this.certificates()).certificate;
  }

  /** Makes a session, as the other commands do. @throws SignerError, CredentialsError, CreateSessionError */
  public async createSession(userAgent: string, observer: SessionObserver): Promise<Credentials> {
    return new CreateSessionClient(this.platform, this.sessionOptions(), userAgent, observer).create(await this.identity());
  }

  /** Gives back what is held open. A source that never opened may say so once more, which the checks have reported. */
  public async close(): Promise<void> {
    const known = await this.readIdentity?.then(() => undefined, (error: unknown) => error);
    try {
      await this.openedSource?.close();
    } catch (error) {
      if (error !== known) {
        throw error;
      }
    }
  }
}
