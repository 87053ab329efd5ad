/** Finds the command that is meant, and turns what goes wrong into messages and exit codes. */
import { version } from '../package.json';
import { check, CHECK_HELP } from './commands/check';
import { explain, EXPLAIN_HELP } from './commands/explain';
import { kit, KIT_HELP } from './commands/kit';
import { local, LOCAL_HELP } from './commands/local';
import { ExitCode } from './exit-code';
import { CliIo } from './io';
import { nearestName } from './nearest-name';
import { UsageError } from './options';
import { AssemblyError } from '../src/assembly/errors';
import { KitError, KitErrorCode } from '../src/kit/errors';
import { SimulatorError } from '../src/simulator/errors';
import { printable } from '../src/simulator/printable';

const NAME = 'cdk-roles-anywhere';

interface Command {
  readonly summary: string;
  readonly help: string;
  run(args: readonly string[], io: CliIo): Promise<number>;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['check', { summary: 'find what is wrong, or lets in more than it should', help: CHECK_HELP, run: check }],
  ['explain', { summary: 'say which roles a certificate gets, and why', help: EXPLAIN_HELP, run: explain }],
  ['kit', { summary: 'make the archive that a host is handed over with', help: KIT_HELP, run: kit }],
  ['local', { summary: 'serve CreateSession on this machine, with credentials that are not real', help: LOCAL_HELP, run: local }],
]);

function help(): string {
  const commands = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}\n`).join('');
  return `Try out the IAM Roles Anywhere part of a CDK app before it is deployed, and hand its hosts over.
Nothing is asked of AWS.

usage: ${NAME} <command> [options]

commands:
${commands}
  ${NAME} <command> --help    the options of a command
  ${NAME} --version           the version
`;
}

/**
 * Runs a command.
 *
 * @param argv the arguments behind the name of the program
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const [name, ...args] = argv;
  if (name === '--version' || name === '-v') {
    io.out(`${version}\n`);
    return ExitCode.SUCCESS;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    io.out(help());
    return ExitCode.SUCCESS;
  }
  const command = COMMANDS.get(name ?? '');
  if (!command) {
    const what = name === undefined ? 'no command is given' : `'${printable(name)}' is not a command${didYouMean(name)}`;
    io.err(`${NAME}: ${what}\n\n${help()}`);
    return ExitCode.USAGE;
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.out(command.help);
    return ExitCode.SUCCESS;
  }
  try {
    return await command.run(args, io);
  } catch (error) {
    return reportError(error, name, io);
  }
}

function didYouMean(name: string): string {
  const nearest = nearestName(name, [...COMMANDS.keys()]);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

/** Codes of simulator errors that are about how the command was called; all others are about what it was to read. */
const CALLED_WRONGLY = ['INVALID_OPTION', 'NOT_FOUND', 'AMBIGUOUS'];
const KIT_EXIT_CODES: Partial<Record<KitErrorCode, number>> = {
  AMBIGUOUS: ExitCode.USAGE,
  NOT_FOUND: ExitCode.USAGE,
  INVALID_PATH: ExitCode.USAGE,
  INVALID_TEXT: ExitCode.USAGE,
  UNKNOWN_TARGET: ExitCode.USAGE,
  BUN_UNUSABLE: ExitCode.CANNOT_BUILD,
  BUILD_FAILED: ExitCode.CANNOT_BUILD,
  NOT_WRITABLE: ExitCode.CANNOT_BUILD,
};
const CANNOT_LISTEN = ['PORT_IN_USE', 'LISTEN_FAILED'];

function reportError(error: unknown, command: string, io: CliIo): number {
  if (error instanceof UsageError) {
    io.err(`${NAME} ${command}: ${printable(error.message)}\nsee '${NAME} ${command} --help'\n`);
    return ExitCode.USAGE;
  }
  if (error instanceof KitError) {
    io.err(`${NAME} ${command}: ${printable(error.message)}\n`);
    return KIT_EXIT_CODES[error.code] ?? ExitCode.UNREADABLE;
  }
  if (!(error instanceof SimulatorError) && !(error instanceof AssemblyError)) {
    throw error;
  }
  io.err(`${NAME} ${command}: ${printable(`${error.message} (${error.code})`)}\n`);
  if (CALLED_WRONGLY.includes(error.code)) {
    return ExitCode.USAGE;
  }
  return CANNOT_LISTEN.includes(error.code) ? ExitCode.CANNOT_LISTEN : ExitCode.UNREADABLE;
}
