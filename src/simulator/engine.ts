/** An assembly made ready for deciding CreateSession requests: what is looked up by ARN, what is read and compiled once. */
import { prepareAnchor, PreparedAnchor } from './anchor-steps';
import { Hearing, SessionRequest } from './hearing';
import { AssemblyModel, CrlModel, ProfileModel, RoleModel, TrustAnchorModel } from './model';
import { RevocationCheck, revocationNotEvaluated } from './revocation';
import { CompiledTrustPolicy, compileTrustPolicy, PolicyDocumentJson } from '../trust-model/policy';

/** What the engine may be told. */
export interface EngineOptions {
  /** Certificates of trust anchors whose template holds none, by ARN. @default - none */
  readonly anchorCertificates?: ReadonlyMap<string, string>;
  /** @default - lists are named, and not evaluated */
  readonly revocation?: RevocationCheck;
}

/** Decides any number of requests on one assembly. Trust policies are compiled at once, anchors are read when first asked about. */
export class SessionEngine {
  /** Whether anything on a path is revoked. */
  public readonly revocation: RevocationCheck;
  private readonly anchors: ReadonlyMap<string, TrustAnchorModel>;
  private readonly profiles: ReadonlyMap<string, ProfileModel>;
  private readonly roles: ReadonlyMap<string, RoleModel>;
  private readonly crls: readonly CrlModel[];
  private readonly preparedAnchors = new Map<TrustAnchorModel, PreparedAnchor>();
  private readonly policies: ReadonlyMap<RoleModel, CompiledTrustPolicy>;

  public constructor(model: AssemblyModel, private readonly options: EngineOptions = {}) {
    this.anchors = byArn(model.trustAnchors);
    this.profiles = byArn(model.profiles);
    this.roles = byArn(model.roles);
    this.crls = model.crls;
    // The evaluation takes nothing in a document on trust, whatever its type says.
    this.policies = new Map(model.roles.map((role) => [role, compileTrustPolicy(role.trustPolicy as PolicyDocumentJson)]));
    this.revocation = options.revocation ?? revocationNotEvaluated;
  }

  /** Takes a request of one certificate at one moment, to be decided for any number of roles, profiles and trust anchors. */
  public hear(request: SessionRequest): Hearing {
    return new Hearing(this, request);
  }

  /** The trust anchor of an ARN, its certificates read. */
  public anchor(arn: string): PreparedAnchor | undefined {
    const model = this.anchors.get(arn);
    if (!model) {
      return undefined;
    }
    const anchor = this.preparedAnchors.get(model) ?? prepareAnchor(model, this.options.anchorCertificates?.get(arn));
    this.preparedAnchors.set(model, anchor);
    return anchor;
  }

  /** The profile of an ARN. */
  public profile(arn: string): ProfileModel | undefined {
    return this.profiles.get(arn);
  }

  /** The role of an ARN. */
  public role(arn: string): RoleModel | undefined {
    return this.roles.get(arn);
  }

  /** The revocation lists of an anchor; one whose anchor is not known may be any anchor's. */
  public crlsOf(anchor: PreparedAnchor): readonly CrlModel[] {
    return this.crls.filter(({ trustAnchorArn }) => trustAnchorArn === undefined || trustAnchorArn === anchor.model.arn);
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
