/** What a profile has to know of its roles: trust policy and longest session, as the template will have them. */
import { aws_iam as iam, CfnResource, Stack } from 'aws-cdk-lib';
import { SERVICE_PRINCIPAL, TRUST_ACTIONS } from './trust-statement';
import { AttributeMappingRule, CertificateField, isMapped, PRINCIPAL_TAG_PREFIX } from '../trust-model/session-tags';

/** A role's longest session where it states none, in seconds. */
const DEFAULT_MAX_SESSION_SECONDS = 3600;

/** Facts of a role that is made in this app. */
export interface RoleFacts {
  /** Longest session in seconds; undefined where it is known at deployment only. */
  readonly maxSessionSeconds?: number;
  /** Statements that let Roles Anywhere do something with the role; undefined where the trust policy is known at deployment only. */
  readonly trustStatements?: readonly TrustStatementFacts[];
}

interface TrustStatementFacts {
  readonly actions: readonly string[];
  /** Certificate attributes that have to have a value, as `x509Subject/CN`. */
  readonly requiredAttributes: readonly string[];
}

/** The facts of a role, escape hatches included; undefined for imported roles, whose template is elsewhere. */
export function roleFacts(role: iam.IRoleRef): RoleFacts | undefined {
  const resource = iam.CfnRole.isCfnRole(role) ? role : role.node.defaultChild;
  if (!iam.CfnRole.isCfnRole(resource)) {
    return undefined;
  }
  const properties = renderedProperties(resource);
  const { MaxSessionDuration: maxSession = DEFAULT_MAX_SESSION_SECONDS, AssumeRolePolicyDocument: trustPolicy } = properties;
  return {
    maxSessionSeconds: typeof maxSession === 'number' ? maxSession : undefined,
    trustStatements: readTrustStatements(trustPolicy),
  };
}

function renderedProperties(resource: CfnResource): Record<string, unknown> {
  const { Resources: resources } = Stack.of(resource).resolve(resource._toCloudFormation());
  const [{ Properties: properties = {} }] = Object.values<{ Properties?: Record<string, unknown> }>(resources);
  return properties;
}

function readTrustStatements(trustPolicy: unknown): TrustStatementFacts[] | undefined {
  const statements = (trustPolicy as { Statement?: unknown } | undefined)?.Statement;
  if (!Array.isArray(statements)) {
    return undefined;
  }
  return statements
    .filter((statement) => statement.Effect === 'Allow' && trustsRolesAnywhere(statement.Principal))
    .map((statement) => ({ actions: listOf(statement.Action), requiredAttributes: requiredAttributes(statement.Condition) }));
}

function trustsRolesAnywhere(principal: unknown): boolean {
  return principal === '*' || listOf((principal as { Service?: unknown } | undefined)?.Service).includes(SERVICE_PRINCIPAL);
}

function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === 'string');
}

/** Operators that hold only where the attribute has a value. */
const NEEDS_A_VALUE = /^(ForAnyValue:)?(StringEquals|StringLike|StringEqualsIgnoreCase)$/;

function requiredAttributes(condition: unknown): string[] {
  const prefix = `${PRINCIPAL_TAG_PREFIX}x509`.toLowerCase();
  return Object.entries((condition ?? {}) as Record<string, object>)
    .filter(([operator]) => NEEDS_A_VALUE.test(operator))
    .flatMap(([, entries]) => Object.keys(entries))
    .filter((key) => key.toLowerCase().startsWith(prefix))
    .map((key) => key.substring(PRINCIPAL_TAG_PREFIX.length));
}

/** Those of the three actions that no statement allows Roles Anywhere. */
export function missingTrustActions(statements: readonly TrustStatementFacts[]): string[] {
  const allowed = statements.flatMap(({ actions }) => actions.map((action) => action.toLowerCase()));
  return allowed.includes('*') || allowed.includes('sts:*') ? [] : TRUST_ACTIONS.filter((action) => !allowed.includes(action.toLowerCase()));
}

/** Certificate attributes that statements require and the mappings drop, with whether any statement is left that can hold. */
export function droppedAttributes(
  statements: readonly TrustStatementFacts[], mappings: readonly AttributeMappingRule[],
): { readonly attributes: readonly string[]; readonly everyStatement: boolean } {
  const dropped = statements.map(({ requiredAttributes: attributes }) => attributes.filter((attribute) => !isAttributeMapped(mappings, attribute)));
  return { attributes: [...new Set(dropped.flat())], everyStatement: dropped.length > 0 && dropped.every((attributes) => attributes.length > 0) };
}

function isAttributeMapped(mappings: readonly AttributeMappingRule[], attribute: string): boolean {
  const slash = attribute.indexOf('/');
  return isMapped(mappings, attribute.substring(0, slash) as CertificateField, attribute.substring(slash + 1));
}
