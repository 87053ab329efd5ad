import { readFileSync } from 'fs';
import { join } from 'path';
import { App, aws_iam as iam, aws_s3 as s3, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CertificateCondition, RolesAnywhereRole, Subject, TrustAnchor, TrustAnchorSource } from '../src';
import { createRootCa, Issued } from './support/pki';
import { newStack, trustStatements, warnings } from './support/stack';

let root: Issued;
beforeAll(async () => {
  root = await createRootCa('CN=Root');
});

function setUp(certificate: CertificateCondition): { stack: Stack; role: RolesAnywhereRole } {
  const stack = newStack();
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  return { stack, role: new RolesAnywhereRole(stack, 'Role', { trustAnchors: [anchor], certificate }) };
}

const hosts = (count: number) => CertificateCondition.anyOf(...Array.from({ length: count }, (_, i) => Subject.commonName(`host-${i}`)));

test('its trust policy has the scoped statement and no other', () => {
  const { stack, role } = setUp(Subject.commonName('onprem01'));
  expect(trustStatements(stack)).toEqual([{
    Effect: 'Allow',
    Principal: { Service: 'rolesanywhere.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Condition: {
      ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^Anchor/), 'TrustAnchorArn'] } },
      StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'onprem01' },
    },
  }]);
  expect(RolesAnywhereRole.isRolesAnywhereRole(role)).toBe(true);
  expect(RolesAnywhereRole.isRolesAnywhereRole(new iam.Role(stack, 'Other', { assumedBy: new iam.AccountRootPrincipal() }))).toBe(false);
});

test('grants work as with any role', () => {
  const { stack, role } = setUp(Subject.commonName('onprem01'));
  new s3.Bucket(stack, 'Bucket').grantPut(role);
  Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
});

test('passes on what a role has besides', () => {
  const stack = newStack();
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  new RolesAnywhereRole(stack, 'Role', {
    trustAnchors: [anchor],
    certificate: Subject.commonName('a'),
    roleName: 'uploader',
    description: 'uploads',
    path: '/hosts/',
    maxSessionDuration: Duration.hours(2),
    managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess')],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
    RoleName: 'uploader', Description: 'uploads', Path: '/hosts/', MaxSessionDuration: 7200,
  });
});

test('ARNs have the partition of the stack, so that GovCloud and China work', () => {
  const stack = new Stack(undefined, 'Stack', { env: { region: 'us-gov-west-1', account: '111122223333' } });
  const anchor = TrustAnchor.fromTrustAnchorId(stack, 'Anchor', '11111111-1111-1111-1111-111111111111');
  new RolesAnywhereRole(stack, 'Role', { trustAnchors: [anchor], certificate: Subject.commonName('a') });
  expect(JSON.stringify(Template.fromStack(stack).toJSON().Resources)).not.toContain('arn:aws:');
});

test('a warning about the certificate condition names the role', () => {
  const { stack } = setUp(CertificateCondition.anyCertificate());
  Template.fromStack(stack);
  const { messages } = stack.node.root.node.findAll()
    .map((construct) => ({ path: construct.node.path, messages: construct.node.metadata.filter(({ type }) => type === 'aws:cdk:warning') }))
    .find(({ path }) => path === 'Stack/Role')!;
  expect(messages).toHaveLength(1);
});

describe('statements that others add to its trust policy', () => {
  test.each<[string, object | undefined, string]>([
    ['without conditions', undefined, 'anyTrustAnchor'],
    ['without a trust anchor', { StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'a' } }, 'anyTrustAnchor'],
    ['without a subject', { ArnLike: { 'aws:SourceArn': 'arn:aws:rolesanywhere:*:111122223333:trust-anchor/x' } }, 'anyCertificate'],
    ['with a negative operator', { StringNotEquals: { 'aws:PrincipalTag/x509Subject/CN': 'a' } }, 'negativeOperator'],
  ])('%s are seen', (_what, conditions, warning) => {
    const { stack, role } = setUp(Subject.commonName('onprem01'));
    role.assumeRolePolicy!.addStatements(new iam.PolicyStatement({
      actions: ['sts:AssumeRole'], principals: [new iam.ServicePrincipal('rolesanywhere.amazonaws.com')], conditions,
    }));
    expect(warnings(stack).join()).toContain(`cdk-roles-anywhere:TrustPolicy.${warning}`);
  });

  test('for other principals are none of its business', () => {
    const { stack, role } = setUp(Subject.commonName('onprem01'));
    role.assumeRolePolicy!.addStatements(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new iam.AccountRootPrincipal()] }));
    expect(warnings(stack)).toEqual([]);
  });

  test('are seen in the report for people who make roles by hand', () => {
    const stack = newStack();
    iam.Role.customizeRoles(stack);
    const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
    new RolesAnywhereRole(stack, 'Role', { trustAnchors: [anchor], certificate: Subject.commonName('onprem01') });
    const assembly = (stack.node.root as App).synth();
    const report = JSON.parse(readFileSync(join(assembly.directory, 'iam-policy-report.json'), 'utf8'));
    expect(JSON.stringify(report.roles[0].assumeRolePolicy)).toContain('aws:PrincipalTag/x509Subject/CN');
  });
});

describe('the length of the trust policy', () => {
  test('is no matter below the quota', () => {
    expect(warnings(setUp(hosts(4)).stack)).toEqual([]);
  });

  test('above the default quota of 2,048 characters gives a warning', () => {
    expect(warnings(setUp(hosts(8)).stack).join()).toContain('cdk-roles-anywhere:TrustPolicy.quota');
  });

  test('above 4,096 characters is an error that names a way out', () => {
    expect(() => Template.fromStack(setUp(hosts(20)).stack)).toThrow(/4096 at the very most; use fewer alternatives a role/);
  });

  test('is an error only where no value of a token could make it shorter', () => {
    const stack = newStack();
    const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
    const names = Array.from({ length: 10 }, (_, i) => new CfnParameter(stack, `Name${i}`).valueAsString);
    new RolesAnywhereRole(stack, 'Role', { trustAnchors: [anchor], certificate: CertificateCondition.anyOf(...names.map(Subject.commonName)) });
    expect(warnings(stack).join()).toContain('cdk-roles-anywhere:TrustPolicy.quota');
  });

  test('counts statements that were added by hand', () => {
    const { stack, role } = setUp(Subject.commonName('a'));
    role.assumeRolePolicy!.addStatements(new iam.PolicyStatement({
      actions: ['sts:AssumeRole'], principals: [new iam.AccountRootPrincipal()], conditions: { StringEquals: { 'aws:PrincipalTag/x': 'y'.repeat(4000) } },
    }));
    expect(() => Template.fromStack(stack)).toThrow(/4096/);
  });
});
