/** The log of what runs for long: lines for people, or JSON for machines, on standard error. Credentials, keys and tokens never go here. */
import { failureOf } from './errors';
import type { Settings } from './options/settings';
import type { Platform } from './platform/platform';
import type { SessionObserver } from '../src/credentials/create-session-client';
import { oneLine } from '../src/credentials/errors';

/** How much an entry matters. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

/** What an entry says beside its message. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes entries. */
export interface Log {
  debug(message: string, fields?: Fields): Promise<void>;
  info(message: string, fields?: Fields): Promise<void>;
  warn(message: string, fields?: Fields): Promise<void>;
  error(message: string, fields?: Fields): Promise<void>;
}

/** @throws SignerError `USAGE` for a format that does not exist */
export function openLog(platform: Pick<Platform, 'writeDiagnostics' | 'now'>, settings: Settings): Log {
  const format = settings.choice('log-format', ['text', 'json'] as const) ?? 'text';
  const isDebugging = settings.switch('debug') ?? false;
  const write = (level: Level) => async (message: string, fields: Fields = {}): Promise<void> => {
    const time = platform.now().toISOString();
    const line = format === 'json' ? JSON.stringify({ time, level, message: oneLine(message, 4000), ...fields }) : textLine(time, level, message, fields);
    await platform.writeDiagnostics(`${line}\n`);
  };
  return { debug: isDebugging ? write('debug') : async () => undefined, info: write('info'), warn: write('warn'), error: write('error') };
}

function textLine(time: string, level: Level, message: string, fields: Fields): string {
  const rest = Object.entries(fields).filter(([, value]) => value !== undefined).map(([name, value]) => ` ${name}=${word(String(value))}`);
  return `${time} ${level}: ${oneLine(message, 4000)}${rest.join('')}`;
}

function word(value: string): string {
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(oneLine(value));
}

/** What a session says, as entries of a log. */
export function logObserver(log: Log, isDebugging: boolean): SessionObserver {
  return {
    debug: async (text) => (isDebugging ? log.debug(text()) : undefined),
    warn: (text) => log.warn(text),
  };
}

/** Code and message of whatever was thrown, as fields of an entry. */
export function errorFields(error: unknown): Fields {
  const { code, message } = failureOf(error);
  return { code, error: oneLine(message) };
}
