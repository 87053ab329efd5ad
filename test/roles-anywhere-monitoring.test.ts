import { aws_logs as logs, aws_sns as sns, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CrlSource, CrlSync, RolesAnywhereMonitoring, RolesAnywhereMonitoringProps, TrustAnchor, TrustAnchorSource } from '../src';
import { textOf } from './support/permissions';
import { createRootCa, Issued } from './support/pki';
import { newStack, warnings } from './support/stack';

let root: Issued;
beforeAll(async () => {
  root = await createRootCa('CN=Root');
});

interface SetUp {
  readonly stack: Stack;
  readonly topic: sns.Topic;
  readonly monitoring: RolesAnywhereMonitoring;
}

function setUp(props: (scope: Stack, anchor: TrustAnchor, topic: sns.Topic) => Partial<RolesAnywhereMonitoringProps> = () => ({})): SetUp {
  const stack = newStack();
  const topic = new sns.Topic(stack, 'Topic', { enforceSSL: true });
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  return { stack, topic, monitoring: new RolesAnywhereMonitoring(stack, 'Monitoring', { trustAnchors: [anchor], ...props(stack, anchor, topic) }) };
}

test('with trust anchors alone there are a dashboard and alarms', () => {
  const { stack, monitoring } = setUp();
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
  template.resourceCountIs('AWS::Events::Rule', 0);
  template.resourceCountIs('AWS::Logs::QueryDefinition', 0);
  expect([monitoring.expiryRule, monitoring.queries]).toEqual([undefined, undefined]);
  expect(warnings(stack)).toEqual([]);
});

test('a topic gets alarms, and events about the certificates of CAs and hosts', () => {
  const { stack, topic } = setUp((_scope, _anchor, given) => ({ topic: given, refusedSessions: 3 }));
  const template = Template.fromStack(stack);
  const topicArn = stack.resolve(topic.topicArn);
  template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: [topicArn] }, 2);
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 3 });
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { 'source': ['aws.rolesanywhere'], 'detail-type': ['Roles Anywhere Certificate Expiration State Change'], 'resources': Match.absent() },
    Targets: [Match.objectLike({ Arn: topicArn })],
  });
  const [{ Properties: { PolicyDocument: { Statement } } }] = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
  const services = Statement.map(({ Principal }: any) => Principal.Service).filter(Boolean);
  expect([...services].sort()).toEqual(['cloudwatch.amazonaws.com', 'events.amazonaws.com']);
});

test('alarms of synchronisations are shown, and sent to the topic once', () => {
  const source = [CrlSource.url('http://a/1.crl')];
  const { stack, topic } = setUp((scope, anchor, given) => ({
    topic: given,
    crlSyncs: [
      new CrlSync(scope, 'Told', { trustAnchor: anchor, sources: source, alarmTopic: given }),
      new CrlSync(scope, 'Untold', { trustAnchor: anchor, sources: source }),
    ],
  }));
  const template = Template.fromStack(stack);
  template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: [stack.resolve(topic.topicArn)] }, 8);
  const [{ Properties }] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  expect(JSON.parse(textOf(Properties.DashboardBody)).widgets[0].properties.alarms).toHaveLength(8);
});

test('a trail gets queries', () => {
  const { stack, monitoring } = setUp((scope) => ({ trailLogGroup: new logs.LogGroup(scope, 'Trail') }));
  expect(monitoring.queries!.queryDefinitions).toHaveLength(6);
  Template.fromStack(stack).resourceCountIs('AWS::Logs::QueryDefinition', 6);
});
