/** Asks AWS who it is, with credentials that this host's certificate obtains. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromRolesAnywhere } from 'cdk-roles-anywhere/credentials';

const region = variable('AWS_REGION');
const endpoint = process.env.LOCAL_ENDPOINT;

// One provider does for all clients of a process: they share its session.
const credentials = fromRolesAnywhere({
  certificate: variable('ROLES_ANYWHERE_CERTIFICATE'),
  privateKey: variable('ROLES_ANYWHERE_PRIVATE_KEY'),
  trustAnchorArn: variable('ROLES_ANYWHERE_TRUST_ANCHOR_ARN'),
  profileArn: variable('ROLES_ANYWHERE_PROFILE_ARN'),
  roleArn: variable('ROLES_ANYWHERE_ROLE_ARN'),
  endpoint,
  logger: { warn: console.error },
});

new STSClient({ region, endpoint, credentials }).send(new GetCallerIdentityCommand({})).then(
  ({ Arn: arn }) => console.log(arn),
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);

function variable(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}
