/** Runs the rules over templates that tests write down, and over a sound one that they change. */
import { RULES } from '../../src/checks';
import { CheckedApp } from '../../src/checks/model/app';
import { Finding, runRules } from '../../src/checks/model/engine';
import { createRootCa, Issued, issueCrl } from '../support/pki';

/** A resource of a template. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: unknown;
  readonly [key: string]: unknown;
}

/** Resources of a template by logical id. */
export type Resources = Readonly<Record<string, TemplateResource>>;

/** What a test may say beside the resources. */
export interface CheckOptions {
  readonly account?: string;
  readonly region?: string;
  /** Further sections. */
  readonly template?: object;
  /** Further templates, by stack name. */
  readonly stacks?: Readonly<Record<string, object>>;
  readonly now?: Date;
}

/** A finding, short enough to compare with. */
export interface Found {
  readonly rule: string;
  readonly severity: string;
  readonly on: string;
  readonly at?: string;
  readonly message: string;
}

/** Everything that the rules find. */
export function check(resources: Resources, options: CheckOptions = {}): Found[] {
  return runRules(appOf(resources, options), RULES).findings.map(toFound);
}

/** What one rule finds. */
export function found(ruleId: string, resources: Resources, options: CheckOptions = {}): Found[] {
  return check(resources, options).filter(({ rule }) => rule === ruleId);
}

/** The app that the rules look at. */
export function appOf(resources: Resources, { account = '111122223333', region, template, stacks = {}, now = new Date() }: CheckOptions = {}): CheckedApp {
  const sources = Object.entries({ Stack: { Resources: resources, ...template }, ...stacks }).map(([stackName, json]) => ({
    file: `/cdk.out/${stackName}.template.json`,
    stackName,
    account,
    region,
    // As from a file: nothing in it but JSON.
    json: JSON.parse(JSON.stringify(json)) as unknown,
    constructPathOf: () => undefined,
    metadataOf: () => [],
  }));
  return new CheckedApp(sources, () => undefined, now);
}

function toFound({ rule, severity, resource, location, message }: Finding): Found {
  return { rule: rule.id, severity, on: resource.logicalId, at: location, message };
}

/** The three actions that Roles Anywhere needs. */
export const THREE_ACTIONS = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];

/** The ARN of the sound trust anchor. */
export const ANCHOR_ARN = { 'Fn::GetAtt': ['Anchor', 'TrustAnchorArn'] };

/** Conditions that bind a statement to the sound trust anchor and to a host. */
export const BOUND = { ArnEquals: { 'aws:SourceArn': ANCHOR_ARN }, StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'onprem01' } };

/** A statement that trusts Roles Anywhere; null for no condition. */
export function trust(condition: object | null = BOUND, more: object = {}): object {
  return { Effect: 'Allow', Principal: { Service: 'rolesanywhere.amazonaws.com' }, Action: THREE_ACTIONS, ...condition && { Condition: condition }, ...more };
}

/** A role with these statements in its trust policy. */
export function role(statements: unknown, properties: object = {}): TemplateResource {
  return { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: statements }, ...properties } };
}

/** A trust anchor with this bundle. */
export function anchor(pem: unknown, properties: object = {}): TemplateResource {
  return {
    Type: 'AWS::RolesAnywhere::TrustAnchor',
    Properties: {
      Name: 'anchor',
      Enabled: true,
      Source: { SourceType: 'CERTIFICATE_BUNDLE', SourceData: { X509CertificateData: pem } },
      ...properties,
    },
  };
}

/** A profile of the sound role. */
export function profile(properties: object = {}): TemplateResource {
  return { Type: 'AWS::RolesAnywhere::Profile', Properties: { Name: 'profile', Enabled: true, RoleArns: [{ 'Fn::GetAtt': ['Role', 'Arn'] }], ...properties } };
}

/** A list for the sound trust anchor. */
export function crl(pem: unknown, properties: object = {}): TemplateResource {
  return { Type: 'AWS::RolesAnywhere::CRL', Properties: { Name: 'crl', Enabled: true, CrlData: pem, TrustAnchorArn: ANCHOR_ARN, ...properties } };
}

/** Certificates and lists that tests share. */
export interface Pki {
  readonly root: Issued;
  readonly crlPem: string;
  /** A template in which no rule finds anything. */
  readonly sound: Resources & Record<'Anchor' | 'Role' | 'Profile' | 'Crl', TemplateResource>;
}

let pki: Promise<Pki> | undefined;

/** Makes them once a test file. */
export function soundPki(): Promise<Pki> {
  pki ??= makePki();
  return pki;
}

async function makePki(): Promise<Pki> {
  const root = await createRootCa('C=AU, O=Example, CN=Example Root');
  const { pem: crlPem } = await issueCrl(root);
  return { root, crlPem, sound: { Anchor: anchor(root.pem), Role: role([trust()]), Profile: profile(), Crl: crl(crlPem) } };
}
