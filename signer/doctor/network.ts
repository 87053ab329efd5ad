/** Looks at the way to the service step by step, where a request only succeeds or fails: name, proxy, connection, TLS. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { ConnectionOptions } from '../../src/credentials/host';

/** What a connection showed. */
export interface Connected {
  /** Address of the other end: the proxy's where there is one. */
  readonly address: string;
  /** Undefined for a connection without TLS. */
  readonly tls?: {
    /** `TLSv1.3`. */
    readonly protocol: string;
    /** Who issued the server's certificate: `C=US, O=Example, CN=Example CA`. */
    readonly issuer: string;
    /** Code of why the server's certificate is not trusted; undefined where it is. */
    readonly problem?: string;
  };
}

/** The network. */
export interface Network {
  /** The addresses of a host. @throws the system's error, with its code */
  resolve(hostname: string): Promise<readonly string[]>;
  /** Connects and hangs up. A server that is not trusted is no error. @throws the system's error, with its code */
  connect(url: URL, options: Omit<ConnectionOptions, 'verifyTls'>): Promise<Connected>;
}

/** The network of this machine. */
export const REAL_NETWORK: Network = {
  resolve: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),
  connect,
};

/** Proxies that say nothing within that many bytes are none. */
const MAX_HEAD_LENGTH = 16 * 1024;

async function connect(url: URL, options: Omit<ConnectionOptions, 'verifyTls'>): Promise<Connected> {
  const signal = AbortSignal.timeout(options.timeout);
  const proxy = options.proxy && new URL(options.proxy.url);
  const sockets: net.Socket[] = [];
  try {
    const first = net.connect({ host: hostOf(proxy ?? url), port: portOf(proxy ?? url) });
    sockets.push(first);
    await once(first, 'connect', { signal });
    const address = first.remoteAddress ?? '';
    if (url.protocol !== 'https:') {
      return { address };
    }
    if (proxy?.protocol === 'https:') {
      sockets.push(await secure(first, proxy, options.caBundle, signal));
    }
    if (proxy) {
      await openTunnel(sockets.at(-1)!, url, proxy, signal);
    }
    const secured = await secure(sockets.at(-1)!, url, options.caBundle, signal);
    sockets.push(secured);
    return { address, tls: describe(secured) };
  } finally {
    sockets.reverse().forEach((socket) => socket.destroy());
  }
}

async function secure(socket: net.Socket, url: URL, caBundle: string | undefined, signal: AbortSignal): Promise<tls.TLSSocket> {
  const host = hostOf(url);
  const secured = tls.connect({
    socket,
    host,
    servername: net.isIP(host) ? '' : host,
    minVersion: 'TLSv1.2',
    // What is wrong is told; nothing is sent.
    rejectUnauthorized: false,
    ...(caBundle === undefined ? {} : { ca: caBundle }),
  });
  await once(secured, 'secureConnect', { signal });
  return secured;
}

function describe(socket: tls.TLSSocket): Connected['tls'] {
  // Node.js gives a code where its types promise an error.
  const problem = socket.authorizationError as Error | string | null | undefined;
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    issuer: Object.entries(socket.getPeerCertificate().issuer ?? {}).map(([type, value]) => `${type}=${String(value)}`).join(', ') || 'nobody',
    ...(socket.authorized ? {} : { problem: typeof problem === 'string' ? problem : problem?.message ?? 'UNKNOWN' }),
  };
}

/** Asks a proxy for a tunnel (RFC 9110 section 9.3.6). */
async function openTunnel(socket: net.Socket, url: URL, proxy: URL, signal: AbortSignal): Promise<void> {
  const authority = `${url.hostname}:${portOf(url)}`;
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization = proxy.username === '' ? '' : `Proxy-Authorization: Basic ${Buffer.from(user).toString('base64')}\r\n`;
  const head = readHead(socket, signal);
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`);
  const status = /^HTTP\/1\.\d (\d{3})/.exec(await head)?.[1];
  if (status !== '200') {
    throw new Error(`the proxy ${proxy.host} answered ${status === undefined ? 'something that is not HTTP' : `HTTP ${status}`} to CONNECT`);
  }
}

/** Reads until the empty line that ends the head of an answer. */
function readHead(socket: net.Socket, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = '';
    const finish = (end: () => void) => {
      socket.removeListener('data', onData);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const onData = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (head.includes('\r\n\r\n') || head.length > MAX_HEAD_LENGTH) {
        finish(() => resolve(head));
      }
    };
    const onError = (error: Error) => finish(() => reject(error));
    const onClose = () => finish(() => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    const onAbort = () => finish(() => reject(signal.reason as Error));
    socket.on('data', onData);
    socket.on('error', onError);
    socket.on('close', onClose);
    signal.addEventListener('abort', onAbort);
  });
}

/** Without the brackets of IPv6 addresses. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
