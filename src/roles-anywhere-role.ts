/** A role that hosts assume with their certificates, and nobody else. */
import { aws_iam as iam, Duration } from 'aws-cdk-lib';
import { ITrustAnchorRef } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { CertificateCondition } from './certificate-condition';
import { beginValidation, roleFacts } from './private/role-facts';
import { warnAboutTrust } from './private/trust-checks';
import { checkTrustPolicyLength } from './private/trust-policy-length';
import { RolesAnywherePrincipal } from './roles-anywhere-principal';

/** Properties of a role for hosts. */
export interface RolesAnywhereRoleProps {
  /** The trust anchors whose certificates count. Others of the account do not. */
  readonly trustAnchors: ITrustAnchorRef[];

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

  /**
   * Managed policies that the role has.
   *
   * @default - none
   */
  readonly managedPolicies?: iam.IManagedPolicy[];

  /**
   * Policies that are part of the role, by name.
   *
   * @default - none
   */
  readonly inlinePolicies?: { [name: string]: iam.PolicyDocument };

  /**
   * The longest session of the role, 1 to 12 hours. Profiles that ask for more are refused, at synth here and at login by the
   * service.
   *
   * @default Duration.hours(1)
   */
  readonly maxSessionDuration?: Duration;

  /**
   * Path of the role.
   *
   * @default /
   */
  readonly path?: string;

  /**
   * The most the role may ever do.
   *
   * @default - no boundary
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;
}

/**
 * A role that hosts assume through Roles Anywhere. It is an `iam.Role`, so that every grant works with it.
 *
 * Its trust policy has one statement for each alternative of the certificate condition and none besides. A profile has to list the
 * role before a host can use it.
 *
 * @resource AWS::IAM::Role
 * @example
 * declare const anchor: TrustAnchor;
 * declare const bucket: s3.Bucket;
 * const uploader = new RolesAnywhereRole(this, 'Uploader', {
 *   trustAnchors: [anchor],
 *   certificate: CertificateCondition.allOf(Subject.commonName('onprem01'), Subject.organizationalUnit('SecOps')),
 * });
 * bucket.grantPut(uploader);
 */
export class RolesAnywhereRole extends iam.Role {
  /** Whether something is a RolesAnywhereRole made by this library. */
  public static isRolesAnywhereRole(x: any): x is RolesAnywhereRole {
    return x !== null && typeof x === 'object' && ROLES_ANYWHERE_ROLE_SYMBOL in x;
  }

  public constructor(scope: Construct, id: string, props: RolesAnywhereRoleProps) {
    const { trustAnchors, certificate, ...roleProps } = props;
    const principal = new RolesAnywherePrincipal({ trustAnchors, certificate });
    // The role looks at its whole trust policy when everything is there.
    principal._warns = false;
    super(scope, id, { ...roleProps, assumedBy: principal });
    Object.defineProperty(this, ROLES_ANYWHERE_ROLE_SYMBOL, { value: true });
    this.node.addValidation({ validate: () => this.validateTrustPolicy() });
  }

  private validateTrustPolicy(): string[] {
    beginValidation(this);
    const facts = roleFacts(this);
    if (!facts) {
      return [];
    }
    warnAboutTrust(this, facts.trustStatements ?? []);
    return checkTrustPolicyLength(this, facts.trustPolicy);
  }
}

const ROLES_ANYWHERE_ROLE_SYMBOL = Symbol.for('cdk-roles-anywhere.RolesAnywhereRole');
