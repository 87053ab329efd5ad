/** The app: one stack, with the CA certificate and the trust domain that the context names. */
import { App } from 'aws-cdk-lib';
import { CertManagerStack } from './cert-manager-stack';

const app = new App();
new CertManagerStack(app, 'CertManager', {
  caCertificate: app.node.getContext('caCertificate'),
  trustDomain: app.node.getContext('trustDomain'),
});
