import { createHmac, createPrivateKey, KeyObject, pbkdf2Sync } from 'crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import * as fc from 'fast-check';
import { choices, toBer } from './ber-forms';
import { RFC_9579_A1 } from './rfc9579-vector';
import { CredentialsError } from '../../src/credentials/errors';
import { identityOf, keyFor, Pkcs12, readPkcs12 } from '../../src/credentials/pkcs12';
import { Certificate, contextTag, DerCursor, encodeElement, readCertificate, Tag } from '../../src/x509';
import { certtoolMissing, keytoolMissing, LEGACY, legacyMissing, run } from '../support/key-tools';
import { createRootCa, issueCa, Issued, issueHost } from '../support/pki';
import { describeUnless, opensslMissing } from '../support/runtimes';
import { damaged } from '../x509/mutations';

const WHERE = 'the PKCS#12 file host.p12';

let folder: string;
let root: Issued;
let lower: Issued;
let upper: Issued;
let host: Issued;
let other: Issued;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pkcs12-'));
  root = await createRootCa('CN=Root');
  upper = await issueCa(root, 'CN=Upper');
  lower = await issueCa(upper, 'CN=Lower');
  host = await issueHost(lower, 'CN=onprem01');
  other = await issueHost(lower, 'CN=onprem02');
  file('host.pem', host.pem);
  file('host.key', host.keyPem);
  file('other.pem', other.pem);
  file('other.key', other.keyPem);
  // Not in the order of the path.
  file('chain.pem', root.pem + upper.pem + lower.pem);
  file('bundle.pem', host.pem + root.pem + upper.pem + lower.pem);
});

afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string | Uint8Array): void {
  writeFileSync(join(folder, name), text);
}

function content(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, name)));
}

/** A file of host, key and chain. `-nomac` has to stand after `-iter` and before `-certpbe`: each takes back what came before. */
function openssl(passphrase: string, ...flags: readonly string[]): Uint8Array {
  file('passphrase', `${passphrase}\n`);
  const inputs = flags.includes('-nokeys') ? [] : ['-inkey', 'host.key'];
  run(folder, 'openssl', 'pkcs12', '-export', '-in', 'host.pem', ...inputs, '-certfile', 'chain.pem', '-out', 'out.p12', '-passout', 'file:passphrase', ...flags);
  return content('out.p12');
}

function privateKey({ keyPem }: Issued): Buffer {
  return createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' });
}

function keyObject(pkcs8: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), type: 'pkcs8', format: 'der' });
}

function nameOf({ subject }: Certificate): string {
  return subject.toString();
}

async function expectHost(bytes: Uint8Array, passphrase: string): Promise<void> {
  const { certificate, chain, key } = await identityOf(await readPkcs12(bytes, passphrase, WHERE), WHERE);
  expect([certificate, ...chain].map(nameOf)).toEqual(['CN=onprem01', 'CN=Lower', 'CN=Upper']);
  expect(certificate.raw).toEqual(host.der);
  expect(keyObject(key!.pkcs8).equals(createPrivateKey(host.keyPem))).toBe(true);
}

async function errorOf(action: Promise<unknown>): Promise<CredentialsError> {
  const error = await action.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(CredentialsError);
  return error as CredentialsError;
}

async function expectOpened(bytes: Uint8Array, passphrase: string): Promise<void> {
  await expectHost(bytes, passphrase);
  for (const wrong of [`${passphrase}x`, passphrase === '' ? ' ' : '']) {
    expect(await errorOf(readPkcs12(bytes, wrong, WHERE))).toMatchObject({
      code: 'PASSPHRASE_WRONG', message: 'the passphrase does not open the PKCS#12 file host.p12',
    });
  }
}

/** The content of a file that has no MAC, for a MAC to be made. */
function authenticatedSafe(pfx: Uint8Array): Uint8Array {
  const cursor = DerCursor.over(pfx, Tag.SEQUENCE, 'PFX');
  cursor.next(Tag.INTEGER, 'version');
  const info = cursor.enter(Tag.SEQUENCE, 'authSafe');
  info.next(Tag.OBJECT_IDENTIFIER, 'contentType');
  const inner = info.enter(contextTag(0), 'content');
  return inner.content(inner.next(Tag.OCTET_STRING, 'data'));
}

