/** How Roles Anywhere names what it reports to Amazon CloudWatch and Amazon EventBridge (User Guide, "Monitoring"). It needs no AWS CDK. */

/** The namespace of the metrics. */
export const METRIC_NAMESPACE = 'AWS/RolesAnywhere';

/** The metrics, each with the dimensions that it is published with: all of them, and no others. */
export const METRIC_DIMENSIONS = {
  Success: ['Operation', 'TrustAnchorArn'],
  // By kind of error, and for the whole account and Region.
  Failure: ['Operation', 'ErrorType'],
  DaysToExpiry: ['TrustAnchorArn'],
} as const;

/** The only operation that is counted. */
export const METRIC_OPERATION = 'CreateSession';

/** The source of the events. */
export const EVENT_SOURCE = 'aws.rolesanywhere';

/** The type of the events that announce that certificates expire. */
export const EXPIRY_DETAIL_TYPE = 'Roles Anywhere Certificate Expiration State Change';
