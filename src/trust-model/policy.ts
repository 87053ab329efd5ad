// Decides what a role's trust policy says to a service principal, action by action, and refuses by name whatever it cannot evaluate.
import { type CompiledCondition, compileConditions, type ConditionOutcome, type ConditionResult } from './policy-conditions';
import { RequestContext } from './policy-context';
import { asList, describe, isJsonObject, quote } from './policy-json';
import { CompiledPrincipal, type PrincipalMatch } from './policy-principal';
import { WildcardPattern } from './wildcards';

export { type ConditionResult } from './policy-conditions';

/** A trust policy as it stands in a template, intrinsic functions resolved. Nothing in it is taken on trust. */
export type PolicyDocumentJson = { Version?: string; Id?: string; Statement: unknown };

/** One request on a role. CreateSession makes three: sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity. */
export interface TrustRequest {
  /** The action, for example `sts:AssumeRole`. */
  readonly action: string;
  /** The service that asks, for example `rolesanywhere.amazonaws.com`. */
  readonly principalService: string;
  /** The condition keys of the request in documented spelling, each with its value or, for a multivalued key, its values. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  /**
   * Patterns (`*`, `?`) of the condition keys for which `context` is complete. A condition on any other key that is missing from `context` cannot
   * be evaluated, because a real request may have a value for it.
   *
   * @default - the context is complete: a key that is not in it is missing from the request
   */
  readonly knownKeys?: readonly string[];
}

/** What one statement says to a request. */
export interface StatementResult {
  /** The place of the statement in the policy, from 0. */
  readonly index: number;
  readonly sid?: string;
  /** The effect; a statement without a valid one counts as Deny. */
  readonly effect: 'Allow' | 'Deny';
  readonly principalMatched: boolean;
  readonly actionMatched: boolean;
  /** Every condition, also of a statement that does not match for another reason. */
  readonly conditions: readonly ConditionResult[];
  /** Whether the statement applies: principal, action and every condition match, and nothing is in doubt. */
  readonly matched: boolean;
  /** What could not be evaluated, in words. Empty where the doubt does not matter, because the statement does not match in any case. */
  readonly problems: readonly string[];
}

/**
 * What a trust policy says to a request.
 *
 * - `allowed`: an Allow statement matches, no Deny statement does, and nothing is in doubt
 * - `explicit-deny`: a Deny statement matches
 * - `implicit-deny`: no statement matches
 * - `cannot-evaluate`: the policy is malformed, or something in it cannot be evaluated; this counts as not allowed
 */
export type Verdict = 'allowed' | 'explicit-deny' | 'implicit-deny' | 'cannot-evaluate';

/** The decision on one action. */
export interface TrustDecision {
  readonly action: string;
  readonly verdict: Verdict;
  /** True for the verdict `allowed` only. */
  readonly allowed: boolean;
  readonly statements: readonly StatementResult[];
  /** What could not be evaluated, in words, each with the statement it is in. A decision with problems is never `allowed`. */
  readonly problems: readonly string[];
}

/**
 * Decides what a trust policy says to one request. To decide many requests on the same policy, use {@link compileTrustPolicy}.
 *
 * Never throws: a policy that makes no sense has the verdict `cannot-evaluate`.
 *
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language" and "Policy evaluation logic".
 */
export function evaluateTrustPolicy(policy: PolicyDocumentJson, request: TrustRequest): TrustDecision {
  return compileTrustPolicy(policy).evaluate(request);
}

/** Prepares a trust policy for any number of requests. Never throws. Later changes to the policy object are not seen. */
export function compileTrustPolicy(policy: PolicyDocumentJson): CompiledTrustPolicy {
  return new CompiledTrustPolicy(policy);
}

/** A trust policy, read and checked once. */
export class CompiledTrustPolicy {
  /** What IAM would not accept in the policy, in words. When there is anything, every request has the verdict `cannot-evaluate`. */
  public readonly malformed: readonly string[];
  private readonly statements: readonly CompiledStatement[];

  /** Use {@link compileTrustPolicy}. */
  public constructor(policy: unknown) {
    const malformed: string[] = [];
    const members = isJsonObject(policy) ? new Map(Object.entries(policy)) : new Map<string, unknown>();
    if (!isJsonObject(policy)) {
      malformed.push(`the trust policy is ${describe(policy)}, not an object with a Statement`);
    } else {
      checkDocument(members, malformed);
    }
    const variables = members.get('Version') === '2012-10-17';
    this.statements = asList(members.get('Statement') ?? []).map((statement, index) => new CompiledStatement(statement, index, variables));
    this.malformed = [
      ...malformed,
      ...this.statements.flatMap((statement) => statement.malformed.map((fault) => `${statement.name}: ${fault}`)),
      ...repeatedSids(this.statements),
    ];
  }

