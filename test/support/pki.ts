/** Issues throw-away certificates for tests and the demo, with @peculiar/x509 and keys that are made on the spot. */
import 'reflect-metadata';
import { webcrypto } from 'crypto';
import * as x509 from '@peculiar/x509';

export { Extension } from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

/** Key kinds that Node 20 can make. */
export type TestKey = 'P-256' | 'P-384' | 'P-521' | 'RSA-2048' | 'RSA-4096';

/** How a certificate is to differ from the ordinary one of its kind. */
export interface IssueOptions {
  /** @default 'P-256' */
  readonly key?: TestKey;
  /** Lower-case hexadecimal. @default - random, 16 bytes, positive */
  readonly serialNumber?: string;
  /** @default - an hour ago */
  readonly notBefore?: Date;
  /** @default - a year from now for hosts, ten for CAs */
  readonly notAfter?: Date;
  /** Hash of the signature. @default 'SHA-256' */
  readonly hash?: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';
  /** Replaces basicConstraints; `null` leaves the extension out. */
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number } | null;
  /** Replaces keyUsage; `null` leaves the extension out. */
  readonly keyUsage?: x509.KeyUsageFlags | null;
  /** @default - none */
  readonly subjectAltName?: x509.JsonGeneralNames;
  /** More extensions. */
  readonly extensions?: readonly x509.Extension[];
}

/** A certificate with its private key, in the forms that files have. */
export interface Issued {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  /** PEM of the certificate, with a final line end. */
  readonly pem: string;
  /** DER of the certificate. */
  readonly der: Uint8Array;
  /** PKCS#8 PEM of the private key. */
  readonly keyPem: string;
}

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

function algorithm(key: TestKey): webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams {
  return key.startsWith('RSA')
    ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: Number(key.substring(4)), publicExponent: new Uint8Array([1, 0, 1]) }
    : { name: 'ECDSA', namedCurve: key };
}

function randomSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** WebCrypto binds an RSA key to one hash when it is made; for another hash it has to be imported again. */
async function keyForHash(key: webcrypto.CryptoKey, hash: string): Promise<webcrypto.CryptoKey> {
  if (key.algorithm.name === 'ECDSA' || hash === 'SHA-256') {
    return key;
  }
  return webcrypto.subtle.importKey('pkcs8', await webcrypto.subtle.exportKey('pkcs8', key), { name: key.algorithm.name, hash }, true, ['sign']);
}

async function issue(subject: string, issuer: Issued | undefined, isCa: boolean, options: IssueOptions): Promise<Issued> {
  const keys = await webcrypto.subtle.generateKey(algorithm(options.key ?? 'P-256'), true, ['sign', 'verify']) as webcrypto.CryptoKeyPair;
  const signingKey = await keyForHash(issuer?.keys.privateKey ?? keys.privateKey, options.hash ?? 'SHA-256');
  const constraints = options.basicConstraints === undefined ? { ca: isCa } : options.basicConstraints;
  const usual = isCa ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign : x509.KeyUsageFlags.digitalSignature;
  const usage = options.keyUsage === undefined ? usual : options.keyUsage;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: options.serialNumber ?? randomSerial(),
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    notBefore: options.notBefore ?? new Date(Date.now() - HOUR),
    notAfter: options.notAfter ?? new Date(Date.now() + (isCa ? 10 : 1) * YEAR),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: { ...signingKey.algorithm, hash: options.hash ?? 'SHA-256' } as webcrypto.EcdsaParams,
    extensions: [
      ...(constraints ? [new x509.BasicConstraintsExtension(constraints.ca, constraints.pathLength, true)] : []),
      ...(usage === null ? [] : [new x509.KeyUsagesExtension(usage, true)]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer?.keys.publicKey ?? keys.publicKey),
      ...(options.subjectAltName ? [new x509.SubjectAlternativeNameExtension(options.subjectAltName)] : []),
      ...(options.extensions ?? []),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    certificate,
    keys,
    pem: `${certificate.toString('pem')}\n`,
    der: new Uint8Array(certificate.rawData),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`,
  };
}

/** A self-signed CA. `subject` is written most general first: `C=AU, O=Example, CN=Example Root`. */
export function createRootCa(subject: string, options: IssueOptions = {}): Promise<Issued> {
  return issue(subject, undefined, true, options);
}

/** A CA below another one. */
export function issueCa(issuer: Issued, subject: string, options: IssueOptions = {}): Promise<Issued> {
  return issue(subject, issuer, true, options);
}

/** An end-entity certificate with digitalSignature, as Roles Anywhere wants it. */
export function issueHost(issuer: Issued, subject: string, options: IssueOptions = {}): Promise<Issued> {
  return issue(subject, issuer, false, options);
}

/** How a revocation list is to differ from the ordinary one. */
export interface CrlOptions {
  /** Serial numbers in hexadecimal. @default - none */
  readonly revoked?: readonly string[];
  /** Below 128. @default 1 */
  readonly number?: number;
  /** @default - an hour ago */
  readonly thisUpdate?: Date;
  /** @default - a week from now */
  readonly nextUpdate?: Date;
  /** More extensions. */
  readonly extensions?: readonly x509.Extension[];
}

/** A revocation list of a CA, as PEM with the label that OpenSSL and Roles Anywhere take. */
export async function issueCrl(issuer: Issued, options: CrlOptions = {}): Promise<{ readonly pem: string; readonly der: Uint8Array }> {
  const thisUpdate = options.thisUpdate ?? new Date(Date.now() - HOUR);
  const crl = await x509.X509CrlGenerator.create({
    issuer: issuer.certificate.subject,
    thisUpdate,
    nextUpdate: options.nextUpdate ?? new Date(Date.now() + 7 * 24 * HOUR),
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: { ...issuer.keys.privateKey.algorithm, hash: 'SHA-256' } as webcrypto.EcdsaParams,
    entries: (options.revoked ?? []).map((serialNumber) => ({ serialNumber, revocationDate: thisUpdate, reason: x509.X509CrlReason.keyCompromise })),
    extensions: [
      // cRLNumber: a DER INTEGER below 128.
      new x509.Extension('2.5.29.20', false, Uint8Array.from([2, 1, options.number ?? 1])),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
      ...(options.extensions ?? []),
    ],
  });
  const der = new Uint8Array(crl.rawData);
  const body = Buffer.from(der).toString('base64').replace(/.{1,64}/g, '$&\n');
  return { der, pem: `-----BEGIN X509 CRL-----\n${body}-----END X509 CRL-----\n` };
}
