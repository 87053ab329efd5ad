/** A dashboard of what Roles Anywhere, and the synchronisation of revocation lists, report. */
import { aws_cloudwatch as cloudwatch, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { CrlSync } from './crl-sync';
import { RolesAnywhereError } from './private/errors';
import { failuresByType } from './private/failure-metrics';
import { ITrustAnchor } from './trust-anchor';

/** Properties of the dashboard. */
export interface RolesAnywhereDashboardProps {
  /** The trust anchors to show. */
  readonly trustAnchors: ITrustAnchor[];

  /**
   * The synchronisations of revocation lists to show.
   *
   * @default - none
   */
  readonly crlSyncs?: CrlSync[];

  /**
   * Alarms whose state is shown at the top.
   *
   * @default - none
   */
  readonly alarms?: cloudwatch.IAlarmRef[];

  /**
   * Name of the dashboard.
   *
   * @default - made by CloudFormation
   */
  readonly dashboardName?: string;
}

/** Half of a dashboard's 24 columns. */
const HALF = 12;

/** Metrics that come once a day are seen over months only. */
const LONG_TIME = '-P90D';

/**
 * A dashboard: sessions by trust anchor, refused sessions by type of error, days until CA certificates expire, and age, size and entries of
 * revocation lists. It is a dashboard of aws-cloudwatch, so that widgets of your own can be added.
 *
 * Refused sessions are those of the account and Region: the service does not say which trust anchor they belong to. Days to expiry have data
 * inside the notification threshold of a trust anchor only.
 *
 * @resource AWS::CloudWatch::Dashboard
 * @example
 * declare const anchor: TrustAnchor;
 * new RolesAnywhereDashboard(this, 'Dashboard', { trustAnchors: [anchor] });
 */
export class RolesAnywhereDashboard extends cloudwatch.Dashboard {
  /** @throws where there is no trust anchor */
  public constructor(scope: Construct, id: string, props: RolesAnywhereDashboardProps) {
    super(scope, id, { dashboardName: props.dashboardName });
    const { trustAnchors, crlSyncs = [], alarms = [] } = props;
    if (trustAnchors.length === 0) {
      throw new RolesAnywhereError('NOTHING_TO_MONITOR', 'a dashboard needs trust anchors to show', this);
    }
    if (alarms.length > 0) {
      this.addWidgets(new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms, width: 2 * HALF, height: 3 }));
    }
    this.addWidgets(sessions(trustAnchors), refusedSessions());
    this.addWidgets(daysToExpiry(trustAnchors), ...(crlSyncs.length > 0 ? [hoursToNextUpdate(crlSyncs)] : []));
    if (crlSyncs.length > 0) {
      this.addWidgets(listSizes(crlSyncs), listFailures(crlSyncs));
    }
  }
}

/** Trust anchors that are imported may be elsewhere than the stack. */
function whereabouts({ node, env }: ITrustAnchor): cloudwatch.MetricOptions {
  return { label: node.path, region: env.region, account: env.account };
}

function sessions(trustAnchors: readonly ITrustAnchor[]): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({
    title: 'Sessions given out, by trust anchor',
    left: trustAnchors.map((anchor) => anchor.metricSuccess(whereabouts(anchor))),
    leftYAxis: { min: 0, showUnits: false },
    width: HALF,
  });
}

function refusedSessions(): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({
    title: 'Sessions refused in this account and Region, by type of error',
    left: [failuresByType()],
    leftYAxis: { min: 0, showUnits: false },
    width: HALF,
  });
}

function daysToExpiry(trustAnchors: readonly ITrustAnchor[]): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({
    title: 'Days until the CA certificate expires (inside the notification threshold)',
    left: trustAnchors.map((anchor) => anchor.metricDaysToExpiry(whereabouts(anchor))),
    leftYAxis: { label: 'days', showUnits: false },
    period: Duration.days(1),
    start: LONG_TIME,
    end: 'PT0H',
    width: HALF,
  });
}

/** A metric of every list of every synchronisation, with a label that tells them apart. */
function ofEachList(
  syncs: readonly CrlSync[], suffix: string, metric: (sync: CrlSync, index: number, label: string) => cloudwatch.IMetric,
): cloudwatch.IMetric[] {
  return syncs.flatMap((sync) => sync.staleAlarms.map((_alarm, i) => {
    const list = sync.staleAlarms.length === 1 ? sync.node.path : `${sync.node.path} ${i + 1}`;
    return metric(sync, i, `${list}${suffix}`);
  }));
}

/** The metric has seconds. */
function hoursOfAge(sync: CrlSync, index: number, label: string): cloudwatch.IMetric {
  const id = `age${sync.node.addr}${index}`;
  return new cloudwatch.MathExpression({
    expression: `${id} / 3600`,
    usingMetrics: { [id]: sync.metricAge(index, { period: SYNC_PERIOD }) },
    label,
    period: SYNC_PERIOD,
  });
}

function hoursToNextUpdate(syncs: readonly CrlSync[]): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({
    title: 'Revocation lists: hours until the next update is due, and age',
    left: ofEachList(syncs, ': next update', (sync, i, label) => sync.metricHoursToNextUpdate(i, { label, period: SYNC_PERIOD })),
    right: ofEachList(syncs, ': age', hoursOfAge),
    leftYAxis: { label: 'hours', showUnits: false },
    rightYAxis: { label: 'hours', min: 0, showUnits: false },
    leftAnnotations: [{ value: 0, label: 'overdue below', color: cloudwatch.Color.RED }],
    width: HALF,
  });
}

function listSizes(syncs: readonly CrlSync[]): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({
    title: 'Revocation lists: size, and certificates revoked',
    left: ofEachList(syncs, ': size', (sync, i, label) => sync.metricSizePercent(i, { label, period: SYNC_PERIOD })),
    right: ofEachList(syncs, ': revoked', (sync, i, label) => sync.metricRevokedCertificates(i, { label, period: SYNC_PERIOD })),
    leftYAxis: { label: 'percent of what the service takes', min: 0, showUnits: false },
    rightYAxis: { label: 'certificates', min: 0, showUnits: false },
    leftAnnotations: [{ value: 100, label: 'refused above', color: cloudwatch.Color.RED }],
    width: HALF,
  });
}

function listFailures(syncs: readonly CrlSync[]): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({
    title: 'Revocation lists that could not be fetched or were refused',
    left: ofEachList(syncs, '', (sync, i, label) => sync.metricFailures(i, { label, period: SYNC_PERIOD })),
    leftYAxis: { min: 0, showUnits: false },
    width: HALF,
  });
}

/** Long enough for a run of the usual schedule to fall into each. */
const SYNC_PERIOD = Duration.minutes(15);
