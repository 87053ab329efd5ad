/** A plain HTTP client for tests of the local endpoint: sends just the bytes it is told to, and signs CreateSession requests. */
import { request } from 'node:http';
import { buildCreateSessionRequest, CreateSessionParameters, privateKeySigner, RequestOptions, SignedRequest } from '../../src/create-session';
import { readCertificate } from '../../src/x509';
import { Issued } from '../support/pki';

/** An answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** What is sent. */
export interface HttpQuestion {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request and waits for the answer. */
export function send(url: string, { method = 'POST', path, headers = {}, body = '' }: HttpQuestion): Promise<HttpAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      // A connection of its own, so that one kept alive from an earlier request says nothing about this one.
      agent: false, host: hostname, port, method, path, headers: { ...headers, ...(body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Signs a CreateSession request for a host. */
export async function signFor(
  host: Issued, parameters: CreateSessionParameters, options: RequestOptions, chain: readonly Issued[] = [],
): Promise<SignedRequest> {
  const certificate = readCertificate(host.der);
  const pkcs8 = Buffer.from(host.keyPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const signer = await privateKeySigner(certificate.publicKey, new Uint8Array(pkcs8));
  return buildCreateSessionRequest(parameters, { certificate, chain: chain.map(({ der }) => readCertificate(der)), signer }, options);
}

/** Sends a signed request as it is. */
export function sendSigned(url: string, { url: target, headers, body, method }: SignedRequest): Promise<HttpAnswer> {
  const { pathname, search } = new URL(target);
  return send(url, { method, path: pathname + search, headers, body });
}
