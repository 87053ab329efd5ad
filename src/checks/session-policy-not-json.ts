/** RA305: a session policy that is no policy in JSON. */
import { isKnownObject } from './model/deferred';
import { PROFILE, Rule, Source } from './model/rule';
import { sessionPolicyOf } from './model/session-policies';

export const sessionPolicyNotJson: Rule = {
  id: 'RA305',
  name: 'session-policy-not-json',
  severity: 'error',
  resourceTypes: [PROFILE],
  finds: 'SessionPolicy of a profile is not the JSON text of a policy: another text, an object, or a document without Statement.',
  why: 'The profile may deploy, and every login through it fails.',
  fix: 'give the policy as JSON text, as stack.toJsonString() makes it, or use Profile, which takes an iam.PolicyDocument',
  source: Source.CREATE_PROFILE,
  check: (profile) => {
    const policy = sessionPolicyOf(profile);
    if (!policy) {
      return [];
    }
    const { document } = policy;
    const problem = document === undefined ? 'is not JSON text' : isKnownObject(document) && document.Statement !== undefined ? undefined : 'has no Statement';
    return problem === undefined ? [] : [{ location: 'Properties.SessionPolicy', message: `the session policy ${problem}` }];
  },
};
