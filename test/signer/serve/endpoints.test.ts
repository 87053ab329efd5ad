import { SignerError } from '../../../signer/errors';
import { HostNames } from '../../../signer/serve/addresses';
import type { ContainerToken } from '../../../signer/serve/container-token';
import { Endpoints } from '../../../signer/serve/endpoints';
import type { ServerAnswer, ServerRequest } from '../../../signer/serve/listener';
import { MetadataTokens } from '../../../signer/serve/metadata-tokens';
import { RequestCounts } from '../../../signer/serve/metrics';
import { sessionFacts } from '../../../signer/serve/served-session';
import { CredentialsError } from '../../../src/credentials/errors';
import { RefreshingCredentials } from '../../../src/credentials/refreshing-credentials';
import { ARNS, CREDENTIALS } from '../fake-platform';

const ROLES = '/latest/meta-data/iam/security-credentials';
const EXTENDED = '/latest/meta-data/iam/security-credentials-extended';
const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN = 'x-aws-ec2-metadata-token';
const HOST = '127.0.0.1:9911';

/** Paths of everything that is served, and one of what is not. */
const EVERY_PATH = [
  '/latest/api/token', '/latest', '/latest/meta-data', '/latest/meta-data/iam/info', '/latest/meta-data/instance-id', '/latest/meta-data/placement/region',
  '/latest/dynamic/instance-identity/document', ROLES, `${ROLES}/Uploader`, EXTENDED, `${EXTENDED}/Uploader`, '/credentials', '/healthz', '/metrics', '/nowhere', '/',
];

interface Setup {
  readonly roleArn?: string;
  readonly lifetime?: number;
  readonly containerToken?: Pick<ContainerToken, 'check'>;
}

async function setUp({ roleArn = ARNS.roleArn, lifetime = 3_600_000, containerToken }: Setup = {}) {
  const state = { now: Date.parse('2026-11-21T09:00:00Z'), error: undefined as Error | undefined, calls: 0, reports: [] as unknown[], roleArn };
  const facts = () => sessionFacts({ options: { ...ARNS, roleArn: state.roleArn }, target: { region: 'eu-west-2', endpoint: 'https://example.com' } },
    { notAfter: new Date(state.now), serialNumberHex: '0abc' });
  const now = () => new Date(state.now);
  const credentials = new RefreshingCredentials(async () => {
    state.calls += 1;
    if (state.error) {
      throw state.error;
    }
    return { ...CREDENTIALS, expiration: new Date(state.now + lifetime).toISOString() };
  }, { now, random: () => 0, wake: () => () => undefined }, {
    refreshed: (issued) => endpoints.update({ credentials: issued, obtainedAt: now(), facts: facts() }),
  });
  const requests = new RequestCounts();
  const tokens = await MetadataTokens.create(() => state.now);
  const endpoints: Endpoints = new Endpoints({
    credentials, tokens, requests, now, containerToken: () => containerToken as ContainerToken | undefined, metrics: () => 'metrics\n', report: (error) => state.reports.push(error),
  });
  endpoints.hostNames = new HostNames([{ host: '127.0.0.1', port: 9911 }]);
  await credentials.get();
  const ask = async (method: string, path: string, headers: Readonly<Record<string, string | undefined>> = {}): Promise<ServerAnswer> => {
    const all: Readonly<Record<string, string | undefined>> = { host: HOST, ...headers };
    const request: ServerRequest = { method, path, header: (name) => all[name] };
    return endpoints.handle(request);
  };
  const token = await tokens.issue(21_600);
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) => ask('GET', path, { [TOKEN]: token, ...headers });
  return { state, endpoints, requests, tokens, ask, get };
}

type Server = Awaited<ReturnType<typeof setUp>>;
let server: Server;

beforeEach(async () => {
  server = await setUp();
});

