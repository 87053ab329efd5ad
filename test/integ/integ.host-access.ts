/** Integration test: access for the hosts of one workload, with a grant on what is the caller's own. */
import { aws_s3 as s3, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { exampleTrustAnchor, integrationApp, integrationTest } from './integration';
import { HostAccess, SessionTag, Subject } from '../../src';

const app = integrationApp();
const stack = new Stack(app, 'HostAccess');
const bucket = new s3.Bucket(stack, 'Bucket', { removalPolicy: RemovalPolicy.DESTROY });
const access = new HostAccess(stack, 'Backup', {
  trustAnchors: [exampleTrustAnchor(stack)],
  certificate: Subject.organizationalUnit('Backup'),
  sessionDuration: Duration.minutes(30),
});
bucket.grantReadWrite(access, `backups/${SessionTag.subjectCommonName()}/*`);

integrationTest(app, stack);
