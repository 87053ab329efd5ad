/** RA105: a trust policy without all three actions that Roles Anywhere needs. */
import { ROLE, Rule, Source } from './model/rule';
import { trustOf } from './model/trust-policies';
import { missingTrustActions } from '../trust-model/trust-statements';

export const missingTrustActionsRule: Rule = {
  id: 'RA105',
  name: 'missing-trust-actions',
  severity: 'error',
  resourceTypes: [ROLE],
  finds: 'A trust policy trusts Roles Anywhere, but does not allow all of sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity.',
  why: 'Roles Anywhere assumes the role with session tags and a source identity, so every login is refused. iam.ServicePrincipal allows the first only, '
    + 'and withSessionTags() the first two.',
  fix: 'use RolesAnywhereRole or RolesAnywherePrincipal, or name all three actions in the statement',
  source: Source.TRUST_MODEL,
  check: (role) => {
    const { statements, complete } = trustOf(role);
    const missing = complete && statements.some(({ namesService }) => namesService) ? missingTrustActions(statements) : [];
    return missing.length === 0 ? [] : [{
      location: 'Properties.AssumeRolePolicyDocument',
      message: `no host can log in, because the trust policy does not allow rolesanywhere.amazonaws.com ${missing.join(' and ')}`,
    }];
  },
};
