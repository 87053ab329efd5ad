/** Access for many hosts outside AWS, each to what is its own. */
import { aws_iam as iam, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { ITrustAnchorRef } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { CertificateCondition } from './certificate-condition';
import { HostAccessOptions } from './host-access-options';
import { HostIsolation } from './host-isolation';
import { RolesAnywhereError } from './private/errors';
import { checkHostNames, indistinct, KnownHost } from './private/fleet-hosts';
import { FleetPrincipal } from './private/fleet-principal';
import { createHostRole } from './private/host-role';
import { longestSession } from './private/session-duration';
import { SharedPermissions } from './private/shared-permissions';
import { packHosts, signerConfiguration, signerConfigurations, SignerSettings } from './private/signer-configuration';
import { watchQuotas } from './private/stack-quotas';
import { requireSameEnvironment } from './private/trust-anchors';
import { checkTrustPolicyLength } from './private/trust-policy-length';
import { Profile } from './profile';
import { RolesAnywhereRole } from './roles-anywhere-role';
import { SessionTag } from './session-tag';
import { ROLES_PER_PROFILE } from './trust-model/limits';

/** A host of a fleet. */
export interface FleetHost {
  /** Name of the host, unique in the fleet. */
  readonly name: string;

  /**
   * Its certificates.
   *
   * @default - those in which the attribute that tells hosts apart (`hostTag`) is the host's name
   */
  readonly certificate?: CertificateCondition;
}

/** Properties of a fleet. */
export interface HostFleetProps extends HostAccessOptions {
  /**
   * The hosts.
   *
   * @default - none; there have to be some unless `HostIsolation.sessionTags` has a certificate condition in their place
   */
  readonly hosts?: FleetHost[];

  /**
   * How hosts are kept apart.
   *
   * @default HostIsolation.sessionTags()
   */
  readonly isolation?: HostIsolation;

  /**
   * The attribute of the certificate that tells hosts apart. It is the value of {@link HostFleet.hostVariable}.
   *
   * @default SessionTag.subjectCommonName()
   */
  readonly hostTag?: SessionTag;
}

/** What a host gets, and through which profile. */
interface Placement {
  readonly roleArn: string;
  readonly profile: Profile;
  /** The role, for those who have more to do with it; the same at each call. */
  readonly role: () => iam.IRole;
}

/**
 * Access for many hosts outside AWS. Grants are made to the fleet, and name what is a host's own by {@link hostVariable}, so that each host
 * sees its own and no other's.
 *
 * By default all hosts share one role, and session tags keep them apart; {@link HostIsolation.rolePerHost} gives each a role.
 *
 * What the hosts need is in outputs of the stack. With one role it is `SignerConfiguration`, a configuration file of `roles-anywhere-signer`
 * that is the same on all of them. With a role for each host it is `SignerConfigurations`, continued in `SignerConfigurations2` and so on:
 * a JSON object in which `hosts` has the file of each host by its name.
 *
 * Quotas are minded at synth: of the trust policy, of roles in a profile, of the stack, and of the service.
 *
 * @example
 * declare const anchor: TrustAnchor;
 * declare const bucket: s3.Bucket;
 * const fleet = new HostFleet(this, 'Fleet', {
 *   trustAnchors: [anchor],
 *   hosts: [{ name: 'web01.example.com' }, { name: 'web02.example.com' }],
 * });
 * bucket.grantReadWrite(fleet, `hosts/${fleet.hostVariable}/*`);
 */
export class HostFleet extends Construct implements iam.IGrantable {
  /** The profiles through which hosts get their roles. */
  public readonly profiles: Profile[];

  /** The trust anchors whose certificates count. */
  public readonly trustAnchors: ITrustAnchorRef[];

  /** The attribute of the certificate that tells hosts apart. */
  public readonly hostTag: SessionTag;

  /** What grants to all hosts are made to. */
  public readonly grantPrincipal: iam.IPrincipal;

  private readonly hosts: readonly KnownHost[];
  private readonly placements: ReadonlyMap<string, Placement>;
  private readonly sharedRole?: iam.Role;
  private readonly sharedConfiguration?: string;
  private readonly hostScope: Construct;
  private readonly trustAnchorArns: readonly string[];
  private readonly sessionDuration: Duration;

  /**
   * @throws where there is no trust anchor or host, hosts have the same name or cannot be told apart, or are too many for one role; where a
   * trust anchor is in another account or Region; and where name, duration or mappings are not what the service takes
   */
  public constructor(scope: Construct, id: string, private readonly props: HostFleetProps) {
    super(scope, id);
    const { isolation = HostIsolation.sessionTags(), trustAnchors } = props;
    this.checkTrustAnchors(trustAnchors);
    this.trustAnchors = [...trustAnchors];
    this.trustAnchorArns = [...new Set(trustAnchors.map(({ trustAnchorRef }) => trustAnchorRef.trustAnchorArn))];
    this.hostScope = new Construct(this, 'Host');
    this.hostTag = props.hostTag ?? SessionTag.subjectCommonName();
    this.sessionDuration = props.sessionDuration ?? Duration.hours(1);
    this.hosts = this.knownHosts(props.hosts ?? [], isolation);
    this.profiles = [this.createProfile(1)];
    if (isolation._rolePerHost) {
      const roles = this.createHostRoles();
      this.placements = this.place(roles);
      this.grantPrincipal = new SharedPermissions(this, [...roles.values()], this.profiles[0]._mappings);
      this.outputEach();
    } else {
      const role = isolation._certificate ? this.createRoleFor(isolation._certificate) : this.createSharedRole();
      const placement = { roleArn: role.roleArn, profile: this.profiles[0], role: () => role };
      placement.profile.addRole(role);
      this.placements = new Map(this.hosts.map(({ name }) => [name, placement]));
      this.sharedRole = role;
      this.grantPrincipal = role.grantPrincipal;
      this.sharedConfiguration = signerConfiguration(this, id, this.target(placement));
      new CfnOutput(this, 'SignerConfiguration', {
        value: this.sharedConfiguration,
        description: `Configuration file of the signers of ${this.node.path}`,
      });
    }
    watchQuotas(this);
  }

  /** The roles of the hosts: one, or one for each in the order of the hosts. */
  public get roles(): iam.IRole[] {
    return this.sharedRole ? [this.sharedRole] : [...this.placements.values()].map(({ role }) => role());
  }

  /**
   * The policy variable that stands for the host in permissions, to be followed by a separator: `hosts/${fleet.hostVariable}/*`.
   *
   * @throws where hosts with a role each have conditions that leave the attribute open, so that it does not tell them apart
   */
  public get hostVariable(): string {
    this.requireDistinctHosts();
    return this.hostTag.policyVariable;
  }

  /** Gives every host a permission; what is a host's own is named by {@link hostVariable}. */
  public addToHostPolicy(statement: iam.PolicyStatement): void {
    this.grantPrincipal.addToPrincipalPolicy(statement);
  }

  /** The role that a host gets. @throws where the fleet lists no such host */
  public roleOf(hostName: string): iam.IRole {
    return this.placementOf(hostName).role();
  }

  /** The profile through which a host gets its role. @throws where the fleet lists no such host */
  public profileOf(hostName: string): Profile {
    return this.placementOf(hostName).profile;
  }

  /** The configuration file of a host's signer; certificate and key are its to add. @throws where the fleet lists no such host */
  public signerConfiguration(hostName: string): string {
    return signerConfiguration(this, hostName, this.target(this.placementOf(hostName)));
  }

  /**
   * The configuration files of all signers, by host; one without a host where they share it.
   *
   * @internal
   */
  public _signerConfigurations(): ReadonlyArray<readonly [host: string | undefined, configuration: string]> {
    return this.sharedConfiguration !== undefined
      ? [[undefined, this.sharedConfiguration]]
      : [...this.placements.keys()].map((host) => [host, this.signerConfiguration(host)] as const);
  }

  private placementOf(hostName: string): Placement {
    const placement = this.placements.get(hostName);
    if (!placement) {
      throw new RolesAnywhereError('INVALID_HOST', `the fleet lists no host ${JSON.stringify(hostName)}`, this);
    }
    return placement;
  }

  private checkTrustAnchors(trustAnchors: readonly ITrustAnchorRef[]): void {
    if (trustAnchors.length === 0) {
      throw new RolesAnywhereError('NO_TRUST_ANCHOR', 'a fleet needs at least one trust anchor: without one, any of the account would do', this);
    }
    trustAnchors.forEach((anchor) => requireSameEnvironment(this, anchor, 'trust anchor'));
  }

  private knownHosts(hosts: readonly FleetHost[], { _certificate: certificate }: HostIsolation): KnownHost[] {
    if (certificate !== undefined && hosts.length > 0) {
      throw new RolesAnywhereError(
        'INVALID_HOST',
        'the fleet lists hosts, and sessionTags() has a certificate condition that lets in others too; give either the list or the condition',
        this,
      );
    }
    if (certificate === undefined && hosts.length === 0) {
      throw new RolesAnywhereError('INVALID_HOST', 'the fleet has no hosts; list some, or give HostIsolation.sessionTags() a certificate condition', this);
    }
    checkHostNames(this, hosts.map(({ name }) => name));
    return hosts.map((host) => {
      const ofHost = host.certificate ?? CertificateCondition._on(this.hostTag._field, this.hostTag._specifier, host.name);
      if (ofHost._alternatives.length === 0) {
        throw new RolesAnywhereError('INVALID_HOST', `the certificate condition of ${JSON.stringify(host.name)} lets nobody in; give it a condition`, this);
      }
      return { name: host.name, alternatives: ofHost._alternatives };
    });
  }

  private requireDistinctHosts(): void {
    const fault = indistinct(this.hosts, this.hostTag.conditionKey);
    if (fault !== undefined) {
      throw new RolesAnywhereError('INVALID_HOST', fault, this);
    }
  }

  private createProfile(number: number): Profile {
    const { profileName, enabled, sessionPolicy, attributeMappings } = this.props;
    const suffix = number === 1 ? '' : String(number);
    return new Profile(this, `Profile${suffix}`, {
      profileName: profileName !== undefined && suffix ? `${profileName}-${suffix}` : profileName,
      enabled,
      sessionDuration: this.sessionDuration,
      sessionPolicy,
      attributeMappings,
    });
  }

  private createHostRoles(): Map<string, iam.CfnRole> {
    const options = { trustAnchorArns: this.trustAnchorArns, ...this.roleOptions() };
    return new Map(this.hosts.map(({ name, alternatives }) => [name, createHostRole(this.hostScope, name, { alternatives, ...options })]));
  }

  /** Fills one profile after another. */
  private place(roles: ReadonlyMap<string, iam.CfnRole>): Map<string, Placement> {
    return new Map([...roles].map(([name, resource], i) => {
      const number = Math.floor(i / ROLES_PER_PROFILE);
      const profile = this.profiles[number] ??= this.createProfile(number + 1);
      profile.addRole(resource);
      let role: iam.IRole | undefined;
      return [name, { roleArn: resource.attrArn, profile, role: () => role ??= iam.Role.fromRoleName(resource, 'Grants', resource.ref) }];
    }));
  }

  private createRoleFor(certificate: CertificateCondition): iam.Role {
    return new RolesAnywhereRole(this, 'Role', { trustAnchors: this.trustAnchors, certificate, ...this.roleOptions() });
  }

  private createSharedRole(): iam.Role {
    this.requireDistinctHosts();
    const alternatives = this.hosts.flatMap((host) => host.alternatives);
    const assumedBy = new FleetPrincipal(this.trustAnchorArns, alternatives, this.hostTag.conditionKey);
    const role = new iam.Role(this, 'Role', { assumedBy, ...this.roleOptions() });
    if (checkTrustPolicyLength(role, Stack.of(this).resolve(role.assumeRolePolicy)).length > 0) {
      throw new RolesAnywhereError(
        'TOO_MANY_HOSTS',
        `${this.hosts.length} hosts are more than the trust policy of one role has room for, 4,096 characters at the very most; let in what they have in `
        + 'common, as in HostIsolation.sessionTags({ certificate: Subject.organizationalUnit("Fleet") }), give each a role with '
        + 'HostIsolation.rolePerHost(), or make several fleets',
        this,
      );
    }
    return role;
  }

  private roleOptions() {
    const { managedPolicies, permissionsBoundary, maxSessionDuration } = this.props;
    return { managedPolicies, permissionsBoundary, maxSessionDuration: maxSessionDuration ?? longestSession(this.sessionDuration) };
  }

  private target({ roleArn, profile }: Placement): SignerSettings {
    return {
      trustAnchorArn: this.trustAnchorArns[0],
      profileArn: profile.profileArn,
      roleArn,
      sessionDuration: this.sessionDuration,
    };
  }

  private outputEach(): void {
    const targets = new Map([...this.placements].map(([name, placement]) => [name, this.target(placement)]));
    packHosts(targets).forEach((part, i) => new CfnOutput(this, `SignerConfigurations${i === 0 ? '' : i + 1}`, {
      value: signerConfigurations(this, this.node.id, part),
      description: `Configuration files of the signers of ${this.node.path}, by host`,
    }));
  }
}
