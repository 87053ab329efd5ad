/** Decides what one certificate gets at one moment, as IAM Roles Anywhere would: every step, in its order, with the facts. */
import { SessionArns, VerificationStep } from '../create-session';
import { validatePath } from '../trust-model/path-validation';
import { Certificate } from '../x509';
import { noPathSteps, pathSteps, PreparedAnchor, unknownAnchor } from './anchor-steps';
import { DecisionCertificate, DecisionSubject, passed, SessionDecision, SimulatedSession, skipped } from './decision';
import type { SessionEngine } from './engine';
import { sessionTagsStep, SourceIdentityOutcome, sourceIdentityStep, TagsOutcome } from './identity-steps';
import { ProfileModel, ResourceModel, RoleModel, TrustAnchorModel } from './model';
import { simulatedIamId, simulatedUuid } from './physical-ids';
import { durationStep, profileStep, regionAndAccountStep, roleSessionNameStep, roleStep, sessionPolicyStep } from './profile-steps';
import { TakenStep, takeStep } from './step-titles';
import { SESSION_ACTIONS, TrustContexts, trustContexts, trustPolicyStep } from './trust-policy-steps';

/** A request, the ARNs aside. */
export interface SessionRequest {
  /** The certificate of the host. */
  readonly certificate: Certificate;
  /** What it sends along. */
  readonly chain: readonly Certificate[];
  /** The moment. */
  readonly at: Date;
  /** Seconds. @default - the request leaves it to the profile */
  readonly durationSeconds?: number;
  /** @default - the request sets none */
  readonly roleSessionName?: string;
  /** The steps of verifying the request's signature, all of them passed. @default - there is no signature to verify */
  readonly requestVerification?: readonly VerificationStep[];
  /** The region that the request is signed for. @default - there is no signature */
  readonly scopeRegion?: string;
}

/** What the ARNs of a query stand for. */
interface Case {
  readonly arns: SessionArns;
  readonly anchor: PreparedAnchor | undefined;
  readonly profile: ProfileModel | undefined;
  readonly role: RoleModel | undefined;
}

/** What depends on the profile, and not on the role. */
interface ProfileFindings {
  readonly profile: TakenStep;
  /** ARNs of the roles that the profile lists. */
  readonly listed: ReadonlySet<string>;
  readonly sessionName: TakenStep;
  readonly roleSessionName: string | undefined;
  readonly tags: TagsOutcome;
  readonly sessionTags: TakenStep;
  readonly sessionPolicy: TakenStep;
}

/**
 * One request, decided for any number of combinations of trust anchor, profile and role.
 *
 * What does not depend on the role is found out once: a chain is validated once for each anchor, tags are made once for each profile.
 */
export class Hearing {
  private readonly certificate: DecisionCertificate;
  private readonly requestSteps: readonly TakenStep[];
  private readonly identity: SourceIdentityOutcome;
  private readonly sourceIdentity: TakenStep;
  private readonly anchorSteps = new Map<PreparedAnchor, readonly TakenStep[]>();
  private readonly profileFindings = new Map<ProfileModel, ProfileFindings>();
  private readonly contexts = new Map<ProfileFindings, Map<PreparedAnchor, TrustContexts>>();

  /** Use `SessionEngine.hear`. */
  public constructor(private readonly engine: SessionEngine, private readonly request: SessionRequest) {
    const { certificate, requestVerification } = request;
    this.certificate = describeCertificate(certificate);
    this.requestSteps = requestVerification === undefined
      ? []
      : [takeStep('request-signature', passed(...requestVerification.map(({ check, detail }) => `${check}: ${detail}`)))];
    this.identity = sourceIdentityStep(certificate);
    this.sourceIdentity = takeStep('source-identity', this.identity.outcome);
  }

