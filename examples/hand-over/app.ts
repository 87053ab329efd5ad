/** The app: one stack, with the CA certificate that context `caCertificate` names. */
import { App } from 'aws-cdk-lib';
import { HandOverStack } from './hand-over-stack';

const app = new App();
new HandOverStack(app, 'HandOver', { caCertificate: app.node.getContext('caCertificate') });
