/** RA304: a profile that lists a role which does not trust Roles Anywhere. */
import { rolesOf } from './model/profiles';
import { PROFILE, Rule, Source } from './model/rule';
import { trustOf } from './model/trust-policies';

export const roleWithoutTrust: Rule = {
  id: 'RA304',
  name: 'role-without-trust',
  severity: 'error',
  resourceTypes: [PROFILE],
  finds: 'A profile lists a role whose trust policy does not let Roles Anywhere assume it.',
  why: 'Every login with this role is refused.',
  fix: 'make the role a RolesAnywhereRole, or give it a RolesAnywherePrincipal; take it out of the profile if it is not for hosts',
  source: Source.TRUST_MODEL,
  check: (profile) => rolesOf(profile).filter(({ role }) => {
    const { statements, complete } = trustOf(role);
    return complete && !statements.some(({ assumesRole }) => assumesRole);
  }).map(({ role, location }) => ({ location, message: `the role ${role.logicalId} does not let rolesanywhere.amazonaws.com assume it` })),
};
