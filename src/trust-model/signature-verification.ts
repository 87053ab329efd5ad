/** Verifies the signature of one certificate with the key of another, as far as this runtime knows the algorithm. */
import { createPublicKey, KeyObject, verify } from 'node:crypto';
import { Certificate, SignatureHash } from '../x509';

/** What came of a verification: `unsupported` where this runtime cannot tell, which is no reason to trust. */
export type SignatureVerdict =
  | { readonly verdict: 'verified' }
  | { readonly verdict: 'wrong' }
  | { readonly verdict: 'unsupported'; /** Why it cannot be verified here. */ readonly reason: string };

/** Names that Node has for the hashes of RSA and ECDSA signatures; MD2 is in no OpenSSL of today. */
const NODE_HASHES: Readonly<Partial<Record<SignatureHash, string>>> = {
  'MD5': 'md5',
  'SHA-1': 'sha1',
  'SHA-224': 'sha224',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/**
 * Whether the key in `issuer` made the signature on `certificate`: RSA with PKCS #1 v1.5 padding, ECDSA, and ML-DSA where the
 * runtime has it (Node 24.6 and later).
 *
 * It looks at keys and bytes only, not at names, dates or extensions. It never throws.
 */
export function verifyCertificateSignature(certificate: Certificate, issuer: Certificate): SignatureVerdict {
  const { keyKind, hash, name } = certificate.signatureAlgorithm;
  if (keyKind !== 'RSA' && keyKind !== 'EC' && keyKind !== 'ML-DSA') {
    return { verdict: 'unsupported', reason: `signatures with ${name} are not verified here` };
  }
  if (issuer.publicKey.kind !== keyKind) {
    return { verdict: 'wrong' };
  }
  const digest = hash && NODE_HASHES[hash];
  if (keyKind !== 'ML-DSA' && !digest) {
    return { verdict: 'unsupported', reason: `signatures with ${name} are not verified here` };
  }
  const key = importPublicKey(issuer);
  if (typeof key === 'string') {
    return { verdict: 'unsupported', reason: key };
  }
  try {
    const good = verify(digest, certificate.tbsCertificate, key, certificate.signature);
    return { verdict: good ? 'verified' : 'wrong' };
  } catch (error) {
    return { verdict: 'unsupported', reason: `${name} is not available in Node ${process.version} (${errorCode(error)})` };
  }
}

/** The key as Node takes it, or in words why Node does not. */
function importPublicKey({ subjectPublicKeyInfo, publicKey }: Certificate): KeyObject | string {
  try {
    return createPublicKey({ key: Buffer.from(subjectPublicKeyInfo), format: 'der', type: 'spki' });
  } catch (error) {
    return publicKey.kind === 'ML-DSA'
      ? `${publicKey.parameterSet} signatures cannot be verified with Node ${process.version}; Node 24.6 and later can`
      : `Node ${process.version} does not take the issuer's ${publicKey.kind} key (${errorCode(error)})`;
  }
}

/** OpenSSL's messages are long and vary with its version; the code is enough to look the reason up. */
function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).name;
}
