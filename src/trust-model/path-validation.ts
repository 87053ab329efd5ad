/** Builds and validates the path from a host's certificate to a trust anchor (RFC 5280 section 6), and says what it found at every check. */
import { bytesEqual, Certificate, Extension, toHex } from '../x509';
import { CertificateFinding, checkCaCertificate, checkEndEntityCertificate, checkValidity } from './certificate-rules';
import { verifyCertificateSignature } from './signature-verification';

/** The most certificates that a request may carry beside the one of the host (User Guide, "Authentication"). */
export const MAX_CHAIN_LENGTH = 5;

/** What is asked of a path, in the order of the asking. */
export type PathCheckId = 'certificate-rules' | 'chain-length' | 'path' | 'ca-rules' | 'path-length' | 'validity';

/** Stable names of what can be wrong with a path, those of {@link CertificateFinding} included. */
export type PathFailureCode =
  | CertificateFinding['rule']
  | 'CHAIN_TOO_LONG'
  | 'NO_ANCHOR_CERTIFICATE'
  | 'ISSUER_NOT_FOUND'
  | 'SIGNATURE_INVALID'
  | 'SIGNATURE_NOT_VERIFIABLE'
  | 'PATH_LENGTH_EXCEEDED'
  | 'NAME_CONSTRAINTS_NOT_SUPPORTED';

/** One thing that is wrong. */
export interface PathFailure {
  readonly code: PathFailureCode;
  /** What is wrong and what to do, with the certificate concerned named by its subject. */
  readonly message: string;
  /** The service's documents do not say that it refuses this; here it is refused. */
  readonly undocumented?: boolean;
}

/** How one check came out. */
export interface PathCheck {
  readonly id: PathCheckId;
  /** `skipped` where there was nothing to check, because no path was found. */
  readonly status: 'passed' | 'failed' | 'skipped';
  /** What the check saw, in words. */
  readonly facts: readonly string[];
  /** Empty unless the status is `failed`. */
  readonly failures: readonly PathFailure[];
}

/** What is known of a certificate's way to its anchor. */
export interface PathValidation {
  /** Whether every check passed. */
  readonly valid: boolean;
  /** Every check, in order, the passed ones too. */
  readonly checks: readonly PathCheck[];
  /** The host's certificate, the intermediates from it upwards, and the anchor. Where no path was found: as far as it goes. */
  readonly path: readonly Certificate[];
  /** The certificate of the anchor that the path ends in. */
  readonly anchor?: Certificate;
}

/** What is to be validated. */
export interface PathInput {
  /** The certificate of the host. */
  readonly endEntity: Certificate;
  /** The certificates that came with it, in any order. */
  readonly intermediates: readonly Certificate[];
  /** The certificates of the trust anchor. They are trusted for what they are: roots or intermediates. */
  readonly anchors: readonly Certificate[];
  /** The moment for which validity is asked. */
  readonly at: Date;
}

/**
 * Validates a host's certificate against the certificates of one trust anchor.
 *
 * Every certificate of the path, the anchor included, has to be in its validity, and every CA in it has to keep the rules for CA
 * certificates. Where several paths exist, one that passes every check is taken. Never throws.
 *
 * What the service's documents leave open is refused: name constraints and other extensions that are not evaluated here, signature
 * algorithms that are not documented, and an anchor that is itself expired.
 *
 * Source: RFC 5280 section 6.1; IAM Roles Anywhere User Guide, "The IAM Roles Anywhere trust model".
 */
export function validatePath(input: PathInput): PathValidation {
  const search = new PathSearch(input);
  const attempts = search.completePaths().map((path) => checkPath(path, input));
  const best = attempts.find(({ valid }) => valid) ?? attempts.sort((a, b) => failureCount(a) - failureCount(b))[0];
  return best ?? withoutPath(input, search);
}

function failureCount({ checks }: PathValidation): number {
  return checks.reduce((sum, { failures }) => sum + failures.length, 0);
}

function checkPath(path: readonly Certificate[], input: PathInput): PathValidation {
  const checks = [
    endEntityCheck(input),
    chainLengthCheck(input),
    pathCheck(path),
    caRulesCheck(path),
    pathLengthCheck(path),
    validityCheck(path, input.at),
  ];
  return { valid: checks.every(({ status }) => status === 'passed'), checks, path, anchor: path[path.length - 1] };
}

function withoutPath(input: PathInput, search: PathSearch): PathValidation {
  const { path, failure } = search.deadEnd();
  const checks = [
    endEntityCheck(input),
    chainLengthCheck(input),
    checkOf('path', path.slice(1).map((issuer, i) => `${describe(path[i])} is signed by ${describe(issuer)}`), [failure]),
    skipped('ca-rules'),
    skipped('path-length'),
    // The dates of the host's own certificate are worth knowing whatever else is wrong with it.
    validityCheck([input.endEntity], input.at),
  ];
  return { valid: false, checks, path };
}

function checkOf(id: PathCheckId, facts: readonly string[], failures: readonly PathFailure[]): PathCheck {
  return { id, status: failures.length > 0 ? 'failed' : 'passed', facts, failures };
}

