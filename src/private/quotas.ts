/** Quotas that constructs mind at synth, each with its source. */

/** Roles of a profile (IAM Roles Anywhere User Guide, "Quotas"; not adjustable). */
export const ROLES_PER_PROFILE = 250;

/** Profiles of an account and Region (the same page; adjustable). */
export const PROFILES_PER_REGION = 250;

/** Trust anchors of an account and Region (the same page; adjustable). */
export const TRUST_ANCHORS_PER_REGION = 50;

/** Resources of a stack (CloudFormation User Guide, "Quotas"; not adjustable). */
export const RESOURCES_PER_STACK = 500;

/** Outputs of a stack (the same page; not adjustable). */
export const OUTPUTS_PER_STACK = 200;

/**
 * The longest output that is made here. CloudFormation documents a limit for exported values only, of 1,024 characters; 4,096 is what it takes
 * of every other text that passes through it.
 */
export const MAX_OUTPUT_LENGTH = 4096;

/** Characters of a managed policy, white space aside (IAM User Guide, "IAM and AWS STS quotas"; not adjustable). */
export const MAX_MANAGED_POLICY_LENGTH = 6144;
