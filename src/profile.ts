/** The profile: which roles hosts may ask for, for how long, and what a session may do at most. */
import { Annotations, aws_iam as iam, Duration, IResource, Lazy, Resource, Stack, Token } from 'aws-cdk-lib';
import { CfnProfile, IProfileRef, ProfileReference } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { AttributeMapping } from './attribute-mapping';
import { rolesAnywhereArn, splitRolesAnywhereArn } from './private/arns';
import { RolesAnywhereError } from './private/errors';
import { resourceName } from './private/names';
import { beginValidation, RoleFacts, roleFacts } from './private/role-facts';
import { checkPolicyVariables } from './private/role-variables';
import { warnAboutTrust } from './private/trust-checks';
import { checkTrustPolicyLength } from './private/trust-policy-length';
import { RolesAnywhereRole } from './roles-anywhere-role';
import {
  DEFAULT_SESSION_SECONDS, MANAGED_POLICIES_PER_PROFILE, MANAGED_POLICIES_PER_SESSION, MANAGED_POLICY_ARN, MAX_PROFILE_SESSION_POLICY_LENGTH,
  MAX_SESSION_POLICY_LENGTH, MAX_SESSION_SECONDS, MIN_SESSION_SECONDS, ROLES_PER_PROFILE,
} from './trust-model/limits';
import { AttributeMappingRule, DEFAULT_ATTRIBUTE_MAPPINGS } from './trust-model/session-tags';
import { droppedAttributes, missingTrustActions } from './trust-model/trust-statements';

/** A profile, made here or imported. */
export interface IProfile extends IResource, IProfileRef {
  /**
   * ARN of the profile.
   *
   * @attribute
   */
  readonly profileArn: string;

  /**
   * Id of the profile, a UUID.
   *
   * @attribute
   */
  readonly profileId: string;
}

/** Properties of a profile. */
export interface ProfileProps {
  /**
   * The roles that hosts may ask for, 250 at most. A profile needs one at least; `addRole` adds more.
   *
   * @default - none yet
   */
  readonly roles?: iam.IRoleRef[];

  /**
   * Name of the profile: letters, digits, blanks, hyphens and underscores, 255 characters at most.
   *
   * @default - made from the construct's path
   */
  readonly profileName?: string;

  /**
   * Whether sessions are given out. Stated in the template in any case: CloudFormation leaves a profile disabled when it is not.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long sessions last at most, 15 minutes to 12 hours. A host may ask for less. It must not be more than the longest session
   * of any of the roles: the service refuses the login then, and does not shorten the session.
   *
   * @default Duration.hours(1)
   */
  readonly sessionDuration?: Duration;

  /**
   * What sessions may do at most, whatever the role allows.
   *
   * @default - what the role allows
   */
  readonly sessionPolicy?: iam.PolicyDocument;

  /**
   * Managed policies that bound sessions as well; STS takes 10.
   *
   * @default - none
   */
  readonly managedPolicies?: iam.IManagedPolicyRef[];

  /**
   * Which certificate attributes become session tags. Conditions and policy variables of the roles on others never hold, and are errors at
   * synth.
   *
   * @default - all attributes of subject and issuer, and the first DNS name, URI and directory name
   */
  readonly attributeMappings?: AttributeMapping[];

  /**
   * Whether hosts may choose the name of their session. Whoever holds a certificate can then take any name, so do not decide
   * anything by it, unless trust policies hold it to the certificate as those of EksHybridNodeAccess do.
   *
   * @default false - the session is named after the certificate's serial number
   */
  readonly acceptRoleSessionName?: boolean;
}

abstract class ProfileBase extends Resource implements IProfile {
  public abstract readonly profileArn: string;
  public abstract readonly profileId: string;

  public get profileRef(): ProfileReference {
    return { profileArn: this.profileArn, profileId: this.profileId };
  }
}

/**
 * A profile: hosts name it, and one of its roles, when they ask for a session.
 *
 * At synth it looks at those of its roles that are made in the same app: a role that does not trust Roles Anywhere, whose sessions
 * are shorter than the profile's, or whose conditions the attribute mappings can never meet is an error there rather than at login. So are
 * policy variables in their permissions on attributes that are not mapped.
 *
 * @resource AWS::RolesAnywhere::Profile
 * @example
 * declare const uploader: RolesAnywhereRole;
 * new Profile(this, 'Profile', { roles: [uploader], sessionDuration: Duration.minutes(30) });
 */
export class Profile extends ProfileBase {
  /** An existing profile by its ARN. */
  public static fromProfileArn(scope: Construct, id: string, profileArn: string): IProfile {
    const components = splitRolesAnywhereArn(scope, 'profile', profileArn);
    class Import extends ProfileBase {
      public readonly profileArn = profileArn;
      public readonly profileId = components.resourceName!;
    }
    return new Import(scope, id, { environmentFromArn: profileArn });
  }

  /** An existing profile of the stack's account and Region by its id. */
  public static fromProfileId(scope: Construct, id: string, profileId: string): IProfile {
    return Profile.fromProfileArn(scope, id, rolesAnywhereArn(scope, 'profile', profileId));
  }

