import 'reflect-metadata';
import { KeyUsageFlags } from '@peculiar/x509';
import { examined, ExaminedOptions } from './examined';
import { CHAIN_CHECKS, pathFrom } from '../../../signer/doctor/chain-checks';
import { readCertificate } from '../../../src/x509';
import { createRootCa, issueCa, Issued, issueHost } from '../../support/pki';
import { bitString, buildCertificate, commonName, oid, sequence } from '../../x509/certificate-builder';
import { ARN_FLAGS } from '../fake-platform';

const DAY = 24 * 3_600_000;
let root: Issued;
let upper: Issued;
let lower: Issued;
let host: Issued;

beforeAll(async () => {
  root = await createRootCa('CN=Root');
  upper = await issueCa(root, 'CN=Upper');
  lower = await issueCa(upper, 'CN=Lower', { key: 'RSA-2048' });
  host = await issueHost(lower, 'CN=onprem01');
});

const pem = (der: Uint8Array) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;

/** The findings about a certificate and what is sent with it. */
async function about(certificate: Issued | string, chain: ReadonlyArray<Issued | string>, options: ExaminedOptions = {}) {
  const text = (issued: Issued | string) => (typeof issued === 'string' ? issued : issued.pem);
  return examined(CHAIN_CHECKS, { files: { 'host.pem': [certificate, ...chain].map(text).join(''), 'host.key': 'none' }, ...options });
}

test('a chain in order', async () => {
  const { findings, exitCode } = await about(host, [lower, upper]);
  expect(findings.map(({ id, status, detail }) => [id, status, detail])).toEqual([
    ['chain-length', 'ok', '2 of at most 5'],
    ['chain-order', 'ok', 'CN=onprem01 <- CN=Lower <- CN=Upper; the trust anchor has to be CN=Root or one of the CAs below it'],
    ['chain-signatures', 'ok', 'all 2 signatures verify'],
    ['chain-validity', 'ok', expect.stringMatching(/^CN=Lower: until .*; CN=Upper: until /)],
    ['chain-certificates', 'ok', 'all are CA certificates, signed with SHA-256 or stronger'],
    ['chain-root', 'ok', 'no root is sent, and none is needed'],
  ]);
  expect(exitCode).toBe(0);
});

test('no chain at all says which CA the trust anchor has to be', async () => {
  const { findings } = await about(await issueHost(root, 'CN=onprem01'), []);
  expect(findings.map(({ status, detail }) => [status, detail])).toEqual([
    ['ok', 'no certificates are sent beside the host\'s own'],
    ['ok', 'no certificates are sent beside the host\'s own; the trust anchor has to be CN=Root'],
    ['skipped', expect.any(String)],
    ['skipped', expect.any(String)],
    ['skipped', expect.any(String)],
    ['ok', 'no root is sent, and none is needed'],
  ]);
});

describe('chain-order', () => {
  test('another order is a warning, with the right one', async () => {
    expect((await about(host, [upper, lower])).of('chain-order')).toMatchObject({ status: 'warning', remedy: 'put them in this order: CN=Lower; CN=Upper' });
  });

  test('a certificate of another chain is a warning, as is a gap', async () => {
    expect((await about(host, [lower, await createRootCa('CN=Stranger')])).of('chain-order')).toMatchObject({
      status: 'warning', detail: 'CN=Stranger is sent, which does not belong to the chain', remedy: expect.stringContaining('the certificate of CN=Upper'),
    });
    expect((await about(host, [upper])).of('chain-order')).toMatchObject({
      status: 'warning', detail: 'CN=Upper is sent, which did not issue the host\'s certificate (CN=Lower did)', remedy: expect.stringContaining('the certificate of CN=Lower'),
    });
  });

  test('a certificate that issued itself is a warning', async () => {
    expect((await about(root, [])).of('chain-order')).toMatchObject({ status: 'warning', detail: expect.stringContaining('its own issuer') });
  });

  test('two CAs of one name are told apart by their keys', async () => {
    const renamed = await issueCa(upper, 'CN=Lower');
    expect(pathFrom(readCertificate(host.der), [renamed, lower].map(({ der }) => readCertificate(der))).map(({ serialNumberHex }) => serialNumberHex))
      .toEqual([readCertificate(lower.der).serialNumberHex]);
  });

  test('two CAs that vouch for one another are no endless path', () => {
    const [a, b] = [['a', 'b'], ['b', 'a']].map(([subject, issuer]) => readCertificate(buildCertificate({ subject: commonName(subject), issuer: commonName(issuer) })));
    expect(pathFrom(a, [b, a])).toEqual([b, a]);
  });
});

