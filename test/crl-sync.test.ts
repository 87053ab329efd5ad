import { aws_acmpca as acmpca, aws_ec2 as ec2, aws_s3 as s3, aws_sns as sns, App, Duration, Lazy, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { METRIC_UNITS } from '../lambda/crl-sync/metrics';
import { CrlData, CrlSource, CrlSync, CrlSyncProps, TrustAnchor, TrustAnchorSource } from '../src';
import { createRootCa, Issued, issueCa, issueCrl } from './support/pki';
import { errorCode, errorOf, newStack, strictStack, warnings } from './support/stack';

const ANCHOR_ARN = 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/11111111-1111-1111-1111-111111111111';
const CA_ARN = 'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/11111111-1111-1111-1111-111111111111';

const URL_SOURCE = CrlSource.url('http://pki.example.com/root.crl');

let root: Issued;
beforeAll(async () => {
  root = await createRootCa('C=AU, O=Example, CN=Example Root');
});

interface SetUp {
  readonly stack: Stack;
  readonly anchor: TrustAnchor;
  readonly sync: CrlSync;
  readonly template: () => Template;
}

function setUp(props: Partial<CrlSyncProps> = {}, stack = newStack()): SetUp {
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  const sync = new CrlSync(stack, 'Sync', { trustAnchor: anchor, sources: [URL_SOURCE], ...props });
  return { stack, anchor, sync, template: () => Template.fromStack(stack) };
}

/** The function's configuration, with tokens as `${...}`. */
function configurationOf(template: Template): any {
  const fn = Object.values(template.findResources('AWS::Lambda::Function')).find(({ Properties }) => Properties.Environment?.Variables.CONFIGURATION)!;
  const value = fn.Properties.Environment.Variables.CONFIGURATION;
  const parts = value['Fn::Join'][1].map((part: any) => (typeof part === 'string' ? part : `\${${part.Ref ?? part['Fn::GetAtt'].join('.')}}`));
  return JSON.parse(parts.join(''));
}

function statementsOf(template: Template): any[] {
  return Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

describe('the function', () => {
  test('is told what to fetch for which trust anchor', () => {
    const { template } = setUp({ sources: [CrlSource.url('http://a/x.crl', 'http://b/x.crl')] });
    expect(configurationOf(template())).toEqual({
      syncId: expect.stringMatching(/^\$\{AWS::StackName\}-Stack-Sync-[0-9A-F]{8}$/),
      trustAnchorArn: expect.stringMatching(/^\$\{Anchor.*\.TrustAnchorArn\}$/),
      metricNamespace: 'CdkRolesAnywhere',
      lists: [{
        id: expect.stringMatching(/^list-[0-9a-f]{8}$/),
        name: expect.stringMatching(/^Stack-Sync-[0-9A-F]{8}-1$/),
        source: { type: 'url', urls: ['http://a/x.crl', 'http://b/x.crl'] },
      }],
    });
  });

  test('runs one at a time, on Node.js, and keeps its logs for a time', () => {
    const { template } = setUp();
    template().hasResourceProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: 1, Handler: 'index.handler', Runtime: Match.stringLikeRegexp('^nodejs'), Timeout: 300,
    });
    template().hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    setUp({ reserveConcurrency: false }).template().hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.absent() });
  });

  test('knows its lists by what they are fetched from, not by their order', () => {
    const other = CrlSource.url('http://pki.example.com/other.crl');
    const ids = (sources: CrlSource[]) => configurationOf(setUp({ sources }).template()).lists.map(({ id }: { id: string }) => id);
    expect(ids([URL_SOURCE, other])).toEqual(ids([other, URL_SOURCE]).reverse());
  });

  test('tells buckets of two stacks apart that have the same logical id', () => {
    const app = new App();
    const sources = ['One', 'Two'].map((name) => CrlSource.s3Object(new s3.Bucket(new Stack(app, name), 'Bucket'), 'root.crl'));
    const stack = new Stack(app, 'Stack');
    const trustAnchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
    const sync = new CrlSync(stack, 'Sync', { trustAnchor, sources });
    const ids = [0, 1].map((index) => sync.metricAge(index).dimensions!.List);
    expect(ids).toEqual([expect.stringMatching(/^list-/), expect.stringMatching(/^list-/)]);
    expect(new Set(ids).size).toBe(2);
  });

  test('takes no source twice', () => {
    expect(errorCode(() => setUp({ sources: [URL_SOURCE, CrlSource.url('http://pki.example.com/root.crl')] }))).toBe('INVALID_CRL_SOURCE');
  });

  test('takes issuers of lists that lead to the trust anchor only, without rules for trust anchors', async () => {
    const names = ['A', 'B', 'C'];
    const issuers = await Promise.all(names.map((name) => issueCa(root, `CN=${name}`)));
    const { stack, template } = setUp({ issuerCertificates: root.pem + issuers.map(({ pem }) => pem).join('') });
    expect(configurationOf(template()).lists[0].issuerCertificates).toBe(issuers.map(({ pem }) => pem).join(''));
    expect(warnings(stack)).toEqual([]);
    const stranger = await createRootCa('CN=Stranger');
    expect(errorCode(() => setUp({ issuerCertificates: stranger.pem }))).toBe('INVALID_CRL');
  });

  test('is refused in another Region than its trust anchor', () => {
    const stack = newStack({ env: { region: 'us-east-1' } });
    const trustAnchor = TrustAnchor.fromTrustAnchorArn(stack, 'Anchor', ANCHOR_ARN);
    expect(errorCode(() => new CrlSync(stack, 'Sync', { trustAnchor, sources: [URL_SOURCE] }))).toBe('INVALID_ARN');
  });

  test('may run in a VPC', () => {
    const stack = newStack();
    const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
    new CrlSync(stack, 'Sync', { trustAnchor: anchor, sources: [URL_SOURCE], vpc: new ec2.Vpc(stack, 'Vpc') });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { VpcConfig: Match.objectLike({ SubnetIds: Match.anyValue() }) });
  });

  test('knows the intermediate CAs that issue lists', async () => {
    const intermediate = await issueCa(root, 'CN=Intermediate');
    expect(configurationOf(setUp({ issuerCertificates: intermediate.pem }).template()).lists[0].issuerCertificates).toBe(intermediate.pem);
  });

  test('has room for a limited configuration, which is said at synth', () => {
    const many = Array.from({ length: 60 }, (_, i) => `http://pki${i}.example.com/${'x'.repeat(40)}.crl`);
    expect(errorCode(() => setUp({ sources: [CrlSource.url(many[0], ...many)] }))).toBe('CONFIGURATION_TOO_LARGE');
  });
});