function skipped(id: PathCheckId): PathCheck {
  return { id, status: 'skipped', facts: ['there is no path to check'], failures: [] };
}

/** A certificate for messages: by its subject, or by its serial number where that is empty. */
export function describe({ subject, serialNumberHex }: Certificate): string {
  return subject.isEmpty ? `certificate ${serialNumberHex} (empty subject)` : `"${subject.toString()}"`;
}

function failureOf(certificate: Certificate, { rule, message, undocumented }: CertificateFinding): PathFailure {
  return { code: rule, message: `${describe(certificate)}: ${message}`, ...(undocumented ? { undocumented } : {}) };
}

function endEntityCheck({ endEntity }: PathInput): PathCheck {
  const failures = checkEndEntityCertificate(endEntity).map((finding) => failureOf(endEntity, finding));
  const facts = [
    `subject ${describe(endEntity)}, issued by "${endEntity.issuer.toString()}", serial number ${endEntity.serialNumberHex}`,
    `key ${keyText(endEntity)}, signed with ${endEntity.signatureAlgorithm.name}, key usage ${endEntity.keyUsage?.join(', ') ?? 'not stated'}`,
  ];
  return checkOf('certificate-rules', facts, failures);
}

function keyText({ publicKey }: Certificate): string {
  switch (publicKey.kind) {
    case 'RSA': return `RSA ${publicKey.modulusBits} bits`;
    case 'EC': return `EC ${publicKey.curve}`;
    case 'ML-DSA': return publicKey.parameterSet;
    default: return publicKey.oid;
  }
}

function chainLengthCheck({ intermediates }: PathInput): PathCheck {
  const failures: PathFailure[] = intermediates.length > MAX_CHAIN_LENGTH ? [{
    code: 'CHAIN_TOO_LONG',
    message: `${intermediates.length} certificates come with the host's, and the service takes ${MAX_CHAIN_LENGTH}; send those between host and anchor only`,
  }] : [];
  return checkOf('chain-length', [`${intermediates.length} certificates come with the host's, of at most ${MAX_CHAIN_LENGTH}`], failures);
}

function pathCheck(path: readonly Certificate[]): PathCheck {
  const links = path.slice(1).map((issuer, i) => `${describe(path[i])} is signed by ${describe(issuer)}`);
  return checkOf('path', [...links, `${describe(path[path.length - 1])} is a certificate of the trust anchor`], []);
}

function caRulesCheck(path: readonly Certificate[]): PathCheck {
  const failures = path.slice(1).flatMap((ca) => [
    ...checkCaCertificate(ca).map((finding) => failureOf(ca, finding)),
    ...nameConstraintsFailure(ca),
  ]);
  return checkOf('ca-rules', [`${path.length - 1} CA certificates checked: basicConstraints, keyUsage, signature algorithm, critical extensions`], failures);
}

/** Marked critical they are unknown critical extensions already; RFC 5280 4.2.1.10 applies them in either case. */
function nameConstraintsFailure(ca: Certificate): PathFailure[] {
  const extension = ca.extensions.find(({ oid }) => oid === Extension.NAME_CONSTRAINTS);
  return extension && !extension.critical ? [{
    code: 'NAME_CONSTRAINTS_NOT_SUPPORTED',
    message: `${describe(ca)}: it has nameConstraints, which are not evaluated here; what the service makes of them is not documented`,
    undocumented: true,
  }] : [];
}

/** RFC 5280 4.2.1.9: self-issued certificates and the host's own do not count. */
function pathLengthCheck(path: readonly Certificate[]): PathCheck {
  const failures: PathFailure[] = [];
  let below = 0;
  for (const ca of path.slice(1)) {
    const limit = ca.basicConstraints?.pathLength;
    if (limit !== undefined && below > limit) {
      failures.push({
        code: 'PATH_LENGTH_EXCEEDED',
        message: `${describe(ca)} allows ${limit} CA certificates below it (pathLenConstraint), and there are ${below}`,
      });
    }
    below += ca.subject.equals(ca.issuer) ? 0 : 1;
  }
  const stated = path.slice(1).filter(({ basicConstraints }) => basicConstraints?.pathLength !== undefined).length;
  return checkOf('path-length', [stated === 0 ? 'no CA certificate limits the length of the path' : `${stated} CA certificates limit the length of the path`],
    failures);
}

function validityCheck(path: readonly Certificate[], at: Date): PathCheck {
  const failures: PathFailure[] = [];
  for (const certificate of path) {
    const finding = checkValidity(certificate, at);
    if (finding) {
      failures.push(failureOf(certificate, finding));
    }
  }
  const facts = path.map((certificate) =>
    `${describe(certificate)} is valid from ${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}`);
  return checkOf('validity', [`the moment is ${at.toISOString()}`, ...facts], failures);
}

interface DeadEnd {
  readonly path: readonly Certificate[];
  readonly failure: PathFailure;
}