describe('chain-signatures', () => {
  test('one that the CA of this name did not make is a failure', async () => {
    // Without key identifiers, only the signature tells the two CAs of this name apart.
    const forged = buildCertificate({ subject: commonName('onprem01'), issuer: commonName('Lower') });
    const result = await about(pem(forged), [upper, await issueCa(upper, 'CN=Lower')]);
    expect(result.of('chain-signatures')).toMatchObject({
      status: 'failed', detail: 'the signature on CN=onprem01 was not made with the key of CN=Lower that is sent', remedy: expect.any(String),
    });
    expect(result.exitCode).toBe(3);
  });

  test('a CA of the right name that another key has signed for is not tried: its key identifier tells', async () => {
    const impostor = await issueCa(await createRootCa('CN=Upper'), 'CN=Lower');
    const result = await about(await issueHost(impostor, 'CN=onprem01'), [impostor, upper]);
    expect(result.of('chain-order')).toMatchObject({ status: 'warning', detail: 'CN=Upper is sent, which does not belong to the chain' });
    expect(result.of('chain-signatures')).toMatchObject({ status: 'ok', detail: 'the signature verifies' });
  });

  test('one of an algorithm that the runtime does not know is not called wrong', async () => {
    const unknown = sequence(oid('1.2.3.4'));
    const certificate = buildCertificate({ subject: commonName('onprem01'), issuer: commonName('Lower'), signature: unknown, signatureValue: bitString(new Uint8Array(8)) });
    const strange = buildCertificate({ subject: commonName('Lower'), issuer: commonName('Upper'), subjectPublicKeyInfo: sequence(unknown, bitString(new Uint8Array(8))) });
    expect((await about(pem(certificate), [pem(strange)])).of('chain-signatures')).toMatchObject({ status: 'skipped', detail: expect.stringMatching(/CN=onprem01 \(1\.2\.3\.4\) cannot be verified/) });
  });
});

describe('chain-validity', () => {
  test('a CA that has expired is a failure', async () => {
    const expired = await issueCa(root, 'CN=Expired', { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) });
    const result = await about(await issueHost(expired, 'CN=onprem01'), [expired]);
    expect(result.of('chain-validity')).toMatchObject({ status: 'failed', detail: expect.stringMatching(/^CN=Expired: expired at /), remedy: expect.any(String) });
    expect(result.exitCode).toBe(3);
  });

  test('one that ends soon is a warning', async () => {
    const ending = await issueCa(root, 'CN=Ending', { notBefore: new Date(Date.now() - 300 * DAY), notAfter: new Date(Date.now() + 3 * DAY) });
    expect((await about(await issueHost(ending, 'CN=onprem01'), [ending])).of('chain-validity')).toMatchObject({ status: 'warning', detail: expect.stringMatching(/^CN=Ending: until /) });
  });
});

describe('chain-certificates', () => {
  test('what is no CA, or may not sign, or is signed too weakly, is a failure', async () => {
    const notCa = await issueHost(root, 'CN=No CA');
    expect((await about(host, [notCa])).of('chain-certificates')).toMatchObject({ status: 'failed', detail: expect.stringContaining('CN=No CA is not a CA certificate') });
    const noSigning = await issueCa(root, 'CN=Mute', { keyUsage: KeyUsageFlags.cRLSign });
    expect((await about(host, [noSigning])).of('chain-certificates')).toMatchObject({ status: 'failed', detail: expect.stringContaining('CN=Mute may not sign certificates (keyUsage cRLSign)') });
    const weak = await issueCa(root, 'CN=Weak', { hash: 'SHA-1' });
    const result = await about(host, [weak]);
    expect(result.of('chain-certificates')).toMatchObject({ status: 'failed', detail: expect.stringContaining('CN=Weak is signed with ecdsa-with-SHA1') });
    expect(result.exitCode).toBe(3);
  });

  test('a signature that the service does not document is a warning', async () => {
    const certificate = readCertificate(lower.der);
    const ed25519 = buildCertificate({
      subject: certificate.subject.raw,
      signature: sequence(oid('1.3.101.112')),
      // basicConstraints CA:TRUE, as lower has it.
      extensions: Buffer.from('a3133011300f0603551d130101ff040530030101ff', 'hex'),
    });
    expect((await about(host, [pem(ed25519)])).of('chain-certificates')).toMatchObject({ status: 'warning', detail: expect.stringContaining('Ed25519') });
  });
});

describe('chain-root', () => {
  test('a root that is sent is no harm, and said', async () => {
    const result = await about(host, [lower, upper, root]);
    expect(result.of('chain-root')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^CN=Root is sent as well; .* can be left out$/) });
    expect(result.of('chain-order')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/the trust anchor has to be CN=Root$/) });
  });
});

describe('chain-length', () => {
  test('more than five, from a token, are a failure', async () => {
    const chain = Array.from({ length: 6 }, (_, i) => readCertificate(buildCertificate({ subject: commonName(`CA ${i}`) })));
    const result = await examined(CHAIN_CHECKS, {
      flags: ['--certificate', 'pkcs11:token=t', ...ARN_FLAGS],
      pkcs11: {
        certificates: () => Promise.reject(new Error('not asked for')),
        identity: () => ({
          close: async () => undefined,
          read: async () => ({
            certificate: readCertificate(host.der), chain, certificateSource: 'pkcs11:token=t', keySource: 'pkcs11:token=t', signer: { sign: async (message) => message },
          }),
        }),
      },
    });
    expect(result.of('chain-length')).toMatchObject({ status: 'failed', detail: '6 certificates are sent, and Roles Anywhere takes 5' });
    expect(result.exitCode).toBe(3);
  });
});
