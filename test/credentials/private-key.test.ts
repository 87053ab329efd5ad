import { execFileSync } from 'child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, KeyObject } from 'crypto';
import * as fc from 'fast-check';
import { CredentialsError } from '../../src/credentials/errors';
import { derKeyBlock, ENCRYPTED_KEY, findKeyBlock, keyBlock, readPrivateKey } from '../../src/credentials/private-key';
import { encodeElement, readPem, Tag } from '../../src/x509';
import { describeUnless, opensslMissing } from '../support/runtimes';
import { damaged } from '../x509/mutations';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const CURVES = ['P-256', 'P-384', 'P-521'] as const;

const PATH = '/etc/pki/host.key';

function find(pem: string, curve?: string) {
  return readPrivateKey(findKeyBlock(readPem(pem), PATH), PATH, curve);
}

function errorOf(pem: string, curve?: string): CredentialsError {
  return thrownBy(() => find(pem, curve));
}

function thrownBy(call: () => unknown): CredentialsError {
  try {
    call();
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
    expect(errorOf(pem)).toMatchObject({
      code: 'KEY_CERTIFICATE_MISMATCH', message: 'the private key in /etc/pki/host.key is an EC key, and the certificate\'s key is not',
    });
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
  const block = (label: string) => `-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----\n`;

  test.each<[string, string, string, RegExp]>([
    ['encrypted PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' }) as string, 'KEY_ENCRYPTED',
      /host\.key is encrypted in the way from before PKCS#8, which is not read here; write it anew with "openssl pkcs8 -topk8/],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 'KEY_NOT_SUPPORTED', /of algorithm Ed25519; Roles Anywhere takes RSA, EC and ML-DSA/],
    ['OpenSSH', block('OPENSSH PRIVATE KEY'), 'KEY_NOT_SUPPORTED', /ssh-keygen -p -N '' -m PKCS8/],
    ['TPM', block('TSS2 PRIVATE KEY'), 'KEY_NOT_SUPPORTED', /lies in a TPM, which is reached through PKCS#11 only/],
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

test('an encrypted key is found, and has to be decrypted by others', () => {
  const pem = rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' }) as string;
  expect(findKeyBlock(readPem(pem), PATH).label).toBe(ENCRYPTED_KEY);
});

describe('keys in DER', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

  test.each<[string, KeyObject, 'pkcs1' | 'pkcs8' | 'sec1', string]>([
    ['PKCS#8 of RSA', rsa, 'pkcs8', 'PRIVATE KEY'],
    ['PKCS#1', rsa, 'pkcs1', 'RSA PRIVATE KEY'],
    ['PKCS#8 of EC', ec, 'pkcs8', 'PRIVATE KEY'],
    ['SEC1', ec, 'sec1', 'EC PRIVATE KEY'],
  ])('%s', (_, key, type, label) => {
    const block = derKeyBlock(new Uint8Array(key.export({ type: type as 'pkcs8', format: 'der' })), PATH);
    expect(block.label).toBe(label);
    expect(isSameKey(readPrivateKey(block, PATH, undefined).pkcs8, key)).toBe(true);
  });

  test('encrypted PKCS#8', () => {
    expect(derKeyBlock(rsa.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'p' }), PATH).label).toBe(ENCRYPTED_KEY);
  });

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['a key that is cut off', ec.export({ type: 'pkcs8', format: 'der' }).subarray(0, 50)],
    ['a public key', createPublicKey(ec).export({ type: 'spki', format: 'der' })],
    ['a version alone', Buffer.from('3003020100', 'hex')],
    ['a version and something else', Buffer.from('30050201000500', 'hex')],
    ['text', Buffer.from('0 is where this text begins')],
  ])('%s is none', (_, der) => {
    expect(thrownBy(() => derKeyBlock(der, PATH))).toMatchObject({
      code: 'KEY_UNREADABLE', message: '/etc/pki/host.key is neither a PEM file nor a private key in DER',
    });
  });
});

test('PKCS#8 of version 2, with the public key behind the private one, becomes version 1', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const version1 = new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }));
  // A SEQUENCE of more than 127 octets, less than 256: three octets of header, three of version.
  const version2 = encodeElement(Tag.SEQUENCE, Uint8Array.of(2, 1, 1), version1.subarray(6), encodeElement(0x81, new Uint8Array(66)));
  expect(readPrivateKey(keyBlock('PRIVATE KEY', version2), PATH, undefined)).toEqual({ pkcs8: version1, kind: 'EC P-256' });
});

describe.each([['ML-DSA-44', 0x11, 2560], ['ML-DSA-65', 0x12, 4032], ['ML-DSA-87', 0x13, 4896]] as const)('%s', (kind, arc, expandedLength) => {
  const algorithm = Uint8Array.of(0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, arc);
  const seed = Uint8Array.from({ length: 32 }, (_, i) => i);
  const octets = (content: Uint8Array) => encodeElement(Tag.OCTET_STRING, content);
  const pkcs8 = (key: Uint8Array, version = 0) => encodeElement(Tag.SEQUENCE, Uint8Array.of(2, 1, version), algorithm, octets(key));
  const expanded = octets(new Uint8Array(expandedLength).fill(7));
  const read = (der: Uint8Array) => readPrivateKey(keyBlock('PRIVATE KEY', der), PATH, undefined);
  const asSeed = pkcs8(encodeElement(0x80, seed));

  test.each([
    ['its seed', asSeed],
    ['seed and expanded key', pkcs8(encodeElement(Tag.SEQUENCE, octets(seed), expanded))],
    ['a seed without a tag', pkcs8(seed)],
    ['a seed in version 2', pkcs8(encodeElement(0x80, seed), 1)],
  ])('%s becomes the seed alone', (_, der) => {
    expect(read(der)).toEqual({ pkcs8: asSeed, kind });
  });

  test('the expanded key alone is refused, with the way out', () => {
    expect(thrownBy(() => read(pkcs8(expanded)))).toMatchObject({
      code: 'KEY_NOT_SUPPORTED', message: expect.stringMatching(new RegExp(`host\\.key is ${kind} without its seed, .*openssl genpkey -algorithm ${kind}`)),
    });
  });

  test.each([['nothing', new Uint8Array()], ['an empty sequence', encodeElement(Tag.SEQUENCE)], ['half a seed', Uint8Array.of(0x80, 0x20, 1, 2)]])('%s is unreadable or has no seed', (_, key) => {
    expect(['KEY_UNREADABLE', 'KEY_NOT_SUPPORTED']).toContain(thrownBy(() => read(pkcs8(key))).code);
  });
});

test('whatever the octets, it is a key or a CredentialsError', () => {
  const ec = new Uint8Array(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'der' }));
  const keys = [ec, new Uint8Array(rsa.export({ type: 'pkcs8', format: 'der' }))];
  fc.assert(fc.property(damaged(keys), (der) => {
    try {
      expect(readPrivateKey(derKeyBlock(der, PATH), PATH, 'P-256').kind).not.toBe('');
    } catch (error) {
      expect(error).toBeInstanceOf(CredentialsError);
    }
  }), { numRuns: 2000 });
});
