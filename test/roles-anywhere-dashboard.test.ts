import { aws_cloudwatch as cloudwatch, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CrlSource, CrlSync, RolesAnywhereDashboard, RolesAnywhereDashboardProps, TrustAnchor, TrustAnchorSource } from '../src';
import { textOf } from './support/permissions';
import { createRootCa, Issued } from './support/pki';
import { errorCode, newStack, warnings } from './support/stack';

let root: Issued;
beforeAll(async () => {
  root = await createRootCa('CN=Root');
});

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly properties: { readonly title: string; readonly metrics?: any[]; readonly [name: string]: any };
}

type PropsOf = (stack: Stack, anchor: TrustAnchor) => Partial<RolesAnywhereDashboardProps>;

function setUp(props: PropsOf = () => ({})): { stack: Stack; widgets: () => Widget[] } {
  const stack = newStack();
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  new RolesAnywhereDashboard(stack, 'Dashboard', { trustAnchors: [anchor], ...props(stack, anchor) });
  return {
    stack,
    widgets: () => {
      const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
      return JSON.parse(textOf(Properties.DashboardBody)).widgets;
    },
  };
}

/** The series of a widget: name of the metric, dimensions, label. */
const series = ({ properties }: Widget) => properties.metrics!.map((metric) => [...metric.filter((part: any) => typeof part === 'string'), metric.at(-1).label]);

test('shows sessions by trust anchor, and days until the CA certificate expires', () => {
  const { stack, widgets } = setUp();
  const [sessions, , expiry] = widgets();
  const anchorArn = expect.stringMatching(/^arn:Anchor/);
  expect(series(sessions)).toEqual([['AWS/RolesAnywhere', 'Success', 'Operation', 'CreateSession', 'TrustAnchorArn', anchorArn, 'Stack/Anchor']]);
  expect(series(expiry)).toEqual([['AWS/RolesAnywhere', 'DaysToExpiry', 'TrustAnchorArn', anchorArn, 'Stack/Anchor']]);
  expect(expiry.properties).toMatchObject({ start: '-P90D', period: 86_400 });
  expect(warnings(stack)).toEqual([]);
});

test('shows refused sessions by a search, since types of errors are not documented', () => {
  const [, refused] = setUp().widgets();
  expect(refused.properties.metrics).toEqual([
    [{
      expression: 'SEARCH(\'Namespace="AWS/RolesAnywhere" MetricName="Failure" Operation="CreateSession"\', \'Sum\', 300)',
      label: '${PROP(\'Dim.ErrorType\')}',
    }],
  ]);
});

test('shows revocation lists of a synchronisation, each with its own label', () => {
  const { stack, widgets } = setUp((scope, anchor) => ({
    crlSyncs: [new CrlSync(scope, 'Sync', { trustAnchor: anchor, sources: [CrlSource.url('http://a/1.crl'), CrlSource.url('http://a/2.crl')] })],
  }));
  const all = widgets();
  expect(all.map(({ properties }) => properties.title)).toEqual([
    'Sessions given out, by trust anchor', 'Sessions refused in this account and Region, by type of error',
    'Days until the CA certificate expires (inside the notification threshold)', 'Revocation lists: hours until the next update is due, and age',
    'Revocation lists: size, and certificates revoked', 'Revocation lists that could not be fetched or were refused',
  ]);
  const text = JSON.stringify(all);
  for (const metric of ['HoursToNextUpdate', 'CrlAgeSeconds', 'CrlSizePercent', 'RevokedCertificates', 'SyncFailure']) {
    expect(text.split(`"${metric}"`)).toHaveLength(3);
  }
  expect(series(all[5]).map((parts) => parts.at(-1))).toEqual(['Stack/Sync 1', 'Stack/Sync 2']);
  expect(warnings(stack)).toEqual([]);
});

test('the state of alarms is at the top', () => {
  const { widgets } = setUp((scope, anchor) => ({
    alarms: [anchor.metricSuccess().createAlarm(scope, 'Alarm', { threshold: 1, evaluationPeriods: 1 })], dashboardName: 'hosts',
  }));
  const [alarms, sessions] = widgets();
  expect(alarms).toMatchObject({ type: 'alarm', y: 0, properties: { alarms: [expect.stringMatching(/^arn:Alarm/)] } });
  expect(sessions.y).toBeGreaterThan(alarms.y);
});

test('is a dashboard to which more can be added, and which knows where a trust anchor is', () => {
  const stack = newStack();
  const anchor = TrustAnchor.fromTrustAnchorArn(
    stack, 'Anchor', 'arn:aws:rolesanywhere:us-east-1:444455556666:trust-anchor/11111111-1111-1111-1111-111111111111');
  const dashboard = new RolesAnywhereDashboard(stack, 'Dashboard', { trustAnchors: [anchor] });
  dashboard.addWidgets(new cloudwatch.TextWidget({ markdown: 'ours' }));
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const body = textOf(Properties.DashboardBody);
  expect(body).toContain('ours');
  expect(series(JSON.parse(body).widgets[0])).toHaveLength(1);
  expect(JSON.parse(body).widgets[0].properties.metrics[0].at(-1)).toMatchObject({ region: 'us-east-1', accountId: '444455556666' });
});

test('needs trust anchors', () => {
  expect(errorCode(() => setUp(() => ({ trustAnchors: [] })))).toBe('NOTHING_TO_MONITOR');
});
