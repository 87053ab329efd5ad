import { spawnSync } from 'child_process';
import { X509Certificate } from 'crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { main } from '../../../signer/main';
import { Pkcs11Opener } from '../../../signer/pkcs11/opener';
import { createRootCa, Issued, issueHost } from '../../support/pki';
import { describeUnless, opensslMissing } from '../../support/runtimes';
import { bitString, buildCertificate, oid, sequence } from '../../x509/certificate-builder';
import { fakeMachine, FakeOptions } from '../fake-platform';

let root: Issued;
let host: Issued;
let rsaHost: Issued;
const folder = mkdtempSync(join(tmpdir(), 'signer-read-certificate-'));
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  root = await createRootCa('O=Example, CN=Root');
  host = await issueHost(root, 'O=Example, CN=onprem01', { serialNumber: '7fffffffffffffffffffffffffffffffffffff01' });
  rsaHost = await issueHost(root, 'CN=onprem02', { key: 'RSA-2048', serialNumber: '0123' });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(args: readonly string[], options: FakeOptions = {}, pkcs11?: Pkcs11Opener) {
  const machine = fakeMachine({ args: ['read-certificate-data', ...args], ...options });
  const exitCode = await main(pkcs11 ? { ...machine.platform, pkcs11 } : machine.platform);
  return { exitCode, output: machine.output, diagnostics: machine.diagnostics };
}

describe('a file', () => {
  test.each<[string, () => Issued, string, string[]]>([
    ['EC', () => host, '730750818665451459101842416358141509827966271233', ['ECSHA256', 'ECSHA384', 'ECSHA512']],
    ['RSA', () => rsaHost, '291', ['RSASHA256', 'RSASHA384', 'RSASHA512']],
  ])('of %s is one line of JSON without a line end, with members in the order of aws_signing_helper', async (keyType, issued, serialNumber, supportedAlgorithms) => {
    const { exitCode, output } = await run(['--certificate', 'host.pem'], { files: { 'host.pem': issued().pem } });
    expect(exitCode).toBe(0);
    expect(output).toBe(JSON.stringify({ keyType, certificateData: Buffer.from(issued().der).toString('base64'), serialNumber, supportedAlgorithms }));
  });

  test('of several certificates is about the first', async () => {
    const { output } = await run(['--certificate', 'host.pem'], { files: { 'host.pem': host.pem + root.pem } });
    expect(JSON.parse(output)).toMatchObject({ certificateData: Buffer.from(host.der).toString('base64') });
  });

  test('in DER, on standard input and in a variable', async () => {
    const expected = (await run(['--certificate', 'host.pem'], { files: { 'host.pem': host.pem } })).output;
    expect((await run(['--certificate', 'host.der'], { files: { 'host.der': host.der } })).output).toBe(expected);
    expect((await run(['--certificate', '-'], { input: host.pem })).output).toBe(expected);
    expect((await run(['--certificate', 'env:CERTIFICATE'], { env: { CERTIFICATE: host.pem } })).output).toBe(expected);
  });

  test('of ML-DSA names the parameter set; reading needs no runtime that can sign with it', async () => {
    const der = buildCertificate({ subjectPublicKeyInfo: keyOf('2.16.840.1.101.3.4.3.18', 1952) });
    expect(await run(['--certificate', 'ml-dsa.der'], { files: { 'ml-dsa.der': der } })).toMatchObject({
      exitCode: 0,
      output: JSON.stringify({ keyType: 'ML-DSA-65', certificateData: Buffer.from(der).toString('base64'), serialNumber: '1', supportedAlgorithms: ['ML-DSA-65'] }),
    });
  });

  test('whose key Roles Anywhere does not take is an error', async () => {
    const der = buildCertificate({ subjectPublicKeyInfo: keyOf('1.3.101.112', 32) });
    expect(await run(['--certificate', 'ed25519.der'], { files: { 'ed25519.der': der } })).toMatchObject({ exitCode: 3, output: '', diagnostics: expect.stringMatching(/KEY_NOT_SUPPORTED: .* Ed25519/) });
  });

  test('that is missing, or holds no certificate, is an error', async () => {
    expect(await run(['--certificate', 'nowhere.pem'])).toMatchObject({ exitCode: 3, output: '', diagnostics: expect.stringContaining('FILE_UNREADABLE') });
    expect(await run(['--certificate', 'host.key'], { files: { 'host.key': host.keyPem } })).toMatchObject({ exitCode: 3, output: '', diagnostics: expect.stringContaining('CERTIFICATE_UNREADABLE') });
  });

  test('that is not named is an error, which says how to list tokens', async () => {
    expect(await run([])).toMatchObject({ exitCode: 2, diagnostics: expect.stringMatching(/--certificate is missing; .*--pkcs11-lib/) });
  });

  describeUnless(opensslMissing, 'as OpenSSL reads it', () => {
    test('serial number and DER are the same', async () => {
      writeFileSync(file('host.pem'), host.pem);
      const { output } = await run(['--certificate', 'host.pem'], { files: { 'host.pem': host.pem } });
      const { serialNumber, certificateData } = JSON.parse(output) as Record<string, string>;
      const serial = spawnSync('openssl', ['x509', '-in', file('host.pem'), '-noout', '-serial'], { encoding: 'utf8' }).stdout;
      expect(serial).toBe(`serial=${BigInt(serialNumber).toString(16).toUpperCase()}\n`);
      const der = spawnSync('openssl', ['x509', '-in', file('host.pem'), '-outform', 'DER']).stdout;
      expect(certificateData).toBe(der.toString('base64'));
    });

    test.each([['of today', []], ['of old', ['-legacy']]])('a PKCS#12 file %s shows its host\'s certificate, whatever comes first in it', async (_, flags) => {
      writeFileSync(file('host.key'), host.keyPem);
      writeFileSync(file('host.pem'), host.pem);
      writeFileSync(file('root.pem'), root.pem);
      const made = spawnSync('openssl', ['pkcs12', '-export', ...flags, '-inkey', file('host.key'), '-in', file('host.pem'), '-certfile', file('root.pem'),
        '-passout', 'pass:a passphrase', '-out', file('host.p12')], { encoding: 'utf8' });
      expect(made).toMatchObject({ status: 0 });
      const read = (passphrase: string) => run(['--certificate', 'host.p12'], {
        files: { 'host.p12': readFileSync(file('host.p12')) }, env: { ROLES_ANYWHERE_PKCS8_PASSWORD: passphrase },
      });
      expect(JSON.parse((await read('a passphrase')).output)).toMatchObject({ certificateData: Buffer.from(host.der).toString('base64') });
      const wrong = await read('another passphrase');
      expect(wrong).toMatchObject({ exitCode: 3, output: '', diagnostics: expect.stringContaining('PASSPHRASE_WRONG') });
      expect(wrong.diagnostics).not.toContain('another passphrase');
    });
  });
});

