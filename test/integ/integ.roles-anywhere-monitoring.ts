/** Integration test: dashboard, alarms, expiry events and saved queries for a trust anchor whose revocation list is kept in step. */
import { aws_logs as logs, aws_sns as sns, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { exampleTrustAnchor, integrationApp, integrationTest } from './integration';
import { CrlSource, CrlSync, RolesAnywhereMonitoring } from '../../src';

const app = integrationApp();
const stack = new Stack(app, 'RolesAnywhereMonitoring');
const trustAnchor = exampleTrustAnchor(stack);
const revocation = new CrlSync(stack, 'Revocation', {
  trustAnchor,
  sources: [CrlSource.url('http://pki.example.com/root.crl')],
  requireAtDeployment: false,
});
new RolesAnywhereMonitoring(stack, 'Monitoring', {
  trustAnchors: [trustAnchor],
  crlSyncs: [revocation],
  topic: new sns.Topic(stack, 'Topic', { enforceSSL: true }),
  trailLogGroup: new logs.LogGroup(stack, 'Trail', { removalPolicy: RemovalPolicy.DESTROY }),
});

integrationTest(app, stack);
