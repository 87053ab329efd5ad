/** RA103: a trust policy that is bound to an account, but not to a trust anchor in it. */
import { ROLE, Rule, Source } from './model/rule';
import { isBoundToSource, meantStatements, statementLocation, TrustingStatement } from './model/trust-policies';
import { namesTrustAnchor } from '../trust-model/trust-conditions';
import { CompositeText } from './model/deferred';

export const anyTrustAnchor: Rule = {
  id: 'RA103',
  name: 'any-trust-anchor',
  severity: 'warning',
  resourceTypes: [ROLE],
  finds: 'A statement of a trust policy is bound to an account, an organisation or a pattern of trust anchors, but not to certain trust anchors.',
  why: 'A trust anchor that somebody adds to the account later, for another purpose, gives access to the role as well.',
  fix: 'add ArnEquals on aws:SourceArn with the ARN of the trust anchor, or use RolesAnywherePrincipal',
  source: Source.TRUST_MODEL,
  check: (role) => meantStatements(role).filter((statement) => isBoundToSource(statement) && !isBoundToAnchors(statement)).map((statement) => ({
    location: statementLocation(statement),
    message: 'certificates of every trust anchor in the account will do, those of trust anchors to come too, because aws:SourceArn does not name one',
  })),
};

function isBoundToAnchors({ restricting }: TrustingStatement): boolean {
  return restricting.some((condition) => namesTrustAnchor(condition) && !condition.values.some(isAnyAnchor));
}

/** An ARN whose resource, or its id, is a wildcard. */
function isAnyAnchor(value: unknown): boolean {
  return /(^|[:/])\*+$/.test(value instanceof CompositeText ? value.end : String(value));
}
