/** Tests of the local endpoint with real HTTP requests: sessions, refusals in the words of the service, and clients that misbehave. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ACCOUNT, REGION, testSimulator, TestAppOptions, trustStatement } from './fixtures';
import { HttpAnswer, send, sendSigned, signFor } from './http-client';
import { CreateSessionParameters, RequestOptions } from '../../src/create-session';
import { SessionDecision } from '../../src/simulator/decision';
import { LocalEndpoint, LocalEndpointOptions, startLocalEndpoint } from '../../src/simulator/local-endpoint';
import { AssemblyModel } from '../../src/simulator/model';
import { RolesAnywhereSimulator } from '../../src/simulator/simulator';
import { createRootCa, Issued, issueCa, issueHost } from '../support/pki';

let root: Issued;
let issuing: Issued;
let host: Issued;
const running: LocalEndpoint[] = [];

beforeAll(async () => {
  root = await createRootCa('C=AU, O=Example, CN=Example Root');
  issuing = await issueCa(root, 'O=Example, CN=Example Issuing');
  host = await issueHost(root, 'O=Example, CN=onprem01', { serialNumber: '0123456789abcdef' });
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((endpoint) => endpoint.close()));
});

async function start(simulator: RolesAnywhereSimulator, options: LocalEndpointOptions = {}): Promise<LocalEndpoint> {
  const endpoint = await startLocalEndpoint(simulator, { port: 0, ...options });
  running.push(endpoint);
  return endpoint;
}

function arnsOf({ model }: RolesAnywhereSimulator): CreateSessionParameters {
  return { trustAnchorArn: model.trustAnchors[0].arn, profileArn: model.profiles[0].arn, roleArn: model.roles[0].arn };
}

interface Attempt {
  readonly app?: Omit<TestAppOptions, 'anchorPem'> & { readonly anchorPem?: string };
  readonly host?: Issued;
  readonly chain?: readonly Issued[];
  readonly parameters?: Partial<CreateSessionParameters>;
  readonly signing?: Partial<RequestOptions>;
  readonly endpoint?: LocalEndpointOptions;
}

/** Starts an endpoint for an app, signs a request and sends it. */
async function attempt({ app, host: caller = host, chain, parameters, signing, endpoint: options }: Attempt = {}): Promise<HttpAnswer> {
  const simulator = testSimulator({ anchorPem: root.pem, ...app });
  const endpoint = await start(simulator, options);
  const signed = await signFor(caller, { ...arnsOf(simulator), ...parameters }, { endpoint: endpoint.url, region: REGION, ...signing }, chain);
  return sendSigned(endpoint.url, signed);
}

function errorOf({ status, headers, text }: HttpAnswer): string {
  return `${status} ${String(headers['x-amzn-errortype'])}: ${(JSON.parse(text) as { message: string }).message}`;
}

