/** Alarms on what Roles Anywhere reports: refused sessions, and CA certificates that are about to expire. */
import { aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as actions, aws_sns as sns, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { letAlarmsPublish } from './private/alarm-topic';
import { RolesAnywhereError } from './private/errors';
import { requireSameEnvironment } from './private/trust-anchors';
import { ITrustAnchor, TrustAnchor } from './trust-anchor';

/** Properties of the alarms. */
export interface RolesAnywhereAlarmsProps {
  /** The trust anchors to watch, in the account and Region of the stack. */
  readonly trustAnchors: ITrustAnchor[];

  /**
   * Where alarms are sent. Its policy is extended so that alarms of the account may send to it.
   *
   * @default - alarms are there, and nobody is told
   */
  readonly topic?: sns.ITopic;

  /**
   * From how many refused sessions on, within 15 minutes, the alarm goes off. They are counted for the account and Region: the service does
   * not say which trust anchor they belong to.
   *
   * @default 10
   */
  readonly refusedSessions?: number;

  /**
   * How long before a CA certificate expires the alarm goes off; whole days. The service reports inside the notification threshold of a trust
   * anchor only, 45 days unless that says otherwise, so that an alarm cannot be earlier.
   *
   * @default Duration.days(30)
   */
  readonly expiryThreshold?: Duration;
}

const DEFAULT_REFUSED_SESSIONS = 10;

/** Alarms on Metrics Insights queries look back three hours at most. */
const FAILURE_PERIOD = Duration.minutes(15);

/** The service reports at most daily, not at the same time each day; with two days, no gap resets the alarm. */
const EXPIRY_PERIODS = 2;

/**
 * Alarms on refused sessions, and on each trust anchor's CA certificates before they expire. {@link CrlSync} brings alarms for revocation
 * lists of its own.
 *
 * @example
 * declare const anchor: TrustAnchor;
 * declare const topic: sns.Topic;
 * new RolesAnywhereAlarms(this, 'Alarms', { trustAnchors: [anchor], topic });
 */
export class RolesAnywhereAlarms extends Construct {
  /** The alarm that tells of refused sessions. */
  public readonly failureAlarm: cloudwatch.Alarm;

  /** Alarms that tell of CA certificates that are about to expire, one a trust anchor. */
  public readonly expiryAlarms: cloudwatch.Alarm[];

  /** @throws where there is no trust anchor, one is in another account or Region, or a threshold cannot be */
  public constructor(scope: Construct, id: string, props: RolesAnywhereAlarmsProps) {
    super(scope, id);
    const { trustAnchors, topic, refusedSessions = DEFAULT_REFUSED_SESSIONS, expiryThreshold = Duration.days(30) } = props;
    if (trustAnchors.length === 0) {
      throw new RolesAnywhereError('NOTHING_TO_MONITOR', 'alarms need trust anchors to watch', this);
    }
    trustAnchors.forEach((anchor) => requireSameEnvironment(this, anchor, 'trust anchor'));
    this.failureAlarm = TrustAnchor.metricAllFailures({ period: FAILURE_PERIOD }).createAlarm(this, 'RefusedSessions', {
      alarmDescription: 'IAM Roles Anywhere refuses sessions in this account and Region; AWS CloudTrail has each with its reason (event CreateSession)',
      threshold: refusedSessions,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    this.expiryAlarms = trustAnchors.map((anchor, i) => this.createExpiryAlarm(anchor, i + 1, expiryThreshold));
    if (topic) {
      letAlarmsPublish(this, topic);
      [this.failureAlarm, ...this.expiryAlarms].forEach((alarm) => alarm.addAlarmAction(new actions.SnsAction(topic)));
    }
  }

  private createExpiryAlarm(anchor: ITrustAnchor, number: number, threshold: Duration): cloudwatch.Alarm {
    return anchor.metricDaysToExpiry().createAlarm(this, `Expiry${number}`, {
      alarmDescription: `a CA certificate of the trust anchor ${anchor.node.path} expires soon; put its successor beside it before it does`,
      threshold: threshold.toDays(),
      evaluationPeriods: EXPIRY_PERIODS,
      datapointsToAlarm: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      // Outside of the notification threshold there is no data, and no reason to worry.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}
