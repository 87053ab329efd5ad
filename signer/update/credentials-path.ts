/** Where AWS's shared credentials file is. */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Platform } from '../platform/platform';

/** The path that SDKs read: that of `AWS_SHARED_CREDENTIALS_FILE`, or `credentials` in the folder `.aws` of the user's home. */
export function credentialsPath(env: Platform['env'], system: string = process.platform): string {
  const home = (system === 'win32' ? env.USERPROFILE : env.HOME) || userInfo().homedir;
  const named = env.AWS_SHARED_CREDENTIALS_FILE;
  // SDKs understand the tilde that no shell has replaced, in a unit of systemd for instance.
  return named ? named.replace(/^~(?=[\\/])/, () => home) : join(home, '.aws', 'credentials');
}
