/** Keys in the metadata of resources, where constructs leave for readers of a template what its properties do not say. */

/** Suppressed findings by the id of the rule, each with its reason. */
export const SUPPRESSIONS_KEY = 'cdk-roles-anywhere:suppressions';

/** PEM text of the CAs below the trust anchor that issue a revocation list. */
export const CRL_ISSUERS_KEY = 'cdk-roles-anywhere:issuer-certificates';
