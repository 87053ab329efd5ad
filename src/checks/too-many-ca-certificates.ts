/** RA207: more certificates in a trust anchor than its quota takes. */
import { BUNDLE_LOCATION, certificatesOf } from './model/certificate-bundles';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';
import { CERTIFICATES_PER_ANCHOR } from '../trust-model/limits';

export const tooManyCaCertificates: Rule = {
  id: 'RA207',
  name: 'too-many-ca-certificates',
  severity: 'warning',
  resourceTypes: [TRUST_ANCHOR],
  finds: `A trust anchor has more than ${CERTIFICATES_PER_ANCHOR} certificates.`,
  why: 'That is the default quota. The service refuses the trust anchor, unless yours is higher.',
  fix: 'make a trust anchor for each CA; give intermediate certificates to the hosts, which send them along',
  source: Source.QUOTAS,
  check: (anchor) => {
    const { length } = certificatesOf(anchor) ?? [];
    return length <= CERTIFICATES_PER_ANCHOR ? [] : [{
      location: BUNDLE_LOCATION,
      message: `the trust anchor has ${length} certificates, and the default quota is ${CERTIFICATES_PER_ANCHOR}`,
    }];
  },
};
