import { verify } from 'crypto';
import {
  buildCreateSessionRequest, CreateSessionParameters, privateKeySigner, RequestOptions, SignedRequest, SigningIdentity, verifyCreateSessionRequest,
} from '../../src/create-session';
import { readCertificate, readPem } from '../../src/x509';
import { createRootCa, issueCa, Issued, issueHost, TestKey } from '../support/pki';

const PARAMETERS: CreateSessionParameters = {
  roleArn: 'arn:aws:iam::111122223333:role/path/Uploader+1',
  profileArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9',
  trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
  durationSeconds: 900,
  roleSessionName: 'night shift'.replace(' ', '-'),
};
const OPTIONS: RequestOptions = { endpoint: 'https://rolesanywhere.eu-west-2.amazonaws.com', region: 'eu-west-2' };

let root: Issued;
let intermediate: Issued;

beforeAll(async () => {
  root = await createRootCa('CN=Root', { key: 'P-384' });
  intermediate = await issueCa(root, 'CN=Intermediate', { key: 'RSA-2048', hash: 'SHA-384' });
});

async function identityFor(host: Issued, chain: readonly Issued[] = []): Promise<SigningIdentity> {
  const certificate = readCertificate(host.der);
  const signer = await privateKeySigner(certificate.publicKey, readPem(host.keyPem)[0].der);
  return { certificate, chain: chain.map(({ der }) => readCertificate(der)), signer };
}

function received(request: SignedRequest) {
  const url = new URL(request.url);
  const body = new TextEncoder().encode(request.body);
  return { method: request.method, path: url.pathname, query: url.search.substring(1), headers: request.headers, body };
}

describe.each<TestKey>(['P-256', 'P-384', 'P-521', 'RSA-2048', 'RSA-4096'])('with a %s key', (key) => {
  test.each(['query', 'body'] as const)('a request with its ARNs in the %s is accepted by the verifier', async (arnsIn) => {
    const host = await issueHost(intermediate, 'O=Example, CN=onprem01', { key });
    const request = await buildCreateSessionRequest(PARAMETERS, await identityFor(host, [intermediate]), { ...OPTIONS, arnsIn });
    const verified = await verifyCreateSessionRequest(received(request));
    expect(verified).toMatchObject({ ...PARAMETERS, region: 'eu-west-2' });
    expect(verified.chain).toHaveLength(1);
    expect(verified.certificate.subject.toString()).toBe('CN=onprem01,O=Example');
  });
});

test('SHA-256 signs for every curve: OpenSSL verifies a P-521 signature with it', async () => {
  const host = await issueHost(root, 'CN=onprem01', { key: 'P-521' });
  const request = await buildCreateSessionRequest(PARAMETERS, await identityFor(host), OPTIONS);
  const publicKey = host.certificate.publicKey.toString('pem');
  expect(verify('sha256', Buffer.from(request.stringToSign), publicKey, request.signature)).toBe(true);
  expect(verify('sha512', Buffer.from(request.stringToSign), publicKey, request.signature)).toBe(false);
});

test('the serial number in Credential is decimal, of all its 160 bits', async () => {
  const serialNumber = 'f1d2d2f924e986ac86fdf7b36c94bcdf32beec15';
  const host = await issueHost(root, 'CN=onprem01', { serialNumber });
  const request = await buildCreateSessionRequest(PARAMETERS, await identityFor(host), OPTIONS);
  expect(request.headers.authorization).toContain(` Credential=${BigInt(`0x${serialNumber}`).toString(10)}/`);
  await expect(verifyCreateSessionRequest(received(request))).resolves.toBeDefined();
});

test('headers are signed in order of code units, with the names of AWS\'s documentation and no others', async () => {
  const request = await buildCreateSessionRequest(PARAMETERS, await identityFor(await issueHost(root, 'CN=onprem01'), [intermediate]), OPTIONS);
  expect(request.headers.authorization).toContain('SignedHeaders=content-type;host;x-amz-date;x-amz-x509;x-amz-x509-chain, ');
});

test('without intermediates there is no chain header', async () => {
  const request = await buildCreateSessionRequest(PARAMETERS, await identityFor(await issueHost(root, 'CN=onprem01')), OPTIONS);
  expect(Object.keys(request.headers).sort()).toEqual(['authorization', 'content-type', 'host', 'x-amz-date', 'x-amz-x509']);
});

test('host has the port where it is not the usual one', async () => {
  const identity = await identityFor(await issueHost(root, 'CN=onprem01'));
  const hostOf = async (endpoint: string) => (await buildCreateSessionRequest(PARAMETERS, identity, { ...OPTIONS, endpoint })).headers.host;
  expect(await hostOf('https://example.com:8443')).toBe('example.com:8443');
  expect(await hostOf('https://example.com:443')).toBe('example.com');
  expect(await hostOf('http://127.0.0.1:8080/')).toBe('127.0.0.1:8080');
});

test('what is not asked for is not in the body', async () => {
  const { roleArn, profileArn, trustAnchorArn } = PARAMETERS;
  const identity = await identityFor(await issueHost(root, 'CN=onprem01'));
  const request = await buildCreateSessionRequest({ roleArn, profileArn, trustAnchorArn }, identity, OPTIONS);
  expect(request.body).toBe('{}');
  const verified = await verifyCreateSessionRequest(received(request));
  expect(verified).not.toHaveProperty('durationSeconds');
  expect(verified).not.toHaveProperty('roleSessionName');
});

test.each([
  ['six certificates of chain', { chain: 6 }, 'CHAIN_TOO_LONG'],
  ['an endpoint with a path', { endpoint: 'https://example.com/prefix' }, 'ENDPOINT_INVALID'],
])('%s is refused', async (_, { chain = 0, endpoint = OPTIONS.endpoint }: { chain?: number; endpoint?: string }, code) => {
  const identity = await identityFor(await issueHost(root, 'CN=onprem01'), Array<Issued>(chain).fill(intermediate));
  await expect(buildCreateSessionRequest(PARAMETERS, identity, { ...OPTIONS, endpoint })).rejects.toMatchObject({ code });
});
