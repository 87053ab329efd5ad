/** Tests of the decision on one CreateSession: every step that can refuse, with the service's error, and what is said of open questions. */
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import { ACCOUNT, factsOf, REGION, testSimulator, TestAppOptions, trustStatement, troubles } from './fixtures';
import { SessionEngine } from '../../src/simulator/engine';
import { RolesAnywhereSimulator, SimulatedRequest } from '../../src/simulator/simulator';
import { readCertificate } from '../../src/x509';
import { createRootCa, Issued, issueCa, issueHost } from '../support/pki';

let root: Issued;
let host: Issued;

beforeAll(async () => {
  root = await createRootCa('C=AU, O=Example, CN=Example Root');
  host = await issueHost(root, 'O=Example, OU=Security, OU=Engineering, CN=onprem01', { serialNumber: '0123456789abcdef' });
});

type Options = Omit<TestAppOptions, 'anchorPem'> & { readonly anchorPem?: string };

function decide(options: Options = {}, request: Partial<SimulatedRequest> = {}) {
  return testSimulator({ anchorPem: root.pem, ...options }).createSession({ certificate: host.pem, ...request });
}

function hearing(engine: SessionEngine) {
  return engine.hear({ certificate: readCertificate(host.der), chain: [], at: new Date() });
}

const TRUST_STEPS = ['trust-policy-assume-role', 'trust-policy-tag-session', 'trust-policy-set-source-identity'];

describe('a host that the role trusts', () => {
  test('gets a session, and every step is passed', () => {
    const decision = decide();
    expect(troubles(decision)).toEqual([]);
    expect(decision.allowed).toBe(true);
    expect(decision.error).toBeUndefined();
    expect(decision.steps.map(({ id }) => id)).toEqual([
      'trust-anchor', 'certificate-rules', 'chain', 'validity', 'revocation', 'profile', 'region-and-account', 'role', 'duration',
      'role-session-name', 'session-tags', 'source-identity', 'session-policy', ...TRUST_STEPS,
    ]);
    expect(decision.steps.every(({ facts }) => facts.length > 0)).toBe(true);
  });

  test('gets the session that the certificate, the profile and the role make', () => {
    const now = new Date();
    const { session, certificate } = decide({}, { now });
    expect(session).toMatchObject({
      roleArn: `arn:aws:iam::${ACCOUNT}:role/Uploader`,
      assumedRoleArn: `arn:aws:sts::${ACCOUNT}:assumed-role/Uploader/0123456789abcdef`,
      roleSessionName: '0123456789abcdef',
      sourceIdentity: 'CN=onprem01',
      durationSeconds: 3600,
      expiration: new Date(now.getTime() + 3_600_000),
    });
    expect(session?.assumedRoleId).toMatch(/^AROA[A-Z0-9]{17}:0123456789abcdef$/);
    expect(session?.subjectArn).toMatch(new RegExp(`^arn:aws:rolesanywhere:${REGION}:${ACCOUNT}:subject/[0-9a-f-]{36}$`));
    expect(session?.tags['x509Subject/OU']).toBe('Security/Engineering');
    expect(certificate).toMatchObject({ subject: 'CN=onprem01,OU=Engineering,OU=Security,O=Example', serialNumber: '0123456789abcdef' });
  });

  test('gets it through an intermediate too, sent behind the certificate or beside it', async () => {
    const issuing = await issueCa(root, 'CN=Issuing');
    const below = await issueHost(issuing, 'CN=onprem01');
    const simulator = testSimulator({ anchorPem: root.pem });
    expect(simulator.createSession({ certificate: below.pem + issuing.pem }).allowed).toBe(true);
    expect(simulator.createSession({ certificate: below.pem, chain: issuing.pem }).allowed).toBe(true);
    expect(simulator.createSession({ certificate: below.pem }).allowed).toBe(false);
  });
});