  /** Whether something is a Profile made by this library. */
  public static isProfile(x: any): x is Profile {
    return x !== null && typeof x === 'object' && PROFILE_SYMBOL in x;
  }

  public readonly profileArn: string;
  public readonly profileId: string;

  /**
   * What becomes session tags, stated or not.
   *
   * @internal
   */
  public readonly _mappings: readonly AttributeMappingRule[];

  private readonly roles: iam.IRoleRef[] = [];
  private readonly roleArns = new Set<string>();
  private readonly sessionSeconds: number;

  public constructor(scope: Construct, id: string, props: ProfileProps = {}) {
    super(scope, id);
    Object.defineProperty(this, PROFILE_SYMBOL, { value: true });
    const mappings = this.completeMappings(props.attributeMappings);
    this._mappings = mappings ?? DEFAULT_ATTRIBUTE_MAPPINGS;
    this.sessionSeconds = this.checkSessionDuration(props.sessionDuration);
    props.roles?.forEach((role) => this.addRole(role));
    const resource = new CfnProfile(this, 'Resource', {
      name: resourceName(this, props.profileName),
      roleArns: Lazy.list({ produce: () => [...this.roleArns] }),
      // Left out, the service takes it for false.
      enabled: props.enabled ?? true,
      durationSeconds: this.sessionSeconds,
      sessionPolicy: this.renderSessionPolicy(props.sessionPolicy),
      managedPolicyArns: this.renderManagedPolicies(props.managedPolicies),
      acceptRoleSessionName: props.acceptRoleSessionName,
      attributeMappings: mappings?.map(({ certificateField, specifiers }) => ({
        certificateField,
        mappingRules: specifiers.map((specifier) => ({ specifier })),
      })),
    });
    this.profileArn = resource.attrProfileArn;
    this.profileId = resource.attrProfileId;
    this.node.addValidation({ validate: () => this.validateRoles() });
  }

  /** Lets hosts ask for one more role. Adding a role twice is no harm. */
  public addRole(role: iam.IRoleRef): void {
    // Of the bare resource, the reference has a token more than is wanted; a fleet has hundreds of them.
    const roleArn = iam.CfnRole.isCfnRole(role) ? role.attrArn : role.roleRef.roleArn;
    if (!this.roleArns.has(roleArn)) {
      this.roleArns.add(roleArn);
      this.roles.push(role);
    }
  }

  private checkSessionDuration(duration: Duration | undefined): number {
    if (duration === undefined) {
      return DEFAULT_SESSION_SECONDS;
    }
    const seconds = duration.toSeconds();
    if (!Token.isUnresolved(seconds) && (seconds < MIN_SESSION_SECONDS || seconds > MAX_SESSION_SECONDS)) {
      throw new RolesAnywhereError(
        'INVALID_SESSION_DURATION',
        `sessions last from ${MIN_SESSION_SECONDS} seconds (15 minutes) to ${MAX_SESSION_SECONDS} (12 hours), not ${seconds}`,
        this,
      );
    }
    return seconds;
  }

  /** A part that has no mapping is rendered with its default: whether the service keeps or drops it otherwise is not documented. */
  private completeMappings(mappings: AttributeMapping[] | undefined): AttributeMappingRule[] | undefined {
    if (!mappings || mappings.length === 0) {
      return undefined;
    }
    const byField = new Map(mappings.map((mapping) => [mapping.certificateField as string, mapping]));
    if (byField.size < mappings.length) {
      throw new RolesAnywhereError('INVALID_ATTRIBUTE_MAPPING', 'a part of the certificate is mapped twice; give all its specifiers in one mapping', this);
    }
    const complete = DEFAULT_ATTRIBUTE_MAPPINGS
      .map(({ certificateField, specifiers }) => ({ certificateField, specifiers: byField.get(certificateField)?.specifiers ?? specifiers }))
      .filter(({ specifiers }) => specifiers.length > 0);
    if (complete.length === 0) {
      throw new RolesAnywhereError(
        'INVALID_ATTRIBUTE_MAPPING',
        'no part of the certificate is mapped, so that a template cannot say it and no condition could ever hold; map one attribute at least',
        this,
      );
    }
    return complete;
  }

  private renderSessionPolicy(document: iam.PolicyDocument | undefined): string | undefined {
    if (!document) {
      return undefined;
    }
    // Statements may still come.
    this.node.addValidation({ validate: () => this.validateSessionPolicy(document) });
    return Lazy.string({ produce: () => Stack.of(this).toJsonString(document) });
  }

  private validateSessionPolicy(document: iam.PolicyDocument): string[] {
    const faults = document.isEmpty ? ['it has no statement, which would deny everything'] : document.validateForIdentityPolicy();
    return faults.length > 0 ? [`the session policy cannot be used: ${faults.join('; ')}`] : this.validateSessionPolicyLength(document);
  }

