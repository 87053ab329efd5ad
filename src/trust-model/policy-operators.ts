// The condition operators of the IAM policy language: how each is named, and how it compares a value of the policy with a value of the request.
import { quote } from './policy-json';
import { ipRangeContains, parseDate, parseIpAddress, parseIpRange, parseNumber } from './policy-values';
import { type ResolvedPart, resolvedText } from './policy-variables';
import { hasWildcard, WildcardPattern, type WildcardPart } from './wildcards';

/** Compares one value of the request; undefined when the value is not of the operator's type, so that nothing can be said. */
export type ValueTest = (actual: string) => boolean | undefined;

/** How a family of operators compares. */
export interface Comparison {
  /** What a value of the request must be, in words that follow `is not`. */
  readonly actualType: string;
  /** Whether the operator takes policy variables: the String and Arn operators do (IAM User Guide, "Where you can use policy variables"). */
  readonly variables: boolean;
  /** Prepares a value of the policy, or says in words why it cannot be compared. */
  prepare(expected: readonly ResolvedPart[]): ValueTest | string;
}

/** Which values of a key with several values must pass. */
export type SetQualifier = 'ForAllValues' | 'ForAnyValue';

/** A condition operator with its prefix and suffix. */
export interface Operator {
  /** As the policy writes it, for example `ForAnyValue:StringLikeIfExists`. */
  readonly name: string;
  readonly qualifier: SetQualifier | undefined;
  readonly ifExists: boolean;
  readonly negated: boolean;
  /** Undefined for `Null`, which looks at the presence of a key and not at its value. */
  readonly comparison: Comparison | undefined;
}

const exact: Comparison = {
  actualType: 'text',
  variables: true,
  prepare: (expected) => {
    const text = resolvedText(expected);
    return (actual) => actual === text;
  },
};

const exactIgnoringCase: Comparison = {
  actualType: 'text',
  variables: true,
  prepare: (expected) => {
    const text = resolvedText(expected).toLowerCase();
    return (actual) => actual.toLowerCase() === text;
  },
};

const like: Comparison = {
  actualType: 'text',
  variables: true,
  prepare: (expected) => {
    const parts = wildcardParts(expected);
    if (typeof parts === 'string') {
      return parts;
    }
    const pattern = new WildcardPattern(parts);
    return (actual) => pattern.matches(actual);
  },
};

const arn: Comparison = {
  actualType: 'an ARN',
  variables: true,
  prepare: (expected) => {
    const parts = wildcardParts(expected);
    if (typeof parts === 'string') {
      return parts;
    }
    const text = resolvedText(expected);
    if (!splitArn(text)) {
      return `${quote(text)} does not have the six parts of an ARN (arn:partition:service:region:account:resource)`;
    }
    if (!parts.some(hasWildcard)) {
      return (actual) => (actual === text ? true : splitArn(actual) && false);
    }
    const patterns = splitArnPattern(parts).map((component) => new WildcardPattern(component));
    return (actual) => splitArn(actual)?.every((component, index) => patterns[index].matches(component));
  },
};

const boolean: Comparison = typed('true or false', (text) => (text === 'true' || text === 'false' ? text : undefined), (a, b) => a === b);

const binary: Comparison = {
  actualType: 'known as bytes here',
  variables: false,
  prepare: () => () => undefined,
};

const ipRange: Comparison = {
  actualType: 'an IP address',
  variables: false,
  prepare: (expected) => {
    const text = resolvedText(expected);
    const range = parseIpRange(text);
    if (!range) {
      return `${quote(text)} is not an IPv4 address or a range in CIDR form (an IPv6 address needs its prefix length, for example /128)`;
    }
    return (actual) => {
      const address = parseIpAddress(actual);
      return address && ipRangeContains(range, address);
    };
  },
};

function typed<T>(typeName: string, parse: (text: string) => T | undefined, compare: (actual: T, expected: T) => boolean): Comparison {
  return {
    actualType: typeName,
    variables: false,
    prepare: (expected) => {
      const text = resolvedText(expected);
      const expectedValue = parse(text);
      if (expectedValue === undefined) {
        return `${quote(text)} is not ${typeName}`;
      }
      return (actual) => {
        const actualValue = parse(actual);
        return actualValue === undefined ? undefined : compare(actualValue, expectedValue);
      };
    },
  };
}

function numeric(compare: (actual: number, expected: number) => boolean): Comparison {
  return typed('a decimal number of at most 15 digits', parseNumber, compare);
}

function date(compare: (actual: number, expected: number) => boolean): Comparison {
  return typed('a date such as 2030-01-31 or 2030-01-31T12:00:00Z, or epoch seconds', parseDate, compare);
}

