/** RA209: certificates of a trust anchor of which the service's documents do not say that it takes them. */
import { brokenRules } from './model/certificate-bundles';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';

export const undocumentedCaCertificate: Rule = {
  id: 'RA209',
  name: 'undocumented-ca-certificate',
  severity: 'warning',
  resourceTypes: [TRUST_ANCHOR],
  finds: 'A certificate of a trust anchor is signed in a way that is not documented, such as RSASSA-PSS or Ed25519, or has an unknown critical extension.',
  why: 'The service may refuse it, at deployment or at login.',
  fix: 'try it in a test account first, or have the certificate issued with RSA (PKCS #1 v1.5), ECDSA or ML-DSA',
  source: Source.TRUST_MODEL,
  check: (anchor) => brokenRules(anchor, ['UNDOCUMENTED_SIGNATURE', 'UNKNOWN_CRITICAL_EXTENSION']),
};
