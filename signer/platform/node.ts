/** The signer's machine under Node.js. */
import { readFileSync, statSync, writeSync } from 'node:fs';
import type { FileStatus, Platform } from './platform';
import { nodeHost } from '../../src/credentials/node-host';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/** The platform of a Node.js process. */
export function nodePlatform(): Platform {
  return {
    ...nodeHost(),
    args: process.argv.slice(2),
    runtime: `Node.js ${process.version}`,
    fileStatus: async (path) => (process.platform === 'win32' ? undefined : statusOf(path)),
    readInput: async () => readFileSync(STDIN),
    writeOutput: async (text) => writeFully(STDOUT, text),
    writeDiagnostics: async (text) => {
      try {
        await writeFully(STDERR, text);
      } catch {
        // Nobody listens, or the disk of the log is full: the exit code still says what happened, and credentials matter more.
      }
    },
    listen: async (options, handler) => (await import('../serve/listen-node.js')).listenNode(options, handler),
  };
}

function statusOf(path: string): FileStatus {
  const { mode, uid } = statSync(path);
  return { mode: mode % 0o1000, owner: uid };
}

/** `writeSync` may write less than all (pipes), and may ask to be tried again (non-blocking pipes). */
async function writeFully(descriptor: number, text: string | Uint8Array): Promise<void> {
  let rest: Uint8Array = typeof text === 'string' ? Buffer.from(text) : text;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
