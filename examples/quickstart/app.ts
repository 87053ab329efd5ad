/** The app: one stack, with the CA certificate that context `caCertificate` names. */
import { App } from 'aws-cdk-lib';
import { QuickstartStack } from './quickstart-stack';

const app = new App();
new QuickstartStack(app, 'Quickstart', { caCertificate: app.node.getContext('caCertificate') });
