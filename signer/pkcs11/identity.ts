/** Identities on tokens: certificate and key together, on two tokens, or the certificate in a file. */
import { certificatesOn, chooseCertificate, findCertificates } from './certificates';
import { buildChain } from './chain';
import { findModule } from './module-path';
import { Pkcs11Options } from './opener';
import { Pins } from './pins';
import { findKey, mismatch, signAndVerify, signWithKey, TokenKey } from './private-keys';
import { explain, isConnectionLost } from './return-value-error';
import { Token } from './token';
import { Tokens } from './tokens';
import { formatPkcs11Uri, parsePkcs11Uri, Pkcs11Uri, selectsToken } from './uri';
import { MessageHash } from '../../src/create-session/algorithms';
import { CredentialsError } from '../../src/credentials/errors';
import type { Identity, IdentitySource } from '../../src/credentials/identity';
import { readFile, readPublicIdentity } from '../../src/credentials/identity-files';
import { bytesEqual, Certificate, readCertificates, X509Error } from '../../src/x509';
import { SignerError } from '../errors';

/** A host's certificate. */
interface Leaf {
  readonly certificate: Certificate;
  /** For messages. */
  readonly source: string;
  /** What is sent beside it in any case. */
  readonly given: readonly Certificate[];
  /** Its attributes, where it lies on a token. */
  readonly object?: { readonly id: Uint8Array; readonly label: string };
  /** URIs of the tokens it lies on. */
  readonly tokenUris: readonly Pkcs11Uri[];
}

/** A certificate and its key, which can be used as long as the sessions last. */
interface Opened {
  readonly leaf: Leaf;
  readonly key: TokenKey;
  /** Whether a signature has shown that the two belong together. */
  proven: boolean;
}

type ReadFile = (path: string) => Promise<Uint8Array>;

/**
 * The identity that the options select.
 *
 * One session a token is kept between reads and signatures. When the token was taken out and put back, or the session ended in another
 * way, it is opened again, with the PIN that was right before.
 *
 * `read()` throws SignerError `TOKEN_UNREADABLE`, `PIN_WRONG`, `IDENTITY_NOT_FOUND` and `IDENTITY_AMBIGUOUS`, and CredentialsError
 * `KEY_CERTIFICATE_MISMATCH`, `KEY_NOT_SUPPORTED`, `CHAIN_TOO_LONG`, `CERTIFICATE_UNREADABLE` and `FILE_UNREADABLE`.
 *
 * @throws SignerError `USAGE`, `NOT_SUPPORTED` for URIs that cannot be used
 */
export function pkcs11Identity(options: Pkcs11Options, readFileOf: ReadFile): IdentitySource {
  return new TokenIdentity(options, readFileOf);
}

class TokenIdentity implements IdentitySource {
  private readonly certificateUri: Pkcs11Uri | undefined;
  private readonly privateKeyUri: Pkcs11Uri | undefined;
  /** Both, the one first whose PIN counts. */
  private readonly uris: readonly Pkcs11Uri[];
  private readonly tokens: Tokens;
  private readonly pins: Pins;
  private opened: Opened | undefined;
  /** The end of what is under way. A session does one thing at a time, and a person is asked one question. */
  private last: Promise<unknown> = Promise.resolve();

  public constructor(private readonly options: Pkcs11Options, private readonly readFileOf: ReadFile) {
    this.certificateUri = options.certificateUri === undefined ? undefined : parsePkcs11Uri(options.certificateUri);
    this.privateKeyUri = options.privateKeyUri === undefined ? undefined : parsePkcs11Uri(options.privateKeyUri);
    this.uris = [this.privateKeyUri, this.certificateUri].filter((uri) => uri !== undefined);
    this.tokens = new Tokens(() => findModule(options.library, this.uris));
    this.pins = new Pins(options.pin, (path) => readFile({ readFile: readFileOf }, path, 'PIN'), options.pinIsGiven ?? false);
  }

  public read(): Promise<Identity> {
    return this.inTurn(() => this.recovering(() => this.readNow()));
  }

  public close(): Promise<void> {
    return this.inTurn(async () => {
      this.opened = undefined;
      this.tokens.close();
    });
  }

  private inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const turn = this.last.then(action);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Does something, and once more from the beginning where what was opened before is gone. */
  private async recovering<Result>(action: () => Promise<Result>): Promise<Result> {
    const wasOpen = this.tokens.isOpen;
    try {
      try {
        return await action();
      } catch (error) {
        const isMissing = error instanceof SignerError && error.code === 'IDENTITY_NOT_FOUND';
        if (!wasOpen || !(isMissing || isConnectionLost(error))) {
          throw error;
        }
      }
      this.opened = undefined;
      this.tokens.restart();
      return await action();
    } catch (error) {
      throw explain(error, `the PKCS#11 module ${this.tokens.path}`);
    }
  }

