/** RA404: a revocation list that the CA of its trust anchor did not make. */
import { CRL_LOCATION, crlFindings } from './model/revocation-lists';
import { CRL, Rule, Source } from './model/rule';

export const crlOfAnotherCa: Rule = {
  id: 'RA404',
  name: 'crl-of-another-ca',
  severity: 'error',
  resourceTypes: [CRL],
  finds: 'A revocation list is not issued and signed by the CA of its trust anchor, where both are in the templates.',
  why: 'It revokes no certificate of that CA, while everybody believes that it does.',
  fix: 'take the list of that CA; of an intermediate CA below it, use Crl with issuerCertificates, which notes them in the template',
  source: Source.RFC_5280_CRL,
  check: (crl, { now }) => crlFindings(crl, now).issuer.map(({ message, severity }) => ({ location: CRL_LOCATION, message: `the list is not this CA's: ${message}`, severity })),
};
