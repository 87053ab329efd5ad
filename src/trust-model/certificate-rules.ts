/** What IAM Roles Anywhere demands of certificates: one function for CAs, one for hosts, shared by synth-time checks and the simulator. */
import { Certificate } from '../x509';

/** Stable names of the rules. */
export type CertificateRule =
  | 'CA_BASIC_CONSTRAINTS'
  | 'CA_KEY_USAGE'
  | 'END_ENTITY_VERSION'
  | 'END_ENTITY_IS_CA'
  | 'END_ENTITY_KEY_USAGE'
  | 'END_ENTITY_EMPTY_SUBJECT'
  | 'WEAK_SIGNATURE'
  | 'UNDOCUMENTED_SIGNATURE'
  | 'UNSUPPORTED_KEY'
  | 'EXPIRED'
  | 'NOT_YET_VALID'
  | 'UNKNOWN_CRITICAL_EXTENSION';

/** A rule that a certificate breaks. */
export interface CertificateFinding {
  readonly rule: CertificateRule;
  /** What is wrong and what to do; it does not repeat which certificate is meant. */
  readonly message: string;
  /** The service's documents do not say that it refuses this; here it is treated as refused, and said so. */
  readonly undocumented?: boolean;
}

type Check = (certificate: Certificate) => CertificateFinding | undefined;

/** Hashes that are strong enough; signatures with MD5 and SHA-1 are refused. */
const STRONG_HASHES = ['SHA-256', 'SHA-384', 'SHA-512'];

const SIGNATURE_CHECKS: readonly Check[] = [
  ({ signatureAlgorithm: { hash, name } }) => (hash && !STRONG_HASHES.includes(hash)
    ? { rule: 'WEAK_SIGNATURE', message: `it is signed with ${name}; Roles Anywhere wants SHA-256 or stronger, so have it issued again` }
    : undefined),
  ({ signatureAlgorithm: { keyKind, hash, name } }) => (keyKind === 'ML-DSA' || (hash && (keyKind === 'RSA' || keyKind === 'EC'))
    ? undefined
    : {
      rule: 'UNDOCUMENTED_SIGNATURE',
      message: `it is signed with ${name}, which Roles Anywhere does not document; RSA (PKCS #1 v1.5), ECDSA and ML-DSA are`,
      undocumented: true,
    }),
];

const CA_CHECKS: readonly Check[] = [
  ({ basicConstraints }) => (basicConstraints?.ca
    ? undefined
    : {
      rule: 'CA_BASIC_CONSTRAINTS',
      message: basicConstraints
        ? 'its basicConstraints say CA:false: it is not the certificate of a CA; use the certificate of its issuer'
        : 'it has no basicConstraints extension with CA:true, so it is no CA certificate',
    }),
  ({ keyUsage }) => (keyUsage?.includes('keyCertSign') ? undefined : { rule: 'CA_KEY_USAGE', message: missingKeyUsage(keyUsage, 'keyCertSign') }),
  ...SIGNATURE_CHECKS,
  supportedKey,
  unknownCriticalExtension,
];

const END_ENTITY_CHECKS: readonly Check[] = [
  ({ version }) => (version === 3
    ? undefined
    : { rule: 'END_ENTITY_VERSION', message: `it is of X.509 version ${version}; Roles Anywhere wants version 3` }),
  ({ basicConstraints }) => (basicConstraints?.ca
    ? { rule: 'END_ENTITY_IS_CA', message: 'its basicConstraints say CA:true; a host needs a certificate of its own, issued with CA:false' }
    : undefined),
  ({ keyUsage }) => (keyUsage?.includes('digitalSignature')
    ? undefined
    : { rule: 'END_ENTITY_KEY_USAGE', message: missingKeyUsage(keyUsage, 'digitalSignature') }),
  ({ subject }) => (subject.isEmpty
    ? { rule: 'END_ENTITY_EMPTY_SUBJECT', message: 'its subject is empty, which Roles Anywhere does not support' }
    : undefined),
  ...SIGNATURE_CHECKS,
  supportedKey,
  unknownCriticalExtension,
];

function missingKeyUsage(keyUsage: Certificate['keyUsage'], wanted: string): string {
  return keyUsage
    ? `its keyUsage (${keyUsage.join(', ')}) does not include ${wanted}`
    : `it has no keyUsage extension; Roles Anywhere wants one that includes ${wanted}`;
}

function supportedKey({ publicKey }: Certificate): CertificateFinding | undefined {
  return publicKey.kind === 'other'
    ? { rule: 'UNSUPPORTED_KEY', message: `its key is of a kind (${publicKey.oid}) that Roles Anywhere does not support; RSA, EC and ML-DSA are` }
    : undefined;
}

function unknownCriticalExtension({ unknownCriticalExtensions }: Certificate): CertificateFinding | undefined {
  return unknownCriticalExtensions.length === 0 ? undefined : {
    rule: 'UNKNOWN_CRITICAL_EXTENSION',
    message: `it has critical extensions that are not evaluated here (${unknownCriticalExtensions.join(', ')}); `
      + 'RFC 5280 4.2 wants such a certificate refused',
    undocumented: true,
  };
}

/**
 * Every rule that a certificate breaks as trust anchor or intermediate, its validity aside.
 *
 * Source: IAM Roles Anywhere User Guide, "The IAM Roles Anywhere trust model".
 */
export function checkCaCertificate(certificate: Certificate): CertificateFinding[] {
  return applyChecks(CA_CHECKS, certificate);
}

/**
 * Every rule that a certificate breaks as the certificate of a host, its validity aside.
 *
 * Source: IAM Roles Anywhere User Guide, "The IAM Roles Anywhere trust model".
 */
export function checkEndEntityCertificate(certificate: Certificate): CertificateFinding[] {
  return applyChecks(END_ENTITY_CHECKS, certificate);
}

function applyChecks(checks: readonly Check[], certificate: Certificate): CertificateFinding[] {
  return checks.map((check) => check(certificate)).filter((finding) => finding !== undefined);
}

/** Whether a moment lies in the validity of a certificate (RFC 5280 4.1.2.5; both ends included). */
export function checkValidity({ notBefore, notAfter }: Certificate, at: Date): CertificateFinding | undefined {
  if (at < notBefore) {
    return { rule: 'NOT_YET_VALID', message: `it is valid from ${notBefore.toISOString()} on, which is not yet` };
  }
  return at > notAfter ? { rule: 'EXPIRED', message: `it expired on ${notAfter.toISOString()}; have it issued again` } : undefined;
}
