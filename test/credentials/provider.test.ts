import { execFile, spawnSync } from 'child_process';
import { createPrivateKey } from 'crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { createServer, IncomingHttpHeaders, Server } from 'http';
import { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { GetCallerIdentityCommand, STSClient, STSClientConfig } from '@aws-sdk/client-sts';
import { CreateSessionError, CredentialsError, fromRolesAnywhere, FromRolesAnywhereOptions, RolesAnywhereCredentials } from '../../src/credentials';
import { nodeHost } from '../../src/credentials/node-host';
import { createProvider } from '../../src/credentials/provider';
import { SYSTEM_CLOCK } from '../../src/credentials/refreshing-credentials';
import { LocalEndpoint, startLocalEndpoint } from '../../src/simulator/local-endpoint';
import { ACCOUNT, REGION, testSimulator } from '../simulator/fixtures';
import { createRootCa, Issued, issueHost } from '../support/pki';
import { describeUnless, opensslMissing } from '../support/runtimes';

const MINUTE = 60_000;

let folder: string;
let root: Issued;
let host: Issued;
let endpoint: LocalEndpoint;
let simulator: ReturnType<typeof testSimulator>;
let certificate: string;
let privateKey: string;
/** Milliseconds that the clocks of endpoint and provider are ahead of this machine's. */
let ahead = 0;
let lines: string[] = [];
let logged: string[] = [];

const now = () => new Date(Date.now() + ahead);
/** Calls of CreateSession that the endpoint has answered. */
const sessions = () => lines.filter((line) => line.includes('POST /sessions')).length;
const logger = {
  debug: (message: string) => logged.push(`debug ${message}`),
  info: (message: string) => logged.push(`info ${message}`),
  warn: (message: string) => logged.push(`warn ${message}`),
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'provider-'));
  root = await createRootCa('CN=Example Root');
  simulator = testSimulator({ anchorPem: root.pem });
});

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  [ahead, lines, logged] = [0, [], []];
  endpoint = await startLocalEndpoint(simulator, { port: 0, clock: now, log: (line) => lines.push(line) });
  host = await issueHost(root, 'CN=onprem01', { serialNumber: '0123456789abcdef' });
  certificate = write('host.pem', host.pem);
  privateKey = write('host.key', host.keyPem);
});

afterEach(() => endpoint.close());

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function options(more: Partial<FromRolesAnywhereOptions> = {}): FromRolesAnywhereOptions {
  const { trustAnchors: [anchor], profiles: [profile], roles: [role] } = simulator.model;
  return {
    certificate,
    privateKey,
    trustAnchorArn: anchor.arn,
    profileArn: profile.arn,
    roleArn: role.arn,
    endpoint: endpoint.url,
    sessionDuration: 3600,
    attempts: 1,
    ...more,
  };
}

/** A provider whose clock is the one of these tests. */
const providerOf = (more: Partial<FromRolesAnywhereOptions> = {}) => createProvider(options(more), { ...nodeHost(), now }, { ...SYSTEM_CLOCK, now });

async function failureOf(promise: Promise<unknown>): Promise<CredentialsError> {
  const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(CredentialsError);
  return error as CredentialsError;
}

