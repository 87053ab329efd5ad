/** What is asked of which endpoint, from the settings of a run. */
import type { Settings } from './settings';
import type { SessionOptions } from '../../src/credentials/create-session-client';
import { SignerError } from '../errors';
import type { Platform } from '../platform/platform';

/** Default of aws_signing_helper, in seconds. */
const DEFAULT_SESSION_DURATION = 3600;

/** IAM Roles Anywhere User Guide, "CreateSession". */
const SESSION_DURATION = { min: 900, max: 43_200, unit: 'seconds' };

const TIMEOUT = { min: 1, max: 3600, unit: 'seconds' };
const MAX_ATTEMPTS = { min: 1, max: 20 };

/** STS's rule for session names. */
const ROLE_SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/**
 * Reads the options of CreateSession.
 *
 * @param env for `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`, which AWS's SDKs know
 * @throws SignerError `USAGE`
 */
export function sessionOptions(settings: Settings, env: Platform['env']): SessionOptions {
  const endpoint = settings.text('endpoint');
  const fips = settings.switch('use-fips-endpoint');
  const dualStack = settings.switch('use-dualstack-endpoint');
  if (endpoint !== undefined && (fips || dualStack)) {
    throw new SignerError('USAGE', '--endpoint already says which endpoint; leave out --use-fips-endpoint and --use-dualstack-endpoint');
  }
  const timeout = settings.number('timeout', TIMEOUT);
  return {
    roleArn: settings.required('role-arn'),
    profileArn: settings.required('profile-arn'),
    trustAnchorArn: settings.required('trust-anchor-arn'),
    sessionDuration: settings.number('session-duration', SESSION_DURATION) ?? DEFAULT_SESSION_DURATION,
    roleSessionName: roleSessionName(settings),
    region: settings.text('region'),
    endpoint,
    fips: fips ?? isTrue(env.AWS_USE_FIPS_ENDPOINT),
    dualStack: dualStack ?? isTrue(env.AWS_USE_DUALSTACK_ENDPOINT),
    verifyTls: !settings.switch('no-verify-ssl'),
    caBundle: settings.text('ca-bundle'),
    proxy: settings.text('proxy'),
    deadline: timeout === undefined ? undefined : timeout * 1000,
    attempts: settings.number('max-attempts', MAX_ATTEMPTS),
  };
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

function roleSessionName(settings: Settings): string | undefined {
  const name = settings.text('role-session-name');
  if (name !== undefined && !ROLE_SESSION_NAME.test(name)) {
    throw new SignerError('USAGE',
      `${settings.origin('role-session-name')} is 2 to 64 letters, digits or characters of _+=,.@- and not ${JSON.stringify(name.substring(0, 80))}`);
  }
  return name;
}
