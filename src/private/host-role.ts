/**
 * The role of one host of a fleet, as the bare resource. Where there are hundreds, roles of aws-iam with their policy documents, of which none
 * is ever added to, would take as long to synthesise as all the rest.
 */
import { aws_iam as iam, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Alternative } from './condition-terms';
import { trustConditions } from './trust-statement';
import { SERVICE_PRINCIPAL, TRUST_ACTIONS } from '../trust-model/trust-statements';

/** What a role has. */
export interface HostRoleProps {
  readonly trustAnchorArns: readonly string[];
  readonly alternatives: readonly Alternative[];
  readonly managedPolicies?: readonly iam.IManagedPolicy[];
  readonly permissionsBoundary?: iam.IManagedPolicy;
  readonly maxSessionDuration?: Duration;
}

/** Creates the role, with one statement for each alternative as in the trust policy of a RolesAnywhereRole. */
export function createHostRole(scope: Construct, id: string, props: HostRoleProps): iam.CfnRole {
  const { trustAnchorArns, alternatives, managedPolicies = [], permissionsBoundary, maxSessionDuration } = props;
  return new iam.CfnRole(scope, id, {
    assumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: alternatives.map((alternative) => ({
        Action: TRUST_ACTIONS,
        Condition: trustConditions(trustAnchorArns, alternative),
        Effect: 'Allow',
        Principal: { Service: SERVICE_PRINCIPAL },
      })),
    },
    managedPolicyArns: managedPolicies.length === 0 ? undefined : managedPolicies.map(({ managedPolicyArn }) => managedPolicyArn),
    permissionsBoundary: permissionsBoundary?.managedPolicyArn,
    maxSessionDuration: maxSessionDuration?.toSeconds(),
  });
}
