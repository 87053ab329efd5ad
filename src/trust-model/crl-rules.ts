/** What has to hold before a revocation list may be imported for a trust anchor: who made it, what it covers, how old it is. */
import { bytesEqual, Certificate, CertificateRevocationList, toHex } from '../x509';
import { describe } from './path-validation';
import { SignatureVerdict, verifyCertificateSignature } from './signature-verification';

/** Stable names of the rules. */
export type CrlRule =
  | 'CRL_ISSUER_UNKNOWN'
  | 'CRL_SIGNATURE_INVALID'
  | 'CRL_SIGNATURE_NOT_VERIFIABLE'
  | 'CRL_WEAK_SIGNATURE'
  | 'CRL_KEY_USAGE'
  | 'CRL_AUTHORITY_KEY_MISMATCH'
  | 'CRL_DELTA'
  | 'CRL_INDIRECT'
  | 'CRL_CA_CERTIFICATES_ONLY'
  | 'CRL_ATTRIBUTE_CERTIFICATES_ONLY'
  | 'CRL_SOME_REASONS_ONLY'
  | 'CRL_USER_CERTIFICATES_ONLY'
  | 'CRL_DISTRIBUTION_POINT'
  | 'CRL_UNKNOWN_CRITICAL_EXTENSION'
  | 'CRL_NOT_YET_VALID'
  | 'CRL_EXPIRED'
  | 'CRL_NO_NEXT_UPDATE'
  | 'CRL_TOO_LARGE'
  | 'CRL_ROLLBACK'
  | 'CRL_CONFLICT'
  | 'CRL_OTHER_ISSUER';

/** A rule that a revocation list breaks. */
export interface CrlFinding {
  readonly rule: CrlRule;
  /** `error` where the list must not be imported, `warning` where it may be, and somebody should know something about it. */
  readonly severity: 'error' | 'warning';
  /** What is wrong and what to do; it does not repeat which list is meant. */
  readonly message: string;
}

/** What a revocation list is checked against. */
export interface CrlCheckInput {
  /** The certificates whose subject may have issued the list: those of the trust anchor, or of a CA below it. */
  readonly issuers: readonly Certificate[];
  /** The moment for which the list has to be valid. */
  readonly now: Date;
  /** The list that is to be replaced. @default - there is none */
  readonly previous?: CertificateRevocationList;
}

/** The largest list that the service imports, in bytes of PEM (IAM Roles Anywhere API Reference, ImportCrl). */
export const MAX_CRL_PEM_BYTES = 300_000;

/** How far the clock of a CA may be ahead. */
const CLOCK_TOLERANCE_MINUTES = 5;

/** Hashes that the service wants in the signatures of certificates. */
const STRONG_HASHES = ['SHA-256', 'SHA-384', 'SHA-512'];

/** The line ends, the label and the dashes around a PEM body, as `encodePem` writes them. */
const PEM_FRAME_LENGTH = '-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n'.length;

/**
 * Every reason not to import a revocation list, and every caveat where it may be imported. An empty array is a list to be trusted.
 *
 * The service's documents do not say what it checks when a list is imported, nor what it makes of a list that is expired, partial or
 * of a stranger. So the rules are those by which RFC 5280 section 6.3.3 accepts a list, and the service's limit of size.
 *
 * A list that is the same as the previous one is no finding: {@link compareCrls} tells.
 */
export function checkCrl(crl: CertificateRevocationList, input: CrlCheckInput): CrlFinding[] {
  return [
    ...checkIssuer(crl, input.issuers),
    ...checkSignatureHash(crl),
    ...checkScope(crl),
    ...checkAge(crl, input.now),
    ...checkSize(crl),
    ...(input.previous ? checkOrder(crl, input.previous) : []),
  ];
}

function error(rule: CrlRule, message: string): CrlFinding {
  return { rule, severity: 'error', message };
}

function warning(rule: CrlRule, message: string): CrlFinding {
  return { rule, severity: 'warning', message };
}

// ---- who made it

/** A certificate of the issuer's name, and whether its key made the signature. */
interface Candidate {
  readonly issuer: Certificate;
  readonly verdict: SignatureVerdict;
}

function checkIssuer(crl: CertificateRevocationList, issuers: readonly Certificate[]): CrlFinding[] {
  const candidates = issuers
    .filter(({ subject }) => subject.equals(crl.issuer))
    .map((issuer): Candidate => ({ issuer, verdict: verifyCrlSignature(crl, issuer) }));
  if (candidates.length === 0) {
    return [error('CRL_ISSUER_UNKNOWN', `it is issued by "${crl.issuer.toString()}", and the certificates are those of `
      + `${issuers.map(describe).join(' and ') || 'nobody'}; take the list of that CA`)];
  }
  // An anchor may have two certificates of one name while its CA changes keys.
  const signer = candidates.find(({ verdict }) => verdict.verdict === 'verified');
  return signer ? [...checkKeyUsage(signer.issuer), ...checkKeyIdentifier(crl, signer.issuer)] : [whyNotVerified(crl, candidates)];
}

