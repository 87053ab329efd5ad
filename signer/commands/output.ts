/** Writes what a command has to say to standard output. */
import { SignerError } from '../errors';
import type { Platform } from '../platform/platform';

/**
 * @param what names it in the message, which does not quote it: `the credentials`
 * @throws SignerError `OUTPUT_FAILED`
 */
export async function writeResult(platform: Pick<Platform, 'writeOutput'>, result: string | Uint8Array, what: string): Promise<void> {
  try {
    await platform.writeOutput(result);
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown error';
    throw new SignerError('OUTPUT_FAILED', `${what} could not be written to standard output (${code})`);
  }
}
