/** Integration test: hosts that share a role and are told apart by session tags, and hosts with a role each. */
import { aws_iam as iam, aws_s3 as s3, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { exampleTrustAnchor, integrationApp, integrationTest } from './integration';
import { HostFleet, HostIsolation } from '../../src';

const app = integrationApp();
const stack = new Stack(app, 'HostFleet');
const bucket = new s3.Bucket(stack, 'Bucket', { removalPolicy: RemovalPolicy.DESTROY });
const trustAnchors = [exampleTrustAnchor(stack)];
const hosts = ['web01.example.com', 'web02.example.com'].map((name) => ({ name }));
for (const [id, isolation] of [['Shared', HostIsolation.sessionTags()], ['Each', HostIsolation.rolePerHost()]] as const) {
  const fleet = new HostFleet(stack, id, { trustAnchors, hosts, isolation });
  fleet.addToHostPolicy(new iam.PolicyStatement({
    actions: ['s3:GetObject', 's3:PutObject'],
    resources: [bucket.arnForObjects(`hosts/${fleet.hostVariable}/*`)],
  }));
}

integrationTest(app, stack);
