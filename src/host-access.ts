/** Access for one workload outside AWS: its role, its profile, and what its hosts need to be told. */
import { aws_iam as iam, CfnOutput, Duration } from 'aws-cdk-lib';
import { ITrustAnchorRef } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { CertificateCondition } from './certificate-condition';
import { HostAccessOptions } from './host-access-options';
import { longestSession } from './private/session-duration';
import { signerConfiguration } from './private/signer-configuration';
import { watchQuotas } from './private/stack-quotas';
import { requireSameEnvironment } from './private/trust-anchors';
import { Profile } from './profile';
import { RolesAnywhereRole } from './roles-anywhere-role';

/** Properties of the access of one workload. */
export interface HostAccessProps extends HostAccessOptions {
  /** The certificates that count. For all of them say `CertificateCondition.anyCertificate()`. */
  readonly certificate: CertificateCondition;

  /**
   * Name of the role.
   *
   * @default - made by CloudFormation
   */
  readonly roleName?: string;

  /**
   * What the role is for.
   *
   * @default - none
   */
  readonly description?: string;
}

/**
 * Access for one workload outside AWS: a role that its certificates may assume and nothing else may, and a profile for it.
 *
 * Grants work as with a role. What its hosts need is an output of the stack, `SignerConfiguration`, whose value is a configuration file of
 * `roles-anywhere-signer` as it stands: trust anchor, profile, role, Region and session duration.
 *
 * For many hosts, each of which is to see its own only, there is {@link HostFleet}.
 *
 * @example
 * declare const anchor: TrustAnchor;
 * declare const bucket: s3.Bucket;
 * const backup = new HostAccess(this, 'Backup', {
 *   trustAnchors: [anchor],
 *   certificate: Subject.organizationalUnit('Backup'),
 * });
 * bucket.grantReadWrite(backup, `backups/${SessionTag.subjectCommonName()}/*`);
 */
export class HostAccess extends Construct implements iam.IGrantable {
  /** The role that hosts get. */
  public readonly role: RolesAnywhereRole;

  /** The profile through which they get it. */
  public readonly profile: Profile;

  /** The trust anchors whose certificates count. */
  public readonly trustAnchors: ITrustAnchorRef[];

  /** What grants are made to: the role. */
  public readonly grantPrincipal: iam.IPrincipal;

  /** The configuration file of the hosts' signers, as it is in the output; certificate and key are theirs to add. */
  public readonly signerConfiguration: string;

  /**
   * @throws where there is no trust anchor, one is in another account or Region, or name, duration or mappings are not what the service takes
   */
  public constructor(scope: Construct, id: string, props: HostAccessProps) {
    super(scope, id);
    const { trustAnchors, certificate, sessionDuration = Duration.hours(1) } = props;
    trustAnchors.forEach((anchor) => requireSameEnvironment(this, anchor, 'trust anchor'));
    this.trustAnchors = [...trustAnchors];
    this.profile = new Profile(this, 'Profile', {
      profileName: props.profileName,
      enabled: props.enabled,
      sessionDuration,
      sessionPolicy: props.sessionPolicy,
      attributeMappings: props.attributeMappings,
    });
    this.role = new RolesAnywhereRole(this, 'Role', {
      trustAnchors,
      certificate,
      roleName: props.roleName,
      description: props.description,
      managedPolicies: props.managedPolicies,
      permissionsBoundary: props.permissionsBoundary,
      maxSessionDuration: props.maxSessionDuration ?? longestSession(sessionDuration),
    });
    this.grantPrincipal = this.role.grantPrincipal;
    this.profile.addRole(this.role);
    this.signerConfiguration = signerConfiguration(this, id, {
      trustAnchorArn: trustAnchors[0].trustAnchorRef.trustAnchorArn,
      profileArn: this.profile.profileArn,
      roleArn: this.role.roleArn,
      sessionDuration,
    });
    new CfnOutput(this, 'SignerConfiguration', { value: this.signerConfiguration, description: `Configuration file of the signers of ${this.node.path}` });
    watchQuotas(this);
  }
}
