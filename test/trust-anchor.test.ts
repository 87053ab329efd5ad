import { App, aws_acmpca as acmpca, CfnParameter, Duration, Stack, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ExpiryNotification, TrustAnchor, TrustAnchorSource, TrustAnchorSourceConfig } from '../src';
import { createRootCa, Issued } from './support/pki';
import { errorCode, errorOf, newStack, strictStack } from './support/stack';
import { privateCaOf, knownCaCertificates } from '../src/private/ca-certificates';

const ANCHOR_ARN = 'arn:aws-us-gov:rolesanywhere:us-gov-west-1:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9';

let root: Issued;
beforeAll(async () => {
  root = await createRootCa('C=AU, O=Example, CN=Example Root');
});

const bundle = () => TrustAnchorSource.certificateBundle(root.pem);

describe('a trust anchor', () => {
  test('has its certificate, a name from its path, and passes strict template validation', () => {
    const stack = strictStack();
    const anchor = new TrustAnchor(stack, 'Anchor', { source: bundle() });
    Template.fromStack(stack).hasResourceProperties('AWS::RolesAnywhere::TrustAnchor', {
      Name: Match.stringLikeRegexp('^Stack-Anchor-[0-9A-F]{8}$'),
      Source: { SourceType: 'CERTIFICATE_BUNDLE', SourceData: { X509CertificateData: root.pem } },
    });
    expect(stack.resolve(anchor.trustAnchorArn)).toEqual({ 'Fn::GetAtt': [expect.any(String), 'TrustAnchorArn'] });
    expect(stack.resolve(anchor.trustAnchorRef.trustAnchorId)).toEqual({ 'Fn::GetAtt': [expect.any(String), 'TrustAnchorId'] });
  });

  test('states Enabled always, because left out it means disabled', () => {
    const stack = newStack();
    new TrustAnchor(stack, 'On', { source: bundle() });
    new TrustAnchor(stack, 'Off', { source: bundle(), enabled: false });
    const enabled = Object.entries(Template.fromStack(stack).findResources('AWS::RolesAnywhere::TrustAnchor'))
      .map(([id, { Properties }]) => [id.substring(0, 2), Properties.Enabled]);
    expect(Object.fromEntries(enabled)).toEqual({ On: true, Of: false });
  });

  test.each([
    ['a host name, for its dots', 'host.example.com'],
    ['a path', 'a/b'],
    ['letters beyond a to z', 'ä'],
    ['nothing', ''],
    ['256 characters', 'x'.repeat(256)],
  ])('refuses as name %s', (_what, trustAnchorName) => {
    const error = errorOf(() => new TrustAnchor(newStack(), 'Anchor', { source: bundle(), trustAnchorName }));
    expect(error.code).toBe('INVALID_NAME');
    expect(error.message).toContain('[Stack/Anchor]');
  });

  test('keeps generated names within the alphabet, whatever the construct path holds', () => {
    const stack = new Stack(new App(), 'Stack');
    new TrustAnchor(stack, 'host.example.com (primary)', { source: bundle() });
    const [anchor] = Object.values(Template.fromStack(stack).findResources('AWS::RolesAnywhere::TrustAnchor'));
    expect(anchor.Properties.Name).toMatch(/^[ a-zA-Z0-9\-_]{1,255}$/);
  });

  test('takes tags', () => {
    const stack = newStack();
    Tags.of(new TrustAnchor(stack, 'Anchor', { source: bundle() })).add('team', 'pki');
    Template.fromStack(stack).hasResourceProperties('AWS::RolesAnywhere::TrustAnchor', { Tags: [{ Key: 'team', Value: 'pki' }] });
  });
});

describe('notifications', () => {
  test('are rendered with channel and threshold, without threshold where switched off', () => {
    const stack = newStack();
    new TrustAnchor(stack, 'Anchor', {
      source: bundle(),
      notifications: [
        ExpiryNotification.caCertificate({ threshold: Duration.days(90) }),
        ExpiryNotification.endEntityCertificate({ enabled: false }),
      ],
    });
    Template.fromStack(stack).hasResourceProperties('AWS::RolesAnywhere::TrustAnchor', {
      NotificationSettings: [
        { Event: 'CA_CERTIFICATE_EXPIRY', Enabled: true, Channel: 'ALL', Threshold: 90 },
        { Event: 'END_ENTITY_CERTIFICATE_EXPIRY', Enabled: false, Channel: 'ALL', Threshold: Match.absent() },
      ],
    });
  });

  test('are 45 days ahead unless told otherwise', () => {
    expect(ExpiryNotification.caCertificate().threshold.toDays()).toBe(45);
  });

  test('of one kind are accepted once only', () => {
    const notifications = [ExpiryNotification.caCertificate(), ExpiryNotification.caCertificate({ threshold: Duration.days(10) })];
    expect(errorCode(() => new TrustAnchor(newStack(), 'Anchor', { source: bundle(), notifications }))).toBe('INVALID_NOTIFICATION');
  });

  test.each([0, 361, 1.5])('refuse a threshold of %d days', (days) => {
    const threshold = Duration.hours(days * 24);
    expect(errorCode(() => ExpiryNotification.caCertificate({ threshold }))).toBe('INVALID_NOTIFICATION');
  });
});

