/** Serves HTTP with node:http. */
import { readFileSync } from 'node:fs';
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { listenFailure, MAX_BODY_LENGTH, MAX_HEADER_LENGTH } from './limits';
import type { Listen, ListenOptions, RequestHandler, ServerAnswer, ServerRequest } from './listener';
import { SignerError } from '../errors';

/** Milliseconds in which the headers of a request have to come, and all of it. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 15_000;

/** Milliseconds that a connection may be idle between two requests. */
const KEEP_ALIVE_TIMEOUT = 10_000;

const MAX_CONNECTIONS = 1_000;

/** Listens with Node's own server. */
export const listenNode: Listen = async (options, handler) => {
  checkHopLimit(options);
  const open = new OpenRequests();
  const server = createServer({
    maxHeaderSize: MAX_HEADER_LENGTH,
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    connectionsCheckingInterval: 1_000,
  }, (request, response) => {
    open.add(response);
    void answer(request, response, handler);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', refuseMalformed);
  const { port } = await listen(server, options);
  return { host: options.host, port, close: (grace) => close(server, open, grace) };
};

function listen(server: Server, options: ListenOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    // Later on, an error is a connection that could not be accepted: that client's loss, and not the end of the server.
    server.on('error', (error) => reject(listenFailure(error, options)));
    server.listen(options.port, options.host, () => resolve(server.address() as AddressInfo));
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, handler: RequestHandler): Promise<void> {
  if (hasLargeBody(request)) {
    // Its rest is not waited for.
    write(response, { status: 413, headers: { connection: 'close' }, body: '' });
    return;
  }
  request.resume();
  write(response, await handler(new NodeRequest(request)));
}

/** Bodies are of no use here. One without a length could be of any. */
function hasLargeBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_BODY_LENGTH;
}

function write(response: ServerResponse, { status, headers, body }: ServerAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

class NodeRequest implements ServerRequest {
  public readonly method: string;
  public readonly path: string;

  public constructor(private readonly request: IncomingMessage) {
    this.method = request.method ?? '';
    const target = request.url ?? '';
    const query = target.indexOf('?');
    this.path = query === -1 ? target : target.substring(0, query);
  }

  public header(name: string): string | undefined {
    // Of several Host headers Node keeps the first one, and tells nothing of the others.
    const value = name === 'host' ? this.request.headersDistinct.host : this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }
}

/** What is no HTTP, is too large or takes too long never becomes a request. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large'
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout'
      : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** The requests that wait for their answers, or are being answered. */
class OpenRequests {
  private count = 0;
  private whenNone?: () => void;

  public add(response: ServerResponse): void {
    this.count += 1;
    response.once('close', () => {
      this.count -= 1;
      if (this.count === 0) {
        this.whenNone?.();
      }
    });
  }

  /** Calls back when there is none, at once if that is now. */
  public whenFinished(callback: () => void): void {
    this.whenNone = callback;
    if (this.count === 0) {
      callback();
    }
  }
}

/** Node's own closing would wait for connections on which no request has come yet. */
function close(server: Server, open: OpenRequests, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    open.whenFinished(() => server.closeAllConnections());
  });
}

/** Node has no way to set it, so it has to be what the system does anyway. */
function checkHopLimit({ hopLimit }: ListenOptions): void {
  if (hopLimit !== undefined && hopLimit !== systemHopLimit()) {
    throw new SignerError('NOT_SUPPORTED', `--hop-limit ${hopLimit} is not supported under Node.js, which leaves the system's ${systemHopLimit()}; `
      + 'the standalone binary can set it on Linux');
  }
}

function systemHopLimit(): number {
  if (process.platform === 'linux') {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_default_ttl', 'latin1'));
  }
  return process.platform === 'win32' ? 128 : 64;
}

