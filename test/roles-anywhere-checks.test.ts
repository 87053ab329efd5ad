/** The checks as an app has them: added in one line, run by the AWS CDK at synth, reported and suppressed by its means. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import {
  App, aws_acmpca as acmpca, aws_cloudwatch as cloudwatch, aws_iam as iam, aws_rolesanywhere as rolesanywhere, aws_s3 as s3, Aspects, CfnResource,
  Duration, NestedStack, Stack, Stage, Validations,
} from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { Construct } from 'constructs';
import { issueCa, issueCrl, createRootCa, Issued } from './support/pki';
import { errorCode } from './support/stack';
import { FleetStack } from '../examples/fleet/fleet-stack';
import { QuickstartStack } from '../examples/quickstart/quickstart-stack';
import { RevocationStack } from '../examples/revocation/revocation-stack';
import {
  AttributeMapping, CertificateCondition, Crl, CrlData, ExpiryNotification, Profile, RolesAnywhereChecks, RolesAnywhereRole, Subject,
  SubjectAlternativeName, TrustAnchor, TrustAnchorSource,
} from '../src';
import { RULES } from '../src/checks';

/** What the report of an assembly says of a finding. */
interface ReportedViolation {
  readonly ruleName: string;
  readonly description: string;
  readonly severity: string;
  readonly suggestedFix?: string;
  readonly reason?: string;
  readonly acknowledgedAt?: string;
  readonly violatingConstructs: ReadonlyArray<{
    readonly constructPath: string;
    readonly cloudFormationResource?: { readonly templatePath: string; readonly logicalId: string; readonly propertyPaths?: readonly string[] };
  }>;
}

interface Report {
  readonly conclusion: string;
  readonly pluginVersion: string;
  readonly violations: readonly ReportedViolation[];
  readonly suppressedViolations?: readonly ReportedViolation[];
}

let folder: string;
let root: Issued;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'checks-'));
  root = await createRootCa('C=AU, O=Example, CN=Example Root');
  writeFileSync(join(folder, 'root.pem'), root.pem);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;

function newApp(): App {
  return new App({ outdir: join(folder, `cdk.out.${count++}`), analyticsReporting: false });
}

/** Synthesises an app, and says how that went. */
function synth(app: App): { readonly error?: string; readonly report?: Report } {
  const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  let error: string | undefined;
  try {
    app.synth();
  } catch (thrown) {
    error = (thrown as Error).message;
  } finally {
    printed.mockRestore();
  }
  const { pluginReports } = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8'));
  return { error, report: pluginReports.find(({ pluginName }: { pluginName: string }) => pluginName === 'RolesAnywhereChecks') };
}

/** A role as people write it who have not read on. */
function carelessRole(scope: Construct, id = 'Role'): iam.Role {
  return new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal('rolesanywhere.amazonaws.com') });
}

const places = ({ violations }: Report) => violations.map(({ ruleName, violatingConstructs: [{ constructPath }] }) => `${ruleName} ${constructPath}`);

