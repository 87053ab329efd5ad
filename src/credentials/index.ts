/** Credentials from IAM Roles Anywhere for clients of the AWS SDK on Node.js, the subpath `cdk-roles-anywhere/credentials`. */
export { CredentialsError } from './errors';
export type { CredentialsErrorCode } from './errors';
export { fromRolesAnywhere } from './provider';
export type {
  FromRolesAnywhereOptions, PemSource, RolesAnywhereCredentialProvider, RolesAnywhereCredentials, RolesAnywhereLogger,
} from './provider';
export { CreateSessionError } from '../create-session/errors';
export type { CreateSessionErrorCode } from '../create-session/errors';
