/** Certificates of trust anchors, where they stand in the template. */
import { oncePerResource } from './memo';
import type { Resource } from './resource';
import type { RuleFinding } from './rule';
import { CertificateRule, checkCaCertificate } from '../../trust-model/certificate-rules';
import { describe } from '../../trust-model/path-validation';
import { Certificate, readCertificates, X509Error } from '../../x509';

/** Where the data of a bundle stands. */
export const BUNDLE_LOCATION = 'Properties.Source.SourceData.X509CertificateData';

/** A bundle, read or not; undefined where it is not in the template, or not known. */
export interface CertificateBundle {
  readonly certificates: readonly Certificate[];
  /** Why it cannot be read. It never repeats bytes of the bundle. */
  readonly unreadable?: X509Error;
}

/** The bundle of a trust anchor. */
export const bundleOf = oncePerResource((anchor): CertificateBundle | undefined => {
  const data = anchor.property('Source', 'SourceData', 'X509CertificateData');
  return typeof data === 'string' ? readBundle(data) : undefined;
});

/** Reads certificates, and says what is wrong with them rather than throw it. */
export function readBundle(data: string): CertificateBundle {
  try {
    return { certificates: readCertificates(data) };
  } catch (error) {
    if (!(error instanceof X509Error)) {
      throw error;
    }
    return { certificates: [], unreadable: error };
  }
}

/** The certificates of a trust anchor; undefined where they are not known or cannot be read. */
export function certificatesOf(anchor: Resource): readonly Certificate[] | undefined {
  const bundle = bundleOf(anchor);
  return bundle && !bundle.unreadable ? bundle.certificates : undefined;
}

/** Findings for the certificates of a trust anchor that break one of some rules. */
export function brokenRules(anchor: Resource, rules: readonly CertificateRule[]): RuleFinding[] {
  return (certificatesOf(anchor) ?? []).flatMap((certificate) => checkCaCertificate(certificate)
    .filter(({ rule }) => rules.includes(rule))
    .map(({ message }) => ({ location: BUNDLE_LOCATION, message: `${describe(certificate)}: ${message}` })));
}
