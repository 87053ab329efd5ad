/** The algebra behind certificate conditions: alternatives of terms, combined so that each alternative fits one policy statement. */
import { Token } from 'aws-cdk-lib';
import { RolesAnywhereError } from './errors';
import { CertificateField, PRINCIPAL_TAG_PREFIX, tagValueProblem } from '../trust-model/session-tags';
import { ATTRIBUTE_TYPES } from '../x509';

/** One comparison of a session tag. Positive only: a negated one is true for certificates that lack the attribute. */
export interface ConditionTerm {
  readonly operator: 'StringEquals' | 'StringLike';
  /** `aws:PrincipalTag/x509Subject/CN` */
  readonly key: string;
  readonly value: string;
}

/** Terms that have to hold together; none at all lets every certificate in. */
export type Alternative = readonly ConditionTerm[];

/** A trust policy has room for far fewer; the bound keeps `allOf` over many `anyOf` from filling the memory first. */
const MAX_ALTERNATIVES = 64;

const ATTRIBUTE_TYPE = /^([A-Za-z][A-Za-z0-9]*|\d+(\.\d+)+)$/;

/** A term on one attribute, its literal checked against what a session tag can hold. */
export function conditionTerm(field: CertificateField, specifier: string, operator: ConditionTerm['operator'], value: string): ConditionTerm {
  checkSpecifier(field, specifier);
  const attribute = `${field}/${documentedSpelling(specifier)}`;
  if (!Token.isUnresolved(value)) {
    checkLiteral(attribute, operator, value);
  }
  return { operator, key: PRINCIPAL_TAG_PREFIX + attribute, value };
}

/** `Name/CN` is an attribute of a directory name, which is an alternative name: subject and issuer have `CN`. */
function checkSpecifier(field: CertificateField, specifier: string): void {
  const type = field === 'x509SAN' && specifier.startsWith('Name/') ? specifier.substring('Name/'.length) : specifier;
  if (!Token.isUnresolved(type) && ATTRIBUTE_TYPE.test(type)) {
    return;
  }
  throw new RolesAnywhereError(
    'INVALID_CONDITION',
    `"${field}/${specifier}" names no attribute: use a short name such as CN or OU, or a dotted object identifier, as a literal`,
  );
}

/** The spelling that session tags have: the short name where there is one, in its own case, since policies do not mind it. */
function documentedSpelling(specifier: string): string {
  const prefix = specifier.startsWith('Name/') ? 'Name/' : '';
  const type = specifier.substring(prefix.length);
  const known = ATTRIBUTE_TYPES[type] ?? Object.values(ATTRIBUTE_TYPES).find((name) => name.toLowerCase() === type.toLowerCase());
  return prefix + (known ?? type);
}

function checkLiteral(attribute: string, operator: ConditionTerm['operator'], value: string): void {
  if (value === '') {
    throw new RolesAnywhereError('INVALID_CONDITION', `the condition on ${attribute} compares with an empty text, which no certificate has`);
  }
  const literal = operator === 'StringLike' ? value.replace(/[*?]/g, '') : value;
  const problem = tagValueProblem(literal);
  if (problem) {
    const wildcard = operator === 'StringEquals' && /[*?]/.test(value) ? ' Wildcards need the "...Like" form.' : '';
    throw new RolesAnywhereError(
      'INVALID_CONDITION',
      `the condition on ${attribute} compares with ${JSON.stringify(value)}, which no session tag can be: ${problem}.${wildcard} `
      + 'If certificates really have such a value, condition on another attribute and leave this one out of the profile\'s attribute mappings, '
      + 'since sessions fail where a mapped attribute cannot become a tag',
    );
  }
}

/** Any of the alternatives of any of the conditions. */
export function anyOf(conditions: readonly (readonly Alternative[])[]): Alternative[] {
  return bounded(deduplicate(conditions.flat()));
}

/**
 * Every combination of one alternative of each condition.
 *
 * @throws RolesAnywhereError `CONTRADICTORY_CONDITION` where no combination can hold
 */
export function allOf(conditions: readonly (readonly Alternative[])[]): Alternative[] {
  if (conditions.length === 0) {
    throw new RolesAnywhereError(
      'INVALID_CONDITION',
      'allOf() without a condition would let every certificate in; give it at least one, or say anyCertificate() if that is meant',
    );
  }
  const count = conditions.reduce((product, alternatives) => product * alternatives.length, 1);
  checkCount(count);
  let combined: Alternative[] = [[]];
  for (const alternatives of conditions) {
    combined = combined.flatMap((left) => alternatives.map((right) => conjunction(left, right)).filter((terms) => terms !== undefined));
  }
  if (combined.length === 0) {
    throw new RolesAnywhereError(
      'CONTRADICTORY_CONDITION',
      'the conditions contradict one another: one attribute would need two values at once. Attributes that occur several times arrive joined '
      + 'with "/" (use attributeValues), and alternatives are written with anyOf',
    );
  }
  return deduplicate(combined);
}

/** Both sides together, or undefined where an attribute would have to equal two values. */
function conjunction(left: Alternative, right: Alternative): Alternative | undefined {
  const terms = [...left];
  for (const term of right) {
    const same = terms.find(({ key, operator }) => key === term.key && operator === term.operator);
    if (!same) {
      terms.push(term);
    } else if (same.value !== term.value) {
      if (term.operator === 'StringLike') {
        throw new RolesAnywhereError(
          'INVALID_CONDITION',
          `two patterns on ${term.key} cannot both be required: in a policy, values of one operator and key are alternatives. Write one pattern`,
        );
      }
      return undefined;
    }
  }
  return terms;
}

function deduplicate(alternatives: readonly Alternative[]): Alternative[] {
  return [...new Map(alternatives.map((alternative) => [JSON.stringify(alternative), alternative])).values()];
}

function bounded(alternatives: Alternative[]): Alternative[] {
  checkCount(alternatives.length);
  return alternatives;
}

function checkCount(count: number): void {
  if (count > MAX_ALTERNATIVES) {
    throw new RolesAnywhereError(
      'TOO_MANY_ALTERNATIVES',
      `the conditions come to ${count} alternatives, far beyond what a trust policy has room for; use patterns ("...Like"), fewer alternatives a role, `
      + 'or one role for all and session tags in its permissions',
    );
  }
}
