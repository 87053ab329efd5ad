/** RA309: a decision by the session name, where hosts choose it themselves. */
import { rolesOf } from './model/profiles';
import { PROFILE, Rule, Source } from './model/rule';
import { trustingStatements } from './model/trust-policies';

export const chosenSessionName: Rule = {
  id: 'RA309',
  name: 'chosen-session-name',
  severity: 'warning',
  resourceTypes: [PROFILE],
  finds: 'A profile lets hosts choose the name of their session (AcceptRoleSessionName), and the trust policy of a role that it lists goes by sts:RoleSessionName.',
  why: 'Whoever holds any certificate that the role takes can choose any name.',
  fix: 'condition on an attribute of the certificate instead, or leave AcceptRoleSessionName out: the session is named after the serial number then',
  source: Source.CREATE_PROFILE,
  check: (profile) => (String(profile.property('AcceptRoleSessionName')) !== 'true' ? [] : rolesOf(profile)
    .filter(({ role }) => trustingStatements(role).some(({ conditions }) => conditions.some(({ key }) => key === 'sts:rolesessionname')))
    .map(({ role, location }) => ({ location, message: `the role ${role.logicalId} goes by sts:RoleSessionName, which hosts choose through this profile` }))),
};
