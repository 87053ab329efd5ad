/** RA501: alarms on metrics of Roles Anywhere that do not exist. */
import { isKnownObject } from './model/deferred';
import type { Resource } from './model/resource';
import { Rule, RuleFinding } from './model/rule';
import { METRIC_DIMENSIONS, METRIC_NAMESPACE, METRIC_OPERATION } from '../private/monitoring-facts';

export const unknownMetric: Rule = {
  id: 'RA501',
  name: 'unknown-metric',
  severity: 'error',
  resourceTypes: ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::AnomalyDetector'],
  finds: `An alarm is on a metric of ${METRIC_NAMESPACE} that is not published: another name, or other dimensions.`,
  why: 'CloudWatch takes any name. The alarm never has data, and never goes off.',
  fix: 'use Success (Operation, TrustAnchorArn), Failure (Operation, ErrorType) or DaysToExpiry (TrustAnchorArn), with all of their dimensions, or the metric '
    + 'methods of TrustAnchor',
  source: '[User Guide, Monitoring with CloudWatch](https://docs.aws.amazon.com/rolesanywhere/latest/userguide/monitoring-cloudwatch.html)',
  check: (alarm) => metricsOf(alarm).flatMap(({ metric, location }) => {
    const problem = metric.Namespace === METRIC_NAMESPACE ? problemOf(metric) : undefined;
    return problem === undefined ? [] : [{ location, message: problem } satisfies RuleFinding];
  }),
};

interface PlacedMetric {
  readonly metric: Readonly<Record<string, unknown>>;
  readonly location: string;
}

/** The metric of an alarm, and those of its metric math. */
function metricsOf(alarm: Resource): PlacedMetric[] {
  const single = alarm.property('SingleMetricAnomalyDetector');
  const math = alarm.property('Metrics') ?? alarm.property('MetricMathAnomalyDetector', 'MetricDataQueries');
  const metrics = (Array.isArray(math) ? math : []).flatMap((query: unknown, i) => {
    const metric = isKnownObject(query) && isKnownObject(query.MetricStat) ? query.MetricStat.Metric : undefined;
    return isKnownObject(metric) ? [{ metric, location: `Properties.Metrics[${i}].MetricStat.Metric` }] : [];
  });
  return [{ metric: alarm.properties, location: 'Properties' }, ...isKnownObject(single) ? [{ metric: single, location: 'Properties.SingleMetricAnomalyDetector' }] : [],
    ...metrics];
}

function problemOf({ MetricName: name, Dimensions: given }: Readonly<Record<string, unknown>>): string | undefined {
  const dimensions = dimensionsOf(given);
  if (typeof name !== 'string' || dimensions === undefined) {
    return undefined;
  }
  if (!Object.hasOwn(METRIC_DIMENSIONS, name)) {
    return `Roles Anywhere publishes no metric ${name}; ${Object.keys(METRIC_DIMENSIONS).join(', ')} are all`;
  }
  const wanted: readonly string[] = METRIC_DIMENSIONS[name as keyof typeof METRIC_DIMENSIONS];
  if (dimensions.size !== wanted.length || !wanted.every((dimension) => dimensions.has(dimension))) {
    return `${name} is published with the dimensions ${wanted.join(' and ')}, and the alarm asks for ${[...dimensions.keys()].join(' and ') || 'none'}`;
  }
  const operation = dimensions.get('Operation');
  return typeof operation === 'string' && operation !== METRIC_OPERATION ? `${METRIC_OPERATION} is the only Operation that is counted, and not ${operation}` : undefined;
}

/** Values by name; undefined where a name is known at deployment only. */
function dimensionsOf(given: unknown): ReadonlyMap<string, unknown> | undefined {
  const entries = (given === undefined ? [] : Array.isArray(given) ? given : [undefined])
    .map((dimension: unknown) => (isKnownObject(dimension) && typeof dimension.Name === 'string' ? [dimension.Name, dimension.Value] as const : undefined));
  return entries.every((entry) => entry !== undefined) ? new Map(entries) : undefined;
}
