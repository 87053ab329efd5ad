import { createCipheriv, generateKeyPairSync, KeyObject, pbkdf2Sync, scryptSync } from 'crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import * as fc from 'fast-check';
import { choices, toBer } from './ber-forms';
import { decryptPrivateKey } from '../../src/credentials/encrypted-key';
import { CredentialsError } from '../../src/credentials/errors';
import { encodeElement, readPem, Tag } from '../../src/x509';
import { LEGACY, legacyMissing, run } from '../support/key-tools';
import { describeUnless, opensslMissing } from '../support/runtimes';
import { damaged } from '../x509/mutations';

const WHERE = 'the private key in host.key';
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const PKCS8 = new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }));

const integer = (value: number) => {
  const digits = value.toString(16);
  const hex = digits.padStart(digits.length + digits.length % 2, '0');
  return encodeElement(Tag.INTEGER, Buffer.from(/^[89a-f]/.test(hex) ? `00${hex}` : hex, 'hex'));
};
const oid = (hex: string) => encodeElement(Tag.OBJECT_IDENTIFIER, Buffer.from(hex, 'hex'));
const sequence = (...parts: Uint8Array[]) => encodeElement(Tag.SEQUENCE, ...parts);
const octets = (content: Uint8Array) => encodeElement(Tag.OCTET_STRING, content);

const PBES2 = oid('2a864886f70d01050d');
const PBKDF2 = oid('2a864886f70d01050c');
const SCRYPT = oid('2b06010401da47040b');
const AES_256_CBC = oid('60864801650304012a');
const SALT = Buffer.from('0102030405060708', 'hex');
const VECTOR = Buffer.alloc(16, 7);

/** An encrypted key of parts that a test chooses. */
function encrypted(derivation: Uint8Array, ciphertext: Uint8Array, scheme = sequence(AES_256_CBC, octets(VECTOR))): Uint8Array {
  return sequence(sequence(PBES2, sequence(derivation, scheme)), octets(ciphertext));
}

function aes256(derived: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-cbc', derived, VECTOR);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

const pbkdf2Parameters = (...parts: Uint8Array[]) => sequence(PBKDF2, sequence(octets(SALT), ...parts));

/** PBES2 with PBKDF2 whose parameters end after the iterations, as in keys exported from AWS Certificate Manager. */
function withoutPrf(plain: Uint8Array, passphrase: string, iterations = 2048): Uint8Array {
  return encrypted(pbkdf2Parameters(integer(iterations)), aes256(pbkdf2Sync(passphrase, SALT, Math.min(iterations, 10_000), 32, 'sha1'), plain));
}

async function codeOf(decryption: Promise<unknown>): Promise<string> {
  return (await errorOf(decryption)).code;
}

async function errorOf(decryption: Promise<unknown>): Promise<CredentialsError> {
  const error = await decryption.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(CredentialsError);
  return error as CredentialsError;
}

async function expectOpened(der: Uint8Array, passphrase: string, expected: KeyObject = key): Promise<void> {
  expect(Buffer.from(await decryptPrivateKey(der, passphrase, WHERE))).toEqual(expected.export({ type: 'pkcs8', format: 'der' }));
  expect(await codeOf(decryptPrivateKey(der, `${passphrase}x`, WHERE))).toBe('PASSPHRASE_WRONG');
}

describe('keys that Node.js encrypts', () => {
  test.each(['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc'])('%s', async (cipher) => {
    await expectOpened(key.export({ type: 'pkcs8', format: 'der', cipher, passphrase: 'secret' }), 'secret');
  });

  test.each([
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
    ['EC P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey],
  ])('whatever the key: %s', async (_, other) => {
    await expectOpened(other.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'secret' }), 'secret', other);
  });

  test.each(['', ' ', 'pässwörd €', '𝄞 clef', 'a'.repeat(1000)])('whatever the passphrase: %j', async (passphrase) => {
    await expectOpened(key.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase }), passphrase);
  });
});

