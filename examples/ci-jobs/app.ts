/** The app: one stack, with CA certificate, CI server and repository from the context. */
import { App } from 'aws-cdk-lib';
import { CiJobsStack } from './ci-jobs-stack';

const app = new App();
new CiJobsStack(app, 'CiJobs', {
  caCertificate: app.node.getContext('caCertificate'),
  ciServer: app.node.getContext('ciServer'),
  repository: app.node.getContext('repository'),
});
