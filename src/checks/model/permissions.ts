/** Policies in the app that give permissions, and to which roles. */
import type { CheckedApp } from './app';
import { CompositeText, isKnownObject, Reference } from './deferred';
import type { Resource } from './resource';
import { ROLE } from './rule';
import { asList } from '../../trust-model/policy-json';

/** A policy of permissions. */
export interface PermissionPolicy {
  /** The resource that it stands in. */
  readonly resource: Resource;
  readonly document: unknown;
  /** Where it stands there. */
  readonly location: string;
}

/** Resources that are a policy. */
export const POLICY_TYPES = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy'];

/** The policies that stand in a resource. */
export function policiesIn(resource: Resource): PermissionPolicy[] {
  if (POLICY_TYPES.includes(resource.type)) {
    return [{ resource, document: resource.property('PolicyDocument'), location: 'Properties.PolicyDocument' }];
  }
  const inline = resource.type === ROLE ? resource.property('Policies') : undefined;
  return (Array.isArray(inline) ? inline : []).map((policy, i) => ({
    resource, document: isKnownObject(policy) ? policy.PolicyDocument : undefined, location: `Properties.Policies[${i}].PolicyDocument`,
  }));
}

/** The policies in the app that give a role permissions. */
export function policiesOf(role: Resource, app: CheckedApp): PermissionPolicy[] {
  const attached = POLICY_TYPES.flatMap((type) => app.resources(type))
    .filter((policy) => namesRole(policy.property('Roles'), role) || namesRole(policy.property('RoleName'), role));
  const managed = asList(role.property('ManagedPolicyArns')).flatMap((arn) => (arn instanceof Reference ? [arn.resource] : []));
  return [role, ...new Set([...attached, ...managed])].flatMap(policiesIn);
}

function namesRole(names: unknown, role: Resource): boolean {
  return asList(names).some((name) => (name instanceof Reference ? name.resource === role : typeof name === 'string' && name === role.text('RoleName')));
}

/** The statements of a policy that are known. */
export function statementsOf(document: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> {
  return asList(isKnownObject(document) ? document.Statement : undefined).filter(isKnownObject);
}

/** The ARNs of managed policies of a role or profile, as far as they are known: the end of them where the partition is not. */
export function managedPolicyArns(resource: Resource): string[] {
  return asList(resource.property('ManagedPolicyArns')).flatMap((arn) => (arn instanceof CompositeText ? [arn.end] : typeof arn === 'string' ? [arn] : []));
}
