/** Checks of the host's files: there, readable, and readable by nobody else where they hold a secret. */
import { Examination, placeOf } from './examination';
import { Check, failed, ok, Outcome, skipped, warning } from './findings';
import { chmod, readPermissions } from './permissions';
import { CredentialsError } from '../../src/credentials/errors';
import { readFile } from '../../src/credentials/identity-files';
import { ExitCode } from '../exit-codes';
import { FlagOfKind, memberOf } from '../options/flags';
import type { Settings } from '../options/settings';

/** Whether the private key is taken from the certificate's own file. */
function isKeyInCertificateFile(settings: Settings): boolean {
  const privateKey = settings.text('private-key');
  return !settings.has('sign-command') && (privateKey === undefined || privateKey === settings.text('certificate'));
}

function fileCheck(
  id: Check<Examination>['id'], title: string, flag: FlagOfKind<'text'>, what: string,
  isSecret: (settings: Settings) => boolean, applies: (settings: Settings) => boolean,
): Check<Examination> {
  return {
    id,
    title,
    needs: [],
    exitCode: ExitCode.IDENTITY,
    applies: ({ settings }) => settings.has(flag) && applies(settings),
    run: async (examination) => {
      const path = examination.settings.text(flag)!;
      // Passphrases and PINs are read from files only.
      const place = flag === 'passphrase-file' || flag === 'pkcs11-pin-file' ? 'file' : placeOf(path);
      return place === 'file' ? examineFile(examination, flag, what, isSecret(examination.settings)) : skipped(`not in a file, but: ${place}`);
    },
  };
}

async function examineFile(examination: Examination, flag: FlagOfKind<'text'>, what: string, isSecret: boolean): Promise<Outcome> {
  const { platform, surroundings, settings } = examination;
  const path = settings.text(flag)!;
  try {
    await readFile(platform, path, what);
  } catch (error) {
    if (isMissing(error)) {
      return failed(error.message, missingRemedy(settings, flag));
    }
    throw error;
  }
  const mode = (await platform.fileStatus(path))?.mode;
  const owner = await surroundings.ownerOf(path);
  if (mode === undefined) {
    return ok(`${path} can be read; this system has no permission bits to check`);
  }
  const { octal, readers, writers } = readPermissions(mode);
  if (isSecret && readers.length > 0) {
    return warning(`${path} holds a secret and may be read by ${readers.join(' and ')} (${octal})`, chmod('600', path));
  }
  if (writers.length > 0) {
    return warning(`${path} may be written by ${writers.join(' and ')} (${octal})`, chmod('go-w', path));
  }
  // Whoever is root examines the files of others.
  if (owner !== undefined && surroundings.userId && ![0, surroundings.userId].includes(owner)) {
    return warning(`${path} belongs to another user (${owner}), who can replace it`, 'have it owned by root or by the user who runs this program');
  }
  return ok(`${path} can be read (${octal}${owner === undefined ? '' : `, owner ${owner === surroundings.userId ? 'this user' : owner}`})`);
}

function isMissing(error: unknown): error is CredentialsError {
  return error instanceof CredentialsError && ['ENOENT', 'ENOTDIR'].includes(String((error.cause as { code?: unknown } | undefined)?.code));
}

function missingRemedy(settings: Settings, flag: FlagOfKind<'text'>): string {
  const origin = settings.origin(flag);
  return `put it there, or name another with --${flag} or as ${memberOf(flag)} in the configuration file`
    + (origin === `--${flag}` ? '' : ` (now named by ${origin})`);
}

const always = () => true;
const never = () => false;

/** In the order in which they are run. */
export const FILE_CHECKS: ReadonlyArray<Check<Examination>> = [
  fileCheck('certificate-file', 'File of the certificate', 'certificate', 'certificate', isKeyInCertificateFile, always),
  fileCheck('private-key-file', 'File of the private key', 'private-key', 'private key', always,
    (settings) => !settings.has('sign-command') && !isKeyInCertificateFile(settings)),
  fileCheck('intermediates-file', 'File of the intermediates', 'intermediates', 'intermediates', never, always),
  fileCheck('passphrase-file', 'File of the passphrase', 'passphrase-file', 'passphrase', always, always),
  fileCheck('pin-file', 'File of the PIN', 'pkcs11-pin-file', 'PIN', always, always),
];
