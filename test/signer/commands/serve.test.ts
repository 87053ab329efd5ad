import { ChildProcess, execFile, spawn, spawnSync } from 'child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'fs';
import { createServer } from 'http';
import { AddressInfo } from 'net';
import { networkInterfaces, tmpdir } from 'os';
import { join } from 'path';
import { bundleProgram } from '../../../scripts/bundle';
import { projectRoot } from '../../../scripts/project';
import { createRootCa, Issued, issueHost } from '../../support/pki';
import { AWS_CLI, awsCliMissing, boto3Missing, PYTHON, pythonMissing, systemdNotifyMissing } from '../../support/python';
import { BUN, bunMissing, describeUnless } from '../../support/runtimes';
import { ARN_FLAGS, ARNS } from '../fake-platform';
import { accessKeyOf, FakeService, startFakeService } from '../serve/fake-service';
import { eventually, startServiceManager } from '../serve/service-manager';

const ROLE_PATH = '/latest/meta-data/iam/security-credentials/Uploader';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

const folder = mkdtempSync(join(tmpdir(), 'signer-serve-'));
const file = (name: string) => join(folder, name);
let service: FakeService;
let ec: Issued;
let rsa: Issued;

beforeAll(async () => {
  const root = await createRootCa('CN=Root');
  ec = await issueHost(root, 'CN=onprem01');
  rsa = await issueHost(root, 'CN=onprem01', { key: 'RSA-2048' });
});

beforeEach(async () => {
  service = await startFakeService();
  install(ec);
  rmSync(file('token'), { force: true });
});

afterEach(() => service.stop());

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function install(identity: Issued): void {
  writeFileSync(file('host.pem'), identity.pem);
  writeFileSync(file('host.key'), identity.keyPem, { mode: 0o600 });
}

/** What programs need of this machine's variables, and nothing of its own proxies and profiles. */
function systemVariables(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => ['SystemRoot', 'TEMP', 'TMPDIR', 'PATH'].includes(entry[0])));
}

interface Server {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has written to standard error. */
  log(): string;
  /** Ends it, and resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  token(): Promise<string>;
  /** Asks for credentials through the metadata service. */
  credentials(): Promise<{ readonly status: number; readonly answer: Record<string, string>; readonly headers: Headers }>;
}

interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The same tests under both runtimes: they are one program.
 *
 * @param tellingEnv variables for telling a service manager
 */
