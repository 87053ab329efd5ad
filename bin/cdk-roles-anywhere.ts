/** The developer's command: tries out the IAM Roles Anywhere part of a CDK app before it is deployed. */
import { runCli } from './cli';
import { processIo } from './io';

runCli(process.argv.slice(2), processIo()).then((exitCode) => {
  process.exitCode = exitCode;
}, (error: Error) => {
  process.stderr.write(`cdk-roles-anywhere: internal error: ${error.stack ?? error.message}\n`);
  process.exitCode = 70;
});
