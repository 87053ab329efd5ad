/** RA303: a profile that lists no role. */
import { PROFILE, Rule, Source } from './model/rule';

export const profileWithoutRoles: Rule = {
  id: 'RA303',
  name: 'profile-without-roles',
  severity: 'error',
  resourceTypes: [PROFILE],
  finds: 'RoleArns of a profile is empty.',
  why: 'Nobody can log in through it ("Invalid or empty profile provided").',
  fix: 'list the roles that hosts may ask for',
  source: Source.CREATE_PROFILE,
  check: (profile) => {
    const arns = profile.property('RoleArns') ?? (profile.isComplete ? [] : undefined);
    return Array.isArray(arns) && arns.length === 0 ? [{ location: 'Properties.RoleArns', message: 'the profile lists no role, so that nobody can use it' }] : [];
  },
};