describe('permissions', () => {
  test('are bound by ARN and tag, but for the calls that know no resource', () => {
    const statements = statementsOf(setUp().template());
    const wildcard = statements.filter(({ Resource }) => Resource === '*');
    expect(wildcard.flatMap(({ Action }) => Action).sort()).toEqual([
      'rolesanywhere:ImportCrl', 'rolesanywhere:ListCrls', 'rolesanywhere:ListTagsForResource',
    ]);
    expect(wildcard.find(({ Sid }) => Sid === 'ImportOwnLists').Condition).toEqual({
      StringEquals: { 'aws:RequestTag/cdk-roles-anywhere:sync': expect.anything() },
    });
    const change = statements.find(({ Sid }) => Sid === 'ChangeOwnLists');
    expect(change.Condition).toEqual({ StringEquals: { 'aws:ResourceTag/cdk-roles-anywhere:sync': expect.anything() } });
    expect(JSON.stringify(change.Resource)).toMatch(/:rolesanywhere:.*:crl\/\*/);
    expect(statements.find(({ Sid }) => Sid === 'ReadTrustAnchor').Resource).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Anchor/), 'TrustAnchorArn'] });
  });

  test('let it read the certificate of a CA in AWS Private CA, and the object with the list', () => {
    const stack = newStack();
    const ca = acmpca.CertificateAuthority.fromCertificateAuthorityArn(stack, 'Ca', 'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/x');
    const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.privateCa(ca) });
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'lists');
    new CrlSync(stack, 'Sync', { trustAnchor: anchor, sources: [CrlSource.privateCa(ca, bucket)], requireAtDeployment: false });
    const statements = statementsOf(Template.fromStack(stack));
    expect(statements).toContainEqual({
      Sid: 'ReadPrivateCa', Effect: 'Allow', Action: 'acm-pca:GetCertificateAuthorityCertificate', Resource: ca.certificateAuthorityArn,
    });
    expect(statements.some(({ Action }) => Action === 's3:GetObject')).toBe(true);
    expect(configurationOf(Template.fromStack(stack)).certificateAuthorityArn).toBe(ca.certificateAuthorityArn);
  });
});

