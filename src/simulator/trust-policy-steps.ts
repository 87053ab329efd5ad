/** The steps that ask the role's trust policy, once for each of the three actions that a session needs. */
import { Step, StepId, StepStatus } from './decision';
import { unableToAssumeRole } from './service-errors';
import { TakenStep, TITLES } from './step-titles';
import { CompiledTrustPolicy, ConditionResult, StatementResult, TrustDecision } from '../trust-model/policy';
import { CertificateField, PRINCIPAL_TAG_PREFIX } from '../trust-model/session-tags';

/** The principal that asks, in every partition. */
const SERVICE_PRINCIPAL = 'rolesanywhere.amazonaws.com';

/** One of the three actions. */
export interface SessionAction {
  readonly action: string;
  readonly stepId: StepId;
}

/** What the service needs to be allowed (User Guide, "The IAM Roles Anywhere trust model"). */
export const SESSION_ACTIONS: readonly SessionAction[] = [
  { action: 'sts:AssumeRole', stepId: 'trust-policy-assume-role' },
  { action: 'sts:TagSession', stepId: 'trust-policy-tag-session' },
  { action: 'sts:SetSourceIdentity', stepId: 'trust-policy-set-source-identity' },
];

/** What a trust policy is asked with. */
export interface TrustQuestion {
  readonly trustAnchorArn: string;
  readonly accountId: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly knownFields: readonly CertificateField[];
  /** Undefined where it is not known for certain. */
  readonly sourceIdentity?: string;
  readonly roleSessionName: string;
  readonly at: Date;
}

/** The condition keys of the requests for the three actions. */
export interface TrustContexts {
  /** Keys and values by action. */
  readonly byAction: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Patterns of the keys that are missing from a request when they are missing here; a condition on any other is not evaluated. */
  readonly knownKeys: readonly string[];
}

const IN_SOURCE_IDENTITY = ['sts:AssumeRole', 'sts:SetSourceIdentity'];

/**
 * The condition keys that the service's documents name, for each action.
 *
 * `sts:SourceIdentity` goes with AssumeRole and SetSourceIdentity only, as the guide's own example conditions it;
 * `sts:RoleSessionName` with AssumeRole only. Elsewhere, and for all other keys, it is not documented whether they have a value: they
 * are left undecided rather than taken for missing.
 */
export function trustContexts(question: TrustQuestion): TrustContexts {
  const { at } = question;
  const common: Record<string, string> = {
    'aws:SourceArn': question.trustAnchorArn,
    'aws:SourceAccount': question.accountId,
    'aws:CurrentTime': at.toISOString(),
    'aws:EpochTime': String(Math.floor(at.getTime() / 1000)),
    ...Object.fromEntries(Object.entries(question.tags).map(([key, value]) => [PRINCIPAL_TAG_PREFIX + key, value])),
  };
  const knownKeys = question.knownFields.map((field) => `${PRINCIPAL_TAG_PREFIX}${field}/*`);
  const byAction = new Map(SESSION_ACTIONS.map(({ action }) => {
    const context: Record<string, string> = { ...common };
    if (question.sourceIdentity !== undefined && IN_SOURCE_IDENTITY.includes(action)) {
      context['sts:SourceIdentity'] = question.sourceIdentity;
    }
    if (action === 'sts:AssumeRole') {
      context['sts:RoleSessionName'] = question.roleSessionName;
    }
    return [action, context];
  }));
  return { byAction, knownKeys };
}

/** Asks a trust policy about one action. */
export function trustPolicyStep(policy: CompiledTrustPolicy, roleArn: string, action: SessionAction, contexts: TrustContexts): TakenStep {
  const { byAction, knownKeys } = contexts;
  const context = byAction.get(action.action) ?? {};
  const trustDecision = policy.evaluate({ action: action.action, principalService: SERVICE_PRINCIPAL, context, knownKeys });
  const step = new TrustPolicyStep(action.stepId, trustDecision);
  return trustDecision.allowed ? { step } : { step, error: unableToAssumeRole(roleArn) };
}

/** Puts the evaluation into words when they are read: a decision on a thousand roles has thousands of steps that nobody reads. */
class TrustPolicyStep implements Step {
  public readonly title: string;
  public readonly status: StepStatus;

  public constructor(public readonly id: StepId, public readonly trustDecision: TrustDecision) {
    this.title = TITLES[id];
    this.status = trustDecision.allowed ? 'passed' : 'failed';
  }

  public get facts(): readonly string[] {
    return this.trustDecision.statements.flatMap((statement) => statementFacts(statement));
  }

  public get reason(): string | undefined {
    return this.trustDecision.allowed ? undefined : denial(this.trustDecision);
  }

  /** The members of a step, in their order. */
  public toJSON(): Step {
    const { id, title, status, facts, reason, trustDecision } = this;
    return { id, title, status, facts, reason, trustDecision };
  }
}

function denial({ action, verdict, statements, problems }: TrustDecision): string {
  switch (verdict) {
    case 'explicit-deny':
      return `${statements.filter(({ effect, matched }) => effect === 'Deny' && matched).map(statementName).join(' and ')} denies ${action}`;
    case 'cannot-evaluate':
      return `${action} cannot be decided: ${problems[0]}`;
    default:
      return `no statement allows ${action}${nearMiss(statements)}`;
  }
}

/** The first condition that is in the way, where one statement is about the action at all; with several it would be a guess. */
function nearMiss(statements: readonly StatementResult[]): string {
  const concerned = statements.filter(({ effect, principalMatched, actionMatched }) => effect === 'Allow' && principalMatched && actionMatched);
  const [condition] = concerned.length === 1 ? concerned[0].conditions.filter(({ matched }) => !matched) : [];
  return condition ? `: ${conditionText(condition)}` : '';
}

function statementName({ index, sid }: StatementResult): string {
  return `Statement[${index}]${sid ? ` "${sid}"` : ''}`;
}

function statementFacts(statement: StatementResult): string[] {
  const { effect, principalMatched, actionMatched, conditions, matched, problems } = statement;
  const head = `${statementName(statement)} ${effect}`;
  if (!principalMatched || !actionMatched) {
    const why = principalMatched ? 'its actions do not cover this one' : `its principal is not ${SERVICE_PRINCIPAL}`;
    return [`${head}: does not apply, ${why}`, ...problems];
  }
  return [
    `${head}: ${matched ? 'applies' : 'does not apply'}${conditions.length === 0 && matched ? ', without any condition' : ''}`,
    ...conditions.map((condition) => `  ${condition.matched ? 'true' : 'false'}: ${conditionText(condition)}`),
    ...problems.map((problem) => `  ${problem}`),
  ];
}

/** Values shown of a long list. */
const SHOWN_VALUES = 4;

function conditionText({ operator, key, expected, actual, detail }: ConditionResult): string {
  const wanted = expected.slice(0, SHOWN_VALUES).map((value) => JSON.stringify(value)).join(' or ');
  const more = expected.length > SHOWN_VALUES ? ` or ${expected.length - SHOWN_VALUES} others` : '';
  return `${operator} ${key} ${wanted}${more}${foundText(expected, actual)}${detail === undefined ? '' : ` (${detail})`}`;
}

function foundText(expected: readonly string[], actual: readonly string[] | undefined): string {
  if (actual === undefined) {
    return '';
  }
  // ARNs are long, and reading the same one twice helps nobody.
  const same = actual.length === 1 && expected.length === 1 && actual[0] === expected[0];
  return same ? ', which the request has' : `, the request has ${actual.map((value) => JSON.stringify(value)).join(', ')}`;
}
