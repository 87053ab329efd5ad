// Reads the policy variables in a condition value, such as `${aws:PrincipalTag/x509Subject/CN}`, and fills them in from a request.
import { conditionKey, type ConditionKey, type RequestContext } from './policy-context';
import { quote } from './policy-json';

interface Variable {
  readonly kind: 'variable';
  readonly key: ConditionKey;
  readonly fallback: string | undefined;
}

type TemplatePart = { readonly kind: 'written' | 'special'; readonly text: string } | Variable;

/** A condition value with its policy variables picked out. */
export interface Template {
  /** The value as the policy has it. */
  readonly source: string;
  readonly parts: readonly TemplatePart[];
}

/** A stretch of a filled-in value, and whether the policy wrote it, escaped it as in `${*}`, or took it from the request. */
export interface ResolvedPart {
  readonly origin: 'written' | 'special' | 'substituted';
  readonly text: string;
}

/** What filling in a template came to. */
export type Resolution =
  | { readonly kind: 'resolved'; readonly parts: readonly ResolvedPart[] }
  | { readonly kind: 'missing'; readonly key: string }
  | { readonly kind: 'undecidable'; readonly reason: string };

/** Whether the value depends on the request. */
export function hasVariables(template: Template): boolean {
  return template.parts.some((part) => part.kind === 'variable');
}

/**
 * Picks out the policy variables of a condition value: `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for these characters themselves.
 *
 * Source: IAM User Guide, "IAM policy elements: Variables and tags"; a blank in the name of the key is not supported ("IAM policy validation check
 * reference").
 *
 * @param source the value as the policy has it
 * @param variables whether the policy has Version 2012-10-17; before, `${...}` is plain text
 * @returns the template, or in words why the value is none
 */
export function parseTemplate(source: string, variables: boolean): Template | string {
  if (!variables || !source.includes('${')) {
    return { source, parts: [{ kind: 'written', text: source }] };
  }
  const parts: TemplatePart[] = [];
  let position = 0;
  for (let start = source.indexOf('${'); start >= 0; start = source.indexOf('${', position)) {
    const end = source.indexOf('}', start);
    if (end < 0) {
      return `${quote(source)} opens a policy variable with \${ and does not close it`;
    }
    const variable = parseVariable(source.slice(start + 2, end));
    if (!variable) {
      return `${quote(source.slice(start, end + 1))} is not a policy variable that IAM documents; `
        + "the forms are ${key}, ${key, 'default'}, ${*}, ${?} and ${$}";
    }
    parts.push({ kind: 'written', text: source.slice(position, start) }, variable);
    position = end + 1;
  }
  parts.push({ kind: 'written', text: source.slice(position) });
  return { source, parts: parts.filter((part) => part.kind !== 'written' || part.text !== '') };
}

function parseVariable(body: string): TemplatePart | undefined {
  if (body === '*' || body === '?' || body === '$') {
    return { kind: 'special', text: body };
  }
  const match = /^([^\s,'"{}$*?:]+:[^\s,'"{}$*?]+)(?:, '([^'{}$]*)')?$/.exec(body);
  return match ? { kind: 'variable', key: conditionKey(match[1]), fallback: match[2] } : undefined;
}

/**
 * Fills in a template from the request. A variable whose key is absent takes its default; without one the template has no value.
 *
 * Source: IAM User Guide, "Specifying default values"; "Single-valued vs. multivalued context keys" (a key with several values cannot be a variable).
 */
export function resolveTemplate(template: Template, context: RequestContext): Resolution {
  const parts: ResolvedPart[] = [];
  for (const part of template.parts) {
    const resolved = part.kind === 'variable' ? resolveVariable(part, context) : { origin: part.kind, text: part.text };
    if ('kind' in resolved) {
      return resolved;
    }
    parts.push(resolved);
  }
  return { kind: 'resolved', parts };
}

function resolveVariable(variable: Variable, context: RequestContext): ResolvedPart | Resolution {
  const entry = context.lookUp(variable.key);
  if (entry.kind === 'undecidable') {
    return { kind: 'undecidable', reason: entry.reason };
  }
  if (entry.kind === 'present' && entry.values.length > 1) {
    return { kind: 'undecidable', reason: `${entry.key} has several values, and such a key cannot be a policy variable` };
  }
  const value = entry.kind === 'present' ? entry.values[0] : variable.fallback;
  return value === undefined ? { kind: 'missing', key: entry.key } : { origin: 'substituted', text: value };
}

/** The filled-in value as plain text. */
export function resolvedText(parts: readonly ResolvedPart[]): string {
  return parts.map((part) => part.text).join('');
}

/** The filled-in value for a person to read: `${*}` stays as it is, to be told from the wildcard. */
export function displayText(parts: readonly ResolvedPart[]): string {
  return parts.map((part) => (part.origin === 'special' ? `\${${part.text}}` : part.text)).join('');
}
