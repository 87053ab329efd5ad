/** Quotas, lengths and defaults of the services, in one place: for synth, for checks of templates and for the simulator. */

/** A role's longest session where it states none, in seconds (IAM API reference, CreateRole). */
export const DEFAULT_MAX_SESSION_SECONDS = 3600;

/** How long sessions of a profile last that states nothing, in seconds (API reference, CreateProfile). */
export const DEFAULT_SESSION_SECONDS = 3600;

/** The documented quota of certificates per trust anchor; it is said to be adjustable, so that exceeding it is worth a warning only. */
export const CERTIFICATES_PER_ANCHOR = 2;

/** How long before its end a CA is reported. */
export const CA_EXPIRY_WARNING_DAYS = 90;

/** Revocation lists per trust anchor (service quota, not adjustable). */
export const CRLS_PER_ANCHOR = 2;

/** The longest name of a trust anchor, profile or list (API reference, CreateTrustAnchor, CreateProfile, ImportCrl). */
export const MAX_NAME_LENGTH = 255;

/** The alphabet of those names, as the service states it. */
export const NAME_ALPHABET = /^[ a-zA-Z0-9\-_]+$/;

/** What the ARN of a managed policy looks like. */
export const MANAGED_POLICY_ARN = /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/;
