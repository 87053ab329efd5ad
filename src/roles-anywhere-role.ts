/** A role that hosts assume with their certificates, and nobody else. */
import { Annotations, aws_iam as iam, Duration, Stack } from 'aws-cdk-lib';
import { ITrustAnchorRef } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { CertificateCondition } from './certificate-condition';
import { MAX_TRUST_POLICY_LENGTH, TRUST_POLICY_QUOTA, trustPolicyLength } from './private/trust-policy-length';
import { RolesAnywherePrincipal, RolesAnywherePrincipalProps } from './roles-anywhere-principal';

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
    const principal = new DeferredPrincipal({ trustAnchors, certificate });
    super(scope, id, { ...roleProps, assumedBy: principal });
    principal._reportTo = this;
    principal.writeTrustPolicy(this.assumeRolePolicy);
    Object.defineProperty(this, ROLES_ANYWHERE_ROLE_SYMBOL, { value: true });
    this.node.addValidation({ validate: () => this.validateTrustPolicyLength() });
  }

  private validateTrustPolicyLength(): string[] {
    if (!this.assumeRolePolicy) {
      return [];
    }
    const length = trustPolicyLength(Stack.of(this).resolve(this.assumeRolePolicy));
    const wayOut = 'use fewer alternatives a role, patterns ("...Like"), or one role for all hosts with session tags in its permissions';
    if (length > MAX_TRUST_POLICY_LENGTH) {
      return [`the trust policy has about ${length} characters, and IAM takes ${MAX_TRUST_POLICY_LENGTH} at the very most; ${wayOut}`];
    }
    if (length > TRUST_POLICY_QUOTA) {
      Annotations.of(this).addWarningV2(
        'cdk-roles-anywhere:RolesAnywhereRole.trustPolicyQuota',
        `the trust policy has about ${length} characters, and the default quota is ${TRUST_POLICY_QUOTA}; have it raised before you deploy, or ${wayOut}`,
      );
    }
    return [];
  }
}

/** Writes its statements once the role is there, because warnings are to name the role. */
class DeferredPrincipal extends RolesAnywherePrincipal {
  public constructor(props: RolesAnywherePrincipalProps) {
    super(props);
  }

  public addToAssumeRolePolicy(): void {
    // Comes in the role's constructor, before there is a role.
  }

  public writeTrustPolicy(document: iam.PolicyDocument | undefined): void {
    if (document) {
      super.addToAssumeRolePolicy(document);
    }
  }
}

const ROLES_ANYWHERE_ROLE_SYMBOL = Symbol.for('cdk-roles-anywhere.RolesAnywhereRole');
