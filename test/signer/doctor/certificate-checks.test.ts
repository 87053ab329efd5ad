import { webcrypto } from 'crypto';
import 'reflect-metadata';
import { KeyUsageFlags } from '@peculiar/x509';
import { examined, ExaminedOptions } from './examined';
import { CERTIFICATE_CHECKS, judgeValidity } from '../../../signer/doctor/certificate-checks';
import { CheckId } from '../../../signer/doctor/findings';
import { createRootCa, Extension, Issued, issueHost, IssueOptions } from '../../support/pki';
import { bitString, buildCertificate, name, oid, sequence } from '../../x509/certificate-builder';

const DAY = 24 * 3_600_000;
let root: Issued;

beforeAll(async () => {
  root = await createRootCa('CN=Root');
});

const pem = (der: Uint8Array) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;

/** The findings about a certificate. That its key does not fit is the business of others. */
async function about(certificate: string, options: ExaminedOptions = {}) {
  return examined(CERTIFICATE_CHECKS, { files: { 'host.pem': certificate, 'host.key': 'none' }, ...options });
}

async function issued(options: IssueOptions = {}, subject = 'CN=onprem01') {
  return about((await issueHost(root, subject, options)).pem);
}

test('an ordinary certificate passes all', async () => {
  const { findings, exitCode } = await issued();
  expect(findings.map(({ id, status, detail }) => [id, status, detail])).toEqual([
    ['certificate-validity', 'ok', expect.stringMatching(/^until .*, for another 364 days$/)],
    ['certificate-version', 'ok', 'X.509 version 3'],
    ['certificate-basic-constraints', 'ok', 'CA:FALSE'],
    ['certificate-key-usage', 'ok', 'digitalSignature'],
    ['certificate-subject', 'ok', 'CN=onprem01'],
    ['certificate-signature', 'ok', 'ecdsa-with-SHA256'],
    ['certificate-key', 'ok', 'EC P-256'],
    ['certificate-critical-extensions', 'ok', 'none but well-known ones'],
  ]);
  expect(exitCode).toBe(0);
});

