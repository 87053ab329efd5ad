/** Every flag: its name, what kind of value it has, and which commands take it. Names in files and variables follow from the flag's. */

/** Commands that do something; `help` is none of them. */
export const COMMAND_NAMES = [
  'credential-process', 'serve', 'update', 'exec', 'env', 'doctor', 'read-certificate-data', 'sign-string', 'version',
] as const;

/** One of the commands. */
export type CommandName = typeof COMMAND_NAMES[number];

/** A flag. */
export interface Flag {
  /** What follows it: a text, a whole number, several texts (repeated, or joined with commas), or nothing. */
  readonly kind: 'text' | 'number' | 'list' | 'switch';
  readonly commands: readonly CommandName[];
  /** Why the flag is refused, and the way out. */
  readonly refused?: string;
}

const EVERY: readonly CommandName[] = COMMAND_NAMES;
const CREDENTIALS: readonly CommandName[] = ['credential-process', 'serve', 'update', 'exec', 'env', 'doctor'];
const CERTIFICATE: readonly CommandName[] = [...CREDENTIALS, 'read-certificate-data', 'sign-string'];
const KEY: readonly CommandName[] = [...CREDENTIALS, 'sign-string'];
const CACHE: readonly CommandName[] = ['credential-process', 'exec', 'env'];

const NO_SYSTEM_STORE = 'the certificate stores of Windows and macOS are not read; give --certificate and --private-key, a PKCS#11 URI, '
  + 'or have the key used by a program of your own with --sign-command';
const NO_TPM = 'keys in a TPM are reached through PKCS#11: store the key with tpm2_ptool and give its pkcs11: URI with '
  + '--pkcs11-lib libtpm2_pkcs11.so, or sign with tpm2_sign in a --sign-command';

/** Flags without a value, and flags with one. The order is that of the help. */
export const FLAGS = {
  'certificate': { kind: 'text', commands: CERTIFICATE },
  'private-key': { kind: 'text', commands: KEY },
  'intermediates': { kind: 'text', commands: KEY },
  'pkcs8-password': { kind: 'text', commands: CERTIFICATE },
  'passphrase-file': { kind: 'text', commands: CERTIFICATE },
  'pkcs11-lib': { kind: 'text', commands: CERTIFICATE },
  'pkcs11-pin': { kind: 'text', commands: CERTIFICATE },
  'pkcs11-pin-file': { kind: 'text', commands: CERTIFICATE },
  'reuse-pin': { kind: 'switch', commands: KEY },
  'cert-selector': { kind: 'text', commands: CERTIFICATE },
  'use-latest-expiring-certificate': { kind: 'switch', commands: KEY },
  'sign-command': { kind: 'text', commands: KEY },
  'system-store-name': { kind: 'text', commands: CERTIFICATE, refused: NO_SYSTEM_STORE },
  'tpm-key-password': { kind: 'text', commands: KEY, refused: NO_TPM },
  'no-tpm-key-password': { kind: 'switch', commands: KEY, refused: NO_TPM },

  'trust-anchor-arn': { kind: 'text', commands: CREDENTIALS },
  'profile-arn': { kind: 'text', commands: CREDENTIALS },
  'role-arn': { kind: 'text', commands: CREDENTIALS },
  'session-duration': { kind: 'number', commands: CREDENTIALS },
  'role-session-name': { kind: 'text', commands: CREDENTIALS },

  'region': { kind: 'text', commands: CREDENTIALS },
  'endpoint': { kind: 'text', commands: CREDENTIALS },
  'use-fips-endpoint': { kind: 'switch', commands: CREDENTIALS },
  'use-dualstack-endpoint': { kind: 'switch', commands: CREDENTIALS },
  'proxy': { kind: 'text', commands: CREDENTIALS },
  'with-proxy': { kind: 'switch', commands: CREDENTIALS },
  'ca-bundle': { kind: 'text', commands: CREDENTIALS },
  'no-verify-ssl': { kind: 'switch', commands: CREDENTIALS },
  'timeout': { kind: 'number', commands: CREDENTIALS },
  'max-attempts': { kind: 'number', commands: CREDENTIALS },

  'cache': { kind: 'switch', commands: CACHE },
  'cache-dir': { kind: 'text', commands: CACHE },

  'listen': { kind: 'list', commands: ['serve'] },
  'port': { kind: 'number', commands: ['serve'] },
  'hop-limit': { kind: 'number', commands: ['serve'] },
  'container-token-file': { kind: 'text', commands: ['serve'] },

  'profile': { kind: 'text', commands: ['update'] },
  'once': { kind: 'switch', commands: ['update'] },

  'shell': { kind: 'text', commands: ['env'] },
  'offline': { kind: 'switch', commands: ['doctor'] },
  'json': { kind: 'switch', commands: ['doctor', 'version'] },
  'format': { kind: 'text', commands: ['sign-string'] },
  'digest': { kind: 'text', commands: ['sign-string'] },

  'log-format': { kind: 'text', commands: ['serve', 'update'] },
  'debug': { kind: 'switch', commands: EVERY },
  'config': { kind: 'text', commands: EVERY },
  'help': { kind: 'switch', commands: EVERY },
} as const satisfies Record<string, Flag>;

/** Name of a flag, without its dashes. */
export type FlagName = keyof typeof FLAGS;

/** Names of the flags with values of some kind. */
export type FlagOfKind<Kind extends Flag['kind']> = { [Name in FlagName]: typeof FLAGS[Name]['kind'] extends Kind ? Name : never }[FlagName];

/** Flags that make no sense but on the command line. */
export const COMMAND_LINE_ONLY: readonly FlagName[] = ['help', 'config'];

/** The flag of a name, or undefined where there is none. */
export function flagOf(name: string): Flag | undefined {
  return Object.hasOwn(FLAGS, name) ? FLAGS[name as FlagName] : undefined;
}

/** The environment variable that stands for a flag: `ROLES_ANYWHERE_TRUST_ANCHOR_ARN`. */
export function variableOf(name: FlagName): string {
  return `ROLES_ANYWHERE_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The member of the configuration file that stands for a flag: `trustAnchorArn`. */
export function memberOf(name: FlagName): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