describe('parameters', () => {
  test('without a pseudo-random function, it is HMAC with SHA-1', async () => {
    await expectOpened(withoutPrf(PKCS8, 'secret'), 'secret');
  });

  test('a key length may be said, if it is the cipher\'s', async () => {
    const ciphertext = aes256(pbkdf2Sync('secret', SALT, 1, 32, 'sha1'), PKCS8);
    await expectOpened(encrypted(pbkdf2Parameters(integer(1), integer(32)), ciphertext), 'secret');
    expect(await codeOf(decryptPrivateKey(encrypted(pbkdf2Parameters(integer(1), integer(16)), ciphertext), 'secret', WHERE))).toBe('KEY_UNREADABLE');
  });

  test('scrypt of another size than OpenSSL\'s', async () => {
    const derived = scryptSync('secret', SALT, 32, { N: 1024, r: 3, p: 5 });
    await expectOpened(encrypted(sequence(SCRYPT, sequence(octets(SALT), integer(1024), integer(3), integer(5))), aes256(derived, PKCS8)), 'secret');
  });

  test('the example of RFC 7914 section 13 needs 1 GiB, which no file gets', async () => {
    const example = Buffer.from('MIHiME0GCSqGSIb3DQEFDTBAMB8GCSsGAQQB2kcECzASBAVNb3VzZQIDEAAAAgEIAgEBMB0GCWCGSAFlAwQBKgQQyYmguHMsOwzGMPoyObk/JgSBkJb47EWd5iAqJlyy'
      + '+ni5ftd6gZgOPaLQClL7mEZc2KQay0VhjZm/7MbBUNbqOAXNM6OGebXxVp6sHUALiBGY/Dls7B1TsWeGObE0sS1MXEpuREuloZjcsNVcNXWPlLdZtkSH6uwWzR0PyG/Z'
      + '+ZXfNodZtd/voKlvLOw5B3opGIFaLkbtLZQwMiGtl42AS89lZg==', 'base64');
    expect(await errorOf(decryptPrivateKey(example, 'Rabbit', WHERE))).toMatchObject({
      code: 'KEY_NOT_SUPPORTED', message: expect.stringMatching(/^the private key in host\.key is protected with scrypt over 1073742848 octets of memory, and more than 268435456 are refused; .*openssl pkcs8 -topk8/),
    });
  });

  test('BER is read', async () => {
    await fc.assert(fc.asyncProperty(choices, async (start) => {
      const ber = toBer(withoutPrf(PKCS8, 'secret', 1), start());
      expect(await decryptPrivateKey(ber, 'secret', WHERE)).toEqual(PKCS8);
    }), { numRuns: 50 });
  });
});

describeUnless(opensslMissing, 'keys that OpenSSL encrypts', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'encrypted-key-'));
    writeFileSync(join(folder, 'plain.pem'), key.export({ type: 'pkcs8', format: 'pem' }));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  function openssl(passphrase: string, ...flags: readonly string[]): Uint8Array {
    writeFileSync(join(folder, 'passphrase'), `${passphrase}\n`);
    run(folder, 'openssl', 'pkcs8', '-topk8', '-in', 'plain.pem', '-out', 'out.pem', '-passout', 'file:passphrase', ...flags);
    const [block] = readPem(readFileSync(join(folder, 'out.pem')));
    expect(block.label).toBe('ENCRYPTED PRIVATE KEY');
    return block.der;
  }

  test.each(['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des3'])('PBES2 with %s', async (cipher) => {
    await expectOpened(openssl('secret', '-v2', cipher), 'secret');
  });

  test.each(['hmacWithSHA1', 'hmacWithSHA224', 'hmacWithSHA256', 'hmacWithSHA384', 'hmacWithSHA512', 'hmacWithSHA512-224', 'hmacWithSHA512-256'])('PBKDF2 with %s', async (prf) => {
    const der = openssl('secret', '-v2', 'aes-256-cbc', '-v2prf', prf, '-iter', '20000');
    // OpenSSL leaves the default out; each other one is named under 1.2.840.113549.2.
    expect(Buffer.from(der).includes(Buffer.from('2a864886f70d02', 'hex'))).toBe(prf !== 'hmacWithSHA1');
    await expectOpened(der, 'secret');
  });

  test('scrypt', async () => {
    await expectOpened(openssl('secret', '-scrypt'), 'secret');
    await expectOpened(openssl('secret', '-v2', 'aes-128-cbc', '-scrypt_N', '1024', '-scrypt_r', '4', '-scrypt_p', '3'), 'secret');
  });

  describeUnless(legacyMissing, 'in the ways of PKCS#12', () => {
    test.each(['PBE-SHA1-3DES', 'PBE-SHA1-2DES', 'PBE-SHA1-RC2-128', 'PBE-SHA1-RC2-40'])('%s', async (scheme) => {
      await expectOpened(openssl('secret', '-v1', scheme, ...LEGACY), 'secret');
      await expectOpened(openssl('pässwörd €𝄞', '-v1', scheme, ...LEGACY), 'pässwörd €𝄞');
    });

    test('an empty passphrase', async () => {
      await expectOpened(openssl('', '-v1', 'PBE-SHA1-3DES', ...LEGACY), '');
    });

    test.each([
      ['PBE-MD5-DES', ['-v1', 'PBE-MD5-DES'], 'pbeWithMD5AndDES-CBC'],
      ['PBE-SHA1-DES', ['-v1', 'PBE-SHA1-DES'], 'pbeWithSHA1AndDES-CBC'],
      ['PBE-SHA1-RC4-128', ['-v1', 'PBE-SHA1-RC4-128'], 'pbeWithSHAAnd128BitRC4'],
      ['DES', ['-v2', 'des-cbc'], 'PBES2 and DES-CBC'],
      ['RC2', ['-v2', 'rc2'], 'PBES2 and RC2-CBC'],
      ['Camellia', ['-v2', 'camellia-256-cbc'], 'PBES2 and Camellia-256-CBC'],
      ['ARIA', ['-v2', 'aria-128-cbc'], 'PBES2 and ARIA-128-CBC'],
      ['a scheme without a name here', ['-v2', 'aes-256-ofb'], 'the scheme 2.16.840.1.101.3.4.1.43'],
    ])('%s is refused by name, with the way out', async (_, flags, name) => {
      expect(await errorOf(decryptPrivateKey(openssl('secret', ...flags, ...LEGACY), 'secret', WHERE))).toMatchObject({
        code: 'KEY_NOT_SUPPORTED',
        message: `the private key in host.key is protected with ${name}, which is not read here; encrypt it anew with "openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW"`,
      });
    });
  });
});

