/** The principal for roles that hosts assume: bound to trust anchors and to a condition on the certificate. */
import { Annotations, aws_iam as iam } from 'aws-cdk-lib';
import { ITrustAnchorRef } from 'aws-cdk-lib/aws-rolesanywhere';
import { CertificateCondition } from './certificate-condition';
import { RolesAnywhereError } from './private/errors';
import { conditionWarnings } from './private/trust-checks';
import { ConditionBlock, mergeConditions, trustConditions, TrustStatement } from './private/trust-statement';
import { SERVICE_PRINCIPAL } from './trust-model/trust-statements';

/** Who may assume a role through Roles Anywhere. */
export interface RolesAnywherePrincipalProps {
  /** The trust anchors whose certificates count. Others of the account do not. */
  readonly trustAnchors: ITrustAnchorRef[];

  /** The certificates that count. For all of them say `CertificateCondition.anyCertificate()`. */
  readonly certificate: CertificateCondition;
}

/**
 * Hosts that show a certificate of certain trust anchors which meets a condition.
 *
 * In a trust policy it becomes one statement for each alternative of the condition. Each has the three actions that Roles Anywhere
 * needs (`sts:AssumeRole`, `sts:TagSession`, `sts:SetSourceIdentity`) and is bound to the trust anchors by `aws:SourceArn`; there is
 * no statement without conditions beside them.
 *
 * {@link RolesAnywhereRole} is the short form; use the principal where a role has other principals too.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
 * @example
 * declare const anchor: TrustAnchor;
 * new iam.Role(this, 'Role', {
 *   assumedBy: new iam.CompositePrincipal(
 *     new iam.ServicePrincipal('ec2.amazonaws.com'),
 *     new RolesAnywherePrincipal({ trustAnchors: [anchor], certificate: Subject.commonName('onprem01') }),
 *   ),
 * });
 */
export class RolesAnywherePrincipal extends iam.PrincipalBase {
  /** @internal */
  public _warns = true;

  private readonly props: RolesAnywherePrincipalProps;
  private readonly furtherConditions: iam.Conditions[] = [];

  public constructor(props: RolesAnywherePrincipalProps) {
    super();
    if (props.trustAnchors.length === 0) {
      throw new RolesAnywhereError('NO_TRUST_ANCHOR', 'a role for hosts needs at least one trust anchor: without one, any of the account would do');
    }
    if (props.certificate._alternatives.length === 0) {
      throw new RolesAnywhereError('INVALID_CONDITION', 'anyOf() without a condition lets nobody in; give it at least one');
    }
    this.props = { ...props, trustAnchors: [...props.trustAnchors] };
  }

  /**
   * The service principal with the conditions.
   *
   * @throws where the certificate condition has several alternatives, which do not fit one statement: let the principal write the
   * trust policy, as `assumedBy` does
   */
  public get policyFragment(): iam.PrincipalPolicyFragment {
    const blocks = this.conditionBlocks();
    if (blocks.length > 1) {
      throw new RolesAnywhereError(
        'PRINCIPAL_HAS_ALTERNATIVES',
        `the certificate condition has ${blocks.length} alternatives, which take a statement each; use the principal in \`assumedBy\`, `
        + 'and call its own withConditions() to add conditions',
      );
    }
    return new iam.PrincipalPolicyFragment({ Service: [SERVICE_PRINCIPAL] }, blocks[0]);
  }

  /** Adds a statement for each alternative to a trust policy. */
  public addToAssumeRolePolicy(document: iam.PolicyDocument): void {
    this.warn();
    document.addStatements(...this.conditionBlocks().map((block) => new TrustStatement(block)));
  }

  /**
   * The same principal under further conditions, which every alternative then has.
   *
   * @throws where a condition would replace one of the principal's own
   */
  public withConditions(conditions: iam.Conditions): iam.PrincipalBase {
    const narrowed = new RolesAnywherePrincipal(this.props);
    narrowed._warns = this._warns;
    narrowed.furtherConditions.push(...this.furtherConditions, conditions);
    narrowed.conditionBlocks();
    return narrowed;
  }

  /** Two principals are never merged: each keeps its own statements. */
  public dedupeString(): string | undefined {
    return undefined;
  }

  /** Names the principal in messages. */
  public toString(): string {
    return `RolesAnywherePrincipal(${this.props.trustAnchors.map(({ node }) => node.path).join(', ')})`;
  }

  private conditionBlocks(): ConditionBlock[] {
    const arns = this.props.trustAnchors.map(({ trustAnchorRef }) => trustAnchorRef.trustAnchorArn);
    return this.props.certificate._alternatives.map((alternative) => this.furtherConditions.reduce<ConditionBlock>(
      mergeConditions, trustConditions([...new Set(arns)], alternative)));
  }

  /** Says aloud what is legal and dangerous, at the trust anchor, because a principal has no place of its own. */
  private warn(): void {
    const annotations = Annotations.of(this.props.trustAnchors[0]);
    const warnings = this._warns ? this.conditionBlocks().flatMap(conditionWarnings) : [];
    for (const { id, message } of new Map(warnings.map((warning) => [warning.id, warning])).values()) {
      annotations.addWarningV2(id, message);
    }
  }
}
