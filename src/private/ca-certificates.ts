/** Reads and checks the certificates of trust anchors, and of those who issue revocation lists, at synth. */
import { Annotations, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { RolesAnywhereError } from './errors';
import { trustAnchorConstruct } from './trust-anchors';
import { checkCaCertificate, checkValidity } from '../trust-model/certificate-rules';
import { CA_EXPIRY_WARNING_DAYS, CERTIFICATES_PER_ANCHOR, MAX_BUNDLE_LENGTH } from '../trust-model/limits';
import { bytesEqual, Certificate, encodePem, isCertificateBlock, readCertificates, readPem, X509Error } from '../x509';

const DAY = 24 * 3600 * 1000;

/** What a bundle holds, and the text to render. */
export interface CaBundle {
  /** Normalised PEM without anything between the blocks; a token passes as it is. */
  readonly pem: string;
  /** Undefined where the bundle is a token and cannot be read at synth. */
  readonly certificates?: readonly Certificate[];
}

/**
 * Reads a bundle of CA certificates and applies the rules for trust anchors to each.
 *
 * @param where names the source in messages: a file, or "the bundle"
 * @throws RolesAnywhereError for anything that the service would refuse, or that must not leave the machine
 */
export function readCaBundle(scope: IConstruct, input: string | Uint8Array, where: string): CaBundle {
  if (typeof input === 'string' && Token.isUnresolved(input)) {
    return { pem: input };
  }
  const certificates = readUnjudged(scope, input, where);
  certificates.forEach((certificate) => checkCertificate(scope, certificate, where));
  warnAboutQuota(scope, certificates.length);
  const pem = certificates.map(({ raw }) => encodePem('CERTIFICATE', raw)).join('');
  if (pem.length > MAX_BUNDLE_LENGTH) {
    throw new RolesAnywhereError('BUNDLE_TOO_LARGE', `${where} has ${pem.length} characters, the service takes ${MAX_BUNDLE_LENGTH}`, scope);
  }
  return { pem, certificates };
}

/**
 * Reads certificates of which nothing is asked but that they are some, each once, and no private key is among them.
 *
 * @param where names the source in messages
 * @throws RolesAnywhereError for what cannot be read, a private key, or a certificate given twice
 */
export function readUnjudged(scope: IConstruct, input: string | Uint8Array, where: string): readonly Certificate[] {
  const certificates = parse(scope, input, where);
  rejectDuplicates(scope, certificates, where);
  return certificates;
}

/**
 * Reads the certificates of CAs that issue revocation lists. They are no trust anchors: a CA that signs lists only (keyUsage cRLSign) will do.
 *
 * @returns undefined where they are a token and cannot be read at synth
 * @throws RolesAnywhereError as {@link readUnjudged} does, and `INVALID_CERTIFICATE` for one that is no CA's or not valid now (RFC 5280 6.3.3 (f)
 * wants the path to the issuer of a list valid)
 */
export function readCrlIssuers(scope: IConstruct, pem: string, where: string): readonly Certificate[] | undefined {
  if (Token.isUnresolved(pem)) {
    return undefined;
  }
  const certificates = readUnjudged(scope, pem, where);
  const now = new Date();
  for (const certificate of certificates) {
    const refused = certificate.basicConstraints?.ca === true
      ? checkValidity(certificate, now)?.message
      : 'it is no certificate of a CA (basicConstraints CA:true); give that of the CA that issues the list';
    if (refused !== undefined) {
      throw new RolesAnywhereError('INVALID_CERTIFICATE', `${describe(certificate)} in ${where} cannot be the issuer of a revocation list: ${refused}`, scope);
    }
  }
  return certificates;
}

function parse(scope: IConstruct, input: string | Uint8Array, where: string): Certificate[] {
  try {
    return readCertificates(input);
  } catch (error) {
    if (!(error instanceof X509Error)) {
      throw error;
    }
    throw describeUnreadable(scope, error, where, input);
  }
}

function describeUnreadable(scope: IConstruct, error: X509Error, where: string, input: string | Uint8Array): RolesAnywhereError {
  if (error.code === 'PEM_PRIVATE_KEY') {
    return new RolesAnywhereError(
      'PRIVATE_KEY_IN_BUNDLE',
      `${where} holds a private key at offset ${error.offset}; it takes certificates only. `
      + (readPem(input).some(isCertificateBlock)
        ? 'Remove the key from it, and if it has been committed or shared, replace it'
        : 'Name the certificate\'s file (such as root.pem); if the key has been committed or shared, replace the CA\'s key'),
      scope,
    );
  }
  if (input.length === 0 || (typeof input === 'string' && input.trim() === '')) {
    return new RolesAnywhereError('EMPTY_BUNDLE', `${where} is empty; it should hold one CA certificate in PEM form, two while the CA is being replaced`, scope);
  }
  return new RolesAnywhereError('INVALID_CERTIFICATE', `${where} cannot be read as certificates: ${error.message} [${error.code}]`, scope);
}

function rejectDuplicates(scope: IConstruct, certificates: readonly Certificate[], where: string): void {
  certificates.forEach((certificate, i) => {
    if (certificates.slice(0, i).some((earlier) => bytesEqual(earlier.raw, certificate.raw))) {
      throw new RolesAnywhereError('DUPLICATE_CERTIFICATE', `${where} holds the certificate ${describe(certificate)} twice; remove one copy`, scope);
    }
  });
}

function checkCertificate(scope: IConstruct, certificate: Certificate, where: string): void {
  const now = new Date();
  const [refused] = [...checkCaCertificate(certificate).filter(({ undocumented }) => !undocumented), checkValidity(certificate, now)]
    .filter((finding) => finding !== undefined);
  if (refused) {
    throw new RolesAnywhereError('INVALID_CERTIFICATE', `${describe(certificate)} in ${where} cannot be a trust anchor: ${refused.message} [${refused.rule}]`, scope);
  }
  for (const finding of checkCaCertificate(certificate).filter(({ undocumented }) => undocumented)) {
    Annotations.of(scope).addWarningV2(
      `cdk-roles-anywhere:TrustAnchor.${finding.rule === 'UNDOCUMENTED_SIGNATURE' ? 'undocumentedSignature' : 'unknownCriticalExtension'}`,
      `${describe(certificate)} in ${where} may be refused: ${finding.message}`,
    );
  }
  warnAboutExpiry(scope, certificate, now);
}

function warnAboutExpiry(scope: IConstruct, certificate: Certificate, now: Date): void {
  const daysLeft = Math.floor((certificate.notAfter.getTime() - now.getTime()) / DAY);
  if (daysLeft < CA_EXPIRY_WARNING_DAYS) {
    Annotations.of(scope).addWarningV2(
      'cdk-roles-anywhere:TrustAnchor.caExpiring',
      `the CA ${describe(certificate)} expires in ${daysLeft} days, on ${certificate.notAfter.toISOString()}. `
      + 'Add its successor to the bundle now, so that hosts can move over before then',
    );
  }
}

function warnAboutQuota(scope: IConstruct, count: number): void {
  if (count > CERTIFICATES_PER_ANCHOR) {
    Annotations.of(scope).addWarningV2(
      'cdk-roles-anywhere:TrustAnchor.certificateQuota',
      `the bundle holds ${count} certificates and the default quota is ${CERTIFICATES_PER_ANCHOR} a trust anchor. `
      + 'Have the quota raised before you deploy, or use one trust anchor a CA',
    );
  }
}

/** A certificate for messages: subject and serial, nothing else. */
function describe({ subject, serialNumberHex }: Certificate): string {
  return `"${subject.toString()}" (serial ${serialNumberHex})`;
}

const certificatesOfAnchor = new WeakMap<IConstruct, readonly Certificate[]>();

/** Remembers what a trust anchor trusts, for those who verify against it. */
export function rememberCaCertificates(anchor: IConstruct, certificates: readonly Certificate[]): void {
  certificatesOfAnchor.set(trustAnchorConstruct(anchor), certificates);
}

/** What a trust anchor trusts; undefined where that is not known at synth. */
export function knownCaCertificates(anchor: IConstruct): readonly Certificate[] | undefined {
  return certificatesOfAnchor.get(trustAnchorConstruct(anchor));
}

const privateCaOfAnchor = new WeakMap<IConstruct, string>();

/** Remembers the CA in AWS Private CA behind a trust anchor. */
export function rememberPrivateCa(anchor: IConstruct, certificateAuthorityArn: string): void {
  privateCaOfAnchor.set(trustAnchorConstruct(anchor), certificateAuthorityArn);
}

/** ARN of the CA in AWS Private CA behind a trust anchor; undefined for bundles, and for imported trust anchors of which nobody said it. */
export function privateCaOf(anchor: IConstruct): string | undefined {
  return privateCaOfAnchor.get(trustAnchorConstruct(anchor));
}