describe('validity', () => {
  const from = new Date('2026-01-01T00:00:00Z');
  const after = (milliseconds: number) => new Date(from.getTime() + milliseconds);
  const judge = (lifetime: number, age: number) => judgeValidity({ notBefore: from, notAfter: after(lifetime) }, after(age));

  test.each([
    [365 * DAY, 334 * DAY, 'valid', /for another 31 days$/],
    [365 * DAY, 335 * DAY + 1, 'expiring', /for another 29 days$/],
    [30 * DAY, 19 * DAY, 'valid', /for another 11 days$/],
    [30 * DAY, 20 * DAY + 1, 'expiring', /for another 9 days$/],
    [DAY, DAY / 2, 'valid', /for another 12 hours$/],
    [DAY, DAY * 0.7, 'expiring', /for another 7 hours$/],
    [DAY, DAY - 60_000, 'expiring', /for another 1 minutes$/],
    [DAY, DAY, 'expiring', /for another 0 minutes$/],
    [DAY, DAY + 1, 'expired', /^expired at 2026-01-02/],
    [DAY, 0, 'valid', /for another 24 hours$/],
    [DAY, -1, 'not yet valid', /^valid from 2026-01-01/],
  ])('of %d ms after %d ms is %s', (lifetime, age, state, text) => {
    expect(judge(lifetime, age)).toEqual({ state, text: expect.stringMatching(text) });
  });

  test.each<[string, IssueOptions, string, RegExp, number]>([
    ['ends soon', { notAfter: new Date(Date.now() + 10 * DAY), notBefore: new Date(Date.now() - 300 * DAY) }, 'warning', /for another (?:9|10) days/, 0],
    ['has ended', { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) }, 'failed', /expired at .*; this host's clock says /, 3],
    ['has not begun', { notBefore: new Date(Date.now() + DAY) }, 'failed', /valid from .* only; this host's clock says /, 3],
  ])('that %s', async (_, options, status, detail, exitCode) => {
    const result = await issued(options);
    expect(result.of('certificate-validity')).toMatchObject({ status, detail: expect.stringMatching(detail), remedy: expect.any(String) });
    expect(result.exitCode).toBe(exitCode);
  });
});

describe('what the service refuses', () => {
  const failures: Array<[CheckId, string, () => Promise<string>, RegExp]> = [
    ['certificate-version', 'version 1', async () => pem(buildCertificate({ version: new Uint8Array() })), /version 1; Roles Anywhere wants version 3/],
    ['certificate-basic-constraints', 'a CA', async () => root.pem, /CA:TRUE/],
    ['certificate-key-usage', 'no key usage', async () => (await issueHost(root, 'CN=a', { keyUsage: null })).pem, /no keyUsage extension/],
    ['certificate-key-usage', 'another key usage', async () => (await issueHost(root, 'CN=a', { keyUsage: KeyUsageFlags.keyEncipherment })).pem, /digitalSignature, but: keyEncipherment/],
    ['certificate-subject', 'no subject', async () => pem(buildCertificate({ subject: name() })), /empty/],
    ['certificate-signature', 'SHA-1', async () => (await issueHost(root, 'CN=a', { hash: 'SHA-1' })).pem, /ecdsa-with-SHA1, and Roles Anywhere wants SHA-256/],
    ['certificate-key', 'Ed25519', async () => pem(buildCertificate({ subjectPublicKeyInfo: sequence(sequence(oid('1.3.101.112')), bitString(new Uint8Array(32))) })), /Ed25519 cannot be used/],
    ['certificate-key', 'a curve that is not taken', async () => (
      pem(buildCertificate({ subjectPublicKeyInfo: sequence(sequence(oid('1.2.840.10045.2.1'), oid('1.3.132.0.10')), bitString(new Uint8Array(65).fill(4))) }))), /secp256k1 cannot be used/],
  ];

  test.each(failures)('%s: %s', async (id, _, certificate, detail) => {
    const result = await about(await certificate(), { now: new Date('2026-06-01T00:00:00Z') });
    expect(result.of(id)).toMatchObject({ status: 'failed', detail: expect.stringMatching(detail), remedy: expect.any(String) });
    expect(result.exitCode).toBe(3);
  });
});

describe('what works, and is worth a word', () => {
  test('an RSA key of 1024 bits', async () => {
    const { publicKey } = await webcrypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) }, true, ['sign', 'verify']);
    const subjectPublicKeyInfo = new Uint8Array(await webcrypto.subtle.exportKey('spki', publicKey));
    expect((await about(pem(buildCertificate({ subjectPublicKeyInfo })))).of('certificate-key')).toMatchObject({ status: 'warning', detail: 'RSA 1024 is too short to be safe', remedy: expect.any(String) });
  });

  test('a signature that the service does not document', async () => {
    const ed25519 = sequence(oid('1.3.101.112'));
    expect((await about(pem(buildCertificate({ signature: ed25519 })))).of('certificate-signature')).toMatchObject({ status: 'warning', detail: expect.stringContaining('Ed25519, which Roles Anywhere does not document') });
  });

  test('an unknown critical extension', async () => {
    expect((await issued({ extensions: [new Extension('1.2.3.4', true, Uint8Array.of(5, 0))] })).of('certificate-critical-extensions'))
      .toMatchObject({ status: 'warning', detail: expect.stringContaining('1.2.3.4') });
  });

  test('no basicConstraints at all', async () => {
    expect((await issued({ basicConstraints: null })).of('certificate-basic-constraints')).toMatchObject({ status: 'ok', detail: 'it has no basicConstraints' });
  });

  test('ML-DSA, whatever this runtime can do with it', async () => {
    const algorithm = sequence(oid('2.16.840.1.101.3.4.3.17'));
    const certificate = pem(buildCertificate({ signature: algorithm, subjectPublicKeyInfo: sequence(algorithm, bitString(new Uint8Array(1312))) }));
    const result = await about(certificate);
    expect([result.of('certificate-signature'), result.of('certificate-key')]).toMatchObject([{ status: 'ok', detail: 'ML-DSA-44' }, { status: 'ok', detail: 'ML-DSA-44' }]);
  });
});
