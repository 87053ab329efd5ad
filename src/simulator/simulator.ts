/** The simulator as tests and commands use it: who gets which role of an app, before the app is deployed. */
import { VerifiedRequest } from '../create-session';
import { encodePem } from '../x509';
import { AccountState } from './account-state';
import { CertificateInput, certificatesIn, certificateWithChain } from './certificate-input';
import { readCloudAssembly } from './cloud-assembly';
import { SessionDecision } from './decision';
import { SessionEngine } from './engine';
import { SimulatorError } from './errors';
import { Hearing } from './hearing';
import { AssemblyModel, ModelProblem, ProfileModel, TrustAnchorModel } from './model';
import { anchorsFor, onlyOne, profilesFor, selectByName } from './selection';
import { ReadOptions, readTemplate, ReadTemplateOptions } from './template';

/** What the simulator may be told beyond what the templates say. */
export interface DecisionOptions {
  /**
   * Certificates (PEM) of trust anchors whose template holds none, such as those of a private CA, by name, ARN, logical id or construct
   * path of the anchor.
   *
   * @default - such anchors cannot be used
   */
  readonly caCertificates?: Readonly<Record<string, CertificateInput>>;
}

/** Options for reading a cloud assembly. */
export interface SimulatorOptions extends ReadOptions, DecisionOptions {}

/** Options for a single template. */
export interface TemplateSimulatorOptions extends ReadTemplateOptions, DecisionOptions {}

/** A template, or what has one to give: `Template` of aws-cdk-lib/assertions. */
export type TemplateInput = object | { toJSON(): object };

/** Who asks, and when. */
export interface CertificateRequest {
  /**
   * The certificate of the host: PEM, or the bytes of a file in PEM or DER. Further certificates behind the first are sent along as its
   * chain. A private key in the same text is ignored.
   */
  readonly certificate: CertificateInput;
  /**
   * Intermediate certificates to be sent along, in any order.
   *
   * @default - those behind the first in `certificate`
   */
  readonly chain?: CertificateInput;
  /**
   * Seconds that the session is to last.
   *
   * @default - the profile's duration
   */
  readonly durationSeconds?: number;
  /**
   * Name of the session, which only profiles with `AcceptRoleSessionName` take.
   *
   * @default - the serial number of the certificate
   */
  readonly roleSessionName?: string;
  /**
   * The moment for which it is decided.
   *
   * @default - now
   */
  readonly now?: Date;
}

/** A CreateSession request in the words of the app. */
export interface SimulatedRequest extends CertificateRequest {
  /**
   * The role, by name, ARN, logical id, construct path (with or without the stack; that of a construct with one below it, too) or `Stack/LogicalId`.
   *
   * @default - the only role that the profiles list
   */
  readonly role?: string;
  /**
   * The profile, by name, ARN, logical id, construct path (with or without the stack; that of a construct with one below it, too) or `Stack/LogicalId`.
   *
   * @default - the only profile that lists the role
   */
  readonly profile?: string;
  /**
   * The trust anchor, by name, ARN, logical id, construct path (with or without the stack; that of a construct with one below it, too) or `Stack/LogicalId`.
   *
   * @default - the only trust anchor in the profile's account and region
   */
  readonly trustAnchor?: string;
}

/**
 * Says who gets which role of a CDK app, and why, without asking AWS.
 *
 * It goes by the documents of IAM Roles Anywhere. What they leave open is decided strictly, and the steps of the decision say so.
 *
 * @example
 * const simulator = RolesAnywhereSimulator.fromTemplate(Template.fromStack(stack));
 *
 * test('onprem01 may upload, onprem02 may not', () => {
 *   expect(simulator.createSession({ certificate: onprem01Pem, role: 'Uploader' }).allowed).toBe(true);
 *   expect(simulator.createSession({ certificate: onprem02Pem, role: 'Uploader' }).failedStep?.id).toBe('trust-policy-assume-role');
 * });
 */
