/** Asks a person at the terminal for a secret, without showing what is typed. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';

/** Where terminals are, whatever standard input and output are connected to: an SDK reads credentials from the output. */
const TERMINAL = process.platform === 'win32' ? { input: '\\\\.\\CONIN$', output: '\\\\.\\CONOUT$' } : { input: '/dev/tty', output: '/dev/tty' };

const ENTER = /[\r\n]/;
const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
const BACKSPACE = /[\b\u007f]/;

/**
 * Asks for a line of text.
 *
 * @returns undefined where there is no terminal, or where the person gives up
 */
export async function prompt(question: string): Promise<string | undefined> {
  let descriptors: { readonly input: number; readonly output: number };
  try {
    descriptors = { input: openSync(TERMINAL.input, 'r+'), output: openSync(TERMINAL.output, 'w') };
  } catch (error) {
    // ENXIO: a process without a terminal of its own, such as a service.
    if (['ENXIO', 'ENOENT', 'ENOTTY', 'EACCES', 'EPERM', 'ENODEV', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return undefined;
    }
    throw error;
  }
  const terminal = new ReadStream(descriptors.input);
  try {
    writeSync(descriptors.output, question);
    terminal.setRawMode(true);
    return await readLine(terminal);
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
    terminal.unref();
    terminal.destroy();
    writeSync(descriptors.output, '\n');
    closeSync(descriptors.output);
  }
}

function readLine(terminal: ReadStream): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let line = '';
    terminal.setEncoding('utf8');
    terminal.on('error', reject);
    terminal.on('end', () => resolve(undefined));
    terminal.on('data', (chunk: Buffer | string) => {
      for (const character of String(chunk)) {
        if (character === INTERRUPT || character === END_OF_INPUT) {
          resolve(undefined);
        } else if (ENTER.test(character)) {
          resolve(line);
        } else {
          line = BACKSPACE.test(character) ? [...line].slice(0, -1).join('') : line + character;
        }
      }
    });
  });
}
