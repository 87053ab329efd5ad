/** Reads a static revocation list at synth and holds it to the rules for lists that may be imported. */
import { Annotations, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { RolesAnywhereError } from './errors';
import { checkCrl, CrlFinding } from '../trust-model/crl-rules';
import { Certificate, CertificateRevocationList, encodePem, readCrls, X509Error } from '../x509';

/** Findings that speak about who made the list; without certificates to compare with there is nobody to say. */
const ISSUER_RULES: readonly string[] = ['CRL_ISSUER_UNKNOWN'];

/**
 * The list as the PEM text to render.
 *
 * @param issuers certificates that may have issued it; undefined where none is known at synth, and then only the rest is checked
 * @throws RolesAnywhereError `INVALID_CRL` for a list that must not be imported
 */
export function readStaticCrl(scope: IConstruct, input: string | Uint8Array, where: string, issuers: readonly Certificate[] | undefined): string {
  if (typeof input === 'string' && Token.isUnresolved(input)) {
    return input;
  }
  const crl = parse(scope, input, where);
  const findings = checkCrl(crl, { issuers: issuers ?? [], now: new Date() }).filter(({ rule }) => issuers || !ISSUER_RULES.includes(rule));
  const refused = findings.find(({ severity }) => severity === 'error');
  if (refused) {
    throw new RolesAnywhereError('INVALID_CRL', `${where} cannot be imported: ${refused.message} [${refused.rule}]`, scope);
  }
  findings.forEach((finding) => warn(scope, where, finding));
  if (!issuers) {
    Annotations.of(scope).addWarningV2(
      'cdk-roles-anywhere:Crl.notVerified',
      `${where} was not verified: the certificates of its trust anchor are not known at synth. Pass the certificate of its issuer as issuerCertificates`,
    );
  }
  return encodePem('X509 CRL', crl.raw);
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