export class RolesAnywhereSimulator {
  /**
   * Simulates everything in a cloud assembly: all its stacks, stages and nested stacks.
   *
   * @param path the folder that `cdk synth` writes, or one template file
   * @throws SimulatorError `ASSEMBLY_NOT_FOUND` and others of the reader; `NOT_FOUND`, `AMBIGUOUS`, `INVALID_OPTION`, `CERTIFICATE_INVALID`
   * for `caCertificates`
   *
   * @example
   * const simulator = RolesAnywhereSimulator.fromCloudAssembly('cdk.out');
   * for (const decision of simulator.explain({ certificate: readFileSync('host.pem') })) {
   *   console.log(summarizeDecision(decision));
   * }
   */
  public static fromCloudAssembly(path: string, options: SimulatorOptions = {}): RolesAnywhereSimulator {
    return new RolesAnywhereSimulator(readCloudAssembly(path, options), options);
  }

  /**
   * Simulates one template.
   *
   * @param template a template as an object, or `Template.fromStack(stack)` of aws-cdk-lib/assertions
   * @throws SimulatorError `TEMPLATE_INVALID` and others of the reader; `NOT_FOUND`, `AMBIGUOUS`, `INVALID_OPTION`, `CERTIFICATE_INVALID`
   * for `caCertificates`
   */
  public static fromTemplate(template: TemplateInput, options: TemplateSimulatorOptions = {}): RolesAnywhereSimulator {
    const json = 'toJSON' in template && typeof template.toJSON === 'function' ? template.toJSON() as object : template;
    return new RolesAnywhereSimulator(readTemplate(json, options), options);
  }

  /** Simulates a model that was read, or made, by other means. */
  public static fromModel(model: AssemblyModel, options: DecisionOptions = {}): RolesAnywhereSimulator {
    return new RolesAnywhereSimulator(model, options);
  }

  /**
   * Trust anchors, profiles and revocation lists as every further decision sees them: at first as the templates state them, then as calls of
   * the management API have left them.
   */
  public readonly state: AccountState;
  private readonly engine: SessionEngine;

  private constructor(
    /** What was found in the templates. */
    public readonly model: AssemblyModel,
    options: DecisionOptions,
  ) {
    this.state = new AccountState(model);
    this.engine = new SessionEngine(model, { anchorCertificates: anchorCertificates(model, options), state: this.state });
  }

  /** What could not be read in the templates; what a decision depends on refuses it, and says so there as well. */
  public get problems(): readonly ModelProblem[] {
    return this.model.problems;
  }

  /**
   * Decides one CreateSession request. Its signature is taken for good.
   *
   * @throws SimulatorError `NOT_FOUND` and `AMBIGUOUS` where role, profile or trust anchor cannot be told, with the candidates;
   * `CERTIFICATE_INVALID`; `INVALID_OPTION`
   *
   * @example
   * const decision = simulator.createSession({ certificate: pem, role: 'Uploader', durationSeconds: 900 });
   * expect(decision.allowed).toBe(true);
   * expect(decision.session?.tags['x509Subject/CN']).toBe('onprem01');
   */
  public createSession(request: SimulatedRequest): SessionDecision {
    const hearing = this.hear(request);
    const given = this.given(request);
    const profile = given.profile ?? onlyOne(this.profilesFor(given), 'profile');
    const trustAnchor = given.trustAnchor ?? onlyOne(anchorsFor(profile, this.model.trustAnchors), 'trust anchor');
    const roleArn = given.roleArn ?? this.onlyRoleOf(profile);
    return hearing.decide({ trustAnchorArn: trustAnchor.arn, profileArn: profile.arn, roleArn });
  }

  /**
   * Decides on every combination of profile, role and trust anchor that a certificate could try.
   *
   * Without a role, the roles that each profile lists; with one, the profiles that list it, or all where none does. Anchors are combined with
   * profiles of their own account and region.
   *
   * @throws SimulatorError as `createSession`, and `NOT_FOUND` where the assembly has no profile or no trust anchor
   *
   * @example
   * const roles = simulator.explain({ certificate: pem }).filter(({ allowed }) => allowed).map(({ role }) => role?.name);
   * expect(roles).toEqual(['Uploader']);
   */
  public explain(request: SimulatedRequest): SessionDecision[] {
    const hearing = this.hear(request);
    const given = this.given(request);
    const profiles = given.profile ? [given.profile] : this.profilesFor(given);
    requireSome(profiles, 'profile');
    requireSome(this.model.trustAnchors, 'trust anchor');
    return profiles.flatMap((profile) => {
      const anchors = given.trustAnchor ? [given.trustAnchor] : anchorsFor(profile, this.model.trustAnchors);
      const roleArns = given.roleArn === undefined ? profile.roleArns : [given.roleArn];
      return anchors.flatMap((anchor) => roleArns.map((roleArn) => hearing.decide({ trustAnchorArn: anchor.arn, profileArn: profile.arn, roleArn })));
    });
  }

