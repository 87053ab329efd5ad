/** The app: one stack, which needs to be told nothing. */
import { App } from 'aws-cdk-lib';
import { PrivateCaStack } from './private-ca-stack';

new PrivateCaStack(new App(), 'PrivateCa');
