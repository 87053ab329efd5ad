/** Reads the command line: the flags of AWS's aws_signing_helper, in its syntax. */
import { SignerError } from './errors';

/** What credentials are asked for, and with which files. */
export interface CredentialOptions {
  /** Path of the certificate. */
  readonly certificate: string;
  /** Path of the private key; the certificate's path where none was given. */
  readonly privateKey: string;
  /** Path of more intermediate certificates. */
  readonly intermediates?: string;
  readonly roleArn: string;
  readonly profileArn: string;
  readonly trustAnchorArn: string;
  /** Seconds. */
  readonly sessionDuration: number;
  readonly roleSessionName?: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly fips: boolean;
  readonly dualStack: boolean;
  readonly verifyTls: boolean;
  readonly debug: boolean;
}

/** What to do. */
export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | { readonly name: 'credential-process'; readonly options: CredentialOptions };

/** Flags with a value, and flags without. */
const TEXT_FLAGS = [
  'certificate', 'private-key', 'intermediates', 'role-arn', 'profile-arn', 'trust-anchor-arn', 'session-duration', 'role-session-name',
  'region', 'endpoint',
] as const;
const SWITCHES = ['no-verify-ssl', 'with-proxy', 'debug', 'use-fips-endpoint', 'use-dualstack-endpoint', 'help'] as const;

type TextFlag = typeof TEXT_FLAGS[number];
type Switch = typeof SWITCHES[number];

const PEM_FILES_ONLY = 'this version signs with PEM files only; export certificate and key to PEM files and give --certificate and --private-key';
const NO_TPM = 'this version does not sign with a TPM; give the path of a PEM key with --private-key';

/** Flags that aws_signing_helper has and this version has not, each with the way out. */
const UNSUPPORTED_FLAGS: Readonly<Record<string, string>> = {
  'cert-selector': PEM_FILES_ONLY,
  'system-store-name': PEM_FILES_ONLY,
  'use-latest-expiring-certificate': PEM_FILES_ONLY,
  'pkcs11-lib': PEM_FILES_ONLY,
  'reuse-pin': PEM_FILES_ONLY,
  'tpm-key-password': NO_TPM,
  'no-tpm-key-password': NO_TPM,
  'pkcs8-password': 'this version does not read encrypted keys; decrypt the key with "openssl pkey -in FILE -out NEW" '
    + 'and protect the new file by its permissions',
};

/** Commands that aws_signing_helper has and this version has not. */
const UNSUPPORTED_COMMANDS: readonly string[] = ['serve', 'update', 'sign-string', 'read-certificate-data', 'completion'];

const COMMANDS = 'credential-process, version, help';

/** Default of aws_signing_helper, in seconds. */
const DEFAULT_SESSION_DURATION = 3600;

/** IAM Roles Anywhere User Guide, "CreateSession". */
const SESSION_DURATION = { min: 900, max: 43_200 };

/** STS's rule for session names. */
const ROLE_SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/**
 * Reads the arguments after the program's name.
 *
 * @param env for `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`; no other variable stands for a flag
 * @throws SignerError `USAGE` or `NOT_SUPPORTED`
 */
export function parseArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Command {
  const [command, ...rest] = args;
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    return { name: 'help' };
  }
  if (command === 'version' || command === '--version') {
    return { name: 'version' };
  }
  if (UNSUPPORTED_COMMANDS.includes(command)) {
    throw new SignerError('NOT_SUPPORTED', `the command "${command}" is not in this version; it has ${COMMANDS}`);
  }
  if (command !== 'credential-process') {
    throw usage(`there is no command ${quote(command)}; there are ${COMMANDS}`);
  }
  const flags = readFlags(rest);
  return flags.switches.get('help') ? { name: 'help' } : { name: 'credential-process', options: credentialOptions(flags, env) };
}

interface Flags {
  readonly texts: ReadonlyMap<TextFlag, string>;
  readonly switches: ReadonlyMap<Switch, boolean>;
}

function readFlags(args: readonly string[]): Flags {
  const texts = new Map<TextFlag, string>();
  const switches = new Map<Switch, boolean>();
  for (let i = 0; i < args.length; i++) {
    const { name, value } = splitFlag(args[i]);
    if (isOneOf(SWITCHES, name)) {
      switches.set(name, value === undefined || parseBoolean(name, value));
    } else if (!isOneOf(TEXT_FLAGS, name)) {
      throw unknownFlag(name);
    } else if (value !== undefined) {
      texts.set(name, value);
    } else {
      // A flag where a value should be is a value that was forgotten: an unset shell variable, mostly.
      if (args[i + 1] === undefined || args[i + 1].startsWith('--')) {
        throw usage(`--${name} has no value`);
      }
      texts.set(name, args[++i]);
    }
  }
  return { texts, switches };
}

