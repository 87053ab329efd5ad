/** Passphrases and PINs: from a flag's value, a file, or a person at the terminal. None of them is ever printed. */
import { prompt } from './prompt';
import { CredentialsError } from '../../src/credentials/errors';
import { readFile } from '../../src/credentials/identity-files';
import { SignerError } from '../errors';
import type { FlagOfKind } from '../options/flags';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';

/**
 * The passphrase of a key or of a PKCS#12 file.
 *
 * @param what names the file
 * @throws CredentialsError `KEY_ENCRYPTED` where nobody can be asked, `FILE_UNREADABLE`
 */
export async function passphrase(platform: Platform, settings: Settings, what: string): Promise<string> {
  const given = await secretOf(platform, settings, 'pkcs8-password', 'passphrase-file');
  const answer = given ?? await prompt(`Passphrase of ${what}: `);
  if (answer === undefined) {
    throw new CredentialsError('KEY_ENCRYPTED', `${what} is encrypted, and there is no terminal to ask for its passphrase; name a file `
      + 'that holds it with --passphrase-file, or set ROLES_ANYWHERE_PKCS8_PASSWORD');
  }
  return answer;
}

/**
 * The PIN of a token.
 *
 * @param what names the token
 * @throws SignerError `PIN_WRONG` where nobody can be asked; CredentialsError `FILE_UNREADABLE`
 */
export async function pin(platform: Platform, settings: Settings, what: string): Promise<string> {
  const given = await secretOf(platform, settings, 'pkcs11-pin', 'pkcs11-pin-file');
  const answer = given ?? await prompt(`PIN of ${what}: `);
  if (answer === undefined) {
    throw new SignerError('PIN_WRONG', `${what} asks for a PIN, and there is no terminal to ask for it; name a file that holds it with `
      + '--pkcs11-pin-file or "pin-source" in the URI, or set ROLES_ANYWHERE_PKCS11_PIN');
  }
  return answer;
}

async function secretOf(
  platform: Platform, settings: Settings, value: FlagOfKind<'text'>, file: FlagOfKind<'text'>,
): Promise<string | undefined> {
  if (settings.has(value) && settings.has(file)) {
    throw new SignerError('USAGE', `${settings.origin(value)} and ${settings.origin(file)} say the same; leave one out`);
  }
  const path = settings.text(file);
  if (path === undefined) {
    return settings.text(value);
  }
  // The line end is not part of the secret; blanks are.
  return new TextDecoder().decode(await readFile(platform, path, settings.origin(file))).split(/\r?\n/, 1)[0];
}
