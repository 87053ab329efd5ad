/** Certificates and keys that are in no file: on standard input (`-`), or in an environment variable (`env:NAME`). For CI jobs. */
import { SignerError } from '../errors';
import type { Platform } from '../platform/platform';

/** In place of a path: standard input. */
const STANDARD_INPUT = '-';

/** In place of a path: a variable's value, PEM or base64 of it. */
const VARIABLE = /^env:(.+)$/i;

/**
 * A reader of files that knows these two as well. Standard input is read once and kept, because it may hold certificate and key, and because
 * what runs for long reads again.
 */
export function withInlineFiles(platform: Pick<Platform, 'env' | 'readFile' | 'readInput'>): Pick<Platform, 'readFile'> {
  let input: Promise<Uint8Array> | undefined;
  return {
    readFile: (path) => {
      if (path === STANDARD_INPUT) {
        return (input ??= platform.readInput());
      }
      const variable = VARIABLE.exec(path)?.[1];
      return variable === undefined ? platform.readFile(path) : readVariable(platform, variable);
    },
  };
}

async function readVariable({ env }: Pick<Platform, 'env'>, name: string): Promise<Uint8Array> {
  const value = env[name];
  if (!value) {
    throw new SignerError('USAGE', `the environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`);
  }
  // Some CI systems keep line ends only in base64, and some write "\n" for them.
  const isBase64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(value);
  return isBase64 ? Uint8Array.from(atob(value.replace(/\s/g, '')), (character) => character.charCodeAt(0))
    : new TextEncoder().encode(value.replaceAll('\\n', '\n'));
}
