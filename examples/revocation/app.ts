/** The app: one stack, with the CA certificate that context `caCertificate` names and its distribution point `crlUrl`. */
import { App } from 'aws-cdk-lib';
import { RevocationStack } from './revocation-stack';

const app = new App();
new RevocationStack(app, 'Revocation', {
  caCertificate: app.node.getContext('caCertificate'),
  crlUrl: app.node.getContext('crlUrl'),
});
