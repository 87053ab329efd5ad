/** Metrics of a run in CloudWatch's embedded metric format: lines of a log that CloudWatch makes metrics of. */
import { Configuration } from './configuration';
import { SyncErrorCode } from './errors';
import { toPem } from './imported-lists';
import { ListOutcome } from './sync';
import { MAX_CRL_PEM_BYTES } from '../../src/trust-model/crl-rules';

/** Names of the metrics, with the units that CloudWatch has for them. */
export const METRIC_UNITS = {
  /** Since the list that the service has was made. */
  CrlAgeSeconds: 'Seconds',
  /** Until the next list is due; negative once it is overdue. Hours are no unit of CloudWatch. */
  HoursToNextUpdate: 'None',
  RevokedCertificates: 'Count',
  /** Of the 300,000 bytes that the service takes. */
  CrlSizePercent: 'Percent',
  SyncSuccess: 'Count',
  SyncFailure: 'Count',
  Refused: 'Count',
} as const;

type MetricName = keyof typeof METRIC_UNITS;
type Values = Partial<Record<MetricName, number>>;

/** One line for the list, and one for each reason for which a list was refused. */
export function metricLines(configuration: Configuration, outcome: ListOutcome, now: Date): string[] {
  const dimensions = { TrustAnchorArn: configuration.trustAnchorArn, List: outcome.list.id };
  const line = (values: Values, more: { Reason?: SyncErrorCode } = {}) =>
    embeddedMetrics(configuration.metricNamespace, { ...dimensions, ...more }, values, now);
  return [
    line(valuesOf(outcome, now)),
    ...outcome.refusals.map((code) => line({ Refused: 1 }, { Reason: code })),
  ];
}

/** Of the list that the service has, whether or not this run has brought it there: an old list grows older while its source is away. */
function valuesOf({ crl, error }: ListOutcome, now: Date): Values {
  return {
    ...(crl ? {
      CrlAgeSeconds: Math.max(0, (now.getTime() - crl.thisUpdate.getTime()) / 1000),
      ...(crl.nextUpdate ? { HoursToNextUpdate: (crl.nextUpdate.getTime() - now.getTime()) / 3_600_000 } : {}),
      RevokedCertificates: crl.revokedCount,
      CrlSizePercent: (toPem(crl).length * 100) / MAX_CRL_PEM_BYTES,
    } : {}),
    SyncSuccess: error ? 0 : 1,
    SyncFailure: error ? 1 : 0,
  };
}

/** One line (CloudWatch User Guide, "Specification: Embedded metric format"). */
function embeddedMetrics(namespace: string, dimensions: Readonly<Record<string, string>>, values: Values, now: Date): string {
  const names = Object.keys(values) as MetricName[];
  return JSON.stringify({
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [{
        Namespace: namespace,
        Dimensions: [Object.keys(dimensions)],
        Metrics: names.map((name) => ({ Name: name, Unit: METRIC_UNITS[name] })),
      }],
    },
    ...dimensions,
    ...values,
  });
}
