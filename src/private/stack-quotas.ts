/** Counts what stacks with hosts come to, against the quotas of CloudFormation and of Roles Anywhere, before a deployment finds out. */
import { Annotations, CfnElement, CfnOutput, CfnResource, Stack } from 'aws-cdk-lib';
import { CfnProfile, CfnTrustAnchor } from 'aws-cdk-lib/aws-rolesanywhere';
import { IConstruct } from 'constructs';
import { OUTPUTS_PER_STACK, PROFILES_PER_REGION, RESOURCES_PER_STACK, ROLES_PER_PROFILE, TRUST_ANCHORS_PER_REGION } from '../trust-model/limits';

/** From this number on, CloudFormation asks for resources of one kind faster than the service answers. */
const MANY = 20;

const watched = new WeakSet<IConstruct>();

/** Sees to it that the stack of a construct, and all stacks of its environment, are counted once at synth. */
export function watchQuotas(scope: IConstruct): void {
  const stack = Stack.of(scope);
  if (!watched.has(stack)) {
    watched.add(stack);
    stack.node.addValidation({ validate: () => checkStack(stack) });
  }
}

function checkStack(stack: Stack): string[] {
  const elements = elementsBelow(stack).filter((element) => element.stack === stack);
  warnAboutEnvironment(stack);
  warnAboutPace(stack, elements);
  return [...checkResources(stack, elements), ...checkOutputs(stack, elements)];
}

function elementsBelow(scope: IConstruct): CfnElement[] {
  return scope.node.findAll().filter(CfnElement.isCfnElement);
}

function checkResources(stack: Stack, elements: readonly CfnElement[]): string[] {
  // Set by those who have a higher quota; aws-cdk-lib minds it as well.
  const limit = stack.node.tryGetContext('@aws-cdk/core:stackResourceLimit') ?? RESOURCES_PER_STACK;
  const count = elements.filter((element) => CfnResource.isCfnResource(element)).length;
  return limit === 0 || count <= limit ? [] : [
    `the stack ${stack.node.path} has ${count} resources, and CloudFormation takes ${limit}; spread the hosts over several stacks, each with a fleet of `
    + 'its own, or have them share one role, told apart by session tags (HostIsolation.sessionTags())',
  ];
}

function checkOutputs(stack: Stack, elements: readonly CfnElement[]): string[] {
  const count = elements.filter((element) => element instanceof CfnOutput).length;
  return count <= OUTPUTS_PER_STACK ? [] : [
    `the stack ${stack.node.path} has ${count} outputs, and CloudFormation takes ${OUTPUTS_PER_STACK}; make one HostFleet of many hosts, which shares `
    + 'outputs, or spread them over several stacks',
  ];
}

/** Both quotas can be raised, so that exceeding them is no error. */
function warnAboutEnvironment(stack: Stack): void {
  const inEnvironment = elementsBelow(stack.node.root).filter((element) => element.stack.environment === stack.environment);
  const warn = (kind: string, id: string, count: number, quota: number) => count > quota && Annotations.of(stack).addWarningV2(
    `cdk-roles-anywhere:Quota.${id}`,
    `this app has ${count} ${kind} for one account and Region, and the default quota is ${quota}; have it raised before you deploy`,
  );
  warn('profiles', 'profiles', inEnvironment.filter(CfnProfile.isCfnProfile).length, PROFILES_PER_REGION);
  warn('trust anchors', 'trustAnchors', inEnvironment.filter(CfnTrustAnchor.isCfnTrustAnchor).length, TRUST_ANCHORS_PER_REGION);
}

function warnAboutPace(stack: Stack, elements: readonly CfnElement[]): void {
  const warn = (kind: string, count: number, wayOut: string) => count > MANY && Annotations.of(stack).addWarningV2(
    'cdk-roles-anywhere:Quota.requestRate',
    `the stack has ${count} ${kind}, which CloudFormation creates at the same time, while the service takes one request a second for all of them; `
    + `a deployment may be slow, or fail for being throttled. ${wayOut}, or have the quota of requests raised`,
  );
  warn('profiles', elements.filter(CfnProfile.isCfnProfile).length, `Let roles share a profile, which takes ${ROLES_PER_PROFILE} of them (HostFleet does)`);
  warn('trust anchors', elements.filter(CfnTrustAnchor.isCfnTrustAnchor).length, 'Spread them over several stacks');
}
