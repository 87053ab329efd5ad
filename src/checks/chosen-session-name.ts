/** RA309: a decision by the session name, where hosts choose it themselves. */
import { rolesOf } from './model/profiles';
import { PROFILE, Rule, Source } from './model/rule';
import { trustingStatements } from './model/trust-policies';
import type { TrustCondition } from '../trust-model/trust-conditions';

export const chosenSessionName: Rule = {
  id: 'RA309',
  name: 'chosen-session-name',
  severity: 'warning',
  resourceTypes: [PROFILE],
  finds: 'A profile lets hosts choose the name of their session (AcceptRoleSessionName), and the trust policy of a role that it lists goes by '
    + 'sts:RoleSessionName, other than by holding it to an attribute of the certificate.',
  why: 'Whoever holds any certificate that the role takes can choose any name.',
  fix: 'condition on an attribute of the certificate instead, compare the name with one (a policy variable of SessionTag), or leave AcceptRoleSessionName '
    + 'out: the session is named after the serial number then',
  source: Source.CREATE_PROFILE,
  check: (profile) => (String(profile.property('AcceptRoleSessionName')) !== 'true' ? [] : rolesOf(profile)
    .filter(({ role }) => trustingStatements(role).some(({ conditions }) => conditions.some(goesByChosenName)))
    .map(({ role, location }) => ({ location, message: `the role ${role.logicalId} goes by sts:RoleSessionName, which hosts choose through this profile` }))),
};

/** A name that has to equal what the CA has put into the certificate is not chosen. */
function goesByChosenName({ key, operator, values }: TrustCondition): boolean {
  return key === 'sts:rolesessionname' && !(/^String(Equals|Like)$/.test(operator) && values.every(isOfCertificate));
}

/** Whether a value is the policy variable of an attribute of the holder, without a default to fall back to. */
function isOfCertificate(value: unknown): boolean {
  return typeof value === 'string' && /^\$\{\s*aws:PrincipalTag\/x509(Subject|SAN)\/[^},]+\}$/i.test(value);
}
