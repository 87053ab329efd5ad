import { identityOf, receivedRequest, Vector, VECTORS } from './vectors';
import { buildCreateSessionRequest, parseQuery, privateKeySigner, verifyCreateSessionRequest, verifySignature } from '../../src/create-session';
import { toHex } from '../../src/x509';

/** What the recorded request asked for, read from the wire. */
function parametersOf(vector: Vector) {
  const query = Object.fromEntries(parseQuery(vector.request.target.split('?')[1] ?? ''));
  const body = JSON.parse(vector.request.body) as { durationSeconds: number; roleSessionName?: string };
  return { roleArn: query.roleArn, profileArn: query.profileArn, trustAnchorArn: query.trustAnchorArn, ...body };
}

/** Headers that AWS's helper signs because its SDK happens to send them. */
function sdkHeaders(vector: Vector): Record<string, string> {
  return Object.fromEntries(Object.entries(vector.request.headers).filter(([name]) => name.startsWith('amz-sdk-')));
}

async function signAgain(vector: Vector) {
  const { certificate, chain, pkcs8 } = identityOf(vector);
  const date = vector.request.headers['x-amz-date'].replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return buildCreateSessionRequest(parametersOf(vector), { certificate, chain, signer: await privateKeySigner(certificate.publicKey, pkcs8) }, {
    endpoint: `http://${vector.request.headers.host}`, region: vector.region, date: new Date(date), additionalHeaders: sdkHeaders(vector),
  });
}

test('there are six recorded requests, of RSA and of every NIST curve', () => {
  expect(VECTORS.map(({ name }) => name)).toHaveLength(6);
});

describe.each(VECTORS.map((vector) => [vector.name, vector] as const))('%s as AWS\'s own helper sent it', (_, vector) => {
  test('signing makes the same canonical request, byte for byte', async () => {
    expect((await signAgain(vector)).canonicalRequest).toBe(vector.canonicalRequest);
  });

  test('signing makes the same string to sign, target and body', async () => {
    const request = await signAgain(vector);
    expect(request.stringToSign).toBe(vector.stringToSign);
    expect(request.url).toBe(`http://${vector.request.headers.host}${vector.request.target}`);
    expect(request.body).toBe(vector.request.body);
  });

  test(vector.deterministic ? 'signing makes the same Authorization header' : 'signing makes the same Authorization header but for the signature', async () => {
    const strip = (value: string) => (vector.deterministic ? value : value.replace(/[0-9a-f]+$/, ''));
    expect(strip((await signAgain(vector)).headers.authorization)).toBe(strip(vector.request.headers.authorization));
  });

  test('the recorded signature verifies over the recorded string to sign', async () => {
    const { certificate } = identityOf(vector);
    const signature = Uint8Array.from(Buffer.from(vector.signature, 'hex'));
    expect(await verifySignature(certificate, new TextEncoder().encode(vector.stringToSign), signature)).toBe(true);
  });

  test('verifying accepts it and rebuilds both texts from the wire', async () => {
    const verified = await verifyCreateSessionRequest(receivedRequest(vector));
    expect(verified.canonicalRequest).toBe(vector.canonicalRequest);
    expect(verified.stringToSign).toBe(vector.stringToSign);
    expect(verified).toMatchObject({ ...parametersOf(vector), region: vector.region });
    expect(verified.steps.every(({ passed }) => passed)).toBe(true);
  });

  test('verifying returns certificate and chain', async () => {
    const verified = await verifyCreateSessionRequest(receivedRequest(vector));
    const { certificate, chain } = identityOf(vector);
    expect(toHex(verified.certificate.raw)).toBe(toHex(certificate.raw));
    expect(verified.chain.map(({ raw }) => toHex(raw))).toEqual(chain.map(({ raw }) => toHex(raw)));
  });

  test('verifying accepts what signing makes', async () => {
    const request = await signAgain(vector);
    const url = new URL(request.url);
    const verified = await verifyCreateSessionRequest({
      ...receivedRequest(vector),
      path: url.pathname,
      query: url.search.substring(1),
      headers: request.headers,
      body: new TextEncoder().encode(request.body),
    });
    expect(verified).toMatchObject(parametersOf(vector));
  });

  test('verifying refuses it with a bit of the signature changed', async () => {
    const received = receivedRequest(vector);
    const last = vector.signature.slice(-1);
    const headers = { ...received.headers, authorization: received.headers.authorization.replace(/.$/, last === '0' ? '1' : '0') };
    await expect(verifyCreateSessionRequest({ ...received, headers })).rejects.toMatchObject({ code: 'INVALID_SIGNATURE' });
  });
});
