/** RA101: a trust policy that lets Roles Anywhere assume the role without any condition. */
import { ROLE, Rule, Source } from './model/rule';
import { meantStatements, statementLocation } from './model/trust-policies';

export const unconditionalTrust: Rule = {
  id: 'RA101',
  name: 'unconditional-trust',
  severity: 'error',
  resourceTypes: [ROLE],
  finds: 'A statement of a trust policy lets Roles Anywhere assume the role without a condition, or under conditions that hold for every value.',
  why: 'Every certificate of every trust anchor in the account gets the role, through any profile that lists it.',
  fix: 'use RolesAnywhereRole or RolesAnywherePrincipal instead of iam.ServicePrincipal, or bind the statement to the trust anchor (aws:SourceArn) and to '
    + 'the certificate (aws:PrincipalTag/x509Subject/CN)',
  source: Source.TRUST_MODEL,
  check: (role) => meantStatements(role).filter(({ conditions }) => conditions.length === 0).map((statement) => ({
    location: statementLocation(statement),
    message: 'every certificate of every trust anchor in the account may assume the role, because the statement has no condition',
  })),
};
