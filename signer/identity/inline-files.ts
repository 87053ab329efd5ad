/** Certificates and keys that are in no file: on standard input (`-`), or in an environment variable (`env:NAME`). For CI jobs. */
import { CredentialsError } from '../../src/credentials/errors';
import type { Platform } from '../platform/platform';

/** In place of a path: standard input. */
const STANDARD_INPUT = '-';

/** Descriptors that a shell has opened, `<(command)` for instance: mostly pipes, which can be read only once. */
const DESCRIPTOR = /^\/(?:dev\/stdin$|dev\/fd\/|proc\/self\/fd\/)/;

/** Whether a certificate or key has no place of its own where it could be read again. */
export function isReadOnce(path: string): boolean {
  return path === STANDARD_INPUT || DESCRIPTOR.test(path);
}

/** In place of a path: a variable's value, PEM or base64 of it. */
const VARIABLE = /^env:(.+)$/i;

/**
 * A reader of files that knows these two as well. What can be read only once is kept, because it may hold certificate and key, and because
 * what runs for long reads again.
 */
export function withInlineFiles(platform: Pick<Platform, 'env' | 'readFile' | 'readInput'>): Pick<Platform, 'readFile'> {
  const kept = new Map<string, Promise<Uint8Array>>();
  return {
    readFile: (path) => {
      if (isReadOnce(path)) {
        const content = kept.get(path) ?? (path === STANDARD_INPUT ? platform.readInput() : platform.readFile(path));
        kept.set(path, content);
        return content;
      }
      const variable = VARIABLE.exec(path)?.[1];
      return variable === undefined ? platform.readFile(path) : readVariable(platform, variable);
    },
  };
}

async function readVariable({ env }: Pick<Platform, 'env'>, name: string): Promise<Uint8Array> {
  const value = env[name];
  if (!value) {
    throw new CredentialsError('FILE_UNREADABLE', `the environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`);
  }
  // Some CI systems keep line ends only in base64, and some write "\n" for them.
  const isBase64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(value);
  return isBase64 ? Uint8Array.from(atob(value.replace(/\s/g, '')), (character) => character.charCodeAt(0))
    : new TextEncoder().encode(value.replaceAll('\\n', '\n'));
}
