/** The values that flags have in this run, from the command line, the environment or the configuration file, in this order. */
import { readConfigurationFile } from './configuration-file';
import { COMMAND_LINE_ONLY, FlagName, FlagOfKind, FLAGS, Flag, variableOf } from './flags';
import { SignerError } from '../errors';
import type { Platform } from '../platform/platform';

/** A value, and who gave it. */
interface Setting {
  readonly value: string;
  /** For messages: `--region`, `ROLES_ANYWHERE_REGION` or `region in /etc/roles-anywhere/config.json`. */
  readonly origin: string;
}

/** Bounds and default of a whole number. */
export interface NumberRule {
  readonly min: number;
  readonly max: number;
  /** What is counted, for messages: `seconds`. */
  readonly unit?: string;
}

/** The values of one run. An empty value is one not given, as with aws_signing_helper. */
export class Settings {
  public constructor(private readonly settings: ReadonlyMap<FlagName, Setting>) {}

  /** Whether somebody gave a value. */
  public has(name: FlagName): boolean {
    return this.settings.has(name);
  }

  /** Who gave the value of a flag, for messages; the flag itself where nobody did. */
  public origin(name: FlagName): string {
    return this.settings.get(name)?.origin ?? `--${name}`;
  }

  /** A text, or undefined where none was given. */
  public text(name: FlagOfKind<'text'>): string | undefined {
    return this.settings.get(name)?.value;
  }

  /** @throws SignerError `USAGE` where it is missing */
  public required(name: FlagOfKind<'text'>): string {
    const value = this.text(name);
    if (value === undefined) {
      throw new SignerError('USAGE', `--${name} is missing`);
    }
    return value;
  }

  /** @throws SignerError `USAGE` where it is not one of the choices */
  public choice<T extends string>(name: FlagOfKind<'text'>, choices: readonly T[]): T | undefined {
    const value = this.text(name);
    const choice = choices.find((candidate) => candidate.toLowerCase() === value?.toLowerCase());
    if (value !== undefined && choice === undefined) {
      throw new SignerError('USAGE', `${this.origin(name)} is one of ${choices.join(', ')}, not ${quote(value)}`);
    }
    return choice;
  }

  /** Whether a switch is on; undefined where nobody said. @throws SignerError `USAGE` where it is neither true nor false */
  public switch(name: FlagOfKind<'switch'>): boolean | undefined {
    const value = this.settings.get(name)?.value;
    if (value === undefined) {
      return undefined;
    }
    if (!/^(?:true|false|1|0)$/i.test(value)) {
      throw new SignerError('USAGE', `${this.origin(name)} is true or false, not ${quote(value)}`);
    }
    return /^(?:true|1)$/i.test(value);
  }

  /** @throws SignerError `USAGE` where it is not a whole number within its bounds */
  public number(name: FlagOfKind<'number'>, { min, max, unit }: NumberRule): number | undefined {
    const value = this.settings.get(name)?.value;
    if (value === undefined) {
      return undefined;
    }
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    if (!(number >= min && number <= max)) {
      throw new SignerError('USAGE', `${this.origin(name)} is a number${unit ? ` of ${unit}` : ''} from ${min} to ${max}, not ${quote(value)}`);
    }
    return number;
  }

  /** Values of a list, without empty ones; undefined where nobody gave any. */
  public list(name: FlagOfKind<'list'>): readonly string[] | undefined {
    return this.settings.get(name)?.value.split(',').map((entry) => entry.trim()).filter(Boolean);
  }
}

/**
 * Collects the values of a run: the command line before the environment before the configuration file.
 *
 * @throws SignerError `CONFIGURATION_INVALID`, `NOT_SUPPORTED`
 */
export async function collectSettings(platform: Pick<Platform, 'env' | 'readFile'>, flags: ReadonlyMap<FlagName, string>): Promise<Settings> {
  const settings = new Map<FlagName, Setting>();
  const file = await readConfigurationFile(platform, flags.get('config') || platform.env[variableOf('config')] || undefined);
  for (const [name, value] of file?.values ?? []) {
    settings.set(name, { value, origin: `${file!.memberOf(name)} in ${file!.path}` });
  }
  for (const name of Object.keys(FLAGS) as FlagName[]) {
    const value = COMMAND_LINE_ONLY.includes(name) ? undefined : platform.env[variableOf(name)];
    if (value) {
      refuse(name, variableOf(name));
      settings.set(name, { value, origin: variableOf(name) });
    }
  }
  for (const [name, value] of flags) {
    if (value !== '') {
      settings.set(name, { value, origin: `--${name}` });
    }
  }
  return new Settings(settings);
}

function refuse(name: FlagName, origin: string): void {
  const { refused } = FLAGS[name] as Flag;
  if (refused !== undefined) {
    throw new SignerError('NOT_SUPPORTED', `${origin} is not supported: ${refused}`);
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.substring(0, 80)}...` : text);
}