describe('an imported trust anchor', () => {
  test('has the ids and environment of its ARN, in any partition', () => {
    const anchor = TrustAnchor.fromTrustAnchorArn(newStack(), 'Imported', ANCHOR_ARN);
    expect(anchor.trustAnchorId).toBe('2de9dfa7-9f39-40c2-ae31-aaf843684dc9');
    expect(anchor.env).toEqual({ account: '111122223333', region: 'us-gov-west-1' });
    expect(TrustAnchor.isTrustAnchor(anchor)).toBe(false);
  });

  test('by id has an ARN with the partition of the stack, not a literal one', () => {
    const stack = newStack();
    const anchor = TrustAnchor.fromTrustAnchorId(stack, 'Imported', '2de9dfa7-9f39-40c2-ae31-aaf843684dc9');
    expect(JSON.stringify(stack.resolve(anchor.trustAnchorArn))).toContain('"Ref":"AWS::Partition"');
    expect(anchor.trustAnchorId).toBeTruthy();
  });

  test('may come with its certificates and its CA', () => {
    const stack = newStack();
    const caArn = 'arn:aws-us-gov:acm-pca:us-gov-west-1:111122223333:certificate-authority/x';
    const certificateAuthority = acmpca.CertificateAuthority.fromCertificateAuthorityArn(stack, 'Ca', caArn);
    const attributes = { trustAnchorArn: ANCHOR_ARN, certificatePem: root.pem, certificateAuthority };
    const anchor = TrustAnchor.fromTrustAnchorAttributes(stack, 'Imported', attributes);
    expect(anchor.trustAnchorArn).toBe(ANCHOR_ARN);
    expect(knownCaCertificates(anchor)!.map(({ subject }) => subject.toString())).toEqual([expect.stringContaining('Example Root')]);
    expect(privateCaOf(anchor)).toBe(caArn);
    expect(errorCode(() => TrustAnchor.fromTrustAnchorAttributes(stack, 'Bad', { ...attributes, certificatePem: 'x' }))).toBe('INVALID_CERTIFICATE');
  });

  test.each([
    'arn:aws:iam::111122223333:role/x',
    'arn:aws:rolesanywhere:eu-west-1:111122223333:profile/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
    '2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
  ])('is not made from %s', (arn) => {
    expect(errorCode(() => TrustAnchor.fromTrustAnchorArn(newStack(), 'Imported', arn))).toBe('INVALID_ARN');
  });
});

test('a source of your own may have its certificates as a token, which is not read', () => {
  class ParameterSource extends TrustAnchorSource {
    public bind(scope: Stack): TrustAnchorSourceConfig {
      const pem = new CfnParameter(scope, 'Pem').valueAsString;
      return { source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: pem } }, certificatePem: pem };
    }
  }
  const anchor = new TrustAnchor(newStack(), 'Anchor', { source: new ParameterSource() });
  expect([anchor.certificatePem, knownCaCertificates(anchor)]).toEqual([undefined, undefined]);
});

test('what is known of a trust anchor is known of the resource inside as well', () => {
  const anchor = new TrustAnchor(newStack(), 'Anchor', { source: bundle() });
  expect(knownCaCertificates(anchor.node.defaultChild!)).toHaveLength(1);
});

