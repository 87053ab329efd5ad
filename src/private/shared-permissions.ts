/** Permissions that several roles have in common: grants to all of them become one managed policy. */
import { aws_iam as iam, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { checkPolicyVariables } from './role-variables';
import { policyLength } from './trust-policy-length';
import { MAX_MANAGED_POLICY_LENGTH } from '../trust-model/limits';
import { AttributeMappingRule } from '../trust-model/session-tags';

/** What grants are made to where there are several roles. The policy is made with the first statement. */
export class SharedPermissions implements iam.IPrincipal {
  public readonly grantPrincipal: iam.IPrincipal = this;
  public readonly assumeRoleAction = 'sts:AssumeRole';
  public readonly principalAccount: string;
  private policy?: iam.ManagedPolicy;

  /** @param mappings what the profiles of the roles map; they do not see a policy that is none of their roles' own */
  public constructor(
    private readonly scope: Construct, private readonly roles: readonly iam.CfnRole[], private readonly mappings: readonly AttributeMappingRule[],
  ) {
    this.principalAccount = Stack.of(scope).account;
  }

  /** All the roles, for policies of resources. */
  public get policyFragment(): iam.PrincipalPolicyFragment {
    return new iam.PrincipalPolicyFragment({ AWS: this.roles.map(({ attrArn }) => attrArn) });
  }

  public addToPolicy(statement: iam.PolicyStatement): boolean {
    return this.addToPrincipalPolicy(statement).statementAdded;
  }

  public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    this.policy ??= this.createPolicy();
    this.policy.addStatements(statement);
    return { statementAdded: true, policyDependable: this.policy };
  }

  /** On the side of the roles, so that none is there without its permissions. */
  private createPolicy(): iam.ManagedPolicy {
    const policy = new iam.ManagedPolicy(this.scope, 'Permissions', { description: `What the hosts of ${this.scope.node.path} have in common` });
    // The ARN, without what it takes to refer to it from elsewhere.
    const { ref } = policy.node.defaultChild as iam.CfnManagedPolicy;
    for (const role of this.roles) {
      role.managedPolicyArns = [...role.managedPolicyArns ?? [], ref];
    }
    policy.node.addValidation({ validate: () => [...checkLength(policy), ...checkPolicyVariables(policy, this.mappings)] });
    return policy;
  }
}

function checkLength(policy: iam.ManagedPolicy): string[] {
  const length = policyLength(Stack.of(policy).resolve(policy.document), '?');
  return length <= MAX_MANAGED_POLICY_LENGTH ? [] : [
    `the permissions that the hosts have in common come to about ${length} characters, and IAM takes ${MAX_MANAGED_POLICY_LENGTH}; `
    + 'pass some of them as managedPolicies, or have the hosts share one role (HostIsolation.sessionTags())',
  ];
}