  private validateSessionPolicyLength(document: iam.PolicyDocument): string[] {
    const { length } = JSON.stringify(Stack.of(this).resolve(document));
    if (length > MAX_PROFILE_SESSION_POLICY_LENGTH) {
      return [`the session policy has about ${length} characters, the service takes ${MAX_PROFILE_SESSION_POLICY_LENGTH}; move permissions into managed policies`];
    }
    if (length > MAX_SESSION_POLICY_LENGTH) {
      Annotations.of(this).addWarningV2(
        'cdk-roles-anywhere:Profile.sessionPolicyLength',
        `the session policy has about ${length} characters, and STS takes ${MAX_SESSION_POLICY_LENGTH} for a session; logins may be refused. `
        + 'Shorten it, or move permissions into managed policies',
      );
    }
    return [];
  }

  private renderManagedPolicies(policies: iam.IManagedPolicyRef[] | undefined): string[] | undefined {
    const arns = policies?.map(({ managedPolicyRef }) => managedPolicyRef.policyArn);
    const malformed = arns?.find((arn) => !Token.isUnresolved(arn) && !MANAGED_POLICY_ARN.test(arn));
    if (malformed !== undefined) {
      throw new RolesAnywhereError(
        'INVALID_ARN',
        `${JSON.stringify(malformed)} is not the ARN of a managed policy; it should look like arn:aws:iam::aws:policy/ReadOnlyAccess`,
        this,
      );
    }
    if (arns && arns.length > MANAGED_POLICIES_PER_PROFILE) {
      throw new RolesAnywhereError('TOO_MANY_MANAGED_POLICIES', `a profile takes ${MANAGED_POLICIES_PER_PROFILE} managed policies, not ${arns.length}`, this);
    }
    if (arns && arns.length > MANAGED_POLICIES_PER_SESSION) {
      Annotations.of(this).addWarningV2(
        'cdk-roles-anywhere:Profile.managedPolicyCount',
        `the profile has ${arns.length} managed policies, and STS takes ${MANAGED_POLICIES_PER_SESSION} for a session; logins may be refused`,
      );
    }
    return arns;
  }

  private validateRoles(): string[] {
    beginValidation(this);
    if (this.roles.length === 0) {
      return ['the profile has no role, so that nobody can use it; pass `roles` or call addRole()'];
    }
    if (this.roles.length > ROLES_PER_PROFILE) {
      return [`the profile has ${this.roles.length} roles, the service takes ${ROLES_PER_PROFILE}; spread them over several profiles`];
    }
    return this.roles.flatMap((role) => {
      const facts = roleFacts(role);
      return [
        ...(facts ? [...this.validateRoleDuration(role, facts), ...this.validateRoleTrust(role, facts), ...checkOtherRole(role, facts)] : []),
        // Roles that are imported may be given permissions here.
        ...checkPolicyVariables(role, this._mappings),
      ];
    });
  }

  private validateRoleDuration(role: iam.IRoleRef, { maxSessionSeconds }: RoleFacts): string[] {
    return maxSessionSeconds === undefined || Token.isUnresolved(this.sessionSeconds) || this.sessionSeconds <= maxSessionSeconds ? [] : [
      `sessions of the profile last ${this.sessionSeconds} seconds, and the role ${role.node.path} allows ${maxSessionSeconds}: the service refuses `
      + 'such a login. Raise maxSessionDuration of the role, or lower sessionDuration of the profile',
    ];
  }

  private validateRoleTrust(role: iam.IRoleRef, { trustStatements }: RoleFacts): string[] {
    if (trustStatements === undefined) {
      return [];
    }
    const missing = missingTrustActions(trustStatements);
    if (missing.length > 0) {
      return [
        `the role ${role.node.path} does not let Roles Anywhere do ${missing.join(', ')}, so that no host could use it through this profile; `
        + 'make it a RolesAnywhereRole, or give it a RolesAnywherePrincipal',
      ];
    }
    return this.validateRoleAttributes(role, trustStatements);
  }

  private validateRoleAttributes(role: iam.IRoleRef, statements: NonNullable<RoleFacts['trustStatements']>): string[] {
    const { attributes, everyStatement } = droppedAttributes(statements, this._mappings);
    if (attributes.length === 0) {
      return [];
    }
    const fault = `the role ${role.node.path} has conditions on ${attributes.join(', ')}, which the profile's attribute mappings drop`;
    if (everyStatement) {
      return [`${fault}: no host could use the role through this profile. Map these attributes, or condition on others`];
    }
    Annotations.of(this).addWarningV2(
      'cdk-roles-anywhere:Profile.attributeNotMapped',
      `${fault}: these alternatives of the role never hold through this profile`,
    );
    return [];
  }
}

/** What a RolesAnywhereRole checks by itself, for roles that were made by other means. */
function checkOtherRole(role: iam.IRoleRef, { trustStatements = [], trustPolicy }: RoleFacts): string[] {
  if (RolesAnywhereRole.isRolesAnywhereRole(role)) {
    return [];
  }
  warnAboutTrust(role, trustStatements);
  return checkTrustPolicyLength(role, trustPolicy);
}

const PROFILE_SYMBOL = Symbol.for('cdk-roles-anywhere.Profile');
