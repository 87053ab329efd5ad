/** The app: one stack, with the CA certificate and the trust domain that the context names. */
import { App } from 'aws-cdk-lib';
import { SpiffeStack } from './spiffe-stack';

const app = new App();
new SpiffeStack(app, 'Spiffe', {
  caCertificate: app.node.getContext('caCertificate'),
  trustDomain: app.node.getContext('trustDomain'),
});
