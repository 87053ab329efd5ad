import {
  buildCreateSessionRequest, canonicalRequest, CreateSessionErrorCode, pairRawHeaders, privateKeySigner, ReceivedRequest, SigningIdentity,
  stringToSign, VerificationError, verifyCreateSessionRequest,
} from '../../src/create-session';
import { readCertificate, readPem } from '../../src/x509';
import { createRootCa, issueCa, Issued, issueHost } from '../support/pki';

const NOW = new Date();
const PARAMETERS = {
  roleArn: 'arn:aws:iam::111122223333:role/R',
  profileArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9',
  trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
  durationSeconds: 3600,
};

interface Request extends Omit<ReceivedRequest, 'headers'> {
  readonly headers: Readonly<Record<string, string>>;
}

let intermediate: Issued;
let identity: SigningIdentity;
let good: Request;

async function identityFor(host: Issued, chain: readonly Issued[]): Promise<SigningIdentity> {
  const certificate = readCertificate(host.der);
  const signer = await privateKeySigner(certificate.publicKey, readPem(host.keyPem)[0].der);
  return { certificate, chain: chain.map(({ der }) => readCertificate(der)), signer };
}

async function signed(parameters: object = PARAMETERS, options: object = {}): Promise<Request> {
  const request = await buildCreateSessionRequest({ ...PARAMETERS, ...parameters }, identity,
    { endpoint: 'http://127.0.0.1:8080', region: 'eu-west-2', date: NOW, ...options });
  const url = new URL(request.url);
  const body = new TextEncoder().encode(request.body);
  return { method: 'POST', path: url.pathname, query: url.search.substring(1), headers: request.headers, body, now: NOW };
}

beforeAll(async () => {
  const root = await createRootCa('CN=Root');
  intermediate = await issueCa(root, 'CN=Intermediate');
  identity = await identityFor(await issueHost(intermediate, 'CN=onprem01', { serialNumber: '0123' }), [intermediate]);
  good = await signed();
});

/** Signs any request, with whatever headers and body it has, as a client with other ideas would. */
async function signAs(request: Request, signedHeaders: readonly string[]): Promise<Request> {
  const algorithm = 'AWS4-X509-ECDSA-SHA256';
  const amzDate = request.headers['x-amz-date'];
  const scope = { day: amzDate.substring(0, 8), region: 'eu-west-2' };
  const canonical = await canonicalRequest({ ...request, headers: Object.entries(request.headers), signedHeaders });
  const signature = await identity.signer.sign(new TextEncoder().encode(await stringToSign(algorithm, amzDate, scope, canonical)));
  const authorization = `${algorithm} Credential=291/${scope.day}/eu-west-2/rolesanywhere/aws4_request, SignedHeaders=${signedHeaders.join(';')}, `
    + `Signature=${Buffer.from(signature).toString('hex')}`;
  return { ...request, headers: { ...request.headers, authorization } };
}

async function errorOf(request: ReceivedRequest): Promise<VerificationError> {
  const outcome = await verifyCreateSessionRequest(request).then(() => undefined, (error: unknown) => error);
  expect(outcome).toBeInstanceOf(VerificationError);
  return outcome as VerificationError;
}

function withHeaders(change: Readonly<Record<string, string | undefined>>): Request {
  const entries = Object.entries({ ...good.headers, ...change });
  const headers = Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
  return { ...good, headers };
}

test('a good request passes, with one step for each check', async () => {
  const verified = await verifyCreateSessionRequest(good);
  expect(verified.steps.map(({ check }) => check)).toEqual([
    'request', 'authorization', 'date', 'signed-headers', 'certificate', 'chain', 'algorithm', 'serial-number', 'signature', 'parameters',
  ]);
  expect(verified).toMatchObject({ ...PARAMETERS, algorithm: 'AWS4-X509-ECDSA-SHA256', date: new Date(Math.floor(NOW.getTime() / 1000) * 1000) });
});