/**
 * Looks for issuers by name and signature, upwards from the host.
 *
 * No certificate stands twice in a path and each pair is verified once, so certificates that CAs issued to each other cannot make it
 * run in circles, and five intermediates bound the number of paths.
 */
class PathSearch {
  private readonly intermediates: readonly Certificate[];
  private readonly verdicts = new Map<Certificate, Map<Certificate, ReturnType<typeof verifyCertificateSignature>>>();

  public constructor(private readonly input: PathInput) {
    // Clients send the host's own certificate or the anchor's along; neither makes a difference.
    const known = [input.endEntity, ...input.anchors];
    const distinct: Certificate[] = [];
    for (const candidate of input.intermediates.slice(0, MAX_CHAIN_LENGTH)) {
      if (![...known, ...distinct].some(({ raw }) => bytesEqual(raw, candidate.raw))) {
        distinct.push(candidate);
      }
    }
    this.intermediates = distinct;
  }

  /** Every path from the host to an anchor certificate, each link verified, the shortest first. */
  public completePaths(): Certificate[][] {
    return this.extend([this.input.endEntity]).sort((a, b) => a.length - b.length);
  }

  /** Where the search ended without an anchor, and why: the longest of the ways. */
  public deadEnd(): DeadEnd {
    const ways = this.walk([this.input.endEntity]).sort((a, b) => b.length - a.length);
    const path = ways[0];
    return { path, failure: this.whyNoIssuer(path[path.length - 1], path) };
  }

  private extend(path: readonly Certificate[]): Certificate[][] {
    const last = path[path.length - 1];
    const ended = this.input.anchors.filter((anchor) => this.signedBy(last, anchor)).map((anchor) => [...path, anchor]);
    return [...ended, ...this.next(path).flatMap((longer) => this.extend(longer))];
  }

  private walk(path: readonly Certificate[]): Certificate[][] {
    return [[...path], ...this.next(path).flatMap((longer) => this.walk(longer))];
  }

  private next(path: readonly Certificate[]): Certificate[][] {
    const last = path[path.length - 1];
    return this.intermediates
      .filter((candidate) => !path.includes(candidate) && this.signedBy(last, candidate))
      .map((candidate) => [...path, candidate]);
  }

  private signedBy(certificate: Certificate, issuer: Certificate): boolean {
    return issuer.subject.equals(certificate.issuer) && this.verdict(certificate, issuer).verdict === 'verified';
  }

  private verdict(certificate: Certificate, issuer: Certificate): ReturnType<typeof verifyCertificateSignature> {
    const byIssuer = this.verdicts.get(certificate) ?? new Map();
    const verdict = byIssuer.get(issuer) ?? verifyCertificateSignature(certificate, issuer);
    this.verdicts.set(certificate, byIssuer.set(issuer, verdict));
    return verdict;
  }

  private whyNoIssuer(certificate: Certificate, path: readonly Certificate[]): PathFailure {
    if (this.input.anchors.length === 0) {
      return { code: 'NO_ANCHOR_CERTIFICATE', message: 'the trust anchor has no certificate to end a path in' };
    }
    const candidates = [...this.input.anchors, ...this.intermediates].filter((candidate) => !path.includes(candidate));
    const named = candidates.filter(({ subject }) => subject.equals(certificate.issuer));
    for (const candidate of named) {
      const verdict = this.verdict(certificate, candidate);
      if (verdict.verdict === 'unsupported') {
        return {
          code: 'SIGNATURE_NOT_VERIFIABLE',
          message: `the signature of ${describe(candidate)} on ${describe(certificate)} cannot be verified: ${verdict.reason}`,
          undocumented: true,
        };
      }
    }
    return named.length > 0 ? this.wrongKey(certificate, named) : this.issuerMissing(certificate);
  }

  private wrongKey(certificate: Certificate, named: readonly Certificate[]): PathFailure {
    const [issuer] = named;
    const wanted = certificate.authorityKeyIdentifier?.keyIdentifier;
    const found = issuer.subjectKeyIdentifier;
    const hint = wanted && found && !bytesEqual(wanted, found)
      ? `; it asks for the key with identifier ${toHex(wanted)} and this CA has ${toHex(found)}: another CA of the same name, or a key of before`
      : '';
    return {
      code: 'SIGNATURE_INVALID',
      message: `${describe(certificate)} names ${describe(issuer)} as its issuer, but the key of that CA did not sign it${hint}`,
    };
  }

  private issuerMissing(certificate: Certificate): PathFailure {
    const anchors = this.input.anchors.map(describe).join(' and ');
    const selfIssued = certificate.subject.equals(certificate.issuer);
    return {
      code: 'ISSUER_NOT_FOUND',
      message: selfIssued
        ? `${describe(certificate)} is issued by itself and is not a certificate of the trust anchor, which is ${anchors}`
        : `${describe(certificate)} is issued by "${certificate.issuer.toString()}", which is neither the trust anchor (${anchors}) `
          + 'nor among the certificates sent along; send the intermediates, or use the anchor of that CA',
    };
  }
}
