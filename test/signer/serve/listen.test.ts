import { ChildProcess, spawn, spawnSync } from 'child_process';
import { readFileSync } from 'fs';
import { Agent, get } from 'http';
import { connect } from 'net';
import { join } from 'path';
import { eventually } from './service-manager';
import { handler } from './test-handler';
import { listenNode } from '../../../signer/serve/listen-node';
import type { ListenOptions } from '../../../signer/serve/listener';
import { PYTHON, rawSocketsMissing } from '../../support/python';
import { BUN, bunMissing, describeUnless } from '../../support/runtimes';

/** A server of either runtime. */
interface TestServer {
  readonly port: number;
  close(grace: number): Promise<void>;
}

type Start = (options?: Partial<ListenOptions>) => Promise<TestServer>;

/** Sends octets, and resolves with everything that comes until the connection ends, and after how many milliseconds that was. */
function exchange(port: number, text: string, drip?: string): Promise<{ readonly received: string; readonly milliseconds: number }> {
  return new Promise((resolve) => {
    const start = Date.now();
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    const timer = setInterval(() => drip && socket.write(drip), 500);
    // A connection that is closed while octets are under way is reset.
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ received, milliseconds: Date.now() - start });
    });
  });
}

const request = (path: string, ...headers: readonly string[]) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers.map((line) => `${line}\r\n`).join('')}Connection: close\r\n\r\n`;

function listenTests(start: Start): void {
  let server: TestServer;

  beforeAll(async () => {
    server = await start();
  });

  afterAll(() => server.close(0));

  const ask = async (text: string) => (await exchange(server.port, text)).received;
  const told = async (text: string) => JSON.parse((await ask(text)).split('\r\n\r\n')[1]) as unknown;

  test('the handler is told method, path without query, and headers', async () => {
    expect(await told(request('/a%2Fb/?x=1?y', 'X-Test: value'))).toEqual({ method: 'GET', path: '/a%2Fb/', host: '127.0.0.1', test: 'value' });
    expect(await told(request('/').replace('GET', 'PUT'))).toMatchObject({ method: 'PUT', path: '/' });
  });

  test('answers have status, headers and length', async () => {
    const received = await ask(request('/again'));
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).toMatch(/\r\nx-one: 1\r\n/i);
    expect(received).toMatch(/\r\ncontent-type: text\/plain\r\n/i);
    expect(received).toMatch(/\r\ncontent-length: 8\r\n/i);
    expect(received).toMatch(/\r\n\r\nthe same$/);
  });

  test('one answer is given any number of times', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => ask(request('/again'))));
    expect(all.filter((received) => received.endsWith('\r\n\r\nthe same'))).toHaveLength(100);
  });

  test('a Host header that is there twice cannot pass for one of ours', async () => {
    const received = await ask(request('/', 'Host: evil.example'));
    expect(received.startsWith('HTTP/1.1 400') || /"host":"127\.0\.0\.1, evil\.example"/.test(received)).toBe(true);
  });

  test('HTTP/1.1 without a Host header is refused, and HTTP/1.0 is passed on without', async () => {
    expect(await ask('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await told('GET /old?x HTTP/1.0\r\n\r\n')).toEqual({ method: 'GET', path: '/old', host: null, test: null });
  });

  test('64 KB of headers are 431, in one piece or in many', async () => {
    expect(await ask(request('/', `X-Test: ${'x'.repeat(65_536)}`))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await ask(request('/', ...Array.from({ length: 64 }, (_, i) => `X-Test-${i}: ${'x'.repeat(1000)}`)))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await told(request('/', `X-Test: ${'x'.repeat(4_000)}`))).toMatchObject({ path: '/' });
  });

  test('what is no HTTP is refused', async () => {
    expect(await ask('hello\r\n\r\n')).toMatch(/^(?:HTTP\/1\.1 400 |$)/);
    expect(await ask('\u0016\u0003\u0001\u0000\u00f1\u0001\u0000\u0000\u00ed\u0003\u0003\r\n\r\n')).toMatch(/^(?:HTTP\/1\.1 400 |$)/);
  });

  test('large bodies are refused, and small ones ignored', async () => {
    const put = (length: number) => `PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${'x'.repeat(length)}`;
    expect(await ask(put(1_000_000))).toMatch(/^HTTP\/1\.1 413 /);
    expect(await told(put(100))).toMatchObject({ method: 'PUT', path: '/' });
  });

  test('a body is not taken for another request', async () => {
    const received = await ask(`PUT /first HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 24\r\n\r\nGET /smuggled HTTP/1.1\r\n${request('/second')}`);
    expect(received.match(/"path":"[^"]*"/g)).toEqual(['"path":"/first"', '"path":"/second"']);
  });

  test('connections serve one request after the other', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 20; i++) {
      await new Promise<void>((resolve, reject) => {
        get({ port: server.port, host: '127.0.0.1', path: '/again', agent }, (response) => {
          ports.add(response.socket.localPort);
          response.resume().on('end', resolve);
        }).on('error', reject);
      });
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  test('connections that say nothing, or begin and do not end, are closed; those that wait for an answer are not', async () => {
    const [silent, partial, dripping, waiting] = await Promise.all([
      exchange(server.port, ''),
      exchange(server.port, 'GET / HTTP/1.1\r\nHost: 127'),
      exchange(server.port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Test: ', 'x'),
      exchange(server.port, request('/slow/16000')),
    ]);
    for (const { milliseconds } of [silent, partial, dripping]) {
      expect(milliseconds).toBeLessThan(20_000);
    }
    expect(waiting.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test('what the server sends in the meantime goes on working', async () => {
    expect(await told(request('/still-there'))).toMatchObject({ path: '/still-there' });
  });

  test('a port in use names the port and a way out', async () => {
    await expect(start({ port: server.port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED', message: `cannot listen on 127.0.0.1:${server.port}: the port is in use; is another signer running? Choose another port with --port, or 0 for any`,
    });
  });

  test('an address of another host is told', async () => {
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'LISTEN_FAILED', message: 'cannot listen on 192.0.2.1:0: this host does not have the address; see --listen',
    });
  });

  /** Sends a request that is answered slowly, and waits until it is being answered. */
  async function openSlowly(other: TestServer, milliseconds: number): Promise<{ readonly answered: ReturnType<typeof exchange> }> {
    const count = async () => Number((await exchange(other.port, request('/open'))).received.split('\r\n\r\n')[1]);
    const before = await count();
    const answered = exchange(other.port, request(`/slow/${milliseconds}`));
    await eventually(async () => await count() > before, 'the request is being answered');
    return { answered };
  }

  test('closing lets open requests finish, does not wait for idle connections, and takes no new ones', async () => {
    const other = await start();
    const idle = connect(other.port, '127.0.0.1');
    idle.on('error', () => undefined);
    const { answered } = await openSlowly(other, 3000);
    const begin = Date.now();
    const closing = other.close(10_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await exchange(other.port, request('/late'))).received).toBe('');
    await closing;
    expect(Date.now() - begin).toBeLessThan(9_000);
    expect((await answered).received).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"path":"\/slow\/3000"/s);
    idle.destroy();
  });

  test('closing ends when the grace does', async () => {
    const other = await start();
    const { answered } = await openSlowly(other, 30_000);
    const begin = Date.now();
    await other.close(300);
    expect(Date.now() - begin).toBeLessThan(10_000);
    expect((await answered).received).toBe('');
  });
}

describe('Node', () => {
  listenTests((options) => listenNode({ host: '127.0.0.1', port: 0, ...options }, handler));

  const systemHopLimit = process.platform === 'linux' ? Number(readFileSync('/proc/sys/net/ipv4/ip_default_ttl', 'latin1')) : process.platform === 'win32' ? 128 : 64;

  test('the hop limit can be what the system does anyway, and nothing else', async () => {
    const listener = await listenNode({ host: '127.0.0.1', port: 0, hopLimit: systemHopLimit }, handler);
    await listener.close(0);
    await expect(listenNode({ host: '127.0.0.1', port: 0, hopLimit: systemHopLimit - 1 }, handler)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED', message: expect.stringContaining('the standalone binary can set it on Linux'),
    });
  });
});

describeUnless(bunMissing, 'Bun', () => {
  const children = new Set<ChildProcess>();

  const start: Start = async ({ host = '127.0.0.1', port = 0, hopLimit } = {}) => {
    const child = spawn(BUN, [join(__dirname, 'listen-program.ts'), host, String(port), String(hopLimit ?? '')], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.add(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await eventually(() => said.includes('\n'), 'the port');
    const [, code, message] = /^failed (\w+): (.*)/.exec(said) ?? [];
    if (code !== undefined) {
      throw Object.assign(new Error(message), { code });
    }
    return {
      port: Number(/^port (\d+)/.exec(said)![1]),
      close: async (grace) => {
        child.stdin.write(`${grace}\n`);
        await eventually(() => said.includes('closed'), 'the end');
        child.kill();
        children.delete(child);
      },
    };
  };

  listenTests(start);

  // After the hooks of the tests above, which close their servers.
  afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

  describeUnless(process.platform === 'linux' ? rawSocketsMissing : 'the hop limit is set on Linux only', 'the hop limit', () => {
    const program = `
