/** Counts the requests that a local HTTP server answers in some seconds: with wrk where it is on the PATH, otherwise with connections of its own. */
import { spawn, spawnSync } from 'child_process';
import { connect, Socket } from 'net';

/** Connections that are kept open, each with one request under way. */
export const CONNECTIONS = 16;

/** What is asked for, again and again. */
export interface Target {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** What makes the load, for titles. */
export const LOAD_GENERATOR = spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error ? 'connections of this process' : 'wrk';

/**
 * Requests a second.
 *
 * @throws Error where an answer is not HTTP 200
 */
export function requestsPerSecond(target: Target, seconds: number): Promise<number> {
  return LOAD_GENERATOR === 'wrk' ? withWrk(target, seconds) : withSockets(target, seconds);
}

async function withWrk({ url, headers }: Target, seconds: number): Promise<number> {
  const args = ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]), url.href];
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(said) : reject(new Error(`wrk ended with exit code ${code}: ${said}`))));
  });
  const rate = /Requests\/sec:\s+([0-9.]+)/.exec(output);
  if (rate === null || /Non-2xx|Socket errors/.test(output)) {
    throw new Error(`wrk had errors:\n${output}`);
  }
  return Number(rate[1]);
}

async function withSockets({ url, headers }: Target, seconds: number): Promise<number> {
  const lines = [`GET ${url.pathname} HTTP/1.1`, `Host: ${url.host}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  const end = performance.now() + seconds * 1000;
  const counts = await Promise.all(Array.from({ length: CONNECTIONS }, () => ask(url, request, end)));
  return counts.reduce((sum, count) => sum + count, 0) / seconds;
}

/** Asks on one connection until the time is over. */
function ask(url: URL, request: Buffer, end: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0;
    let received = Buffer.alloc(0);
    const socket: Socket = connect(Number(url.port), url.hostname, () => socket.write(request));
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`the server closed a connection after ${count} answers`)));
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const length = answerLength(received);
      if (length === undefined || received.length < length) {
        return;
      }
      if (!received.subarray(0, 12).toString('latin1').endsWith(' 200')) {
        socket.destroy();
        reject(new Error(`the server answered ${received.subarray(0, 100).toString('latin1').split('\r\n')[0]}`));
        return;
      }
      received = received.subarray(length);
      count += 1;
      if (performance.now() < end) {
        socket.write(request);
      } else {
        socket.removeAllListeners('close');
        socket.destroy();
        resolve(count);
      }
    });
  });
}

/** Bytes of the answer at the beginning of what was received; undefined where its head is not complete yet. */
function answerLength(received: Buffer): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) {
    return undefined;
  }
  const head = received.subarray(0, headEnd).toString('latin1');
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length === null) {
    throw new Error('the server sends answers whose length is not known beforehand');
  }
  return headEnd + 4 + Number(length[1]);
}
