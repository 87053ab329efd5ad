/** RA408: a CA in AWS Private CA that spreads its revocations over more lists than a trust anchor takes. */
import { referencesIn } from './model/deferred';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';

export const partitionedCrl: Rule = {
  id: 'RA408',
  name: 'partitioned-crl',
  severity: 'warning',
  resourceTypes: ['AWS::ACMPCA::CertificateAuthority'],
  finds: 'The CA of a trust anchor in the app publishes revocation lists of type PARTITIONED.',
  why: 'There may be any number of them, each with a part of the revoked certificates, and a trust anchor takes two.',
  fix: 'set CrlType to COMPLETE, or issue certificates of so short a validity that nobody needs to revoke them',
  source: Source.PRIVATE_CA_CRL,
  check: (ca, app) => {
    const isUsed = app.resources(TRUST_ANCHOR).some((anchor) => referencesIn(anchor.property('Source')).some(({ resource }) => resource === ca));
    return isUsed && ca.text('RevocationConfiguration', 'CrlConfiguration', 'CrlType') === 'PARTITIONED' ? [{
      location: 'Properties.RevocationConfiguration.CrlConfiguration.CrlType',
      message: 'the CA spreads revoked certificates over any number of lists, and its trust anchor takes two',
    }] : [];
  },
};
