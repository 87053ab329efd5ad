import { spawnSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { examined, ExaminedOptions } from './examined';
import { KEY_CHECKS } from '../../../signer/doctor/key-checks';
import { SignerError } from '../../../signer/errors';
import type { Pkcs11Opener } from '../../../signer/pkcs11/opener';
import type { Identity } from '../../../src/credentials/identity';
import { readCertificate } from '../../../src/x509';
import { createRootCa, issueCa, Issued, issueHost } from '../../support/pki';
import { describeUnless, opensslMissing } from '../../support/runtimes';
import { ARN_FLAGS } from '../fake-platform';

let root: Issued;
let host: Issued;
let other: Issued;

beforeAll(async () => {
  root = await createRootCa('CN=Root');
  host = await issueHost(root, 'O=Example, CN=onprem01', { serialNumber: '0123' });
  other = await issueHost(root, 'CN=onprem02');
});

const run = (options: ExaminedOptions = {}) => examined(KEY_CHECKS, { files: { 'host.pem': host.pem, 'host.key': host.keyPem }, ...options });

/** Status and detail of the three checks. */
async function outcomes(options: ExaminedOptions = {}) {
  return (await run(options)).findings.map(({ status, detail }) => `${status}: ${detail}`);
}

test('a pair that fits', async () => {
  expect(await outcomes()).toEqual([
    'ok: CN=onprem01,O=Example, issued by CN=Root, serial number 0123', 'ok: in host.key', 'ok: a test signature verifies (EC P-256)',
  ]);
});

test('a certificate that cannot be read: its key is not looked at', async () => {
  const result = await run({ files: { 'host.pem': host.keyPem, 'host.key': host.keyPem } });
  expect(result.findings.map(({ status }) => status)).toEqual(['failed', 'skipped', 'skipped']);
  expect(result.of('certificate')).toMatchObject({ detail: expect.stringContaining('holds no certificate') });
  expect(result.exitCode).toBe(3);
});

test('a key that cannot be read: the certificate is still looked at', async () => {
  const result = await run({ files: { 'host.pem': host.pem, 'host.key': host.pem } });
  expect(result.findings.map(({ status }) => status)).toEqual(['ok', 'failed', 'skipped']);
  expect(result.of('private-key')).toMatchObject({ detail: expect.stringContaining('holds no private key') });
  expect(result.exitCode).toBe(3);
});

test('the key of another certificate of the same kind', async () => {
  const result = await run({ files: { 'host.pem': host.pem, 'host.key': other.keyPem } });
  expect(result.findings.map(({ status }) => status)).toEqual(['ok', 'ok', 'failed']);
  expect(result.of('key-belongs-to-certificate')).toMatchObject({
    detail: 'the private key in host.key does not belong to the certificate in host.pem', remedy: expect.stringContaining('name the key'),
  });
  expect(result.exitCode).toBe(3);
});

test('certificate and key on standard input are read once, though looked at twice', async () => {
  expect(await outcomes({ flags: ['--certificate', '-', ...ARN_FLAGS], input: host.pem + host.keyPem })).toEqual([
    expect.stringMatching(/^ok: /), expect.stringMatching(/^ok: /), expect.stringMatching(/^ok: /),
  ]);
  expect(await outcomes({ flags: ['--certificate', '-', ...ARN_FLAGS], input: host.pem })).toEqual([
    expect.stringMatching(/^ok: CN=onprem01/), expect.stringMatching(/^failed: /), expect.stringMatching(/^skipped: /),
  ]);
});

describe('more certificates than the service takes', () => {
  test('are found when they are read', async () => {
    const cas = [await issueCa(root, 'CN=CA 1')];
    for (let i = 2; i <= 6; i++) {
      cas.push(await issueCa(cas[i - 2], `CN=CA ${i}`));
    }
    const result = await run({ files: { 'host.pem': host.pem + cas.map(({ pem }) => pem).join(''), 'host.key': host.keyPem } });
    expect(result.of('certificate')).toMatchObject({ status: 'failed', detail: expect.stringMatching(/6 certificates .* takes 5/) });
  });
});

describe('a token', () => {
  const FLAGS = ['--certificate', 'pkcs11:token=t', ...ARN_FLAGS];
  const opener = (read: () => Promise<Identity>): Pkcs11Opener => (
    { certificates: () => Promise.reject(new Error('not asked for')), identity: () => ({ read, close: async () => undefined }) });

  test('whose key signs', async () => {
    const identity = async (): Promise<Identity> => ({
      certificate: readCertificate(host.der),
      chain: [],
      certificateSource: 'pkcs11:token=t;id=%01',
      keySource: 'pkcs11:token=t;id=%01;type=private',
      signer: { sign: async () => new Uint8Array(Buffer.from('3006020101020101', 'hex')) },
    });
    expect(await outcomes({ flags: FLAGS, pkcs11: opener(identity) })).toEqual([
      expect.stringMatching(/^ok: /), 'ok: in pkcs11:token=t;id=%01;type=private', expect.stringMatching(/^failed: .* does not belong/),
    ]);
  });

  test('that wants another PIN', async () => {
    const result = await run({ flags: FLAGS, pkcs11: opener(() => Promise.reject(new SignerError('PIN_WRONG', 'the PIN was refused by token "t"'))) });
    expect(result.findings.map(({ status, detail }) => `${status}: ${detail}`)[0]).toBe('failed: the PIN was refused by token "t"');
    expect(result.exitCode).toBe(3);
  });

  test('in a runtime that cannot call libraries', async () => {
    const result = await run({ flags: FLAGS });
    expect(result.of('certificate')).toMatchObject({ status: 'failed', detail: expect.stringContaining('PKCS#11 is not supported') });
    expect(result.exitCode).toBe(2);
  });
});

describeUnless(opensslMissing, 'with OpenSSL\'s files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signer-doctor-keys-'));
  const file = (name: string) => join(folder, name);
  let p12: Uint8Array;
  let encrypted: string;

  function openssl(args: readonly string[]): void {
    const { status, stderr } = spawnSync('openssl', [...args], { encoding: 'utf8' });
    expect({ status, stderr }).toMatchObject({ status: 0 });
  }

  beforeAll(() => {
    writeFileSync(file('host.pem'), host.pem);
    writeFileSync(file('host.key'), host.keyPem);
    openssl(['pkcs12', '-export', '-inkey', file('host.key'), '-in', file('host.pem'), '-passout', 'pass:a passphrase', '-out', file('host.p12')]);
    openssl(['pkcs8', '-topk8', '-in', file('host.key'), '-passout', 'pass:a passphrase', '-out', file('encrypted.key')]);
    p12 = readFileSync(file('host.p12'));
    encrypted = readFileSync(file('encrypted.key'), 'utf8');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const env = (passphrase: string) => ({ ROLES_ANYWHERE_PKCS8_PASSWORD: passphrase });

  test('an encrypted key opens with its passphrase, and the certificate is looked at without', async () => {
    const files = { 'host.pem': host.pem, 'host.key': encrypted };
    expect((await run({ files, env: env('a passphrase') })).findings.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    const wrong = await run({ files, env: env('another one') });
    expect(wrong.findings.map(({ status }) => status)).toEqual(['ok', 'failed', 'skipped']);
    expect(wrong.exitCode).toBe(3);
    expect(JSON.stringify(wrong.findings)).not.toMatch(/a passphrase|another one/);
  });

  test('a PKCS#12 file opens with its passphrase, and is asked for it once', async () => {
    const flags = ['--certificate', 'host.p12', '--passphrase-file', 'passphrase.txt', ...ARN_FLAGS];
    const files = { 'host.p12': p12, 'passphrase.txt': 'a passphrase\n' };
    expect((await run({ flags, files })).findings.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    const wrong = await run({ flags, files: { ...files, 'passphrase.txt': 'another one' } });
    expect(wrong.findings.map(({ status }) => status)).toEqual(['failed', 'skipped', 'skipped']);
    expect(wrong.machine.reads.filter((path) => path === 'passphrase.txt')).toHaveLength(1);
    expect(JSON.stringify(wrong.findings)).not.toMatch(/a passphrase|another one/);
  });
});
