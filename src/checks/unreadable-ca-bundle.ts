/** RA201: data of a trust anchor that is not certificates. */
import { BUNDLE_LOCATION, bundleOf } from './model/certificate-bundles';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';

export const unreadableCaBundle: Rule = {
  id: 'RA201',
  name: 'unreadable-ca-bundle',
  severity: 'error',
  resourceTypes: [TRUST_ANCHOR],
  finds: 'X509CertificateData of a trust anchor is not PEM text of certificates.',
  why: 'The service refuses the trust anchor, and the deployment is rolled back.',
  fix: 'give the certificates of the CA as PEM text, one -----BEGIN CERTIFICATE----- block each, or use TrustAnchorSource.certificateFile()',
  source: Source.TRUST_MODEL,
  check: (anchor) => {
    const unreadable = bundleOf(anchor)?.unreadable;
    // A private key in it is a rule of its own.
    return unreadable === undefined || unreadable.code === 'PEM_PRIVATE_KEY' ? [] : [{
      location: BUNDLE_LOCATION,
      message: `the data cannot be read as certificates: ${unreadable.message} [${unreadable.code}]`,
    }];
  },
};
