/** Who asks for credentials: a certificate, the certificates between it and the trust anchor, and something that signs with its key. */
import type { MessageSigner } from '../create-session/algorithms';
import type { Certificate } from '../x509';

/** What a host shows and signs with, wherever certificate and key lie. */
export interface Identity {
  readonly certificate: Certificate;
  /** The certificates to send beside it, without repetitions. */
  readonly chain: readonly Certificate[];
  readonly signer: MessageSigner;
  /** Where the certificate is, for messages: a path or a URI without its PIN. */
  readonly certificateSource: string;
  /** Where the private key is, for messages. */
  readonly keySource: string;
}

/** Where identities come from. What runs for long asks again before each call, so that a certificate that was rotated is taken up. */
export interface IdentitySource {
  /** Reads or opens the identity as it is now. */
  read(): Promise<Identity>;
  /** Gives back what is held open, such as a session with a token. */
  close(): Promise<void>;
}
