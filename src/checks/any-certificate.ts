/** RA104: a trust policy that does not say to whom the certificate has to be issued. */
import { ROLE, Rule, Source } from './model/rule';
import { meantStatements, statementLocation, TrustingStatement } from './model/trust-policies';
import { namesHolder, negatedCertificateConditions } from '../trust-model/trust-conditions';

export const anyCertificate: Rule = {
  id: 'RA104',
  name: 'any-certificate',
  severity: 'warning',
  resourceTypes: [ROLE],
  finds: 'A statement of a trust policy has no condition on the holder of the certificate: its subject, its alternative names, or sts:SourceIdentity.',
  why: 'Whoever gets any certificate from the CA gets the role, a printer as well as a database server.',
  fix: 'name the hosts, for example by StringEquals on aws:PrincipalTag/x509Subject/CN; if the CA issues certificates for this purpose only, suppress this '
    + 'with that reason',
  source: Source.TRUST_MODEL,
  check: (role) => meantStatements(role).filter(takesAnyCertificate).map((statement) => ({
    location: statementLocation(statement),
    message: 'every certificate of the trust anchor may assume the role, whoever it was issued to',
  })),
};

/** One without any condition, or with negated ones only, is worse than that and found by other rules. */
function takesAnyCertificate({ conditions, restricting }: TrustingStatement): boolean {
  return conditions.length > 0 && !restricting.some(namesHolder) && !negatedCertificateConditions(conditions).some(namesHolder);
}
