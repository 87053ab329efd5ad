/** Tells which construct stands for a trust anchor, and whether what a construct is given lies in the environment of its stack. */
import { Stack, Token } from 'aws-cdk-lib';
import { CfnTrustAnchor } from 'aws-cdk-lib/aws-rolesanywhere';
import { IConstruct } from 'constructs';
import { RolesAnywhereError } from './errors';

/** Marks the trust anchors that are made by this library. */
export const TRUST_ANCHOR_SYMBOL = Symbol.for('cdk-roles-anywhere.TrustAnchor');

/** The construct under which facts about a trust anchor are kept: its L2, where the L1 inside of one is given. */
export function trustAnchorConstruct(anchor: IConstruct): IConstruct {
  const { scope } = anchor.node;
  return CfnTrustAnchor.isCfnTrustAnchor(anchor) && scope && TRUST_ANCHOR_SYMBOL in scope ? scope : anchor;
}

/** What is compared of a resource that is made here or imported. */
interface EnvironmentAware extends IConstruct {
  readonly env: { readonly account: string; readonly region: string };
}

/**
 * Refuses a resource of another Region or account, as far as both are known at synth: Roles Anywhere resources work together within one
 * only, and calls go to the one of the stack.
 *
 * @param kind names the resource in messages, such as "trust anchor"
 * @throws RolesAnywhereError `INVALID_ARN`
 */
export function requireSameEnvironment(scope: IConstruct, resource: EnvironmentAware, kind: string): void {
  const stack = Stack.of(scope);
  for (const [member, name] of [['region', 'Region'], ['account', 'account']] as const) {
    const [theirs, ours] = [resource.env[member], stack[member]];
    if (!Token.isUnresolved(theirs) && !Token.isUnresolved(ours) && theirs !== ours) {
      throw new RolesAnywhereError(
        'INVALID_ARN',
        `the ${kind} ${resource.node.path} is in the ${name} ${theirs}, and the stack is in ${ours}; make this construct in a stack of that ${name}`,
        scope,
      );
    }
  }
}
