/** The app: one stack, with the CA certificate, the hosts and the log group of a trail that the context names. */
import { App } from 'aws-cdk-lib';
import { FleetStack } from './fleet-stack';

const app = new App();
new FleetStack(app, 'Fleet', {
  caCertificate: app.node.getContext('caCertificate'),
  hosts: app.node.getContext('hosts'),
  trailLogGroup: app.node.getContext('trailLogGroup'),
});
