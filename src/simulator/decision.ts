/** What comes out of the simulator: one decision on one CreateSession, step by step, as data that every face prints the same. */
import { TrustDecision } from '../trust-model/policy';

/** Stable names of the steps, in the order in which they are taken. */
export type StepId =
  | 'request-signature'
  | 'trust-anchor'
  | 'certificate-rules'
  | 'chain'
  | 'validity'
  | 'revocation'
  | 'profile'
  | 'region-and-account'
  | 'role'
  | 'duration'
  | 'role-session-name'
  | 'session-tags'
  | 'source-identity'
  | 'session-policy'
  | 'trust-policy-assume-role'
  | 'trust-policy-tag-session'
  | 'trust-policy-set-source-identity';

/**
 * How a step came out.
 *
 * - `passed`, `failed`: decided
 * - `skipped`: nothing to look at, because an earlier step failed
 */
export type StepStatus = 'passed' | 'failed' | 'skipped';

/** One step. */
export interface Step {
  readonly id: StepId;
  /** The step in words, for people. */
  readonly title: string;
  readonly status: StepStatus;
  /** What the step went by, in words; what the service's documents leave open is said here too. */
  readonly facts: readonly string[];
  /**
   * Why it failed or was skipped, in one sentence.
   *
   * @default - the step passed
   */
  readonly reason?: string;
  /**
   * The whole evaluation of the role's trust policy for the step's action.
   *
   * @default - the step is not about the trust policy, or was skipped
   */
  readonly trustDecision?: TrustDecision;
}

/** The types of error that CreateSession has (API model of IAM Roles Anywhere, 2018-05-10). */
export type ServiceErrorType = 'AccessDeniedException' | 'ResourceNotFoundException' | 'ValidationException';

/** What the service would answer. */
export interface ServiceError {
  /** HTTP status. */
  readonly statusCode: number;
  readonly type: ServiceErrorType;
  /** In the service's own words where they are known. */
  readonly message: string;
}

/** The session that an allowed request would get. */
export interface SimulatedSession {
  readonly roleArn: string;
  /** `arn:aws:sts::account:assumed-role/role-name/session-name`. */
  readonly assumedRoleArn: string;
  /** `AROA...:session-name`, with a simulated id. */
  readonly assumedRoleId: string;
  readonly roleSessionName: string;
  readonly sourceIdentity: string;
  /** Session tags by key, such as `x509Subject/CN`. */
  readonly tags: Readonly<Record<string, string>>;
  readonly durationSeconds: number;
  readonly expiration: Date;
  /** The subject resource that the service keeps for each certificate subject, with a simulated id. */
  readonly subjectArn: string;
}

/** A trust anchor, profile or role that a decision is about. */
export interface DecisionSubject {
  readonly arn: string;
  /**
   * Its name in the template.
   *
   * @default - it is not part of the assembly
   */
  readonly name?: string;
  /**
   * Its logical id.
   *
   * @default - it is not part of the assembly
   */
  readonly logicalId?: string;
  /**
   * The name of its stack.
   *
   * @default - it is not part of the assembly
   */
  readonly stack?: string;
}

/** The certificate that a decision is about. */
export interface DecisionCertificate {
  /** As RFC 4514 writes it. */
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The decision on one CreateSession request. */
export interface SessionDecision {
  /** Whether the service would hand out credentials, as far as its documents tell. */
  readonly allowed: boolean;
  /** Every step in order. Steps behind a failed one are taken as far as they do not depend on it. */
  readonly steps: readonly Step[];
  /**
   * What the service would answer: the error of the first step that failed.
   *
   * @default - the request is allowed
   */
  readonly error?: ServiceError;
  /** @default - the request is refused */
  readonly session?: SimulatedSession;
  /**
   * The first step that failed.
   *
   * @default - the request is allowed
   */
  readonly failedStep?: Step;
  /**
   * The certificate.
   *
   * @default - the request was refused before one was read
   */
  readonly certificate?: DecisionCertificate;
  /** @default - the request was refused before its parameters were read */
  readonly trustAnchor?: DecisionSubject;
  /** @default - the request was refused before its parameters were read */
  readonly profile?: DecisionSubject;
  /** @default - the request was refused before its parameters were read */
  readonly role?: DecisionSubject;
  /** The moment for which it is decided. */
  readonly at: Date;
}

/** What a step finds; the engine adds id and title. */
export interface StepOutcome {
  readonly status: StepStatus;
  readonly facts: readonly string[];
  readonly reason?: string;
  /** What the service answers because of it; with a failed step only. */
  readonly error?: ServiceError;
}

/** The step found nothing to object to. */
export function passed(...facts: readonly string[]): StepOutcome {
  return { status: 'passed', facts };
}

/** The step refuses the request. */
export function failed(reason: string, error: ServiceError, facts: readonly string[] = []): StepOutcome {
  return { status: 'failed', facts, reason, error };
}

/** The step cannot be taken. */
export function skipped(reason: string): StepOutcome {
  return { status: 'skipped', facts: [], reason };
}
