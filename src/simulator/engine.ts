/** An assembly made ready for deciding CreateSession requests: what is looked up by ARN, what is read and compiled once. */
import { AccountState } from './account-state';
import { prepareAnchor, PreparedAnchor } from './anchor-steps';
import { StepOutcome } from './decision';
import { Hearing, SessionRequest } from './hearing';
import { AssemblyModel, ProfileModel, RoleModel, TrustAnchorModel } from './model';
import { RevocationChecker, RevocationInput } from './revocation';
import { CompiledTrustPolicy, compileTrustPolicy, PolicyDocumentJson } from '../trust-model/policy';

/** What the engine may be told. */
export interface EngineOptions {
  /** Certificates of trust anchors whose template holds none, by ARN. @default - none */
  readonly anchorCertificates?: ReadonlyMap<string, string>;
  /** Trust anchors, profiles and revocation lists as they are when a request is heard. @default - as the templates state them */
  readonly state?: AccountState;
}

/** Decides any number of requests on one assembly. Trust policies are compiled at once, anchors are read when first asked about. */
export class SessionEngine {
  private readonly state: AccountState;
  private readonly revocation = new RevocationChecker();
  private readonly roles: ReadonlyMap<string, RoleModel>;
  // Switching an anchor off or on makes another model of it, and what was prepared of the former one may go.
  private readonly preparedAnchors = new WeakMap<TrustAnchorModel, PreparedAnchor>();
  private readonly policies: ReadonlyMap<RoleModel, CompiledTrustPolicy>;

  public constructor(model: AssemblyModel, private readonly options: EngineOptions = {}) {
    this.state = options.state ?? new AccountState(model);
    this.roles = byArn(model.roles);
    // The evaluation takes nothing in a document on trust, whatever its type says.
    this.policies = new Map(model.roles.map((role) => [role, compileTrustPolicy(role.trustPolicy as PolicyDocumentJson)]));
  }

  /** Takes a request of one certificate at one moment, to be decided for any number of roles, profiles and trust anchors. */
  public hear(request: SessionRequest): Hearing {
    return new Hearing(this, request);
  }

  /** The trust anchor of an ARN, its certificates read. */
  public anchor(arn: string): PreparedAnchor | undefined {
    const model = this.state.trustAnchors.withArn(arn)?.properties;
    if (!model) {
      return undefined;
    }
    const anchor = this.preparedAnchors.get(model) ?? prepareAnchor(model, this.options.anchorCertificates?.get(arn));
    this.preparedAnchors.set(model, anchor);
    return anchor;
  }

  /** The profile of an ARN. */
  public profile(arn: string): ProfileModel | undefined {
    return this.state.profiles.withArn(arn)?.properties;
  }

  /** The role of an ARN. */
  public role(arn: string): RoleModel | undefined {
    return this.roles.get(arn);
  }

  /** The step that asks whether anything on a path to an anchor is revoked. */
  public checkRevocation({ model, certificates }: PreparedAnchor, input: Pick<RevocationInput, 'path' | 'at'>): StepOutcome {
    return this.revocation.check({ ...input, crls: this.state.crlsOf(model.arn), anchorCertificates: certificates });
  }

  /** The trust policy of a role, compiled. */
  public trustPolicy(role: RoleModel): CompiledTrustPolicy | undefined {
    return this.policies.get(role);
  }
}

function byArn<T extends { readonly arn: string }>(models: readonly T[]): ReadonlyMap<string, T> {
  // An empty ARN is one that could not be resolved, and nothing can ask for it.
  return new Map(models.filter(({ arn }) => arn !== '').map((model) => [model.arn, model]));
}