describe('with the AWS SDK', () => {
  test('a client gets in, and its parallel calls share one session', async () => {
    // The compiler checks here that the provider is one that SDK clients take.
    const config: STSClientConfig = { endpoint: endpoint.url, region: REGION, credentials: fromRolesAnywhere(options()) };
    const client = new STSClient(config);
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.send(new GetCallerIdentityCommand({}))));
    client.destroy();
    expect(new Set(answers.map(({ Arn }) => Arn))).toEqual(new Set([`arn:aws:sts::${ACCOUNT}:assumed-role/Uploader/0123456789abcdef`]));
    expect(sessions()).toBe(1);
  });

  test('several clients share the session of one provider', async () => {
    const credentials = fromRolesAnywhere(options());
    for (let i = 0; i < 2; i++) {
      const client = new STSClient({ endpoint: endpoint.url, region: REGION, credentials });
      await client.send(new GetCallerIdentityCommand({}));
      client.destroy();
    }
    expect(sessions()).toBe(1);
  });

  test('a refusal reaches whoever called the client, with code and advice, and would end a chain of providers', async () => {
    write('host.pem', (await issueHost(root, 'CN=somebody-else')).pem);
    const client = new STSClient({ endpoint: endpoint.url, region: REGION, credentials: fromRolesAnywhere(options()) });
    const error = await failureOf(client.send(new GetCallerIdentityCommand({})));
    client.destroy();
    expect(error).toMatchObject({ name: 'CredentialsError', code: 'KEY_CERTIFICATE_MISMATCH' });
    // SDKs go on to the next provider only where this is true.
    expect(error).not.toHaveProperty('tryNextLink');
  });
});

