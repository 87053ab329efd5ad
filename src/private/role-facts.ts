/** What a profile has to know of its roles: trust policy and longest session, as the template will have them. */
import { aws_iam as iam, CfnResource, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { RepeatedTokens } from './repeated-tokens';
import { DEFAULT_MAX_SESSION_SECONDS } from '../trust-model/limits';
import { readTrustPolicy, TrustStatementFacts } from '../trust-model/trust-statements';

/** Facts of a role that is made in this app. */
export interface RoleFacts {
  /** Longest session in seconds; undefined where it is known at deployment only. */
  readonly maxSessionSeconds?: number;
  /** Statements that let Roles Anywhere do something with the role; undefined where parts of the trust policy are known at deployment only. */
  readonly trustStatements?: readonly TrustStatementFacts[];
  /** The trust policy, with what is known at deployment only as intrinsic functions. */
  readonly trustPolicy: unknown;
}

/** Facts are asked for by the role itself and by every profile that lists it, in one synthesis, which is one synchronous run. */
interface Run {
  readonly facts: Map<CfnResource, RoleFacts>;
  readonly tokens: Map<Stack, RepeatedTokens>;
  /** Who has begun to validate in it. */
  readonly validating: Set<IConstruct>;
}

let run: Run | undefined;

function thisRun(): Run {
  if (run === undefined) {
    const begun: Run = { facts: new Map(), tokens: new Map(), validating: new Set() };
    run = begun;
    queueMicrotask(() => {
      if (run === begun) {
        run = undefined;
      }
    });
  }
  return run;
}

/** To be called at the begin of a validation that asks for facts: a construct that validates a second time does so in another synthesis. */
export function beginValidation(construct: IConstruct): void {
  if (thisRun().validating.has(construct)) {
    run = undefined;
  }
  thisRun().validating.add(construct);
}

/** The facts of a role, escape hatches included; undefined for imported roles, whose template is elsewhere. */
export function roleFacts(role: IConstruct): RoleFacts | undefined {
  const resource = iam.CfnRole.isCfnRole(role) ? role : role.node.defaultChild;
  if (!iam.CfnRole.isCfnRole(resource)) {
    return undefined;
  }
  const { facts } = thisRun();
  const known = facts.get(resource) ?? readFacts(resource);
  facts.set(resource, known);
  return known;
}

function readFacts(resource: iam.CfnRole): RoleFacts {
  const { MaxSessionDuration: maxSession = DEFAULT_MAX_SESSION_SECONDS, AssumeRolePolicyDocument: trustPolicy } = isRenderedAsGiven(resource)
    ? givenProperties(resource)
    : renderedProperties(resource);
  const { statements, complete } = readTrustPolicy(trustPolicy);
  return {
    maxSessionSeconds: typeof maxSession === 'number' ? maxSession : undefined,
    trustStatements: complete ? statements : undefined,
    trustPolicy,
  };
}

/** Whether a role is of aws-iam's own making, with no escape hatch used. A class or release of the AWS CDK that does otherwise is rendered. */
function isRenderedAsGiven(resource: iam.CfnRole): boolean {
  // eslint-disable-next-line dot-notation
  const overrides: unknown = resource['rawOverrides'];
  return Object.getPrototypeOf(resource) === iam.CfnRole.prototype && typeof overrides === 'object' && overrides !== null
    && Object.keys(overrides).length === 0;
}

/** A fraction of rendering all, which hundreds of roles would be too much for. */
function givenProperties(resource: iam.CfnRole): Record<string, unknown> {
  const { tokens } = thisRun();
  const { stack } = resource;
  const ofStack = tokens.get(stack) ?? new RepeatedTokens(stack);
  tokens.set(stack, ofStack);
  return {
    MaxSessionDuration: ofStack.resolve(resource.maxSessionDuration),
    AssumeRolePolicyDocument: ofStack.resolve(resource.assumeRolePolicyDocument),
  };
}

function renderedProperties(resource: CfnResource): Record<string, unknown> {
  const { Resources: resources } = Stack.of(resource).resolve(resource._toCloudFormation());
  const [{ Properties: properties = {} }] = Object.values<{ Properties?: Record<string, unknown> }>(resources);
  return properties;
}
