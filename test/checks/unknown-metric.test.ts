import { ANCHOR_ARN, found, TemplateResource } from './check';

const metric = (name: unknown, dimensions: Record<string, unknown>) => ({
  Namespace: 'AWS/RolesAnywhere', MetricName: name, Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});
const alarm = (properties: object): TemplateResource => ({ Type: 'AWS::CloudWatch::Alarm', Properties: { Threshold: 1, ...properties } });

test.each([
  ['a metric that does not exist', metric('CreateSessionErrors', {}), 'publishes no metric CreateSessionErrors'],
  ['failures of one trust anchor', metric('Failure', { Operation: 'CreateSession', TrustAnchorArn: ANCHOR_ARN }), 'Operation and ErrorType'],
  ['too few dimensions', metric('Success', { TrustAnchorArn: ANCHOR_ARN }), 'Operation and TrustAnchorArn'],
  ['no dimensions', metric('DaysToExpiry', {}), 'asks for none'],
  ['another operation', metric('Success', { Operation: 'AssumeRole', TrustAnchorArn: ANCHOR_ARN }), 'CreateSession is the only Operation'],
])('finds an alarm on %s', (_, properties, message) => {
  expect(found('RA501', { Alarm: alarm(properties) })).toMatchObject([{ severity: 'error', on: 'Alarm', at: 'Properties', message: expect.stringContaining(message) }]);
});

test('finds it in metric math, and in an anomaly detector', () => {
  const math = [{ Id: 'm', MetricStat: { Metric: metric('Errors', {}), Period: 60, Stat: 'Sum' } }, { Id: 'e', Expression: 'm*2' }];
  const detector = { Type: 'AWS::CloudWatch::AnomalyDetector', Properties: { SingleMetricAnomalyDetector: metric('Errors', {}) } };
  expect(found('RA501', { Alarm: alarm({ Metrics: math }), Detector: detector })).toMatchObject([
    { on: 'Alarm', at: 'Properties.Metrics[0].MetricStat.Metric' }, { on: 'Detector', at: 'Properties.SingleMetricAnomalyDetector' },
  ]);
});

test.each([
  ['sessions', metric('Success', { Operation: 'CreateSession', TrustAnchorArn: ANCHOR_ARN })],
  ['refusals', metric('Failure', { Operation: 'CreateSession', ErrorType: { Ref: 'Type' } })],
  ['expiry', metric('DaysToExpiry', { TrustAnchorArn: ANCHOR_ARN })],
  ['metrics of others', { ...metric('Errors', {}), Namespace: 'AWS/Lambda' }],
  ['what only a deployment knows', metric({ Ref: 'Name' }, {})],
])('is content with an alarm on %s', (_, properties) => {
  expect(found('RA501', { Alarm: alarm(properties) })).toEqual([]);
});
