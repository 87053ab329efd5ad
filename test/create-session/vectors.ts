/** The requests that AWS's own helper sent, with keys and everything in between, for the tests of this folder. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { Certificate, readCertificates, readPem } from '../../src/x509';

/** One recorded request. */
export interface Vector {
  readonly name: string;
  readonly note: string;
  /** Whether signing again gives the same bytes. */
  readonly deterministic: boolean;
  readonly region: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly intermediatesPem: readonly string[];
  readonly request: { readonly method: string; readonly target: string; readonly headers: Readonly<Record<string, string>>; readonly body: string };
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
}

const FILE = join(__dirname, '..', 'vectors', 'create-session.json');

/** Every recorded request. */
export const VECTORS: readonly Vector[] = (JSON.parse(readFileSync(FILE, 'utf8')) as { cases: Vector[] }).cases;

/** The request as a server would see it. */
export function receivedRequest(vector: Vector) {
  const [path, query = ''] = vector.request.target.split('?');
  return {
    method: vector.request.method,
    path,
    query,
    headers: vector.request.headers,
    body: new TextEncoder().encode(vector.request.body),
    now: new Date('2026-11-20T23:23:00Z'),
  };
}

/** Certificate, chain and private key of a recorded request. */
export function identityOf(vector: Vector): { certificate: Certificate; chain: Certificate[]; pkcs8: Uint8Array } {
  return {
    certificate: readCertificates(vector.certificatePem)[0],
    chain: vector.intermediatesPem.flatMap((pem) => readCertificates(pem)),
    pkcs8: readPem(vector.privateKeyPem)[0].der,
  };
}
