/** How long a trust policy will be once it is deployed, as far as that can be told at synth. */
import { Annotations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { MAX_TRUST_POLICY_LENGTH, TRUST_POLICY_QUOTA } from '../trust-model/limits';

/** Stands for the ARN of a trust anchor, which is known at deployment only. */
const TYPICAL_ARN = 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/00000000-0000-0000-0000-000000000000';

const WAY_OUT = 'use fewer alternatives a role, patterns ("...Like"), or one role for all hosts with session tags in its permissions';

/**
 * Warns at a role whose trust policy is beyond the default quota.
 *
 * @returns an error where it is beyond what any quota allows, whatever values come in at deployment
 */
export function checkTrustPolicyLength(role: IConstruct, resolvedPolicy: unknown): string[] {
  if (greatestLength(resolvedPolicy) <= TRUST_POLICY_QUOTA) {
    return [];
  }
  const shortest = policyLength(resolvedPolicy, '?');
  if (shortest > MAX_TRUST_POLICY_LENGTH) {
    return [`the trust policy of ${role.node.path} has about ${shortest} characters, and IAM takes ${MAX_TRUST_POLICY_LENGTH} at the very most; ${WAY_OUT}`];
  }
  const typical = policyLength(resolvedPolicy, TYPICAL_ARN);
  const id = 'cdk-roles-anywhere:TrustPolicy.quota';
  if (typical > TRUST_POLICY_QUOTA && !role.node.metadata.some(({ data }) => String(data).includes(id))) {
    Annotations.of(role).addWarningV2(
      id,
      `the trust policy has about ${typical} characters, and the default quota is ${TRUST_POLICY_QUOTA}; have it raised before you deploy, or ${WAY_OUT}`,
    );
  }
  return [];
}

/** No less than the policy may come to, at little cost: most are far from any quota. */
function greatestLength(resolvedPolicy: unknown): number {
  const text = JSON.stringify(resolvedPolicy) ?? '';
  const unknownValues = text.match(/"(Ref|Fn::\w+)":/g) ?? [];
  return text.length + unknownValues.length * TYPICAL_ARN.length;
}

/** Counts the characters of a resolved policy; white space within values counts, that between elements does not. */
export function policyLength(resolvedPolicy: unknown, unknownValue: string): number {
  return JSON.stringify(resolvedPolicy, (_key, value) => placeholder(value, unknownValue))?.length ?? 0;
}

/** ARNs of trust anchors have a known length; of other values nothing is known but that they are not empty. */
function placeholder(value: unknown, unknownValue: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  const [[key, argument], ...others] = [...Object.entries(value), ['', undefined]];
  if (others.length !== 1 || (key !== 'Ref' && !key.startsWith('Fn::'))) {
    return value;
  }
  return key === 'Fn::GetAtt' && JSON.stringify(argument).includes('TrustAnchorArn') ? TYPICAL_ARN : unknownValue;
}