describe('the trust anchor', () => {
  test('is disabled when Enabled is left out', () => {
    const decision = decide({ anchor: { enabled: undefined } });
    expect(troubles(decision)).toEqual(['trust-anchor failed']);
    expect(decision.error).toEqual({ statusCode: 403, type: 'AccessDeniedException', message: 'Trust anchor is disabled' });
    expect(decision.failedStep?.reason).toContain('does not state Enabled');
    expect(decide({ anchor: { enabled: false } }).failedStep?.reason).toBe('trust anchor example-root is disabled');
  });

  test('that is unknown is not found', () => {
    const simulator = testSimulator({ anchorPem: root.pem });
    const decision = hearing(new SessionEngine(simulator.model)).decide({
      trustAnchorArn: `arn:aws:rolesanywhere:${REGION}:${ACCOUNT}:trust-anchor/00000000-0000-0000-0000-000000000000`,
      profileArn: simulator.model.profiles[0].arn,
      roleArn: simulator.model.roles[0].arn,
    });
    expect(decision.error).toMatchObject({ statusCode: 404, type: 'ResourceNotFoundException' });
    expect(troubles(decision)).toEqual([
      'trust-anchor failed', 'certificate-rules skipped', 'chain skipped', 'validity skipped', 'revocation skipped',
      ...TRUST_STEPS.map((id) => `${id} skipped`),
    ]);
  });

  test('of what is no CA certificate is refused in the words of the service', async () => {
    const notCa = await createRootCa('CN=Not a CA', { basicConstraints: { ca: false } });
    expect(decide({ anchorPem: notCa.pem }).error).toEqual({
      statusCode: 400, type: 'ValidationException', message: 'Incorrect basic constraints for CA certificate',
    });
  });

  test('with a private key in its bundle is refused, and the key is not repeated', () => {
    const decision = decide({ anchorPem: root.pem + root.keyPem });
    expect(decision.failedStep?.reason).toContain('PEM_PRIVATE_KEY');
    expect(JSON.stringify(decision)).not.toContain(root.keyPem.split('\n')[1]);
  });

  test('with garbage for a certificate is refused', () => {
    expect(decide({ anchorPem: 'not a certificate' }).failedStep).toMatchObject({ id: 'trust-anchor', reason: expect.stringContaining('PEM_NO_BLOCK') });
  });

  test('of a private CA needs the CA certificate, which only a deployment can tell', () => {
    const source = { sourceType: 'AWS_ACM_PCA', sourceData: { acmPcaArn: `arn:aws:acm-pca:${REGION}:${ACCOUNT}:certificate-authority/11111111-2222-3333-4444-555555555555` } };
    const refused = decide({ anchor: { source } });
    expect(troubles(refused)[0]).toBe('trust-anchor failed');
    expect(refused.error?.message).toContain('The simulator cannot decide this request');
    const simulator = testSimulator({ anchorPem: '', anchor: { source } }, { caCertificates: { 'example-root': root.pem } });
    expect(simulator.createSession({ certificate: host.pem }).allowed).toBe(true);
  });

  test('renewed with a second certificate takes hosts of both', async () => {
    const second = await createRootCa('CN=Second Root');
    const simulator = testSimulator({ anchorPem: root.pem + second.pem });
    expect(simulator.createSession({ certificate: host.pem }).allowed).toBe(true);
    expect(simulator.createSession({ certificate: (await issueHost(second, 'CN=onprem01')).pem }).allowed).toBe(true);
  });
});

