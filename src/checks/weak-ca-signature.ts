/** RA204: certificates of a trust anchor that are signed with MD5 or SHA-1. */
import { brokenRules } from './model/certificate-bundles';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';

export const weakCaSignature: Rule = {
  id: 'RA204',
  name: 'weak-ca-signature',
  severity: 'error',
  resourceTypes: [TRUST_ANCHOR],
  finds: 'A certificate of a trust anchor is signed with a hash weaker than SHA-256.',
  why: 'The service refuses it; such signatures can be forged.',
  fix: 'have the certificate of the CA issued again with SHA-256 or stronger',
  source: Source.TRUST_MODEL,
  check: (anchor) => brokenRules(anchor, ['WEAK_SIGNATURE']),
};