/** A public key of an algorithm, of so many octets. */
function keyOf(algorithm: string, length: number): Uint8Array {
  return sequence(sequence(oid(algorithm)), bitString(new Uint8Array(length).fill(7)));
}

describe('tokens', () => {
  /** Remembers how it was asked. */
  function tokens(ders: readonly Uint8Array[]): Pkcs11Opener & { readonly asked: unknown[] } {
    const asked: unknown[] = [];
    return {
      asked,
      identity: () => {
        throw new Error('nobody asked for an identity');
      },
      certificates: async (library, uri, pin) => {
        asked.push({ library, uri, pin: await pin('token "t"') });
        return ders.map((der, i) => ({ der, uri: `pkcs11:token=t;id=%0${i}` }));
      },
    };
  }
  const env = { ROLES_ANYWHERE_PKCS11_PIN: '1234' };
  const sha1 = (der: Uint8Array) => new X509Certificate(der).fingerprint.replaceAll(':', '').toLowerCase();

  test('are listed with what tells certificates apart', async () => {
    const opener = tokens([host.der, rsaHost.der]);
    const { exitCode, output } = await run(['--certificate', 'pkcs11:token=t', '--pkcs11-lib', '/lib/p.so'], { env }, opener);
    expect(exitCode).toBe(0);
    expect(output).toBe([
      'Matching identities',
      `1) Hex Fingerprint: ${sha1(host.der)}`,
      '\tSubject: CN=onprem01,O=Example',
      '\tIssuer: CN=Root,O=Example',
      '\tSerial Number: 7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF01',
      '\tURI: pkcs11:token=t;id=%00',
      `2) Hex Fingerprint: ${sha1(rsaHost.der)}`,
      '\tSubject: CN=onprem02',
      '\tIssuer: CN=Root,O=Example',
      '\tSerial Number: 0123',
      '\tURI: pkcs11:token=t;id=%01',
      '',
    ].join('\n'));
    expect(opener.asked).toEqual([{ library: '/lib/p.so', uri: 'pkcs11:token=t', pin: '1234' }]);
  });

  test('without certificates say so', async () => {
    expect(await run(['--certificate', 'pkcs11:'], { env }, tokens([]))).toMatchObject({ exitCode: 0, output: 'No matching identities\n' });
  });

  test('are all looked through where only the module is named', async () => {
    const opener = tokens([host.der]);
    expect((await run(['--pkcs11-lib', '/lib/p.so'], { env }, opener)).output).toContain('CN=onprem01');
    expect(opener.asked).toEqual([{ library: '/lib/p.so', uri: undefined, pin: '1234' }]);
  });

  test('a selector chooses among them', async () => {
    const select = async (selector: string) => (await run(['--cert-selector', selector], { env }, tokens([host.der, rsaHost.der]))).output;
    expect(await select('Key=x509Subject,Value=CN=onprem02')).toMatch(/^Matching identities\n1\) [^)]*CN=onprem02\n[^)]*$/);
    expect(await select('Key=x509Subject,Value=CN=nobody')).toBe('No matching identities\n');
    expect(await run(['--cert-selector', 'Key=x509Serial,Value=0123', '--certificate', 'host.pem'])).toMatchObject({ exitCode: 2 });
  });

  test('a certificate that cannot be read does not hide the others', async () => {
    const { exitCode, output } = await run(['--certificate', 'pkcs11:'], { env }, tokens([Uint8Array.of(0x30, 0), host.der]));
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringMatching(/^Matching identities\n1\) Hex Fingerprint: [0-9a-f]{40}\n\tcannot be read: .*\n\tURI: .*\n2\) /) });
    expect(output).toContain('CN=onprem01');
  });

  test('are not reached from a runtime that cannot call libraries', async () => {
    expect(await run(['--certificate', 'pkcs11:token=t'])).toMatchObject({ exitCode: 2, diagnostics: expect.stringMatching(/NOT_SUPPORTED: PKCS#11 is not supported under Test 1\.0/) });
  });
});
