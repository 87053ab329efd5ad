/** Decides CreateSession requests against an assembly, as IAM Roles Anywhere would: every step, in its order, with the facts. */
import { SessionArns, VerificationStep } from '../create-session';
import { PathValidation, validatePath } from '../trust-model/path-validation';
import { CompiledTrustPolicy, compileTrustPolicy, PolicyDocumentJson } from '../trust-model/policy';
import { Certificate } from '../x509';
import { noPathSteps, PathSteps, pathSteps, prepareAnchor, PreparedAnchor, unknownAnchor } from './anchor-steps';
import { DecisionCertificate, DecisionSubject, passed, ServiceError, SessionDecision, SimulatedSession, skipped, Step, StepId, StepOutcome } from './decision';
import { sessionTagsStep, SourceIdentityOutcome, sourceIdentityStep, TagsOutcome } from './identity-steps';
import { AssemblyModel, CrlModel, ProfileModel, ResourceModel, RoleModel, TrustAnchorModel } from './model';
import { simulatedIamId, simulatedUuid } from './physical-ids';
import { durationStep, profileStep, regionAndAccountStep, roleSessionNameStep, roleStep, sessionPolicyStep } from './profile-steps';
import { RevocationCheck, revocationNotEvaluated } from './revocation';
import { SESSION_ACTIONS, TrustContext, trustContexts, trustPolicyStep } from './trust-policy-steps';

/** What is asked of the engine. */
export interface SessionQuery extends SessionArns {
  /** The certificate of the host, and what it sends along. The same object for many queries saves validating it anew. */
  readonly presented: PresentedCertificate;
  /** Seconds. @default - the request leaves it to the profile */
  readonly durationSeconds?: number;
  /** @default - the request sets none */
  readonly roleSessionName?: string;
  /** The moment. @default - now */
  readonly at?: Date;
  /** The steps of verifying the request's signature, all of them passed. @default - there is no signature to verify */
  readonly requestVerification?: readonly VerificationStep[];
  /** The region that the request is signed for. @default - there is no signature */
  readonly scopeRegion?: string;
}

/** What the engine may be told. */
export interface EngineOptions {
  /** Certificates of trust anchors whose template holds none, by ARN. @default - none */
  readonly anchorCertificates?: ReadonlyMap<string, string>;
  /** @default - lists are named, and not evaluated */
  readonly revocation?: RevocationCheck;
}

const TITLES: Readonly<Record<StepId, string>> = {
  'request-signature': 'request signature',
  'trust-anchor': 'trust anchor',
  'certificate-rules': 'certificate of the host',
  'chain': 'chain to the trust anchor',
  'validity': 'validity',
  'revocation': 'revocation',
  'profile': 'profile',
  'region-and-account': 'region and account',
  'role': 'role listed in the profile',
  'duration': 'duration',
  'role-session-name': 'role session name',
  'session-tags': 'session tags',
  'source-identity': 'source identity',
  'session-policy': 'session policy',
  'trust-policy-assume-role': 'trust policy: sts:AssumeRole',
  'trust-policy-tag-session': 'trust policy: sts:TagSession',
  'trust-policy-set-source-identity': 'trust policy: sts:SetSourceIdentity',
};

/** A step with the error it leads to. */
interface TakenStep {
  readonly step: Step;
  readonly error?: ServiceError;
}

/** Gives a step's outcome its name. */
export function takeStep(id: StepId, { error, ...outcome }: StepOutcome): TakenStep {
  return { step: { id, title: TITLES[id], ...outcome }, error };
}

/** A certificate with those sent along, and everything that was found out about it. */
export class PresentedCertificate {
  private readonly paths = new Map<PreparedAnchor, { readonly at: number; readonly validation: PathValidation; readonly steps: PathSteps }>();
  private readonly tagsByProfile = new Map<ProfileModel, TagsOutcome>();
  private identity: SourceIdentityOutcome | undefined;

  public constructor(public readonly leaf: Certificate, public readonly chain: readonly Certificate[]) {}

  /** The path to an anchor at a moment. The last moment asked about is remembered. */
  public pathTo(anchor: PreparedAnchor, at: Date): { readonly validation: PathValidation; readonly steps: PathSteps } {
    const known = this.paths.get(anchor);
    if (known?.at === at.getTime()) {
      return known;
    }
    const validation = validatePath({ endEntity: this.leaf, intermediates: this.chain, anchors: anchor.certificates, at });
    const path = { at: at.getTime(), validation, steps: pathSteps(validation) };
    this.paths.set(anchor, path);
    return path;
  }

  /** The session tags under a profile. The role is only named in the error. */
  public tagsUnder(profile: ProfileModel | undefined, roleArn: string): TagsOutcome {
    const known = profile && this.tagsByProfile.get(profile);
    if (known) {
      return known;
    }
    const outcome = sessionTagsStep(roleArn, this.leaf, profile);
    // An outcome with an error names the role, so it is good for this role only.
    if (profile && outcome.tags) {
      this.tagsByProfile.set(profile, outcome);
    }
    return outcome;
  }