describe('credentials', () => {
  test('are in the form that SDKs take', async () => {
    expect(await fromRolesAnywhere(options({ sessionDuration: 900 }))()).toEqual({
      accessKeyId: expect.stringMatching(/^ASIA/),
      secretAccessKey: expect.any(String),
      sessionToken: expect.any(String),
      expiration: expect.any(Date),
      accountId: ACCOUNT,
    });
  });

  test('are kept while they last, and made anew when they are asked for', async () => {
    const provider = providerOf();
    const first = await provider();
    ahead = 30 * MINUTE;
    expect(await provider()).toEqual(first);
    expect(await provider({ forceRefresh: true })).not.toEqual(first);
    expect(sessions()).toBe(2);
  });

  test('that have less than five minutes left are replaced before the answer, by one call for everybody', async () => {
    const provider = providerOf();
    const first = await provider();
    ahead = 56 * MINUTE;
    const answers = await Promise.all(Array.from({ length: 10 }, () => provider()));
    expect(sessions()).toBe(2);
    expect(new Set(answers.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
    expect(answers[0].expiration.getTime()).toBeGreaterThan(first.expiration.getTime());
  });

  test('that have more left are given out at once, while new ones are made', async () => {
    const provider = providerOf();
    const first = await provider();
    ahead = 50 * MINUTE;
    expect(await provider()).toEqual(first);
    // The call that this has begun is shared by whoever waits for it.
    ahead = 57 * MINUTE;
    expect(await provider()).not.toEqual(first);
    expect(sessions()).toBe(2);
  });

  test('that cannot be replaced are given out to their end, and the reason after it', async () => {
    const provider = providerOf({ logger });
    const first = await provider();
    await endpoint.close();
    ahead = 57 * MINUTE;
    expect(await provider()).toEqual(first);
    expect(logged.at(-1)).toMatch(/^warn no new session: CONNECTION_FAILED: .*; the credentials at hand are valid until .*, next attempt after /);
    ahead = 61 * MINUTE;
    expect(await failureOf(provider())).toMatchObject({ code: 'CONNECTION_FAILED' });
    // As soon as the service is back, so are credentials.
    endpoint = await startLocalEndpoint(simulator, { port: Number(new URL(endpoint.url).port), clock: now, log: (line) => lines.push(line) });
    ahead = 62 * MINUTE;
    expect((await provider()).expiration.getTime()).toBeGreaterThan(first.expiration.getTime());
  });
});

describe('the identity', () => {
  test('that was rotated is taken up with the next session', async () => {
    const provider = providerOf();
    await provider();
    const renewed = await issueHost(root, 'CN=onprem01', { key: 'RSA-2048', serialNumber: '00ff' });
    write('host.pem', renewed.pem);
    write('host.key', renewed.keyPem);
    ahead = 58 * MINUTE;
    await provider();
    expect(lines.filter((line) => line.includes('POST /sessions')).at(-1)).toContain('onprem01');
    const client = new STSClient({ endpoint: endpoint.url, region: REGION, credentials: await provider(), systemClockOffset: ahead });
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    client.destroy();
    expect(Arn).toMatch(/\/(?:00)?ff$/);
  });

  test('may be text, certificate and key together or apart', async () => {
    const together = { certificate: { pem: host.keyPem + host.pem }, privateKey: undefined };
    const apart = { certificate: { pem: host.pem }, privateKey: { pem: host.keyPem }, intermediates: { pem: root.pem } };
    for (const sources of [together, apart]) {
      expect((await providerOf(sources)()).accountId).toBe(ACCOUNT);
    }
  });

  test('that is text is named by its option in messages', async () => {
    const other = await issueHost(root, 'CN=other');
    const { code, message } = await failureOf(providerOf({ privateKey: { pem: other.keyPem } })());
    expect(code).toBe('KEY_CERTIFICATE_MISMATCH');
    expect(message).toContain('the private key in (text of privateKey) does not belong to the certificate');
  });

  test('that is text where a path should be is refused at once, and not repeated', () => {
    for (const [name, code] of [['privateKey', 'KEY_UNREADABLE'], ['certificate', 'CERTIFICATE_UNREADABLE'], ['intermediates', 'CERTIFICATE_UNREADABLE']] as const) {
      let error: unknown;
      try {
        fromRolesAnywhere(options({ [name]: host.keyPem }));
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code, message: `${name} is the path of a file; give the text itself as ${name}: { pem: ... }` });
    }
  });

  test('that is not there fails with its path, and is found once it is', async () => {
    const path = join(folder, 'late.pem');
    const provider = providerOf({ certificate: path });
    expect(await failureOf(provider())).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining(path) });
    write('late.pem', host.pem);
    ahead = MINUTE;
    expect((await provider()).accountId).toBe(ACCOUNT);
  });

  test('that is encrypted is opened with a passphrase, or by who knows it', async () => {
    const encrypted = createPrivateKey(host.keyPem).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' }) as string;
    const asked: string[] = [];
    write('encrypted.key', encrypted);
    const ask = async (what: string) => {
      asked.push(what);
      return 'correct horse';
    };
    for (const passphrase of ['correct horse', ask]) {
      expect((await providerOf({ privateKey: join(folder, 'encrypted.key'), passphrase })()).accountId).toBe(ACCOUNT);
    }
    expect(asked).toEqual([expect.stringContaining('encrypted.key')]);
    const { code, message } = await failureOf(providerOf({ privateKey: { pem: encrypted }, passphrase: 'wrong horse' })());
    expect(code).toBe('PASSPHRASE_WRONG');
    expect(message).not.toContain('horse');
    expect(await failureOf(providerOf({ privateKey: { pem: encrypted } })())).toMatchObject({ code: 'KEY_ENCRYPTED' });
  });

  describeUnless(opensslMissing, 'in a PKCS#12 file', () => {
    test('is all there', async () => {
      const p12 = join(folder, 'host.p12');
      const { status, stderr } = spawnSync('openssl', ['pkcs12', '-export', '-in', certificate, '-inkey', privateKey, '-out', p12, '-passout', 'pass:secret'],
        { encoding: 'utf8' });
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect((await providerOf({ certificate: p12, privateKey: undefined, passphrase: 'secret' })()).accountId).toBe(ACCOUNT);
    });
  });
});

describe('options', () => {
  test.each<[Partial<FromRolesAnywhereOptions>, string]>([
    [{ sessionDuration: 899 }, 'sessionDuration is a whole number from 900 to 43200, not 899'],
    [{ sessionDuration: 43_201 }, 'sessionDuration is a whole number from 900 to 43200, not 43201'],
    [{ attempts: 0 }, 'attempts is a whole number from 1 to 20, not 0'],
    [{ deadline: 1.5 }, 'deadline is a whole number from 1 to 3600000, not 1.5'],
    [{ deadline: NaN }, 'deadline is a whole number from 1 to 3600000, not NaN'],
  ])('%j are refused at once', (more, message) => {
    expect(() => fromRolesAnywhere(options(more))).toThrow(new RangeError(message));
  });

  test('that do not fit together are refused at once', () => {
    expect(() => fromRolesAnywhere(options({ region: 'us-east-1' }))).toThrow(CreateSessionError);
    expect(() => fromRolesAnywhere(options({ roleArn: options().profileArn }))).toThrow(/role/);
  });
});

