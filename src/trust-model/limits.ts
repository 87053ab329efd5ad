/** Quotas, lengths and defaults of the services, each in this one place: for synth, for checks of templates and for the simulator. */

// ---- IAM Roles Anywhere

/** Trust anchors of an account and Region (User Guide, "Quotas"; adjustable). */
export const TRUST_ANCHORS_PER_REGION = 50;

/** Profiles of an account and Region (the same page; adjustable). */
export const PROFILES_PER_REGION = 250;

/** Roles of a profile (the same page; not adjustable). */
export const ROLES_PER_PROFILE = 250;

/** Certificates of a trust anchor (the same page); it is said to be adjustable, so that exceeding it is worth a warning only. */
export const CERTIFICATES_PER_ANCHOR = 2;

/** Revocation lists of a trust anchor (the same page; not adjustable). */
export const CRLS_PER_ANCHOR = 2;

/** Characters of a trust anchor's certificates (API model, `SourceData.x509CertificateData`). */
export const MAX_BUNDLE_LENGTH = 204_800;

/** How long before its end a CA is reported. */
export const CA_EXPIRY_WARNING_DAYS = 90;

/** The longest name of a trust anchor, profile or list (API reference, CreateTrustAnchor, CreateProfile, ImportCrl). */
export const MAX_NAME_LENGTH = 255;

/** The alphabet of those names, as the service states it. */
export const NAME_ALPHABET = /^[ a-zA-Z0-9\-_]+$/;

/** How long sessions last at least, in seconds (API reference, CreateSession). */
export const MIN_SESSION_SECONDS = 900;

/** How long sessions last at most, in seconds (the same page). */
export const MAX_SESSION_SECONDS = 43_200;

/** How long sessions of a profile last that states nothing, in seconds (API reference, CreateProfile). */
export const DEFAULT_SESSION_SECONDS = 3600;

/** Managed policies of a profile (the same page). */
export const MANAGED_POLICIES_PER_PROFILE = 50;

/** Characters of a profile's session policy (API reference, UpdateProfile). */
export const MAX_PROFILE_SESSION_POLICY_LENGTH = 100_000;

// ---- AWS STS and IAM

/** Managed policies that STS takes for a session (STS API reference, AssumeRole). */
export const MANAGED_POLICIES_PER_SESSION = 10;

/** Characters of a session policy that STS takes (the same page). */
export const MAX_SESSION_POLICY_LENGTH = 2048;

/** A role's longest session where it states none, and the least that it can state, in seconds (IAM API reference, CreateRole). */
export const DEFAULT_MAX_SESSION_SECONDS = 3600;

/** Characters of a trust policy, white space aside, that IAM takes by default (IAM User Guide, "IAM and AWS STS quotas"). */
export const TRUST_POLICY_QUOTA = 2048;

/** The most that quota can be raised to. */
export const MAX_TRUST_POLICY_LENGTH = 4096;

/** Characters of a managed policy, white space aside (the same page; not adjustable). */
export const MAX_MANAGED_POLICY_LENGTH = 6144;

/** What the ARN of a managed policy looks like. */
export const MANAGED_POLICY_ARN = /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/;

// ---- AWS CloudFormation

/** Resources of a stack (CloudFormation User Guide, "Quotas"; not adjustable). */
export const RESOURCES_PER_STACK = 500;

/** Outputs of a stack (the same page; not adjustable). */
export const OUTPUTS_PER_STACK = 200;

/**
 * The longest output that is made here. CloudFormation documents a limit for exported values only, of 1,024 characters; 4,096 is what it takes
 * of every other text that passes through it.
 */
export const MAX_OUTPUT_LENGTH = 4096;