describe('the certificate of the host', () => {
  test('of another CA is refused as an untrusted signing certificate', async () => {
    const outsider = await issueHost(await createRootCa('CN=Other'), 'CN=onprem01');
    const decision = decide({}, { certificate: outsider.pem });
    expect(troubles(decision)).toEqual(['chain failed', 'revocation skipped']);
    expect(decision.error).toEqual({ statusCode: 403, type: 'AccessDeniedException', message: 'Untrusted signing certificate' });
  });

  test('without digitalSignature is refused as insufficient', async () => {
    const weak = await issueHost(root, 'CN=onprem01', { keyUsage: null });
    const decision = decide({}, { certificate: weak.pem });
    expect(troubles(decision)).toEqual(['certificate-rules failed']);
    expect(decision.error?.message).toBe('Untrusted certificate. Insufficient certificate');
  });

  test('that is expired is refused, at the moment asked about', async () => {
    const inTwoYears = new Date(Date.now() + 2 * 365 * 86_400_000);
    const decision = decide({}, { now: inTwoYears });
    expect(troubles(decision)).toEqual(['validity failed']);
    expect(decision.error).toMatchObject({ statusCode: 403, type: 'AccessDeniedException' });
    expect(decision.failedStep?.reason).toContain('it expired on');
    expect(decision.at).toBe(inTwoYears);
  });

  test('with more than five others beside it is invalid', async () => {
    const extra = await Promise.all([1, 2, 3, 4, 5, 6].map((i) => issueCa(root, `CN=Extra ${i}`)));
    const decision = decide({}, { chain: extra.map(({ pem }) => pem).join('') });
    expect(troubles(decision)).toEqual(['chain failed']);
    expect(decision.error?.type).toBe('ValidationException');
  });
});

describe('the profile', () => {
  test('is disabled when Enabled is left out', () => {
    const decision = decide({ profile: { enabled: undefined } });
    expect(troubles(decision)).toEqual(['profile failed']);
    expect(decision.error).toEqual({ statusCode: 403, type: 'AccessDeniedException', message: 'Profile is disabled' });
    expect(decision.failedStep?.reason).toContain("add 'Enabled: true'");
  });

  test('has to list the role', () => {
    const decision = decide({ profile: { roleArns: [`arn:aws:iam::${ACCOUNT}:role/Other`] } }, { role: 'Uploader' });
    expect(troubles(decision)).toEqual(['role failed']);
    expect(decision.error?.message).toBe("Requested Role isn't one of those listed in the Profile");
  });

  test('without any role is an empty profile', () => {
    const decision = decide({ profile: { roleArns: [] } }, { role: 'Uploader' });
    expect(decision.error?.message).toBe('Invalid or empty profile provided');
  });

  test('that is unknown is an invalid profile', () => {
    const simulator = testSimulator({ anchorPem: root.pem });
    const decision = hearing(new SessionEngine(simulator.model)).decide({
      trustAnchorArn: simulator.model.trustAnchors[0].arn,
      profileArn: `arn:aws:rolesanywhere:${REGION}:${ACCOUNT}:profile/00000000-0000-0000-0000-000000000000`,
      roleArn: simulator.model.roles[0].arn,
    });
    expect(decision.failedStep?.id).toBe('profile');
    expect(decision.error?.message).toBe('Invalid or empty profile provided');
    expect(decision.allowed).toBe(false);
  });

  test('of another region than the anchor cannot be used with it', () => {
    const simulator = testSimulator({ anchorPem: root.pem });
    const there = RolesAnywhereSimulator.fromModel({
      ...simulator.model,
      profiles: simulator.model.profiles.map((profile) => ({
        ...profile, arn: profile.arn.replace(REGION, 'eu-west-1'), environment: { ...profile.environment, region: 'eu-west-1' },
      })),
    });
    const decision = there.createSession({ certificate: host.pem });
    expect(troubles(decision)).toEqual(['region-and-account failed']);
    expect(decision.failedStep?.reason).toContain('trust anchor eu-west-2, profile eu-west-1');
  });

  test('has to be of the account of the role', () => {
    const decision = decide({ profile: { roleArns: ['arn:aws:iam::999999999999:role/Foreign'] } });
    expect(troubles(decision)).toContain('region-and-account failed');
  });

  test('may list a role that the assembly does not have, which then cannot be decided', () => {
    const decision = decide({ profile: { roleArns: [`arn:aws:iam::${ACCOUNT}:role/Elsewhere`] } });
    expect(troubles(decision)).toEqual(['role failed', ...TRUST_STEPS.map((id) => `${id} skipped`)]);
    expect(decision.failedStep?.reason).toContain('its trust policy is not known');
  });

  test('with a session policy that is not JSON, too long, or with too many managed policies lets nobody in', () => {
    expect(troubles(decide({ profile: { sessionPolicy: 'Allow everything' } }))).toEqual(['session-policy failed']);
    expect(troubles(decide({ profile: { sessionPolicy: JSON.stringify({ Version: 'x'.repeat(2048) }) } }))).toEqual(['session-policy failed']);
    const managedPolicyArns = Array.from({ length: 11 }, (_, i) => `arn:aws:iam::aws:policy/Policy${i}`);
    expect(troubles(decide({ profile: { managedPolicyArns } }))).toEqual(['session-policy failed']);
    expect(troubles(decide({ profile: { managedPolicyArns: managedPolicyArns.slice(1), sessionPolicy: '{"Statement":[]}' } }))).toEqual([]);
  });
});

