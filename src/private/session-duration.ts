/** How long sessions of a role have to be for those of its profile to be given out. */
import { Duration } from 'aws-cdk-lib';
import { DEFAULT_MAX_SESSION_SECONDS } from '../trust-model/limits';

/**
 * The longest session of a role that fits a profile; undefined where the role's default will do or has to, because the profile's is known at
 * deployment only.
 */
export function longestSession(profileSession: Duration): Duration | undefined {
  return profileSession.isUnresolved() || profileSession.toSeconds() <= DEFAULT_MAX_SESSION_SECONDS ? undefined : profileSession;
}
