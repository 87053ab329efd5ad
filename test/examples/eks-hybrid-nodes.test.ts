import { EksHybridNodesStack, EksHybridNodesStackProps } from '../../examples/eks-hybrid-nodes/eks-hybrid-nodes-stack';
import { CaFile, createCaFile, decide, expectSound } from '../support/examples';
import { issueHost } from '../support/pki';
import { strictApp } from '../support/stack';

let ca: CaFile;
let props: EksHybridNodesStackProps;
beforeAll(async () => {
  ca = await createCaFile('eks-hybrid-nodes');
  props = { caCertificate: ca.path, clusterName: 'factory' };
});
afterAll(() => ca.remove());

test.each([
  ['under its own name', 'OU=Kubernetes nodes, CN=node01', 'node01', 'in'],
  ['under the name of another', 'OU=Kubernetes nodes, CN=node01', 'node02', 'trust-policy-assume-role'],
  ['that is no node', 'OU=Printers, CN=node01', 'node01', 'trust-policy-assume-role'],
])('a host %s: %s', async (_, subject, roleSessionName, expected) => {
  const { pem } = await issueHost(ca.root, subject);
  expect(decide(new EksHybridNodesStack(strictApp(), 'EksHybridNodes', props), { certificate: pem, roleSessionName })).toBe(expected);
});

test('passes strict template validation, cdk-nag and the checks of this library', () => {
  // What the EKS guide asks for.
  expectSound(
    (app) => new EksHybridNodesStack(app, 'EksHybridNodes', props), ['IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly]']);
});