describe('the call', () => {
  let server: Server;
  const requests: Array<{ readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string }> = [];

  beforeEach(async () => {
    requests.length = 0;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        requests.push({ url: request.url!, headers: request.headers, body });
        response.writeHead(503).end('busy');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => new Promise((resolve) => server.close(resolve)));

  test('says which program makes it, asks for what the options say, and is tried as often as they say', async () => {
    const provider = fromRolesAnywhere(options({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, attempts: 2, sessionDuration: 1234, roleSessionName: 'batch-1',
    }));
    expect(await failureOf(provider())).toMatchObject({ code: 'SERVICE_FAILED' });
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { version } = require('../../package.json') as { version: string };
    expect(requests).toHaveLength(2);
    expect(requests[0].headers['user-agent']).toBe(`cdk-roles-anywhere/${version}`);
    expect(JSON.parse(requests[0].body)).toEqual({ durationSeconds: 1234, roleSessionName: 'batch-1' });
  });

  test.each([[undefined, undefined, ''], ['true', undefined, '-fips'], ['true', false, ''], [undefined, true, '-fips']])(
    'with AWS_USE_FIPS_ENDPOINT %s and option %s goes to the endpoint rolesanywhere%s', async (variable, fips, suffix) => {
      const env = variable === undefined ? {} : { AWS_USE_FIPS_ENDPOINT: variable };
      const sent: string[] = [];
      const machine = {
        ...nodeHost(),
        env,
        send: async ({ url }: { readonly url: string }) => {
          sent.push(url);
          throw Object.assign(new Error('nowhere'), { code: 'ENOTFOUND' });
        },
      };
      const arns = {
        trustAnchorArn: 'arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
        profileArn: 'arn:aws:rolesanywhere:us-east-1:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9',
      };
      await failureOf(createProvider(options({ ...arns, endpoint: undefined, fips }), machine, SYSTEM_CLOCK)());
      expect(sent).toEqual([expect.stringMatching(new RegExp(`^https://rolesanywhere${suffix}\\.us-east-1\\.`))]);
    });
});

test('the log tells of sessions and details, and has no secret in it', async () => {
  const credentials: RolesAnywhereCredentials = await providerOf({ logger })();
  expect(logged).toContainEqual(expect.stringMatching(/^info new session arn:aws:sts::111122223333:assumed-role\/Uploader\/0123456789abcdef, valid until \d{4}-/));
  expect(logged.filter((message) => message.startsWith('debug'))).toContainEqual(expect.stringContaining('canonical request'));
  for (const secret of [credentials.secretAccessKey, credentials.sessionToken, host.keyPem.split('\n')[1]]) {
    expect(logged.join('\n')).not.toContain(secret);
  }
});

test('a process that has credentials ends by itself, at once', async () => {
  const program = `
    import { fromRolesAnywhere } from ${JSON.stringify(join(__dirname, '..', '..', 'src', 'credentials', 'index.ts'))};
    const provider = fromRolesAnywhere(${JSON.stringify(options())});
    void provider().then(({ accessKeyId }) => process.stdout.write(accessKeyId + ' ' + Date.now()));
  `;
  const tsx = join(__dirname, '..', '..', 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [tsx, write('program.ts', program)], { timeout: 60_000 });
  const [accessKeyId, time] = stdout.split(' ');
  expect(accessKeyId).toMatch(/^ASIA/);
  expect(Date.now() - Number(time)).toBeLessThan(10_000);
});
