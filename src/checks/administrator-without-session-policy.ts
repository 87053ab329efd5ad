/** RA302: a profile that hands out an administrator's role without bounding its sessions. */
import type { CheckedApp } from './model/app';
import { managedPolicyArns, policiesOf, statementsOf } from './model/permissions';
import { rolesOf } from './model/profiles';
import type { Resource } from './model/resource';
import { PROFILE, Rule, Source } from './model/rule';
import { asList } from '../trust-model/policy-json';

export const administratorWithoutSessionPolicy: Rule = {
  id: 'RA302',
  name: 'administrator-without-session-policy',
  severity: 'warning',
  resourceTypes: [PROFILE],
  finds: 'A profile without session policy or managed policies lists a role that may do everything (AdministratorAccess, or * on *), without permissions '
    + 'boundary.',
  why: 'Whoever gets hold of the certificate and key of one host has the account.',
  fix: 'give the role what the host needs and no more, or bound the sessions by sessionPolicy or managedPolicies of the profile',
  source: Source.CREATE_PROFILE,
  check: (profile, app) => (isBounded(profile, ['SessionPolicy', 'ManagedPolicyArns']) ? [] : rolesOf(profile)
    .filter(({ role }) => !isBounded(role, ['PermissionsBoundary']) && mayDoEverything(role, app))
    .map(({ role, location }) => ({ location, message: `sessions of the role ${role.logicalId} may do everything in the account` }))),
};

function isBounded(resource: Resource, properties: readonly string[]): boolean {
  return !resource.isComplete || properties.some((property) => asList(resource.property(property) ?? []).length > 0);
}

function mayDoEverything(role: Resource, app: CheckedApp): boolean {
  return managedPolicyArns(role).some((arn) => arn.endsWith(':iam::aws:policy/AdministratorAccess'))
    || policiesOf(role, app).some(({ document }) => statementsOf(document).some(allowsEverything));
}

function allowsEverything({ Effect: effect, Action: action, Resource: on, Condition: condition }: Readonly<Record<string, unknown>>): boolean {
  return effect === 'Allow' && condition === undefined && asList(action).some((name) => name === '*' || name === '*:*') && asList(on).includes('*');
}
