// Evaluates the Condition element of a trust-policy statement, one result for each operator and key, so that a person can see which one failed.
import { conditionKey, type ConditionKey, type ContextEntry, RequestContext } from './policy-context';
import { asList, describe, isJsonObject, quote } from './policy-json';
import { type Comparison, type Operator, parseOperator, type ValueTest } from './policy-operators';
import { displayText, hasVariables, parseTemplate, resolveTemplate, type Template } from './policy-variables';

/** How one condition of a statement came out. */
export interface ConditionResult {
  /** The operator as the policy writes it, for example `StringLikeIfExists`. */
  readonly operator: string;
  /** The condition key, in its documented spelling where that is known. */
  readonly key: string;
  /** The values of the policy, policy variables filled in. */
  readonly expected: readonly string[];
  /** The values of the request; undefined when the key is missing from it. */
  readonly actual: readonly string[] | undefined;
  readonly matched: boolean;
  /** Why, where operator and values do not say it: a missing key, a policy variable without value, what could not be evaluated. */
  readonly detail?: string;
}

/** A condition result with its truth: undefined is "cannot be known", and then `detail` says why. */
export interface ConditionOutcome {
  readonly result: ConditionResult;
  readonly truth: boolean | undefined;
}

/** The conditions of a statement, and in words what is malformed in them. */
export interface CompiledConditions {
  readonly conditions: readonly CompiledCondition[];
  readonly malformed: readonly string[];
}

interface ConditionVerdict {
  readonly truth: boolean | undefined;
  readonly detail?: string;
  /** The values that were compared, where they are not those of the policy. */
  readonly expected?: readonly string[];
}

/** The values of the policy, ready to be compared. */
interface Bound {
  readonly display: readonly string[];
  readonly tests: readonly ValueTest[];
}

type Binding = Bound | { readonly missingKey: string } | { readonly undecidable: string };

const NO_CONTEXT = new RequestContext({});

/**
 * Prepares a Condition element: operators, and keys within an operator, must all hold; of several values one must.
 *
 * Source: IAM User Guide, "Conditions with multiple context keys or values".
 *
 * @param element the Condition element, undefined when the statement has none
 * @param variables whether the policy has Version 2012-10-17 and so policy variables
 */
export function compileConditions(element: unknown, variables: boolean): CompiledConditions {
  if (element === undefined) {
    return { conditions: [], malformed: [] };
  }
  if (!isJsonObject(element)) {
    return { conditions: [], malformed: [`Condition is ${describe(element)}, not an object of condition operators`] };
  }
  const conditions: CompiledCondition[] = [];
  const malformed: string[] = [];
  for (const [name, block] of Object.entries(element)) {
    const operator = parseOperator(name);
    if (typeof operator === 'string') {
      malformed.push(operator);
    } else {
      compileBlock(operator, block, variables, conditions, malformed);
    }
  }
  return { conditions, malformed };
}

function compileBlock(operator: Operator, block: unknown, variables: boolean, conditions: CompiledCondition[], malformed: string[]): void {
  if (!isJsonObject(block) || Object.keys(block).length === 0) {
    malformed.push(`${operator.name} holds ${isJsonObject(block) ? 'no condition key' : describe(block)}; it needs condition keys with values`);
    return;
  }
  const seen = new Set<string>();
  for (const [key, value] of Object.entries(block)) {
    const values = keyFault(key, seen) ?? readValues(value, operator);
    seen.add(key.toLowerCase());
    if (typeof values === 'string') {
      malformed.push(`${operator.name} ${quote(key)}: ${values}`);
    } else {
      conditions.push(new CompiledCondition(operator, conditionKey(key), values, variables));
    }
  }
}

function keyFault(key: string, seen: ReadonlySet<string>): string | undefined {
  if (seen.has(key.toLowerCase())) {
    return 'the key appears twice, in different case; IAM does not tell them apart';
  }
  if (!/^[^\s:]+:./s.test(key)) {
    return 'a condition key has the form service:name, for example aws:PrincipalTag/x509Subject/CN';
  }
  if (key.includes('${')) {
    return 'a policy variable cannot stand in a condition key';
  }
  return /^aws:(Principal|Request|Resource)Tag\/?$/i.test(key) ? 'the name of the tag is missing behind it' : undefined;
}

