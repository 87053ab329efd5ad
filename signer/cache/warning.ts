/** Warnings of the cache, for the person at the terminal. */
import { oneLine } from '../../src/credentials/errors';
import type { Platform } from '../platform/platform';

/** Writes a line. */
export function warn(platform: Pick<Platform, 'writeDiagnostics'>, text: string): Promise<void> {
  return platform.writeDiagnostics(`roles-anywhere-signer: warning: ${oneLine(text, 2000)}\n`);
}
