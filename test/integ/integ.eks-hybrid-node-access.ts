/** Integration test: access for servers as nodes of an EKS cluster that is there already. */
import { aws_eks as eks, Stack } from 'aws-cdk-lib';
import { exampleTrustAnchor, integrationApp, integrationTest } from './integration';
import { EksHybridNodeAccess, Subject } from '../../src';

const app = integrationApp();
const stack = new Stack(app, 'EksHybridNodeAccess');
new EksHybridNodeAccess(stack, 'Nodes', {
  trustAnchors: [exampleTrustAnchor(stack)],
  certificate: Subject.organizationalUnit('Hybrid nodes'),
  cluster: eks.CfnCluster.fromClusterName(stack, 'Cluster', 'example'),
});

integrationTest(app, stack);
