/** The program: reads the command line, runs the command, and turns what goes wrong into one line and an exit code. */
import { credentialProcess } from './commands/credential-process';
import { failureOf } from './errors';
import { ExitCode } from './exit-codes';
import { CommandLine, parseCommandLine } from './options/command-line';
import type { CommandName } from './options/flags';
import { collectSettings, Settings } from './options/settings';
import type { Platform } from './platform/platform';
import { oneLine } from '../src/credentials/errors';

/** Runs a command; the number is an exit code of the command's own. */
type Run = (platform: Platform, settings: Settings, rest: readonly string[]) => Promise<number | void>;

/** All but the hot path are loaded when they are asked for. */
const COMMANDS: Readonly<Record<CommandName, () => Run | Promise<Run>>> = {
  'credential-process': () => credentialProcess,
  'serve': async () => (await import('./commands/serve.js')).serve,
  'update': async () => (await import('./commands/update.js')).update,
  'exec': async () => (await import('./commands/exec.js')).exec,
  'env': async () => (await import('./commands/env.js')).env,
  'doctor': async () => (await import('./commands/doctor.js')).doctor,
  'read-certificate-data': async () => (await import('./commands/read-certificate-data.js')).readCertificateData,
  'sign-string': async () => (await import('./commands/sign-string.js')).signString,
  'version': async () => (await import('./commands/version.js')).version,
};

/** Runs the program on a machine; resolves with the exit code and never rejects. */
export async function main(platform: Platform): Promise<number> {
  try {
    return await run(platform, parseCommandLine(platform.args)) ?? ExitCode.OK;
  } catch (error) {
    const { code, message, exitCode } = failureOf(error);
    await platform.writeDiagnostics(`roles-anywhere-signer: ${code}: ${oneLine(message, 2000)}\n`);
    return exitCode;
  }
}

async function run(platform: Platform, { command, helpFor, flags, rest }: CommandLine): Promise<number | void> {
  if (command === 'help') {
    return platform.writeOutput((await import('./options/help.js')).helpText(helpFor));
  }
  let settings: Settings;
  try {
    settings = await collectSettings(platform, flags);
  } catch (error) {
    if (command === 'doctor') {
      return (await import('./commands/doctor.js')).reportUnreadableSettings(platform, flags, error);
    }
    throw error;
  }
  return (await COMMANDS[command]())(platform, settings, rest);
}
