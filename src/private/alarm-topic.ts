/** Lets the alarms of an account send to a topic. */
import { aws_iam as iam, aws_sns as sns, Stack } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';

const opened = new WeakMap<IConstruct, Set<string>>();

/**
 * A topic without a policy of its own takes messages of its account's alarms. Once it has one, as for `enforceSSL` or for an event rule, it
 * does so only if that says so (Amazon SNS Developer Guide, "Example cases for Amazon SNS access control"). So it is with the key of a topic
 * that is encrypted (the same guide, "Enable compatibility between event sources from AWS services and encrypted topics").
 */
export function letAlarmsPublish(scope: Construct, topic: sns.ITopic): void {
  const { account } = Stack.of(scope);
  const accounts = opened.get(topic) ?? new Set();
  opened.set(topic, accounts);
  if (!accounts.has(account)) {
    accounts.add(account);
    const principals = [new iam.ServicePrincipal('cloudwatch.amazonaws.com')];
    topic.addToResourcePolicy(new iam.PolicyStatement({
      actions: ['sns:Publish'],
      principals,
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }));
    // The key is asked for without the alarm's account.
    topic.masterKey?.addToResourcePolicy(new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], principals, resources: ['*'] }));
  }
}
