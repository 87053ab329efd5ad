/** The text of `roles-anywhere-signer help`, and that of each command. */
import { COMMAND_NAMES, CommandName, Flag, FlagName, FLAGS, memberOf, variableOf } from './flags';

/** What a command is for, and an example that works once the ARNs are one's own. */
interface CommandHelp {
  readonly summary: string;
  /** More than fits the list of commands. */
  readonly details?: string;
  readonly example: string;
}

const IDENTITY_EXAMPLE = '--certificate /etc/pki/host.pem --private-key /etc/pki/host.key';
const EXAMPLE = `${IDENTITY_EXAMPLE} \\
    --trust-anchor-arn arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/ID \\
    --profile-arn arn:aws:rolesanywhere:eu-west-1:111122223333:profile/ID --role-arn arn:aws:iam::111122223333:role/NAME`;

const COMMAND_HELP: Readonly<Record<CommandName, CommandHelp>> = {
  'credential-process': {
    summary: 'print credentials as JSON, for credential_process in ~/.aws/config',
    details: 'With --cache, credentials are kept in a file that only this user may read and used until shortly before they expire; any number of\n'
      + 'calls at the same time make one call to the service.',
    example: `roles-anywhere-signer credential-process ${EXAMPLE}`,
  },
  'serve': {
    summary: 'serve credentials to programs of this machine, as EC2 and container hosts do',
    details: 'Programs find them with AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:9911 (IMDSv2) or, with --container-token-file,\n'
      + 'AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:9911/credentials. GET /healthz and GET /metrics are for those who watch it.\n'
      + 'SIGHUP reads certificate and key again at once, SIGTERM ends it.',
    example: `roles-anywhere-signer serve --port 9911 ${EXAMPLE}`,
  },
  'update': {
    summary: 'keep a profile in ~/.aws/credentials up to date',
    details: 'The file is AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials. It is replaced in one step; what else is in it stays as it is.',
    example: `roles-anywhere-signer update --profile onprem ${EXAMPLE}`,
  },
  'exec': {
    summary: 'run a command with credentials in its environment',
    details: 'It ends as the command ends: with its exit code, 128 and the number of the signal that ended it, 127 where there is no such command, or\n'
      + '126 where it cannot be run. Signals are passed through.',
    example: `roles-anywhere-signer exec ${EXAMPLE} \\\n    -- aws s3 ls`,
  },
  'env': {
    summary: 'print credentials as commands that set environment variables',
    details: 'Variables that would lead SDKs to other credentials are unset.',
    example: `eval "$(roles-anywhere-signer env ${EXAMPLE})"`,
  },
  'doctor': {
    summary: 'check files, certificate, chain, clock, network and the service, and say what to do',
    details: 'It makes a session at the end, unless --offline is given, and prints no secret. Its exit code is that of the first check that failed.',
    example: `roles-anywhere-signer doctor ${EXAMPLE}`,
  },
  'read-certificate-data': {
    summary: 'print what a certificate is, or which certificates a token has',
    example: 'roles-anywhere-signer read-certificate-data --certificate /etc/pki/host.pem',
  },
  'sign-string': {
    summary: 'sign a fixed text, to try out a key',
    example: `roles-anywhere-signer sign-string ${IDENTITY_EXAMPLE}`,
  },
  'version': { summary: 'print the version', example: 'roles-anywhere-signer version --json' },
};