describe('the duration', () => {
  test('is the shorter of profile and request', () => {
    const seconds = (profile: number | undefined, request: number | undefined) =>
      decide({ profile: { durationSeconds: profile }, role: { maxSessionDuration: 43_200 } }, { durationSeconds: request }).session?.durationSeconds;
    expect([seconds(undefined, undefined), seconds(7200, undefined), seconds(7200, 900), seconds(900, 7200), seconds(undefined, 7200)])
      .toEqual([3600, 7200, 900, 900, 3600]);
  });

  test('of the profile above the MaxSessionDuration of the role is an error, not a clamp', () => {
    const decision = decide({ profile: { durationSeconds: 7200 }, role: { maxSessionDuration: 3600 } });
    expect(troubles(decision)).toEqual(['duration failed']);
    expect(decision.error).toEqual({
      statusCode: 403, type: 'AccessDeniedException', message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role',
    });
    expect(decide({ profile: { durationSeconds: 7200 }, role: { maxSessionDuration: 3600 } }, { durationSeconds: 3600 }).allowed).toBe(true);
    expect(decide({ profile: { durationSeconds: 7200 }, role: { maxSessionDuration: undefined } }).failedStep?.id).toBe('duration');
  });

  test.each([899, 43_201, 900.5, -1, Number.NaN])('of %p in the request is invalid', (durationSeconds) => {
    const decision = decide({}, { durationSeconds });
    expect(decision.failedStep?.id).toBe('duration');
    expect(decision.error).toMatchObject({ statusCode: 400, type: 'ValidationException' });
  });
});