describe('a wrong passphrase is always noticed', () => {
  // Once in 256 times the padding looks right by chance; among so many it does several times.
  test('1500 wrong passphrases, none of which opens anything', async () => {
    const der = withoutPrf(PKCS8, 'secret', 1);
    const codes = new Set<string>();
    for (let i = 0; i < 1500; i++) {
      codes.add(await codeOf(decryptPrivateKey(der, `wrong ${i}`, WHERE)));
    }
    expect([...codes]).toEqual(['PASSPHRASE_WRONG']);
  });

  test.each<[string, Uint8Array]>([
    ['text', Buffer.from('-----BEGIN PRIVATE KEY-----')],
    ['nothing', new Uint8Array()],
    ['another structure', sequence(integer(0), integer(1))],
    ['a key of a version that does not exist', sequence(integer(2), sequence(oid('2a03')), octets(new Uint8Array(1)))],
    ['a key and more', Buffer.concat([PKCS8, Buffer.alloc(1)])],
    ['half a key', PKCS8.subarray(0, 60)],
  ])('so is what decrypts to %s', async (_, plain) => {
    expect(await codeOf(decryptPrivateKey(withoutPrf(plain, 'secret', 1), 'secret', WHERE))).toBe('PASSPHRASE_WRONG');
  });

  test('the message names the key and not the passphrase', async () => {
    const { message } = await errorOf(decryptPrivateKey(withoutPrf(PKCS8, 'secret', 1), 'not-the-one', WHERE));
    expect(message).toBe('the passphrase does not open the private key in host.key');
  });
});