  /**
   * Decides a request that came over the wire and whose signature has been verified.
   *
   * @param request what `verifyCreateSessionRequest` returned
   * @param at the moment for which it is decided
   */
  public decide(request: VerifiedRequest, at: Date = new Date()): SessionDecision {
    const { steps, region, certificate, chain, durationSeconds, roleSessionName } = request;
    const hearing = this.engine.hear({
      certificate, chain, at, durationSeconds, roleSessionName, requestVerification: steps, scopeRegion: region,
    });
    return hearing.decide(request);
  }

  private hear({ certificate, chain, durationSeconds, roleSessionName, now = new Date() }: CertificateRequest): Hearing {
    if (Number.isNaN(now.getTime())) {
      throw new SimulatorError('INVALID_OPTION', "'now' is not a date");
    }
    const read = certificateWithChain(certificate, chain);
    return this.engine.hear({ certificate: read.leaf, chain: read.chain, at: now, durationSeconds, roleSessionName });
  }

  /** What the request names, looked up. */
  private given({ role, profile, trustAnchor }: SimulatedRequest): Given {
    return {
      roleArn: role === undefined || this.isForeignRole(role) ? role : selectByName(this.model.roles, role, 'role').arn,
      profile: profile === undefined ? undefined : selectByName(this.model.profiles, profile, 'profile'),
      trustAnchor: trustAnchor === undefined ? undefined : selectByName(this.model.trustAnchors, trustAnchor, 'trust anchor'),
    };
  }

  private profilesFor({ roleArn }: Given): readonly ProfileModel[] {
    return roleArn === undefined ? this.model.profiles : profilesFor(roleArn, this.model.profiles);
  }

  /** A role that profiles list by ARN and that is made elsewhere: known to exist, though it cannot be decided upon. */
  private isForeignRole(text: string): boolean {
    return this.model.profiles.some(({ roleArns }) => roleArns.includes(text)) && !this.model.roles.some(({ arn }) => arn === text);
  }

  private onlyRoleOf(profile: ProfileModel): string {
    if (profile.roleArns.length === 1) {
      return profile.roleArns[0];
    }
    const roles = this.model.roles.filter(({ arn }) => profile.roleArns.includes(arn));
    if (profile.roleArns.length === 0) {
      throw new SimulatorError('NOT_FOUND', `profile '${profile.name}' lists no role`);
    }
    return onlyOne(roles, 'role').arn;
  }
}

/** What a request names; what it leaves open is undefined. */
interface Given {
  readonly roleArn?: string;
  readonly profile?: ProfileModel;
  readonly trustAnchor?: TrustAnchorModel;
}

function requireSome(resources: readonly unknown[], what: string): void {
  if (resources.length === 0) {
    throw new SimulatorError('NOT_FOUND', `the assembly has no ${what}`);
  }
}

function anchorCertificates(model: AssemblyModel, { caCertificates = {} }: DecisionOptions): ReadonlyMap<string, string> {
  return new Map(Object.entries(caCertificates).map(([name, input]) => {
    const anchor = selectByName(model.trustAnchors, name, 'trust anchor');
    if (anchor.certificatePem !== undefined) {
      throw new SimulatorError('INVALID_OPTION', `trust anchor '${anchor.name}' has its certificate in the template, so none can be given for it`);
    }
    const pem = certificatesIn(input, `the CA certificate of '${name}'`).map(({ raw }) => encodePem('CERTIFICATE', raw));
    return [anchor.arn, pem.join('')];
  }));
}