  /** Decides for one combination. */
  public decide(arns: SessionArns): SessionDecision {
    const { engine } = this;
    const theCase: Case = {
      arns,
      anchor: engine.anchor(arns.trustAnchorArn),
      profile: engine.profile(arns.profileArn),
      role: engine.role(arns.roleArn),
    };
    const { anchor, profile, role } = theCase;
    const { scopeRegion, durationSeconds } = this.request;
    const findings = this.findingsOf(theCase);
    const duration = durationStep(durationSeconds, profile, role);
    const steps = [
      ...this.requestSteps,
      ...(anchor ? this.stepsOf(anchor) : stepsWithoutAnchor(arns.trustAnchorArn)),
      findings.profile,
      takeStep('region-and-account', regionAndAccountStep(arns, scopeRegion)),
      takeStep('role', roleStep(arns.roleArn, profile, findings.listed, role)),
      takeStep('duration', duration.outcome),
      findings.sessionName,
      findings.sessionTags,
      this.sourceIdentity,
      findings.sessionPolicy,
      ...this.trustPolicySteps(theCase, findings),
    ];
    return this.decision(theCase, steps, () => this.session(theCase, findings, duration.durationSeconds));
  }

  private stepsOf(anchor: PreparedAnchor): readonly TakenStep[] {
    const known = this.anchorSteps.get(anchor);
    if (known) {
      return known;
    }
    const steps = anchor.certificates.length > 0 ? this.validate(anchor) : withoutPath(anchor.step);
    this.anchorSteps.set(anchor, steps);
    return steps;
  }

  private validate(anchor: PreparedAnchor): readonly TakenStep[] {
    const { certificate, chain, at } = this.request;
    const validation = validatePath({ endEntity: certificate, intermediates: chain, anchors: anchor.certificates, at });
    const steps = pathSteps(validation);
    const revocation = validation.anchor
      ? this.engine.checkRevocation(anchor, { path: validation.path, at })
      : skipped('there is no path to the trust anchor, and only its CAs can say what is revoked');
    return [
      takeStep('trust-anchor', anchor.step),
      takeStep('certificate-rules', steps.certificate),
      takeStep('chain', steps.chain),
      takeStep('validity', steps.validity),
      takeStep('revocation', revocation),
    ];
  }

  private findingsOf({ arns, profile }: Case): ProfileFindings {
    const known = profile && this.profileFindings.get(profile);
    if (known) {
      return known;
    }
    const { certificate, roleSessionName } = this.request;
    const name = roleSessionNameStep(roleSessionName, certificate, profile);
    const tags = sessionTagsStep(arns.roleArn, certificate, profile);
    const sessionPolicy = sessionPolicyStep(arns.roleArn, profile);
    const findings: ProfileFindings = {
      profile: takeStep('profile', profileStep(arns.profileArn, profile)),
      listed: new Set(profile?.roleArns),
      sessionName: takeStep('role-session-name', name.outcome),
      roleSessionName: name.roleSessionName,
      tags,
      sessionTags: takeStep('session-tags', tags.outcome),
      sessionPolicy: takeStep('session-policy', sessionPolicy),
    };
    // The errors of these two steps name the role, so they are good for this role only.
    if (profile && tags.outcome.error === undefined && sessionPolicy.error === undefined) {
      this.profileFindings.set(profile, findings);
    }
    return findings;
  }

  private trustPolicySteps({ arns, anchor, role }: Case, findings: ProfileFindings): readonly TakenStep[] {
    const missing = whyNoTrustQuestion(anchor, role, findings);
    const contexts = anchor && missing === undefined ? this.contextsFor(anchor, findings) : undefined;
    const policy = role && this.engine.trustPolicy(role);
    if (!contexts || !policy) {
      return SESSION_ACTIONS.map(({ stepId }) => takeStep(stepId, skipped(missing ?? 'an earlier step failed')));
    }
    return SESSION_ACTIONS.map((action) => trustPolicyStep(policy, arns.roleArn, action, contexts));
  }

  private contextsFor(anchor: PreparedAnchor, findings: ProfileFindings): TrustContexts | undefined {
    const { tags: { tags, knownFields }, roleSessionName } = findings;
    if (tags === undefined || roleSessionName === undefined) {
      return undefined;
    }
    const byAnchor = this.contexts.get(findings) ?? new Map<PreparedAnchor, TrustContexts>();
    const contexts = byAnchor.get(anchor) ?? trustContexts({
      trustAnchorArn: anchor.model.arn,
      accountId: anchor.model.environment.account,
      tags,
      knownFields,
      ...(this.identity.known ? { sourceIdentity: this.identity.sourceIdentity } : {}),
      roleSessionName,
      at: this.request.at,
    });
    this.contexts.set(findings, byAnchor.set(anchor, contexts));
    return contexts;
  }

