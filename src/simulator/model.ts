/** What the simulator knows of a deployment before it exists: its trust anchors, profiles, roles and CRLs as plain data. */

/** Where a stack would be deployed, with placeholders for what its environment leaves open. */
export interface SimulatedAccount {
  /** The partition of the region, such as `aws` or `aws-us-gov`. */
  readonly partition: string;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
}

/**
 * Stands in a resolved document where a value should be that only a deployment can tell.
 *
 * It is an object, so that nothing takes it for a string; whoever meets one must refuse rather than guess.
 */
export interface UnresolvedMarker {
  /** Why the value is not known. */
  readonly unresolved: string;
}

/** What is common to all resources of the model. */
export interface ResourceModel {
  /** The key of the resource in its template. */
  readonly logicalId: string;
  /** The name of the stack; for a nested stack the name of the outermost one and the logical ids down to it, joined by `/`. */
  readonly stack: string;
  /**
   * The construct that made the resource, such as `Prod/Hosts/Anchor/Resource`.
   *
   * @default - the assembly does not tell
   */
  readonly constructPath?: string;
  readonly environment: SimulatedAccount;
  /**
   * Values by key, as far as they can be resolved. Those that CloudFormation adds by itself are not among them.
   *
   * @default - none, or the resource is a role, whose tags nobody asks for
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Why this resource must not take part in a decision: a property that decisions depend on could not be resolved.
   *
   * @default - the resource can be used
   */
  unusable?: string;
}

/** An `AWS::RolesAnywhere::TrustAnchor`. */
export interface TrustAnchorModel extends ResourceModel {
  readonly kind: 'trust-anchor';
  /** A simulated UUID, the same at every reading of the same stack. */
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  /** False also when the template leaves `Enabled` out, which is how the service takes it. */
  readonly enabled: boolean;
  /** Whether the template states `Enabled`. */
  readonly enabledStated: boolean;
  /** `CERTIFICATE_BUNDLE` or `AWS_ACM_PCA`. */
  readonly sourceType: string;
  /**
   * The PEM text of a `CERTIFICATE_BUNDLE`.
   *
   * @default - the source is not a bundle, or its data could not be resolved
   */
  readonly certificatePem?: string;
  /**
   * The certificate authority of an `AWS_ACM_PCA`.
   *
   * @default - the source is not a private CA, or its ARN could not be resolved
   */
  readonly acmPcaArn?: string;
}

/** Which attributes of one certificate field become session tags. */
export interface AttributeMappingModel {
  /** `x509Subject`, `x509Issuer` or `x509SAN`. */
  readonly certificateField: string;
  /** Such as `CN`, `*` or `Name/*`. */
  readonly specifiers: string[];
}

/** An `AWS::RolesAnywhere::Profile`. */
export interface ProfileModel extends ResourceModel {
  readonly kind: 'profile';
  /** A simulated UUID, the same at every reading of the same stack. */
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  /** False also when the template leaves `Enabled` out, which is how the service takes it. */
  readonly enabled: boolean;
  /** Whether the template states `Enabled`. */
  readonly enabledStated: boolean;
  readonly roleArns: string[];
  /**
   * Seconds.
   *
   * @default - not stated in the template
   */
  readonly durationSeconds?: number;
  /**
   * JSON text. Names of resources that only CloudFormation would choose are simulated in it.
   *
   * @default - no session policy
   */
  readonly sessionPolicy?: string;
  /** Names of policies that only CloudFormation would choose are simulated. */
  readonly managedPolicyArns: string[];
  readonly acceptRoleSessionName: boolean;
  /** @default - not stated in the template: the service's default mappings */
  readonly attributeMappings?: AttributeMappingModel[];
}

/** An `AWS::IAM::Role`. */
export interface RoleModel extends ResourceModel {
  readonly kind: 'role';
  readonly arn: string;
  /** `RoleName`, or a simulated name in the manner of CloudFormation. */
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  /** The resolved `AssumeRolePolicyDocument`, with an {@link UnresolvedMarker} wherever a value is not known. */
  readonly trustPolicy: unknown;
  /** Seconds; 3600 when the template does not say. */
  readonly maxSessionDurationSeconds: number;
}

/** An `AWS::RolesAnywhere::CRL`. */
export interface CrlModel extends ResourceModel {
  readonly kind: 'crl';
  /** A simulated UUID, the same at every reading of the same stack. */
  readonly id: string;
  readonly name: string;
  /** False also when the template leaves `Enabled` out, which is how the service takes it. */
  readonly enabled: boolean;
  /** Whether the template states `Enabled`. */
  readonly enabledStated: boolean;
  /** `CrlData`; empty when it could not be resolved, and then the CRL is marked unusable. */
  readonly crlPem: string;
  /** @default - the template names no trust anchor */
  readonly trustAnchorArn?: string;
}

/** Something in the templates that could not be resolved or is not supported, and what it is about. */
export interface ModelProblem {
  /** A stable name, such as `PARAMETER_WITHOUT_VALUE`. */
  readonly code: string;
  /** What is wrong and what to do about it. */
  readonly message: string;
  /** The stack concerned; empty when it is the assembly as a whole. */
  readonly stack: string;
  /** @default - the problem concerns the stack, not one of its resources */
  readonly logicalId?: string;
  /**
   * The property and the place within it, such as `AssumeRolePolicyDocument.Statement[0].Condition`.
   *
   * @default - the problem concerns the whole resource
   */
  readonly path?: string;
}

/** Everything that the simulator decides with. */
export interface AssemblyModel {
  readonly trustAnchors: TrustAnchorModel[];
  readonly profiles: ProfileModel[];
  readonly roles: RoleModel[];
  readonly crls: CrlModel[];
  readonly problems: ModelProblem[];
}
