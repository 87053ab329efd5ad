/** Checks of what the run was told: the configuration file, the settings, the ARNs. */
import { Examination, placeOf } from './examination';
import { Check, failed, ok, Outcome, skipped, warning } from './findings';
import { chmod, readPermissions } from './permissions';
import { checkSessionArns } from '../../src/create-session/arn';
import { isRelativePath } from '../../src/credentials/paths';
import { ExitCode } from '../exit-codes';
import { ConfigurationFile, readConfigurationFile, searchPath } from '../options/configuration-file';
import { FlagName, FlagOfKind, memberOf, variableOf } from '../options/flags';

const NEEDED: ReadonlyArray<FlagOfKind<'text'>> = ['trust-anchor-arn', 'profile-arn', 'role-arn'];

const PIN_IN_URI = /^pkcs11:.*[?&]pin-value=/is;

/** Flags whose value is a path. */
const PATHS: ReadonlyArray<FlagOfKind<'text'>> = [
  'certificate', 'private-key', 'intermediates', 'passphrase-file', 'pkcs11-lib', 'pkcs11-pin-file', 'ca-bundle', 'cache-dir', 'container-token-file',
];

function configurationPath({ settings, platform }: Examination): string | undefined {
  return settings.text('config') ?? (platform.env[variableOf('config')] || undefined);
}

function readConfiguration(examination: Examination): Promise<ConfigurationFile | undefined> {
  return readConfigurationFile(examination.platform, configurationPath(examination));
}

/** Names of the flags whose value is a secret. */
function secretsIn(values: ReadonlyMap<FlagName, string>): FlagName[] {
  return [...values].filter(([name, value]) => name === 'pkcs8-password' || name === 'pkcs11-pin' || PIN_IN_URI.test(value)).map(([name]) => name);
}

/** The paths of a file that count from the working directory of whoever runs the program. */
function relativePathsIn(values: ReadonlyMap<FlagName, string>): FlagName[] {
  return PATHS.filter((name) => {
    const value = values.get(name);
    return value !== undefined && placeOf(value) === 'file' && isRelativePath(value)
      // The system looks for a library without a folder where its libraries are.
      && (name !== 'pkcs11-lib' || /[\\/]/.test(value));
  });
}

/** Whether there is a configuration file, and which, and whether it means the same wherever the program runs. */
export const CONFIGURATION_FILE: Check<Examination> = {
  id: 'configuration-file',
  title: 'Configuration file',
  needs: [],
  exitCode: ExitCode.USAGE,
  run: async (examination) => {
    const file = await readConfiguration(examination);
    if (file !== undefined) {
      const used = `${file.path} is used, and sets ${[...file.values.keys()].map(memberOf).join(', ') || 'nothing'}`;
      const relative = relativePathsIn(file.values).map(memberOf);
      return relative.length === 0 ? ok(used) : warning(`${used}; of these, ${relative.join(', ')} ${relative.length === 1 ? 'is a relative path' : 'are relative paths'
      }, counted from the working directory of whichever program asks for credentials`, 'write absolute paths');
    }
    return ok(configurationPath(examination) === undefined
      ? `none is used; there is none at ${searchPath(examination.platform.env).join(' or ')}` : 'none is used, as --config says');
  },
};

const CONFIGURATION_PERMISSIONS: Check<Examination> = {
  id: 'configuration-permissions',
  title: 'Permissions of the configuration file',
  needs: ['configuration-file'],
  exitCode: ExitCode.USAGE,
  run: async (examination) => {
    const file = await readConfiguration(examination);
    if (file === undefined) {
      return skipped('no configuration file is used');
    }
    const mode = (await examination.platform.fileStatus(file.path))?.mode;
    return mode === undefined ? skipped('this system has no permission bits') : judgePermissions(file, mode);
  },
};