function readValues(value: unknown, operator: Operator): readonly string[] | string {
  const values: string[] = [];
  for (const item of asList(value)) {
    const text = scalarText(item, operator);
    if (text === undefined) {
      return `${describe(item)} is not a text, number or boolean that can be compared`;
    }
    values.push(text);
  }
  return values.length === 0 ? 'the list of values is empty' : values;
}

// JSON numbers lose their spelling (1.0 is 1), so a text comparison takes integers only.
function scalarText(value: unknown, operator: Operator): string | undefined {
  if (typeof value === 'string') {
    return value;
  }
  if (typeof value === 'boolean') {
    return String(value);
  }
  if (typeof value !== 'number') {
    return undefined;
  }
  const fractional = Number.isFinite(value) && operator.name.includes('Numeric');
  return Number.isSafeInteger(value) || fractional ? String(value) : undefined;
}

/** One operator on one key, prepared once and evaluated for many requests. */
export class CompiledCondition {
  private readonly templates: readonly Template[];
  private readonly problem: string | undefined;
  // The values ready to be compared, when none of them depends on the request.
  private readonly fixed: Binding | undefined;
  private readonly hint: string | undefined;

  /**
   * @param operator the condition operator
   * @param key the condition key
   * @param values the values of the policy, as text
   * @param variables whether `${...}` in values are policy variables
   */
  public constructor(
    private readonly operator: Operator,
    private readonly key: ConditionKey,
    private readonly values: readonly string[],
    variables: boolean,
  ) {
    const templates: Template[] = [];
    const problems: string[] = [];
    for (const value of values) {
      const template = parseTemplate(value, variables);
      const problem = typeof template === 'string' ? template : unusable(template, operator);
      if (problem === undefined) {
        templates.push(template as Template);
      } else {
        problems.push(problem);
      }
    }
    this.templates = templates;
    this.fixed = operator.comparison && !templates.some(hasVariables) ? bind(templates, operator.comparison, NO_CONTEXT) : undefined;
    if (this.fixed && 'undecidable' in this.fixed) {
      problems.push(this.fixed.undecidable);
    }
    this.problem = problems.length > 0 ? problems.join('; ') : undefined;
    this.hint = hintAt(values, variables);
  }

  /**
   * Evaluates the condition.
   *
   * @param context the values of the request
   * @param effect the effect of the statement: where IAM's documents leave the outcome of a condition open, an Allow does not match and a Deny
   *   cannot be decided
   */
  public evaluate(context: RequestContext, effect: 'Allow' | 'Deny'): ConditionOutcome {
    const entry = context.lookUp(this.key);
    const { truth, expected = this.values, detail = this.hint } = this.decide(entry, context, effect);
    const result = {
      operator: this.operator.name,
      key: entry.key,
      expected,
      actual: entry.kind === 'present' ? entry.values : undefined,
      matched: truth === true,
    };
    if (detail === undefined) {
      return { result, truth };
    }
    const fullDetail = this.hint === undefined || detail === this.hint ? detail : `${detail}; ${this.hint}`;
    return { result: { ...result, detail: fullDetail }, truth };
  }

  private decide(entry: ContextEntry, context: RequestContext, effect: 'Allow' | 'Deny'): ConditionVerdict {
    if (this.problem !== undefined) {
      return { truth: undefined, detail: this.problem };
    }
    if (entry.kind === 'undecidable') {
      return { truth: undefined, detail: entry.reason };
    }
    if (!this.operator.comparison) {
      return this.decideNull(entry);
    }
    const actual = this.actualValues(entry);
    const onMissing = actual ? undefined : this.onMissingKey(entry.key);
    if (onMissing && (this.operator.ifExists || onMissing.truth !== true)) {
      return onMissing;
    }
    const binding = this.fixed ?? bind(this.templates, this.operator.comparison, context);
    if ('undecidable' in binding) {
      return { truth: undefined, detail: binding.undecidable };
    }
    if ('missingKey' in binding) {
      return unresolvedVariable(binding.missingKey, effect);
    }
    const verdict = onMissing ?? this.compare(entry.key, actual!, binding.tests);
    return this.fixed ? verdict : { ...verdict, expected: binding.display };
  }

  private decideNull(entry: ContextEntry): ConditionVerdict {
    if (entry.kind === 'present' && entry.values.every((value) => value === '')) {
      return { truth: undefined, detail: `${entry.key} is empty, and IAM does not document whether Null takes an empty value for a missing one` };
    }
    const isNull = entry.kind !== 'present';
    return { truth: this.values.includes(String(isNull)), detail: isNull ? `the request has no ${entry.key}` : undefined };
  }

