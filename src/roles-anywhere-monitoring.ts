/** All that watches over Roles Anywhere, in one construct: dashboard, alarms, expiry events and queries. */
import {
  aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as actions, aws_events as events, aws_events_targets as targets, aws_logs as logs,
  aws_sns as sns, Duration, Stack,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { CertificateUseQueries } from './certificate-use-queries';
import { CrlSync } from './crl-sync';
import { RolesAnywhereAlarms } from './roles-anywhere-alarms';
import { RolesAnywhereDashboard } from './roles-anywhere-dashboard';
import { ITrustAnchor, TrustAnchor } from './trust-anchor';

/** Properties of the monitoring. */
export interface RolesAnywhereMonitoringProps {
  /** The trust anchors to watch, in the account and Region of the stack. */
  readonly trustAnchors: ITrustAnchor[];

  /**
   * The synchronisations of revocation lists to show. Their alarms are sent to `topic` as well.
   *
   * @default - none
   */
  readonly crlSyncs?: CrlSync[];

  /**
   * Where alarms, and events about certificates that expire, are sent.
   *
   * @default - alarms are there, and nobody is told
   */
  readonly topic?: sns.ITopic;

  /**
   * The log group to which a trail of AWS CloudTrail delivers, for queries that tell who used which certificate.
   *
   * @default - no queries
   */
  readonly trailLogGroup?: logs.ILogGroupRef;

  /**
   * Name of the dashboard.
   *
   * @default - made by CloudFormation
   */
  readonly dashboardName?: string;

  /**
   * From how many refused sessions on, within 15 minutes, the alarm goes off.
   *
   * @default 10
   */
  readonly refusedSessions?: number;

  /**
   * How long before a CA certificate expires the alarm goes off; whole days, and inside the notification threshold of the trust anchors.
   *
   * @default Duration.days(30)
   */
  readonly expiryThreshold?: Duration;
}

/**
 * Watches over Roles Anywhere: a dashboard, alarms on refused sessions and on CA certificates that expire, the events that tell of hosts'
 * certificates too, and saved queries that tell who used which certificate.
 *
 * Each part can be had alone: {@link RolesAnywhereDashboard}, {@link RolesAnywhereAlarms}, {@link CertificateUseQueries},
 * {@link TrustAnchor.onAnyCertificateExpiring}, and the metrics of trust anchors and of {@link CrlSync}. Profiles and revocation lists have no
 * metrics of their own.
 *
 * @example
 * declare const anchor: TrustAnchor;
 * declare const revocation: CrlSync;
 * declare const topic: sns.Topic;
 * new RolesAnywhereMonitoring(this, 'Monitoring', { trustAnchors: [anchor], crlSyncs: [revocation], topic });
 */
export class RolesAnywhereMonitoring extends Construct {
  /** The dashboard. */
  public readonly dashboard: RolesAnywhereDashboard;

  /** The alarms on what the service reports. */
  public readonly alarms: RolesAnywhereAlarms;

  /**
   * The rule for events about certificates that expire: of CAs, and of hosts when they are used.
   *
   * @default - there is no topic to send them to
   */
  public readonly expiryRule?: events.Rule;

  /**
   * The queries that tell who used which certificate.
   *
   * @default - there is no log group of a trail
   */
  public readonly queries?: CertificateUseQueries;

  /** @throws where there is no trust anchor, one is in another account or Region, or a threshold cannot be */
  public constructor(scope: Construct, id: string, props: RolesAnywhereMonitoringProps) {
    super(scope, id);
    const { trustAnchors, crlSyncs = [], topic, trailLogGroup, refusedSessions, expiryThreshold } = props;
    this.alarms = new RolesAnywhereAlarms(this, 'Alarms', { trustAnchors, topic, refusedSessions, expiryThreshold });
    const ofLists = crlSyncs.flatMap(({ staleAlarms, failureAlarms, sizeAlarms }) => [...staleAlarms, ...failureAlarms, ...sizeAlarms]);
    this.dashboard = new RolesAnywhereDashboard(this, 'Dashboard', {
      trustAnchors,
      crlSyncs,
      alarms: [this.alarms.failureAlarm, ...this.alarms.expiryAlarms, ...ofLists],
      dashboardName: props.dashboardName,
    });
    if (topic) {
      ofLists.forEach((alarm) => sendOnce(alarm, topic));
      this.expiryRule = TrustAnchor.onAnyCertificateExpiring(this, 'CertificateExpiring', { target: new targets.SnsTopic(topic) });
    }
    if (trailLogGroup) {
      this.queries = new CertificateUseQueries(this, 'Queries', { logGroups: [trailLogGroup] });
    }
  }
}

/** Alarms may have been told of the topic by those who made them; an action that is there twice is refused. */
function sendOnce(alarm: cloudwatch.Alarm, topic: sns.ITopic): void {
  const stack = Stack.of(alarm);
  const { alarmActions = [] } = alarm.node.defaultChild as cloudwatch.CfnAlarm;
  const present: unknown[] = stack.resolve(alarmActions) ?? [];
  if (!present.some((action) => JSON.stringify(action) === JSON.stringify(stack.resolve(topic.topicArn)))) {
    alarm.addAlarmAction(new actions.SnsAction(topic));
  }
}
