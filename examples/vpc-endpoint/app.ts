/** The app: one stack, with the CA certificate and the network on premises that the context names. */
import { App } from 'aws-cdk-lib';
import { VpcEndpointStack } from './vpc-endpoint-stack';

const app = new App();
new VpcEndpointStack(app, 'VpcEndpoint', {
  caCertificate: app.node.getContext('caCertificate'),
  onPremisesNetwork: app.node.getContext('onPremisesNetwork'),
});
