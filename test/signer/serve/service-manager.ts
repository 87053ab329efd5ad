/** The side of a service manager that is told how a service stands: a Unix datagram socket, which Node.js lacks, held by Python. */
import { spawn } from 'child_process';
import { PYTHON } from '../../support/python';

const PROGRAM = `
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
server.bind('\\0' + name[1:] if name.startswith('@') else name)
print('bound', flush=True)
while True:
    print(repr(server.recv(4096).decode()), flush=True)
`;

/** The socket, and what came. */
export interface ServiceManager {
  /** Messages without quotes; line ends are `\n` in two characters. */
  readonly messages: string[];
  stop(): Promise<void>;
}

/** @param name a path, or a name without a file that begins with `@` */
export async function startServiceManager(name: string): Promise<ServiceManager> {
  const child = spawn(PYTHON, ['-c', PROGRAM, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const messages: string[] = [];
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.on('close', () => reject(new Error('the datagram server has ended')));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split('\n');
      text = lines.pop()!;
      messages.push(...lines.filter((line) => line !== 'bound').map((line) => line.slice(1, -1)));
      if (lines.includes('bound')) {
        resolve();
      }
    });
  });
  return {
    messages,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** Waits until something holds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string, milliseconds = 30_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!await condition()) {
    if (Date.now() > end) {
      throw new Error(`not within ${milliseconds} ms: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