/**
 * Whether the key in `issuer` made the signature on a revocation list.
 *
 * It looks at keys and bytes only, not at names, dates or extensions. It never throws.
 */
export function verifyCrlSignature(crl: CertificateRevocationList, issuer: Certificate): SignatureVerdict {
  const { signatureAlgorithm, signature, tbsCertList } = crl;
  // Signed as a certificate is: only these three fields are looked at.
  return verifyCertificateSignature({ ...issuer, signatureAlgorithm, signature, tbsCertificate: tbsCertList }, issuer);
}

function whyNotVerified(crl: CertificateRevocationList, candidates: readonly Candidate[]): CrlFinding {
  for (const { issuer, verdict } of candidates) {
    if (verdict.verdict === 'unsupported') {
      return error('CRL_SIGNATURE_NOT_VERIFIABLE', `the signature of ${describe(issuer)} on it cannot be verified: ${verdict.reason}`);
    }
  }
  const [{ issuer }] = candidates;
  const wanted = crl.authorityKeyIdentifier?.keyIdentifier;
  const others = candidates.filter((candidate) => wanted && candidate.issuer.subjectKeyIdentifier
    && !bytesEqual(wanted, candidate.issuer.subjectKeyIdentifier));
  const hint = wanted && others.length === candidates.length
    ? `; it names the key ${toHex(wanted)}, which is another one: another CA of the same name, or a key of before`
    : '; it was altered, or another CA of the same name made it';
  return error('CRL_SIGNATURE_INVALID', `it names ${describe(issuer)} as its issuer, but the key of that CA did not sign it${hint}`);
}

/** RFC 5280 6.3.3 (f): a key that may be used for some purposes only has to be one for lists. */
function checkKeyUsage(issuer: Certificate): CrlFinding[] {
  const { keyUsage } = issuer;
  return keyUsage && !keyUsage.includes('cRLSign')
    ? [error('CRL_KEY_USAGE', `the keyUsage of ${describe(issuer)} (${keyUsage.join(', ')}) does not include cRLSign, so that CA may not sign revocation `
      + 'lists; have its certificate issued again')]
    : [];
}

function checkKeyIdentifier(crl: CertificateRevocationList, issuer: Certificate): CrlFinding[] {
  const wanted = crl.authorityKeyIdentifier?.keyIdentifier;
  const found = issuer.subjectKeyIdentifier;
  return wanted && found && !bytesEqual(wanted, found)
    ? [error('CRL_AUTHORITY_KEY_MISMATCH', `it asks for the key ${toHex(wanted)}, and ${describe(issuer)} calls its key ${toHex(found)}, though the key is `
      + 'the right one; readers go by these identifiers, so use the certificate that the CA itself has')]
    : [];
}

function checkSignatureHash({ signatureAlgorithm: { hash, name } }: CertificateRevocationList): CrlFinding[] {
  return hash && !STRONG_HASHES.includes(hash)
    ? [error('CRL_WEAK_SIGNATURE', `it is signed with ${name}, which can be forged; have the CA sign with SHA-256 or stronger`)]
    : [];
}

// ---- what it covers

function checkScope(crl: CertificateRevocationList): CrlFinding[] {
  return [
    ...(crl.deltaBaseNumber === undefined ? [] : [error('CRL_DELTA',
      `it is a delta list: it has only what changed since the list of number ${crl.deltaBaseNumber}; take the complete one`)]),
    ...(crl.issuingDistributionPoint?.indirectCrl || crl.hasCertificateIssuers ? [error('CRL_INDIRECT',
      'it is an indirect list, which has certificates of other CAs too; take the list that each CA makes for its own')] : []),
    ...checkDistributionPoint(crl),
    ...(crl.unknownCriticalExtensions.length === 0 ? [] : [error('CRL_UNKNOWN_CRITICAL_EXTENSION',
      `it has critical extensions that are not evaluated here (${crl.unknownCriticalExtensions.join(', ')}); RFC 5280 5.2 wants such a list not to be used`)]),
  ];
}

function checkDistributionPoint({ issuingDistributionPoint: point }: CertificateRevocationList): CrlFinding[] {
  if (!point) {
    return [];
  }
  const limits: ReadonlyArray<readonly [boolean, CrlFinding]> = [
    [point.onlyContainsCaCerts, error('CRL_CA_CERTIFICATES_ONLY',
      'it covers the certificates of CAs only (onlyContainsCACerts), so it revokes no host; take the list for all certificates')],
    [point.onlyContainsAttributeCerts, error('CRL_ATTRIBUTE_CERTIFICATES_ONLY',
      'it covers attribute certificates only (onlyContainsAttributeCerts), so it revokes no host; take the list for all certificates')],
    [point.onlySomeReasons, error('CRL_SOME_REASONS_ONLY',
      'it covers some reasons of revocation only (onlySomeReasons), so that certificates may be missing; take the list for all reasons')],
    [point.onlyContainsUserCerts, warning('CRL_USER_CERTIFICATES_ONLY',
      'it covers the certificates of hosts only (onlyContainsUserCerts): a CA below that is revoked is not in it')],
    [point.distributionPoint, warning('CRL_DISTRIBUTION_POINT',
      'it covers the certificates that name its distribution point; if the CA spreads its certificates over several lists, as AWS Private CA does with '
      + 'CRLs of type PARTITIONED, this one has only a part of those revoked')],
  ];
  return limits.filter(([isSo]) => isSo).map(([, finding]) => finding);
}

