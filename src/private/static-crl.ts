/** Reads a static revocation list at synth and holds it to the rules for lists that may be imported. */
import { Annotations, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { knownCaCertificates, readCrlIssuers } from './ca-certificates';
import { RolesAnywhereError } from './errors';
import { findCrlIssuers } from '../trust-model/crl-issuers';
import { checkCrl, CrlFinding } from '../trust-model/crl-rules';
import { describe } from '../trust-model/path-validation';
import { bytesEqual, Certificate, CertificateRevocationList, encodePem, readCrls, X509Error } from '../x509';

/** Findings that speak about who made the list; without certificates to compare with there is nobody to say. */
const ISSUER_RULES: readonly string[] = ['CRL_ISSUER_UNKNOWN'];

/** What a list is held against. */
export interface StaticCrlCheck {
  /** Certificates that may have issued it; undefined where none is known at synth, and then only the rest is checked. */
  readonly issuers: readonly Certificate[] | undefined;
  /** Whether the list counts: one that does not may be out of date. */
  readonly enabled: boolean;
}

/**
 * The list as the PEM text to render.
 *
 * @throws RolesAnywhereError `INVALID_CRL` for a list that must not be imported
 */
export function readStaticCrl(scope: IConstruct, input: string | Uint8Array, where: string, { issuers, enabled }: StaticCrlCheck): string {
  if (typeof input === 'string' && Token.isUnresolved(input)) {
    warnNotVerified(scope, `${where} was not verified: its content is known at deployment only. Pass the list itself, or use a CrlSync`);
    return input;
  }
  const crl = parse(scope, input, where);
  const findings = checkCrl(crl, { issuers: issuers ?? [], now: new Date() })
    .filter(({ rule }) => issuers || !ISSUER_RULES.includes(rule))
    .map((finding) => (finding.rule === 'CRL_EXPIRED' && !enabled ? { ...finding, severity: 'warning' as const } : finding));
  const refused = findings.find(({ severity }) => severity === 'error');
  if (refused) {
    throw new RolesAnywhereError('INVALID_CRL', `${where} cannot be imported: ${refused.message} [${refused.rule}]`, scope);
  }
  findings.forEach((finding) => warn(scope, where, finding));
  if (!issuers) {
    warnNotVerified(
      scope,
      `${where} was not verified: the certificates of its issuer are not known at synth. Pass the certificate of its issuer as issuerCertificates`,
    );
  }
  return encodePem('X509 CRL', crl.raw);
}

/**
 * The CAs below a trust anchor that somebody names as issuers of lists, the trust anchor's own left out.
 *
 * Where the trust anchor's certificates are known, each has to lead to one of them, through others that are given where need be.
 *
 * @returns undefined where they are a token and cannot be read at synth
 * @throws RolesAnywhereError `INVALID_CRL` for one that does not lead to the trust anchor, besides what readCrlIssuers throws
 */
export function issuersBelow(scope: IConstruct, issuerCertificates: string, trustAnchor: IConstruct): readonly Certificate[] | undefined {
  const given = readCrlIssuers(scope, issuerCertificates, 'issuerCertificates');
  const anchors = knownCaCertificates(trustAnchor);
  if (!given || !anchors) {
    return given;
  }
  const below = given.filter((certificate) => !anchors.some(({ raw }) => bytesEqual(raw, certificate.raw)));
  const { strangers } = findCrlIssuers(below, anchors);
  if (strangers.length > 0) {
    throw new RolesAnywhereError(
      'INVALID_CRL',
      `${strangers.map(describe).join(' and ')} in issuerCertificates does not lead to the trust anchor, ${anchors.map(describe).join(' and ')}: `
      + 'that CA did not sign it, or the certificates between the two are missing; give those as well',
      scope,
    );
  }
  return below;
}

function warnNotVerified(scope: IConstruct, message: string): void {
  Annotations.of(scope).addWarningV2('cdk-roles-anywhere:Crl.notVerified', message);
}

function parse(scope: IConstruct, input: string | Uint8Array, where: string): CertificateRevocationList {
  try {
    const lists = readCrls(input);
    if (lists.length === 1) {
      return lists[0];
    }
    throw new RolesAnywhereError('INVALID_CRL', `${where} holds ${lists.length} lists; make a Crl of each`, scope);
  } catch (error) {
    if (!(error instanceof X509Error)) {
      throw error;
    }
    throw new RolesAnywhereError('INVALID_CRL', `${where} cannot be read: ${error.message} [${error.code}]`, scope);
  }
}

function warn(scope: IConstruct, where: string, { rule, message }: CrlFinding): void {
  Annotations.of(scope).addWarningV2(`cdk-roles-anywhere:Crl.${rule}`, `${where}: ${message} [${rule}]`);
}
