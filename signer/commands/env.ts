/** The command `env`: credentials as commands that a shell evaluates, `eval "$(roles-anywhere-signer env)"`. */
import { credentialVariables, variablesLeadingElsewhere } from './credential-variables';
import { writeResult } from './output';
import { SignerError } from '../errors';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import { obtainOnce } from '../obtain';

/** How a shell sets a variable for the programs that it starts, and how it takes one away. */
interface ShellSyntax {
  set(name: string, value: string): string;
  unset(name: string): string;
}

const POSIX: ShellSyntax = {
  set: (name, value) => `export ${name}='${value.replaceAll('\'', '\'\\\'\'')}'`,
  unset: (name) => `unset ${name}`,
};

const FISH: ShellSyntax = {
  set: (name, value) => `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'`,
  unset: (name) => `set -e ${name}`,
};

const POWERSHELL: ShellSyntax = {
  // PowerShell takes typographic quotes for straight ones.
  set: (name, value) => `$Env:${name} = '${value.replace(/['\u2018-\u201b]/g, '$&$&')}'`,
  unset: (name) => `Remove-Item Env:${name}`,
};

const CMD: ShellSyntax = {
  set: (name, value) => {
    // cmd.exe has no quoting for these that works in scripts and at the prompt alike. Credentials have none of them.
    if (/["%!\r\n]/.test(value)) {
      throw new SignerError('NOT_SUPPORTED', `the value of ${name} has characters that cmd.exe cannot be given; use --shell powershell, or the command exec`);
    }
    return `SET "${name}=${value}"`;
  },
  unset: (name) => `SET ${name}=`,
};

const SHELLS = {
  sh: POSIX,
  bash: POSIX,
  zsh: POSIX,
  fish: FISH,
  powershell: POWERSHELL,
  pwsh: POWERSHELL,
  cmd: CMD,
} as const;

/** A shell whose syntax is known. */
export type ShellName = keyof typeof SHELLS;

/** Names that `--shell` takes. */
const SHELL_NAMES = Object.keys(SHELLS) as ShellName[];

/**
 * Obtains credentials and prints the commands that set them, and that unset what would lead SDKs elsewhere.
 *
 * @throws SignerError, CredentialsError, CreateSessionError
 */
export async function env(platform: Platform, settings: Settings): Promise<void> {
  const shell = settings.choice('shell', SHELL_NAMES) ?? defaultShell();
  const variables = credentialVariables(await obtainOnce(platform, settings), settings, platform.env);
  await writeResult(platform, shellCommands(shell, variables, variablesLeadingElsewhere(platform.env)), 'the credentials');
}

/** @param system the process's system, `win32` or another */
export function defaultShell(system: string = process.platform): ShellName {
  return system === 'win32' ? 'powershell' : 'sh';
}

/**
 * The commands, one a line.
 *
 * @throws SignerError `NOT_SUPPORTED` where a shell cannot be given a value
 */
export function shellCommands(shell: ShellName, variables: Readonly<Record<string, string>>, unset: readonly string[]): string {
  const syntax = SHELLS[shell];
  return [...unset.map(syntax.unset), ...Object.entries(variables).map(([name, value]) => syntax.set(name, value))].map((line) => `${line}\n`).join('');
}
