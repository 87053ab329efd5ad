/** The command `serve`: credentials over HTTP for all programs of a host, as the metadata service of EC2 and the endpoint of containers give them. */
import { parseCommandLine } from '../options/command-line';
import { collectSettings, Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import { runServer } from '../serve/server';

/**
 * Serves until SIGTERM or SIGINT; SIGHUP has everything read again.
 *
 * @throws SignerError, CredentialsError, CreateSessionError where it cannot begin
 */
export async function serve(platform: Platform, settings: Settings): Promise<void> {
  await runServer({
    platform,
    settings,
    collectSettings: () => collectSettings(platform, parseCommandLine(platform.args).flags),
    signals: process,
  });
}
