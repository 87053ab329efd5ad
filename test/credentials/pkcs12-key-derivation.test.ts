import { execFileSync } from 'child_process';
import * as fc from 'fast-check';
import { KeyPurpose, pkcs12Key } from '../../src/credentials/pkcs12-key-derivation';
import { kdfMissing } from '../support/key-tools';
import { describeUnless } from '../support/runtimes';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

// "smeg" and "queeg" with their closing zeros: the vectors that implementations have handed to one another since the nineties.
test.each<[password: string, salt: string, iterations: number, purpose: 1 | 2 | 3, key: string]>([
  ['0073006d006500670000', '0a58cf64530d823f', 1, KeyPurpose.ENCRYPTION, '8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3'],
  ['0073006d006500670000', '0a58cf64530d823f', 1, KeyPurpose.INITIALISATION_VECTOR, '79993dfe048d3b76'],
  ['0073006d006500670000', '3d83c0e4546ac140', 1, KeyPurpose.MAC, '8d967d88f6caa9d714800ab3d48051d63f73a312'],
  ['007100750065006500670000', '05dec959acff72f7', 1000, KeyPurpose.ENCRYPTION, 'ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4'],
  ['007100750065006500670000', '05dec959acff72f7', 1000, KeyPurpose.INITIALISATION_VECTOR, '11dedad7758d4860'],
])('password %s, salt %s, %d iterations, purpose %d', async (password, salt, iterations, purpose, key) => {
  expect(hex(await pkcs12Key(bytes(password), { hash: 'sha1', salt: bytes(salt), iterations }, purpose, key.length / 2))).toBe(key);
});

describeUnless(kdfMissing, 'OpenSSL derives the same', () => {
  const openssl = (digest: string, password: Uint8Array, salt: Uint8Array, iterations: number, purpose: number, length: number) => execFileSync('openssl', [
    'kdf', '-keylen', String(length), '-kdfopt', `digest:${digest}`, '-kdfopt', `hexpass:${hex(password)}`, '-kdfopt', `hexsalt:${hex(salt)}`,
    '-kdfopt', `iter:${iterations}`, '-kdfopt', `id:${purpose}`, 'PKCS12KDF',
  ], { encoding: 'utf8' }).replace(/[:\s]/g, '').toLowerCase();

  test.each([
    ['sha1', 'SHA1'], ['sha224', 'SHA224'], ['sha256', 'SHA256'], ['sha384', 'SHA384'], ['sha512', 'SHA512'],
    ['sha512-224', 'SHA512-224'], ['sha512-256', 'SHA512-256'],
  ])('%s', async (hash, digest) => {
    // Salts and passwords of more than a block, keys of more than a digest, and no password at all.
    await fc.assert(fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 20 }),
      fc.constantFrom(...Object.values(KeyPurpose)), fc.integer({ min: 1, max: 200 }),
      async (password, salt, iterations, purpose, length) => {
        const key = await pkcs12Key(password, { hash, salt, iterations }, purpose, length);
        expect(hex(key)).toBe(openssl(digest, password, salt, iterations, purpose, length));
      },
    ), { numRuns: 8 });
  });
});