function withMac(pfx: Uint8Array, macData: Uint8Array): Uint8Array {
  const cursor = DerCursor.over(pfx, Tag.SEQUENCE, 'PFX');
  return encodeElement(Tag.SEQUENCE, cursor.content(cursor.element), macData);
}

const oid = (hex: string) => encodeElement(Tag.OBJECT_IDENTIFIER, Buffer.from(hex, 'hex'));
const sequence = (...parts: Uint8Array[]) => encodeElement(Tag.SEQUENCE, ...parts);
const octets = (bytes: Uint8Array) => encodeElement(Tag.OCTET_STRING, bytes);
const integer = (...bytes: number[]) => encodeElement(Tag.INTEGER, Uint8Array.from(bytes));

/** MacData with PBMAC1 (RFC 9579). */
function pbmac1(
  message: Uint8Array, passphrase: string, hmac: readonly [string, string], prf: readonly [string, string], keyLength: readonly number[],
): Uint8Array {
  const salt = Buffer.from('saltsalt');
  const key = pbkdf2Sync(passphrase, salt, 100, keyLength[0] ?? 32, prf[0]);
  const derivation = sequence(oid('2a864886f70d01050c'), sequence(octets(salt), integer(100), ...keyLength.map((length) => integer(length)), sequence(oid(prf[1]))));
  const algorithm = sequence(oid('2a864886f70d01050e'), sequence(derivation, sequence(oid(hmac[1]))));
  return sequence(sequence(algorithm, octets(createHmac(hmac[0], key).update(message).digest())), octets(Buffer.from('NOT USED')), integer(1));
}

describe('the vector of RFC 9579 appendix A.1', () => {
  test('is opened with its passphrase only', async () => {
    const contents = await readPkcs12(RFC_9579_A1, '1234', WHERE);
    const { certificate, key, chain } = await identityOf(contents, WHERE);
    expect({ subject: certificate.subject.toString(), chain }).toEqual({ subject: 'CN=tt,OU=rr,O=ee,L=ww,ST=qq,C=XX', chain: [] });
    expect(keyObject(key!.pkcs8).asymmetricKeyType).toBe('rsa');
    expect((await errorOf(readPkcs12(RFC_9579_A1, '1235', WHERE))).code).toBe('PASSPHRASE_WRONG');
  });

  // The last octets are those of the MAC (32), then salt and iterations of MacData, which mean nothing.
  test('every octet of its MAC matters', async () => {
    for (const fromEnd of [14, 30, 45]) {
      const changed = Uint8Array.from(RFC_9579_A1);
      changed[changed.length - fromEnd] ^= 1;
      expect((await errorOf(readPkcs12(changed, '1234', WHERE))).code).toBe('PASSPHRASE_WRONG');
    }
  });
});

