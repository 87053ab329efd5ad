/** What a profile has to know of its roles: trust policy and longest session, as the template will have them. */
import { aws_iam as iam, CfnResource, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { SERVICE_PRINCIPAL, TRUST_ACTIONS } from './trust-statement';
import { AttributeMappingRule, CertificateField, isMapped, PRINCIPAL_TAG_PREFIX } from '../trust-model/session-tags';
import { WildcardPattern } from '../trust-model/wildcards';

/** A role's longest session where it states none, in seconds. */
const DEFAULT_MAX_SESSION_SECONDS = 3600;

/** Facts of a role that is made in this app. */
export interface RoleFacts {
  /** Longest session in seconds; undefined where it is known at deployment only. */
  readonly maxSessionSeconds?: number;
  /** Statements that let Roles Anywhere do something with the role; undefined where parts of the trust policy are known at deployment only. */
  readonly trustStatements?: readonly TrustStatementFacts[];
  /** The trust policy, with what is known at deployment only as intrinsic functions. */
  readonly trustPolicy: unknown;
}

/** What a statement of a trust policy says. */
export interface TrustStatementFacts {
  readonly actions: readonly string[];
  /** Whether it is one of those that let the role be assumed, rather than only tagged. */
  readonly assumesRole: boolean;
  readonly condition: unknown;
  /** Certificate attributes that have to have a value, as `x509Subject/CN`. */
  readonly requiredAttributes: readonly string[];
}

/** Facts are asked for by the role itself and by every profile that lists it, in one synthesis, which is one synchronous run. */
let factsOfThisRun = new WeakMap<CfnResource, RoleFacts>();
let forgetting = false;

/** The facts of a role, escape hatches included; undefined for imported roles, whose template is elsewhere. */
export function roleFacts(role: IConstruct): RoleFacts | undefined {
  const resource = iam.CfnRole.isCfnRole(role) ? role : role.node.defaultChild;
  if (!iam.CfnRole.isCfnRole(resource)) {
    return undefined;
  }
  const known = factsOfThisRun.get(resource) ?? readFacts(resource);
  factsOfThisRun.set(resource, known);
  if (!forgetting) {
    forgetting = true;
    queueMicrotask(() => {
      factsOfThisRun = new WeakMap();
      forgetting = false;
    });
  }
  return known;
}

function readFacts(resource: CfnResource): RoleFacts {
  const { MaxSessionDuration: maxSession = DEFAULT_MAX_SESSION_SECONDS, AssumeRolePolicyDocument: trustPolicy } = renderedProperties(resource);
  return {
    maxSessionSeconds: typeof maxSession === 'number' ? maxSession : undefined,
    trustStatements: readTrustStatements(trustPolicy),
    trustPolicy,
  };
}

function renderedProperties(resource: CfnResource): Record<string, unknown> {
  const { Resources: resources } = Stack.of(resource).resolve(resource._toCloudFormation());
  const [{ Properties: properties = {} }] = Object.values<{ Properties?: Record<string, unknown> }>(resources);
  return properties;
}

function readTrustStatements(trustPolicy: unknown): TrustStatementFacts[] | undefined {
  const given = (trustPolicy as { Statement?: unknown } | undefined)?.Statement;
  const statements = Array.isArray(given) ? given : [given];
  // A statement that is an intrinsic function, or has one where it matters, may turn out to be anything.
  if (statements.some((statement) => typeof statement?.Effect !== 'string' || !isPlain(statement.Principal) || !isPlain(statement.Action))) {
    return undefined;
  }
  return statements
    .filter((statement) => statement.Effect === 'Allow' && trustsRolesAnywhere(statement.Principal))
    .map((statement) => readStatement(listOf(statement.Action), statement.Condition));
}

function readStatement(actions: string[], condition: unknown): TrustStatementFacts {
  const assumesRole = actions.some((action) => covers(action, TRUST_ACTIONS[0]));
  return { actions, assumesRole, condition, requiredAttributes: requiredAttributes(condition) };
}

/** Texts, lists of texts, and what of a principal concerns services. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { Service: service, AWS: _aws, Federated: _federated, CanonicalUser: _user, ...rest } = value as Record<string, unknown>;
    return Object.keys(rest).length === 0 && (service === undefined || isPlainText(service));
  }
  return value === undefined || isPlainText(value);
}

function isPlainText(value: unknown): boolean {
  return [value].flat().every((entry) => typeof entry === 'string');
}

function trustsRolesAnywhere(principal: unknown): boolean {
  return principal === '*' || listOf((principal as { Service?: unknown } | undefined)?.Service).includes(SERVICE_PRINCIPAL);
}

function listOf(value: unknown): string[] {
  return [value].flat().filter((entry) => typeof entry === 'string');
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
  const allowed = statements.flatMap(({ actions }) => actions);
  return TRUST_ACTIONS.filter((action) => !allowed.some((pattern) => covers(pattern, action)));
}

/** Whether an action pattern of a policy covers an action; case does not matter. */
function covers(pattern: string, action: string): boolean {
  return WildcardPattern.of(pattern.toLowerCase()).matches(action.toLowerCase());
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