function serveTests(build: () => Promise<readonly string[]>, tellingEnv: Readonly<Record<string, string>> = {}): void {
  let command: readonly string[];
  const running = new Set<Server>();

  beforeAll(async () => {
    command = await build();
  });

  afterEach(async () => {
    const servers = [...running];
    running.clear();
    for (const server of servers) {
      await server.stop('SIGKILL');
    }
    // Whatever has happened, secrets are not in the log.
    const secrets = ['secret+', 'session+token', ...[ec, rsa].map(({ keyPem }) => keyPem.split('\n')[2])];
    expect(servers.flatMap((server) => secrets.filter((secret) => server.log().includes(secret)))).toEqual([]);
  });

  const spawnServe = (flags: readonly string[], { env = {} }: StartOptions = {}) => spawn(command[0], [
    ...command.slice(1), 'serve', '--certificate', file('host.pem'), '--private-key', file('host.key'), ...ARN_FLAGS, '--config', 'none',
    '--endpoint', service.url, '--port', '0', '--max-attempts', '1', ...flags,
  ], { env: { ...systemVariables(), ...env }, stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });

  async function start(flags: readonly string[] = [], options: StartOptions = {}): Promise<Server> {
    const child = spawnServe(flags, options);
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    let code: number | null | undefined;
    void ended.then((status) => (code = status));
    await eventually(() => /listening on \S+[^]*SDKs find/.test(log) || code !== undefined, 'the server listens');
    if (code !== undefined) {
      throw new Error(`the server has ended with ${code}: ${log}`);
    }
    const url = /listening on (http:[^\s"]+)/.exec(log)![1];
    const get: Server['get'] = (path, headers = {}) => fetch(url + path, { headers });
    const token = async () => (await fetch(`${url}/latest/api/token`, { method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' } })).text();
    const server: Server = {
      url,
      process: child,
      log: () => log,
      stop: (signal = 'SIGTERM') => {
        child.kill(signal);
        return ended;
      },
      get,
      token,
      credentials: async () => {
        const response = await get(ROLE_PATH, { [TOKEN_HEADER]: await token() });
        const body = await response.text();
        return { status: response.status, answer: body.startsWith('{') ? JSON.parse(body) as Record<string, string> : { text: body }, headers: response.headers };
      },
    };
    running.add(server);
    return server;
  }

  /** Runs serve where it is to end by itself. */
  async function fail(flags: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    const child = spawnServe(flags);
    const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
      const said = { text: '' };
      stream.on('data', (chunk: Buffer) => (said.text += chunk.toString()));
      return said;
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  const accessKey = async (server: Server) => (await server.credentials()).answer.AccessKeyId;

  const hangUp = async (server: Server) => {
    const reloads = () => server.log().match(/SIGHUP received/g)?.length ?? 0;
    const before = reloads();
    const calls = service.calls;
    server.process.kill('SIGHUP');
    await eventually(() => reloads() > before && service.calls > calls, 'the reload');
  };

  describe('the start', () => {
    test('one call, and then credentials', async () => {
      const server = await start();
      expect(service.calls).toBe(1);
      expect(service.verified).toMatchObject([{ ...ARNS, durationSeconds: 3600 }]);
      const { status, answer, headers } = await server.credentials();
      expect([status, Object.keys(answer)]).toEqual([200, ['AccessKeyId', 'SecretAccessKey', 'Token', 'Code', 'Type', 'Expiration', 'LastUpdated']]);
      expect(answer).toMatchObject({ AccessKeyId: accessKeyOf(1), Code: 'Success', Type: 'AWS-HMAC' });
      expect(headers.get('x-aws-ec2-metadata-token-ttl-seconds')).toMatch(/^21(?:600|59\d)$/);
      expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(service.calls).toBe(1);
      expect(await server.stop()).toBe(0);
      expect(server.log()).toMatch(/info: SIGTERM received, ending\n$/);
    });

    test('SIGINT ends it as well', async () => {
      expect(await (await start()).stop('SIGINT')).toBe(0);
    });

    test.each<[string, number, RegExp, readonly string[], number?]>([
      ['wrong arguments', 2, /USAGE: --port is a number from 0 to 65535/, ['--port', 'x']],
      ['ARNs that do not fit together', 2, /ARN_MISMATCH/, ['--profile-arn', ARNS.profileArn.replace('eu-west-2', 'us-east-1')]],
      ['a certificate that is not there', 3, /FILE_UNREADABLE/, ['--certificate', '/nowhere/host.pem']],
      ['a refusal', 4, /SERVICE_REFUSED: AccessDeniedException: not now/, [], 403],
      ['a service that fails', 5, /SERVICE_FAILED: AccessDeniedException: not now/, [], 500],
      ['a service that nobody reaches', 5, /CONNECTION_FAILED/, ['--endpoint', 'http://127.0.0.1:1']],
    ])('%s at the start is exit code %i and one line', async (_, code, message, flags, status = 201) => {
      service.status = status;
      const result = await fail(flags);
      expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
      expect(result.stderr).toMatch(/^roles-anywhere-signer: [A-Z_]+: [^\n]*\n$/);
    });

    test('a port in use is named', async () => {
      const server = await start();
      const { port } = new URL(server.url);
      const { code, stderr } = await fail(['--port', port]);
      expect(code).toBe(1);
      expect(stderr).toContain(`roles-anywhere-signer: LISTEN_FAILED: cannot listen on 127.0.0.1:${port}: the port is in use; is another signer running? `
        + 'Choose another port with --port, or 0 for any\n');
    });

    const hasIpv6 = Object.values(networkInterfaces()).some((entries) => entries?.some(({ address }) => address === '::1'));

    describeUnless(hasIpv6 ? undefined : 'this host has no IPv6', 'with IPv6', () => {
      test('--listen localhost is both loopback addresses, at one port', async () => {
        const server = await start(['--listen', 'localhost']);
        const { port } = new URL(server.url);
        for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
          expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(200);
        }
        expect(server.log()).not.toContain('OTHER MACHINES');
      });
    });
  });

  describe('requests', () => {
    test('Host headers of others are refused on a real connection too', async () => {
      const server = await start();
      const { port } = new URL(server.url);
      const status = (...flags: readonly string[]) => spawnSync('curl', ['-s', '-o', '-', '-w', '%{http_code}', ...flags], { encoding: 'utf8' }).stdout.slice(-3);
      expect(status(`http://127.0.0.1:${port}/healthz`)).toBe('200');
      expect(status('-H', 'Host: evil.example', `http://127.0.0.1:${port}/healthz`)).toBe('403');
      expect(status('--resolve', `evil.example:${port}:127.0.0.1`, `http://evil.example:${port}/healthz`)).toBe('403');
      expect(status('-H', 'X-Forwarded-For: 10.0.0.1', `http://127.0.0.1:${port}/healthz`)).toBe('400');
      expect(status('-H', 'Origin: http://evil.example', `http://127.0.0.1:${port}/healthz`)).toBe('403');
      expect(status('-X', 'POST', '-d', 'x=1', `http://127.0.0.1:${port}/healthz`)).toBe('405');
    });

    test('64 KB of headers do not end it', async () => {
      const server = await start();
      const response = await server.get('/healthz', { 'x-test': 'x'.repeat(65_536) });
      expect(response.status).toBe(431);
      expect((await server.get('/healthz')).status).toBe(200);
    });

    test('3,000 tokens all work, the first as well as the last, and memory stays where it is', async () => {
      const server = await start();
      const memory = () => (process.platform === 'linux' ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'latin1'))![1]) / 1024 : 0);
      const tokens: string[] = [];
      const collect = async (count: number) => {
        for (let i = 0; i < count / 50; i++) {
          tokens.push(...await Promise.all(Array.from({ length: 50 }, () => server.token())));
        }
      };
      await collect(1000);
      const before = memory();
      await collect(2000);
      expect(new Set(tokens).size).toBe(3000);
      for (let i = 0; i < tokens.length; i += 50) {
        const statuses = await Promise.all(tokens.slice(i, i + 50).map(async (token) => {
          const response = await server.get(ROLE_PATH, { [TOKEN_HEADER]: token });
          await response.text();
          return response.status;
        }));
        expect(new Set(statuses)).toEqual(new Set([200]));
      }
      expect(memory() - before).toBeLessThan(64);
      const metrics = await (await server.get('/metrics')).text();
      expect(metrics).toContain('roles_anywhere_signer_metadata_tokens_issued_total 3000\n');
      expect(metrics).toContain('roles_anywhere_signer_http_requests_total{page="credentials",status="200"} 3000\n');
      expect(metrics).toMatch(/^roles_anywhere_signer_certificate_not_after_timestamp_seconds \d{10}$/m);
    });
  });

  describe('refreshing', () => {
    test('50 GETs at expiry make one call, and a signal meanwhile lets them finish', async () => {
      service.lifetime = 6_000;
      const server = await start();
      const token = await server.token();
      const expiration = Date.parse((await server.credentials()).answer.Expiration);
      // The refresh that begins before expiry takes until after it.
      service.delay = 3_000;
      service.lifetime = 3_600_000;
      await new Promise((resolve) => setTimeout(resolve, expiration - Date.now() + 300));
      const waiting = Array.from({ length: 50 }, async () => {
        const response = await server.get(ROLE_PATH, { [TOKEN_HEADER]: token });
        return [response.status, (JSON.parse(await response.text()) as Record<string, string>).AccessKeyId];
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      const exit = server.stop();
      const answers = await Promise.all(waiting);
      expect(new Set(answers.map((pair) => pair.join(' ')))).toEqual(new Set([`200 ${accessKeyOf(2)}`]));
      expect(service.calls).toBe(2);
      expect(await exit).toBe(0);
    });

    test('a service that is down takes nothing away, then is 503 with the reason, and is called again by itself', async () => {
      service.lifetime = 8_000;
      const server = await start();
      await service.stop();
      await eventually(() => /warn: obtaining new credentials has failed; those at hand are served code=CONNECTION_FAILED/.test(server.log()), 'a failure');
      expect((await server.credentials()).status).toBe(200);
      const health = await server.get('/healthz');
      expect([health.status, await health.json()]).toEqual([200, expect.objectContaining({ status: 'failing to refresh', lastError: { code: 'CONNECTION_FAILED', at: expect.any(String) } })]);
      await eventually(async () => (await server.credentials()).status !== 200, 'the credentials have expired');
      const { status, answer, headers } = await server.credentials();
      expect([status, answer]).toEqual([503, { Code: 'CONNECTION_FAILED', Message: expect.stringContaining('the connection was refused') }]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect((await server.get('/healthz')).status).toBe(503);
      service.lifetime = 3_600_000;
      await service.start();
      await eventually(async () => (await server.credentials()).status === 200, 'new credentials', 40_000);
      expect((await server.get('/healthz')).status).toBe(200);
    });

    test('a service that fails with 500, and one that refuses, take nothing away', async () => {
      const server = await start();
      for (const [status, message] of [[500, /warn: obtaining new credentials has failed/], [403, /error: the service refuses new credentials/]] as const) {
        service.status = status;
        await hangUp(server);
        await eventually(() => message.test(server.log()), `the failure ${status}`);
        expect(await accessKey(server)).toBe(accessKeyOf(1));
      }
    });

    test('a service that is slow keeps nobody waiting who can have valid credentials', async () => {
      const server = await start();
      service.delay = 2_000;
      await hangUp(server);
      const begin = Date.now();
      expect(await accessKey(server)).toBe(accessKeyOf(1));
      expect(Date.now() - begin).toBeLessThan(1_000);
      await eventually(async () => await accessKey(server) === accessKeyOf(2), 'new credentials');
    });

    test('from RSA to EC: the next call signs with the new key', async () => {
      install(rsa);
      const server = await start();
      const instance = async () => (await server.get('/latest/meta-data/instance-id', { [TOKEN_HEADER]: await server.token() })).text();
      expect(await instance()).toBe(`ra-${rsa.certificate.serialNumber}`);
      install(ec);
      await hangUp(server);
      await eventually(async () => await accessKey(server) === accessKeyOf(2), 'new credentials');
      expect(service.verified.map(({ algorithm }) => algorithm)).toEqual(['AWS4-X509-RSA-SHA256', 'AWS4-X509-ECDSA-SHA256']);
      expect(await instance()).toBe(`ra-${ec.certificate.serialNumber}`);
    });

    test('files that are half written or do not fit yet are read again soon, without being asked', async () => {
      const server = await start();
      writeFileSync(file('host.key'), rsa.keyPem.substring(0, 500));
      server.process.kill('SIGHUP');
      await eventually(() => /code=KEY_\w+/.test(server.log()), 'a failure');
      expect(await accessKey(server)).toBe(accessKeyOf(1));
      writeFileSync(file('host.key'), rsa.keyPem);
      await eventually(() => /code=KEY_CERTIFICATE_MISMATCH/.test(server.log()), 'another failure');
      writeFileSync(file('host.pem'), rsa.pem);
      await eventually(async () => await accessKey(server) === accessKeyOf(2), 'new credentials');
      expect(service.verified.at(-1)?.algorithm).toBe('AWS4-X509-RSA-SHA256');
      rmSync(file('host.key'));
      server.process.kill('SIGHUP');
      await eventually(() => /code=FILE_UNREADABLE/.test(server.log()), 'a file that is gone');
      expect(await accessKey(server)).toBe(accessKeyOf(2));
    });

    test('SIGHUP reads the configuration file again', async () => {
      const config = { roleArn: ARNS.roleArn, sessionDuration: 900 };
      writeFileSync(file('config.json'), JSON.stringify(config));
      const server = await start(['--role-arn=', '--config', file('config.json')]);
      writeFileSync(file('config.json'), JSON.stringify({ ...config, sessionDuration: 1800 }));
      await hangUp(server);
      await eventually(() => service.verified.length === 2, 'the call');
      expect(service.verified.map(({ durationSeconds }) => durationSeconds)).toEqual([900, 1800]);
    });
  });

  describe('clients', () => {
    const imds = (server: Server): Record<string, string> => ({ ...systemVariables(), AWS_EC2_METADATA_SERVICE_ENDPOINT: `${server.url}/`, HOME: folder });

    async function run(program: string, args: readonly string[], env: Record<string, string>): Promise<string> {
      return new Promise((resolve, reject) => {
        execFile(program, args, { env, cwd: projectRoot, timeout: 50_000 }, (error, stdout, stderr) => {
          if (error) {
            reject(new Error(stderr + error.message));
          } else {
            resolve(stdout.trim());
          }
        });
      });
    }

    const PRINT_CREDENTIALS = 'import boto3; s = boto3.Session(); c = s.get_credentials(); print(c.method, c.get_frozen_credentials().access_key)';

    describeUnless(boto3Missing, 'boto3', () => {
      test('through the metadata service, with a slash at the end of the endpoint and without', async () => {
        const server = await start();
        for (const endpoint of [server.url, `${server.url}/`]) {
          expect(await run(PYTHON, ['-c', PRINT_CREDENTIALS], { ...imds(server), AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint })).toBe(`iam-role ${accessKeyOf(1)}`);
        }
      });

      test('finds the Region through the metadata service', async () => {
        const server = await start();
        expect(await run(PYTHON, ['-c', 'from botocore.utils import IMDSRegionProvider; from botocore.session import Session; '
          + 'print(IMDSRegionProvider(Session()).provide())'], imds(server))).toBe('eu-west-2');
      });

      test('through the container protocol', async () => {
        const server = await start(['--container-token-file', file('token')]);
        const env = {
          ...systemVariables(),
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/credentials`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN: readFileSync(file('token'), 'utf8'),
          HOME: folder,
        };
        expect(await run(PYTHON, ['-c', PRINT_CREDENTIALS], env)).toBe(`container-role ${accessKeyOf(1)}`);
      });
    });

    describe('the SDK for JavaScript', () => {
      const locate = (name: string): string | undefined => {
        try {
          return require.resolve(name, { paths: [join(projectRoot, 'node_modules', '@aws-sdk', 'client-sts'), projectRoot] });
        } catch {
          return undefined;
        }
      };
      const [http, imdsProvider] = ['@aws-sdk/credential-provider-http', '@smithy/credential-provider-imds'].map(locate);

      describeUnless(http && imdsProvider ? undefined : 'its providers of credentials are not installed', 'of this tree', () => {
        test('through the container protocol, with the token in its file', async () => {
          const server = await start(['--container-token-file', file('token')]);
          const env = {
            ...systemVariables(), AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/credentials`, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file('token'),
          };
          const program = `require(${JSON.stringify(http)}).fromHttp({})().then((c) => console.log(c.accessKeyId, c.expiration > new Date()))`;
          expect(await run(process.execPath, ['-e', program], env)).toBe(`${accessKeyOf(1)} true`);
        });

        test('through the metadata service', async () => {
          const server = await start();
          const program = `require(${JSON.stringify(imdsProvider)}).fromInstanceMetadata()().then((c) => console.log(c.accessKeyId, c.expiration > new Date()))`;
          expect(await run(process.execPath, ['-e', program], imds(server))).toBe(`${accessKeyOf(1)} true`);
        });
      });
    });

    describeUnless(awsCliMissing, 'the AWS CLI', () => {
      test('signs with what it gets, by either way', async () => {
        const server = await start(['--container-token-file', file('token')]);
        const authorizations: string[] = [];
        const sts = createServer((request, response) => {
          authorizations.push(request.headers.authorization ?? '');
          response.writeHead(200, { 'content-type': 'text/xml' }).end('<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
            + '<Arn>arn:aws:sts::111122223333:assumed-role/Uploader/0123</Arn><UserId>AROAEXAMPLE:0123</UserId><Account>111122223333</Account></GetCallerIdentityResult>'
            + '<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>');
        });
        await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
        const args = ['sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text', '--region', 'eu-west-2',
          '--endpoint-url', `http://127.0.0.1:${(sts.address() as AddressInfo).port}`];
        const container = {
          ...systemVariables(),
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/credentials`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN: readFileSync(file('token'), 'utf8'),
          HOME: folder,
        };
        try {
          for (const env of [container, imds(server)]) {
            expect(await run(AWS_CLI, args, env)).toBe('arn:aws:sts::111122223333:assumed-role/Uploader/0123');
          }
        } finally {
          sts.close();
        }
        expect(authorizations).toHaveLength(2);
        authorizations.forEach((authorization) => expect(authorization).toContain(`Credential=${accessKeyOf(1)}/`));
      });
    });
  });

  test('the container token file is for this user alone, and gone at the end', async () => {
    const server = await start(['--container-token-file', file('token')]);
    expect(process.platform === 'win32' ? 0o600 : statSync(file('token')).mode % 0o1000).toBe(0o600);
    const authorization = readFileSync(file('token'), 'utf8');
    expect(server.log()).not.toContain(authorization);
    expect((await server.get('/credentials', { authorization })).status).toBe(200);
    const refused = await server.get('/credentials', { authorization: 'x' });
    expect([refused.status, await refused.json()]).toEqual([401, { code: 'Unauthorized', message: expect.any(String) }]);
    expect(await server.stop()).toBe(0);
    expect(existsSync(file('token'))).toBe(false);
  });

  describeUnless(process.platform === 'linux' ? pythonMissing ?? systemdNotifyMissing : 'systemd is on Linux only', 'under a service manager', () => {
    test('it is told of start, state, reload, watchdog and end', async () => {
      const manager = await startServiceManager(file('notify'));
      try {
        const server = await start([], { env: { NOTIFY_SOCKET: file('notify'), WATCHDOG_USEC: '1000000', ...tellingEnv } });
        const told = (pattern: RegExp) => eventually(() => manager.messages.some((message) => pattern.test(message)), `the manager is told ${pattern}`);
        await told(/^READY=1\\nSTATUS=credentials until 20/);
        await told(/^WATCHDOG=1/);
        await hangUp(server);
        await told(/^RELOADING=1\\nSTATUS=.*\\nMONOTONIC_USEC=\d+/);
        await eventually(() => manager.messages.filter((message) => message.startsWith('READY=1')).length === 2, 'it is ready again');
        expect(await server.stop()).toBe(0);
        await told(/^STOPPING=1\\nSTATUS=ending/);
      } finally {
        await manager.stop();
        rmSync(file('notify'), { force: true });
      }
    });
  });

  test('--log-format json is one object a line, without secrets', async () => {
    const server = await start(['--log-format', 'json', '--debug']);
    const token = await server.token();
    await server.get(ROLE_PATH, { [TOKEN_HEADER]: token });
    await server.stop();
    const entries = server.log().trimEnd().split('\n').map((line) => JSON.parse(line) as { message: string });
    expect(entries).toContainEqual(expect.objectContaining({ level: 'info', message: `listening on ${server.url}` }));
    expect(entries).toContainEqual(expect.objectContaining({ level: 'debug', message: `GET ${ROLE_PATH}`, status: 200 }));
    expect(server.log()).not.toContain(token);
  });
}

describe('Node', () => {
  serveTests(async () => {
    const output = file('roles-anywhere-signer.mjs');
    await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), output, { format: 'esm' });
    return [process.execPath, output];
  });
});

describeUnless(bunMissing, 'Bun', () => {
  // Without any program to lean on.
  serveTests(async () => [BUN, join(projectRoot, 'signer', 'entry-bun.ts')], { PATH: folder });
});
