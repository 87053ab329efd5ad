/** What HostAccess and HostFleet take alike. */
import { aws_iam as iam, Duration } from 'aws-cdk-lib';
import { ITrustAnchorRef } from 'aws-cdk-lib/aws-rolesanywhere';
import { AttributeMapping } from './attribute-mapping';

/** Properties that the access of one workload and that of a fleet have in common. */
export interface HostAccessOptions {
  /**
   * The trust anchors whose certificates count, in the account and Region of the stack. Hosts are told to use the first; those with
   * certificates of another one name that themselves.
   */
  readonly trustAnchors: ITrustAnchorRef[];

  /**
   * Name of the profile: letters, digits, blanks, hyphens and underscores, 255 characters at most. Where a fleet has several, those behind the
   * first have a number added.
   *
   * @default - made from the construct's path
   */
  readonly profileName?: string;

  /**
   * Whether sessions are given out.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long sessions last at most, 15 minutes to 12 hours. A host may ask for less.
   *
   * @default Duration.hours(1)
   */
  readonly sessionDuration?: Duration;

  /**
   * The longest session of a role, 1 to 12 hours, whatever profile it is used through.
   *
   * @default - as long as `sessionDuration`, and one hour at least
   */
  readonly maxSessionDuration?: Duration;

  /**
   * Managed policies that a role has.
   *
   * @default - none
   */
  readonly managedPolicies?: iam.IManagedPolicy[];

  /**
   * What sessions may do at most, whatever a role allows.
   *
   * @default - what the role allows
   */
  readonly sessionPolicy?: iam.PolicyDocument;

  /**
   * The most a role may ever do.
   *
   * @default - no boundary
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;

  /**
   * Which certificate attributes become session tags. Conditions and policy variables on others never hold, and are errors at synth.
   *
   * @default - all attributes of subject and issuer, and the first DNS name, URI and directory name
   */
  readonly attributeMappings?: AttributeMapping[];
}