test('raw header lists, records and names in capitals are the same', async () => {
  const raw = Object.entries(good.headers).flatMap(([name, value]) => [name.toUpperCase(), ` ${value} `]);
  await expect(verifyCreateSessionRequest({ ...good, headers: pairRawHeaders(raw) })).resolves.toBeDefined();
  await expect(verifyCreateSessionRequest({ ...good, headers: { ...good.headers, 'x-other': ['a', 'b'], 'x-none': undefined } })).resolves.toBeDefined();
});

test('a query written another way has the same signature', async () => {
  const query = good.query.replace(/%3A/g, ':').replace(/%2F/g, '%2f').split('&').reverse().join('&');
  expect(query).not.toBe(good.query);
  await expect(verifyCreateSessionRequest({ ...good, query })).resolves.toMatchObject(PARAMETERS);
});

describe('what changed on the way is noticed', () => {
  test.each<[string, () => Request]>([
    ['the body', () => ({ ...good, body: new TextEncoder().encode('{"durationSeconds":43200}') })],
    ['a blank in the body', () => ({ ...good, body: new TextEncoder().encode('{"durationSeconds": 3600}') })],
    ['the role', () => ({ ...good, query: good.query.replace('role%2FR', 'role%2FAdmin') })],
    ['one more parameter', () => ({ ...good, query: `${good.query}&x=y` })],
    ['the host', () => withHeaders({ host: 'example.com' })],
    ['the content type', () => withHeaders({ 'content-type': 'application/x-amz-json-1.0' })],
    ['the chain', () => withHeaders({ 'x-amz-x509-chain': `${good.headers['x-amz-x509-chain']},${good.headers['x-amz-x509']}` })],
    ['the Region of the scope', () => withHeaders({ authorization: good.headers.authorization.replace('eu-west-2', 'eu-west-1') })],
  ])('%s', async (_, make) => {
    expect((await errorOf(make())).code).toBe('INVALID_SIGNATURE');
  });

  test('a header sent twice', async () => {
    const headers: Array<[string, string]> = [...Object.entries(good.headers), ['host', 'example.com']];
    expect((await errorOf({ ...good, headers })).code).toBe('INVALID_SIGNATURE');
  });
});