/** Who writes a --sign-command there has programs run by whoever runs this one. */
function judgePermissions({ path, values }: ConfigurationFile, mode: number): Outcome {
  const { octal, readers, writers } = readPermissions(mode);
  const secrets = secretsIn(values).map(memberOf);
  if (writers.length > 0) {
    const detail = `${path} may be written by ${writers.join(' and ')} (${octal})`;
    return writers.includes('others') && values.has('sign-command')
      ? failed(`${detail}, and its signCommand is a program that is run: whoever writes the file has any program run`, chmod('go-w', path))
      : warning(`${detail}, who decide which key is used and for which role`, chmod('go-w', path));
  }
  return secrets.length > 0 && readers.length > 0
    ? warning(`${path} holds ${secrets.join(', ')} and may be read by ${readers.join(' and ')} (${octal})`, chmod('600', path))
    : ok(`${path} is written by its owner alone (${octal})`);
}

const SECRETS_ON_COMMAND_LINE: Check<Examination> = {
  id: 'secrets-on-command-line',
  title: 'Secrets on the command line',
  needs: [],
  exitCode: ExitCode.USAGE,
  run: ({ settings }) => {
    const names: ReadonlyArray<FlagOfKind<'text'>> = ['pkcs8-password', 'pkcs11-pin', 'certificate', 'private-key'];
    const onCommandLine = names.filter((name) => settings.has(name) && settings.origin(name) === `--${name}`);
    const found = secretsIn(new Map(onCommandLine.map((name) => [name, settings.text(name)!])));
    return found.length === 0 ? ok('none') : warning(
      `${found.map((name) => `--${name}`).join(', ')} ${found.length === 1 ? 'holds' : 'hold'} a secret, which every user of this machine can read `
      + 'in the list of processes',
      'name a file that holds it, with --passphrase-file or --pkcs11-pin-file',
    );
  },
};

/** Whether everything is said that a session needs. */
export const SESSION_SETTINGS: Check<Examination> = {
  id: 'session-settings',
  title: 'Settings of the session',
  needs: [],
  exitCode: ExitCode.USAGE,
  run: (examination) => {
    const missing = NEEDED.filter((name) => !examination.settings.has(name));
    if (missing.length > 0) {
      return failed(`${missing.map((name) => `--${name}`).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
        `give them as flags, as variables (${missing.map(variableOf).join(', ')}), `
        + `or as members of the configuration file (${missing.map(memberOf).join(', ')})`);
    }
    const { sessionDuration, roleSessionName } = examination.sessionOptions();
    return ok(`sessions of ${sessionDuration} seconds${roleSessionName === undefined ? '' : `, named ${roleSessionName}`}`);
  },
};

const ARNS: Check<Examination> = {
  id: 'arns',
  title: 'Trust anchor, profile and role',
  needs: ['session-settings'],
  exitCode: ExitCode.USAGE,
  run: (examination) => {
    const { accountId } = checkSessionArns(examination.sessionOptions());
    const { region, endpoint } = examination.target();
    return ok(`they fit together: account ${accountId}, Region ${region}, endpoint ${endpoint}`);
  },
};

const IDENTITY_SETTINGS: Check<Examination> = {
  id: 'identity-settings',
  title: 'Settings of certificate and key',
  needs: [],
  exitCode: ExitCode.USAGE,
  run: (examination) => {
    // Nothing is read yet: this only decides.
    examination.source();
    const { settings } = examination;
    if (settings.has('sign-command')) {
      return ok('the certificate is in a file, and the key is used by a program');
    }
    const names = (['certificate', 'private-key', 'cert-selector'] as const).filter((name) => settings.has(name));
    return ok(`given by ${names.map((name) => settings.origin(name)).join(' and ')}`);
  },
};

/** In the order in which they are run. */
export const CONFIGURATION_CHECKS: ReadonlyArray<Check<Examination>> = [
  CONFIGURATION_FILE, CONFIGURATION_PERMISSIONS, SECRETS_ON_COMMAND_LINE, SESSION_SETTINGS, ARNS, IDENTITY_SETTINGS,
];
