import { execFile } from 'child_process';
import { createServer, Server } from 'http';
import { AddressInfo, createServer as createTcpServer } from 'net';
import { join } from 'path';
import { nodeHost } from '../../../src/credentials/node-host';
import { BUN, bunMissing, describeUnless } from '../../support/runtimes';

const REQUEST = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
const servers: Array<Server | ReturnType<typeof createTcpServer>> = [];
let silentPort: number;
let halfPort: number;
let endlessPort: number;
let closedAfter = 0;

beforeAll(async () => {
  const listen = (server: Server | ReturnType<typeof createTcpServer>): Promise<number> => {
    servers.push(server);
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
  };
  silentPort = await listen(createTcpServer((socket) => socket.on('error', () => undefined)));
  halfPort = await listen(createServer((_, response) => {
    response.writeHead(201, { 'content-length': '1000' });
    response.write('{"credentialSet":');
    setTimeout(() => response.destroy(), 50);
  }));
  endlessPort = await listen(createServer((_, response) => {
    response.writeHead(201);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536))) {
        closedAfter += 65_536;
      }
    };
    response.on('drain', more);
    more();
  }));
});

afterAll(() => {
  servers.forEach((server) => server.close());
});

/** Name and code of the error that a request ends with. */
type Send = (port: number) => Promise<{ name: string; code?: unknown; message?: string }>;

function tests(send: Send): void {
  test('a server that accepts and says nothing is given up after the time-out', async () => {
    const begin = Date.now();
    const error = await send(silentPort);
    expect(['TimeoutError', 'AbortError']).toContain(error.name);
    expect(Date.now() - begin).toBeLessThan(5000);
  });

  test('an answer without end is given up after 1 MiB', async () => {
    closedAfter = 0;
    expect(await send(endlessPort)).toMatchObject({ message: expect.stringContaining('longer than 1 MiB') });
    // What the two sides had in their buffers comes on top.
    expect(closedAfter).toBeLessThan(64 * 1024 * 1024);
  });

  test('an answer that is cut off is an error, not half an answer', async () => {
    expect(await send(halfPort)).toMatchObject({ code: 'ECONNRESET' });
  });
}

describe(`under Node.js ${process.version}`, () => {
  tests(async (port) => nodeHost().send({ ...REQUEST, url: `http://127.0.0.1:${port}/sessions` }, { verifyTls: true, timeout: 300 })
    .then(() => ({ name: 'no error' }), ({ name, code, message }: Error & { code?: unknown }) => ({ name, code, message })));
});

describeUnless(bunMissing, 'under Bun', () => {
  tests(async (port) => {
    const script = `
      const { bunPlatform } = require(${JSON.stringify(join(__dirname, '..', '..', '..', 'signer', 'platform', 'bun.ts'))});
      const request = ${JSON.stringify({ ...REQUEST, url: `http://127.0.0.1:${port}/sessions` })};
      bunPlatform().send(request, { verifyTls: true, timeout: 300 })
        .then(() => ({ name: 'no error' }), ({ name, code, message }) => ({ name, code, message }))
        .then((result) => console.log(JSON.stringify(result)));`;
    return JSON.parse(await output(BUN, ['-e', script])) as { name: string; code?: unknown; message: string };
  });
});

/** Runs a program beside this one, since this one is the server. */
function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { encoding: 'utf8', env: {} }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}