// IAM does not document whether a wildcard that comes out of a variable acts as one, so it is not guessed.
function wildcardParts(expected: readonly ResolvedPart[]): readonly WildcardPart[] | string {
  const doubtful = expected.find((part) => part.origin === 'substituted' && /[*?]/.test(part.text));
  if (doubtful) {
    return `a policy variable stands for ${quote(doubtful.text)}, and whether its * or ? is a wildcard is not documented`;
  }
  return expected.map((part) => ({ text: part.text, wildcards: part.origin === 'written' }));
}

function splitArn(text: string): readonly string[] | undefined {
  const components = text.split(':');
  if (components.length < 6) {
    return undefined;
  }
  return [...components.slice(0, 5), components.slice(5).join(':')];
}

function splitArnPattern(parts: readonly WildcardPart[]): readonly WildcardPart[][] {
  const components: WildcardPart[][] = [[]];
  for (const part of parts) {
    let rest = part.text;
    for (let colon = rest.indexOf(':'); colon >= 0 && components.length < 6; colon = rest.indexOf(':')) {
      components[components.length - 1].push({ text: rest.slice(0, colon), wildcards: part.wildcards });
      components.push([]);
      rest = rest.slice(colon + 1);
    }
    components[components.length - 1].push({ text: rest, wildcards: part.wildcards });
  }
  return components;
}

const OPERATORS: ReadonlyMap<string, { readonly comparison?: Comparison; readonly negated?: boolean }> = new Map([
  ['StringEquals', { comparison: exact }],
  ['StringNotEquals', { comparison: exact, negated: true }],
  ['StringEqualsIgnoreCase', { comparison: exactIgnoringCase }],
  ['StringNotEqualsIgnoreCase', { comparison: exactIgnoringCase, negated: true }],
  ['StringLike', { comparison: like }],
  ['StringNotLike', { comparison: like, negated: true }],
  // Equals and Like are the same for ARNs: both take wildcards.
  ['ArnEquals', { comparison: arn }],
  ['ArnLike', { comparison: arn }],
  ['ArnNotEquals', { comparison: arn, negated: true }],
  ['ArnNotLike', { comparison: arn, negated: true }],
  ['NumericEquals', { comparison: numeric((a, b) => a === b) }],
  ['NumericNotEquals', { comparison: numeric((a, b) => a === b), negated: true }],
  ['NumericLessThan', { comparison: numeric((a, b) => a < b) }],
  ['NumericLessThanEquals', { comparison: numeric((a, b) => a <= b) }],
  ['NumericGreaterThan', { comparison: numeric((a, b) => a > b) }],
  ['NumericGreaterThanEquals', { comparison: numeric((a, b) => a >= b) }],
  ['DateEquals', { comparison: date((a, b) => a === b) }],
  ['DateNotEquals', { comparison: date((a, b) => a === b), negated: true }],
  ['DateLessThan', { comparison: date((a, b) => a < b) }],
  ['DateLessThanEquals', { comparison: date((a, b) => a <= b) }],
  ['DateGreaterThan', { comparison: date((a, b) => a > b) }],
  ['DateGreaterThanEquals', { comparison: date((a, b) => a >= b) }],
  ['Bool', { comparison: boolean }],
  ['BinaryEquals', { comparison: binary }],
  ['IpAddress', { comparison: ipRange }],
  ['NotIpAddress', { comparison: ipRange, negated: true }],
  ['Null', {}],
]);

/**
 * Reads the name of a condition operator: an optional `ForAllValues:` or `ForAnyValue:`, the operator, an optional `IfExists`.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
 *
 * @returns the operator, or in words why there is none of this name
 */
export function parseOperator(name: string): Operator | string {
  const known = parsedOperators.get(name);
  if (known) {
    return known;
  }
  const operator = readOperator(name);
  if (typeof operator !== 'string') {
    parsedOperators.set(name, operator);
  }
  return operator;
}

// Holds names that exist only, so it cannot grow beyond them.
const parsedOperators = new Map<string, Operator>();

function readOperator(name: string): Operator | string {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/s.exec(name)!;
  const [, qualifier, base, ifExists] = match;
  const definition = OPERATORS.get(base);
  if (!definition) {
    return unknownOperator(name);
  }
  if (!definition.comparison && (qualifier || ifExists)) {
    return `the condition operator ${quote(name)} does not exist: Null takes neither a set qualifier nor IfExists`;
  }
  return {
    name,
    qualifier: qualifier as SetQualifier | undefined,
    ifExists: ifExists !== undefined,
    negated: definition.negated ?? false,
    comparison: definition.comparison,
  };
}

function unknownOperator(name: string): string {
  const lower = name.toLowerCase();
  for (const prefix of ['', 'ForAllValues:', 'ForAnyValue:']) {
    for (const base of OPERATORS.keys()) {
      const spelling = [`${prefix}${base}`, `${prefix}${base}IfExists`].find((candidate) => candidate.toLowerCase() === lower);
      if (spelling) {
        return `the condition operator ${quote(name)} is spelled ${spelling}`;
      }
    }
  }
  return `the condition operator ${quote(name)} is none that IAM documents`;
}
