/** The command `update`: keeps the credentials of a profile in AWS's shared credentials file fresh. */
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import { runUpdate } from '../update/daemon';

/**
 * Writes credentials before the old ones expire until SIGTERM or SIGINT, or once with `--once`; SIGHUP has it done at once.
 *
 * @throws SignerError, CredentialsError, CreateSessionError where it cannot begin
 */
export async function update(platform: Platform, settings: Settings): Promise<void> {
  await runUpdate({ platform, settings, signals: process });
}
