/** RA301: a profile whose sessions last longer than a role allows. */
import { rolesOf, secondsOf, sessionSeconds } from './model/profiles';
import { PROFILE, Rule, Source } from './model/rule';
import { DEFAULT_MAX_SESSION_SECONDS } from '../trust-model/limits';

export const sessionLongerThanRole: Rule = {
  id: 'RA301',
  name: 'session-longer-than-role',
  severity: 'error',
  resourceTypes: [PROFILE],
  finds: 'DurationSeconds of a profile is more than MaxSessionDuration of a role that it lists.',
  why: 'The service does not shorten the session: it refuses the login, unless the host itself asks for less.',
  fix: 'raise MaxSessionDuration of the role, or lower DurationSeconds of the profile',
  source: Source.CREATE_PROFILE,
  check: (profile) => {
    const seconds = sessionSeconds(profile);
    return rolesOf(profile).flatMap(({ role, location }) => {
      const longest = secondsOf(role, 'MaxSessionDuration', DEFAULT_MAX_SESSION_SECONDS);
      return seconds === undefined || longest === undefined || seconds <= longest ? [] : [{
        location,
        message: `sessions of the profile last ${seconds} seconds, and the role ${role.logicalId} allows ${longest}`,
      }];
    });
  },
};
