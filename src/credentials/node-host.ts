/** The machine under Node.js. Its `node:https` starts twice as fast as its `fetch`, and can be told of CAs and proxies. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP, Socket } from 'node:net';
import * as tls from 'node:tls';
import { ConnectionOptions, Host, HttpRequest, HttpResponse, MAX_ANSWER_LENGTH, TOO_LONG } from './host';

/** Octets of an answer's headers: as many as other runtimes take. */
const MAX_HEADER_LENGTH = 128 * 1024;

/** A Node.js process. */
export function nodeHost(): Host {
  return {
    env: process.env,
    readFile: async (path) => readRegularFile(path),
    send,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    now: () => new Date(),
    random: Math.random,
  };
}

function readRegularFile(path: string): Uint8Array {
  const descriptor = openSync(path, 'r');
  try {
    // Reading a directory fails with a code on Linux, and without one elsewhere.
    if (fstatSync(descriptor).isDirectory()) {
      throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    }
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** How a request gets to its server. */
interface Route extends Pick<http.RequestOptions, 'agent' | 'hostname' | 'port' | 'path' | 'createConnection'> {
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(request: HttpRequest, options: ConnectionOptions): Promise<HttpResponse> {
  const url = new URL(request.url);
  const signal = AbortSignal.timeout(options.timeout);
  const connection: Route = options.proxy ? await throughProxy(url, new URL(options.proxy.url), options, signal) : { agent: false };
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = client.request(url, {
      ...tlsOptions(options),
      ...connection,
      method: request.method,
      headers: { ...request.headers, ...connection.headers, 'host': url.host, 'content-length': Buffer.byteLength(request.body) },
      maxHeaderSize: MAX_HEADER_LENGTH,
      signal,
    }, (incoming) => {
      const chunks: Buffer[] = [];
      let length = 0;
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > MAX_ANSWER_LENGTH) {
          incoming.destroy(new Error(TOO_LONG));
        }
      });
      incoming.on('error', reject);
      incoming.on('end', () => resolve({
        status: incoming.statusCode ?? 0,
        header: (name) => headerText(incoming.headers[name]),
        body: Buffer.concat(chunks).toString('utf8'),
      }));
    });
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function tlsOptions({ verifyTls, caBundle }: ConnectionOptions): tls.ConnectionOptions {
  return { rejectUnauthorized: verifyTls, minVersion: 'TLSv1.2', ...(caBundle === undefined ? {} : { ca: caBundle }) };
}

/** Opens a tunnel (RFC 9110 section 9.3.6) for https; for plain http, the request goes to the proxy as it is with a full target. */
async function throughProxy(target: URL, proxy: URL, options: ConnectionOptions, signal: AbortSignal): Promise<Route> {
  const authorization: Record<string, string> = proxy.username === '' ? {} : { 'proxy-authorization': basicAuthorization(proxy) };
  const proxyPort = proxy.port || (proxy.protocol === 'https:' ? 443 : 80);
  if (target.protocol === 'http:') {
    return { agent: false, hostname: proxy.hostname, port: proxyPort, path: target.href, headers: authorization };
  }
  const authority = `${target.hostname}:${target.port || 443}`;
  const socket = await new Promise<Socket>((resolve, reject) => {
    const client = proxy.protocol === 'https:' ? https : http;
    const connect = client.request({
      method: 'CONNECT',
      hostname: proxy.hostname,
      port: proxyPort,
      path: authority,
      headers: { host: authority, ...authorization },
      agent: false,
      signal,
    });
    connect.on('connect', (response, tunnel) => {
      if (response.statusCode === 200) {
        resolve(tunnel);
      } else {
        tunnel.destroy();
        reject(new Error(`the proxy ${proxy.host} answered HTTP ${response.statusCode} to CONNECT`));
      }
    });
    connect.on('error', reject);
    connect.end();
  });
  // RFC 6066 section 3: addresses are no server names.
  const name = isIP(target.hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: target.hostname } : {};
  return { createConnection: () => tls.connect({ socket, host: target.hostname, ...name, ...tlsOptions(options) }) };
}

function basicAuthorization(proxy: URL): string {
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}