  /** The source identity. */
  public get sourceIdentity(): SourceIdentityOutcome {
    this.identity ??= sourceIdentityStep(this.leaf);
    return this.identity;
  }
}

/** What a query is about, looked up. */
interface Case {
  readonly query: SessionQuery;
  readonly at: Date;
  readonly anchor: PreparedAnchor | undefined;
  readonly profile: ProfileModel | undefined;
  readonly role: RoleModel | undefined;
}

/** The pieces of a session that the steps agreed on. */
interface SessionParts {
  readonly durationSeconds: number;
  readonly roleSessionName: string;
  readonly sourceIdentity: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Decides any number of queries on one assembly. Anchors and trust policies are read once, when first asked about. */
export class SessionEngine {
  private readonly anchors: ReadonlyMap<string, TrustAnchorModel>;
  private readonly profiles: ReadonlyMap<string, ProfileModel>;
  private readonly roles: ReadonlyMap<string, RoleModel>;
  private readonly crls: ReadonlyMap<string, CrlModel[]>;
  private readonly revocation: RevocationCheck;
  private readonly preparedAnchors = new Map<TrustAnchorModel, PreparedAnchor>();
  private readonly policies = new Map<RoleModel, CompiledTrustPolicy>();

  public constructor(model: AssemblyModel, private readonly options: EngineOptions = {}) {
    this.anchors = byArn(model.trustAnchors);
    this.profiles = byArn(model.profiles);
    this.roles = byArn(model.roles);
    this.crls = crlsByAnchor(model);
    this.revocation = options.revocation ?? revocationNotEvaluated;
  }

  /** Decides one query. */
  public decide(query: SessionQuery): SessionDecision {
    const anchorModel = this.anchors.get(query.trustAnchorArn);
    const theCase: Case = {
      query,
      at: query.at ?? new Date(),
      anchor: anchorModel && this.prepared(anchorModel),
      profile: this.profiles.get(query.profileArn),
      role: this.roles.get(query.roleArn),
    };
    const steps = [...requestSteps(query), ...this.certificateSteps(theCase)];
    const parts = this.sessionSteps(theCase, steps);
    return decisionOf(theCase, steps, parts);
  }

  private certificateSteps({ query, anchor, at }: Case): TakenStep[] {
    const path = anchor && anchor.certificates.length > 0 ? query.presented.pathTo(anchor, at) : undefined;
    const steps = path?.steps ?? noPathSteps();
    const revocation = anchor && path
      ? this.revocation({ anchor: anchor.model, crls: this.crls.get(anchor.model.arn) ?? [], path: path.validation.path, at })
      : skipped('there is no trust anchor to have revocation lists');
    return [
      takeStep('trust-anchor', anchor?.step ?? unknownAnchor(query.trustAnchorArn)),
      takeStep('certificate-rules', steps.certificate),
      takeStep('chain', steps.chain),
      takeStep('validity', steps.validity),
      takeStep('revocation', revocation),
    ];
  }

  /** Adds the steps about the session itself, and returns what the session would consist of where they leave nothing open. */
  private sessionSteps(theCase: Case, steps: TakenStep[]): SessionParts | undefined {
    const { query, profile, role } = theCase;
    const { presented, roleArn } = query;
    const duration = durationStep(query.durationSeconds, profile, role);
    const name = roleSessionNameStep(query.roleSessionName, presented.leaf, profile);
    const tags = presented.tagsUnder(profile, roleArn);
    const identity = presented.sourceIdentity;
    steps.push(
      takeStep('profile', profileStep(query.profileArn, profile)),
      takeStep('region-and-account', regionAndAccountStep(query, query.scopeRegion)),
      takeStep('role', roleStep(roleArn, profile, role)),
      takeStep('duration', duration.outcome),
      takeStep('role-session-name', name.outcome),
      takeStep('session-tags', tags.outcome),
      takeStep('source-identity', identity.outcome),
      takeStep('session-policy', sessionPolicyStep(roleArn, profile)),
      ...this.trustPolicySteps(theCase, tags, identity, name.roleSessionName),
    );
    if (duration.durationSeconds === undefined || name.roleSessionName === undefined || tags.tags === undefined) {
      return undefined;
    }
    return {
      durationSeconds: duration.durationSeconds,
      roleSessionName: name.roleSessionName,
      sourceIdentity: identity.sourceIdentity,
      tags: tags.tags,
    };
  }

