/** The steps in words. */
import { ServiceError, Step, StepId, StepOutcome } from './decision';

/** The title of each step. */
export const TITLES: Readonly<Record<StepId, string>> = {
  'request-signature': 'request signature',
  'trust-anchor': 'trust anchor',
  'certificate-rules': 'certificate of the host',
  'chain': 'chain to the trust anchor',
  'validity': 'validity',
  'revocation': 'revocation',
  'profile': 'profile',
  'region-and-account': 'region and account',
  'role': 'role listed in the profile',
  'duration': 'duration',
  'role-session-name': 'role session name',
  'session-tags': 'session tags',
  'source-identity': 'source identity',
  'session-policy': 'session policy',
  'trust-policy-assume-role': 'trust policy: sts:AssumeRole',
  'trust-policy-tag-session': 'trust policy: sts:TagSession',
  'trust-policy-set-source-identity': 'trust policy: sts:SetSourceIdentity',
};

/** A step with the error it leads to. */
export interface TakenStep {
  readonly step: Step;
  readonly error?: ServiceError;
}

/** Gives a step's outcome its name. */
export function takeStep(id: StepId, { status, facts, reason, error }: StepOutcome): TakenStep {
  return { step: { id, title: TITLES[id], status, facts, ...(reason === undefined ? {} : { reason }) }, error };
}
