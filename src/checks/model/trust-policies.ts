/** What the trust policies of roles say to Roles Anywhere. */
import { oncePerResource } from './memo';
import type { Resource } from './resource';
import { isVacuous, namesHolder, namesTrustAnchor, restrictions, SOURCE_ARN_KEY, TrustCondition } from '../../trust-model/trust-conditions';
import { readTrustPolicy, TrustPolicyFacts, TrustStatementFacts } from '../../trust-model/trust-statements';

const PROPERTY = 'AssumeRolePolicyDocument';

/** The trust policy of a role, which CloudFormation takes as JSON text too. */
export const trustPolicyOf = oncePerResource((role): unknown => parsed(role.property(PROPERTY)));

/** What it says to Roles Anywhere. */
export const trustOf = oncePerResource((role): TrustPolicyFacts => readTrustPolicy(trustPolicyOf(role)));

/** A statement that lets Roles Anywhere by name assume a role, under conditions that are known. */
export interface TrustingStatement extends TrustStatementFacts {
  /** Those that hold for every value left out. */
  readonly conditions: readonly TrustCondition[];
  /** Those of them that shut everybody out who does not have one of the values. */
  readonly restricting: readonly TrustCondition[];
}

/** The statements of that kind. */
export const trustingStatements = oncePerResource((role): readonly TrustingStatement[] => trustOf(role).statements.flatMap((statement) => {
  const conditions = statement.conditions?.filter((condition) => !isVacuous(condition));
  return conditions && statement.assumesRole && statement.namesService ? [{ ...statement, conditions, restricting: restrictions(conditions) }] : [];
}));

/** The statements beside a bound one that ask for nothing else, and not for all of it, so that the bound one changes nothing. */
export const leftoverStatements = oncePerResource((role): readonly TrustingStatement[] => {
  const statements = trustingStatements(role);
  return statements.filter((wide) => statements.some((bound) => makesPointless(wide, bound)));
});

/** Those that are not left over, so that whom they let in is what was meant. */
export function meantStatements(role: Resource): readonly TrustingStatement[] {
  return trustingStatements(role).filter((statement) => !leftoverStatements(role).includes(statement));
}

function makesPointless(wide: TrustingStatement, bound: TrustingStatement): boolean {
  const isWider = [namesTrustAnchor, namesHolder].some((isAbout) => bound.restricting.some(isAbout) && !wide.restricting.some(isAbout));
  return isWider && wide.conditions.every((condition) => bound.conditions.some((other) => isSame(condition, other)));
}

function isSame(a: TrustCondition, b: TrustCondition): boolean {
  return a.operator === b.operator && a.key === b.key && JSON.stringify(a.values) === JSON.stringify(b.values);
}

/** Keys that say where a request comes from. */
const SOURCE_KEYS = [SOURCE_ARN_KEY, 'aws:sourceaccount', 'aws:sourceorgid', 'aws:sourceorgpaths'];

/** Whether a statement requires the request to come from certain trust anchors, or from certain accounts. */
export function isBoundToSource({ restricting }: TrustingStatement): boolean {
  return restricting.some(({ key }) => SOURCE_KEYS.includes(key));
}

/** Where a statement stands. */
export function statementLocation({ index }: Pick<TrustStatementFacts, 'index'>): string {
  return `Properties.${PROPERTY}.Statement${index === undefined ? '' : `[${index}]`}`;
}

/** Where a condition stands. */
export function conditionLocation(statement: TrustStatementFacts, { operator, spelling }: TrustCondition): string {
  return `${statementLocation(statement)}.Condition.${operator}.${spelling}`;
}

function parsed(policy: unknown): unknown {
  if (typeof policy !== 'string') {
    return policy;
  }
  try {
    return JSON.parse(policy);
  } catch {
    // IAM refuses it, and so does CloudFormation; there is nothing to be said about trust.
    return undefined;
  }
}