// ---- how old it is

function checkAge({ thisUpdate, nextUpdate }: CertificateRevocationList, now: Date): CrlFinding[] {
  if (thisUpdate.getTime() > now.getTime() + CLOCK_TOLERANCE_MINUTES * 60_000) {
    return [error('CRL_NOT_YET_VALID', `it is of ${thisUpdate.toISOString()}, which is more than ${CLOCK_TOLERANCE_MINUTES} minutes ahead of `
      + `${now.toISOString()}; compare the clocks of the CA and of this machine`)];
  }
  if (!nextUpdate) {
    return [warning('CRL_NO_NEXT_UPDATE', 'it does not say when the next one is due (nextUpdate), so nobody can tell whether it is out of date')];
  }
  return now > nextUpdate
    ? [error('CRL_EXPIRED', `the next one was due on ${nextUpdate.toISOString()}; publish a new list, and see why the CA did not`)]
    : [];
}

function checkSize({ raw, revokedCount }: CertificateRevocationList): CrlFinding[] {
  const size = pemLength(raw.length);
  return size > MAX_CRL_PEM_BYTES
    ? [error('CRL_TOO_LARGE', `with ${revokedCount} entries it is ${size} bytes of PEM, and the service takes ${MAX_CRL_PEM_BYTES}; leave out the `
      + 'certificates that have expired, or issue certificates of a shorter validity')]
    : [];
}

/** Length of the PEM text that `encodePem` would make, without making it. */
function pemLength(derLength: number): number {
  const base64 = Math.ceil(derLength / 3) * 4;
  return PEM_FRAME_LENGTH + base64 + Math.ceil(base64 / 64);
}

// ---- whether it is newer

/**
 * How a list stands to another one. `conflicting`: same number and date, and not the same content, so nobody can tell which of the
 * two holds. `unrelated`: lists of different issuers.
 */
export type CrlOrder = 'newer' | 'same' | 'older' | 'conflicting' | 'unrelated';

/**
 * How list `a` stands to list `b` of the same issuer: by number where both have one (RFC 5280 5.2.3), then by date.
 *
 * Lists whose signed parts are equal are the same, whatever their signatures: ECDSA makes another one each time.
 */
export function compareCrls(a: CertificateRevocationList, b: CertificateRevocationList): CrlOrder {
  if (!a.issuer.equals(b.issuer)) {
    return 'unrelated';
  }
  if (bytesEqual(a.tbsCertList, b.tbsCertList)) {
    return 'same';
  }
  if (a.crlNumber !== undefined && b.crlNumber !== undefined && a.crlNumber !== b.crlNumber) {
    return a.crlNumber > b.crlNumber ? 'newer' : 'older';
  }
  const ahead = a.thisUpdate.getTime() - b.thisUpdate.getTime();
  return ahead === 0 ? 'conflicting' : ahead > 0 ? 'newer' : 'older';
}

function checkOrder(crl: CertificateRevocationList, previous: CertificateRevocationList): CrlFinding[] {
  switch (compareCrls(crl, previous)) {
    case 'older':
      return [error('CRL_ROLLBACK', `it is ${describeAge(crl)}, older than the list it would replace, ${describeAge(previous)}: certificates revoked since `
        + `would be let in again${restartedNumbers(crl, previous)}`)];
    case 'conflicting':
      return [error('CRL_CONFLICT', `it is ${describeAge(crl)}, and so is the list it would replace, with other content: nobody can tell which one holds; `
        + 'have the CA issue a new one')];
    case 'unrelated':
      return [error('CRL_OTHER_ISSUER', `it would replace a list of "${previous.issuer.toString()}", and is itself of "${crl.issuer.toString()}": what that CA `
        + 'revoked would be let in again; import it beside the other one')];
    default:
      return [];
  }
}

function describeAge({ crlNumber, thisUpdate }: CertificateRevocationList): string {
  return `${crlNumber === undefined ? 'without number' : `number ${crlNumber}`} of ${thisUpdate.toISOString()}`;
}

/** A CA that has been set up again may have lost count. */
function restartedNumbers(crl: CertificateRevocationList, previous: CertificateRevocationList): string {
  return crl.thisUpdate > previous.thisUpdate
    ? '. Its date is later all the same: if the CA began to count anew, have it go on above that number'
    : '';
}
