/** CloudWatch metrics as Roles Anywhere publishes them: names and dimensions in one place. */
import { Duration } from 'aws-cdk-lib';
import { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { IConstruct } from 'constructs';
import { METRIC_NAMESPACE, METRIC_OPERATION } from './monitoring-facts';

/** A metric about one trust anchor, in the anchor's own account and Region. */
export function anchorMetric(
  scope: IConstruct,
  metricName: 'Success' | 'DaysToExpiry',
  dimensionsMap: Record<string, string>,
  statistic: string,
  periodMinutes: number,
  props?: MetricOptions,
): Metric {
  const period = Duration.minutes(periodMinutes);
  return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, statistic, period, ...props }).attachTo(scope);
}

/** Refused sessions; the service publishes them by type of error, and for the whole account and Region. */
export function failureMetric(errorType: string, props?: MetricOptions): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: 'Failure',
    dimensionsMap: { Operation: METRIC_OPERATION, ErrorType: errorType },
    statistic: 'Sum',
    ...props,
  });
}
