/** RA405: a revocation list that must not be imported for other reasons. */
import { CRL_LOCATION, crlFindings } from './model/revocation-lists';
import { CRL, Rule, Source } from './model/rule';
import type { CrlFinding } from '../trust-model/crl-rules';

export const unsuitableCrl: Rule = {
  id: 'RA405',
  name: 'unsuitable-crl',
  severity: 'error',
  resourceTypes: [CRL],
  finds: 'A revocation list in the template is a delta or indirect list, covers a part of the certificates only, is weakly signed, not valid yet or larger than '
    + 'the service takes. It is a warning where it may be imported all the same, such as for want of a next update.',
  why: 'Certificates that are revoked may not be in it, or the service refuses it.',
  fix: 'have the CA issue a complete list of its own certificates, signed with SHA-256 or stronger, of at most 300,000 bytes',
  source: Source.RFC_5280_CRL,
  check: (crl, { now }) => crlFindings(crl, now).other.filter(({ rule }) => rule !== 'CRL_EXPIRED').map(toFinding),
};

function toFinding({ rule, message, severity }: CrlFinding) {
  return { location: CRL_LOCATION, message: `${message} [${rule}]`, severity };
}
