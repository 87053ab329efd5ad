/** Integration test: revocation lists from a web server and from a bucket, kept in step by a function that tells a topic. */
import { aws_s3 as s3, aws_sns as sns, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { exampleTrustAnchor, integrationApp, integrationTest } from './integration';
import { CrlSource, CrlSync } from '../../src';

const app = integrationApp();
const stack = new Stack(app, 'CrlSync');
const bucket = new s3.Bucket(stack, 'Bucket', { eventBridgeEnabled: true, removalPolicy: RemovalPolicy.DESTROY });
new CrlSync(stack, 'Revocation', {
  trustAnchor: exampleTrustAnchor(stack),
  sources: [CrlSource.url('http://pki.example.com/root.crl'), CrlSource.s3Object(bucket, 'other.crl')],
  alarmTopic: new sns.Topic(stack, 'Topic', { enforceSSL: true }),
  requireAtDeployment: false,
});

integrationTest(app, stack);