  private async readNow(): Promise<Identity> {
    this.tokens.look();
    const leaf = await this.findLeaf();
    this.opened = await this.openKey(leaf);
    const { certificate } = leaf;
    return {
      certificate,
      chain: buildChain(certificate, this.pool(leaf, this.opened.key), leaf.given),
      signer: { sign: (message, hash = 'SHA-256') => this.inTurn(() => this.recovering(() => this.sign(leaf, message, hash))) },
      certificateSource: leaf.source,
      keySource: this.opened.key.uri,
    };
  }

  private async findLeaf(): Promise<Leaf> {
    const { certificateFile, intermediates, selector, useLatestExpiring } = this.options;
    if (certificateFile !== undefined) {
      const { certificate, chain } = await readPublicIdentity({ readFile: this.readFileOf }, { certificate: certificateFile, intermediates });
      return { certificate, source: certificateFile, given: chain, tokenUris: [] };
    }
    const given = intermediates === undefined ? [] : await this.readIntermediates(intermediates);
    const uri = this.certificateUri ?? (selector ? {} : this.privateKeyUri ?? {});
    const found = await findCertificates(this.tokens, this.pins, { uri, selector, pinUris: this.uris });
    const what = selector ? 'the selector' : formatPkcs11Uri(uri);
    const places = chooseCertificate(found, what, useLatestExpiring, this.tokens);
    const [{ certificate, id, label, uri: source }] = places;
    return { certificate, source, given, object: { id, label }, tokenUris: places.map(({ token }) => token.uri) };
  }

  private async readIntermediates(path: string): Promise<Certificate[]> {
    const bytes = await readFile({ readFile: this.readFileOf }, path, 'intermediates');
    try {
      return readCertificates(bytes);
    } catch (error) {
      throw error instanceof X509Error
        ? new CredentialsError('CERTIFICATE_UNREADABLE', `the intermediates file ${path} cannot be read: ${error.message}`, { cause: error })
        : error;
    }
  }

  private async openKey(leaf: Leaf): Promise<Opened> {
    const key = await findKey({
      certificate: leaf.certificate,
      certificateObject: leaf.object,
      certificateSource: leaf.source,
      tokens: this.tokensOfKey(leaf),
      uri: this.privateKeyUri,
      pinUris: this.uris,
    }, this.pins);
    return { leaf, key, proven: !key.confirms };
  }

  /** Where the key is looked for: on the tokens that its URI names, else beside the certificate. */
  private tokensOfKey(leaf: Leaf): readonly Token[] {
    const namesToken = this.privateKeyUri !== undefined && selectsToken(this.privateKeyUri);
    return namesToken || leaf.tokenUris.length === 0 ? this.tokens.fitting(this.privateKeyUri ?? {}) : this.tokensOf(leaf);
  }

  private tokensOf({ tokenUris }: Leaf): readonly Token[] {
    return [...new Set(tokenUris.flatMap((uri) => this.tokens.fitting(uri)))];
  }

  /** The certificates that the chain may be made of. */
  private pool(leaf: Leaf, key: TokenKey): Certificate[] {
    return [...new Set([...this.tokensOf(leaf), key.token])].flatMap((token) => certificatesOn(token, {})).map(({ certificate }) => certificate);
  }

  private async sign(leaf: Leaf, message: Uint8Array, hash: MessageHash): Promise<Uint8Array> {
    const opened = await this.openedFor(leaf);
    const { key } = opened;
    const { certificate } = leaf;
    const confirmation = key.confirms
      ? { pins: this.pins, keyName: `private key "${key.label}"`, reusePin: this.options.reusePin, uris: this.uris } : undefined;
    if (opened.proven) {
      return signWithKey(key, certificate.publicKey, message, hash, confirmation);
    }
    const signature = await signAndVerify(key, certificate, message, hash, confirmation);
    if (signature === undefined) {
      throw mismatch([key], leaf.source);
    }
    opened.proven = true;
    return signature;
  }

  /** The key of an identity that was read before; others may have been read since, and sessions may have ended. */
  private async openedFor(leaf: Leaf): Promise<Opened> {
    if (!this.opened || !bytesEqual(this.opened.leaf.certificate.raw, leaf.certificate.raw)) {
      this.tokens.look();
      this.opened = await this.openKey(leaf);
    }
    return this.opened;
  }
}
