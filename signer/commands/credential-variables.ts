/** The environment variables through which AWS SDKs and tools take credentials, and those that would lead them elsewhere. */
import { sessionTarget } from '../../src/credentials/session-target';
import type { Credentials } from '../../src/credentials/response';
import { sessionOptions } from '../options/session-options';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';

/** Variables that SDKs or tools prefer to the credentials, or mix with them. */
const LEADING_ELSEWHERE: readonly string[] = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  // The session token's name in old SDKs.
  'AWS_SECURITY_TOKEN',
  // Belongs to other credentials: SDKs make endpoints of it.
  'AWS_ACCOUNT_ID',
];

/** Those that are set. On Windows letter case does not count. */
export function variablesLeadingElsewhere(env: Platform['env']): string[] {
  return Object.keys(env).filter((name) => env[name] !== undefined && LEADING_ELSEWHERE.includes(name.toUpperCase()));
}

/**
 * Names and values of the credentials, and of their Region where the environment names none.
 *
 * @throws SignerError, CreateSessionError where the settings do not fit together
 */
export function credentialVariables(credentials: Credentials, settings: Settings, env: Platform['env']): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_CREDENTIAL_EXPIRATION: credentials.expiration,
    ...(env.AWS_REGION || env.AWS_DEFAULT_REGION ? {} : { AWS_REGION: sessionTarget(sessionOptions(settings, env)).region }),
  };
}