  private trustPolicySteps(theCase: Case, tags: TagsOutcome, identity: SourceIdentityOutcome, roleSessionName: string | undefined): TakenStep[] {
    const { query, anchor, role, at } = theCase;
    const missing = whyNoTrustQuestion(theCase, tags, roleSessionName);
    if (missing !== undefined || !anchor || !role || !tags.tags || roleSessionName === undefined) {
      return SESSION_ACTIONS.map(({ stepId }) => takeStep(stepId, skipped(missing ?? 'an earlier step failed')));
    }
    const policy = this.compiled(role);
    const contexts = trustContexts({
      trustAnchorArn: anchor.model.arn,
      accountId: anchor.model.environment.account,
      tags: tags.tags,
      knownFields: tags.knownFields,
      ...(identity.known ? { sourceIdentity: identity.sourceIdentity } : {}),
      roleSessionName,
      at,
    });
    return SESSION_ACTIONS.map(({ action, stepId }) =>
      takeStep(stepId, trustPolicyStep(policy, query.roleArn, action, contexts.get(action) as TrustContext)));
  }

  private prepared(model: TrustAnchorModel): PreparedAnchor {
    const anchor = this.preparedAnchors.get(model) ?? prepareAnchor(model, this.options.anchorCertificates?.get(model.arn));
    this.preparedAnchors.set(model, anchor);
    return anchor;
  }

  private compiled(role: RoleModel): CompiledTrustPolicy {
    // The evaluation takes nothing in the document on trust, whatever its type says.
    const policy = this.policies.get(role) ?? compileTrustPolicy(role.trustPolicy as PolicyDocumentJson);
    this.policies.set(role, policy);
    return policy;
  }
}

function byArn<T extends { readonly arn: string }>(models: readonly T[]): ReadonlyMap<string, T> {
  // An empty ARN is one that could not be resolved, and nothing can ask for it.
  return new Map(models.filter(({ arn }) => arn !== '').map((model) => [model.arn, model]));
}

/** A list whose anchor is not known may be any anchor's. */
function crlsByAnchor({ crls, trustAnchors }: AssemblyModel): ReadonlyMap<string, CrlModel[]> {
  return new Map(trustAnchors.map(({ arn }) => [arn, crls.filter(({ trustAnchorArn }) => trustAnchorArn === undefined || trustAnchorArn === arn)]));
}

function requestSteps({ requestVerification }: SessionQuery): TakenStep[] {
  return requestVerification === undefined
    ? []
    : [takeStep('request-signature', passed(...requestVerification.map(({ check, detail }) => `${check}: ${detail}`)))];
}

function whyNoTrustQuestion({ anchor, role }: Case, tags: TagsOutcome, roleSessionName: string | undefined): string | undefined {
  if (!anchor || anchor.model.unusable !== undefined) {
    return 'the trust anchor, which conditions may ask for, is not known';
  }
  if (!role || role.unusable !== undefined) {
    return 'the trust policy of the role is not known';
  }
  if (!tags.tags) {
    return 'the session tags, which conditions may ask for, are not known';
  }
  return roleSessionName === undefined ? 'the session name, which conditions may ask for, is not known' : undefined;
}

function decisionOf(theCase: Case, steps: readonly TakenStep[], parts: SessionParts | undefined): SessionDecision {
  const { query, at, anchor, profile, role } = theCase;
  const failure = steps.find(({ step }) => step.status === 'failed');
  const undecided = steps.find(({ step }) => step.status === 'skipped');
  const session = !failure && !undecided && anchor && role && parts ? sessionOf(theCase, anchor.model, role, parts) : undefined;
  return {
    allowed: session !== undefined,
    steps: steps.map(({ step }) => step),
    ...(failure ? { error: failure.error, failedStep: failure.step } : {}),
    ...(session ? { session } : {}),
    certificate: certificateOf(query.presented.leaf),
    trustAnchor: subjectOf(query.trustAnchorArn, anchor?.model),
    profile: subjectOf(query.profileArn, profile),
    role: subjectOf(query.roleArn, role),
    at,
  };
}

function sessionOf({ query, at }: Case, anchor: TrustAnchorModel, role: RoleModel, parts: SessionParts): SimulatedSession {
  const { partition, account, region } = anchor.environment;
  const roleId = simulatedIamId({ environment: role.environment, stackName: role.stack, logicalId: role.logicalId }, 'AROA');
  const subjectId = simulatedUuid({ environment: anchor.environment, stackName: 'subject', logicalId: query.presented.leaf.subject.toString() });
  return {
    ...parts,
    roleArn: role.arn,
    assumedRoleArn: `arn:${partition}:sts::${account}:assumed-role/${role.name}/${parts.roleSessionName}`,
    assumedRoleId: `${roleId}:${parts.roleSessionName}`,
    expiration: new Date(at.getTime() + parts.durationSeconds * 1000),
    subjectArn: `arn:${partition}:rolesanywhere:${region}:${account}:subject/${subjectId}`,
  };
}

/** A certificate as decisions show it. */
export function certificateOf(certificate: Certificate): DecisionCertificate {
  const { subject, issuer, serialNumberHex, notBefore, notAfter } = certificate;
  return { subject: subject.toString(), issuer: issuer.toString(), serialNumber: serialNumberHex, notBefore, notAfter };
}

function subjectOf(arn: string, model: (ResourceModel & { readonly name: string }) | undefined): DecisionSubject {
  return model ? { arn, name: model.name, logicalId: model.logicalId, stack: model.stack } : { arn };
}
