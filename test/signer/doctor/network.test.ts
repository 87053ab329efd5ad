import { createServer, Server } from 'http';
import { createServer as createTlsServer } from 'https';
import { AddressInfo, connect, createServer as createTcpServer, Server as TcpServer, Socket } from 'net';
import { REAL_NETWORK } from '../../../signer/doctor/network';
import { createRootCa, Issued, issueHost } from '../../support/pki';

const TIMEOUT = 5000;
const servers: Array<Server | TcpServer> = [];
const sockets: Socket[] = [];
let root: Issued;
let tlsUrl: URL;
let plainUrl: URL;
let received = 0;

async function listen(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A proxy that opens tunnels for whoever sends this authorization, or for everyone. */
async function proxy(authorization?: string, tls?: { readonly key: string; readonly cert: string }): Promise<URL> {
  const server = tls ? createTlsServer(tls) : createServer();
  server.on('connect', (request, socket) => {
    if (authorization !== undefined && request.headers['proxy-authorization'] !== authorization) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const upstream = connect(Number(tlsUrl.port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n');
      socket.write('Via: 1.1 test\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  return new URL(`${tls ? 'https' : 'http'}://127.0.0.1:${await listen(server)}`);
}

let server: Issued;

beforeAll(async () => {
  root = await createRootCa('O=Example, CN=Root');
  server = await issueHost(root, 'CN=server', { subjectAltName: [{ type: 'ip', value: '127.0.0.1' }, { type: 'dns', value: 'service.example' }] });
  const count = () => {
    received++;
  };
  tlsUrl = new URL(`https://127.0.0.1:${await listen(createTlsServer({ key: server.keyPem, cert: server.pem }, count))}`);
  plainUrl = new URL(`http://127.0.0.1:${await listen(createServer(count))}`);
});

afterAll(() => {
  servers.forEach((one) => one.close());
  sockets.forEach((socket) => socket.destroy());
});

afterEach(() => {
  expect(received).toBe(0);
});

const TLS = { protocol: 'TLSv1.3', issuer: 'O=Example, CN=Root' };

test('a name has addresses, or an error with a code', async () => {
  expect(await REAL_NETWORK.resolve('localhost')).toEqual(expect.arrayContaining([expect.stringMatching(/^127\.0\.0\.1$|^::1$/)]));
  await expect(REAL_NETWORK.resolve('no-such-host.invalid')).rejects.toMatchObject({ code: expect.stringMatching(/^(?:ENOTFOUND|EAI_AGAIN)$/) });
});

describe('a direct connection', () => {
  test('to a server whose CA is in the bundle is trusted', async () => {
    expect(await REAL_NETWORK.connect(tlsUrl, { caBundle: root.pem, timeout: TIMEOUT })).toEqual({ address: '127.0.0.1', tls: TLS });
  });

  test('to one whose CA nobody knows is told, not refused', async () => {
    expect(await REAL_NETWORK.connect(tlsUrl, { timeout: TIMEOUT })).toEqual({ address: '127.0.0.1', tls: { ...TLS, problem: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } });
  });

  test('to one of another name as well', async () => {
    const url = new URL(tlsUrl.href.replace('127.0.0.1', 'localhost'));
    expect(await REAL_NETWORK.connect(url, { caBundle: root.pem, timeout: TIMEOUT })).toMatchObject({ tls: { ...TLS, problem: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });

  test('without TLS', async () => {
    expect(await REAL_NETWORK.connect(plainUrl, { timeout: TIMEOUT })).toEqual({ address: '127.0.0.1' });
  });

  test('to a port where nobody listens', async () => {
    await expect(REAL_NETWORK.connect(new URL('https://127.0.0.1:1'), { timeout: TIMEOUT })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('to a server that does not speak TLS', async () => {
    await expect(REAL_NETWORK.connect(new URL(plainUrl.href.replace('http:', 'https:')), { timeout: TIMEOUT })).rejects.toMatchObject({ code: expect.any(String) });
  });

  test('to a server that says nothing ends in time', async () => {
    const port = await listen(createTcpServer());
    await expect(REAL_NETWORK.connect(new URL(`https://127.0.0.1:${port}`), { timeout: 200 })).rejects.toMatchObject({ name: expect.stringMatching(/^(?:AbortError|TimeoutError)$/) });
  });
});

describe('through a proxy', () => {
  const through = (url: URL, timeout = TIMEOUT, target = new URL('https://service.example')) => (
    REAL_NETWORK.connect(target, { caBundle: root.pem, timeout, proxy: { url: url.href, origin: 'HTTPS_PROXY' } }));

  test('the server is seen, under its own name', async () => {
    expect(await through(await proxy())).toEqual({ address: '127.0.0.1', tls: TLS });
    expect(await through(await proxy(), TIMEOUT, new URL('https://another.example'))).toMatchObject({ tls: { problem: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });

  test('that is spoken to over TLS itself', async () => {
    expect(await through(await proxy(undefined, { key: server.keyPem, cert: server.pem }))).toEqual({ address: '127.0.0.1', tls: TLS });
  });

  test('that asks for a password', async () => {
    const url = await proxy(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    await expect(through(url)).rejects.toThrow(`the proxy ${url.host} answered HTTP 407 to CONNECT`);
    url.username = 'me';
    url.password = 'p@ss';
    expect(await through(url)).toEqual({ address: '127.0.0.1', tls: TLS });
  });

  test('that is no proxy, hangs up, or says nothing', async () => {
    const respond = async (act: (socket: Socket) => void) => new URL(`http://127.0.0.1:${await listen(createTcpServer((socket) => {
      socket.on('error', () => undefined);
      act(socket);
    }))}`);
    await expect(through(await respond((socket) => socket.end('220 smtp.example ESMTP\r\n\r\n')))).rejects.toThrow('something that is not HTTP');
    await expect(through(await respond((socket) => socket.once('data', () => socket.end())))).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(through(await respond(() => undefined), 200)).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(through(await respond((socket) => socket.write('a'.repeat(20_000))))).rejects.toThrow('something that is not HTTP');
  });
});
