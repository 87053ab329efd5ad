/** Serves HTTP with Bun's own server. */
import { listenFailure, MAX_BODY_LENGTH } from './limits';
import type { Listen, ListenOptions, RequestHandler, ServerAnswer, ServerRequest } from './listener';
import { SignerError } from '../errors';

/** What is used of Bun's server. */
interface BunServer {
  readonly port: number;
  readonly pendingRequests: number;
  stop(closeConnections: boolean): Promise<void>;
  closeIdleConnections(): void;
  /** How long a connection may be idle, in seconds; 0 is without end. */
  timeout(request: Request, seconds: number): void;
}

interface BunServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly idleTimeout: number;
  readonly maxRequestBodySize: number;
  readonly development: boolean;
  readonly reusePort: boolean;
  fetch(request: Request, server: BunServer): Response | Promise<Response>;
}

declare const Bun: {
  serve(options: BunServeOptions): BunServer;
  sleep(milliseconds: number): Promise<void>;
};

/** Seconds that a connection may be idle. Headers have to be complete within about 12, and end at 16 KiB with 431: both are the server's own. */
const IDLE_TIMEOUT = 10;

/** Milliseconds between two looks at the requests that are still open. */
const CLOSING_INTERVAL = 20;

/** Listens with Bun's own server. */
export const listenBun: Listen = async (options, handler) => {
  const server = serve(options, handler);
  if (options.hopLimit !== undefined) {
    try {
      await setHopLimit(server.port, options.hopLimit);
    } catch (error) {
      await server.stop(true);
      throw error;
    }
  }
  return { host: options.host, port: server.port, close: (grace) => close(server, grace) };
};

function serve(options: ListenOptions, handler: RequestHandler): BunServer {
  try {
    return Bun.serve({
      hostname: options.host,
      port: options.port,
      idleTimeout: IDLE_TIMEOUT,
      maxRequestBodySize: MAX_BODY_LENGTH,
      development: false,
      // Without development, the default is true: two servers would share a port, and the requests, without a word.
      reusePort: false,
      fetch: (request, server) => {
        const answer = handler(new BunRequest(request));
        if (!(answer instanceof Promise)) {
          return responseOf(answer);
        }
        // Whoever waits for new credentials is not idle.
        server.timeout(request, 0);
        return answer.then(responseOf);
      },
    });
  } catch (error) {
    throw listenFailure(error, options);
  }
}

/** Answers that are given again and again are made once: a copy costs less than headers that are read anew. */
const responses = new WeakMap<ServerAnswer, Response>();

function responseOf(answer: ServerAnswer): Response {
  let response = responses.get(answer);
  if (response === undefined) {
    response = new Response(answer.body, answer);
    responses.set(answer, response);
  }
  return response.clone();
}

class BunRequest implements ServerRequest {
  public readonly path: string;

  public constructor(private readonly request: Request) {
    // `http://host:port/path`, or the path alone where a client of HTTP/1.0 has named no host.
    const { url } = request;
    const start = url.startsWith('/') ? 0 : url.indexOf('/', 'http://'.length);
    const query = url.indexOf('?', start);
    this.path = query === -1 ? url.substring(start) : url.substring(start, query);
  }

  public get method(): string {
    return this.request.method;
  }

  public header(name: string): string | undefined {
    return this.request.headers.get(name) ?? undefined;
  }
}

async function close(server: BunServer, grace: number): Promise<void> {
  const end = performance.now() + grace;
  void server.stop(false);
  while (server.pendingRequests > 0 && performance.now() < end) {
    await Bun.sleep(CLOSING_INTERVAL);
  }
  await server.stop(true);
}

async function setHopLimit(port: number, hopLimit: number): Promise<void> {
  if (process.platform !== 'linux') {
    throw new SignerError('NOT_SUPPORTED', '--hop-limit is supported on Linux only; leave it out');
  }
  (await import('./libc-bun.js')).setHopLimit(port, hopLimit);
}
