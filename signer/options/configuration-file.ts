/** Finds and reads the configuration file: JSON whose members are the flags in camel case. */
import { Flag, FlagName, FLAGS, COMMAND_LINE_ONLY, memberOf } from './flags';
import { relativePathHint } from '../../src/credentials/paths';
import { SignerError } from '../errors';
import type { Platform } from '../platform/platform';

/** What a file says. */
export interface ConfigurationFile {
  readonly path: string;
  /** Values as they would be written on the command line. */
  readonly values: ReadonlyMap<FlagName, string>;
  /** How the file calls a flag, for messages. */
  memberOf(name: FlagName): string;
}

/** In place of a path: no file at all, not even one at the usual places. */
const NONE = 'none';

/** Members that are for people: a remark, and the schema that editors check against. */
const REMARKS: readonly string[] = ['$schema', '//', '$comment'];

/**
 * Where a configuration file is looked for; the first one that is there is read, and no other.
 *
 * @param platform the process's system, `win32` or another
 */
export function searchPath(env: Platform['env'], platform: string = process.platform): string[] {
  if (platform === 'win32') {
    return [env.APPDATA, env.ProgramData].filter(Boolean).map((folder) => `${folder}\\roles-anywhere\\config.json`);
  }
  const home = env.XDG_CONFIG_HOME || (env.HOME ? `${env.HOME}/.config` : undefined);
  return [...(home ? [`${home}/roles-anywhere/config.json`] : []), '/etc/roles-anywhere/config.json'];
}

/**
 * Reads the file that is named, or the first that is there.
 *
 * @param named path of the file, or `none`
 * @returns undefined where none is there
 * @throws SignerError `CONFIGURATION_INVALID` where a file is not there although it is named, cannot be read, or holds what it must not
 */
export async function readConfigurationFile(
  platform: Pick<Platform, 'env' | 'readFile'>, named: string | undefined,
): Promise<ConfigurationFile | undefined> {
  if (named === NONE) {
    return undefined;
  }
  for (const path of named === undefined ? searchPath(platform.env) : [named]) {
    let bytes: Uint8Array;
    try {
      bytes = await platform.readFile(path);
    } catch (error) {
      const code = (error as { code?: string }).code ?? 'unknown error';
      if (named === undefined && (code === 'ENOENT' || code === 'ENOTDIR')) {
        continue;
      }
      throw invalid(path, code === 'ENOENT' ? `does not exist${relativePathHint(path)}; put it there, or name another with --config`
        : `cannot be read (${code})`);
    }
    return { path, values: parse(bytes, path), memberOf };
  }
  return undefined;
}

function parse(bytes: Uint8Array, path: string): Map<FlagName, string> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    // The parser's own words quote the file, which may hold a passphrase.
    throw invalid(path, `is not JSON${placeOf(error as Error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, 'is not a JSON object');
  }
  const values = new Map<FlagName, string>();
  for (const [member, content] of Object.entries(value)) {
    if (!REMARKS.includes(member)) {
      const name = flagOfMember(member, path);
      const text = textOf(content, FLAGS[name], `${member} in ${path}`);
      if (text !== '') {
        values.set(name, text);
      }
    }
  }
  return values;
}

function placeOf(error: Error): string {
  const line = /line (\d+)/.exec(error.message)?.[1];
  return line === undefined ? '' : `, at line ${line}`;
}

function flagOfMember(member: string, path: string): FlagName {
  const names = (Object.keys(FLAGS) as FlagName[]).filter((name) => !COMMAND_LINE_ONLY.includes(name));
  const name = names.find((candidate) => memberOf(candidate) === member);
  if (name === undefined) {
    const meant = names.find((candidate) => memberOf(candidate).toLowerCase() === member.replace(/[-_]/g, '').toLowerCase());
    throw invalid(path, `has a member ${JSON.stringify(member.substring(0, 80))} that means nothing`
      + (meant === undefined ? '' : `; do you mean ${JSON.stringify(memberOf(meant))}?`));
  }
  const { refused } = FLAGS[name] as Flag;
  if (refused !== undefined) {
    throw new SignerError('NOT_SUPPORTED', `${member} in ${path} is not supported: ${refused}`);
  }
  return name;
}

function textOf(content: unknown, { kind }: Flag, where: string): string {
  if (content === null) {
    return '';
  }
  if (kind === 'list' && Array.isArray(content) && content.every((entry) => typeof entry === 'string')) {
    return content.join(',');
  }
  const wanted = { text: 'string', list: 'string', number: 'number', switch: 'boolean' }[kind];
  if (typeof content !== wanted) {
    throw new SignerError('CONFIGURATION_INVALID', `${where} is to be a ${kind === 'list' ? 'list of strings' : wanted}, not ${typeNameOf(content)}`);
  }
  return String(content);
}

function typeNameOf(content: unknown): string {
  return Array.isArray(content) ? 'a list' : typeof content === 'object' ? 'an object' : `a ${typeof content}`;
}

function invalid(path: string, what: string): SignerError {
  return new SignerError('CONFIGURATION_INVALID', `the configuration file ${path} ${what}`);
}
