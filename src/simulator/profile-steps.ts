/** The steps about the profile: whether it can be used with this anchor and this role, for how long, and under which session name. */
import { isJsonObject } from '../assembly/json';
import { checkSessionArns, CreateSessionError, SessionArns } from '../create-session';
import {
  DEFAULT_SESSION_SECONDS, MANAGED_POLICIES_PER_SESSION, MAX_SESSION_POLICY_LENGTH, MAX_SESSION_SECONDS, MIN_SESSION_SECONDS,
} from '../trust-model/limits';
import { defaultRoleSessionName } from '../trust-model/session-tags';
import { Certificate } from '../x509';
import { disabledReason } from './anchor-steps';
import { failed, passed, skipped, StepOutcome } from './decision';
import { ProfileModel, RoleModel } from './model';
import { cannotDecide, refusal, ServiceErrors, unableToAssumeRole, validationError } from './service-errors';

/** What STS takes as name of a role session (STS API reference, AssumeRole). */
const ROLE_SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/** Whether the profile is there and enabled. */
export function profileStep(arn: string, profile: ProfileModel | undefined): StepOutcome {
  if (!profile) {
    return failed(`the assembly has no profile ${arn}`, ServiceErrors.invalidOrEmptyProfile);
  }
  if (profile.unusable !== undefined) {
    const reason = `profile ${profile.name} cannot be used: ${profile.unusable}`;
    return failed(reason, cannotDecide(reason));
  }
  const facts = [`profile ${profile.name} with ${profile.roleArns.length} roles`];
  return profile.enabled ? passed(...facts, 'it is enabled') : failed(disabledReason('profile', profile), ServiceErrors.profileDisabled, facts);
}

/** Whether anchor, profile and role are of one account and partition, and anchor, profile and request of one region. */
export function regionAndAccountStep(arns: SessionArns, scopeRegion: string | undefined): StepOutcome {
  try {
    const { partition, region, accountId } = checkSessionArns(arns);
    if (scopeRegion !== undefined && scopeRegion !== region) {
      const reason = `the request is signed for ${scopeRegion}, and trust anchor and profile are in ${region}`;
      return failed(reason, refusal(`Credential should be scoped to a valid region: ${region}`));
    }
    return passed(`trust anchor and profile are in ${region}, all three in account ${accountId} of partition ${partition}`);
  } catch (error) {
    if (!(error instanceof CreateSessionError)) {
      throw error;
    }
    const serviceError = error.code === 'ARN_MISMATCH' ? ServiceErrors.invalidOrEmptyProfile : validationError(error.message);
    return failed(error.message, serviceError);
  }
}

/** Whether the profile lists the role, and the role is known. `listed` are the profile's roles, for looking up. */
export function roleStep(roleArn: string, profile: ProfileModel | undefined, listed: ReadonlySet<string>, role: RoleModel | undefined): StepOutcome {
  if (!profile || profile.unusable !== undefined) {
    return skipped('there is no profile to list the role');
  }
  if (profile.roleArns.length === 0) {
    return failed(`profile ${profile.name} lists no role`, ServiceErrors.invalidOrEmptyProfile);
  }
  if (!listed.has(roleArn)) {
    const others = profile.roleArns.slice(0, 5).join(', ') + (profile.roleArns.length > 5 ? `, and ${profile.roleArns.length - 5} more` : '');
    return failed(`profile ${profile.name} does not list ${roleArn}`, ServiceErrors.roleNotListed, [`it lists ${others}`]);
  }
  if (!role) {
    const reason = `profile ${profile.name} lists ${roleArn}, but the role is not part of the assembly, so its trust policy is not known`;
    return failed(reason, cannotDecide(reason));
  }
  if (role.unusable !== undefined) {
    const reason = `role ${role.name || role.logicalId} cannot be used: ${role.unusable}`;
    return failed(reason, cannotDecide(reason));
  }
  return passed(`profile ${profile.name} lists ${roleArn}`);
}

/** How long the session lasts: an outcome, and the seconds where it passed. */
export interface DurationOutcome {
  readonly outcome: StepOutcome;
  readonly durationSeconds?: number;
}