describeUnless(opensslMissing, 'files that OpenSSL writes', () => {
  test('as it does without being told anything else', async () => {
    await expectOpened(openssl('secret'), 'secret');
  });

  test.each(['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'DES-EDE3-CBC', 'PBE-SHA1-3DES', 'PBE-SHA1-2DES'])('encrypted with %s', async (scheme) => {
    await expectOpened(openssl('secret', '-keypbe', scheme, '-certpbe', scheme), 'secret');
  });

  test.each(['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512', 'SHA512-224', 'SHA512-256'])('with a MAC of %s', async (hash) => {
    await expectOpened(openssl('secret', '-macalg', hash), 'secret');
  });

  test('with a MAC of one iteration, which is left out then', async () => {
    await expectOpened(openssl('secret', '-nomaciter'), 'secret');
  });

  test('without a MAC', async () => {
    // OpenSSL leaves certificates open then, unless it is told.
    await expectOpened(openssl('secret', '-nomac'), 'secret');
    await expectOpened(openssl('secret', '-nomac', '-certpbe', 'AES-256-CBC'), 'secret');
  });

  test('where only the key is encrypted', async () => {
    await expectOpened(openssl('secret', '-certpbe', 'NONE'), 'secret');
    await expectOpened(openssl('secret', '-certpbe', 'NONE', '-nomac'), 'secret');
  });

  test('where nothing is encrypted, but for a MAC', async () => {
    await expectOpened(openssl('secret', '-certpbe', 'NONE', '-keypbe', 'NONE'), 'secret');
  });

  test('where nothing is protected, any passphrase opens it', async () => {
    const bytes = openssl('secret', '-certpbe', 'NONE', '-keypbe', 'NONE', '-nomac');
    await expectHost(bytes, '');
    await expectHost(bytes, 'whatever');
  });

  test.each(['', ' ', 'pässwörd €', '𝄞 clef', 'a'.repeat(500)])('whatever the passphrase: %j', async (passphrase) => {
    await expectOpened(openssl(passphrase), passphrase);
    await expectOpened(openssl(passphrase, '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'SHA1'), passphrase);
  });

  test('iterations in several places count together', async () => {
    // Certificates and key ask for 2,600,000 each, of the 5,000,000 that a file gets.
    expect(await errorOf(readPkcs12(openssl('secret', '-iter', '2600000', '-nomac', '-certpbe', 'AES-256-CBC'), 'secret', WHERE))).toMatchObject({
      code: 'KEY_NOT_SUPPORTED', message: expect.stringContaining('with 2600000 iterations of PBKDF2, and more than 5000000 in a file are refused'),
    });
  });

  test('names of entries are read', async () => {
    const { certificates, keys } = await readPkcs12(openssl('secret', '-name', 'Größe'), 'secret', WHERE);
    const named = certificates.find(({ certificate }) => certificate.subject.toString() === 'CN=onprem01');
    expect(named!.friendlyName).toBe('Größe');
    expect(keys).toEqual([expect.objectContaining({ friendlyName: 'Größe', localKeyId: named!.localKeyId })]);
  });

  describeUnless(legacyMissing, 'with its old algorithms', () => {
    test('as OpenSSL 1 did', async () => {
      await expectOpened(openssl('secret', '-legacy'), 'secret');
      await expectOpened(openssl('', '-legacy'), '');
    });

    test.each(['PBE-SHA1-RC2-40', 'PBE-SHA1-RC2-128'])('encrypted with %s', async (scheme) => {
      await expectOpened(openssl('secret', '-keypbe', scheme, '-certpbe', scheme, ...LEGACY), 'secret');
    });

    test('RC4 is refused by name, with the way out', async () => {
      expect(await errorOf(readPkcs12(openssl('secret', '-keypbe', 'PBE-SHA1-RC4-128', ...LEGACY), 'secret', WHERE))).toMatchObject({
        code: 'KEY_NOT_SUPPORTED',
        message: 'the PKCS#12 file host.p12 is protected with pbeWithSHAAnd128BitRC4, which is not read here; '
          + 'convert it to PEM with "openssl pkcs12 -legacy -in FILE -out NEW.pem"',
      });
    });

    test('that way out works', async () => {
      file('rc4.p12', openssl('secret', '-keypbe', 'PBE-SHA1-RC4-128', ...LEGACY));
      run(folder, 'openssl', 'pkcs12', '-legacy', '-in', 'rc4.p12', '-out', 'rc4.pem', '-passin', 'pass:secret', '-passout', 'pass:secret');
      expect(content('rc4.pem').length).toBeGreaterThan(1000);
    });
  });
});

describeUnless(opensslMissing, 'PBMAC1', () => {
  const SHA256 = ['sha256', '2a864886f70d0209'] as const;
  const SHA512 = ['sha512', '2a864886f70d020b'] as const;
  const SHA1 = ['sha1', '2a864886f70d0207'] as const;

  test.each([
    ['SHA-256 and SHA-512', SHA256, SHA512, 32], ['SHA-512', SHA512, SHA512, 64], ['SHA-512 and SHA-1, with a short key', SHA512, SHA1, 20],
  ] as const)('with %s', async (_, hmac, prf, keyLength) => {
    const bytes = openssl('pässwörd', '-nomac');
    await expectOpened(withMac(bytes, pbmac1(authenticatedSafe(bytes), 'pässwörd', hmac, prf, [keyLength])), 'pässwörd');
  });

  test('without a key length is malformed (RFC 9579 section 4)', async () => {
    const bytes = openssl('secret', '-nomac');
    const error = await errorOf(readPkcs12(withMac(bytes, pbmac1(authenticatedSafe(bytes), 'secret', SHA256, SHA256, [])), 'secret', WHERE));
    expect(error).toMatchObject({ code: 'CERTIFICATE_UNREADABLE', message: expect.stringContaining('keyLength is missing') });
  });

  test('with a hash that is not known names it', async () => {
    const bytes = openssl('secret', '-nomac');
    const error = await errorOf(readPkcs12(withMac(bytes, pbmac1(authenticatedSafe(bytes), 'secret', ['md5', '2a030405'], SHA256, [32])), 'secret', WHERE));
    expect(error).toMatchObject({ code: 'KEY_NOT_SUPPORTED', message: expect.stringContaining('a MAC of algorithm 1.2.3.4.5') });
  });
});

describeUnless(certtoolMissing, 'files that GnuTLS writes', () => {
  const certtool = (...flags: readonly string[]) => {
    run(folder, 'certtool', '--to-p12', '--load-privkey', 'host.key', '--load-certificate', 'bundle.pem', '--p12-name', 'x', '--outder', '--outfile', 'out.p12', ...flags);
    return content('out.p12');
  };

  // It gives the passphrase 600,000 iterations, which takes its time on a busy machine.
  const TIMEOUT = 180_000;

  test('with a passphrase', async () => {
    await expectHost(certtool('--password', 'secret'), 'secret');
  }, TIMEOUT);

  test('with an empty passphrase', async () => {
    await expectHost(certtool('--empty-password'), '');
  }, TIMEOUT);

  test('with none at all, which is another thing', async () => {
    await expectHost(certtool('--null-password'), '');
  }, TIMEOUT);
});

describeUnless(keytoolMissing, 'files that Java writes', () => {
  const keytool = (...flags: readonly string[]) => run(folder, 'keytool', ...flags, '-storepass', 'secret', '-keystore', 'java.p12', '-storetype', 'PKCS12');

  beforeEach(() => rmSync(join(folder, 'java.p12'), { force: true }));

  test.each([['today', []], ['before Java 16', ['-J-Dkeystore.pkcs12.legacy']]])('%s', async (_, flags) => {
    keytool('-genkeypair', '-alias', 'host', '-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', 'CN=onprem01', ...flags);
    const contents = await readPkcs12(content('java.p12'), 'secret', WHERE);
    const { certificate, key } = await identityOf(contents, WHERE);
    expect(certificate.subject.toString()).toBe('CN=onprem01');
    expect(key).toMatchObject({ friendlyName: 'host' });
    expect(keyObject(key!.pkcs8).asymmetricKeyType).toBe('ec');
    expect((await errorOf(readPkcs12(content('java.p12'), 'wrong!', WHERE))).code).toBe('PASSPHRASE_WRONG');
  });

  test('a store that was imported from OpenSSL, with a trusted certificate and a secret key beside it', async () => {
    file('imported.p12', openssl('secret', '-name', 'host'));
    keytool('-importkeystore', '-srckeystore', 'imported.p12', '-srcstoretype', 'PKCS12', '-srcstorepass', 'secret');
    file('other.crt', other.pem);
    keytool('-importcert', '-noprompt', '-alias', 'trusted', '-file', 'other.crt');
    keytool('-genseckey', '-alias', 'mac', '-keyalg', 'AES', '-keysize', '256');
    await expectHost(content('java.p12'), 'secret');
  });

  test('two keys cannot be told apart; both are named', async () => {
    keytool('-genkeypair', '-alias', 'first', '-keyalg', 'EC', '-dname', 'CN=onprem01');
    keytool('-genkeypair', '-alias', 'second', '-keyalg', 'EC', '-dname', 'CN=onprem02');
    const contents = await readPkcs12(content('java.p12'), 'secret', WHERE);
    expect(await errorOf(identityOf(contents, WHERE))).toMatchObject({
      code: 'KEY_UNREADABLE', message: 'the PKCS#12 file host.p12 holds 2 private keys with certificates (first, second); leave only one of them',
    });
    // Where the certificate came from elsewhere, it says which key is meant.
    for (const { certificate, friendlyName } of contents.certificates) {
      expect((await keyFor(certificate, contents, WHERE)).friendlyName).toBe(friendlyName);
    }
    expect(await errorOf(keyFor(readCertificate(host.der), contents, WHERE))).toMatchObject({
      code: 'KEY_CERTIFICATE_MISMATCH', message: 'none of the 2 private keys in the PKCS#12 file host.p12 belongs to the certificate',
    });
  });
});

describeUnless(opensslMissing, 'BER', () => {
  /** Contents that are DER, but for certificates, which have to stay. */
  const inside = (bytes: Uint8Array) => bytes.length > 200 && bytes[0] === Tag.SEQUENCE
    && ![host, lower, upper, root].some(({ der }) => Buffer.from(bytes).equals(der));

  test('around a MAC, whose message is the string put together', async () => {
    const der = openssl('secret');
    await fc.assert(fc.asyncProperty(choices, async (start) => {
      await expectHost(toBer(der, start()), 'secret');
    }), { numRuns: 10 });
  });

  test('all the way down', async () => {
    const der = openssl('secret', '-certpbe', 'NONE', '-iter', '1', '-nomac');
    await fc.assert(fc.asyncProperty(choices, async (start) => {
      await expectHost(toBer(der, start(), { inside, implicitStrings: [contextTag(0, false)] }), 'secret');
    }), { numRuns: 40 });
  });

  test('encrypted content in pieces', async () => {
    const der = openssl('secret', '-iter', '1', '-nomac', '-certpbe', 'AES-256-CBC');
    expect(Buffer.from(der).includes(Buffer.from('2a864886f70d010706', 'hex'))).toBe(true);
    await fc.assert(fc.asyncProperty(choices, async (start) => {
      await expectHost(toBer(der, start(), { inside, implicitStrings: [contextTag(0, false)] }), 'secret');
    }), { numRuns: 30 });
  });

  test('OpenSSL reads those files as well', () => {
    const numbers = Array.from({ length: 100 }, (_, i) => (i * 37) % 251);
    let next = 0;
    file('ber.p12', toBer(openssl('secret'), () => numbers[next++ % numbers.length], { implicitStrings: [contextTag(0, false)] }));
    expect(run(folder, 'openssl', 'pkcs12', '-in', 'ber.p12', '-passin', 'pass:secret', '-nodes').toString()).toContain('BEGIN PRIVATE KEY');
  });
});

describeUnless(opensslMissing, 'which certificate it is', () => {
  const UNPROTECTED = ['-certpbe', 'NONE', '-keypbe', 'NONE', '-nomac'] as const;
  const LOCAL_KEY_ID = Buffer.from('2a864886f70d010915', 'hex');

  /** Makes of the attribute localKeyID, in its n-th place, one that nobody knows. */
  function withoutLocalKeyId(bytes: Uint8Array, ...places: readonly number[]): Uint8Array {
    const changed = Buffer.from(bytes);
    let offset = -1;
    for (let place = 0; (offset = changed.indexOf(LOCAL_KEY_ID, offset + 1)) !== -1; place++) {
      if (places.includes(place)) {
        changed[offset + LOCAL_KEY_ID.length - 1] = 0x63;
      }
    }
    return changed;
  }

  async function identity(bytes: Uint8Array) {
    return identityOf(await readPkcs12(bytes, '', WHERE), WHERE);
  }

  test('where neither key nor certificate has an identifier, the public key tells', async () => {
    const bytes = withoutLocalKeyId(openssl('secret', ...UNPROTECTED), 0, 1);
    expect((await readPkcs12(bytes, '', WHERE)).keys).toEqual([{ pkcs8: new Uint8Array(privateKey(host)) }]);
    await expectHost(bytes, '');
  });

  test.each([0, 1])('and where one of them has none, too (%d)', async (place) => {
    await expectHost(withoutLocalKeyId(openssl('secret', ...UNPROTECTED), place), '');
  });

  test('a key without its certificate', async () => {
    const contents = await readPkcs12(openssl('secret', ...UNPROTECTED), '', WHERE);
    const certificates = contents.certificates.filter(({ certificate }) => certificate.subject.toString() !== 'CN=onprem01');
    expect(await errorOf(identityOf({ ...contents, certificates }, WHERE))).toMatchObject({
      code: 'KEY_CERTIFICATE_MISMATCH', message: 'the PKCS#12 file host.p12 holds no certificate that belongs to its private key',
    });
  });

  test('a key that this runtime cannot read goes with the one that issued none of the others', async () => {
    const contents = await readPkcs12(openssl('secret', ...UNPROTECTED), '', WHERE);
    const key = { pkcs8: sequence(integer(0), sequence(oid('2a0304')), octets(new Uint8Array(1))) };
    const { certificate, key: found } = await identityOf({ ...contents, keys: [key] }, WHERE);
    expect({ certificate: nameOf(certificate), found }).toEqual({ certificate: 'CN=onprem01', found: key });
    // Of several such keys, none is taken.
    expect((await errorOf(identityOf({ ...contents, keys: [key, key] }, WHERE))).code).toBe('KEY_CERTIFICATE_MISMATCH');
  });

  test('without a key, it is the one that issued none of the others', async () => {
    const { certificate, chain, key } = await identity(openssl('secret', ...UNPROTECTED, '-nokeys'));
    expect({ names: [certificate, ...chain].map(nameOf), key }).toEqual({ names: ['CN=onprem01', 'CN=Lower', 'CN=Upper'], key: undefined });
  });

  test('without a key and with two hosts, there is no telling', async () => {
    file('hosts.pem', host.pem + other.pem);
    run(folder, 'openssl', 'pkcs12', '-export', '-in', 'hosts.pem', '-nokeys', '-out', 'out.p12', '-passout', 'pass:', ...UNPROTECTED);
    expect(await errorOf(identity(content('out.p12')))).toMatchObject({
      code: 'CERTIFICATE_UNREADABLE', message: expect.stringContaining('holds 2 certificates that issued none of the others, and no key that tells which of them'),
    });
  });

  test('a file without a certificate', async () => {
    run(folder, 'openssl', 'pkcs12', '-export', '-nocerts', '-inkey', 'host.key', '-out', 'out.p12', '-passout', 'pass:', ...UNPROTECTED);
    expect(await errorOf(identity(content('out.p12')))).toMatchObject({ code: 'CERTIFICATE_UNREADABLE', message: 'the PKCS#12 file host.p12 holds no certificate' });
  });

  test('a file without a key has none for a certificate from elsewhere', async () => {
    const contents = await readPkcs12(openssl('secret', ...UNPROTECTED, '-nokeys'), '', WHERE);
    expect(await errorOf(keyFor(readCertificate(host.der), contents, WHERE))).toMatchObject({ code: 'KEY_UNREADABLE', message: 'the PKCS#12 file host.p12 holds no private key' });
  });

  test('of two issuers of the same name, the one whose key it is', async () => {
    const renewed = await issueCa(upper, 'CN=Lower');
    const entries = [renewed, lower, upper, root, host].map(({ der }) => ({ certificate: readCertificate(der) }));
    const { chain } = await identityOf({ certificates: entries, keys: [{ pkcs8: privateKey(host) }] }, WHERE);
    expect(chain.map(({ raw }) => raw)).toEqual([lower.der, upper.der]);
  });

  test('issuers that issued one another end the chain', async () => {
    const a = await issueCa(root, 'CN=A');
    const crossed = await issueCa({ ...a, certificate: a.certificate }, 'CN=B');
    const back = await issueCa(crossed, 'CN=A');
    const leaf = await issueHost(back, 'CN=leaf');
    const entries = [leaf, back, crossed].map(({ der }) => ({ certificate: readCertificate(der) }));
    const { chain } = await identityOf({ certificates: entries, keys: [{ pkcs8: privateKey(leaf) }] }, WHERE);
    expect(chain.map(({ subject }) => subject.toString())).toEqual(['CN=A', 'CN=B']);
  });
});

describe('what is no PKCS#12 file of this kind', () => {
  const DATA = '2a864886f70d010701';
  const pfx = (version: number, contentType: string, inner: Uint8Array) => (
    sequence(integer(version), sequence(oid(contentType), encodeElement(contextTag(0), inner)))
  );
  const safe = (...contentInfos: Uint8Array[]) => pfx(3, DATA, octets(sequence(...contentInfos)));
  const bag = (type: string, value: Uint8Array, ...attributes: Uint8Array[]) => safe(
    sequence(oid(DATA), encodeElement(contextTag(0), octets(sequence(sequence(oid(type), encodeElement(contextTag(0), value), ...attributes))))));

  test.each<[string, Uint8Array, string, RegExp]>([
    ['a signed file', pfx(3, '2a864886f70d010702', sequence()), 'KEY_NOT_SUPPORTED', /a signature instead of a MAC, which is not read here; convert it/],
    ['another content', pfx(3, '2a0304', sequence()), 'KEY_NOT_SUPPORTED', /content of type 1\.2\.3\.4/],
    ['another version', pfx(4, DATA, octets(sequence())), 'KEY_NOT_SUPPORTED', /PKCS#12 of version 4/],
    ['enveloped data', safe(sequence(oid('2a864886f70d010703'), encodeElement(contextTag(0), sequence()))), 'KEY_NOT_SUPPORTED', /content of type 1\.2\.840\.113549\.1\.7\.3/],
    ['a certificate that is none', bag('2a864886f70d010c0a0103', sequence(oid('2a864886f70d01091601'), encodeElement(contextTag(0), octets(sequence())))),
      'CERTIFICATE_UNREADABLE', /^certificate 1 in the PKCS#12 file host\.p12 cannot be read: /],
    ['nothing', new Uint8Array(), 'CERTIFICATE_UNREADABLE', /^the PKCS#12 file host\.p12 cannot be read: /],
    ['an end after the version', sequence(integer(3)), 'CERTIFICATE_UNREADABLE', /cannot be read/],
    ['more than belongs there', sequence(integer(3), sequence(oid(DATA), encodeElement(contextTag(0), octets(sequence()))), sequence(), integer(1)), 'CERTIFICATE_UNREADABLE', /cannot be read/],
    ['a MAC that would keep a host busy', withMac(safe(), sequence(sequence(sequence(oid('2b0e03021a')), octets(new Uint8Array(20))), octets(new Uint8Array(8)), integer(0x7f, 0xff, 0xff, 0xff))),
      'KEY_NOT_SUPPORTED', /2147483647 iterations of the key derivation of PKCS#12, and more than 2000000/],
  ])('%s', async (_, bytes, code, message) => {
    expect(await errorOf(readPkcs12(bytes, '', WHERE))).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test.each<[string, Uint8Array]>([
    ['a revocation list', bag('2a864886f70d010c0a0104', sequence())],
    ['a secret', bag('2a864886f70d010c0a0105', sequence())],
    ['a certificate of another kind', bag('2a864886f70d010c0a0103', sequence(oid('2a864886f70d01091602'), encodeElement(contextTag(0), octets(sequence()))))],
    ['an empty file', safe()],
    ['bags in a bag', bag('2a864886f70d010c0a0106', sequence(sequence(oid('2a864886f70d010c0a0104'), encodeElement(contextTag(0), sequence()))))],
  ])('%s is passed over', async (_, bytes) => {
    expect(await readPkcs12(bytes, '', WHERE)).toEqual({ certificates: [], keys: [] });
  });

  test('attributes of another form than theirs are passed over', async () => {
    const attributes = encodeElement(Tag.SET,
      sequence(oid('2a864886f70d010915'), encodeElement(Tag.SET, integer(1))),
      sequence(oid('2a864886f70d010914'), encodeElement(Tag.SET)));
    const key = sequence(integer(0), sequence(oid('2a0304')), octets(new Uint8Array(1)));
    expect((await readPkcs12(bag('2a864886f70d010c0a0101', key, attributes), '', WHERE)).keys).toEqual([{ pkcs8: key }]);
  });
});

describeUnless(opensslMissing, 'damaged files', () => {
  const CODES = ['PASSPHRASE_WRONG', 'CERTIFICATE_UNREADABLE', 'KEY_NOT_SUPPORTED', 'KEY_UNREADABLE', 'KEY_CERTIFICATE_MISMATCH'];

  async function outcome(bytes: Uint8Array): Promise<string> {
    let contents: Pkcs12;
    try {
      contents = await readPkcs12(bytes, 'secret', WHERE);
      await identityOf(contents, WHERE);
      return 'read';
    } catch (error) {
      expect(error).toBeInstanceOf(CredentialsError);
      return (error as CredentialsError).code;
    }
  }

  test('cut off anywhere', async () => {
    const bytes = openssl('secret', '-iter', '1', '-maciter');
    for (let length = 0; length < bytes.length; length += 23) {
      expect(await outcome(bytes.subarray(0, length))).toBe('CERTIFICATE_UNREADABLE');
    }
  });

  test('whatever the damage, it is a CredentialsError or a file that is read', async () => {
    const files = [
      openssl('secret', '-certpbe', 'NONE', '-keypbe', 'NONE', '-nomac'),
      openssl('secret', '-iter', '1', '-nomaciter'),
      openssl('secret', '-iter', '1', '-nomac', '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES'),
      RFC_9579_A1,
    ];
    await fc.assert(fc.asyncProperty(damaged(files), async (bytes) => {
      expect(['read', ...CODES]).toContain(await outcome(bytes));
    }), { numRuns: 600 });
  });
});
