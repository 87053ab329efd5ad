/** RA402: data of a revocation list that is no revocation list. */
import { CRL_LOCATION, revocationListOf } from './model/revocation-lists';
import { CRL, Rule, Source } from './model/rule';

export const unreadableCrl: Rule = {
  id: 'RA402',
  name: 'unreadable-crl',
  severity: 'error',
  resourceTypes: [CRL],
  finds: 'CrlData is not the PEM text of one revocation list: something else, DER in base64, or a block labelled CRL instead of X509 CRL.',
  why: 'The service refuses it, or takes it and revokes nothing.',
  fix: 'give the PEM text itself (openssl crl -inform DER -in root.crl -outform PEM), or use Crl, which takes both forms',
  source: Source.IMPORT_CRL,
  check: (crl) => {
    const problem = revocationListOf(crl)?.unreadable ?? (isMislabelled(crl.property('CrlData')) ? 'it is labelled "CRL", and OpenSSL reads "X509 CRL" only' : undefined);
    return problem === undefined ? [] : [{ location: CRL_LOCATION, message: `the data cannot be read as a revocation list: ${problem}` }];
  },
};

function isMislabelled(data: unknown): boolean {
  return typeof data === 'string' && /^-----BEGIN CRL-----/m.test(data);
}