  private decision({ arns, anchor, profile, role }: Case, steps: readonly TakenStep[], session: () => SimulatedSession | undefined): SessionDecision {
    const failure = steps.find(({ step }) => step.status === 'failed');
    // A step is skipped only where an earlier one failed; should it not be so, nothing is allowed all the same.
    const complete = !steps.some(({ step }) => step.status === 'failed' || step.status === 'skipped');
    const granted = complete ? session() : undefined;
    return {
      allowed: granted !== undefined,
      steps: steps.map(({ step }) => step),
      ...(failure ? { error: failure.error, failedStep: failure.step } : {}),
      ...(granted ? { session: granted } : {}),
      certificate: this.certificate,
      trustAnchor: subjectOf(arns.trustAnchorArn, anchor?.model),
      profile: subjectOf(arns.profileArn, profile),
      role: subjectOf(arns.roleArn, role),
      at: this.request.at,
    };
  }

  private session({ anchor, role }: Case, findings: ProfileFindings, durationSeconds: number | undefined): SimulatedSession | undefined {
    const { tags: { tags }, roleSessionName } = findings;
    if (!anchor || !role || !tags || roleSessionName === undefined || durationSeconds === undefined) {
      return undefined;
    }
    const { partition, account } = anchor.model.environment;
    const roleId = simulatedIamId({ environment: role.environment, stackName: role.stack, logicalId: role.logicalId }, 'AROA');
    return {
      roleArn: role.arn,
      assumedRoleArn: `arn:${partition}:sts::${account}:assumed-role/${role.name}/${roleSessionName}`,
      assumedRoleId: `${roleId}:${roleSessionName}`,
      roleSessionName,
      sourceIdentity: this.identity.sourceIdentity,
      tags,
      durationSeconds,
      expiration: new Date(this.request.at.getTime() + durationSeconds * 1000),
      subjectArn: subjectArn(anchor.model, this.certificate.subject),
    };
  }
}

function stepsWithoutAnchor(arn: string): readonly TakenStep[] {
  return withoutPath(unknownAnchor(arn));
}

function withoutPath(anchorStep: PreparedAnchor['step']): readonly TakenStep[] {
  const { certificate, chain, validity } = noPathSteps();
  return [
    takeStep('trust-anchor', anchorStep),
    takeStep('certificate-rules', certificate),
    takeStep('chain', chain),
    takeStep('validity', validity),
    takeStep('revocation', skipped('there is no trust anchor to have revocation lists')),
  ];
}

function whyNoTrustQuestion(anchor: PreparedAnchor | undefined, role: RoleModel | undefined, findings: ProfileFindings): string | undefined {
  if (!anchor || anchor.model.unusable !== undefined) {
    return 'the trust anchor, which conditions may ask for, is not known';
  }
  if (!role || role.unusable !== undefined) {
    return 'the trust policy of the role is not known';
  }
  if (!findings.tags.tags) {
    return 'the session tags, which conditions may ask for, are not known';
  }
  return findings.roleSessionName === undefined ? 'the session name, which conditions may ask for, is not known' : undefined;
}

function subjectArn({ environment }: TrustAnchorModel, subject: string): string {
  const id = simulatedUuid({ environment, stackName: 'subject', logicalId: subject });
  return `arn:${environment.partition}:rolesanywhere:${environment.region}:${environment.account}:subject/${id}`;
}

function describeCertificate({ subject, issuer, serialNumberHex, notBefore, notAfter }: Certificate): DecisionCertificate {
  return { subject: subject.toString(), issuer: issuer.toString(), serialNumber: serialNumberHex, notBefore, notAfter };
}

function subjectOf(arn: string, model: (ResourceModel & { readonly name: string }) | undefined): DecisionSubject {
  return model ? { arn, name: model.name, logicalId: model.logicalId, stack: model.stack } : { arn };
}
