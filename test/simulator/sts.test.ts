/** Tests of GetCallerIdentity on the local endpoint: with the AWS SDK, with the AWS CLI where it is installed, and with wrong signatures. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { promisify } from 'node:util';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ACCOUNT, REGION, testSimulator } from './fixtures';
import { HttpAnswer, send, sendSigned, signFor } from './http-client';
import { LocalEndpoint, startLocalEndpoint } from '../../src/simulator/local-endpoint';
import { RolesAnywhereSimulator } from '../../src/simulator/simulator';
import { createRootCa, Issued, issueHost } from '../support/pki';
import { describeUnless } from '../support/runtimes';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

let host: Issued;
let simulator: RolesAnywhereSimulator;
let endpoint: LocalEndpoint;
let credentials: Credentials;
let clock: Date | undefined;
let lines: string[] = [];

beforeAll(async () => {
  const root = await createRootCa('CN=Example Root');
  host = await issueHost(root, 'CN=onprem01', { serialNumber: '0123456789abcdef' });
  simulator = testSimulator({ anchorPem: root.pem });
  endpoint = await startLocalEndpoint(simulator, { port: 0, clock: () => clock ?? new Date(), log: (line) => lines.push(line) });
});

afterAll(() => endpoint.close());

beforeEach(async () => {
  clock = undefined;
  credentials = await newCredentials();
  lines = [];
});

async function newCredentials(): Promise<Credentials> {
  const { trustAnchors: [anchor], profiles: [profile], roles: [role] } = simulator.model;
  const signed = await signFor(host, { trustAnchorArn: anchor.arn, profileArn: profile.arn, roleArn: role.arn, durationSeconds: 900 },
    { endpoint: endpoint.url, region: REGION });
  const answer = await sendSigned(endpoint.url, signed);
  const { credentialSet: [{ credentials: { accessKeyId, secretAccessKey, sessionToken } }] } =
    JSON.parse(answer.text) as { credentialSet: Array<{ credentials: Credentials }> };
  return { accessKeyId, secretAccessKey, sessionToken };
}

const ASSUMED_ROLE = `arn:aws:sts::${ACCOUNT}:assumed-role/Uploader/0123456789abcdef`;
const BODY = 'Action=GetCallerIdentity&Version=2011-06-15';

interface SigningOptions {
  readonly body?: string;
  readonly date?: Date;
  readonly scopeDay?: string;
  readonly signedHeaders?: string;
  readonly service?: string;
}

/** Signs as Signature Version 4 wants it, written out from its definition. */
function callerIdentity(options: SigningOptions = {}): Promise<HttpAnswer> {
  const { body = BODY, date = new Date(), signedHeaders = 'host;x-amz-date;x-amz-security-token', service = 'sts' } = options;
  const amzDate = `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const day = options.scopeDay ?? amzDate.slice(0, 8);
  const { host: hostHeader } = new URL(endpoint.url);
  const headers: Record<string, string> = { 'host': hostHeader, 'x-amz-date': amzDate, 'x-amz-security-token': credentials.sessionToken };
  const scope = `${day}/${REGION}/${service}/aws4_request`;
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const canonical = ['POST', '/', '', ...signedHeaders.split(';').map((name) => `${name}:${headers[name]}`), '', signedHeaders, sha256(body)].join('\n');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = [day, REGION, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return send(endpoint.url, { path: '/', headers: { ...headers, authorization, 'content-type': 'application/x-www-form-urlencoded' }, body });
}

function errorOf({ status, text }: HttpAnswer): string {
  return `${status} ${/<Code>(.*)<\/Code>/.exec(text)?.[1]}`;
}

describe('GetCallerIdentity', () => {
  test('tells an AWS SDK client which session it has', async () => {
    const client = new STSClient({ endpoint: endpoint.url, region: REGION, credentials });
    const { Arn, Account, UserId } = await client.send(new GetCallerIdentityCommand({}));
    client.destroy();
    expect({ Arn, Account }).toEqual({ Arn: ASSUMED_ROLE, Account: ACCOUNT });
    expect(UserId).toMatch(/^AROA[A-Z0-9]{17}:0123456789abcdef$/);
    expect(lines).toEqual([expect.stringContaining(`POST / 200 GetCallerIdentity: ${ASSUMED_ROLE}`)]);
  });

  test('takes a signature that was made by the book, and says that it is simulated', async () => {
    const answer = await callerIdentity();
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/xml');
    expect(answer.headers['x-simulated']).toContain('not real');
    expect(answer.text).toContain(`<Arn>${ASSUMED_ROLE}</Arn>`);
  });

  test('refuses an access key id that it did not give out', async () => {
    credentials = { ...credentials, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' };
    expect(errorOf(await callerIdentity())).toBe('403 InvalidClientTokenId');
  });

  test('refuses the token of another session', async () => {
    const other = await newCredentials();
    credentials = { ...credentials, sessionToken: other.sessionToken };
    expect(errorOf(await callerIdentity())).toBe('403 InvalidClientTokenId');
  });

  test('refuses a wrong secret, and a signature that leaves the host out', async () => {
    expect(errorOf(await callerIdentity({ signedHeaders: 'x-amz-date;x-amz-security-token' }))).toBe('403 SignatureDoesNotMatch');
    credentials = { ...credentials, secretAccessKey: 'SIMULATED/of-something-else' };
    expect(errorOf(await callerIdentity())).toBe('403 SignatureDoesNotMatch');
  });

  test('refuses a signature of an hour ago, and a scope of another day', async () => {
    expect(errorOf(await callerIdentity({ date: new Date(Date.now() - 3_600_000) }))).toBe('403 SignatureDoesNotMatch');
    expect(errorOf(await callerIdentity({ scopeDay: '20200101' }))).toBe('403 SignatureDoesNotMatch');
  });

  test('refuses a session that has expired', async () => {
    clock = new Date(Date.now() + 901_000);
    expect(errorOf(await callerIdentity({ date: clock }))).toBe('403 ExpiredToken');
  });

  test('refuses what is not signed, or signed for another service', async () => {
    expect(errorOf(await send(endpoint.url, { path: '/', body: BODY }))).toBe('403 MissingAuthenticationToken');
    expect(errorOf(await callerIdentity({ service: 's3' }))).toBe('400 IncompleteSignature');
  });

  test('has no other action, and shows text from outside harmlessly', async () => {
    const answer = await callerIdentity({ body: 'Action=%3Cscript%3E%00&Version=2011-06-15' });
    expect(errorOf(answer)).toBe('400 InvalidAction');
    expect(answer.text).toContain('&#60;script&#62;\\u{0}');
    expect(errorOf(await callerIdentity({ body: 'Action=GetCallerIdentity&Version=2010-01-01' }))).toBe('400 InvalidAction');
  });
});

const cliVersion = spawnSync('aws', ['--version'], { encoding: 'utf8' });

describeUnless(cliVersion.status === 0 ? undefined : 'there is no AWS CLI on the PATH', 'the AWS CLI', () => {
  test('learns with its ordinary command who it is', async () => {
    const { stdout } = await promisify(execFile)('aws', ['sts', 'get-caller-identity', '--endpoint-url', endpoint.url, '--region', REGION], {
      env: {
        PATH: process.env.PATH,
        HOME: '/nonexistent',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
    expect(JSON.parse(stdout)).toMatchObject({ Account: ACCOUNT, Arn: ASSUMED_ROLE });
  });
});