describe('metrics', () => {
  test('Success has dimensions Operation and TrustAnchorArn, DaysToExpiry TrustAnchorArn, Failure no trust anchor', () => {
    const stack = newStack();
    const anchor = TrustAnchor.fromTrustAnchorArn(stack, 'Imported', ANCHOR_ARN);
    expect(anchor.metricSuccess().toMetricConfig().metricStat).toMatchObject({
      namespace: 'AWS/RolesAnywhere',
      metricName: 'Success',
      statistic: 'Sum',
      dimensions: [{ name: 'Operation', value: 'CreateSession' }, { name: 'TrustAnchorArn', value: ANCHOR_ARN }],
    });
    expect(anchor.metricDaysToExpiry().toMetricConfig().metricStat).toMatchObject({
      metricName: 'DaysToExpiry', statistic: 'Minimum', dimensions: [{ name: 'TrustAnchorArn', value: ANCHOR_ARN }],
    });
    expect(TrustAnchor.metricFailure('AccessDeniedException').toMetricConfig().metricStat).toMatchObject({
      metricName: 'Failure',
      dimensions: [{ name: 'ErrorType', value: 'AccessDeniedException' }, { name: 'Operation', value: 'CreateSession' }],
    });
  });

  test('of an imported trust anchor are those of its own account and Region', () => {
    const stack = newStack({ env: { account: '111122223333', region: 'us-gov-east-1' } });
    const anchor = TrustAnchor.fromTrustAnchorArn(stack, 'Imported', ANCHOR_ARN);
    for (const metric of [anchor.metricSuccess(), anchor.metricDaysToExpiry()]) {
      // What is the stack's own is not repeated.
      expect(metric.toMetricConfig().metricStat).toMatchObject({ region: 'us-gov-west-1', regionOverride: 'us-gov-west-1', account: '111122223333' });
      expect(metric.toMetricConfig().metricStat!.accountOverride).toBeUndefined();
      expect(() => metric.createAlarm(stack, metric.metricName, { threshold: 1, evaluationPeriods: 1 })).toThrow(/us-gov-west-1/);
    }
    expect(anchor.metricSuccess({ region: 'us-west-2' }).region).toBe('us-west-2');
    const elsewhere = newStack({ env: { account: '444455556666', region: 'us-gov-west-1' } });
    TrustAnchor.fromTrustAnchorArn(elsewhere, 'Imported', ANCHOR_ARN).metricSuccess().createAlarm(elsewhere, 'Alarm', { threshold: 1, evaluationPeriods: 1 });
    Template.fromStack(elsewhere).hasResourceProperties('AWS::CloudWatch::Alarm', { Metrics: [Match.objectLike({ AccountId: '111122223333' })] });
  });

  test('of a trust anchor that is made here say nothing of account and Region', () => {
    const metric = new TrustAnchor(newStack(), 'Anchor', { source: bundle() }).metricSuccess();
    expect([metric.account, metric.region]).toEqual([undefined, undefined]);
  });
});

describe('expiry events', () => {
  const pattern = { 'source': ['aws.rolesanywhere'], 'detail-type': ['Roles Anywhere Certificate Expiration State Change'] };

  test('of a trust anchor name it among their resources', () => {
    const stack = newStack();
    new TrustAnchor(stack, 'Anchor', { source: bundle() }).onCertificateExpiring('Expiring');
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { ...pattern, resources: [{ 'Fn::GetAtt': [Match.anyValue(), 'TrustAnchorArn'] }] },
    });
  });

  test('may be narrowed down by their detail', () => {
    const stack = newStack();
    const detail = { 'days-to-expiry': [5] };
    new TrustAnchor(stack, 'Anchor', { source: bundle() }).onCertificateExpiring('Expiring', { eventPattern: { detail } });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', { EventPattern: { ...pattern, detail } });
  });

  test.each([{ resources: ['x'] }, { source: ['x'] }, { detailType: ['x'] }])('are not widened by %j', (eventPattern) => {
    const anchor = new TrustAnchor(newStack(), 'Anchor', { source: bundle() });
    const error = errorOf(() => anchor.onCertificateExpiring('Expiring', { eventPattern }));
    expect(error.code).toBe('INVALID_NOTIFICATION');
    expect(error.message).toContain(Object.keys(eventPattern)[0]);
  });

  test('of hosts come without resources and are matched by the rule for all', () => {
    const stack = newStack();
    TrustAnchor.onAnyCertificateExpiring(stack, 'Expiring');
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', { EventPattern: { ...pattern, resources: Match.absent() } });
  });
});

describe('a source in AWS Private CA', () => {
  const newCa = (stack: Stack) => new acmpca.CfnCertificateAuthority(stack, 'Ca', {
    type: 'ROOT', keyAlgorithm: 'EC_prime256v1', signingAlgorithm: 'SHA256WITHECDSA', subject: { commonName: 'Root' },
  });

  test('makes the trust anchor wait for the activation of the CA', () => {
    const stack = newStack();
    const ca = newCa(stack);
    const activation = new acmpca.CfnCertificateAuthorityActivation(stack, 'Activation', { certificate: 'x', certificateAuthorityArn: ca.attrArn });
    new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.privateCa(ca, { activation }) });
    Template.fromStack(stack).hasResource('AWS::RolesAnywhere::TrustAnchor', {
      Properties: { Source: { SourceType: 'AWS_ACM_PCA', SourceData: { AcmPcaArn: { Ref: 'Ca' } } } },
      DependsOn: ['Activation'],
    });
  });

  test('is refused in the China Regions', () => {
    const stack = newStack({ env: { region: 'cn-north-1', account: '111122223333' } });
    const ca = acmpca.CertificateAuthority.fromCertificateAuthorityArn(stack, 'Ca', 'arn:aws-cn:acm-pca:cn-north-1:111122223333:certificate-authority/x');
    expect(errorCode(() => new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.privateCa(ca) }))).toBe('PRIVATE_CA_UNSUPPORTED');
  });
});
