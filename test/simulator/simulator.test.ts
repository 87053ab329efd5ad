/** Tests of the simulator's API: where an app comes from, how roles, profiles and anchors are named, and what a certificate could try. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import { ACCOUNT, REGION, testSimulator, testTemplate, THREE_ACTIONS, trustStatement } from './fixtures';
import { SimulatorError } from '../../src/simulator/errors';
import { RolesAnywhereSimulator } from '../../src/simulator/simulator';
import { createRootCa, Issued, issueCa, issueHost } from '../support/pki';

let root: Issued;
let host: Issued;

beforeAll(async () => {
  root = await createRootCa('CN=Example Root');
  host = await issueHost(root, 'CN=onprem01');
});

/** The code of the error that is thrown, and its message. */
function thrown(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof SimulatorError) {
      return { code: error.code, message: error.message };
    }
    throw error;
  }
  return { code: 'NOTHING', message: '' };
}

/** Two anchors, two profiles and three roles, one of which both profiles list. */
function largerApp(scope: Stack): void {
  const anchors = ['Alpha', 'Beta'].map((name) => new rolesanywhere.CfnTrustAnchor(scope, `${name}Anchor`, {
    name: `${name.toLowerCase()}-root`, enabled: true, source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: root.pem } },
  }));
  const [reader, writer, shared] = ['Reader', 'Writer', 'Shared'].map((name) => new iam.CfnRole(scope, name, {
    roleName: name,
    assumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trustStatement({ ArnEquals: { 'aws:SourceArn': anchors[0].attrTrustAnchorArn } })] },
  }));
  new rolesanywhere.CfnProfile(scope, 'Readers', { name: 'readers', enabled: true, roleArns: [reader.attrArn, shared.attrArn] });
  new rolesanywhere.CfnProfile(scope, 'Writers', { name: 'writers', enabled: true, roleArns: [writer.attrArn, shared.attrArn] });
}

function largerSimulator(): RolesAnywhereSimulator {
  const stack = new Stack(new App(), 'Larger', { env: { account: ACCOUNT, region: REGION } });
  largerApp(stack);
  return RolesAnywhereSimulator.fromTemplate(Template.fromStack(stack), { account: ACCOUNT, region: REGION, stackName: 'Larger' });
}

