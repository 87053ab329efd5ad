/** What the signer asks of PKCS#11, which only a runtime that can call libraries has. */
import type { IdentitySource } from '../../src/credentials/identity';
import type { CertificateSelector } from '../identity/certificate-selector';

/** Which certificate and key of which tokens, and how to log in. */
export interface Pkcs11Options {
  /** RFC 7512 URI that selects the certificate; undefined where it is in a file or a selector chooses it. */
  readonly certificateUri?: string;
  /** RFC 7512 URI that selects the private key. @default - the key that belongs to the certificate */
  readonly privateKeyUri?: string;
  /** PEM or DER of the certificate, where it does not lie on a token. */
  readonly certificateFile?: string;
  /** PEM file of more certificates for the chain. */
  readonly intermediates?: string;
  /** The module's path. @default - p11-kit's proxy module */
  readonly library?: string;
  /** Chooses among the certificates of the tokens. @default - the URI alone does */
  readonly selector?: CertificateSelector;
  /** Among several that fit, take the one that expires last. */
  readonly useLatestExpiring: boolean;
  /** Whether the user's PIN also serves for keys that want to be asked before each signature (CKA_ALWAYS_AUTHENTICATE). */
  readonly reusePin: boolean;
  /**
   * Whether `pin` answers out of a setting instead of asking a person, who would see that one more wrong PIN locks the token. Such a PIN
   * is not tried then.
   *
   * @default false
   */
  readonly pinIsGiven?: boolean;
  /** The PIN where the URI names none; asked for once a token. `what` names the token (and the key) for a prompt. */
  pin(what: string): Promise<string>;
}

/** A certificate found on a token, for `read-certificate-data`. */
export interface TokenCertificate {
  /** DER. */
  readonly der: Uint8Array;
  /** RFC 7512 URI that selects it, without a PIN. */
  readonly uri: string;
}

/** Opens tokens. */
export interface Pkcs11Opener {
  /** An identity on tokens. Nothing is opened before its first `read()`; the PIN is kept for further ones. */
  identity(options: Pkcs11Options, readFile: (path: string) => Promise<Uint8Array>): IdentitySource;
  /** The certificates on the tokens that a URI selects (all where it is undefined). */
  certificates(library: string | undefined, uri: string | undefined, pin: (what: string) => Promise<string>): Promise<readonly TokenCertificate[]>;
}
