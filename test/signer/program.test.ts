import { spawn } from 'child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { createServer, IncomingMessage, RequestListener, Server } from 'http';
import { createServer as createTlsServer } from 'https';
import { AddressInfo, connect } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { ARN_FLAGS, ARNS, OUTPUT, SUCCESS_BODY } from './fake-platform';
import { verifyIncoming } from './incoming-request';
import { buildSigner, ownTarget } from '../../scripts/build-signer';
import { bundleProgram } from '../../scripts/bundle';
import { packageVersion, projectRoot } from '../../scripts/project';
import type { VerifiedRequest } from '../../src/create-session';
import { createRootCa, issueCa, Issued, issueHost } from '../support/pki';
import { BUN, bunMissing, describeUnless } from '../support/runtimes';

interface Service {
  readonly url: string;
  readonly verified: VerifiedRequest[];
  /** Status codes to answer with before credentials are handed out. */
  readonly failures: number[];
  readonly userAgents: string[];
}

const folder = mkdtempSync(join(tmpdir(), 'signer-program-'));
const servers: Server[] = [];
let host: Issued;
let rsaHost: Issued;
let service: Service;
let tlsService: Service;
const file = (name: string) => join(folder, name);

function listen(server: Server): Promise<number> {
  servers.push(server);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

/** A service that verifies what it gets, as the real one does first. */
async function startService(tls?: { readonly key: string; readonly cert: string }): Promise<Service> {
  const state = { verified: [] as VerifiedRequest[], failures: [] as number[], userAgents: [] as string[] };
  const handle = async (request: IncomingMessage): Promise<number> => {
    state.userAgents.push(request.headers['user-agent'] ?? '');
    state.verified.push(await verifyIncoming(request));
    return state.failures.shift() ?? 201;
  };
  const listener: RequestListener = (request, response) => {
    handle(request).then(
      (status) => response.writeHead(status, { 'content-type': 'application/json' })
        .end(status === 201 ? SUCCESS_BODY : '{"__type":"AccessDeniedException","message":"later"}'),
      (error: Error) => response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end(JSON.stringify({ message: error.message })),
    );
  };
  const port = await listen(tls ? createTlsServer(tls, listener) : createServer(listener));
  return { ...state, url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}` };
}

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Closes standard output before anything is written to it. */
  readonly closeOutput?: boolean;
}

function start(command: readonly string[], args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    // Nothing of this machine's own proxies, bundles or profiles.
    const child = spawn(command[0], [...command.slice(1), ...args], { env: { ...systemVariables(), ...options.env }, cwd: options.cwd ?? folder });
    let stdout = '';
    let stderr = '';
    if (options.closeOutput) {
      child.stdout.destroy();
    }
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** What programs need to start at all on Windows. */
function systemVariables(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => ['SystemRoot', 'TEMP', 'TMPDIR'].includes(entry[0])));
}

beforeAll(async () => {
  const root = await createRootCa('CN=Root');
  const intermediate = await issueCa(root, 'CN=Intermediate');
  host = await issueHost(intermediate, 'CN=onprem01');
  rsaHost = await issueHost(root, 'CN=onprem02', { key: 'RSA-2048' });
  const server = await issueHost(root, 'CN=server', { subjectAltName: [{ type: 'ip', value: '127.0.0.1' }] });
  for (const [name, content] of Object.entries({
    'host.pem': host.pem + intermediate.pem,
    'host.key': host.keyPem,
    'rsa.pem': rsaHost.pem,
    'rsa.key': rsaHost.keyPem,
    'combo.pem': rsaHost.pem + rsaHost.keyPem,
    'root.pem': root.pem,
    'not-mine.key': rsaHost.keyPem,
    'empty.pem': '',
  })) {
    writeFileSync(file(name), content, { mode: 0o600 });
  }
  mkdirSync(file('folder with blanks'));
  writeFileSync(join(file('folder with blanks'), 'my key.pem'), host.keyPem);
  service = await startService();
  tlsService = await startService({ key: server.keyPem, cert: server.pem });
});

afterAll(() => {
  servers.forEach((server) => server.close());
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  for (const { verified, failures, userAgents } of [service, tlsService]) {
    verified.length = failures.length = userAgents.length = 0;
  }
});

/** The same tests for both shapes: they are one program. */
function programTests(build: () => Promise<readonly string[]>): void {
  let command: readonly string[];
  const run = (args: readonly string[], options?: RunOptions) => start(command, args, options);
  const credentials = (flags: readonly string[] = [], options?: RunOptions, identity = 'host') => run([
    'credential-process', '--certificate', file(`${identity}.pem`), '--private-key', file(`${identity}.key`), ...ARN_FLAGS, '--endpoint', service.url, ...flags,
  ], options);

  beforeAll(async () => {
    command = await build();
  });

  test('version prints the package\'s version', async () => {
    expect(await run(['version'])).toEqual({ code: 0, stdout: `${packageVersion()}\n`, stderr: '' });
  });

  test('without arguments it prints its help', async () => {
    expect(await run([])).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes:'), stderr: '' });
  });

  test('credentials come out as JSON, and the service has verified the request', async () => {
    expect(await credentials(['--role-session-name', 'night-shift'])).toEqual({ code: 0, stdout: OUTPUT, stderr: '' });
    expect(service.verified).toEqual([expect.objectContaining({ ...ARNS, durationSeconds: 3600, roleSessionName: 'night-shift' })]);
    expect(service.userAgents).toEqual([`roles-anywhere-signer/${packageVersion()}`]);
  });

  test('a PEM file of leaf and intermediates sends its intermediates', async () => {
    await credentials();
    expect(service.verified[0].chain.map(({ subject }) => subject.toString())).toEqual(['CN=Intermediate']);
  });

  test('RSA, and a file of certificate and key', async () => {
    expect(await credentials([], {}, 'rsa')).toMatchObject({ code: 0, stdout: OUTPUT });
    expect(await run(['credential-process', `--certificate=${file('combo.pem')}`, ...ARN_FLAGS, `--endpoint=${service.url}`])).toMatchObject({ code: 0, stdout: OUTPUT });
    expect(service.verified.map(({ algorithm }) => algorithm)).toEqual(['AWS4-X509-RSA-SHA256', 'AWS4-X509-RSA-SHA256']);
  });

  test('paths with blanks, and paths relative to the working directory', async () => {
    expect(await credentials(['--private-key', join('folder with blanks', 'my key.pem')])).toMatchObject({ code: 0, stdout: OUTPUT });
  });

  test('started from an AWS profile, it reads no AWS profile, however broken they are', async () => {
    writeFileSync(file('broken'), '[default\naws_access_key_id = half');
    const env = { AWS_PROFILE: 'missing', AWS_CONFIG_FILE: file('broken'), AWS_SHARED_CREDENTIALS_FILE: file('broken'), HOME: folder, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    expect(await credentials([], { env })).toEqual({ code: 0, stdout: OUTPUT, stderr: '' });
  });

  test('what lies in the working directory does not change it', async () => {
    const cwd = file('project');
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(cwd, '.env'), 'AWS_USE_FIPS_ENDPOINT=true\nAWS_CA_BUNDLE=/nowhere\n');
    writeFileSync(join(cwd, 'bunfig.toml'), 'preload = ["./evil.ts"]\n');
    writeFileSync(join(cwd, 'evil.ts'), 'console.log("loaded");');
    writeFileSync(join(cwd, 'package.json'), '{"type":"commonjs"}');
    expect(await credentials([], { cwd })).toEqual({ code: 0, stdout: OUTPUT, stderr: '' });
  });

  test('503 is tried again, with a new signature', async () => {
    service.failures.push(503, 429);
    expect(await credentials()).toEqual({ code: 0, stdout: OUTPUT, stderr: '' });
    expect(service.verified).toHaveLength(3);
  });

  test.each<[string, readonly string[], number, RegExp]>([
    ['a flag that is missing', ['--role-arn='], 2, /USAGE: --role-arn is missing/],
    ['ARNs that do not fit together', ['--profile-arn', ARNS.profileArn.replace('eu-west-2', 'us-east-1')], 2, /ARN_MISMATCH/],
    ['a file that is not there', ['--certificate', '/nowhere/host.pem'], 3, /FILE_UNREADABLE: the certificate file \/nowhere\/host\.pem does not exist/],
    ['a directory', ['--private-key', tmpdir()], 3, /is a directory/],
    ['an empty file', ['--certificate', join(folder, 'empty.pem')], 3, /is empty/],
    ['the key of another certificate', ['--private-key', join(folder, 'not-mine.key')], 3, /KEY_CERTIFICATE_MISMATCH/],
    ['a port where nobody listens', ['--endpoint', 'http://127.0.0.1:1'], 5, /CONNECTION_FAILED: no connection to 127\.0\.0\.1:1: the connection was refused/],
    ['a host that does not exist', ['--endpoint', 'https://nowhere.invalid'], 5, /CONNECTION_FAILED: no connection to nowhere\.invalid: the host name cannot be resolved/],
  ])('%s ends with its exit code and one line', async (_, flags, code, message) => {
    const result = await credentials(flags);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^roles-anywhere-signer: [A-Z_]+: [^\n]*\n$/);
  });

  test('a file that this user may not read is told from one that is not there', async () => {
    writeFileSync(file('locked.key'), host.keyPem);
    chmodSync(file('locked.key'), 0);
    const result = await credentials(['--private-key', file('locked.key')]);
    // Root reads it all the same.
    expect(process.getuid?.() === 0 ? [0] : [3]).toContain(result.code);
    expect(result.stderr).toMatch(process.getuid?.() === 0 ? /^$/ : /may not be read by this user/);
  });

  test('a refusal passes the service\'s words on', async () => {
    service.failures.push(403);
    expect(await credentials()).toEqual({ code: 4, stdout: '', stderr: expect.stringMatching(/^roles-anywhere-signer: SERVICE_REFUSED: AccessDeniedException: later \(HTTP 403\)/) });
  });

  test('a reader that has gone away is exit code 1, without the credentials', async () => {
    const { code, stderr } = await credentials([], { closeOutput: true });
    expect(code).toBe(1);
    expect(stderr).toBe('roles-anywhere-signer: OUTPUT_FAILED: the credentials could not be written to standard output (EPIPE)\n');
  });

  describe('over TLS', () => {
    const secure = (flags: readonly string[] = [], env: Record<string, string> = {}) => credentials(['--endpoint', tlsService.url, ...flags], { env });

    test('a server that nobody vouches for is refused, and the private CA is asked for', async () => {
      const result = await secure();
      expect(result).toMatchObject({ code: 5, stdout: '', stderr: expect.stringMatching(/TLS_FAILED: .* is not trusted; .*AWS_CA_BUNDLE/) });
      expect(tlsService.verified).toHaveLength(0);
    });

    test('AWS_CA_BUNDLE names the CA', async () => {
      expect(await secure([], { AWS_CA_BUNDLE: file('root.pem') })).toEqual({ code: 0, stdout: OUTPUT, stderr: '' });
    });

    test('--no-verify-ssl does without, and says so', async () => {
      expect(await secure(['--no-verify-ssl'])).toEqual({ code: 0, stdout: OUTPUT, stderr: expect.stringMatching(/^roles-anywhere-signer: warning: --no-verify-ssl: [^\n]*\n$/) });
    });

    test('a certificate for another host is refused even with its CA', async () => {
      const result = await secure(['--endpoint', tlsService.url.replace('127.0.0.1', 'localhost')], { AWS_CA_BUNDLE: file('root.pem') });
      expect(result).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('is for another host name') });
    });
  });

  describe('with a proxy', () => {
    let proxyUrl: string;
    const tunnels: string[] = [];

    beforeAll(async () => {
      const proxy = createServer((_, response) => response.writeHead(502).end());
      proxy.on('connect', (request, socket) => {
        tunnels.push(request.url!);
        const upstream = connect(Number(new URL(tlsService.url).port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          socket.pipe(upstream).pipe(socket);
        });
        upstream.on('error', () => socket.destroy());
        socket.on('error', () => upstream.destroy());
      });
      proxyUrl = `http://user:secret@127.0.0.1:${await listen(proxy)}`;
    });

    beforeEach(() => {
      tunnels.length = 0;
    });

    test('HTTPS_PROXY is used for the service', async () => {
      const result = await credentials(['--endpoint', 'https://rolesanywhere.example.com', '--no-verify-ssl'], { env: { HTTPS_PROXY: proxyUrl } });
      expect(result).toMatchObject({ code: 0, stdout: OUTPUT });
      expect(tunnels).toEqual(['rolesanywhere.example.com:443']);
    });

    test('--proxy comes before the variables, and --ca-bundle before AWS_CA_BUNDLE', async () => {
      const flags = ['--endpoint', tlsService.url, '--proxy', proxyUrl, '--ca-bundle', file('root.pem')];
      expect(await credentials(flags, { env: { HTTPS_PROXY: 'http://127.0.0.1:1', AWS_CA_BUNDLE: '/nowhere', NO_PROXY: '*' } })).toEqual({ code: 0, stdout: OUTPUT, stderr: '' });
      expect(tunnels).toEqual([new URL(tlsService.url).host]);
    });

    test('loopback and NO_PROXY go directly', async () => {
      expect(await credentials([], { env: { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl } })).toMatchObject({ code: 0 });
      expect(await credentials(['--endpoint', tlsService.url, '--no-verify-ssl'], { env: { HTTPS_PROXY: proxyUrl } })).toMatchObject({ code: 0 });
      const direct = await credentials(['--endpoint', 'https://nowhere.invalid'], { env: { HTTPS_PROXY: proxyUrl, NO_PROXY: '.invalid' } });
      expect(direct.stderr).toMatch(/no connection to nowhere\.invalid: /);
      expect(tunnels).toEqual([]);
    });

    test('a proxy that cannot be reached is named by its variable, without its password', async () => {
      const result = await credentials(['--endpoint', 'https://rolesanywhere.example.com'], { env: { HTTPS_PROXY: 'http://user:secret@127.0.0.1:1' } });
      expect(result).toMatchObject({ code: 5, stderr: expect.stringContaining('rolesanywhere.example.com through the proxy of HTTPS_PROXY') });
      expect(result.stderr).not.toContain('secret');
    });
  });
}

describe('the portable module', () => {
  programTests(async () => {
    const output = file('roles-anywhere-signer.mjs');
    await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), output, { format: 'esm' });
    return [process.execPath, output];
  });
});

describeUnless(bunMissing ?? (ownTarget() === undefined ? 'there is no target for this machine' : undefined), 'the standalone binary', () => {
  programTests(async () => [(await buildSigner(ownTarget()!, folder, BUN)).path]);
});