  // For a set qualifier an empty text is an empty set ("Multivalued context keys").
  private actualValues(entry: ContextEntry): readonly string[] | undefined {
    if (entry.kind !== 'present') {
      return undefined;
    }
    const emptySet = this.operator.qualifier !== undefined && entry.values.every((value) => value === '');
    return emptySet ? undefined : entry.values;
  }

  private onMissingKey(key: string): ConditionVerdict {
    const { ifExists, qualifier, negated } = this.operator;
    const missing = `the request has no ${key}`;
    if (ifExists) {
      return { truth: true, detail: `${missing}, and IfExists is true on a missing key` };
    }
    if (qualifier === 'ForAllValues') {
      return { truth: true, detail: `${missing}, and ForAllValues is true on a missing key` };
    }
    if (qualifier === 'ForAnyValue' && negated) {
      return { truth: undefined, detail: `${missing}, and IAM's documents contradict each other on a negated ForAnyValue on a missing key` };
    }
    return negated
      ? { truth: true, detail: `${missing}, and a negated operator is true on a missing key` }
      : { truth: false, detail: missing };
  }

  private compare(key: string, actual: readonly string[], tests: readonly ValueTest[]): ConditionVerdict {
    const { qualifier, negated, comparison } = this.operator;
    if (qualifier === undefined && actual.length > 1) {
      return { truth: undefined, detail: `${key} has several values, which needs ForAllValues or ForAnyValue` };
    }
    let passed = 0;
    for (const value of actual) {
      const match = matchesAny(value, tests);
      if (match === undefined) {
        return { truth: undefined, detail: `${quote(value)}, the value of ${key}, is not ${comparison!.actualType}` };
      }
      passed += match === negated ? 0 : 1;
    }
    return { truth: qualifier === 'ForAnyValue' ? passed > 0 : passed === actual.length };
  }
}

// All tests of a condition are of one type, so each of them can tell that a value is not of it.
function matchesAny(value: string, tests: readonly ValueTest[]): boolean | undefined {
  for (const test of tests) {
    const match = test(value);
    if (match !== false) {
      return match;
    }
  }
  return false;
}

function unusable(template: Template, operator: Operator): string | undefined {
  const variable = template.parts.some((part) => part.kind !== 'written');
  if (variable && !operator.comparison?.variables) {
    return `${quote(template.source)} holds a policy variable, which only the String and Arn operators take`;
  }
  if (!operator.comparison && template.source !== 'true' && template.source !== 'false') {
    return `${quote(template.source)} is not true or false`;
  }
  return undefined;
}

function bind(templates: readonly Template[], comparison: Comparison, context: RequestContext): Binding {
  const display: string[] = [];
  const tests: ValueTest[] = [];
  let missingKey: string | undefined;
  for (const template of templates) {
    const resolution = resolveTemplate(template, context);
    if (resolution.kind === 'undecidable') {
      return { undecidable: resolution.reason };
    }
    if (resolution.kind === 'missing') {
      missingKey ??= resolution.key;
      continue;
    }
    const test = comparison.prepare(resolution.parts);
    if (typeof test === 'string') {
      return { undecidable: test };
    }
    display.push(displayText(resolution.parts));
    tests.push(test);
  }
  return missingKey === undefined ? { display, tests } : { missingKey };
}

// "If AWS cannot resolve a variable, this might cause the entire statement to be invalid" (Variables and tags): no more is documented.
function unresolvedVariable(key: string, effect: 'Allow' | 'Deny'): ConditionVerdict {
  const cause = `the policy variable \${${key}} has no value, because the request has no ${key}`;
  return effect === 'Allow'
    ? { truth: false, detail: `${cause}; the statement does not match` }
    : { truth: undefined, detail: `${cause}; whether a Deny then still applies is not documented` };
}

function hintAt(values: readonly string[], variables: boolean): string | undefined {
  if (values.some((value) => value.includes('$('))) {
    return '$( is plain text here: a policy variable is written with braces, ${...}';
  }
  if (!variables && values.some((value) => value.includes('${'))) {
    return '${ is plain text here: policy variables need Version 2012-10-17';
  }
  return undefined;
}