function splitFlag(arg: string): { readonly name: string; readonly value?: string } {
  if (arg === '-h') {
    return { name: 'help' };
  }
  if (!arg.startsWith('--')) {
    const isSingleDash = /^-[a-z]/i.test(arg);
    throw usage(isSingleDash ? `flags begin with two dashes: ${quote(`-${arg}`)}` : `${quote(arg)} is no flag; values with blanks need quotes`);
  }
  const equals = arg.indexOf('=');
  return equals === -1 ? { name: arg.substring(2) } : { name: arg.substring(2, equals), value: arg.substring(equals + 1) };
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

function parseBoolean(name: string, value: string): boolean {
  if (!/^(?:true|false|1|0)$/i.test(value)) {
    throw usage(`--${name} is true or false, not ${quote(value)}`);
  }
  return /^(?:true|1)$/i.test(value);
}

function unknownFlag(name: string): SignerError {
  const reason = Object.hasOwn(UNSUPPORTED_FLAGS, name) ? UNSUPPORTED_FLAGS[name] : undefined;
  return reason === undefined
    ? usage(`there is no flag ${quote(`--${name}`)}; "roles-anywhere-signer help" lists them`)
    : new SignerError('NOT_SUPPORTED', `--${name} is not supported: ${reason}`);
}

function credentialOptions({ texts, switches }: Flags, env: Readonly<Record<string, string | undefined>>): CredentialOptions {
  const certificate = filePath('certificate', required(texts, 'certificate'));
  const endpoint = optional(texts, 'endpoint');
  const fips = switches.get('use-fips-endpoint');
  const dualStack = switches.get('use-dualstack-endpoint');
  if (endpoint !== undefined && (fips || dualStack)) {
    throw usage('--endpoint already says which endpoint; leave out --use-fips-endpoint and --use-dualstack-endpoint');
  }
  return {
    certificate,
    privateKey: filePath('private-key', optional(texts, 'private-key') ?? certificate),
    intermediates: optional(texts, 'intermediates'),
    roleArn: required(texts, 'role-arn'),
    profileArn: required(texts, 'profile-arn'),
    trustAnchorArn: required(texts, 'trust-anchor-arn'),
    sessionDuration: sessionDuration(texts.get('session-duration')),
    roleSessionName: roleSessionName(optional(texts, 'role-session-name')),
    region: optional(texts, 'region'),
    endpoint,
    fips: fips ?? isTrue(env.AWS_USE_FIPS_ENDPOINT),
    dualStack: dualStack ?? isTrue(env.AWS_USE_DUALSTACK_ENDPOINT),
    verifyTls: !switches.get('no-verify-ssl'),
    debug: switches.get('debug') ?? false,
  };
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

/** An empty value is one not given, as with aws_signing_helper. */
function optional(texts: ReadonlyMap<TextFlag, string>, name: TextFlag): string | undefined {
  return texts.get(name) || undefined;
}

function required(texts: ReadonlyMap<TextFlag, string>, name: TextFlag): string {
  const value = optional(texts, name);
  if (value === undefined) {
    throw usage(`--${name} is missing`);
  }
  return value;
}

function filePath(name: TextFlag, value: string): string {
  if (/^pkcs11:/i.test(value)) {
    throw new SignerError('NOT_SUPPORTED', `--${name} with a PKCS#11 URI is not supported: ${PEM_FILES_ONLY}`);
  }
  if (/^handle:/i.test(value)) {
    throw new SignerError('NOT_SUPPORTED', `--${name} with a TPM handle is not supported: ${NO_TPM}`);
  }
  return value;
}

function sessionDuration(text: string | undefined): number {
  if (text === undefined) {
    return DEFAULT_SESSION_DURATION;
  }
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (!(seconds >= SESSION_DURATION.min && seconds <= SESSION_DURATION.max)) {
    throw usage(`--session-duration is a number of seconds from ${SESSION_DURATION.min} to ${SESSION_DURATION.max}, not ${quote(text)}`);
  }
  return seconds;
}

function roleSessionName(name: string | undefined): string | undefined {
  if (name !== undefined && !ROLE_SESSION_NAME.test(name)) {
    throw usage(`--role-session-name is 2 to 64 letters, digits or characters of _+=,.@- and not ${quote(name)}`);
  }
  return name;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.substring(0, 80)}...` : text);
}

function usage(message: string): SignerError {
  return new SignerError('USAGE', message);
}
