/** The options that commands share, read strictly: an unknown one or a value that makes no sense is an error, never a guess. */
import { readFileSync, statSync } from 'node:fs';
import { parseArgs, ParseArgsConfig } from 'node:util';
import { nearestName } from './nearest-name';
import { certificatesIn } from '../src/simulator/certificate-input';
import { SimulatorError } from '../src/simulator/errors';
import { RolesAnywhereSimulator } from '../src/simulator/simulator';

/** The command was called in a way that cannot be meant. */
export class UsageError extends Error {}

/** The options of every command that reads an app. */
export const ASSEMBLY_OPTIONS = {
  'assembly': { type: 'string' },
  'account': { type: 'string' },
  'region': { type: 'string' },
  'parameter': { type: 'string', multiple: true },
  'ca-certificate': { type: 'string', multiple: true },
} as const satisfies ParseArgsConfig['options'];

/** Their help. */
export const ASSEMBLY_HELP = `  --assembly PATH             the folder that 'cdk synth' writes, or a template file (default: cdk.out)
  --account ID                account of stacks that name none (default: 123456789012)
  --region NAME               region of stacks that name none (default: us-east-1)
  --parameter NAME=VALUE      value of a template parameter; may be repeated
  --ca-certificate NAME=FILE  certificate (PEM) of a trust anchor whose template has none, such as one of
                              a private CA; may be repeated
`;

/** Values of {@link ASSEMBLY_OPTIONS}. */
export interface AssemblyValues {
  readonly 'assembly'?: string;
  readonly 'account'?: string;
  readonly 'region'?: string;
  readonly 'parameter'?: string[];
  readonly 'ca-certificate'?: string[];
}

/**
 * Parses arguments.
 *
 * @throws UsageError for unknown options, missing values and arguments that are no options
 */
export function parseOptions<T extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node's messages are for people; those of its own mistakes have other codes.
    const code = String((error as NodeJS.ErrnoException).code);
    if (code.startsWith('ERR_PARSE_ARGS_')) {
      const isUnknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL';
      throw new UsageError((error as Error).message + (isUnknown ? suggestion(args, options) : ''));
    }
    throw error;
  }
}

/** What may have been meant by the first argument that is no option of the command. */
function suggestion(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>): string {
  const names = Object.keys(options);
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') {
      const option = optionForPath(token.value);
      return option !== undefined && names.includes(option) ? `; did you mean --${option} ${token.value}?` : '';
    }
    if (token.kind === 'option' && !names.includes(token.name)) {
      const name = nearestName(token.name, names);
      return name === undefined ? '' : `; did you mean --${name}?`;
    }
  }
  return '';
}

/** The option that takes what is at a path: folders and JSON are assemblies and templates. */
function optionForPath(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    return undefined;
  }
  return found.isDirectory() || path.endsWith('.json') ? 'assembly' : 'certificate';
}

/**
 * Reads the app.
 *
 * @throws UsageError; SimulatorError where something cannot be read
 */
export function readSimulator(values: AssemblyValues): RolesAnywhereSimulator {
  const { assembly = 'cdk.out', account, region } = values;
  const caCertificates = Object.fromEntries(pairs(values['ca-certificate'], '--ca-certificate').map(([name, file]) => [name, readCertificateFile(file)]));
  return RolesAnywhereSimulator.fromCloudAssembly(assembly, {
    account, region, parameters: Object.fromEntries(pairs(values.parameter, '--parameter')), caCertificates,
  });
}

function pairs(values: readonly string[] = [], option: string): Array<[string, string]> {
  return values.map((value) => {
    const equals = value.indexOf('=');
    if (equals < 1) {
      throw new UsageError(`${option} takes NAME=VALUE, and '${value}' is not that`);
    }
    return [value.slice(0, equals), value.slice(equals + 1)];
  });
}

/**
 * A whole number.
 *
 * @throws UsageError
 */
export function wholeNumber(text: string | undefined, option: string): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  if (!/^[0-9]{1,9}$/.test(text)) {
    throw new UsageError(`${option} takes a whole number, and '${text}' is not one`);
  }
  return Number(text);
}

/**
 * A moment, as ISO 8601 writes it.
 *
 * @throws UsageError
 */
export function moment(text: string | undefined, option: string): Date | undefined {
  if (text === undefined) {
    return undefined;
  }
  // Date takes many other forms too, each of them in its own time zone.
  const date = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? new Date(text) : undefined;
  if (!date || Number.isNaN(date.getTime())) {
    throw new UsageError(`${option} takes a date such as 2030-01-31 or 2030-01-31T12:00:00Z, and '${text}' is not one`);
  }
  return date;
}

/**
 * The content of a file.
 *
 * @throws SimulatorError `FILE_UNREADABLE`
 */
export function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SimulatorError('FILE_UNREADABLE', `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).name})`, path);
  }
}

/**
 * The content of a file with certificates, looked at here, where the name of the file is known.
 *
 * @throws SimulatorError `FILE_UNREADABLE`, `CERTIFICATE_INVALID`
 */
export function readCertificateFile(path: string): Buffer {
  const content = readFile(path);
  certificatesIn(content, path);
  return content;
}
