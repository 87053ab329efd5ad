/** The principal of a role that many hosts share: as few statements as their conditions allow, with the hosts as a list of values. */
import { aws_iam as iam } from 'aws-cdk-lib';
import { Alternative } from './condition-terms';
import { RolesAnywhereError } from './errors';
import { ConditionBlock, trustConditions, TrustStatement } from './trust-statement';

/** Hosts that are told apart by one attribute. Alternatives that differ in it only become one statement. */
export class FleetPrincipal extends iam.PrincipalBase {
  private readonly blocks: readonly ConditionBlock[];

  /**
   * @param conditionKey the attribute; each alternative compares it exactly
   */
  public constructor(trustAnchorArns: readonly string[], alternatives: readonly Alternative[], conditionKey: string) {
    super();
    this.blocks = [...groupByOtherTerms(alternatives, conditionKey).values()].map(({ others, values }) => {
      const block = trustConditions(trustAnchorArns, others);
      return { ...block, StringEquals: { ...block.StringEquals, [conditionKey]: values.length === 1 ? values[0] : values } };
    });
  }

  /** There is none: it would have to be one statement. */
  public get policyFragment(): iam.PrincipalPolicyFragment {
    throw new RolesAnywhereError('PRINCIPAL_HAS_ALTERNATIVES', 'the hosts of a fleet take several statements; use the principal in `assumedBy` only');
  }

  public addToAssumeRolePolicy(document: iam.PolicyDocument): void {
    document.addStatements(...this.blocks.map((block) => new TrustStatement(block)));
  }

  public dedupeString(): string | undefined {
    return undefined;
  }
}

interface Group {
  readonly others: Alternative;
  readonly values: string[];
}

function groupByOtherTerms(alternatives: readonly Alternative[], conditionKey: string): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const alternative of alternatives) {
    const isHost = ({ key, operator }: Alternative[number]) => key === conditionKey && operator === 'StringEquals';
    const others = alternative.filter((term) => !isHost(term));
    const key = JSON.stringify(others);
    const group = groups.get(key) ?? { others, values: [] };
    const { value } = alternative.find(isHost)!;
    if (!group.values.includes(value)) {
      group.values.push(value);
    }
    groups.set(key, group);
  }
  return groups;
}
