/** RA102: a trust policy that says nothing about where the request comes from: neither trust anchor nor account. */
import { ROLE, Rule, Source } from './model/rule';
import { isBoundToSource, meantStatements, statementLocation } from './model/trust-policies';

export const trustWithoutSource: Rule = {
  id: 'RA102',
  name: 'trust-without-source',
  severity: 'error',
  resourceTypes: [ROLE],
  finds: 'A statement of a trust policy has conditions, but none that requires aws:SourceArn or aws:SourceAccount to have a certain value.',
  why: 'A certificate of any trust anchor will do, also of one whose CA issues whatever subject it is asked for.',
  fix: 'add ArnEquals on aws:SourceArn with the ARN of the trust anchor, or use RolesAnywherePrincipal',
  source: Source.TRUST_MODEL,
  check: (role) => meantStatements(role).filter((statement) => statement.conditions.length > 0 && !isBoundToSource(statement)).map((statement) => ({
    location: statementLocation(statement),
    message: 'certificates of any trust anchor will do, because no condition requires aws:SourceArn or aws:SourceAccount to have a certain value',
  })),
};
