/** A small app for tests of the simulator: one trust anchor, one profile and one role as L1s, each to be changed at will. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import { SessionDecision } from '../../src/simulator/decision';
import { RolesAnywhereSimulator, TemplateSimulatorOptions } from '../../src/simulator/simulator';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-2';

/** What the service needs to be allowed. */
export const THREE_ACTIONS = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];

/** The resources of the app, for a test to refer to or to add to. */
export interface TestApp {
  readonly stack: Stack;
  readonly anchor: rolesanywhere.CfnTrustAnchor;
}

/** How the app is to differ from the ordinary one. */
export interface TestAppOptions {
  /** PEM of the anchor's certificates. */
  readonly anchorPem: string;
  readonly anchor?: Partial<rolesanywhere.CfnTrustAnchorProps>;
  readonly profile?: Partial<rolesanywhere.CfnProfileProps>;
  readonly role?: Partial<iam.CfnRoleProps>;
  /** Statements of the role's trust policy. @default - the three actions under `condition` */
  readonly statements?: (app: TestApp) => object[];
  /** Condition of the only statement, the anchor's ARN beside it. @default - the common name is onprem01 */
  readonly condition?: Record<string, Record<string, unknown>>;
  /** Adds to the stack. */
  readonly more?: (app: TestApp, role: iam.CfnRole) => void;
}

/** A statement that trusts the service under conditions. */
export function trustStatement(condition: object | undefined, action: unknown = THREE_ACTIONS, effect = 'Allow'): object {
  return { Effect: effect, Principal: { Service: 'rolesanywhere.amazonaws.com' }, Action: action, ...(condition ? { Condition: condition } : {}) };
}

/** The app's template. */
export function testTemplate(options: TestAppOptions): Template {
  const stack = new Stack(new App(), 'Hosts', { env: { account: ACCOUNT, region: REGION } });
  const anchor = new rolesanywhere.CfnTrustAnchor(stack, 'Anchor', {
    name: 'example-root',
    enabled: true,
    source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: options.anchorPem } },
    ...options.anchor,
  });
  const app = { stack, anchor };
  const condition = options.condition ?? {
    StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'onprem01' },
    ArnEquals: { 'aws:SourceArn': anchor.attrTrustAnchorArn },
  };
  const role = new iam.CfnRole(stack, 'Uploader', {
    roleName: 'Uploader',
    assumeRolePolicyDocument: { Version: '2012-10-17', Statement: options.statements?.(app) ?? [trustStatement(condition)] },
    ...options.role,
  });
  new rolesanywhere.CfnProfile(stack, 'Profile', { name: 'hosts', enabled: true, roleArns: [role.attrArn], ...options.profile });
  options.more?.(app, role);
  return Template.fromStack(stack);
}

/** A simulator of the app. */
export function testSimulator(options: TestAppOptions, simulatorOptions: TemplateSimulatorOptions = {}): RolesAnywhereSimulator {
  return RolesAnywhereSimulator.fromTemplate(testTemplate(options), { account: ACCOUNT, region: REGION, stackName: 'Hosts', ...simulatorOptions });
}

/** Steps and their states, those that passed left out. */
export function troubles({ steps }: SessionDecision): string[] {
  return steps.filter(({ status }) => status !== 'passed').map(({ id, status }) => `${id} ${status}`);
}

/** The facts of a step. */
export function factsOf({ steps }: SessionDecision, id: string): readonly string[] {
  return steps.find((step) => step.id === id)?.facts ?? [];
}
