/** The step that asks whether a certificate on the path is revoked: what the imported lists say, and whether they can be believed. */
import { checkCrl } from '../trust-model/crl-rules';
import { describe } from '../trust-model/path-validation';
import { bytesEqual, Certificate, CertificateRevocationList, readCrls, RevokedCertificate, X509Error } from '../x509';
import { ImportedCrl } from './account-state';
import { failed, passed, StepOutcome } from './decision';
import { cannotDecide, ServiceErrors } from './service-errors';

/** What a revocation check has to go by. */
export interface RevocationInput {
  /** The lists that are, or may be, imported for the anchor, the disabled ones too. */
  readonly crls: readonly ImportedCrl[];
  /** The host's certificate first, the anchor's last. */
  readonly path: readonly Certificate[];
  /** Every certificate of the anchor. While its CA changes keys, a list may be signed by another one than that of the path. */
  readonly anchorCertificates: readonly Certificate[];
  readonly at: Date;
}

const NOT_CALLED = 'the service itself follows neither CRL distribution points nor OCSP: a certificate is revoked by an imported list only';

const FAIL_CLOSED = 'the request is refused because of that; what the service does with such a list is not documented';

/** What one list has to say about one path. */
interface Assessment {
  readonly facts: readonly string[];
  /** The certificates of the path that the list speaks about, and is believed. */
  readonly covered: readonly Certificate[];
  /** Why the request is refused. @default - this list does not stand in its way */
  readonly refusal?: StepOutcome;
}

/** A list that was read, or why it could not be. */
type ReadList = { readonly list: CertificateRevocationList } | { readonly problem: string };

/**
 * Decides whether anything on a path is revoked.
 *
 * A certificate is revoked when an enabled list of the trust anchor, made by the certificate's issuer, has its serial number. The
 * certificates of the anchor itself are trusted for what they are.
 *
 * A list has to be one that can be believed: signed by the issuer it names, in date, complete, and without anything that is not understood
 * (RFC 5280 6.3.3). If one that should speak about the path is not, the request is refused, and so it is if a list cannot be read at all
 * or is an indirect one, which may speak about anybody. The service's documents leave open what it does then; refusing is the strict answer.
 */
export class RevocationChecker {
  /** Reading a list takes milliseconds, and looking a certificate up in it microseconds. */
  private readonly lists = new WeakMap<ImportedCrl, ReadList>();

  /** Checks one path. */
  public check(input: RevocationInput): StepOutcome {
    const assessments = input.crls.map((crl) => this.assess(crl, input));
    const refusals = assessments.map(({ refusal }) => refusal).filter((refusal) => refusal !== undefined);
    const facts = [NOT_CALLED, ...assessments.flatMap((assessment) => assessment.facts)];
    if (refusals.length === 0) {
      return passed(...facts, ...this.gaps(assessments, input));
    }
    // That a certificate is revoked is known for certain, and matters more than what is wrong with another list.
    const first = refusals.find(({ error }) => error === ServiceErrors.certificateRevoked) ?? refusals[0];
    const others = refusals.filter((refusal) => refusal !== first);
    return { ...first, facts: [...facts, ...first.facts, ...others.flatMap(({ reason = '', facts: more }) => [reason, ...more])] };
  }

  /** Certificates that nobody spoke about: they count as not revoked, and somebody may have thought that they are checked. */
  private gaps(assessments: readonly Assessment[], { path }: RevocationInput): string[] {
    const covered = assessments.flatMap((assessment) => assessment.covered);
    return subjectsOf(path)
      .filter((certificate) => !covered.includes(certificate))
      .map((certificate) => `no enabled list of this trust anchor is one of "${certificate.issuer.toString()}", so nothing can revoke ${describe(certificate)}`);
  }

  private assess(crl: ImportedCrl, input: RevocationInput): Assessment {
    const name = nameOf(crl);
    if (!crl.enabled && crl.unusable === undefined) {
      return silent(`CRL ${name} is disabled${crl.enabledStated ? '' : ' (its template does not state Enabled)'} and revokes nothing`);
    }
    if (crl.unusable !== undefined || crl.crlData === undefined) {
      return refused(undecidable(crl));
    }
    const read = this.read(crl, crl.crlData);
    return 'problem' in read ? refused(notTrusted(crl, read.problem)) : assessList(crl, read.list, input);
  }