describe('on every path', () => {
  test.each(EVERY_PATH)('%s: strange Host headers, proxies, browsers and other methods are refused', async (path) => {
    const { ask } = server;
    const method = path === '/latest/api/token' ? 'PUT' : 'GET';
    expect((await ask(method, path, { host: 'evil.example:9911' })).status).toBe(403);
    expect((await ask(method, path, { host: undefined })).status).toBe(403);
    expect((await ask(method, path, { 'x-forwarded-for': '10.0.0.1' })).status).toBe(400);
    expect((await ask(method, path, { 'x-forwarded-for': '' })).status).toBe(400);
    expect((await ask(method, path, { forwarded: 'for=10.0.0.1' })).status).toBe(400);
    expect((await ask(method, path, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await ask(method, path, { origin: 'null' })).status).toBe(403);
    for (const other of ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE'].filter((candidate) => candidate !== method)) {
      expect(await ask(other, path)).toMatchObject({ status: 405, headers: { allow: method } });
    }
  });

  test.each(EVERY_PATH)('%s: nothing says that pages of other origins may read it', async (path) => {
    const answers = await Promise.all(['GET', 'PUT', 'OPTIONS'].map((method) => server.ask(method, path)));
    answers.forEach(({ headers }) => {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(headers['cache-control']).toBe('no-store');
    });
  });
});

describe('session tokens', () => {
  const put = (headers: Readonly<Record<string, string>> = {}) => server.ask('PUT', '/latest/api/token', headers);

  test('are issued for as long as is asked', async () => {
    const answer = await put({ [TTL]: '60' });
    expect(answer).toMatchObject({ status: 200, headers: { [TTL]: '60', 'content-type': 'text/plain; charset=utf-8' } });
    expect((await server.ask('GET', ROLES, { [TOKEN]: answer.body })).status).toBe(200);
    server.state.now += 60_000;
    expect(await server.ask('GET', ROLES, { [TOKEN]: answer.body })).toMatchObject({ status: 401, body: 'invalid token provided' });
  });

  test('for six hours where nothing is asked', async () => {
    expect(await put()).toMatchObject({ status: 200, headers: { [TTL]: '21600' } });
  });

  test.each(['0', '21601', 'x', '-5'])('a TTL of %s is refused', async (ttl) => {
    expect(await put({ [TTL]: ttl })).toMatchObject({ status: 400, body: 'invalid token TTL' });
  });

  test('with a slash at the end of the path as well', async () => {
    expect((await server.ask('PUT', '/latest/api/token/', { [TTL]: '5' })).status).toBe(200);
  });

  test.each([ROLES, `${ROLES}/Uploader`, '/latest/meta-data', '/latest/meta-data/nothing', '/latest/dynamic/instance-identity/document'])('%s needs one', async (path) => {
    expect(await server.ask('GET', path)).toMatchObject({ status: 401, body: 'no token provided' });
    expect(await server.ask('GET', path, { [TOKEN]: '' })).toMatchObject({ status: 401, body: 'no token provided' });
    expect(await server.ask('GET', path, { [TOKEN]: 'x'.repeat(75) })).toMatchObject({ status: 401, body: 'invalid token provided' });
  });
});

describe('metadata', () => {
  test.each([ROLES, EXTENDED])('%s names the role, with and without a slash', async (path) => {
    const expected = { status: 200, body: 'Uploader', headers: { [TTL]: '21600', 'content-type': 'text/plain; charset=utf-8' } };
    expect(await server.get(path)).toMatchObject(expected);
    expect(await server.get(`${path}/`)).toMatchObject(expected);
  });

  test('credentials have the keys of AWS\'s own helper, in its order', async () => {
    const answer = await server.get(`${ROLES}/Uploader`);
    expect(answer).toMatchObject({ status: 200, headers: { [TTL]: '21600', 'content-type': 'text/plain; charset=utf-8' } });
    expect(answer.body).toBe('{"AccessKeyId":"ASIAEXAMPLEEXAMPLE","SecretAccessKey":"secret+access/key","Token":"session+token//==","Code":"Success",'
      + '"Type":"AWS-HMAC","Expiration":"2026-11-21T10:00:00.000Z","LastUpdated":"2026-11-21T09:00:00Z"}');
    expect((await server.get(`${ROLES}/Uploader/`)).body).toBe(answer.body);
  });

  test('the extended ones tell the account too', async () => {
    expect(JSON.parse((await server.get(`${EXTENDED}/Uploader`)).body)).toMatchObject({ AccessKeyId: 'ASIAEXAMPLEEXAMPLE', AccountId: '111122223333' });
  });

  test('an endpoint that was given with a slash leads to the same place', async () => {
    expect((await server.get(`/${ROLES}/`)).body).toBe('Uploader');
    expect((await server.get(`//${ROLES}/Uploader`)).status).toBe(200);
    expect((await server.ask('PUT', '//latest/api/token')).status).toBe(200);
  });

  test.each(['Nobody', 'uploader', 'Uploader/x', 'Uploader/..', '%55ploader', 'role/Uploader'])('there is no role %s', async (name) => {
    expect((await server.get(`${ROLES}/${name}`)).status).toBe(404);
  });

  test('a role\'s path is no part of its name', async () => {
    server = await setUp({ roleArn: 'arn:aws:iam::111122223333:role/teams/data/Uploader' });
    expect((await server.get(ROLES)).body).toBe('Uploader');
    expect((await server.get(`${ROLES}/Uploader`)).status).toBe(200);
  });

  test('the seconds of the token\'s life count down in all answers', async () => {
    const seconds = async (path: string) => (await server.get(path)).headers[TTL];
    expect(await seconds(`${ROLES}/Uploader`)).toBe('21600');
    server.state.now += 90_000;
    expect(await seconds(`${ROLES}/Uploader`)).toBe('21510');
    expect(await seconds(ROLES)).toBe('21510');
    expect(await seconds('/latest/meta-data/placement/region')).toBe('21510');
  });

  test('the answer for a second is made once', async () => {
    expect(await server.get(`${ROLES}/Uploader`)).toBe(await server.get(`${ROLES}/Uploader`));
  });

  test.each([
    ['/latest/', 'dynamic/\nmeta-data/'],
    ['/latest/meta-data/', 'iam/\ninstance-id\nplacement/'],
    ['/latest/meta-data/iam/', 'info\nsecurity-credentials/\nsecurity-credentials-extended/'],
    ['/latest/meta-data/placement/', 'availability-zone\nregion'],
    ['/latest/meta-data/placement/region', 'eu-west-2'],
    ['/latest/meta-data/placement/availability-zone/', 'eu-west-2x'],
    ['/latest/meta-data/instance-id', 'ra-0abc'],
  ])('%s', async (path, body) => {
    expect(await server.get(path)).toMatchObject({ status: 200, body });
  });

  test('the identity document has what SDKs read, and the profile stands for an instance profile', async () => {
    expect(JSON.parse((await server.get('/latest/dynamic/instance-identity/document')).body)).toEqual({
      version: '2017-09-30', accountId: '111122223333', instanceId: 'ra-0abc', region: 'eu-west-2',
    });
    expect(JSON.parse((await server.get('/latest/meta-data/iam/info')).body)).toEqual({
      Code: 'Success', LastUpdated: '2026-11-21T09:00:00Z', InstanceProfileArn: ARNS.profileArn, InstanceProfileId: '86227258-a142-433d-a4bc-6015c99b39b9',
    });
  });

  test('everything that a listing names is there', async () => {
    const walk = async (path: string): Promise<string[]> => {
      const { status, body } = await server.get(path);
      expect([path, status]).toEqual([path, 200]);
      const isListing = path.endsWith('/') && !path.includes('security-credentials');
      return isListing ? [path, ...(await Promise.all(body.split('\n').map((entry) => walk(path + entry)))).flat()] : [path];
    };
    expect(await walk('/latest/')).toHaveLength(13);
  });

  test.each(['/latest/user-data', '/latest/meta-data/nothing', '/latest/api', '/latest/meta-data/iam/security-credentials-x'])('%s is not there', async (path) => {
    expect((await server.get(path)).status).toBe(404);
  });
});

describe('when credentials expire', () => {
  const HOUR = 3_600_000;

  test('whoever asks gets new ones, from one call', async () => {
    server.state.now += HOUR;
    const answers = await Promise.all(Array.from({ length: 50 }, () => server.get(`${ROLES}/Uploader`)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
    expect(JSON.parse(answers[0].body)).toMatchObject({ Code: 'Success', Expiration: '2026-11-21T11:00:00.000Z' });
    expect(server.state.calls).toBe(2);
  });

  test('a service that is down is 503 with the reason and when to ask again', async () => {
    server.state.now += HOUR;
    server.state.error = new CredentialsError('CONNECTION_FAILED', 'no connection to example.com');
    const answer = await server.get(`${ROLES}/Uploader`);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1', 'content-type': 'application/json', [TTL]: '18000' } });
    expect(JSON.parse(answer.body)).toEqual({ Code: 'CONNECTION_FAILED', Message: 'no connection to example.com' });
    expect((await server.get('/latest/meta-data/placement/region')).status).toBe(200);
  });

  test('what does not pass by itself is 500', async () => {
    server.state.now += HOUR;
    server.state.error = new CredentialsError('CERTIFICATE_EXPIRED', 'the certificate expired');
    expect(await server.get(`${ROLES}/Uploader`)).toMatchObject({ status: 500, body: '{"Code":"CERTIFICATE_EXPIRED","Message":"the certificate expired"}' });
    server.state.error = new SignerError('PIN_WRONG', 'the PIN is wrong');
    server.state.now += HOUR;
    expect(await server.get(`${ROLES}/Uploader`)).toMatchObject({ status: 500, body: '{"Code":"PIN_WRONG","Message":"the PIN is wrong"}' });
  });

  test('a role that has become another one by then is not there', async () => {
    server.state.now += HOUR;
    server.state.roleArn = 'arn:aws:iam::111122223333:role/Other';
    expect((await server.get(`${ROLES}/Uploader`)).status).toBe(404);
    expect((await server.get(ROLES)).body).toBe('Other');
    expect((await server.get(`${ROLES}/Other`)).status).toBe(200);
  });
});

describe('the container protocol', () => {
  test('is not there without a token file', async () => {
    expect(await server.ask('GET', '/credentials')).toMatchObject({
      status: 404, body: '{"code":"NotServed","message":"the container protocol is not served; start with --container-token-file"}',
    });
  });

  const withToken = () => setUp({ containerToken: { check: async (text) => (text === 'right' ? 'accepted' : text === 'gone' ? 'unreadable' : 'refused') } });

  test('gives credentials to whoever has the token', async () => {
    server = await withToken();
    const answer = await server.ask('GET', '/credentials', { authorization: 'right' });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body)).toEqual({
      RoleArn: ARNS.roleArn,
      AccessKeyId: CREDENTIALS.accessKeyId,
      SecretAccessKey: CREDENTIALS.secretAccessKey,
      Token: CREDENTIALS.sessionToken,
      Expiration: '2026-11-21T10:00:00.000Z',
      AccountId: '111122223333',
    });
  });

  test.each([[undefined, 401, 'Unauthorized'], ['', 401, 'Unauthorized'], ['wrong', 401, 'Unauthorized'], ['gone', 503, 'TokenFileUnreadable']])(
    'the token %s is %i', async (authorization, status, code) => {
      server = await withToken();
      const answer = await server.ask('GET', '/credentials', { authorization });
      expect([answer.status, JSON.parse(answer.body)]).toEqual([status, { code, message: expect.any(String) }]);
    });

  test('a service that is down is 503 in the protocol\'s own form', async () => {
    server = await withToken();
    server.state.now += 3_600_000;
    server.state.error = new CredentialsError('TIMED_OUT', 'no answer');
    expect(await server.ask('GET', '/credentials', { authorization: 'right' })).toMatchObject({
      status: 503, body: '{"code":"TIMED_OUT","message":"no answer"}', headers: { 'retry-after': '1' },
    });
  });

  test('refusals are in the protocol\'s own form', async () => {
    server = await withToken();
    const answer = await server.ask('GET', '/credentials', { host: 'evil.example', authorization: 'right' });
    expect(JSON.parse(answer.body)).toEqual({ code: 'Forbidden', message: expect.stringContaining('Host header') });
  });
});

describe('health and metrics', () => {
  test('healthy, failing, and without credentials', async () => {
    const health = async () => {
      const { status, body } = await server.ask('GET', '/healthz');
      return [status, JSON.parse(body) as unknown];
    };
    expect(await health()).toEqual([200, { status: 'ok', expiration: '2026-11-21T10:00:00.000Z', lastRefresh: '2026-11-21T09:00:00.000Z' }]);
    server.state.now += 50 * 60_000;
    server.state.error = new CredentialsError('SERVICE_REFUSED', 'secret words of the service');
    await server.get(`${ROLES}/Uploader`);
    await server.ask('GET', '/latest/api/token');
    server.state.now += 10 * 60_000;
    await server.get(`${ROLES}/Uploader`);
    expect(await health()).toEqual([503, {
      status: 'no valid credentials',
      expiration: '2026-11-21T10:00:00.000Z',
      lastRefresh: '2026-11-21T09:00:00.000Z',
      lastError: { code: 'SERVICE_REFUSED', at: '2026-11-21T10:00:00.000Z' },
    }]);
    server.state.error = undefined;
    server.state.now += 60_000;
    await server.get(`${ROLES}/Uploader`);
    expect(await health()).toEqual([200, expect.objectContaining({ status: 'ok', lastError: { code: 'SERVICE_REFUSED', at: '2026-11-21T10:00:00.000Z' } })]);
  });

  test('metrics are text', async () => {
    expect(await server.ask('GET', '/metrics')).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body: 'metrics\n' });
  });

  test('requests are counted by page and status', async () => {
    await server.get(ROLES);
    await server.get(ROLES);
    await server.ask('GET', ROLES);
    await server.ask('PUT', '/latest/api/token');
    await server.get('/nowhere');
    await server.ask('GET', '/metrics', { host: 'evil.example' });
    expect(server.requests.entries()).toEqual([['role', 200, 2], ['role', 401, 1], ['token', 200, 1], ['other', 404, 1], ['metrics', 403, 1]]);
  });
});

test('what should not happen is 500 and reported', async () => {
  const error = new Error('a bug with secret details');
  server = await setUp({ containerToken: { check: async () => Promise.reject(error) } });
  const answer = await server.ask('GET', '/credentials', { authorization: 'x' });
  expect(answer).toMatchObject({ status: 500, body: '{"code":"InternalError","message":"something that should not happen; the log says more"}' });
  expect(server.state.reports).toEqual([error]);
});
