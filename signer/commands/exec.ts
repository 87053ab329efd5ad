/** The command `exec`: runs a program with credentials in its environment, and ends as that program ends. */
import { ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { credentialVariables, variablesLeadingElsewhere } from './credential-variables';
import { oneLine } from '../../src/credentials/errors';
import { SignerError } from '../errors';
import { variableOf } from '../options/flags';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import { obtainOnce } from '../obtain';

/** What shells say of a command that is not there, or is there and cannot be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** What a process that ended by a signal is reported as by shells, where the signal's number is added. */
const ENDED_BY_SIGNAL = 128;

const IS_WINDOWS = process.platform === 'win32';

/** Signals that are passed on to the program. */
const PASSED_ON: readonly NodeJS.Signals[] = IS_WINDOWS
  ? ['SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];

/** Those that a terminal sends to every program in its foreground, so that the program has them already. */
const SENT_BY_TERMINALS: readonly NodeJS.Signals[] = IS_WINDOWS ? PASSED_ON : ['SIGINT', 'SIGQUIT'];

/**
 * Signals that this process ends by where the program did: a shell that sees SIGINT stops its script as well. Not those that write a core
 * file, since credentials are in this process's memory.
 */
const ENDED_BY: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'];

/** Milliseconds for a signal that this process sent itself to arrive. */
const SIGNAL_PATIENCE = 1000;

/**
 * Obtains credentials and runs a program with them. No shell is involved.
 *
 * @param command the program and its arguments
 * @returns the program's exit code; 127 where it is not found, 126 where it cannot be run
 * @throws SignerError, CredentialsError, CreateSessionError
 */
export async function exec(platform: Platform, settings: Settings, command: readonly string[]): Promise<number> {
  const [program, ...args] = command;
  if (!program) {
    throw new SignerError('USAGE', 'exec needs a command after "--": exec --certificate FILE ... -- aws s3 ls');
  }
  const credentials = await obtainOnce(platform, settings);
  const env = { ...withoutSecrets(platform.env, settings), ...credentialVariables(credentials, settings, platform.env) };
  const end = await run(program, args, env, (text) => platform.writeDiagnostics(`roles-anywhere-signer: warning: ${text}\n`));
  if (end.failure !== undefined) {
    const { exitCode, message } = explainFailure(program, end.failure);
    const error = new SignerError('COMMAND_NOT_STARTED', message);
    await platform.writeDiagnostics(`roles-anywhere-signer: ${error.code}: ${oneLine(error.message, 2000)}\n`);
    return exitCode;
  }
  return end.signal === null ? end.exitCode : endBySignal(end.signal);
}

/**
 * The environment without what would lead SDKs elsewhere, and without what only this program needs to know: the secrets that unlock the
 * private key, and the key itself.
 *
 * @param system the process's system: on `win32`, letter case does not count in names
 */
export function withoutSecrets(env: Platform['env'], settings: Settings, system: string = process.platform): Record<string, string> {
  const comparable = (name: string) => (system === 'win32' ? name.toUpperCase() : name);
  const isPinUri = (value: string | undefined) => /^pkcs11:.*[?&]pin-value=/is.test(value ?? '');
  const removed = new Set([
    ...variablesLeadingElsewhere(env),
    variableOf('pkcs8-password'),
    variableOf('pkcs11-pin'),
    ...(['certificate', 'private-key'] as const).flatMap((flag) => [
      ...(isPinUri(env[variableOf(flag)]) ? [variableOf(flag)] : []),
      ...(/^env:(.+)$/i.exec(settings.text(flag) ?? '')?.slice(1) ?? []),
    ]),
  ].map(comparable));
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => (
    entry[1] !== undefined && !removed.has(comparable(entry[0]))
  )));
}

/** How the program ended. */
type End =
  | { readonly failure: NodeJS.ErrnoException }
  | { readonly failure?: undefined; readonly exitCode: number; readonly signal: NodeJS.Signals | null };

/** Runs the program to its end, while signals that this process gets go on to it. */
async function run(
  program: string, args: readonly string[], env: Record<string, string>, warn: (text: string) => Promise<void>,
): Promise<End> {
  let child: ChildProcess | undefined;
  const passOn = (signal: NodeJS.Signals) => {
    // A second Ctrl-C means "at once, without tidying up" to many programs, so it must not become two.
    if (!(SENT_BY_TERMINALS.includes(signal) && hasTerminal())) {
      child?.kill(signal);
    }
  };
  PASSED_ON.forEach((signal) => process.on(signal, passOn));
  try {
    return await new Promise<End>((resolve) => {
      try {
        child = spawn(program, args, { env, stdio: 'inherit' });
      } catch (failure) {
        // Some failures are thrown, such as that of a file of commands on Windows.
        resolve({ failure: failure as NodeJS.ErrnoException });
        return;
      }
      child.on('error', (failure: NodeJS.ErrnoException) => {
        if (child?.pid === undefined) {
          resolve({ failure });
        } else {
          // A program with more rights than this one takes no signals from it.
          void warn(`a signal could not be passed on to the command (${failure.code ?? 'unknown error'})`);
        }
      });
      child.on('exit', (exitCode, signal) => resolve({ exitCode: exitCode ?? 1, signal }));
    });
  } finally {
    PASSED_ON.forEach((signal) => process.removeListener(signal, passOn));
  }
}

/** Whether this process belongs to a terminal; on Windows, to a console. */
function hasTerminal(): boolean {
  if (IS_WINDOWS) {
    return true;
  }
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENXIO', 'ENOENT', 'EACCES', 'EPERM', 'ENODEV', 'EIO'].includes(code)) {
      return false;
    }
    throw error;
  }
}

/** Why a program did not start, and the exit code that shells have for it. */
export function explainFailure(
  program: string, failure: NodeJS.ErrnoException, system: string = process.platform,
): { readonly exitCode: number; readonly message: string } {
  const name = oneLine(program, 200);
  const isPath = /[\\/]/.test(program);
  if (system === 'win32' && ['EINVAL', 'ENOENT', 'EFTYPE'].includes(failure.code ?? '')) {
    return {
      exitCode: failure.code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE,
      message: `the command ${name} is not a program; a .cmd or .bat file is run by cmd.exe: exec ... -- cmd /c ${name}`,
    };
  }
  if (failure.code === 'ENOENT' && !(isPath && existsSync(program))) {
    return { exitCode: NOT_FOUND, message: `the command ${name} was not found${isPath ? '' : ' in the directories of PATH'}` };
  }
  const reason = failure.code === 'ENOENT' ? 'the interpreter that its first line names is not there'
    : failure.code === 'EACCES' ? 'it is not executable' : failure.code ?? 'unknown error';
  return { exitCode: NOT_EXECUTABLE, message: `the command ${name} cannot be run: ${reason}` };
}

/** Ends this process as the program ended; resolves with what comes closest where that cannot be. */
async function endBySignal(signal: NodeJS.Signals): Promise<number> {
  if (!IS_WINDOWS && ENDED_BY.includes(signal)) {
    process.kill(process.pid, signal);
    await new Promise((resolve) => setTimeout(resolve, SIGNAL_PATIENCE));
  }
  return ENDED_BY_SIGNAL + constants.signals[signal];
}
