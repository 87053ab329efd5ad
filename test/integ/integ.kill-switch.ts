/** Integration test: a switch that turns off trust anchor and profile, and denies sessions that are out. */
import { aws_sns as sns, Stack } from 'aws-cdk-lib';
import { exampleTrustAnchor, integrationApp, integrationTest } from './integration';
import { HostAccess, KillSwitch, Subject } from '../../src';

const app = integrationApp();
const stack = new Stack(app, 'KillSwitch');
const trustAnchor = exampleTrustAnchor(stack);
const access = new HostAccess(stack, 'Backup', { trustAnchors: [trustAnchor], certificate: Subject.organizationalUnit('Backup') });
new KillSwitch(stack, 'KillSwitch', {
  trustAnchors: [trustAnchor],
  profiles: [access.profile],
  roles: [access.role],
  topic: new sns.Topic(stack, 'Topic', { enforceSSL: true }),
});

integrationTest(app, stack);