  /** Decides one request. */
  public evaluate(request: TrustRequest): TrustDecision {
    const context = new RequestContext(request.context, request.knownKeys);
    const action = request.action.toLowerCase();
    const statements: StatementResult[] = [];
    const problems = [...this.malformed];
    for (const statement of this.statements) {
      const result = statement.evaluate(action, request.principalService, context);
      statements.push(result);
      if (statement.malformed.length === 0) {
        problems.push(...result.problems.map((problem) => `${statement.name}: ${problem}`));
      }
    }
    const verdict = this.verdict(statements, problems.length > 0);
    return { action: request.action, verdict, allowed: verdict === 'allowed', statements, problems };
  }

  private verdict(statements: readonly StatementResult[], inDoubt: boolean): Verdict {
    const matched = (effect: 'Allow' | 'Deny') => statements.some((statement) => statement.matched && statement.effect === effect);
    if (this.malformed.length > 0) {
      return 'cannot-evaluate';
    }
    if (matched('Deny')) {
      return 'explicit-deny';
    }
    if (inDoubt) {
      return 'cannot-evaluate';
    }
    return matched('Allow') ? 'allowed' : 'implicit-deny';
  }
}

const DOCUMENT_ELEMENTS = ['Version', 'Id', 'Statement'];
const STATEMENT_ELEMENTS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Condition'];

function checkDocument(members: ReadonlyMap<string, unknown>, malformed: string[]): void {
  checkElements(members, DOCUMENT_ELEMENTS, malformed);
  const version = members.get('Version');
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    malformed.push(`Version is ${describe(version)}; it must be "2012-10-17" (or the older "2008-10-17")`);
  }
  const id = members.get('Id');
  if (id !== undefined && typeof id !== 'string') {
    malformed.push(`Id is ${describe(id)}, not a text`);
  }
  const statement = members.get('Statement');
  if (statement === undefined || statement === null || (Array.isArray(statement) && statement.length === 0)) {
    malformed.push(`Statement is ${describe(statement)}; a trust policy needs at least one`);
  }
}

function checkElements(members: ReadonlyMap<string, unknown>, known: readonly string[], malformed: string[]): void {
  for (const name of members.keys()) {
    if (name === 'Resource' || name === 'NotResource') {
      malformed.push(`${name} is not allowed in a trust policy: the role itself is the resource`);
    } else if (!known.includes(name)) {
      const spelling = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
      malformed.push(spelling ? `the element ${quote(name)} is spelled ${spelling}` : `${quote(name)} is not an element of a trust policy`);
    }
  }
}

function repeatedSids(statements: readonly CompiledStatement[]): string[] {
  const seen = new Set<string>();
  const repeated: string[] = [];
  for (const { sid, name } of statements) {
    if (sid !== undefined && sid !== '' && seen.has(sid)) {
      repeated.push(`${name}: the Sid appears more than once in the policy`);
    }
    seen.add(sid ?? '');
  }
  return repeated;
}

class CompiledStatement {
  public readonly malformed: readonly string[];
  public readonly sid: string | undefined;
  public readonly name: string;
  private readonly effect: 'Allow' | 'Deny';
  private readonly principal: CompiledPrincipal;
  private readonly action: CompiledAction;
  private readonly conditions: readonly CompiledCondition[];

  public constructor(statement: unknown, private readonly index: number, variables: boolean) {
    const malformed: string[] = [];
    const members = isJsonObject(statement) ? new Map(Object.entries(statement)) : new Map<string, unknown>();
    if (!isJsonObject(statement)) {
      malformed.push(`the statement is ${describe(statement)}, not an object`);
    } else {
      checkElements(members, STATEMENT_ELEMENTS, malformed);
      checkPair(members, 'Principal', 'NotPrincipal', malformed);
      checkPair(members, 'Action', 'NotAction', malformed);
    }
    this.sid = readSid(members.get('Sid'), malformed);
    this.name = `Statement[${index}]${this.sid ? ` (Sid ${quote(this.sid)})` : ''}`;
    this.effect = readEffect(members, malformed);
    this.principal = compilePrincipal(members, malformed);
    this.action = CompiledAction.compile(members, malformed);
    const { conditions, malformed: faults } = compileConditions(members.get('Condition'), variables);
    this.conditions = conditions;
    this.malformed = [...malformed, ...faults];
  }

