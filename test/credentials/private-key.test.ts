import { execFileSync } from 'child_process';
import { createPrivateKey, generateKeyPairSync, KeyObject } from 'crypto';
import { CredentialsError } from '../../src/credentials/errors';
import { findPrivateKey } from '../../src/credentials/private-key';
import { readPem } from '../../src/x509';
import { describeUnless, opensslMissing } from '../support/runtimes';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const CURVES = ['P-256', 'P-384', 'P-521'] as const;

function find(pem: string, curve?: string) {
  return findPrivateKey(readPem(pem), '/etc/pki/host.key', curve);
}

function errorOf(pem: string, curve?: string): CredentialsError {
  try {
    find(pem, curve);
  } catch (error) {
    expect(error).toBeInstanceOf(CredentialsError);
    return error as CredentialsError;
  }
  throw new Error('nothing was thrown');
}

/** Whether node:crypto takes the result for the same key. */
function isSameKey(pkcs8: Uint8Array, key: KeyObject): boolean {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }).equals(key);
}

describe('RSA', () => {
  test.each(['pkcs1', 'pkcs8'] as const)('%s', (type) => {
    const found = find(rsa.export({ type, format: 'pem' }) as string);
    expect(found.kind).toBe('RSA');
    expect(isSameKey(found.pkcs8, rsa)).toBe(true);
  });
});

describe.each(CURVES)('EC on %s', (namedCurve) => {
  const key = generateKeyPairSync('ec', { namedCurve }).privateKey;

  test.each(['sec1', 'pkcs8'] as const)('%s', (type) => {
    const found = find(key.export({ type, format: 'pem' }) as string);
    expect(found.kind).toBe(`EC ${namedCurve}`);
    expect(isSameKey(found.pkcs8, key)).toBe(true);
  });

  test('SEC1 that leaves its curve to the certificate', () => {
    // ECPrivateKey { version 1, privateKey } alone (RFC 5915), which some libraries write.
    const secret = Buffer.from((key.export({ format: 'jwk' }) as { d: string }).d, 'base64url');
    const der = Buffer.from([0x30, 5 + secret.length, 2, 1, 1, 4, secret.length, ...secret]);
    const pem = `-----BEGIN EC PRIVATE KEY-----\n${der.toString('base64')}\n-----END EC PRIVATE KEY-----\n`;
    expect(isSameKey(find(pem, namedCurve).pkcs8, key)).toBe(true);
    expect(errorOf(pem).code).toBe('KEY_CERTIFICATE_MISMATCH');
  });
});

describeUnless(opensslMissing, 'files that OpenSSL writes', () => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });

  test('EC PARAMETERS before a SEC1 key are skipped', () => {
    const pem = openssl('ecparam', '-name', 'prime256v1', '-genkey');
    expect(pem).toContain('BEGIN EC PARAMETERS');
    expect(isSameKey(find(pem).pkcs8, createPrivateKey(pem))).toBe(true);
  });

  test('traditional RSA', () => {
    const pem = execFileSync('openssl', ['rsa', '-traditional'], { input: rsa.export({ type: 'pkcs8', format: 'pem' }), encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
    expect(pem).toContain('BEGIN RSA PRIVATE KEY');
    expect(isSameKey(find(pem).pkcs8, rsa)).toBe(true);
  });

  test('RSASSA-PSS is refused by name', () => {
    expect(errorOf(openssl('genpkey', '-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'))).toMatchObject({
      code: 'KEY_NOT_SUPPORTED', message: expect.stringContaining('of algorithm RSASSA-PSS'),
    });
  });
});

describe('keys that cannot be used say why, where and what to do', () => {
  const passphrase = { cipher: 'aes-256-cbc', passphrase: 'p' };
  const block = (label: string) => `-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----\n`;

  test.each<[string, string, string, RegExp]>([
    ['encrypted PKCS#8', rsa.export({ type: 'pkcs8', format: 'pem', ...passphrase }) as string, 'KEY_ENCRYPTED', /host\.key is encrypted.*openssl pkey/],
    ['encrypted PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem', ...passphrase }) as string, 'KEY_ENCRYPTED', /is encrypted/],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 'KEY_NOT_SUPPORTED', /of algorithm Ed25519; Roles Anywhere takes RSA, EC and ML-DSA/],
    ['OpenSSH', block('OPENSSH PRIVATE KEY'), 'KEY_NOT_SUPPORTED', /ssh-keygen -p -N '' -m PKCS8/],
    ['TPM', block('TSS2 PRIVATE KEY'), 'KEY_NOT_SUPPORTED', /TPM/],
    ['DSA', block('DSA PRIVATE KEY'), 'KEY_NOT_SUPPORTED', /DSA/],
    ['another label', block('FANCY PRIVATE KEY'), 'KEY_NOT_SUPPORTED', /labelled "FANCY PRIVATE KEY"/],
    ['no key at all', block('CERTIFICATE'), 'KEY_UNREADABLE', /holds no private key \(it holds: CERTIFICATE\); name the key's file with --private-key/],
    ['two keys', rsa.export({ type: 'pkcs8', format: 'pem' }) as string + (rsa.export({ type: 'pkcs1', format: 'pem' }) as string), 'KEY_UNREADABLE', /holds 2 private keys/],
    ['PKCS#8 that is cut off', block('PRIVATE KEY'), 'KEY_UNREADABLE', /cannot be read/],
    ['SEC1 that is cut off', block('EC PRIVATE KEY'), 'KEY_UNREADABLE', /cannot be read/],
  ])('%s', (_, pem, code, message) => {
    expect(errorOf(pem)).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