describe('CreateSession', () => {
  test('answers a trusted host with 201 and credentials in the form of the service', async () => {
    const before = Date.now();
    const answer = await attempt({ parameters: { durationSeconds: 900 } });
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    const body = JSON.parse(answer.text) as { credentialSet: Array<{ credentials: { expiration: string } }> };
    expect(body).toEqual({
      credentialSet: [{
        assumedRoleUser: {
          arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Uploader/0123456789abcdef`,
          assumedRoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}:0123456789abcdef$/),
        },
        credentials: {
          accessKeyId: expect.stringMatching(/^ASIASIMULATED[A-Z2-7]{7}$/),
          secretAccessKey: expect.stringMatching(/^SIMULATED\/.{30}$/),
          sessionToken: expect.stringContaining('cdk-roles-anywhere-simulator-not-a-real-credential'),
          expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        },
        packedPolicySize: 0,
        roleArn: `arn:aws:iam::${ACCOUNT}:role/Uploader`,
        sourceIdentity: 'CN=onprem01',
      }],
      subjectArn: expect.stringMatching(/^arn:aws:rolesanywhere:eu-west-2:111122223333:subject\/[0-9a-f-]{36}$/),
      simulated: { notice: expect.stringContaining('not real') },
    });
    const lasts = Date.parse(body.credentialSet[0].credentials.expiration) - before;
    expect(lasts).toBeGreaterThan(898_000);
    expect(lasts).toBeLessThan(960_000);
  });

  test('says in every answer that it is simulated', async () => {
    const allowed = await attempt();
    const refused = await attempt({ app: { profile: { enabled: false } } });
    expect([allowed, refused].map(({ headers }) => headers['x-simulated'])).toEqual([expect.stringContaining('not real'), expect.stringContaining('not real')]);
  });

  test('takes ARNs in the body, and a chain', async () => {
    const below = await issueHost(issuing, 'CN=onprem01');
    expect((await attempt({ host: below, chain: [issuing], signing: { arnsIn: 'body' } })).status).toBe(201);
    expect(errorOf(await attempt({ host: below }))).toBe('403 AccessDeniedException: Untrusted signing certificate');
  });

  test('tells the decision, and writes one line of log for it', async () => {
    const decisions: SessionDecision[] = [];
    const lines: string[] = [];
    await attempt({ endpoint: { onDecision: (decision) => decisions.push(decision), log: (line) => lines.push(line) } });
    expect(decisions).toMatchObject([{ allowed: true }]);
    expect(decisions[0].steps[0]).toMatchObject({ id: 'request-signature', status: 'passed' });
    expect(lines).toEqual([expect.stringMatching(/^\S+Z POST \/sessions 201 allowed: CN=onprem01,O=Example \(serial 0123456789abcdef\) gets role Uploader/)]);
  });
});

describe('a refusal is in the words of the service', () => {
  const assume = `Unable to assume role for arn:aws:iam::${ACCOUNT}:role/Uploader`;

  test.each<[string, () => Promise<Attempt> | Attempt, string]>([
    ['an anchor that is no CA', async () => ({ app: { anchorPem: (await createRootCa('CN=a', { basicConstraints: null })).pem } }),
      '400 ValidationException: Incorrect basic constraints for CA certificate'],
    ['an outsider', async () => ({ host: await issueHost(await createRootCa('CN=Other'), 'CN=onprem01') }),
      '403 AccessDeniedException: Untrusted signing certificate'],
    ['a certificate without key usage', async () => ({ host: await issueHost(root, 'CN=onprem01', { keyUsage: null }) }),
      '403 AccessDeniedException: Untrusted certificate. Insufficient certificate'],
    ['an expired certificate', async () => ({ host: await issueHost(root, 'CN=onprem01', { notBefore: new Date(0), notAfter: new Date(86_400_000) }) }),
      '403 AccessDeniedException: Untrusted certificate'],
    ['a disabled anchor', () => ({ app: { anchor: { enabled: false } } }), '403 AccessDeniedException: Trust anchor is disabled'],
    ['an unknown anchor', () => ({ parameters: { trustAnchorArn: `arn:aws:rolesanywhere:${REGION}:${ACCOUNT}:trust-anchor/00000000-0000-0000-0000-000000000000` } }),
      `404 ResourceNotFoundException: Trust anchor arn:aws:rolesanywhere:${REGION}:${ACCOUNT}:trust-anchor/00000000-0000-0000-0000-000000000000 not found`],
    ['a disabled profile', () => ({ app: { profile: { enabled: undefined } } }), '403 AccessDeniedException: Profile is disabled'],
    ['an empty profile', () => ({ app: { profile: { roleArns: [] } } }), '403 AccessDeniedException: Invalid or empty profile provided'],
    ['an unknown profile', () => ({ parameters: { profileArn: `arn:aws:rolesanywhere:${REGION}:${ACCOUNT}:profile/00000000-0000-0000-0000-000000000000` } }),
      '403 AccessDeniedException: Invalid or empty profile provided'],
    ['a role that is not listed', () => ({ parameters: { roleArn: `arn:aws:iam::${ACCOUNT}:role/Other` } }),
      "403 AccessDeniedException: Requested Role isn't one of those listed in the Profile"],
    ['a duration above the maximum of the role', () => ({ app: { profile: { durationSeconds: 7200 } } }),
      '403 AccessDeniedException: The requested DurationSeconds exceeds the MaxSessionDuration set for this role'],
    ['a duration out of range', () => ({ parameters: { durationSeconds: 60 } }), '400 ValidationException: durationSeconds must be between 900 and 43200'],
    ['a session name that is not accepted', () => ({ parameters: { roleSessionName: 'nightly' } }),
      '403 AccessDeniedException: Not authorized to set roleSessionName'],
    ['a common name that cannot be a tag', async () => ({ host: await issueHost(root, 'CN=a (b)') }),
      `403 AccessDeniedException: ${assume}. Some attributes failed to be mapped into session tags. Issuer: [  ]; Subject: [ CN ]; SAN: [  ]`],
    ['another host', async () => ({ host: await issueHost(root, 'CN=onprem02') }), `403 AccessDeniedException: ${assume}`],
    ['a trust policy without sts:TagSession', () => ({ app: { statements: () => [trustStatement(undefined, ['sts:AssumeRole', 'sts:SetSourceIdentity'])] } }),
      `403 AccessDeniedException: ${assume}`],
    ['a region that the request is not signed for', () => ({ signing: { region: 'eu-west-1' } }),
      `403 AccessDeniedException: Credential should be scoped to a valid region: ${REGION}`],
  ])('for %s', async (_, make, expected) => {
    const answer = await attempt(await make());
    expect(errorOf(answer)).toBe(expected);
    const { simulated } = JSON.parse(answer.text) as { simulated: { notice: string; step: string; reason: string } };
    expect(simulated.notice).toContain('not real');
    expect(simulated.reason.length).toBeGreaterThan(10);
  });

  test('for a request whose signature does not cover what was sent', async () => {
    const simulator = testSimulator({ anchorPem: root.pem });
    const endpoint = await start(simulator);
    const signed = await signFor(host, { ...arnsOf(simulator), durationSeconds: 900 }, { endpoint: endpoint.url, region: REGION });
    const answer = await sendSigned(endpoint.url, { ...signed, body: signed.body.replace('900', '999') });
    expect(errorOf(answer)).toBe('403 AccessDeniedException: Invalid signature');
    expect(JSON.parse(answer.text)).toMatchObject({ simulated: { step: 'request-signature' } });
  });

  test('for a request that is signed with the key of another certificate', async () => {
    const other = await issueHost(root, 'CN=onprem02');
    expect(errorOf(await attempt({ host: { ...host, keyPem: other.keyPem } }))).toBe('403 AccessDeniedException: Invalid signature');
  });

  test('for a request of an hour ago, and of an hour ahead', async () => {
    for (const hours of [-1, 1]) {
      const answer = await attempt({ signing: { date: new Date(Date.now() + hours * 3_600_000) } });
      expect(errorOf(answer)).toMatch(/^403 AccessDeniedException: X-Amz-Date .* verifier's clock; 300 are allowed$/);
    }
  });

  test('for a request without signature', async () => {
    const endpoint = await start(testSimulator({ anchorPem: root.pem }));
    const unsigned = await send(endpoint.url, { path: '/sessions', body: '{}' });
    expect(errorOf(unsigned)).toBe('403 AccessDeniedException: the header authorization is missing');
  });
});

describe('requests of aws_signing_helper, replayed with their clock', () => {
  interface Vector {
    readonly name: string;
    readonly request: { readonly method: string; readonly target: string; readonly headers: Record<string, string>; readonly body: string };
  }
  const vectors = JSON.parse(readFileSync(join(__dirname, '../vectors/create-session.json'), 'utf8')) as { rootPem: string; cases: Vector[] };

  /** A model in which just the ARNs of a request exist. */
  function modelFor(target: string): AssemblyModel {
    const query = new URL(target, 'http://localhost').searchParams;
    const [trustAnchorArn, profileArn, roleArn] = ['trustAnchorArn', 'profileArn', 'roleArn'].map((name) => query.get(name) as string);
    const [, partition, , region, account] = trustAnchorArn.split(':');
    const common = { logicalId: 'It', stack: 'Vectors', environment: { partition, account, region } };
    return {
      trustAnchors: [{
        ...common,
        kind: 'trust-anchor',
        id: 'a',
        arn: trustAnchorArn,
        name: 'vectors',
        enabled: true,
        enabledStated: true,
        sourceType: 'CERTIFICATE_BUNDLE',
        certificatePem: vectors.rootPem,
      }],
      profiles: [{
        ...common,
        kind: 'profile',
        id: 'p',
        arn: profileArn,
        name: 'vectors',
        enabled: true,
        enabledStated: true,
        roleArns: [roleArn],
        durationSeconds: 43_200,
        managedPolicyArns: [],
        acceptRoleSessionName: true,
      }],
      roles: [{
        ...common,
        kind: 'role',
        arn: roleArn,
        name: roleArn.split('/').pop() as string,
        path: '/',
        maxSessionDurationSeconds: 43_200,
        trustPolicy: { Version: '2012-10-17', Statement: [trustStatement({ ArnEquals: { 'aws:SourceArn': trustAnchorArn } })] },
      }],
      crls: [],
      problems: [],
    };
  }

  function clockOf({ request: { headers } }: Vector): Date {
    return new Date(headers['x-amz-date'].replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  }

  test.each(vectors.cases.map((vector): [string, Vector] => [vector.name, vector]))('%s gets a session', async (_, vector) => {
    const endpoint = await start(RolesAnywhereSimulator.fromModel(modelFor(vector.request.target)), { clock: () => clockOf(vector) });
    const { method, target, headers, body } = vector.request;
    const answer = await send(endpoint.url, { method, path: target, headers, body });
    expect(answer.text).toContain('ASIASIMULATED');
    expect(answer.status).toBe(201);
    const asked = JSON.parse(body) as { durationSeconds: number };
    const { credentialSet: [set] } = JSON.parse(answer.text) as { credentialSet: Array<{ credentials: { expiration: string } }> };
    expect(Date.parse(set.credentials.expiration) - clockOf(vector).getTime()).toBe(asked.durationSeconds * 1000);
  });

  test.each(vectors.cases.map((vector): [string, Vector] => [vector.name, vector]))('%s is refused with a byte of its body changed', async (_, vector) => {
    const endpoint = await start(RolesAnywhereSimulator.fromModel(modelFor(vector.request.target)), { clock: () => clockOf(vector) });
    const { method, target, headers, body } = vector.request;
    const answer = await send(endpoint.url, { method, path: target, headers, body: body.replace('0', '1') });
    expect(errorOf(answer)).toBe('403 AccessDeniedException: Invalid signature');
  });
});

describe('what else is asked of the endpoint', () => {
  test('a person is shown a page that says what this is, and what is in the app', async () => {
    const endpoint = await start(testSimulator({ anchorPem: root.pem }));
    const answer = await send(endpoint.url, { method: 'GET', path: '/' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.text).toContain('THE CREDENTIALS THAT THIS ENDPOINT HANDS OUT ARE FAKE');
    expect(answer.text).toMatch(/trust anchors:\n {2}arn:aws:rolesanywhere:\S+ {2}example-root \(enabled\)/);
    expect(answer.text).toMatch(/roles:\n {2}arn:aws:iam::111122223333:role\/Uploader {2}Uploader\n/);
    expect(answer.text).toMatch(/ {4}--role-arn arn:aws:iam::111122223333:role\/Uploader\n/);
    expect((await send(endpoint.url, { method: 'HEAD', path: '/' })).text).toBe('');
  });

  test('another path is not found, another method not allowed', async () => {
    const endpoint = await start(testSimulator({ anchorPem: root.pem }));
    expect(errorOf(await send(endpoint.url, { method: 'GET', path: '/anchors' }))).toBe('404 UnknownOperationException: There is no operation at /anchors');
    const notAllowed = await send(endpoint.url, { method: 'GET', path: '/sessions' });
    expect(errorOf(notAllowed)).toBe('405 UnknownOperationException: GET is not allowed here');
    expect(notAllowed.headers.allow).toBe('POST');
    expect((await send(endpoint.url, { method: 'DELETE', path: '/' })).headers.allow).toBe('GET, HEAD, POST');
  });

  test('a body that is too large is refused, and the endpoint goes on', async () => {
    const endpoint = await start(testSimulator({ anchorPem: root.pem }));
    const answer = await send(endpoint.url, { path: '/sessions', body: 'x'.repeat(70_000) });
    expect(errorOf(answer)).toBe('413 RequestEntityTooLargeException: the body is larger than 65536 bytes');
    expect((await send(endpoint.url, { method: 'GET', path: '/' })).status).toBe(200);
  });

  test('headers that are too large are refused', async () => {
    const endpoint = await start(testSimulator({ anchorPem: root.pem }));
    const answer = await raw(endpoint, `POST /sessions HTTP/1.1\r\nHost: a\r\nX-Amz-X509: ${'A'.repeat(140_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('what is not HTTP is answered and ended', async () => {
    const endpoint = await start(testSimulator({ anchorPem: root.pem }));
    expect(await raw(endpoint, 'hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('a client that hangs up in the middle does no harm', async () => {
    const lines: string[] = [];
    const endpoint = await start(testSimulator({ anchorPem: root.pem }), { log: (line) => lines.push(line) });
    await new Promise<void>((resolve) => {
      const socket = connect(endpoint.port, endpoint.host, () => {
        socket.write('POST /sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc', () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    expect((await send(endpoint.url, { method: 'GET', path: '/' })).status).toBe(200);
    expect(lines.some((line) => line.includes('the client hung up'))).toBe(true);
  });

  test('a request that arrives while too many are open is answered at once', async () => {
    const endpoint = await start(testSimulator({ anchorPem: root.pem }), { maxOpenRequests: 2 });
    const slow = [1, 2].map(() => connect(endpoint.port, endpoint.host));
    await Promise.all(slow.map((socket) => new Promise<void>((resolve) => {
      socket.write('POST /sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc', () => resolve());
    })));
    let answer = await send(endpoint.url, { path: '/sessions', body: '{}' });
    // The two are on their way when they are written, and not yet open.
    for (let tries = 0; answer.status !== 429 && tries < 50; tries++) {
      answer = await send(endpoint.url, { path: '/sessions', body: '{}' });
    }
    expect(errorOf(answer)).toBe('429 ThrottlingException: Rate exceeded');
    slow.forEach((socket) => socket.destroy());
  });

  test('a name in the log cannot begin a line of its own', async () => {
    const lines: string[] = [];
    const endpoint = await start(testSimulator({ anchorPem: root.pem }), { log: (line) => lines.push(line) });
    await send(endpoint.url, { method: 'GET', path: '/a%0aallowed' });
    const tricky = await issueHost(root, 'CN=a\u2028allowed: CN=onprem01');
    const simulator = testSimulator({ anchorPem: root.pem });
    await sendSigned(endpoint.url, await signFor(tricky, arnsOf(simulator), { endpoint: endpoint.url, region: REGION }));
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/[\n\r\u2028]/);
  });
});

describe('the life of an endpoint', () => {
  test('it listens on loopback unless told otherwise, and warns then', async () => {
    const lines: string[] = [];
    const simulator = testSimulator({ anchorPem: root.pem });
    expect((await start(simulator, { log: (line) => lines.push(line) })).host).toBe('127.0.0.1');
    expect(lines).toEqual([]);
    await start(simulator, { host: '0.0.0.0', log: (line) => lines.push(line) });
    expect(lines).toEqual([expect.stringContaining('warning: listening on 0.0.0.0')]);
  });

  test('a port in use, or one that cannot be, is an error with a code', async () => {
    const simulator = testSimulator({ anchorPem: root.pem });
    const { port } = await start(simulator);
    await expect(startLocalEndpoint(simulator, { port })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    await expect(startLocalEndpoint(simulator, { port: 70_000 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(startLocalEndpoint(simulator, { port: 0, host: '203.0.113.1' })).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });

  test('it closes although a connection is idle and another one open, and may be closed twice', async () => {
    const endpoint = await start(testSimulator({ anchorPem: root.pem }));
    const open = connect(endpoint.port, endpoint.host);
    await new Promise<void>((resolve) => open.write('POST /sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc', () => resolve()));
    open.on('error', () => undefined);
    const begun = Date.now();
    await Promise.all([endpoint.close(), endpoint.close()]);
    await endpoint.close();
    expect(Date.now() - begun).toBeLessThan(5_000);
    await expect(send(endpoint.url, { method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

/** Sends bytes and reads until the connection ends. */
function raw(endpoint: LocalEndpoint, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(endpoint.port, endpoint.host, () => socket.write(text));
    socket.on('data', (chunk) => { answer += chunk.toString(); });
    socket.on('close', () => resolve(answer));
    // The endpoint closes on a client that is still sending, which may reset the connection behind the answer.
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)));
  });
}
