/** Reads the command line: a command and its flags, in the syntax of AWS's aws_signing_helper. */
import { COMMAND_NAMES, CommandName, Flag, FlagName, flagOf } from './flags';
import { SignerError } from '../errors';

/** What to do. */
export interface CommandLine {
  /** `help` where no command is given, or the help of one is asked for. */
  readonly command: CommandName | 'help';
  /** The command whose help is asked for. */
  readonly helpFor?: CommandName;
  /** Values as they were written; `true` and `false` for switches, and several values of a list joined with commas. */
  readonly flags: ReadonlyMap<FlagName, string>;
  /** What follows `--`: the command of `exec`. */
  readonly rest: readonly string[];
}

/** What aws_signing_helper has beside its commands. */
const REFUSED_COMMANDS: Readonly<Record<string, string>> = {
  completion: 'completion scripts for shells are not part of this program',
};

/**
 * Reads the arguments after the program's name.
 *
 * @throws SignerError `USAGE` or `NOT_SUPPORTED`
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const [first, ...others] = args;
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    return help(others[0]);
  }
  const name = first === '--version' ? 'version' : first;
  if (Object.hasOwn(REFUSED_COMMANDS, name)) {
    throw new SignerError('NOT_SUPPORTED', `there is no command ${quote(name)}: ${REFUSED_COMMANDS[name]}`);
  }
  const command = commandOf(name);
  const end = others.indexOf('--');
  const flags = readFlags(command, end === -1 ? others : others.slice(0, end));
  if (flags.get('help') === 'true') {
    return help(command);
  }
  const rest = end === -1 ? [] : others.slice(end + 1);
  if (rest.length > 0 && command !== 'exec') {
    throw usage(`${command} takes nothing after "--"; only exec runs a command`);
  }
  return { command, flags, rest };
}

function help(name: string | undefined): CommandLine {
  return { command: 'help', flags: new Map(), rest: [], ...(name === undefined ? {} : { helpFor: commandOf(name) }) };
}

function commandOf(name: string): CommandName {
  const command = COMMAND_NAMES.find((candidate) => candidate === name);
  if (command === undefined) {
    throw usage(`there is no command ${quote(name)}; there are ${COMMAND_NAMES.join(', ')}, help`);
  }
  return command;
}

function readFlags(command: CommandName, args: readonly string[]): Map<FlagName, string> {
  const flags = new Map<FlagName, string>();
  for (let i = 0; i < args.length; i++) {
    const { name, value } = splitFlag(args[i]);
    const flag = checkFlag(command, name);
    if (flag.kind === 'switch') {
      flags.set(name as FlagName, value ?? 'true');
      continue;
    }
    // A flag where a value should be is a value that was forgotten: an unset shell variable, mostly.
    if (value === undefined && (args[i + 1] === undefined || args[i + 1].startsWith('--'))) {
      throw usage(`--${name} has no value`);
    }
    const given = value ?? args[++i];
    const before = flag.kind === 'list' ? flags.get(name as FlagName) : undefined;
    flags.set(name as FlagName, before === undefined ? given : `${before},${given}`);
  }
  return flags;
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

function checkFlag(command: CommandName, name: string): Flag {
  const flag = flagOf(name);
  if (flag === undefined) {
    throw usage(`there is no flag ${quote(`--${name}`)}; "roles-anywhere-signer help ${command}" lists them`);
  }
  if (flag.refused !== undefined) {
    throw new SignerError('NOT_SUPPORTED', `--${name} is not supported: ${flag.refused}`);
  }
  if (!flag.commands.includes(command)) {
    throw usage(`--${name} is not a flag of ${command}, but of ${flag.commands.join(', ')}`);
  }
  return flag;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.substring(0, 80)}...` : text);
}

function usage(message: string): SignerError {
  return new SignerError('USAGE', message);
}