/** Placeholder of the value, and what the flag means. */
const FLAG_HELP: Readonly<Record<Exclude<FlagName, 'system-store-name' | 'tpm-key-password' | 'no-tpm-key-password'>, readonly [string, string]>> = {
  'certificate': ['FILE', 'certificate, its chain behind it: PEM, DER or PKCS#12; a pkcs11: URI; "-" for standard input; env:NAME for a variable'],
  'private-key': ['FILE', 'private key, in any of these places; default: where the certificate is'],
  'intermediates': ['FILE', 'more certificates for the chain, PEM; at most 5 in all'],
  'pkcs8-password': ['TEXT', 'passphrase of the key or PKCS#12 file; others can see it in the list of processes, so better:'],
  'passphrase-file': ['FILE', 'file whose first line is the passphrase; without either, a person at the terminal is asked'],
  'pkcs11-lib': ['FILE', 'PKCS#11 module; default: the proxy module of p11-kit'],
  'pkcs11-pin': ['TEXT', 'PIN of the token; also in the URI as pin-value or pin-source'],
  'pkcs11-pin-file': ['FILE', 'file whose first line is the PIN'],
  'reuse-pin': ['', 'give the PIN again for keys that ask before each signature'],
  'cert-selector': ['TEXT', 'choose on tokens: "Key=x509Subject,Value=CN=host Key=x509Issuer,Value=... Key=x509Serial,Value=HEX", or file://PATH'],
  'use-latest-expiring-certificate': ['', 'of several that fit, take the one that expires last'],
  'sign-command': ['COMMAND', 'program that signs what it gets on standard input, for keys that only it can use'],
  'trust-anchor-arn': ['ARN', 'trust anchor'],
  'profile-arn': ['ARN', 'profile'],
  'role-arn': ['ARN', 'role'],
  'session-duration': ['SECONDS', '900 to 43200; default 3600; the profile\'s own limit holds as well'],
  'role-session-name': ['NAME', 'name of the session, where the profile accepts one'],
  'region': ['REGION', 'default: the trust anchor\'s'],
  'endpoint': ['URL', 'default: the service\'s endpoint in the Region'],
  'use-fips-endpoint': ['', 'use the FIPS endpoint (also: AWS_USE_FIPS_ENDPOINT=true)'],
  'use-dualstack-endpoint': ['', 'use the IPv4 and IPv6 endpoint (also: AWS_USE_DUALSTACK_ENDPOINT=true)'],
  'proxy': ['URL', 'proxy; default: HTTPS_PROXY or HTTP_PROXY, but for NO_PROXY'],
  'with-proxy': ['', 'accepted and without effect: the proxy variables are always honoured'],
  'ca-bundle': ['FILE', 'PEM file of the CAs to trust for TLS, instead of the usual ones (also: AWS_CA_BUNDLE)'],
  'no-verify-ssl': ['', 'do not check the endpoint\'s certificate; for tests only'],
  'timeout': ['SECONDS', 'for a whole call with all its attempts; default 30'],
  'max-attempts': ['NUMBER', 'how often a call is tried; default 3'],
  'cache': ['', 'keep credentials in a file between calls'],
  'cache-dir': ['FOLDER', 'where; default ~/.cache/roles-anywhere'],
  'listen': ['ADDRESS', 'address to listen on, may be repeated; default 127.0.0.1'],
  'port': ['PORT', 'default 9911; 0 takes any that is free'],
  'hop-limit': ['NUMBER', 'how many hops answers may travel; default 64'],
  'container-token-file': ['FILE', 'serve the container protocol too, for those who can read this file'],
  'profile': ['NAME', 'profile to keep up to date; default "default"'],
  'once': ['', 'write once and end'],
  'shell': ['SHELL', 'sh (also bash, zsh), fish, powershell (also pwsh) or cmd; default sh, powershell on Windows'],
  'offline': ['', 'call nobody'],
  'json': ['', 'print JSON'],
  'format': ['FORMAT', 'json, text or bin; default json'],
  'digest': ['DIGEST', 'SHA256, SHA384 or SHA512; default SHA256'],
  'log-format': ['FORMAT', 'text or json; default text'],
  'debug': ['', 'write to standard error what is signed and what comes back; never keys or credentials'],
  'config': ['FILE', 'configuration file, or "none"'],
  'help': ['', 'print this text'],
};

const EXIT_CODES = `Exit codes:
  0  done
  1  unexpected; a file that cannot be written, a port in use
  2  wrong arguments: a flag, an ARN, a Region, an endpoint
  3  certificate, key, token or another file: missing, unreadable, expired, not belonging together
  4  the service refused
  5  the service was not reached, throttled or failed (connection, TLS, time-out, 429, 5xx), or something else answered
`;

/** The help of a command, or of the program. */
export function helpText(command?: CommandName): string {
  return command === undefined ? programHelp() : commandHelp(command);
}

function programHelp(): string {
  const commands = COMMAND_NAMES.map((name) => `  ${name.padEnd(22)} ${COMMAND_HELP[name].summary}\n`).join('');
  return `roles-anywhere-signer: AWS credentials for a host that has a certificate (IAM Roles Anywhere)

Usage: roles-anywhere-signer COMMAND [FLAGS]

Commands:
${commands}  ${'help COMMAND'.padEnd(22)} print the flags of a command, with an example

Every flag can also stand in the environment (--trust-anchor-arn as ROLES_ANYWHERE_TRUST_ANCHOR_ARN) and in a configuration file
(as "trustAnchorArn"; JSON; --config FILE, ROLES_ANYWHERE_CONFIG, ~/.config/roles-anywhere/config.json or
/etc/roles-anywhere/config.json, the first that is there). A flag comes before a variable, and a variable before the file.
Configuration files and profiles of AWS, AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL are not read.

${EXIT_CODES}`;
}

function commandHelp(command: CommandName): string {
  const { summary, details, example } = COMMAND_HELP[command];
  const lines = flagsOf(command).map((name) => {
    const [placeholder, text] = FLAG_HELP[name as keyof typeof FLAG_HELP];
    return `  ${`--${name} ${placeholder}`.trim().padEnd(34)} ${text}\n`;
  });
  const rest = command === 'exec' ? ' -- COMMAND [ARGUMENTS]' : '';
  return `roles-anywhere-signer ${command}: ${summary}

Usage: roles-anywhere-signer ${command} [FLAGS]${rest}
${details === undefined ? '' : `\n${details}\n`}
Flags, as --flag value or --flag=value:
${lines.join('')}
Example:
  ${example}

In the environment ${variableOf('region')} stands for --region, and in the configuration file "${memberOf('session-duration')}" for
--session-duration; so with every other flag.

${EXIT_CODES}`;
}

/** The flags that a command takes, in the order of the table. */
function flagsOf(command: CommandName): FlagName[] {
  return (Object.keys(FLAGS) as FlagName[]).filter((name) => {
    const flag: Flag = FLAGS[name];
    return flag.refused === undefined && flag.commands.includes(command);
  });
}
