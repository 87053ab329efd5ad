/** The app: one stack, with the CA certificate and the cluster that the context names. */
import { App } from 'aws-cdk-lib';
import { EksHybridNodesStack } from './eks-hybrid-nodes-stack';

const app = new App();
new EksHybridNodesStack(app, 'EksHybridNodes', {
  caCertificate: app.node.getContext('caCertificate'),
  clusterName: app.node.getContext('clusterName'),
});
