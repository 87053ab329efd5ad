/** What a profile has to know of its roles: trust policy and longest session, as the template will have them. */
import { aws_iam as iam, CfnResource, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
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
  const { statements, complete } = readTrustPolicy(trustPolicy);
  return {
    maxSessionSeconds: typeof maxSession === 'number' ? maxSession : undefined,
    trustStatements: complete ? statements : undefined,
    trustPolicy,
  };
}

function renderedProperties(resource: CfnResource): Record<string, unknown> {
  const { Resources: resources } = Stack.of(resource).resolve(resource._toCloudFormation());
  const [{ Properties: properties = {} }] = Object.values<{ Properties?: Record<string, unknown> }>(resources);
  return properties;
}
