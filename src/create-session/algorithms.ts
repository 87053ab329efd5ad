/** The signature algorithms of CreateSession: which one a key makes, and how WebCrypto calls it, in one table. */
import { Certificate, PublicKeyKind } from '../x509';
import { ecdsaSignatureFromDer, ecdsaSignatureToDer } from './ecdsa-signature';
import { CreateSessionError } from './errors';

/** Names of the algorithms in the Authorization header and the string to sign (User Guide, "Signing process"). */
export type AlgorithmName = 'AWS4-X509-RSA-SHA256' | 'AWS4-X509-ECDSA-SHA256' | 'AWS4-X509-MLDSA';

/** Every algorithm name. */
export const ALGORITHM_NAMES: readonly AlgorithmName[] = ['AWS4-X509-RSA-SHA256', 'AWS4-X509-ECDSA-SHA256', 'AWS4-X509-MLDSA'];

type KeyParameters = { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** What a kind of key means for signing. */
export interface SigningAlgorithm {
  /** How the service calls it. */
  readonly name: AlgorithmName;
  /** What WebCrypto imports the key with. */
  readonly keyParameters: KeyParameters;
  /** What WebCrypto signs and verifies with. */
  readonly signatureParameters: KeyParameters;
  /** From WebCrypto's signature to the bytes on the wire. */
  readonly toWire: (signature: Uint8Array) => Uint8Array;
  /** And back. */
  readonly fromWire: (signature: Uint8Array) => Uint8Array;
}

/** Octets of a coordinate for each curve that WebCrypto and the service share. */
const COORDINATE_LENGTHS: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

const unchanged = (signature: Uint8Array) => signature;

/** One row a kind of key. SHA-256 belongs to the algorithm's name, so it is the hash for every RSA size and every curve. */
const ALGORITHMS = {
  RSA: (): SigningAlgorithm => {
    const parameters = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    return { name: 'AWS4-X509-RSA-SHA256', keyParameters: parameters, signatureParameters: parameters, toWire: unchanged, fromWire: unchanged };
  },
  EC: (curve: string, coordinateLength: number): SigningAlgorithm => ({
    name: 'AWS4-X509-ECDSA-SHA256',
    keyParameters: { name: 'ECDSA', namedCurve: curve },
    signatureParameters: { name: 'ECDSA', hash: 'SHA-256' },
    toWire: (signature) => ecdsaSignatureToDer(signature, coordinateLength),
    fromWire: (signature) => ecdsaSignatureFromDer(signature, coordinateLength),
  }),
  // FIPS 204 pure ML-DSA with an empty context signs the message itself; WebCrypto names the algorithm after the parameter set.
  ML_DSA: (parameterSet: string): SigningAlgorithm => {
    const parameters = { name: parameterSet };
    return { name: 'AWS4-X509-MLDSA', keyParameters: parameters, signatureParameters: parameters, toWire: unchanged, fromWire: unchanged };
  },
};

/**
 * The algorithm that a key signs with. It follows the key alone; how the certificate itself was signed plays no part.
 *
 * @throws CreateSessionError `KEY_NOT_SUPPORTED` for keys that Roles Anywhere does not take
 */
export function signingAlgorithmOf(publicKey: PublicKeyKind): SigningAlgorithm {
  if (publicKey.kind === 'RSA') {
    return ALGORITHMS.RSA();
  }
  if (publicKey.kind === 'ML-DSA') {
    return ALGORITHMS.ML_DSA(publicKey.parameterSet);
  }
  if (publicKey.kind === 'EC' && COORDINATE_LENGTHS[publicKey.curve]) {
    return ALGORITHMS.EC(publicKey.curve, COORDINATE_LENGTHS[publicKey.curve]);
  }
  throw new CreateSessionError('KEY_NOT_SUPPORTED',
    `${describeKey(publicKey)} is not a kind of key that can sign here; RSA, EC on P-256, P-384 or P-521, and ML-DSA are`);
}

/** Public keys by algorithm identifier that people are likely to try. */
const OTHER_KEYS: Readonly<Record<string, string>> = {
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
  '1.2.840.113549.1.1.10': 'RSASSA-PSS',
  '1.2.840.10040.4.1': 'DSA',
};

/** A kind of key in words for messages: `RSA 2048`, `EC P-256`, `Ed25519`. */
export function describeKey(publicKey: PublicKeyKind): string {
  switch (publicKey.kind) {
    case 'RSA':
      return `RSA ${publicKey.modulusBits}`;
    case 'EC':
      return `EC ${publicKey.curve}`;
    case 'ML-DSA':
      return publicKey.parameterSet;
    default:
      return OTHER_KEYS[publicKey.oid] ?? `a key of algorithm ${publicKey.oid}`;
  }
}

/** Hashes that RSA and EC keys can sign with. CreateSession knows SHA-256 only. */
export type MessageHash = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** Something that signs, wherever its key lies. */
export interface MessageSigner {
  /**
   * Signs the whole message; the result has the form that goes over the wire (ASN.1 DER for ECDSA).
   *
   * @param hash another hash than CreateSession's, for RSA and EC; ML-DSA signs the message itself. @default 'SHA-256'
   */
  sign(message: Uint8Array, hash?: MessageHash): Promise<Uint8Array>;
}

/**
 * A signer with a private key in memory.
 *
 * @param publicKey the kind of the certificate's key, which decides on the algorithm
 * @param pkcs8 the private key, DER of PrivateKeyInfo (RFC 5208)
 * @throws CreateSessionError `KEY_NOT_SUPPORTED`, `KEY_INVALID` where the bytes are not such a key, `ALGORITHM_NOT_AVAILABLE`
 * where the runtime lacks the algorithm
 */
export async function privateKeySigner(publicKey: PublicKeyKind, pkcs8: Uint8Array): Promise<MessageSigner> {
  const algorithm = signingAlgorithmOf(publicKey);
  const key = await importKey('pkcs8', pkcs8, algorithm, publicKey, 'sign');
  return {
    sign: async (message, hash = 'SHA-256') => {
      // WebCrypto binds an RSA key to one hash when it is imported.
      const other = hash === 'SHA-256' ? undefined : withHash(algorithm, hash);
      const [used, usedKey] = other ? [other, await importKey('pkcs8', pkcs8, other, publicKey, 'sign')] : [algorithm, key];
      return used.toWire(new Uint8Array(await crypto.subtle.sign(used.signatureParameters, usedKey, message)));
    },
  };
}

function withHash(algorithm: SigningAlgorithm, hash: MessageHash): SigningAlgorithm {
  const change = (parameters: KeyParameters) => (parameters.hash === undefined ? parameters : { ...parameters, hash });
  return { ...algorithm, keyParameters: change(algorithm.keyParameters), signatureParameters: change(algorithm.signatureParameters) };
}

/**
 * Whether a signature, in the form it has on the wire, was made over the message with the private key of a certificate.
 *
 * @param hash as for {@link MessageSigner.sign}
 * @throws CreateSessionError `KEY_NOT_SUPPORTED`, `KEY_INVALID`, `ALGORITHM_NOT_AVAILABLE`, `BAD_SIGNATURE_ENCODING`
 */
export async function verifySignature(
  certificate: Pick<Certificate, 'publicKey' | 'subjectPublicKeyInfo'>, message: Uint8Array, signature: Uint8Array, hash: MessageHash = 'SHA-256',
): Promise<boolean> {
  const ordinary = signingAlgorithmOf(certificate.publicKey);
  const algorithm = hash === 'SHA-256' ? ordinary : withHash(ordinary, hash);
  const raw = algorithm.fromWire(signature);
  const key = await importKey('spki', certificate.subjectPublicKeyInfo, algorithm, certificate.publicKey, 'verify');
  return crypto.subtle.verify(algorithm.signatureParameters, key, raw, message);
}

async function importKey(
  format: 'pkcs8' | 'spki', bytes: Uint8Array, algorithm: SigningAlgorithm, kind: PublicKeyKind, use: 'sign' | 'verify',
): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey(format, bytes, algorithm.keyParameters as { name: string }, false, [use]);
  } catch (error) {
    const side = use === 'sign' ? 'private' : 'public';
    // The runtime's own message is left out: it could quote what it was given.
    throw (error as Error).name === 'NotSupportedError'
      ? new CreateSessionError('ALGORITHM_NOT_AVAILABLE', `this runtime cannot use ${describeKey(kind)} keys${availableFrom(kind)}`)
      : new CreateSessionError('KEY_INVALID', `the ${side} key is not a usable ${describeKey(kind)} key`);
  }
}

function availableFrom(kind: PublicKeyKind): string {
  return kind.kind === 'ML-DSA' ? '; ML-DSA needs Node.js 24.7 or the standalone binary' : '';
}
