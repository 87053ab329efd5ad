/** CloudWatch metrics as Roles Anywhere publishes them: names and dimensions in one place. */
import { Duration, IResource, Stack, Token } from 'aws-cdk-lib';
import { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, METRIC_OPERATION } from './monitoring-facts';

/** A metric about one trust anchor, in the anchor's own account and Region: one that is imported may be elsewhere than its stack. */
export function anchorMetric(
  anchor: IResource,
  metricName: 'Success' | 'DaysToExpiry',
  dimensionsMap: Record<string, string>,
  statistic: string,
  periodMinutes: number,
  props?: MetricOptions,
): Metric {
  const period = Duration.minutes(periodMinutes);
  const { account, region } = Stack.of(anchor);
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap,
    statistic,
    period,
    account: unlessOwn(anchor.env.account, account),
    region: unlessOwn(anchor.env.region, region),
    ...props,
  }).attachTo(anchor);
}

/** What is said of a metric in addition to where its stack is. */
function unlessOwn(theirs: string, ours: string): string | undefined {
  return Token.isUnresolved(theirs) || theirs === ours ? undefined : theirs;
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
