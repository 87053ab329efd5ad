/**
 * The signer's machine in the standalone binary, which Bun's runtime is part of. Nothing of `node:*` is loaded here, and `process.stdout`
 * is not touched: each would cost a quarter of the time that the whole process takes.
 */
import type { FileStatus, Platform } from './platform';
import { ConnectionOptions, HttpRequest, HttpResponse, MAX_ANSWER_LENGTH, TOO_LONG } from '../../src/credentials/host';
import { PROXY_VARIABLES } from '../../src/credentials/proxy';
import { lazyPkcs11 } from '../pkcs11/lazy';

/** What is used of Bun's own interface. */
interface BunRuntime {
  readonly version: string;
  readonly stdin: { bytes(): Promise<Uint8Array> };
  readonly stdout: unknown;
  readonly stderr: unknown;
  file(path: string): { bytes(): Promise<Uint8Array>; stat(): Promise<{ readonly mode: number; readonly uid: number }> };
  write(destination: unknown, text: string | Uint8Array): Promise<number>;
  sleep(milliseconds: number): Promise<void>;
}

declare const Bun: BunRuntime;

/** Hosts that are not to be reached through a proxy. */
const NO_PROXY_VARIABLES: readonly string[] = ['NO_PROXY', 'no_proxy'];

/** The platform of a process of the standalone binary. */
export function bunPlatform(): Platform {
  // Starts the thread that signs later on, beside the reading of arguments and files.
  void crypto.subtle.digest('SHA-256', new Uint8Array(64));
  return {
    args: process.argv.slice(2),
    env: process.env,
    runtime: `Bun ${Bun.version}`,
    // Not mapped, which would be a little faster: a file that is rewritten in place meanwhile would end this process with SIGBUS.
    readFile: (path) => Bun.file(path).bytes(),
    fileStatus: async (path) => (process.platform === 'win32' ? undefined : statusOf(path)),
    readInput: () => Bun.stdin.bytes(),
    writeOutput: async (text) => {
      await Bun.write(Bun.stdout, text);
    },
    writeDiagnostics: async (text) => {
      try {
        await Bun.write(Bun.stderr, text);
      } catch {
        // Nobody listens, or the disk of the log is full: the exit code still says what happened, and credentials matter more.
      }
    },
    send,
    sleep: (milliseconds) => Bun.sleep(milliseconds),
    now: () => new Date(),
    random: Math.random,
    pkcs11: lazyPkcs11,
    // Datagrams of Unix sockets are sent through the C library of Linux; systemd is nowhere else.
    ...(process.platform === 'linux' ? { notify: notifyWithDatagram } : {}),
    listen: async (options, handler) => (await import('../serve/listen-bun.js')).listenBun(options, handler),
  };
}

const notifyWithDatagram: Platform['notify'] = async (socket, assignments) => (
  (await import('../serve/notify-bun.js')).notifyWithDatagram(socket, assignments)
);

async function statusOf(path: string): Promise<FileStatus> {
  const { mode, uid } = await Bun.file(path).stat();
  return { mode: mode % 0o1000, owner: uid };
}

async function send(request: HttpRequest, options: ConnectionOptions): Promise<HttpResponse> {
  const { proxy } = options;
  const response = await withoutProxyVariables(proxy !== undefined, () => fetch(request.url, {
    method: request.method,
    headers: request.headers,
    body: request.body,
    redirect: 'manual',
    signal: AbortSignal.timeout(options.timeout),
    ...(proxy ? { proxy: proxy.url } : {}),
    ...tlsOptions(options),
  } as RequestInit));
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    body: await readBody(response),
  };
}

/**
 * Bun reads the proxy variables itself: it knows no exception for loopback, and heeds NO_PROXY even where a proxy is named. It does so while
 * the call is made, so that the variables can be put back at once: `exec` hands them on.
 */
function withoutProxyVariables<T>(isProxied: boolean, call: () => T): T {
  if (!NO_PROXY_VARIABLES.concat(PROXY_VARIABLES).some((name) => process.env[name])) {
    return call();
  }
  const before = NO_PROXY_VARIABLES.map((name) => process.env[name]);
  NO_PROXY_VARIABLES.forEach((name) => (process.env[name] = isProxied ? '' : '*'));
  try {
    return call();
  } finally {
    NO_PROXY_VARIABLES.forEach((name, i) => {
      if (before[i] === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = before[i];
      }
    });
  }
}

/** Reads an answer; one whose length is not known beforehand, or is long, piece by piece, so that it cannot fill the memory. */
async function readBody(response: Response): Promise<string> {
  const { headers } = response;
  if (Number(headers.get('content-length') ?? Infinity) <= MAX_ANSWER_LENGTH && !headers.has('content-encoding')) {
    return response.text();
  }
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_LENGTH) {
      throw new Error(TOO_LONG);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Options of their own cost a TLS context of their own, so the ordinary case has none. */
function tlsOptions({ verifyTls, caBundle }: ConnectionOptions): object {
  return verifyTls && caBundle === undefined ? {} : { tls: { rejectUnauthorized: verifyTls, ...(caBundle === undefined ? {} : { ca: caBundle }) } };
}