/** The shorter of profile and request; beyond the role's maximum it is an error, not a clamp (API reference, CreateSession). */
export function durationStep(requested: number | undefined, profile: ProfileModel | undefined, role: RoleModel | undefined): DurationOutcome {
  if (!profile || profile.unusable !== undefined) {
    return { outcome: skipped('the profile, which limits the duration, is not known') };
  }
  const ofProfile = profile.durationSeconds ?? DEFAULT_SESSION_SECONDS;
  const facts = [
    profile.durationSeconds === undefined ? `the profile states no duration, so it is ${ofProfile} seconds` : `the profile allows ${ofProfile} seconds`,
    requested === undefined ? 'the request leaves the duration to the profile' : `the request asks for ${requested} seconds`,
  ];
  for (const [what, seconds] of [['the request', requested], ['the profile', ofProfile]] as const) {
    if (seconds !== undefined && !(Number.isSafeInteger(seconds) && seconds >= MIN_SESSION_SECONDS && seconds <= MAX_SESSION_SECONDS)) {
      const reason = `${what} has a duration of ${seconds} seconds, and it is ${MIN_SESSION_SECONDS} to ${MAX_SESSION_SECONDS}`;
      return { outcome: failed(reason, validationError(`durationSeconds must be between ${MIN_SESSION_SECONDS} and ${MAX_SESSION_SECONDS}`), facts) };
    }
  }
  const durationSeconds = Math.min(ofProfile, requested ?? ofProfile);
  if (role && role.unusable === undefined && durationSeconds > role.maxSessionDurationSeconds) {
    const reason = `the session would last ${durationSeconds} seconds, and the role's MaxSessionDuration is ${role.maxSessionDurationSeconds}; `
      + 'that is an error and not cut down, so raise the one or lower the other';
    return { outcome: failed(reason, ServiceErrors.durationExceedsMaximum, facts) };
  }
  const ofRole = role ? [`the role allows ${role.maxSessionDurationSeconds} seconds`] : [];
  return { outcome: passed(...facts, ...ofRole, `the session lasts ${durationSeconds} seconds`), durationSeconds };
}

/** The name of the session: an outcome, and the name where it passed. */
export interface SessionNameOutcome {
  readonly outcome: StepOutcome;
  readonly roleSessionName?: string;
}

/** The serial number in hexadecimal, or what the request says where the profile lets it. */
export function roleSessionNameStep(requested: string | undefined, certificate: Certificate, profile: ProfileModel | undefined): SessionNameOutcome {
  if (requested !== undefined && !profile) {
    return { outcome: skipped('the profile, which decides whether a session name may be set, is not known') };
  }
  if (requested !== undefined && !profile?.acceptRoleSessionName) {
    const reason = `the request sets a session name, and profile ${profile?.name} does not accept one (AcceptRoleSessionName)`;
    return { outcome: failed(reason, ServiceErrors.notAuthorizedToSetRoleSessionName) };
  }
  const roleSessionName = requested ?? defaultRoleSessionName(certificate);
  if (!ROLE_SESSION_NAME.test(roleSessionName)) {
    const reason = `the session name ${JSON.stringify(roleSessionName.slice(0, 100))} is not of 2 to 64 letters, digits and _ + = , . @ -`;
    return { outcome: failed(reason, validationError('roleSessionName does not match [\\w+=,.@-]{2,64}')) };
  }
  const origin = requested === undefined ? 'the serial number of the certificate, as the request sets none' : 'as the request sets it';
  return { outcome: passed(`the session is named ${roleSessionName}: ${origin}`), roleSessionName };
}

/** Whether STS could take the profile's session policies. What they allow is not decided here. */
export function sessionPolicyStep(roleArn: string, profile: ProfileModel | undefined): StepOutcome {
  if (!profile || profile.unusable !== undefined) {
    return skipped('the profile is not known');
  }
  const { sessionPolicy, managedPolicyArns } = profile;
  const facts = [
    sessionPolicy === undefined ? 'no session policy' : `a session policy of ${sessionPolicy.length} characters; what it allows is not evaluated`,
    `${managedPolicyArns.length} managed session policies`,
  ];
  const problem = sessionPolicy === undefined ? undefined : sessionPolicyProblem(sessionPolicy);
  if (problem !== undefined) {
    return failed(`the session policy of profile ${profile.name} ${problem}`, unableToAssumeRole(roleArn), facts);
  }
  if (managedPolicyArns.length > MANAGED_POLICIES_PER_SESSION) {
    const reason = `profile ${profile.name} has ${managedPolicyArns.length} managed policies, and STS takes ${MANAGED_POLICIES_PER_SESSION}`;
    return failed(reason, unableToAssumeRole(roleArn), facts);
  }
  return passed(...facts);
}

function sessionPolicyProblem(sessionPolicy: string): string | undefined {
  if (sessionPolicy.length > MAX_SESSION_POLICY_LENGTH) {
    return `has ${sessionPolicy.length} characters, and STS takes ${MAX_SESSION_POLICY_LENGTH}`;
  }
  try {
    return isJsonObject(JSON.parse(sessionPolicy)) ? undefined : 'is not a JSON object';
  } catch {
    return 'is not JSON';
  }
}
