/** RA401: a revocation list that is for no trust anchor. */
import { CRL, Rule, Source } from './model/rule';

export const crlWithoutAnchor: Rule = {
  id: 'RA401',
  name: 'crl-without-anchor',
  severity: 'error',
  resourceTypes: [CRL],
  finds: 'A revocation list has no TrustAnchorArn, which CloudFormation does not ask for.',
  why: 'The service does: it refuses the import, and the deployment is rolled back.',
  fix: 'give the ARN of the trust anchor whose CA issued the list, or use TrustAnchor.addCrl()',
  source: Source.IMPORT_CRL,
  check: (crl) => (crl.property('TrustAnchorArn') === undefined && crl.isComplete
    ? [{ location: 'Properties.TrustAnchorArn', message: 'the list is for no trust anchor, and is refused' }]
    : []),
};