describe('an imported trust anchor with a CA in AWS Private CA', () => {
  test.each(['its attributes', 'the source of its list'])('has that CA from %s', (from) => {
    const stack = newStack();
    const ca = acmpca.CertificateAuthority.fromCertificateAuthorityArn(stack, 'Ca', CA_ARN);
    const trustAnchor = from === 'its attributes'
      ? TrustAnchor.fromTrustAnchorAttributes(stack, 'Anchor', { trustAnchorArn: ANCHOR_ARN, certificateAuthority: ca })
      : TrustAnchor.fromTrustAnchorArn(stack, 'Anchor', ANCHOR_ARN);
    const source = from === 'its attributes' ? URL_SOURCE : CrlSource.privateCa(ca, s3.Bucket.fromBucketName(stack, 'Bucket', 'lists'));
    new CrlSync(stack, 'Sync', { trustAnchor, sources: [source] });
    const template = Template.fromStack(stack);
    expect(configurationOf(template).certificateAuthorityArn).toBe(CA_ARN);
    expect(statementsOf(template).find(({ Sid }) => Sid === 'ReadPrivateCa').Resource).toBe(CA_ARN);
  });
});

describe('it runs', () => {
  test('every 15 minutes, or as told', () => {
    setUp().template().hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(15 minutes)' });
    setUp({ schedule: Duration.hours(1) }).template().hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 hour)' });
  });

  test.each([0, 30, 90, 86460, 172800])('not every %d seconds', (seconds) => {
    const error = errorOf(() => setUp({ schedule: Duration.seconds(seconds) }));
    expect(error.code).toBe('INVALID_CRL_SOURCE');
    expect(error.message).toContain('schedule');
  });

  test('as told by a token', () => {
    const { template } = setUp({ schedule: Duration.minutes(Lazy.number({ produce: () => 20 })) });
    template().hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(20 minutes)' });
    template().allResourcesProperties('AWS::CloudWatch::Alarm', { Period: 86400 });
  });

  test('when a source has something new', () => {
    const stack = newStack();
    const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'lists');
    new CrlSync(stack, 'Sync', { trustAnchor: anchor, sources: [CrlSource.s3Object(bucket, 'root.crl')] });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['aws.s3'], detail: { object: { key: ['root.crl'] } } },
      Targets: [{ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SyncFunction'), 'Arn'] } }],
    });
  });

  test('at deployment, after its permissions are there, and again when its configuration changes', () => {
    const template = setUp().template();
    const [run] = Object.values(template.findResources('Custom::RolesAnywhereCrlSync'));
    const [fn] = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Handler: 'index.handler' } }));
    expect(run.Properties).toMatchObject({ AllowMissing: 'false', Configuration: fn.Properties.Environment.Variables.CONFIGURATION });
    expect(run.DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/ServiceRoleDefaultPolicy/)]));
    setUp({ requireAtDeployment: false }).template().hasResourceProperties('Custom::RolesAnywhereCrlSync', { AllowMissing: 'true' });
  });
});

