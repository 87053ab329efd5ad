/** The program: reads the command line, runs the command, and turns what goes wrong into one line and an exit code. */
import { parseArguments } from './arguments';
import { credentialProcess } from './credential-process';
import { failureOf, oneLine } from './errors';
import { ExitCode, ExitCodeValue } from './exit-codes';
import { HELP } from './help';
import { Platform } from './platform';
import { VERSION } from './version';

/** Runs the program on a machine; resolves with the exit code and never rejects. */
export async function main(platform: Platform): Promise<ExitCodeValue> {
  try {
    await run(platform);
    return ExitCode.OK;
  } catch (error) {
    const { code, message, exitCode } = failureOf(error);
    await platform.writeDiagnostics(`roles-anywhere-signer: ${code}: ${oneLine(message, 2000)}\n`);
    return exitCode;
  }
}

async function run(platform: Platform): Promise<void> {
  const command = parseArguments(platform.args, platform.env);
  switch (command.name) {
    case 'help':
      return platform.writeOutput(HELP);
    case 'version':
      return platform.writeOutput(`${VERSION}\n`);
    default:
      return credentialProcess(platform, command.options);
  }
}
