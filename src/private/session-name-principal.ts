/** The principal for roles whose sessions have to be named after an attribute of the certificate. */
import { aws_iam as iam } from 'aws-cdk-lib';
import { Alternative } from './condition-terms';
import { mergeConditions, trustConditions } from './trust-statement';
import { SERVICE_PRINCIPAL, TRUST_ACTIONS } from '../trust-model/trust-statements';

/** Who may assume the role, and what the session has to be called. */
export interface SessionNamePrincipalProps {
  readonly trustAnchorArns: readonly string[];
  readonly alternatives: readonly Alternative[];
  /** Policy variable that stands for the name. */
  readonly sessionName: string;
}

/**
 * Hosts whose session is named as their certificate says.
 *
 * Each alternative takes two statements: the name goes with `sts:AssumeRole` only, and a condition on it for the other two actions would never hold.
 */
export class SessionNamePrincipal extends iam.PrincipalBase {
  private readonly props: SessionNamePrincipalProps;

  public constructor(props: SessionNamePrincipalProps) {
    super();
    this.props = props;
  }

  /** The service alone; the conditions are in the statements that {@link addToAssumeRolePolicy} adds. */
  public get policyFragment(): iam.PrincipalPolicyFragment {
    return new iam.PrincipalPolicyFragment({ Service: [SERVICE_PRINCIPAL] });
  }

  /** Adds two statements for each alternative. */
  public addToAssumeRolePolicy(document: iam.PolicyDocument): void {
    const { trustAnchorArns, alternatives, sessionName } = this.props;
    const [assume, ...others] = TRUST_ACTIONS;
    document.addStatements(...alternatives.map((alternative) => trustConditions([...trustAnchorArns], alternative)).flatMap((conditions) => [
      statement([assume], mergeConditions(conditions, { StringEquals: { 'sts:RoleSessionName': sessionName } })),
      statement(others, conditions),
    ]));
  }

  public dedupeString(): string | undefined {
    return undefined;
  }
}

function statement(actions: string[], conditions: iam.Conditions): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, principals: [new iam.ServicePrincipal(SERVICE_PRINCIPAL)], conditions });
}
