/** RA205: certificates of a trust anchor that are not valid now. */
import { BUNDLE_LOCATION, certificatesOf } from './model/certificate-bundles';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';
import { checkValidity } from '../trust-model/certificate-rules';
import { describe } from '../trust-model/path-validation';

export const expiredCa: Rule = {
  id: 'RA205',
  name: 'expired-ca',
  severity: 'error',
  resourceTypes: [TRUST_ANCHOR],
  finds: 'A certificate of a trust anchor has expired, or is not valid yet.',
  why: 'No certificate below it is accepted.',
  fix: 'replace it by the certificate that the CA has now',
  source: Source.TRUST_MODEL,
  check: (anchor, { now }) => (certificatesOf(anchor) ?? []).flatMap((certificate) => {
    const finding = checkValidity(certificate, now);
    return finding ? [{ location: BUNDLE_LOCATION, message: `${describe(certificate)}: ${finding.message}` }] : [];
  }),
};