  public evaluate(action: string, service: string, context: RequestContext): StatementResult {
    const principal = this.principal.matches(service);
    const actionMatched = this.action.matches(action);
    const outcomes = this.conditions.map((condition) => condition.evaluate(context, this.effect));
    const ruledOut = principal.matched === false || !actionMatched || outcomes.some((outcome) => outcome.truth === false);
    const problems = this.malformed.length > 0 ? this.malformed : (ruledOut ? [] : doubtsOf(principal, outcomes));
    const result = {
      index: this.index,
      effect: this.effect,
      principalMatched: principal.matched === true,
      actionMatched,
      conditions: outcomes.map((outcome) => outcome.result),
      matched: !ruledOut && problems.length === 0,
      problems,
    };
    return this.sid === undefined ? result : { ...result, sid: this.sid };
  }
}

function doubtsOf(principal: PrincipalMatch, outcomes: readonly ConditionOutcome[]): string[] {
  const doubts = principal.reason === undefined ? [] : [principal.reason];
  for (const { result, truth } of outcomes) {
    if (truth === undefined) {
      doubts.push(`${result.operator} ${result.key}: ${result.detail}`);
    }
  }
  return doubts;
}

function checkPair(members: ReadonlyMap<string, unknown>, element: string, negation: string, malformed: string[]): void {
  if (members.has(element) === members.has(negation)) {
    malformed.push(members.has(element) ? `${element} and ${negation} cannot stand together` : `${element} is missing`);
  }
}

function readSid(sid: unknown, malformed: string[]): string | undefined {
  if (sid === undefined) {
    return undefined;
  }
  if (typeof sid !== 'string' || !/^[0-9A-Za-z]*$/.test(sid)) {
    malformed.push(`Sid is ${describe(sid)}; IAM takes letters and digits only`);
  }
  return typeof sid === 'string' ? sid : undefined;
}

function readEffect(members: ReadonlyMap<string, unknown>, malformed: string[]): 'Allow' | 'Deny' {
  const effect = members.get('Effect');
  if (effect === 'Allow' || effect === 'Deny') {
    return effect;
  }
  malformed.push(`Effect is ${describe(effect)}; it must be "Allow" or "Deny"`);
  return 'Deny';
}

function compilePrincipal(members: ReadonlyMap<string, unknown>, malformed: string[]): CompiledPrincipal {
  if (members.has('Principal')) {
    return CompiledPrincipal.compile(members.get('Principal'), false, malformed);
  }
  if (!members.has('NotPrincipal')) {
    return CompiledPrincipal.NOBODY;
  }
  if (members.get('Effect') === 'Allow') {
    malformed.push('NotPrincipal with Allow is not supported by IAM; name the principals with Principal');
  }
  return CompiledPrincipal.compile(members.get('NotPrincipal'), true, malformed);
}

/** An Action or NotAction element. Action names are not case-sensitive (IAM User Guide, "IAM JSON policy elements: Action"). */
class CompiledAction {
  public static compile(members: ReadonlyMap<string, unknown>, malformed: string[]): CompiledAction {
    const negated = !members.has('Action') && members.has('NotAction');
    const element = negated ? 'NotAction' : 'Action';
    if (!members.has(element)) {
      return new CompiledAction(false, []);
    }
    const names = asList(members.get(element));
    if (names.length === 0) {
      malformed.push(`${element} is an empty list`);
    }
    const valid: string[] = [];
    for (const name of names) {
      if (typeof name === 'string' && (name === '*' || /^(\*|[a-z0-9-]+):[a-z0-9*?]+$/i.test(name))) {
        valid.push(name.toLowerCase());
      } else {
        malformed.push(`${element} holds ${describe(name)}; an action is "*" or has the form service:name, for example sts:AssumeRole`);
      }
    }
    return new CompiledAction(negated, valid);
  }

  private readonly exact: ReadonlySet<string>;
  private readonly patterns: readonly WildcardPattern[];

  private constructor(private readonly negated: boolean, names: readonly string[]) {
    this.exact = new Set(names);
    this.patterns = names.filter((name) => /[*?]/.test(name)).map((name) => WildcardPattern.of(name));
  }

  /** Whether the element covers an action, given in lower case. */
  public matches(action: string): boolean {
    const named = this.exact.has(action) || this.patterns.some((pattern) => pattern.matches(action));
    return named !== this.negated;
  }
}