import socket, struct, sys, time
host, port = sys.argv[1], int(sys.argv[2])
v6 = ':' in host
raw = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
raw.settimeout(0.2)
if v6:
    raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
limits, answered, end = set(), False, time.monotonic() + 20
# Packets of everybody on this host come by, and some may be lost to us.
while not answered and time.monotonic() < end:
    client = socket.create_connection((host, port))
    client.sendall(b'GET /again HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n')
    patience = time.monotonic() + 1
    while not answered and time.monotonic() < patience:
        try:
            packet, ancillary, _, _ = raw.recvmsg(65535, 100)
        except socket.timeout:
            continue
        segment = packet if v6 else packet[(packet[0] & 15) * 4:]
        # What comes after the end (RST) is sent without a socket.
        if struct.unpack('!H', segment[:2])[0] == port and not segment[13] & 4:
            limits.add(struct.unpack('i', ancillary[0][2])[0] if v6 else packet[8])
            answered = b'the same' in segment
print(sorted(limits), answered)
`;

    test.each([['127.0.0.1', 3], ['127.0.0.1', 255], ['::1', 7]])('of packets from %s is %i, from the first to the last', async (host, hopLimit) => {
      const server = await start({ host, hopLimit });
      expect(spawnSync(PYTHON, ['-c', program, host, String(server.port)], { encoding: 'utf8' }).stdout).toBe(`[${hopLimit}] True\n`);
      await server.close(0);
    });

    test('is the system\'s where none is given', async () => {
      const server = await start();
      const limit = Number(readFileSync('/proc/sys/net/ipv4/ip_default_ttl', 'latin1'));
      expect(spawnSync(PYTHON, ['-c', program, '127.0.0.1', String(server.port)], { encoding: 'utf8' }).stdout).toBe(`[${limit}] True\n`);
      await server.close(0);
    });
  });
});
