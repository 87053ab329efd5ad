/** RA403: a revocation list that is out of date. */
import { CRL_LOCATION, crlFindings } from './model/revocation-lists';
import { CRL, Rule, Source } from './model/rule';

export const expiredCrl: Rule = {
  id: 'RA403',
  name: 'expired-crl',
  severity: 'error',
  resourceTypes: [CRL],
  finds: 'A revocation list in the template is past its next update. One that is disabled may be.',
  why: 'Certificates that were revoked since are accepted, and whether the service still takes such a list is not documented.',
  fix: 'take the list that the CA publishes now, or have a CrlSync keep it in step',
  source: Source.RFC_5280_CRL,
  check: (crl, { now }) => (String(crl.property('Enabled')) === 'false' ? [] : crlFindings(crl, now).other.filter(({ rule }) => rule === 'CRL_EXPIRED')
    .map(({ message }) => ({ location: CRL_LOCATION, message: `the list is out of date: ${message}` }))),
};
