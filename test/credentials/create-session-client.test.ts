import { privateKeySigner } from '../../src/create-session/algorithms';
import { CreateSessionClient, SessionOptions } from '../../src/credentials/create-session-client';
import { Identity } from '../../src/credentials/identity';
import { MISMATCH_REMEDY } from '../../src/credentials/identity-files';
import { readCertificate, readPem } from '../../src/x509';
import { answer, ARNS, CREDENTIALS, fakeMachine, FakeOptions, SUCCESS_BODY, systemError } from '../signer/fake-platform';
import { createRootCa, Issued, issueHost, TestKey } from '../support/pki';

let root: Issued;
let identity: Identity;

async function identityOf(issued: Issued, key: Issued = issued, chain: Issued[] = []): Promise<Identity> {
  const certificate = readCertificate(issued.der);
  return {
    certificate,
    chain: chain.map(({ der }) => readCertificate(der)),
    signer: await privateKeySigner(readCertificate(key.der).publicKey, readPem(key.keyPem)[0].der),
    certificateSource: 'host.pem',
    keySource: 'host.key',
  };
}

beforeAll(async () => {
  root = await createRootCa('CN=Root');
  identity = await identityOf(await issueHost(root, 'CN=onprem01'));
});

function client(options: Partial<SessionOptions> = {}, machineOptions: FakeOptions = {}) {
  const machine = fakeMachine(machineOptions);
  const warnings: string[] = [];
  const details: string[] = [];
  const observer = { warn: async (text: string) => void warnings.push(text), debug: async (text: () => string) => void details.push(text()) };
  return { machine, warnings, details, client: new CreateSessionClient(machine.platform, { ...ARNS, ...options }, 'test/1.0', observer) };
}

