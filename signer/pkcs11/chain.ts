/** Puts together the certificates between a host's own and the trust anchor from those that lie on its token. */
import { KeyObject, X509Certificate } from 'node:crypto';
import { MAX_CHAIN_LENGTH } from '../../src/create-session/certificate-headers';
import { CredentialsError } from '../../src/credentials/errors';
import { bytesEqual, Certificate, RSASSA_PSS } from '../../src/x509';

/**
 * The chain to send: first the issuer of each certificate in turn, as far as they are in the pool, and then what was given by hand.
 * Roots are left out of what comes from the pool, since the trust anchor has them.
 *
 * @param pool what lies on the tokens
 * @param given what is sent in any case
 * @throws CredentialsError `CHAIN_TOO_LONG`
 */
export function buildChain(leaf: Certificate, pool: readonly Certificate[], given: readonly Certificate[]): Certificate[] {
  const chain: Certificate[] = [];
  const add = (certificate: Certificate) => {
    if (![leaf, ...chain].some(({ raw }) => bytesEqual(raw, certificate.raw))) {
      chain.push(certificate);
    }
  };
  issuersOf(leaf, [...pool, ...given]).forEach(add);
  given.forEach(add);
  if (chain.length > MAX_CHAIN_LENGTH) {
    throw new CredentialsError('CHAIN_TOO_LONG',
      `there are ${chain.length} certificates beside the host's own, and Roles Anywhere takes ${MAX_CHAIN_LENGTH}; leave those out that the trust anchor has`);
  }
  return chain;
}

function issuersOf(leaf: Certificate, pool: readonly Certificate[]): Certificate[] {
  const issuers: Certificate[] = [];
  let current = leaf;
  while (issuers.length < MAX_CHAIN_LENGTH) {
    const issuer = pool.find((candidate) => !issuers.includes(candidate) && !isRoot(candidate) && hasIssued(candidate, current));
    if (!issuer) {
      break;
    }
    issuers.push(issuer);
    current = issuer;
  }
  return issuers;
}

function isRoot({ subject, issuer }: Certificate): boolean {
  return subject.equals(issuer);
}

/** By name first, which costs nothing, and then by signature, since CAs of one name may have several keys. */
function hasIssued(issuer: Certificate, certificate: Certificate): boolean {
  return issuer.subject.equals(certificate.issuer) && (isSignedBy(certificate, issuer) ?? hasKeyIdentifierOf(certificate, issuer));
}

/** Undefined where the runtime cannot tell: Bun lacks some curves, and RSASSA-PSS with other salts than the usual ones. */
function isSignedBy(certificate: Certificate, issuer: Certificate): boolean | undefined {
  let publicKey: KeyObject;
  try {
    ({ publicKey } = new X509Certificate(issuer.raw));
  } catch {
    return undefined;
  }
  return new X509Certificate(certificate.raw).verify(publicKey) || (certificate.signatureAlgorithm.oid === RSASSA_PSS ? undefined : false);
}

function hasKeyIdentifierOf({ authorityKeyIdentifier }: Certificate, { subjectKeyIdentifier }: Certificate): boolean {
  const wanted = authorityKeyIdentifier?.keyIdentifier;
  return wanted !== undefined && subjectKeyIdentifier !== undefined && bytesEqual(wanted, subjectKeyIdentifier);
}
