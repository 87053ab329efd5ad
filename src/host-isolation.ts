/** How the hosts of a fleet are kept apart: by session tags on one role, or by a role each. */
import { CertificateCondition } from './certificate-condition';

/** Options of a fleet whose hosts share a role. */
export interface SessionTagIsolationOptions {
  /**
   * Which certificates count, in place of a list of hosts: for fleets that are too many for a trust policy, or that only the CA knows. Each
   * host still sees its own only, by the session tag. The fleet then lists no hosts, and it is up to the CA that no two have the same name, nor
   * one the folder of another (`a` and `a/b`).
   *
   * @default - those of the hosts that the fleet lists
   */
  readonly certificate?: CertificateCondition;
}

/**
 * How the hosts of a {@link HostFleet} are kept apart.
 *
 * @example
 * declare const anchor: TrustAnchor;
 * new HostFleet(this, 'Fleet', {
 *   trustAnchors: [anchor],
 *   hosts: [{ name: 'web01' }, { name: 'web02' }],
 *   isolation: HostIsolation.rolePerHost(),
 * });
 */
export class HostIsolation {
  /**
   * One role for all hosts. Permissions name what is a host's own by a policy variable, whose value is the attribute of the certificate that
   * tells hosts apart. Hosts come and go by a change of one trust policy, or none at all where a condition stands for the list.
   */
  public static sessionTags(options: SessionTagIsolationOptions = {}): HostIsolation {
    return new HostIsolation(false, options.certificate);
  }

  /**
   * A role for each host, in profiles of up to 250 roles. Permissions may differ from host to host, and a host can be shut out by its role.
   *
   * The list of hosts decides which profile a role is in where there are several: add new hosts at its end, or others move to another profile
   * and have to be told.
   */
  public static rolePerHost(): HostIsolation {
    return new HostIsolation(true, undefined);
  }

  /** @internal */
  public readonly _rolePerHost: boolean;

  /** @internal */
  public readonly _certificate?: CertificateCondition;

  private constructor(rolePerHost: boolean, certificate: CertificateCondition | undefined) {
    this._rolePerHost = rolePerHost;
    this._certificate = certificate;
  }
}
