/** The trust policy statement of one alternative, complete and safe against being widened afterwards. */
import { aws_iam as iam, Token } from 'aws-cdk-lib';
import { Alternative } from './condition-terms';
import { RolesAnywhereError } from './errors';
import { SERVICE_PRINCIPAL, TRUST_ACTIONS } from '../trust-model/trust-statements';

/** Conditions of a statement, by operator and key. */
export type ConditionBlock = Record<string, Record<string, unknown>>;

/** The conditions of one alternative: the trust anchors, and the terms on the certificate. */
export function trustConditions(trustAnchorArns: readonly string[], alternative: Alternative): ConditionBlock {
  const block: ConditionBlock = { ArnEquals: { 'aws:SourceArn': trustAnchorArns.length === 1 ? trustAnchorArns[0] : [...trustAnchorArns] } };
  for (const { operator, key, value } of alternative) {
    block[operator] = { ...block[operator], [key]: value };
  }
  return block;
}

/**
 * Adds conditions to a block.
 *
 * @throws RolesAnywhereError `CONDITION_OVERWRITTEN` where an operator and key are there already with another value: a policy has
 * one place for each, and taking the new value would drop the old condition; also where that cannot be told, because the conditions
 * of an operator are a token
 */
export function mergeConditions(block: ConditionBlock, added: iam.Conditions): ConditionBlock {
  const merged: ConditionBlock = { ...block };
  for (const [operator, entries] of Object.entries(added) as Array<[string, Record<string, unknown>]>) {
    if (merged[operator] === undefined) {
      merged[operator] = entries;
      continue;
    }
    rejectTokens(operator, merged[operator], entries);
    for (const [key, value] of Object.entries(entries)) {
      rejectOverwriting(merged, operator, key, value);
    }
    merged[operator] = { ...merged[operator], ...entries };
  }
  return merged;
}

function rejectTokens(operator: string, ...sides: unknown[]): void {
  if (sides.some((side) => Token.isUnresolved(side))) {
    throw new RolesAnywhereError(
      'CONDITION_OVERWRITTEN',
      `further ${operator} conditions cannot be told apart from those that are there, because they are a token; use another operator for them`,
    );
  }
}

function rejectOverwriting(block: ConditionBlock, operator: string, key: string, value: unknown): void {
  const present = Object.entries(block[operator]).find(([presentKey]) => presentKey.toLowerCase() === key.toLowerCase());
  if (present && !isSame(present[1], value)) {
    throw new RolesAnywhereError(
      'CONDITION_OVERWRITTEN',
      `a further ${operator} condition on ${key} would replace the one that is there; put both into the certificate condition, or use another operator`,
    );
  }
}

/** Tokens that are objects refer to the construct tree, and cannot be compared by content. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || (!Token.isUnresolved(a) && !Token.isUnresolved(b) && JSON.stringify(a) === JSON.stringify(b));
}

/** A statement whose conditions can be added to, but not replaced. */
export class TrustStatement extends iam.PolicyStatement {
  private block: ConditionBlock;

  public constructor(conditions: ConditionBlock) {
    super({ actions: [...TRUST_ACTIONS], principals: [new iam.ServicePrincipal(SERVICE_PRINCIPAL)] });
    this.block = {};
    this.addConditions(conditions);
  }

  public addCondition(key: string, value: iam.Condition): void {
    // The base class may call this before the block is there.
    if (this.block) {
      this.block = mergeConditions(this.block, { [key]: value });
    }
    super.addCondition(key, value);
  }
}