describe('files that would keep a host busy', () => {
  const scrypt = (cost: number, blockSize: number, parallelization: number) => (
    encrypted(sequence(SCRYPT, sequence(octets(SALT), integer(cost), integer(blockSize), integer(parallelization))), new Uint8Array(16))
  );
  const pkcs12 = (iterations: number) => sequence(sequence(oid('2a864886f70d010c0103'), sequence(octets(SALT), integer(iterations))), octets(new Uint8Array(8)));

  test.each<[string, Uint8Array, RegExp]>([
    ['PBKDF2', withoutPrf(PKCS8, 'secret', 5_000_001), /with 5000001 iterations of PBKDF2, and more than 5000000 in a file are refused/],
    ['PBKDF2 beyond every number', withoutPrf(PKCS8, 'secret', 2 ** 50), /with 1125899906842624 iterations of PBKDF2/],
    ['the key derivation of PKCS#12', pkcs12(2_000_001), /with 2000001 iterations of the key derivation of PKCS#12, and more than 2000000/],
    ['memory', scrypt(2 ** 20, 8, 1), /scrypt over 1073742848 octets of memory, and more than 268435456 are refused/],
    ['many small tables', scrypt(1024, 8, 1000), /8192000 blocks of scrypt, and more than 2097152/],
  ])('are refused at once: %s', async (_, der, message) => {
    const begin = Date.now();
    expect(await errorOf(decryptPrivateKey(der, 'secret', WHERE))).toMatchObject({ code: 'KEY_NOT_SUPPORTED', message: expect.stringMatching(message) });
    expect(Date.now() - begin).toBeLessThan(1000);
  });

  test('a million iterations are read, and so are large tables and small ones', async () => {
    const derived = pbkdf2Sync('secret', SALT, 1_000_000, 32, 'sha1');
    expect(await decryptPrivateKey(encrypted(pbkdf2Parameters(integer(1_000_000)), aes256(derived, PKCS8)), 'secret', WHERE)).toEqual(PKCS8);
    // What they need of memory is counted closely, and the runtime has to agree.
    for (const [N, r, p] of [[65536, 8, 1], [2, 1, 1], [2, 1000, 100], [2, 1, 10_000]]) {
      const key32 = scryptSync('secret', SALT, 32, { N, r, p, maxmem: 2 ** 30 });
      const der = encrypted(sequence(SCRYPT, sequence(octets(SALT), integer(N), integer(r), integer(p))), aes256(key32, PKCS8));
      expect(await decryptPrivateKey(der, 'secret', WHERE)).toEqual(PKCS8);
    }
  });
});

describe('damaged files', () => {
  const good = withoutPrf(PKCS8, 'secret', 1);

  test.each<[string, Uint8Array]>([
    ['no iterations', encrypted(pbkdf2Parameters(integer(0)), new Uint8Array(16))],
    ['negative iterations', encrypted(pbkdf2Parameters(encodeElement(Tag.INTEGER, Uint8Array.of(0xff))), new Uint8Array(16))],
    ['a cost of scrypt that is no power of 2', encrypted(sequence(SCRYPT, sequence(octets(SALT), integer(1000), integer(8), integer(1))), new Uint8Array(16))],
    ['a cost of scrypt that its block size does not allow', encrypted(sequence(SCRYPT, sequence(octets(SALT), integer(65536), integer(1), integer(1))), new Uint8Array(16))],
    ['half a block', encrypted(pbkdf2Parameters(integer(1)), new Uint8Array(8))],
    ['no block', encrypted(pbkdf2Parameters(integer(1)), new Uint8Array())],
    ['an initialisation vector that is too short', encrypted(pbkdf2Parameters(integer(1)), new Uint8Array(16), sequence(AES_256_CBC, octets(new Uint8Array(8))))],
    ['a key that is not encrypted', PKCS8],
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('secret')],
  ])('%s', async (_, der) => {
    expect(await errorOf(decryptPrivateKey(der, 'secret', WHERE))).toMatchObject({ code: 'KEY_UNREADABLE', message: expect.stringMatching(/^the private key in host\.key cannot be read: /) });
  });

  test('an unknown key derivation and an unknown pseudo-random function are named', async () => {
    const derivation = await errorOf(decryptPrivateKey(encrypted(sequence(oid('2a0304'), sequence()), new Uint8Array(16)), 'secret', WHERE));
    expect(derivation).toMatchObject({ code: 'KEY_NOT_SUPPORTED', message: expect.stringContaining('the key derivation 1.2.3.4') });
    const prf = await errorOf(decryptPrivateKey(encrypted(pbkdf2Parameters(integer(1), sequence(oid('2a0305'))), new Uint8Array(16)), 'secret', WHERE));
    expect(prf).toMatchObject({ code: 'KEY_NOT_SUPPORTED', message: expect.stringContaining('the pseudo-random function 1.2.3.5') });
  });

  test('cut off anywhere', async () => {
    for (let length = 0; length < good.length; length++) {
      expect(await codeOf(decryptPrivateKey(good.subarray(0, length), 'secret', WHERE))).toBe('KEY_UNREADABLE');
    }
  });

  test('whatever the damage, it is a CredentialsError or a key', async () => {
    const forms = [good, scryptForm(), pkcs12Form()];
    await fc.assert(fc.asyncProperty(damaged(forms), async (der) => {
      try {
        expect((await decryptPrivateKey(der, 'secret', WHERE))[0]).toBe(0x30);
      } catch (error) {
        expect(error).toBeInstanceOf(CredentialsError);
        expect(['PASSPHRASE_WRONG', 'KEY_UNREADABLE', 'KEY_NOT_SUPPORTED']).toContain((error as CredentialsError).code);
      }
    }), { numRuns: 1000 });
  });

  function scryptForm(): Uint8Array {
    const derived = scryptSync('secret', SALT, 32, { N: 16, r: 1, p: 1 });
    return encrypted(sequence(SCRYPT, sequence(octets(SALT), integer(16), integer(1), integer(1))), aes256(derived, PKCS8));
  }

  function pkcs12Form(): Uint8Array {
    return sequence(sequence(oid('2a864886f70d010c0106'), sequence(octets(SALT), integer(1))), octets(new Uint8Array(144)));
  }
});