  private read(crl: ImportedCrl, crlData: Uint8Array): ReadList {
    const read = this.lists.get(crl) ?? readList(crlData);
    this.lists.set(crl, read);
    return read;
  }
}

function assessList(crl: ImportedCrl, list: CertificateRevocationList, { path, anchorCertificates, at }: RevocationInput): Assessment {
  const covered = subjectsOf(path).filter(({ issuer }) => issuer.equals(list.issuer));
  const isIndirect = (list.issuingDistributionPoint?.indirectCrl ?? false) || list.hasCertificateIssuers;
  if (covered.length === 0 && !isIndirect) {
    return silent(`CRL ${nameOf(crl)} is of "${list.issuer.toString()}", which issued nothing on this path`);
  }
  const findings = checkCrl(list, { issuers: distinct([...path.slice(1), ...anchorCertificates]), now: at });
  const error = findings.find(({ severity }) => severity === 'error');
  if (error) {
    return refused(notTrusted(crl, `${error.message} [${error.rule}]`));
  }
  const facts = [`CRL ${nameOf(crl)} is ${describeList(list)}`, ...findings.map(({ message, rule }) => `CRL ${nameOf(crl)}: ${message} [${rule}]`)];
  for (const certificate of covered) {
    const entry = list.find(certificate.serialNumber);
    if (entry) {
      return { facts, covered, refusal: failed(revokedReason(crl, certificate, entry), ServiceErrors.certificateRevoked) };
    }
  }
  return { facts: [...facts, `CRL ${nameOf(crl)} does not revoke ${covered.map(describe).join(' or ')}`], covered };
}

/** The certificates that can be revoked: all but the anchor's. */
function subjectsOf(path: readonly Certificate[]): readonly Certificate[] {
  return path.slice(0, -1);
}

function distinct(certificates: readonly Certificate[]): Certificate[] {
  return certificates.filter((certificate, i) => certificates.findIndex(({ raw }) => bytesEqual(raw, certificate.raw)) === i);
}

function readList(crlData: Uint8Array): ReadList {
  try {
    const lists = readCrls(crlData);
    return lists.length === 1 ? { list: lists[0] } : { problem: `it holds ${lists.length} lists, and one is wanted` };
  } catch (error) {
    if (error instanceof X509Error) {
      return { problem: `it cannot be read: ${error.message} [${error.code}]` };
    }
    throw error;
  }
}

function silent(fact: string): Assessment {
  return { facts: [fact], covered: [] };
}

function refused(refusal: StepOutcome): Assessment {
  return { facts: [], covered: [], refusal };
}

function undecidable(crl: ImportedCrl): StepOutcome {
  const whose = crl.trustAnchorArn === undefined ? ' (it names no trust anchor that is known, so it may be one of this anchor)' : '';
  const reason = `whether CRL ${nameOf(crl)} revokes the certificate is not known${whose}: ${crl.unusable ?? 'its data is not known'}`;
  return failed(reason, cannotDecide(reason));
}

function notTrusted(crl: ImportedCrl, why: string): StepOutcome {
  return failed(`CRL ${nameOf(crl)} cannot be trusted: ${why}`, ServiceErrors.revocationListNotTrusted, [FAIL_CLOSED]);
}

function revokedReason(crl: ImportedCrl, certificate: Certificate, { revocationDate, reason }: RevokedCertificate): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  return `${describe(certificate)}, serial number ${certificate.serialNumberHex}, is revoked by CRL ${nameOf(crl)} since ${revocationDate.toISOString()}${why}`;
}

function describeList({ crlNumber, issuer, thisUpdate, nextUpdate, revokedCount }: CertificateRevocationList): string {
  const number = crlNumber === undefined ? 'without number' : `number ${crlNumber}`;
  const due = nextUpdate ? `, the next one due on ${nextUpdate.toISOString()}` : '';
  return `the list of "${issuer.toString()}", ${number}, of ${thisUpdate.toISOString()}${due}, with ${revokedCount === 1 ? '1 entry' : `${revokedCount} entries`}`;
}

function nameOf({ name, logicalId }: ImportedCrl): string {
  return logicalId === undefined || name === logicalId ? name : `${name} (${logicalId})`;
}
