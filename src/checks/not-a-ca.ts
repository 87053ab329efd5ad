/** RA203: certificates of a trust anchor that are not those of a CA. */
import { brokenRules } from './model/certificate-bundles';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';

export const notACa: Rule = {
  id: 'RA203',
  name: 'not-a-ca',
  severity: 'error',
  resourceTypes: [TRUST_ANCHOR],
  finds: 'A certificate of a trust anchor has no CA:true, no keyCertSign, or a key of a kind that the service does not know.',
  why: 'The service refuses the trust anchor ("Incorrect basic constraints for CA certificate").',
  fix: 'use the certificate of the CA that issues the certificates of the hosts, not one of a host',
  source: Source.TRUST_MODEL,
  check: (anchor) => brokenRules(anchor, ['CA_BASIC_CONSTRAINTS', 'CA_KEY_USAGE', 'UNSUPPORTED_KEY']),
};