describe('the call', () => {
  test('verifies, and its answer comes back', async () => {
    const { client: one, machine } = client({ sessionDuration: 900, roleSessionName: 'night-shift' });
    expect(await one.create(identity)).toMatchObject(CREDENTIALS);
    expect(machine.verified).toEqual([expect.objectContaining({ ...ARNS, durationSeconds: 900, roleSessionName: 'night-shift' })]);
    expect(machine.requests[0].headers['user-agent']).toBe('test/1.0');
  });

  test('without a duration the profile decides', async () => {
    const { client: one, machine } = client();
    await one.create(identity);
    expect(machine.requests[0].body).toBe('{}');
  });

  test('details are told without the key and the credentials', async () => {
    const { client: one, details } = client();
    await one.create(identity);
    expect(details.join('\n')).toContain('canonical request:\nPOST\n/sessions\n');
    expect(details.join('\n')).not.toMatch(/secret\+|session\+|PRIVATE/);
  });

  test.each<[string, FakeOptions, Partial<SessionOptions>, object]>([
    ['a proxy of the environment', { env: { HTTPS_PROXY: 'http://p:1' } }, {}, { proxy: { url: 'http://p:1', origin: 'HTTPS_PROXY' } }],
    ['a proxy by hand before it', { env: { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' } }, { proxy: 'http://q:2' }, { proxy: { url: 'http://q:2', origin: '--proxy' } }],
    ['a CA bundle of the environment', { env: { AWS_CA_BUNDLE: 'ca.pem' }, files: { 'ca.pem': 'PEM' } }, {}, { caBundle: 'PEM', verifyTls: true }],
    ['a CA bundle by hand before it', { env: { AWS_CA_BUNDLE: 'ca.pem' }, files: { 'mine.pem': 'MINE' } }, { caBundle: 'mine.pem' }, { caBundle: 'MINE' }],
    ['no check of the endpoint', {}, { verifyTls: false }, { verifyTls: false }],
  ])('%s reaches the connection', async (_, machineOptions, options, connection) => {
    const { client: one, machine } = client(options, machineOptions);
    await one.create(identity);
    expect(machine.connections[0]).toMatchObject(connection);
  });

  test('a CA bundle that is not there is named', async () => {
    await expect(client({ caBundle: 'gone.pem' }).client.create(identity)).rejects.toMatchObject({ code: 'FILE_UNREADABLE', message: 'the CA bundle file gone.pem does not exist (relative paths count from the working directory)' });
  });
});

describe('retries', () => {
  test('429, 5xx and failed connections are tried again, each with a new signature', async () => {
    const { client: one, machine } = client({}, { reactions: [answer(429), systemError('ECONNRESET'), answer(201, SUCCESS_BODY)] });
    await one.create(identity);
    expect(new Set(machine.requests.map(({ headers }) => headers.authorization)).size).toBeGreaterThan(1);
    expect(machine.pauses).toHaveLength(2);
  });

  test('a Retry-After is waited for', async () => {
    const { client: one, machine } = client({}, { reactions: [answer(503, '', { 'retry-after': '9' }), answer(201, SUCCESS_BODY)] });
    await one.create(identity);
    expect(machine.pauses).toEqual([9375]);
  });

  test('as often and as long as it is told', async () => {
    const { client: once, machine } = client({ attempts: 1, deadline: 5000 }, { reactions: [answer(500)] });
    await expect(once.create(identity)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    expect(machine.timeouts).toEqual([5000]);
  });

  test.each([[403, 'SERVICE_REFUSED'], [302, 'UNEXPECTED_RESPONSE']])('HTTP %i is not tried again', async (status, code) => {
    const { client: one, machine } = client({}, { reactions: [answer(status, '', { 'x-amzn-errortype': 'AccessDeniedException' })] });
    await expect(one.create(identity)).rejects.toMatchObject({ code });
    expect(machine.requests).toHaveLength(1);
  });
});

describe('a clock that is wrong', () => {
  // Dates of HTTP have whole seconds.
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const theirs = (hours: number) => new Date(now.getTime() + hours * 3600_000);
  const refused = (hours: number) => answer(403, '{"__type":"AccessDeniedException","message":"Signature expired"}', { date: theirs(hours).toUTCString() });
  const dateOf = (headers: Readonly<Record<string, string>>) => headers['x-amz-date'];
  const hour = (date: Date) => date.toISOString().replace(/[-:]/g, '').substring(0, 13);

  test('is corrected once from the Date of the answer, said aloud, and remembered', async () => {
    const { client: one, machine, warnings } = client({}, { now, reactions: [refused(1), answer(201, SUCCESS_BODY)] });
    await one.create(identity);
    await one.create(identity);
    expect(machine.requests.map(({ headers }) => dateOf(headers).substring(0, 13))).toEqual([hour(now), hour(theirs(1)), hour(theirs(1))]);
    expect(warnings).toEqual([expect.stringMatching(/clock is 3600 seconds behind the service's/)]);
    expect(machine.pauses).toEqual([]);
  });

  test('that is set right while the process runs is noticed as well', async () => {
    const reactions = [refused(1), answer(201, SUCCESS_BODY), refused(0), answer(201, SUCCESS_BODY)];
    const { client: one, machine, warnings } = client({}, { now, reactions });
    await one.create(identity);
    await one.create(identity);
    expect(warnings[1]).toBe('this host\'s clock has been set right');
    expect(dateOf(machine.requests[3].headers).substring(0, 13)).toBe(hour(now));
  });

  test('is not corrected a second time in one call', async () => {
    const { client: one, machine } = client({}, { now, reactions: [refused(1), refused(2)] });
    await expect(one.create(identity)).rejects.toMatchObject({ code: 'SERVICE_REFUSED', message: expect.stringMatching(/Signature expired/) });
    expect(machine.requests).toHaveLength(2);
  });

  test('a refusal for another reason with the right clock is left alone', async () => {
    const { client: one, machine } = client({}, { now, reactions: [refused(0)] });
    await expect(one.create(identity)).rejects.toMatchObject({ code: 'SERVICE_REFUSED' });
    expect(machine.requests).toHaveLength(1);
  });
});

describe('before the call', () => {
  test('a certificate out of its validity is refused with both dates', async () => {
    const expired = await identityOf(await issueHost(root, 'CN=old', { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }));
    const early = await identityOf(await issueHost(root, 'CN=new', { notBefore: new Date('2990-01-01'), notAfter: new Date('2991-01-01') }));
    const { client: one, machine } = client();
    await expect(one.create(expired)).rejects.toMatchObject({ code: 'CERTIFICATE_EXPIRED', message: expect.stringMatching(/host\.pem expired at 2021-01-01.*clock says/) });
    await expect(one.create(early)).rejects.toMatchObject({ code: 'CERTIFICATE_NOT_YET_VALID', message: expect.stringMatching(/valid from 2990-01-01/) });
    expect(machine.requests).toEqual([]);
  });

  test.each<TestKey>(['P-256', 'RSA-2048'])('the %s key of another certificate is found out, and whose it is', async (key) => {
    const [mine, other] = [await issueHost(root, 'CN=mine', { key }), await issueHost(root, 'CN=other', { key })];
    const { client: one, machine } = client();
    await expect(one.create(await identityOf(mine, other))).rejects.toMatchObject({
      code: 'KEY_CERTIFICATE_MISMATCH', message: `the private key in host.key does not belong to the certificate CN=mine in host.pem; ${MISMATCH_REMEDY}`,
    });
    await expect(one.create(await identityOf(mine, other, [other]))).rejects.toMatchObject({ message: expect.stringMatching(/but to CN=other further down; put the host's own/) });
    expect(machine.requests).toEqual([]);
  });
});