describe('alarms', () => {
  test('tell of lists that go stale, fail or grow, by way of a topic', () => {
    const stack = newStack();
    const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
    const topic = new sns.Topic(stack, 'Topic');
    new CrlSync(stack, 'Sync', { trustAnchor: anchor, sources: [URL_SOURCE], alarmTopic: topic, staleThreshold: Duration.hours(12) });
    const template = Template.fromStack(stack);
    const dimensions = [{ Name: 'List', Value: Match.stringLikeRegexp('^list-') }, { Name: 'TrustAnchorArn', Value: Match.anyValue() }];
    const common = { Namespace: 'CdkRolesAnywhere', Dimensions: dimensions, AlarmActions: [{ Ref: Match.stringLikeRegexp('^Topic') }] };
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...common, MetricName: 'HoursToNextUpdate', Threshold: 12, ComparisonOperator: 'LessThanOrEqualToThreshold', TreatMissingData: 'breaching',
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { ...common, MetricName: 'SyncFailure', Threshold: 1 });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { ...common, MetricName: 'CrlSizePercent', Threshold: 80 });
  });

  test('are let in by a topic that has a policy, once', () => {
    const { stack, anchor } = setUp();
    const alarmTopic = new sns.Topic(stack, 'Topic', { enforceSSL: true });
    new CrlSync(stack, 'Told', { trustAnchor: anchor, sources: [CrlSource.url('http://b/x.crl')], alarmTopic });
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::SNS::TopicPolicy'));
    expect(Properties.PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny' }),
      expect.objectContaining({ Effect: 'Allow', Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } }),
    ]);
  });

  test.each([[15, 3600], [61, 7320], [720, 86400], [721, 86400], [1440, 86400]])(
    'of a schedule of %d minutes look back %d seconds, a day at most', (minutes, period) => {
      setUp({ schedule: Duration.minutes(minutes) }).template().allResourcesProperties('AWS::CloudWatch::Alarm', { Period: period });
    });

  test('have metrics of sources that there are', () => {
    const { sync } = setUp();
    for (const index of [1, -1, 0.5]) {
      expect(errorCode(() => sync.metricHoursToNextUpdate(index))).toBe('INVALID_CRL_SOURCE');
    }
  });

  test('have metrics beside them, all that the function reports', () => {
    const { sync } = setUp();
    const metrics = [
      sync.metricAge(0), sync.metricHoursToNextUpdate(0), sync.metricRevokedCertificates(0), sync.metricSizePercent(0), sync.metricSuccesses(0),
      sync.metricFailures(0), sync.metricRefusals(0, 'CRL_EXPIRED'),
    ];
    expect(metrics.map(({ metricName }) => metricName)).toEqual(Object.keys(METRIC_UNITS));
    expect(metrics.slice(-3).map(({ statistic }) => statistic)).toEqual(['Sum', 'Sum', 'Sum']);
  });

  test('have the dimensions that the function reports them with', () => {
    const { sync } = setUp();
    const { dimensions } = sync.metricSuccesses(0);
    expect(Object.keys(dimensions!)).toEqual(['TrustAnchorArn', 'List']);
    expect(sync.metricRefusals(0, 'CRL_EXPIRED', { label: 'expired' })).toMatchObject({ dimensions: { ...dimensions, Reason: 'CRL_EXPIRED' }, label: 'expired' });
    expect(errorCode(() => sync.metricRefusals(1, 'CRL_EXPIRED'))).toBe('INVALID_CRL_SOURCE');
  });
});

describe('lists of a trust anchor', () => {
  test('are two, static ones counted', async () => {
    const { anchor } = setUp({ sources: [URL_SOURCE, CrlSource.url('http://b/x.crl')] });
    const { pem } = await issueCrl(root);
    expect(errorCode(() => anchor.addCrl('Static', { data: CrlData.text(pem) }))).toBe('TOO_MANY_CRLS');
  });

  test('are not none', () => {
    expect(errorCode(() => setUp({ sources: [] }))).toBe('INVALID_CRL_SOURCE');
  });

  test('that are kept in step are no resources of the template, so that CloudFormation cannot un-revoke', () => {
    setUp().template().resourceCountIs('AWS::RolesAnywhere::CRL', 0);
  });

  test('that are static are never a target of the function: it may change what carries its own tag only', () => {
    const statements = statementsOf(setUp().template());
    const writing = statements.filter(({ Action }) => [Action].flat().some((action: string) => /rolesanywhere:(Update|Enable|Disable|Delete|Import|Tag)/.test(action)));
    expect(writing.every(({ Condition }) => JSON.stringify(Condition).includes('cdk-roles-anywhere:sync'))).toBe(true);
  });
});

test('passes strict template validation and cdk-nag', () => {
  const { stack } = setUp({}, strictStack());
  Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root));
  for (const finding of ['IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]', 'IAM5[Resource::*]',
    'IAM5[Resource::arn:<AWS::Partition>:rolesanywhere:<AWS::Region>:<AWS::AccountId>:crl/*]']) {
    Validations.of(stack).acknowledge({ id: `AwsSolutions::AwsSolutions-${finding}`, reason: 'bound by tag, or calls that know no resource' });
  }
  expect(() => Template.fromStack(stack)).not.toThrow();
});
