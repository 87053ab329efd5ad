/** Refused sessions of every type of error. Types are not documented, so that they are asked for rather than named. */
import { Duration } from 'aws-cdk-lib';
import { MathExpression, MathExpressionOptions, SearchExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, METRIC_OPERATION } from './monitoring-facts';

const PERIOD = Duration.minutes(5);

/** All of them as one number: a Metrics Insights query, which alarms take, as they do not take a search. */
export function allFailuresMetric(props?: MathExpressionOptions): MathExpression {
  return new MathExpression({
    expression: `SELECT SUM(Failure) FROM "${METRIC_NAMESPACE}" WHERE Operation = '${METRIC_OPERATION}'`,
    label: 'Refused sessions',
    period: PERIOD,
    ...props,
  });
}

/** One line for each type of error, for graphs. */
export function failuresByType(): SearchExpression {
  const search = `Namespace="${METRIC_NAMESPACE}" MetricName="Failure" Operation="${METRIC_OPERATION}"`;
  return new SearchExpression({
    expression: `SEARCH('${search}', 'Sum', ${PERIOD.toSeconds()})`,
    // CloudWatch's own variable: each line is called after its type of error.
    label: '${PROP(\'Dim.ErrorType\')}',
    period: PERIOD,
  });
}