describe('the session name', () => {
  test('may be set only where the profile accepts it', () => {
    const decision = decide({}, { roleSessionName: 'nightly' });
    expect(troubles(decision)[0]).toBe('role-session-name failed');
    expect(decision.error?.message).toBe('Not authorized to set roleSessionName');
    const accepted = decide({ profile: { acceptRoleSessionName: true } }, { roleSessionName: 'nightly' });
    expect(accepted.session?.assumedRoleArn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/Uploader/nightly`);
  });

  test.each(['', 'x', 'with space', 'a/b', 'x'.repeat(65), 'naïve'])('%j is invalid', (roleSessionName) => {
    const decision = decide({ profile: { acceptRoleSessionName: true } }, { roleSessionName });
    expect(decision.failedStep?.id).toBe('role-session-name');
    expect(decision.error?.type).toBe('ValidationException');
  });
});

describe('session tags', () => {
  test('a common name with characters outside the alphabet fails the login, and the error names the attribute as the service does', async () => {
    const odd = await issueHost(root, 'O=Example, CN=Build Agent (blue)');
    const decision = decide({}, { certificate: odd.pem });
    expect(troubles(decision)).toEqual(['session-tags failed', ...TRUST_STEPS.map((id) => `${id} skipped`)]);
    expect(decision.error?.message).toBe(`Unable to assume role for arn:aws:iam::${ACCOUNT}:role/Uploader. `
      + 'Some attributes failed to be mapped into session tags. Issuer: [  ]; Subject: [ CN ]; SAN: [  ]');
    expect(factsOf(decision, 'session-tags').join(' ')).toContain('users see the whole session refused');
  });

  test('a second DNS name outside the alphabet fails it too, as observed', async () => {
    const odd = await issueHost(root, 'CN=onprem01', { subjectAltName: [{ type: 'dns', value: 'a.example.com' }, { type: 'dns', value: '*.example.com' }] });
    expect(decide({}, { certificate: odd.pem }).error?.message).toContain('SAN: [ DNS/2 ]');
  });

  test('an attribute mapping that leaves the attribute out cures it', async () => {
    const odd = await issueHost(root, 'OU=SecOps, CN=Build Agent (blue)');
    const decision = decide({
      profile: { attributeMappings: [{ certificateField: 'x509Subject', mappingRules: [{ specifier: 'OU' }] }] },
      condition: { StringEquals: { 'aws:PrincipalTag/x509Subject/OU': 'SecOps' } },
    }, { certificate: odd.pem });
    expect(troubles(decision)).toEqual([]);
    expect(decision.session?.tags).toEqual({ 'x509Subject/OU': 'SecOps' });
  });

  test('an unmapped attribute makes conditions on it false', () => {
    const decision = decide({ profile: { attributeMappings: [{ certificateField: 'x509Subject', mappingRules: [{ specifier: 'OU' }] }] } });
    expect(troubles(decision)).toEqual(TRUST_STEPS.map((id) => `${id} failed`));
    expect(decision.failedStep?.reason).toContain('the request has no aws:PrincipalTag/x509Subject/CN');
  });

  test('multi-valued OU is joined with / in certificate order', () => {
    const ou = (value: string) => decide({ condition: { StringEquals: { 'aws:PrincipalTag/x509Subject/OU': value } } }).allowed;
    expect([ou('Security/Engineering'), ou('Engineering/Security'), ou('Security')]).toEqual([true, false, false]);
  });

  test('conditions on a field that the profile has no mapping for are not evaluated, for it is not documented', () => {
    const decision = decide({
      profile: { attributeMappings: [{ certificateField: 'x509Subject', mappingRules: [{ specifier: 'CN' }] }] },
      condition: { StringNotEquals: { 'aws:PrincipalTag/x509Issuer/CN': 'Bad CA' } },
    });
    expect(troubles(decision)).toEqual(TRUST_STEPS.map((id) => `${id} failed`));
    expect(decision.failedStep?.trustDecision?.verdict).toBe('cannot-evaluate');
    expect(factsOf(decision, 'session-tags').join(' ')).toContain('no mapping for x509Issuer and x509SAN');
  });
});

describe('the trust policy', () => {
  test('refuses another host, and says which condition it was', async () => {
    const other = await issueHost(root, 'CN=onprem02');
    const decision = decide({}, { certificate: other.pem });
    expect(troubles(decision)).toEqual(TRUST_STEPS.map((id) => `${id} failed`));
    expect(decision.error).toEqual({
      statusCode: 403, type: 'AccessDeniedException', message: `Unable to assume role for arn:aws:iam::${ACCOUNT}:role/Uploader`,
    });
    expect(decision.failedStep?.reason).toBe('no statement allows sts:AssumeRole: '
      + 'StringEquals aws:PrincipalTag/x509Subject/CN "onprem01", the request has "onprem02"');
  });

  test.each([
    [['sts:AssumeRole'], ['trust-policy-tag-session', 'trust-policy-set-source-identity']],
    [['sts:AssumeRole', 'sts:TagSession'], ['trust-policy-set-source-identity']],
    [['sts:TagSession', 'sts:SetSourceIdentity'], ['trust-policy-assume-role']],
    [['sts:AssumeRole', 'sts:SetSourceIdentity'], ['trust-policy-tag-session']],
  ])('has to allow all three actions: %j is not enough', (actions, missing) => {
    const decision = decide({ statements: () => [trustStatement(undefined, actions)] });
    expect(troubles(decision)).toEqual(missing.map((id) => `${id} failed`));
    expect(decision.allowed).toBe(false);
  });

  test('can name the anchor by aws:SourceArn, and another anchor of the account is then refused', () => {
    const second: Options['more'] = ({ stack }) => {
      new rolesanywhere.CfnTrustAnchor(stack, 'Second', {
        name: 'second', enabled: true, source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: root.pem } },
      });
    };
    expect(decide({ more: second }, { trustAnchor: 'example-root' }).allowed).toBe(true);
    const decision = decide({ more: second }, { trustAnchor: 'second' });
    expect(troubles(decision)).toEqual(TRUST_STEPS.map((id) => `${id} failed`));
    expect(decision.failedStep?.reason).toContain('ArnEquals aws:SourceArn');
    expect(decide({ more: second, condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }, { trustAnchor: 'second' }).allowed).toBe(true);
  });

  test('with a negative operator is true on a missing tag, and that is shown', async () => {
    const withoutOu = await issueHost(root, 'CN=anyone');
    const decision = decide({ condition: { StringNotEquals: { 'aws:PrincipalTag/x509Subject/OU': 'Contractors' } } }, { certificate: withoutOu.pem });
    expect(decision.allowed).toBe(true);
    expect(factsOf(decision, 'trust-policy-assume-role').join('\n')).toContain('a negated operator is true on a missing key');
  });

  test('with a leftover statement without condition lets any host in, and that is shown', async () => {
    const other = await issueHost(root, 'CN=onprem02');
    const decision = decide({ statements: () => [trustStatement({ StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'onprem01' } }), trustStatement(undefined)] },
      { certificate: other.pem });
    expect(decision.allowed).toBe(true);
    expect(factsOf(decision, 'trust-policy-assume-role')).toContain('Statement[1] Allow: applies, without any condition');
  });

  test('denies whatever else allows', () => {
    const decision = decide({
      statements: () => [trustStatement(undefined), trustStatement({ StringLike: { 'aws:PrincipalTag/x509Subject/OU': '*Engineering' } }, 'sts:TagSession', 'Deny')],
    });
    expect(troubles(decision)).toEqual(['trust-policy-tag-session failed']);
    expect(decision.failedStep?.reason).toBe('Statement[1] denies sts:TagSession');
  });

  test('of another service does not trust this one', () => {
    const decision = decide({ statements: () => [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:*' }] });
    expect(troubles(decision)).toEqual(TRUST_STEPS.map((id) => `${id} failed`));
    expect(factsOf(decision, 'trust-policy-assume-role')).toEqual(['Statement[0] Allow: does not apply, its principal is not rolesanywhere.amazonaws.com']);
  });

  test('can condition the source identity as the guide splits it, and not in one statement for all three actions', () => {
    const identity = { StringEquals: { 'sts:SourceIdentity': 'CN=onprem01' } };
    const tag = { StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'onprem01' } };
    const split = decide({ statements: () => [trustStatement(identity, ['sts:AssumeRole', 'sts:SetSourceIdentity']), trustStatement(tag, 'sts:TagSession')] });
    expect(troubles(split)).toEqual([]);
    const together = decide({ condition: identity });
    expect(troubles(together)).toEqual(['trust-policy-tag-session failed']);
    expect(together.failedStep?.reason).toContain('sts:SourceIdentity has in a real request is not known');
  });

  test('can condition the session name for sts:AssumeRole', () => {
    const named = decide({
      profile: { acceptRoleSessionName: true },
      statements: () => [
        trustStatement({ StringEquals: { 'sts:RoleSessionName': 'nightly' } }, 'sts:AssumeRole'), trustStatement(undefined, ['sts:TagSession', 'sts:SetSourceIdentity']),
      ],
    }, { roleSessionName: 'nightly' });
    expect(troubles(named)).toEqual([]);
  });

  test('can condition the time', () => {
    const condition = { DateLessThan: { 'aws:CurrentTime': '2100-01-01T00:00:00Z' }, NumericGreaterThan: { 'aws:EpochTime': '1000000000' } };
    expect(decide({ condition }).allowed).toBe(true);
    expect(decide({ condition: { DateGreaterThan: { 'aws:CurrentTime': '2100-01-01T00:00:00Z' } } }).allowed).toBe(false);
  });

  test.each([
    ['aws:SourceIp', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }],
    ['aws:RequestTag', { StringEquals: { 'aws:RequestTag/x509Subject/CN': 'onprem01' } }],
    ['aws:TagKeys', { 'ForAllValues:StringLike': { 'aws:TagKeys': 'x509*' } }],
    ['aws:PrincipalOrgID', { StringNotEquals: { 'aws:PrincipalOrgID': 'o-example' } }],
  ])('with a condition on %s, of which nothing is documented here, cannot be decided', (_, condition) => {
    const decision = decide({ condition });
    expect(decision.allowed).toBe(false);
    expect(decision.failedStep?.trustDecision?.verdict).toBe('cannot-evaluate');
    expect(decision.failedStep?.reason).toContain('is not known here');
  });

  test('with a value that only a deployment can tell cannot be decided', () => {
    const decision = decide({
      statements: ({ stack }) => {
        const bucket = new iam.CfnInstanceProfile(stack, 'Foreign', { roles: [] });
        return [trustStatement({ StringEquals: { 'aws:PrincipalTag/x509Subject/CN': bucket.attrArn } })];
      },
    });
    expect(decision.allowed).toBe(false);
    expect(decision.failedStep?.reason).toMatch(/only a deployment can tell|cannot be used|not a text/);
  });
});

describe('the source identity', () => {
  test('of a name that STS would not take is shown, and conditions on it are not evaluated', async () => {
    const spaced = await issueHost(root, 'CN=Build Agent 7');
    expect(decide({ condition: { StringLike: { 'aws:PrincipalTag/x509Subject/CN': 'Build *' } } }, { certificate: spaced.pem }).allowed).toBe(true);
    const decision = decide({ condition: { StringEquals: { 'sts:SourceIdentity': 'CN=Build Agent 7' } } }, { certificate: spaced.pem });
    expect(decision.failedStep?.id).toBe('trust-policy-assume-role');
    expect(factsOf(decision, 'source-identity').join(' ')).toContain('conditions on sts:SourceIdentity cannot be evaluated');
  });
});

describe('speed', () => {
  test('one certificate against a thousand roles takes few milliseconds a role', () => {
    const { model } = testSimulator({ anchorPem: root.pem });
    const [role] = model.roles;
    const roles = Array.from({ length: 1000 }, (_, i) => ({ ...role, name: `Role${i}`, logicalId: `Role${i}`, arn: `arn:aws:iam::${ACCOUNT}:role/Role${i}` }));
    const profiles = [0, 1, 2, 3].map((i) => ({
      ...model.profiles[0], logicalId: `Profile${i}`, arn: `${model.profiles[0].arn}${i}`, roleArns: roles.slice(250 * i, 250 * (i + 1)).map(({ arn }) => arn),
    }));
    const simulator = RolesAnywhereSimulator.fromModel({ ...model, roles, profiles });
    const start = performance.now();
    const decisions = simulator.explain({ certificate: host.pem });
    const elapsed = performance.now() - start;
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(1000);
    // The goal is 50 ms on an idle machine; this only guards against a cost that grows with the square, or a chain validated anew each time.
    expect(elapsed).toBeLessThan(1000);
  });
});
