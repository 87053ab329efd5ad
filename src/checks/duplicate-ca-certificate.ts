/** RA208: a certificate that a trust anchor has twice. */
import { BUNDLE_LOCATION, certificatesOf } from './model/certificate-bundles';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';
import { describe } from '../trust-model/path-validation';
import { bytesEqual } from '../x509';

export const duplicateCaCertificate: Rule = {
  id: 'RA208',
  name: 'duplicate-ca-certificate',
  severity: 'warning',
  resourceTypes: [TRUST_ANCHOR],
  finds: 'A trust anchor has the same certificate twice.',
  why: 'It takes the place of the one that was to come beside it: the successor of the CA is missing.',
  fix: 'remove one copy, and add the certificate that was meant',
  source: Source.TRUST_MODEL,
  check: (anchor) => (certificatesOf(anchor) ?? [])
    .filter(({ raw }, i, all) => all.slice(0, i).some((earlier) => bytesEqual(earlier.raw, raw)))
    .map((certificate) => ({ location: BUNDLE_LOCATION, message: `${describe(certificate)} is there twice` })),
};
