/** The trust policy statement of one alternative, complete and safe against being widened afterwards. */
import { aws_iam as iam, Token } from 'aws-cdk-lib';
import { Alternative } from './condition-terms';
import { RolesAnywhereError } from './errors';

/** The service principal that assumes roles for hosts; the same in every partition. */
export const SERVICE_PRINCIPAL = 'rolesanywhere.amazonaws.com';

/** All three are needed: Roles Anywhere assumes the role with tags and a source identity. */
export const TRUST_ACTIONS = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];

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
 * one place for each, and taking the new value would drop the old condition
 */
export function mergeConditions(block: ConditionBlock, added: iam.Conditions): ConditionBlock {
  const merged: ConditionBlock = { ...block };
  for (const [operator, entries] of Object.entries(added) as Array<[string, Record<string, unknown>]>) {
    for (const [key, value] of Object.entries(entries)) {
      rejectOverwriting(merged, operator, key, value);
    }
    merged[operator] = { ...merged[operator], ...entries };
  }
  return merged;
}

function rejectOverwriting(block: ConditionBlock, operator: string, key: string, value: unknown): void {
  const present = Object.entries(block[operator] ?? {}).find(([presentKey]) => presentKey.toLowerCase() === key.toLowerCase());
  if (present && JSON.stringify(present[1]) !== JSON.stringify(value)) {
    throw new RolesAnywhereError(
      'CONDITION_OVERWRITTEN',
      `a further ${operator} condition on ${key} would replace the one that is there; put both into the certificate condition, or use another operator`,
    );
  }
}

/** A statement whose conditions can be added to, but not replaced. */
export class TrustStatement extends iam.PolicyStatement {
  private readonly block: ConditionBlock;

  public constructor(conditions: ConditionBlock) {
    super({ actions: TRUST_ACTIONS, principals: [new iam.ServicePrincipal(SERVICE_PRINCIPAL)] });
    this.block = conditions;
    super.addConditions(conditions);
  }

  public addCondition(key: string, value: iam.Condition): void {
    // The base class calls this before the block is there, with the block itself.
    if (this.block && !Token.isUnresolved(value)) {
      mergeConditions(this.block, { [key]: value });
    }
    super.addCondition(key, value);
  }
}
