/** RA111: a trust policy that IAM does not take. */
import { Deferred, isKnownObject } from './model/deferred';
import { ROLE, Rule, Source } from './model/rule';
import { trustOf, trustPolicyOf } from './model/trust-policies';
import { compileTrustPolicy, PolicyDocumentJson } from '../trust-model/policy';

export const malformedTrustPolicy: Rule = {
  id: 'RA111',
  name: 'malformed-trust-policy',
  severity: 'error',
  resourceTypes: [ROLE],
  finds: 'The trust policy of a role that trusts Roles Anywhere is malformed: an operator or element that does not exist, a Resource, an invalid principal.',
  why: 'IAM refuses the role, and the deployment is rolled back.',
  fix: 'write the statement as IAM has it, or have RolesAnywherePrincipal write it',
  source: Source.POLICY_GRAMMAR,
  check: (role) => {
    const { statements, complete } = trustOf(role);
    const isClear = complete && statements.some(({ namesService }) => namesService) && statements.every(({ conditions }) => conditions !== undefined);
    return !isClear ? [] : compileTrustPolicy(withPlaceholders(trustPolicyOf(role)) as PolicyDocumentJson).malformed
      .map((fault) => ({ location: 'Properties.AssumeRolePolicyDocument', message: fault }));
  },
};

/** The policy with something acceptable in the place of what only a deployment can tell. */
function withPlaceholders(value: unknown): unknown {
  if (value instanceof Deferred) {
    return 'arn:aws:iam::123456789012:root';
  }
  if (Array.isArray(value)) {
    return value.map(withPlaceholders);
  }
  return isKnownObject(value) ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withPlaceholders(member)])) : value;
}
