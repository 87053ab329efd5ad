/** The command `credential-process`: one CreateSession call, credentials out. This is the hot path: it loads nothing it does not need. */
import type { Credentials } from '../../src/credentials/response';
import { SignerError } from '../errors';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import { obtainOnce } from '../obtain';

/**
 * Obtains credentials and prints them as SDKs read them from a credential_process.
 *
 * @throws SignerError, CredentialsError, CreateSessionError
 */
export async function credentialProcess(platform: Platform, settings: Settings): Promise<void> {
  await print(platform, await obtainOnce(platform, settings));
}

/** One line of JSON without a line end, keys in the order of AWS's own helper. */
async function print(platform: Platform, credentials: Credentials): Promise<void> {
  const text = JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: credentials.expiration,
  });
  try {
    await platform.writeOutput(text);
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown error';
    throw new SignerError('OUTPUT_FAILED', `the credentials could not be written to standard output (${code})`);
  }
}
