/** How long sessions of a role have to be for those of its profile to be given out. */
import { Duration } from 'aws-cdk-lib';

/** The least that IAM takes for `MaxSessionDuration`, and its default (IAM API reference, CreateRole). */
const SHORTEST_MAX_SESSION = Duration.hours(1);

/**
 * The longest session of a role that fits a profile; undefined where the role's default will do or has to, because the profile's is known at
 * deployment only.
 */
export function longestSession(profileSession: Duration): Duration | undefined {
  return profileSession.isUnresolved() || profileSession.toSeconds() <= SHORTEST_MAX_SESSION.toSeconds() ? undefined : profileSession;
}
