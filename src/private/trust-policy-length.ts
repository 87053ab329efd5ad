/** How long a trust policy will be once it is deployed, as far as that can be told at synth. */

/** Characters of a trust policy, white space aside, that IAM takes by default (IAM User Guide, "IAM and AWS STS quotas"). */
export const TRUST_POLICY_QUOTA = 2048;

/** The most that quota can be raised to. */
export const MAX_TRUST_POLICY_LENGTH = 4096;

/** Stands for a value that is known at deployment only; a trust anchor ARN in the Region with the longest name is this long. */
const TYPICAL_ARN = 'arn:aws:rolesanywhere:ap-southeast-2:111122223333:trust-anchor/00000000-0000-0000-0000-000000000000';

/** Counts the characters of a resolved policy; white space within values counts, that between elements does not. */
export function trustPolicyLength(resolvedPolicy: unknown): number {
  return JSON.stringify(resolvedPolicy, (_key, value) => (isIntrinsic(value) ? TYPICAL_ARN : value)).length;
}

function isIntrinsic(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::'));
}
