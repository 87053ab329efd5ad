/** What the statements of a trust policy say to Roles Anywhere: whom they let in, for which actions, and what that hangs on. */
import { isIntrinsic, isJsonObject, JsonObject } from './policy-json';
import { AttributeMappingRule, CertificateField, isMapped } from './session-tags';
import { certificateAttribute, NEEDS_A_VALUE, readTrustConditions, TrustCondition } from './trust-conditions';
import { WildcardPattern } from './wildcards';

/** The service principal that assumes roles for hosts; the same in every partition. */
export const SERVICE_PRINCIPAL = 'rolesanywhere.amazonaws.com';

/** All three are needed: Roles Anywhere assumes the role with tags and a source identity. */
export const TRUST_ACTIONS: readonly string[] = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];

/** What a statement of a trust policy says that lets Roles Anywhere do something. */
export interface TrustStatementFacts {
  /** Its place in the policy, from 0; undefined where the statement is not in a list. */
  readonly index?: number;
  readonly actions: readonly string[];
  /** Whether it names the service, rather than everybody. */
  readonly namesService: boolean;
  /** Whether it is one of those that let the role be assumed, rather than only tagged. */
  readonly assumesRole: boolean;
  readonly condition: unknown;
  /** The same, taken apart; undefined where it is known at deployment only. */
  readonly conditions?: readonly TrustCondition[];
  /** Certificate attributes that have to have a value, as `x509Subject/CN`. */
  readonly requiredAttributes: readonly string[];
}

/** The statements of a trust policy that let Roles Anywhere do something. */
export interface TrustPolicyFacts {
  readonly statements: readonly TrustStatementFacts[];
  /** Whether there may be more: a statement, or a part of one that matters, is known at deployment only. */
  readonly complete: boolean;
}

/** Reads a trust policy in which values that are known at deployment only are intrinsic functions. */
export function readTrustPolicy(trustPolicy: unknown): TrustPolicyFacts {
  const given = isJsonObject(trustPolicy) ? trustPolicy.Statement : undefined;
  const readings = Array.isArray(given) ? given.map((statement, i) => readStatement(statement, i)) : [readStatement(given, undefined)];
  return {
    statements: readings.filter((reading) => typeof reading === 'object'),
    complete: !readings.includes('unknown'),
  };
}

/** The facts of a statement, or why there are none. */
function readStatement(statement: unknown, index: number | undefined): TrustStatementFacts | 'unknown' | 'about others' {
  // A statement that is an intrinsic function, or has one where it matters, may turn out to be anything.
  if (!isJsonObject(statement) || typeof statement.Effect !== 'string') {
    return 'unknown';
  }
  if (statement.Effect !== 'Allow') {
    return 'about others';
  }
  const negated = statement.NotPrincipal !== undefined || statement.NotAction !== undefined;
  if (negated || !isPlain(statement.Principal) || !isPlain(statement.Action)) {
    return 'unknown';
  }
  return trustsRolesAnywhere(statement.Principal) ? factsOf(statement, index) : 'about others';
}

function factsOf(statement: JsonObject, index: number | undefined): TrustStatementFacts {
  const { Principal: principal, Action: action, Condition: condition } = statement;
  const actions = listOf(action);
  const conditions = readTrustConditions(condition);
  return {
    index,
    actions,
    namesService: principal !== '*',
    assumesRole: actions.some((pattern) => coversAction(pattern, TRUST_ACTIONS[0])),
    condition,
    conditions,
    requiredAttributes: (conditions ?? []).filter(({ operator }) => NEEDS_A_VALUE.test(operator))
      .flatMap(({ spelling }) => certificateAttribute(spelling) ?? []),
  };
}

/** Texts, lists of texts, and what of a principal concerns services. */
function isPlain(value: unknown): boolean {
  if (isJsonObject(value) && !isIntrinsic(value)) {
    const { Service: service, AWS: _aws, Federated: _federated, CanonicalUser: _user, ...rest } = value;
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

/** Those of the three actions that no statement allows Roles Anywhere. */
export function missingTrustActions(statements: readonly TrustStatementFacts[]): string[] {
  const allowed = statements.flatMap(({ actions }) => actions);
  return TRUST_ACTIONS.filter((action) => !allowed.some((pattern) => coversAction(pattern, action)));
}

/** Whether an action pattern of a policy covers an action; case does not matter. */
export function coversAction(pattern: string, action: string): boolean {
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