describe('each check has its code', () => {
  test.each<[string, CreateSessionErrorCode, () => Request]>([
    ['another path', 'NOT_FOUND', () => ({ ...good, path: '/' })],
    ['a path that only looks the same', 'NOT_FOUND', () => ({ ...good, path: '/%73essions' })],
    ['a trailing slash', 'NOT_FOUND', () => ({ ...good, path: '/sessions/' })],
    ['another method', 'METHOD_NOT_ALLOWED', () => ({ ...good, method: 'GET' })],
    ['no Authorization', 'MISSING_HEADER', () => withHeaders({ authorization: undefined })],
    ['no date', 'MISSING_HEADER', () => withHeaders({ 'x-amz-date': undefined })],
    ['no certificate', 'MISSING_HEADER', () => withHeaders({ 'x-amz-x509': undefined })],
    ['no host', 'MISSING_HEADER', () => withHeaders({ host: undefined })],
    ['a signed header that is gone', 'MISSING_HEADER', () => withHeaders({ 'content-type': undefined })],
    ['no SigV4 at all', 'BAD_AUTHORIZATION', () => withHeaders({ authorization: 'Bearer abc' })],
    ['a scope of another day', 'BAD_SCOPE', () => withHeaders({ authorization: good.headers.authorization.replace(/\/\d{8}\//, '/20200101/') })],
    ['a scope of another service', 'BAD_SCOPE', () => withHeaders({ authorization: good.headers.authorization.replace('rolesanywhere', 'iam') })],
    ['a date in another format', 'BAD_DATE', () => withHeaders({ 'x-amz-date': NOW.toISOString() })],
    ['a certificate that is none', 'BAD_CERTIFICATE', () => withHeaders({ 'x-amz-x509': 'AAAA' })],
    ['a certificate in PEM', 'BAD_CERTIFICATE', () => withHeaders({ 'x-amz-x509': '-----BEGIN CERTIFICATE-----' })],
    ['a chain that is none', 'BAD_CHAIN', () => withHeaders({ 'x-amz-x509-chain': 'AAAA' })],
    ['a chain with blanks', 'BAD_CHAIN', () => withHeaders({ 'x-amz-x509-chain': `${good.headers['x-amz-x509-chain']}, ${good.headers['x-amz-x509']}` })],
    ['six certificates of chain', 'CHAIN_TOO_LONG', () => withHeaders({ 'x-amz-x509-chain': Array(6).fill(good.headers['x-amz-x509']).join(',') })],
    ['the algorithm of another kind of key', 'ALGORITHM_KEY_MISMATCH',
      () => withHeaders({ authorization: good.headers.authorization.replace('ECDSA', 'RSA') })],
    ['another serial number', 'SERIAL_MISMATCH', () => withHeaders({ authorization: good.headers.authorization.replace('=291/', '=292/') })],
    ['the serial number in hexadecimal digits', 'SERIAL_MISMATCH', () => withHeaders({ authorization: good.headers.authorization.replace('=291/', '=123/') })],
    ['a signature that is not DER', 'BAD_SIGNATURE_ENCODING',
      () => withHeaders({ authorization: good.headers.authorization.replace(/Signature=.*/, `Signature=${'ab'.repeat(64)}`) })],
    ['a broken query', 'BAD_QUERY', () => ({ ...good, query: 'roleArn=%zz' })],
  ])('%s is %s', async (_, code, make) => {
    const error = await errorOf(make());
    expect(error.code).toBe(code);
    expect(error.steps.filter(({ passed }) => !passed)).toHaveLength(1);
    expect(error.steps[error.steps.length - 1]).toMatchObject({ passed: false, detail: error.message });
  });

  test.each(['host', 'x-amz-date', 'x-amz-x509', 'x-amz-x509-chain', 'content-type'])('%s that was sent and not signed is UNSIGNED_HEADER', async (name) => {
    const names = ['content-type', 'host', 'x-amz-date', 'x-amz-x509', 'x-amz-x509-chain'].filter((other) => other !== name);
    const error = await errorOf(await signAs(good, names));
    expect(error).toMatchObject({ code: 'UNSIGNED_HEADER', message: `SignedHeaders lacks ${name}` });
  });

  test('a request without content type may leave it unsigned', async () => {
    const { 'content-type': _, ...headers } = good.headers;
    const request = await signAs({ ...good, headers }, ['host', 'x-amz-date', 'x-amz-x509', 'x-amz-x509-chain']);
    await expect(verifyCreateSessionRequest(request)).resolves.toMatchObject(PARAMETERS);
  });
});

describe('the clock', () => {
  const at = (seconds: number) => new Date(Math.floor(NOW.getTime() / 1000) * 1000 + seconds * 1000);

  test.each([-300, -1, 0, 299, 300])('a verifier %i seconds off accepts', async (seconds) => {
    await expect(verifyCreateSessionRequest({ ...good, now: at(seconds) })).resolves.toBeDefined();
  });

  test.each([[-301, 'ahead of'], [301, 'behind'], [86_400, 'behind']])('a verifier %i seconds off refuses and says so', async (seconds, word) => {
    const error = await errorOf({ ...good, now: at(seconds) });
    expect(error.code).toBe('CLOCK_SKEW');
    expect(error.message).toContain(`${Math.abs(seconds)} seconds ${word} the verifier's clock; 300 are allowed`);
  });

  test('the limit can be set', async () => {
    expect((await errorOf({ ...good, now: at(30), maxClockSkewSeconds: 10 })).code).toBe('CLOCK_SKEW');
    await expect(verifyCreateSessionRequest({ ...good, now: at(3000), maxClockSkewSeconds: 3600 })).resolves.toBeDefined();
  });
});

describe('parameters', () => {
  const NAMES = ['content-type', 'host', 'x-amz-date', 'x-amz-x509', 'x-amz-x509-chain'];
  const send = (query: string, body: string) => signAs({ ...good, query, body: new TextEncoder().encode(body) }, NAMES);
  const { roleArn, profileArn, trustAnchorArn } = PARAMETERS;

  test('in the body, beside members that are not known', async () => {
    const request = await send('', JSON.stringify({ roleArn, profileArn, trustAnchorArn, durationSeconds: 900, instanceProperties: {}, sessionName: 'x' }));
    await expect(verifyCreateSessionRequest(request)).resolves.toMatchObject({ roleArn, profileArn, trustAnchorArn, durationSeconds: 900 });
  });

  test('partly in the query and partly in the body, and the same in both', async () => {
    const request = await send(`roleArn=${encodeURIComponent(roleArn)}`, JSON.stringify({ roleArn, profileArn, trustAnchorArn }));
    await expect(verifyCreateSessionRequest(request)).resolves.toMatchObject({ roleArn, profileArn, trustAnchorArn });
  });

  test('null is the same as not there, and an empty body is an empty object', async () => {
    const nulls = await send(good.query, '{"durationSeconds":null,"roleSessionName":null}');
    expect(await verifyCreateSessionRequest(nulls)).not.toHaveProperty('durationSeconds');
    await expect(verifyCreateSessionRequest(await send(good.query, ''))).resolves.toMatchObject({ roleArn });
  });

  test('blanks in an ARN come through, written as %20 or as a plus', async () => {
    const query = `profileArn=${profileArn}&trustAnchorArn=${trustAnchorArn}&roleArn=a`;
    expect((await verifyCreateSessionRequest(await send(`${query}%20b`, '{}'))).roleArn).toBe('a b');
    expect((await verifyCreateSessionRequest(await send(`${query}+b`, '{}'))).roleArn).toBe('a b');
  });

  test.each<[string, CreateSessionErrorCode, string, string]>([
    ['no ARN', 'MISSING_PARAMETER', '', '{}'],
    ['an empty ARN', 'MISSING_PARAMETER', 'roleArn=', '{}'],
    ['an ARN that is a number', 'BAD_PARAMETER', '', '{"roleArn":1}'],
    ['two different ARNs', 'BAD_PARAMETER', `roleArn=${encodeURIComponent(roleArn)}`, '{"roleArn":"arn:aws:iam::111122223333:role/Other"}'],
    ['an ARN twice in the query', 'BAD_QUERY', 'roleArn=a&roleArn=a', '{}'],
    ['a duration that is text', 'BAD_PARAMETER', '', '{"durationSeconds":"3600"}'],
    ['a duration with a fraction', 'BAD_PARAMETER', '', '{"durationSeconds":900.5}'],
    ['a session name that is a number', 'BAD_PARAMETER', '', '{"roleSessionName":7}'],
    ['a body that is not JSON', 'BAD_BODY', '', 'durationSeconds=3600'],
    ['a body that is a list', 'BAD_BODY', '', '[]'],
    ['a body that is null', 'BAD_BODY', '', 'null'],
  ])('%s is %s', async (_, code, query, body) => {
    expect((await errorOf(await send(query, body))).code).toBe(code);
  });

  test('a body that is not UTF-8 is BAD_BODY', async () => {
    const request = await signAs({ ...good, body: Uint8Array.of(0x7b, 0xff, 0x7d) }, NAMES);
    expect((await errorOf(request)).code).toBe('BAD_BODY');
  });

  test('a body cannot bring members along by their names', async () => {
    const request = await send('', `{"__proto__":{"roleArn":"${roleArn}"},"profileArn":"${profileArn}","trustAnchorArn":"${trustAnchorArn}"}`);
    expect((await errorOf(request)).code).toBe('MISSING_PARAMETER');
  });
});