test('one line reports what is wrong, with construct, template, resource, place, severity and remedy, and fails the synthesis', () => {
  const app = newApp();
  RolesAnywhereChecks.addTo(app);
  const stack = new Stack(app, 'Hosts');
  const role = carelessRole(stack);
  const { error, report } = synth(app);
  expect(error).toContain('every certificate of every trust anchor in the account may assume the role');
  expect(report).toMatchObject({ conclusion: 'failure', pluginVersion: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  const [violation] = report!.violations;
  expect(violation).toMatchObject({
    ruleName: 'RA101',
    description: expect.stringMatching(/^unconditional-trust: every certificate/),
    severity: 'error',
    suggestedFix: expect.stringContaining('RolesAnywherePrincipal'),
    violatingConstructs: [{
      constructPath: 'Hosts/Role/Resource',
      cloudFormationResource: {
        templatePath: 'Hosts.template.json',
        logicalId: stack.getLogicalId(role.node.defaultChild as CfnResource),
        propertyPaths: ['Properties.AssumeRolePolicyDocument.Statement[0]'],
      },
    }],
  });
  expect(places(report!)).toEqual(['RA101 Hosts/Role/Resource', 'RA105 Hosts/Role/Resource']);
});

test('L1 constructs, nested stacks, stages and templates of others are looked at', () => {
  const app = newApp();
  RolesAnywhereChecks.addTo(app);
  const stack = new Stack(app, 'Hosts');
  carelessRole(new NestedStack(stack, 'Nested'));
  new rolesanywhere.CfnProfile(stack, 'Profile', { name: 'p', roleArns: [carelessRole(new Stack(app, 'Roles')).roleArn], durationSeconds: 7200, enabled: true });
  carelessRole(new Stack(new Stage(app, 'Prod'), 'Hosts'));
  const templateFile = join(folder, 'other.json');
  writeFileSync(templateFile, JSON.stringify({
    Resources: { Anchor: { Type: 'AWS::RolesAnywhere::TrustAnchor', Properties: { Name: 'a', Source: { SourceType: 'CERTIFICATE_BUNDLE', SourceData: {} } } } },
  }));
  new CfnInclude(stack, 'Other', { templateFile });
  expect(places(synth(app).report!).sort()).toEqual([
    'RA101 Hosts/Nested/Role/Resource', 'RA101 Prod/Hosts/Role/Resource', 'RA101 Roles/Role/Resource',
    'RA105 Hosts/Nested/Role/Resource', 'RA105 Prod/Hosts/Role/Resource', 'RA105 Roles/Role/Resource',
    'RA210 Hosts/Other/Anchor', 'RA301 Hosts/Profile', 'RA601 Hosts/Other/Anchor',
  ]);
});

test('a stage can be checked alone', () => {
  const app = newApp();
  const stage = new Stage(app, 'Prod');
  carelessRole(new Stack(app, 'Elsewhere'));
  carelessRole(new Stack(stage, 'Hosts'));
  RolesAnywhereChecks.addTo(stage);
  expect(places(synth(app).report!)).toEqual(['RA101 Prod/Hosts/Role/Resource', 'RA105 Prod/Hosts/Role/Resource']);
});

test('checks that are added twice report once', () => {
  const app = newApp();
  expect(RolesAnywhereChecks.addTo(new Stack(app, 'Hosts'))).toBe(RolesAnywhereChecks.addTo(app));
  carelessRole(new Stack(app, 'More'));
  expect(synth(app).report!.violations).toHaveLength(2);
});

test('they can be added as any plugin of the AWS CDK', () => {
  const app = newApp();
  Validations.of(app).addPlugins(new RolesAnywhereChecks());
  carelessRole(new Stack(app, 'Hosts'));
  expect(synth(app).report!.violations).toHaveLength(2);
  expect(new RolesAnywhereChecks().ruleIds).toEqual(RULES.map(({ id }) => id));
});

test('a construct that is in no app cannot be checked', () => {
  expect(errorCode(() => RolesAnywhereChecks.addTo(new Construct(undefined as unknown as Construct, '')))).toBe('NOT_IN_APP');
});

describe('warnings', () => {
  function appWithWarning(props: { failOnWarnings?: boolean } = {}): App {
    const app = newApp();
    RolesAnywhereChecks.addTo(app, props);
    const stack = new Stack(app, 'Hosts');
    const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
    new RolesAnywhereRole(stack, 'Role', { trustAnchors: [anchor], certificate: CertificateCondition.anyCertificate() });
    return app;
  }

  test('are reported, and do not fail the synthesis', () => {
    const { error, report } = synth(appWithWarning());
    expect(error).toBeUndefined();
    expect(report).toMatchObject({ conclusion: 'success', violations: [{ ruleName: 'RA104', severity: 'warning' }] });
  });

  test('fail it where that is wanted, unless they are suppressed', () => {
    expect(synth(appWithWarning({ failOnWarnings: true })).error).toContain('any-certificate');
    const app = appWithWarning({ failOnWarnings: true });
    RolesAnywhereChecks.suppress(app.node.findChild('Hosts'), 'RA104', 'the CA is for these hosts');
    expect(synth(app).error).toBeUndefined();
  });
});

describe('a suppression', () => {
  /** An app with two careless roles in a stack. */
  function carelessApp(): { app: App; stack: Stack; role: iam.Role } {
    const app = newApp();
    RolesAnywhereChecks.addTo(app);
    const stack = new Stack(app, 'Hosts');
    carelessRole(stack, 'Other');
    return { app, stack, role: carelessRole(stack) };
  }

  const metadataOf = (app: App, construct: Construct) => {
    const template = JSON.parse(readFileSync(join(app.outdir, 'Hosts.template.json'), 'utf8'));
    return template.Resources[Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnResource)].Metadata?.['cdk-roles-anywhere:suppressions'];
  };

  test('takes the finding out at its construct only, and is listed with its reason', () => {
    const { app, role } = carelessApp();
    RolesAnywhereChecks.suppress(role, 'RA101', 'tried out in a sandbox account');
    const { report } = synth(app);
    expect(places(report!)).toEqual(['RA101 Hosts/Other/Resource', 'RA105 Hosts/Other/Resource', 'RA105 Hosts/Role/Resource']);
    expect(report!.suppressedViolations).toMatchObject([{
      ruleName: 'RA101',
      severity: 'error',
      reason: 'tried out in a sandbox account',
      acknowledgedAt: 'Hosts/Role',
      violatingConstructs: [{ constructPath: 'Hosts/Role/Resource' }],
    }]);
    expect(metadataOf(app, role)).toEqual({ RA101: { reason: 'tried out in a sandbox account', at: 'Hosts/Role' } });
  });

  test('for a stack covers what is added to it later, and marks the resources that the rule is about', () => {
    const { app, stack, role } = carelessApp();
    RolesAnywhereChecks.suppress(stack, 'unconditional-trust', 'sandbox');
    RolesAnywhereChecks.suppress(stack, 'missing-trust-actions', 'nobody logs in');
    const bucket = new s3.Bucket(stack, 'Bucket');
    const late = carelessRole(stack, 'Late');
    const { error, report } = synth(app);
    expect(error).toBeUndefined();
    expect(report!.violations).toEqual([]);
    expect(report!.suppressedViolations).toHaveLength(6);
    expect(metadataOf(app, bucket)).toBeUndefined();
    for (const each of [role, late]) {
      expect(metadataOf(app, each)).toEqual({ RA101: { reason: 'sandbox', at: 'Hosts' }, RA105: { reason: 'nobody logs in', at: 'Hosts' } });
    }
  });

  test('covers what aspects add', () => {
    const { app, stack } = carelessApp();
    RolesAnywhereChecks.suppress(stack, 'RA101', 'sandbox');
    Aspects.of(stack).add({ visit: (node) => { node === stack && !node.node.tryFindChild('Added') && carelessRole(stack, 'Added'); } });
    const { report } = synth(app);
    expect(places(report!).filter((place) => place.startsWith('RA101'))).toEqual([]);
  });

  test('can be made by the AWS CDK\'s own means', () => {
    const { app, role } = carelessApp();
    Validations.of(role).acknowledge({ id: 'RolesAnywhereChecks::RA101', reason: 'sandbox' });
    expect(places(synth(app).report!)).not.toContain('RA101 Hosts/Role/Resource');
  });

  test('that stands in a template of somebody else is told to whoever reads the report, and fails nothing', () => {
    const app = newApp();
    RolesAnywhereChecks.addTo(app);
    const stack = new Stack(app, 'Hosts');
    const role = carelessRole(stack).node.defaultChild as iam.CfnRole;
    role.addMetadata('cdk-roles-anywhere:suppressions', { RA101: 'sandbox', RA105: 'nobody logs in' });
    const { error, report } = synth(app);
    expect(error).toBeUndefined();
    expect(report!.violations).toMatchObject([
      { ruleName: 'RA101', severity: 'info', description: expect.stringContaining('suppressed in the template (sandbox)') }, { ruleName: 'RA105', severity: 'info' },
    ]);
  });

  test('that was copied from another template, and that nobody made here, has no effect', () => {
    const app = newApp();
    RolesAnywhereChecks.addTo(app);
    const role = carelessRole(new Stack(app, 'Hosts')).node.defaultChild as iam.CfnRole;
    role.addMetadata('cdk-roles-anywhere:suppressions', { RA101: { reason: 'sandbox', at: 'Elsewhere/Role' } });
    expect(places(synth(app).report!)).toContain('RA101 Hosts/Role/Resource');
  });

  test('needs a reason, a rule that exists, and a place in a stack', () => {
    const { app, role } = carelessApp();
    for (const [scope, rule, reason] of [[role, 'RA101', ' '], [role, 'RA999', 'because'], [role, 'unconditional', 'because'], [app, 'RA101', 'because']] as const) {
      expect(errorCode(() => RolesAnywhereChecks.suppress(scope, rule, reason))).toBe('INVALID_SUPPRESSION');
    }
  });
});

describe('nothing is found in', () => {
  function expectNothing(build: (app: App) => void): void {
    const app = newApp();
    RolesAnywhereChecks.addTo(app);
    build(app);
    // Reports without anything to say are left out.
    expect(synth(app)).toEqual({ error: undefined, report: undefined });
  }

  test('the examples', () => {
    expectNothing((app) => {
      const caCertificate = join(folder, 'root.pem');
      new QuickstartStack(app, 'Quickstart', { caCertificate });
      new RevocationStack(app, 'Revocation', { caCertificate, crlUrl: 'http://pki.example.com/root.crl' });
      new FleetStack(app, 'Fleet', { caCertificate, hosts: ['web01.example.com', 'web02.example.com'], trailLogGroup: 'trail' });
    });
  });

  test('the constructs of this library, with everything that they can', async () => {
    const below = await issueCa(root, 'CN=Issuing');
    const [list, listBelow] = [await issueCrl(root, { revoked: ['0a'] }), await issueCrl(below)];
    expectNothing((app) => {
      const stack = new Stack(app, 'Hosts');
      const anchor = new TrustAnchor(stack, 'Anchor', {
        source: TrustAnchorSource.certificateBundle(root.pem),
        notifications: [
          ExpiryNotification.caCertificate({ threshold: Duration.days(90) }),
          ExpiryNotification.endEntityCertificate({ enabled: false }),
        ],
      });
      anchor.addCrl('Crl', { data: CrlData.text(list.pem) });
      new Crl(stack, 'CrlBelow', { trustAnchor: anchor, data: CrlData.text(listBelow.pem), issuerCertificates: below.pem });
      const role = new RolesAnywhereRole(stack, 'Role', {
        trustAnchors: [anchor],
        certificate: CertificateCondition.anyOf(
          CertificateCondition.allOf(Subject.commonNameLike('onprem*'), Subject.organizationalUnit('SecOps')),
          SubjectAlternativeName.dns('a.example.com'),
        ),
        maxSessionDuration: Duration.hours(2),
      });
      new s3.Bucket(stack, 'Bucket').grantRead(role);
      new Profile(stack, 'Profile', {
        roles: [role],
        sessionDuration: Duration.hours(2),
        sessionPolicy: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['s3:*'], resources: [`arn:${stack.partition}:s3:::x`] })] }),
        managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess')],
        attributeMappings: [AttributeMapping.subject('CN', 'OU')],
        acceptRoleSessionName: true,
      });
      const other = new Stack(app, 'Elsewhere');
      new Profile(other, 'Profile', { roles: [role] });
      new cloudwatch.Alarm(other, 'Alarm', { metric: anchor.metricSuccess(), threshold: 1, evaluationPeriods: 1 });
      new cloudwatch.Alarm(other, 'Refused', { metric: TrustAnchor.metricFailure('AccessDeniedException'), threshold: 1, evaluationPeriods: 1 });
      new cloudwatch.Alarm(other, 'Expiry', { metric: anchor.metricDaysToExpiry(), threshold: 30, evaluationPeriods: 1 });
      anchor.onCertificateExpiring('Rule');
    });
  });

  test('a trust anchor of a CA in AWS Private CA that is made in the same stack', () => {
    expectNothing((app) => {
      const stack = new Stack(app, 'Pki');
      const ca = new acmpca.CfnCertificateAuthority(stack, 'Ca', {
        type: 'ROOT', keyAlgorithm: 'EC_prime256v1', signingAlgorithm: 'SHA256WITHECDSA', subject: { commonName: 'Example Root' },
      });
      const certificate = new acmpca.CfnCertificate(stack, 'Certificate', {
        certificateAuthorityArn: ca.attrArn,
        certificateSigningRequest: ca.attrCertificateSigningRequest,
        signingAlgorithm: 'SHA256WITHECDSA',
        templateArn: `arn:${stack.partition}:acm-pca:::template/RootCACertificate/V1`,
        validity: { type: 'YEARS', value: 10 },
      });
      const activation = new acmpca.CfnCertificateAuthorityActivation(stack, 'Activation', { certificateAuthorityArn: ca.attrArn, certificate: certificate.attrCertificate });
      new TrustAnchor(stack, 'Anchor', {
        source: TrustAnchorSource.privateCa(acmpca.CertificateAuthority.fromCertificateAuthorityArn(stack, 'Imported', ca.attrArn), { activation }),
      });
    });
  });
});
