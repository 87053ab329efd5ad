import { aws_kms as kms, aws_sns as sns, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RolesAnywhereAlarms, RolesAnywhereAlarmsProps, TrustAnchor, TrustAnchorSource } from '../src';
import { createRootCa, Issued } from './support/pki';
import { errorCode, newStack, warnings } from './support/stack';

const ANCHOR_ARN = 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/11111111-1111-1111-1111-111111111111';

let root: Issued;
beforeAll(async () => {
  root = await createRootCa('CN=Root');
});

function setUp(props: Partial<RolesAnywhereAlarmsProps> = {}): { stack: Stack; alarms: RolesAnywhereAlarms } {
  const stack = newStack();
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  return { stack, alarms: new RolesAnywhereAlarms(stack, 'Alarms', { trustAnchors: [anchor], ...props }) };
}

test('refused sessions are counted for every type of error, by a query that alarms take', () => {
  const { stack } = setUp();
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    Metrics: [{
      Expression: 'SELECT SUM(Failure) FROM "AWS/RolesAnywhere" WHERE Operation = \'CreateSession\'',
      Period: 900,
      ReturnData: true,
      Id: Match.anyValue(),
      Label: 'Refused sessions',
    }],
    Threshold: 10,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: Match.absent(),
  });
  expect(warnings(stack)).toEqual([]);
});

test('the metric of all refused sessions is a sum over five minutes, unless told otherwise', () => {
  expect(TrustAnchor.metricAllFailures()).toMatchObject({ period: Duration.minutes(5), label: 'Refused sessions' });
  expect(TrustAnchor.metricAllFailures({ label: 'refused' }).label).toBe('refused');
});

test('each trust anchor has an alarm before its CA certificate expires, which a gap of a day does not reset', () => {
  const { stack, alarms } = setUp();
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'AWS/RolesAnywhere',
    MetricName: 'DaysToExpiry',
    Dimensions: [{ Name: 'TrustAnchorArn', Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Anchor'), 'TrustAnchorArn'] } }],
    Statistic: 'Minimum',
    Period: 86_400,
    Threshold: 30,
    EvaluationPeriods: 2,
    DatapointsToAlarm: 1,
    ComparisonOperator: 'LessThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
  expect(alarms.expiryAlarms).toHaveLength(1);
});

test('thresholds can be given', () => {
  const template = Template.fromStack(setUp({ refusedSessions: 1, expiryThreshold: Duration.days(60) }).stack);
  const thresholds = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties.Threshold);
  expect(thresholds).toEqual([1, 60]);
  expect(() => setUp({ expiryThreshold: Duration.hours(1) })).toThrow(/cannot be converted into a whole number of days/);
});

test('alarms are sent to the topic, which lets those of this account send', () => {
  const { stack } = setUp();
  const topic = new sns.Topic(stack, 'Topic', { enforceSSL: true });
  const anchor = TrustAnchor.fromTrustAnchorId(stack, 'Other', '11111111-1111-1111-1111-111111111111');
  new RolesAnywhereAlarms(stack, 'WithTopic', { trustAnchors: [anchor, anchor], topic });
  new RolesAnywhereAlarms(stack, 'WithTheSame', { trustAnchors: [anchor], topic });
  const template = Template.fromStack(stack);
  template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: [stack.resolve(topic.topicArn)] }, 5);
  const [{ Properties: { PolicyDocument: { Statement } } }] = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
  expect(Statement).toEqual([
    expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    {
      Sid: expect.anything(),
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: stack.resolve(topic.topicArn),
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    },
  ]);
});

test('an encrypted topic lets them use its key, where that is made here', () => {
  const { stack } = setUp();
  const anchor = TrustAnchor.fromTrustAnchorId(stack, 'Other', '11111111-1111-1111-1111-111111111111');
  new RolesAnywhereAlarms(stack, 'WithKey', { trustAnchors: [anchor], topic: new sns.Topic(stack, 'Topic', { masterKey: new kms.Key(stack, 'Key') }) });
  const theirs = kms.Key.fromKeyArn(stack, 'Theirs', 'arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-1111-1111-111111111111');
  new RolesAnywhereAlarms(stack, 'WithTheirs', { trustAnchors: [anchor], topic: new sns.Topic(stack, 'TopicOfTheirs', { masterKey: theirs }) });
  const [{ Properties: { KeyPolicy } }] = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key'));
  expect(KeyPolicy.Statement).toContainEqual({
    Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: '*',
  });
});

test('need trust anchors, of the Region of the stack', () => {
  expect(errorCode(() => setUp({ trustAnchors: [] }))).toBe('NOTHING_TO_MONITOR');
  const stack = newStack({ env: { account: '111122223333', region: 'us-east-1' } });
  const anchor = TrustAnchor.fromTrustAnchorArn(stack, 'Anchor', ANCHOR_ARN);
  expect(errorCode(() => new RolesAnywhereAlarms(stack, 'Alarms', { trustAnchors: [anchor] }))).toBe('INVALID_ARN');
});

test('pass cdk-nag', () => {
  const { stack } = setUp();
  Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root as any));
  expect(() => Template.fromStack(stack)).not.toThrow();
});