describe('an app comes', () => {
  test('from a template, as an object or from the assertions of aws-cdk-lib', () => {
    const template = testTemplate({ anchorPem: root.pem });
    const options = { account: ACCOUNT, region: REGION, stackName: 'Hosts' };
    expect(RolesAnywhereSimulator.fromTemplate(template, options).createSession({ certificate: host.pem }).allowed).toBe(true);
    expect(RolesAnywhereSimulator.fromTemplate(template.toJSON(), options).createSession({ certificate: host.pem }).allowed).toBe(true);
  });

  test('from a cloud assembly, with the stages in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
    try {
      const app = new App({ outdir: join(folder, 'cdk.out') });
      const stage = new Stage(app, 'Prod', { env: { account: ACCOUNT, region: REGION } });
      largerApp(new Stack(stage, 'Hosts'));
      app.synth();
      const simulator = RolesAnywhereSimulator.fromCloudAssembly(join(folder, 'cdk.out'));
      expect(simulator.problems).toEqual([]);
      const [{ constructPath }] = simulator.model.trustAnchors;
      expect(constructPath).toBe('Prod/Hosts/AlphaAnchor');
      const decision = simulator.createSession({ certificate: host.pem, role: 'Reader', trustAnchor: constructPath });
      expect(decision.allowed).toBe(true);
      expect(decision.trustAnchor).toMatchObject({ name: 'alpha-root', logicalId: 'AlphaAnchor', stack: expect.stringContaining('Hosts') });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('from nowhere is an error that says what to do', () => {
    expect(thrown(() => RolesAnywhereSimulator.fromCloudAssembly('/nonexistent/cdk.out'))).toEqual({
      code: 'ASSEMBLY_NOT_FOUND', message: expect.stringContaining("run 'cdk synth' first"),
    });
  });
});

describe('role, profile and trust anchor', () => {
  test('need not be named where there is only one', () => {
    expect(testSimulator({ anchorPem: root.pem }).createSession({ certificate: host.pem }).allowed).toBe(true);
  });

  test('are called by name, ARN, logical id or construct path', () => {
    const simulator = largerSimulator();
    const { roles, profiles, trustAnchors } = simulator.model;
    const arnOf = (resources: ReadonlyArray<{ name: string; arn: string }>, wanted: string) => resources.find(({ name }) => name === wanted)?.arn;
    for (const role of ['Reader', arnOf(roles, 'Reader'), 'Larger/Reader']) {
      for (const profile of ['readers', 'Readers', arnOf(profiles, 'readers'), undefined]) {
        for (const trustAnchor of ['alpha-root', 'AlphaAnchor', arnOf(trustAnchors, 'alpha-root'), 'Larger/AlphaAnchor']) {
          expect(simulator.createSession({ certificate: host.pem, role, profile, trustAnchor }).allowed).toBe(true);
        }
      }
    }
  });

  test('that could be several are an error with the candidates', () => {
    const simulator = largerSimulator();
    const certificate = host.pem;
    expect(thrown(() => simulator.createSession({ certificate, role: 'Reader' }))).toEqual({
      code: 'AMBIGUOUS', message: expect.stringMatching(/several trust anchors.*alpha-root \(AlphaAnchor in Larger, arn:aws:\S+\), beta-root \(BetaAnchor/),
    });
    expect(thrown(() => simulator.createSession({ certificate, role: 'Shared' })).message).toMatch(/several profiles.*readers .*writers/);
    expect(thrown(() => simulator.createSession({ certificate, profile: 'readers', trustAnchor: 'alpha-root' })).message).toMatch(/several roles.*Reader .*Shared/);
    expect(thrown(() => simulator.createSession({ certificate })).code).toBe('AMBIGUOUS');
  });

  test('that nobody knows are an error with what there is', () => {
    const simulator = largerSimulator();
    expect(thrown(() => simulator.createSession({ certificate: host.pem, role: 'Raeder' }))).toEqual({
      code: 'NOT_FOUND', message: expect.stringMatching(/no role is called 'Raeder'; there is Reader .*Writer .*Shared/),
    });
    expect(thrown(() => simulator.explain({ certificate: host.pem, profile: 'nobody' })).code).toBe('NOT_FOUND');
    expect(thrown(() => RolesAnywhereSimulator.fromTemplate({ Resources: {} }).explain({ certificate: host.pem })))
      .toEqual({ code: 'NOT_FOUND', message: 'the assembly has no profile' });
  });

  test('of one name in two stacks are told apart by the stack', () => {
    const model = ['One', 'Two'].map((id) => {
      const stack = new Stack(new App(), id, { env: { account: ACCOUNT, region: REGION } });
      largerApp(stack);
      return RolesAnywhereSimulator.fromTemplate(Template.fromStack(stack), { account: ACCOUNT, region: REGION, stackName: id }).model;
    }).reduce((a, b) => ({
      trustAnchors: [...a.trustAnchors, ...b.trustAnchors], profiles: [...a.profiles, ...b.profiles], roles: a.roles, crls: [], problems: [],
    }));
    const simulator = RolesAnywhereSimulator.fromModel(model);
    const request = { certificate: host.pem, role: 'Reader', trustAnchor: 'One/AlphaAnchor' };
    expect(thrown(() => simulator.createSession({ ...request, profile: 'readers' })).message).toContain("several profiles are called 'readers'");
    expect(simulator.createSession({ ...request, profile: 'One/Readers' }).allowed).toBe(true);
  });

  test('a role that a profile lists and another app makes can be asked about, and is not decided', () => {
    const elsewhere = `arn:aws:iam::${ACCOUNT}:role/Elsewhere`;
    const simulator = testSimulator({ anchorPem: root.pem, profile: { roleArns: [elsewhere] } });
    expect(simulator.createSession({ certificate: host.pem, role: elsewhere }).failedStep?.reason).toContain('not part of the assembly');
    expect(simulator.explain({ certificate: host.pem, role: elsewhere })).toHaveLength(1);
  });
});

describe('explain', () => {
  const combinations = (decisions: ReturnType<RolesAnywhereSimulator['explain']>) =>
    decisions.map(({ profile, role, trustAnchor, allowed }) => `${profile?.name} ${role?.name} ${trustAnchor?.name} ${allowed}`);

  test('decides on every role that each profile lists, with each anchor', () => {
    expect(combinations(largerSimulator().explain({ certificate: host.pem }))).toEqual([
      'readers Reader alpha-root true', 'readers Shared alpha-root true', 'readers Reader beta-root false', 'readers Shared beta-root false',
      'writers Writer alpha-root true', 'writers Shared alpha-root true', 'writers Writer beta-root false', 'writers Shared beta-root false',
    ]);
  });

  test('keeps to the role, profile and anchor that are named', () => {
    const simulator = largerSimulator();
    const certificate = host.pem;
    expect(combinations(simulator.explain({ certificate, role: 'Writer', trustAnchor: 'alpha-root' }))).toEqual(['writers Writer alpha-root true']);
    expect(combinations(simulator.explain({ certificate, role: 'Shared', trustAnchor: 'beta-root' })))
      .toEqual(['readers Shared beta-root false', 'writers Shared beta-root false']);
    expect(combinations(simulator.explain({ certificate, role: 'Writer', profile: 'readers', trustAnchor: 'alpha-root' })))
      .toEqual(['readers Writer alpha-root false']);
  });

  test('decides everything for one moment', () => {
    const decisions = largerSimulator().explain({ certificate: host.pem });
    expect(new Set(decisions.map(({ at }) => at.getTime())).size).toBe(1);
  });

  test('is data that can be written as JSON and read again', () => {
    const [decision] = largerSimulator().explain({ certificate: host.pem });
    const copy = JSON.parse(JSON.stringify(decision)) as typeof decision;
    expect(copy.steps.map(({ id, facts }) => `${id} ${facts.length}`)).toEqual(decision.steps.map(({ id, facts }) => `${id} ${facts.length}`));
    expect(copy.steps[copy.steps.length - 1]).toMatchObject({ id: 'trust-policy-set-source-identity', trustDecision: { verdict: 'allowed' } });
    expect(copy.session?.expiration).toBe(decision.session?.expiration.toISOString());
  });
});

describe('certificates', () => {
  const simulator = () => testSimulator({ anchorPem: root.pem });

  test('are taken as PEM text, PEM bytes or DER', () => {
    for (const certificate of [host.pem, Buffer.from(host.pem), host.der, `Bag Attributes\n  friendlyName: host\n${host.pem}`]) {
      expect(simulator().createSession({ certificate }).allowed).toBe(true);
    }
  });

  test('may stand in one file with the private key, which is ignored and not repeated', () => {
    const decision = simulator().createSession({ certificate: host.keyPem + host.pem });
    expect(decision.allowed).toBe(true);
    expect(JSON.stringify(decision)).not.toContain(host.keyPem.split('\n')[1]);
  });

  test('may come with an empty chain', () => {
    expect(simulator().createSession({ certificate: host.pem, chain: '\n' }).allowed).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['a private key only', '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n'],
    ['a page', '<!doctype html><p>not found'],
    ['a certificate cut off', '-----BEGIN CERTIFICATE-----\nMIIBszCC\n-----END CERTIFICATE-----\n'],
  ])('that are %s are an error with a code, and the text is not repeated', (_, certificate) => {
    const error = thrown(() => simulator().createSession({ certificate }));
    expect(error.code).toBe('CERTIFICATE_INVALID');
    expect(error.message).not.toContain('MIGHAgEA');
  });

  test('of an anchor can be given for a private CA, and only for an anchor that exists', async () => {
    const issuing = await issueCa(root, 'CN=Issuing');
    const source = { sourceType: 'AWS_ACM_PCA', sourceData: { acmPcaArn: `arn:aws:acm-pca:${REGION}:${ACCOUNT}:certificate-authority/11111111-2222-3333-4444-555555555555` } };
    const below = await issueHost(issuing, 'CN=onprem01');
    const withCa = testSimulator({ anchorPem: '', anchor: { source } }, { caCertificates: { Anchor: issuing.der } });
    expect(withCa.createSession({ certificate: below.pem }).allowed).toBe(true);
    expect(thrown(() => testSimulator({ anchorPem: root.pem }, { caCertificates: { nobody: root.pem } })).code).toBe('NOT_FOUND');
    expect(thrown(() => testSimulator({ anchorPem: '', anchor: { source } }, { caCertificates: { Anchor: 'no PEM' } })).code).toBe('CERTIFICATE_INVALID');
    expect(thrown(() => testSimulator({ anchorPem: root.pem }, { caCertificates: { Anchor: root.pem } })).code).toBe('INVALID_OPTION');
  });

  test('cannot be asked about at a moment that is none', () => {
    expect(thrown(() => simulator().createSession({ certificate: host.pem, now: new Date('tomorrow') })).code).toBe('INVALID_OPTION');
  });
});

test('what the templates leave open refuses, and says so', () => {
  const simulator = RolesAnywhereSimulator.fromTemplate({
    Parameters: { Switch: { Type: 'String' } },
    Resources: {
      Anchor: {
        Type: 'AWS::RolesAnywhere::TrustAnchor',
        Properties: {
          Name: 'a', Enabled: { Ref: 'Switch' }, Source: { SourceType: 'CERTIFICATE_BUNDLE', SourceData: { X509CertificateData: root.pem } },
        },
      },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'R',
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Principal: { Service: 'rolesanywhere.amazonaws.com' }, Action: THREE_ACTIONS },
            ],
          },
        },
      },
      Profile: { Type: 'AWS::RolesAnywhere::Profile', Properties: { Name: 'p', Enabled: true, RoleArns: [{ 'Fn::GetAtt': ['Role', 'Arn'] }] } },
    },
  });
  const decision = simulator.createSession({ certificate: host.pem });
  expect(decision.allowed).toBe(false);
  expect(decision.failedStep?.id).toBe('trust-anchor');
  expect(decision.failedStep?.reason).toContain("parameter 'Switch' has no default");
  expect(simulator.problems.length).toBeGreaterThan(0);
});
