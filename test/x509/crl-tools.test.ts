/** Lists as other tools make them, large and small, read by ours and by theirs. */
import { spawnSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { openssl, opensslVersion } from './openssl';
import { readCrl, readCrls } from '../../src/x509';

const cfsslMissing = opensslVersion === undefined || spawnSync('cfssl', ['version']).status !== 0;
const describeWithOpenssl = opensslVersion ? describe : describe.skip;
const describeWithCfssl = cfsslMissing ? describe.skip : describe;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crl-tools-'));
  if (opensslVersion) {
    writeFileSync(join(folder, 'ca.cnf'), [
      '[req]', 'distinguished_name=dn', '[dn]', '[v3_ca]', 'basicConstraints=critical,CA:true', 'keyUsage=keyCertSign,cRLSign',
      '[ca]', 'default_ca=example', '[example]', 'database=index.txt', 'crlnumber=number', 'default_md=sha256', 'default_crl_days=30',
      'certificate=ca.pem', 'private_key=ca.key', 'unique_subject=no', '',
    ].join('\n'));
    openssl(folder, 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'ca.key');
    openssl(folder, 'req', '-x509', '-new', '-key', 'ca.key', '-subj', '/CN=CA', '-config', 'ca.cnf', '-extensions', 'v3_ca', '-out', 'ca.pem');
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeWithOpenssl(`OpenSSL (${opensslVersion ?? 'skipped: there is no openssl on the PATH'})`, () => {
  test('agrees on every serial number of a list with 100,000 entries', () => {
    const entries = Array.from({ length: 100_000 }, (_, i) => {
      const serial = (BigInt(i + 1) * 0x9e3779b97f4a7c15f39cc0605cedc834n) % (1n << 159n);
      return `R\t300101000000Z\t260101020304Z\t${serial.toString(16).toUpperCase().padStart(40, '0')}\tunknown\t/CN=${i}`;
    });
    writeFileSync(join(folder, 'index.txt'), `${entries.join('\n')}\n`);
    writeFileSync(join(folder, 'number'), '01\n');
    openssl(folder, 'ca', '-gencrl', '-config', 'ca.cnf', '-out', 'large.pem');
    const text = spawnSync('openssl', ['crl', '-in', 'large.pem', '-noout', '-text'], { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).stdout;
    const theirs = [...text.matchAll(/Serial Number: ([0-9A-F]+)/g)].map(([, serial]) => serial.toLowerCase());
    const [crl] = readCrls(readFileSync(join(folder, 'large.pem')));
    expect(theirs).toHaveLength(100_000);
    expect([...crl.revokedCertificates()].map(({ serialNumberHex }) => serialNumberHex)).toEqual(theirs);
    expect(theirs.every((serial) => crl.find(BigInt(`0x${serial}`)) !== undefined)).toBe(true);
    expect(crl.find(1n)).toBeUndefined();
  });
});

describeWithCfssl(`cfssl${cfsslMissing ? ' (skipped: there is no cfssl, or no openssl, on the PATH)' : ''}`, () => {
  test('makes lists that are read', () => {
    const serials = [1n, 255n, 123456789012345678901234567890n];
    writeFileSync(join(folder, 'serials'), serials.map((serial) => `${serial}\n`).join(''));
    const { stdout, stderr, status } = spawnSync('cfssl', ['gencrl', 'serials', 'ca.pem', 'ca.key'], { cwd: folder, encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const crl = readCrl(new Uint8Array(Buffer.from(stdout, 'base64')));
    expect([...crl.revokedCertificates()].map(({ serialNumber }) => serialNumber)).toEqual(serials);
    expect(crl.issuer.toString()).toBe('CN=CA');
  });
});
