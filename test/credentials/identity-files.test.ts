import { execFile } from 'child_process';
import { createPrivateKey, generateKeyPairSync } from 'crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import * as fc from 'fast-check';
import { verifySignature } from '../../src/create-session/algorithms';
import { CredentialsError } from '../../src/credentials/errors';
import type { Identity } from '../../src/credentials/identity';
import { fileIdentitySource, IdentityFiles, isPkcs12, MISMATCH_REMEDY, Passphrase, readPublicIdentity } from '../../src/credentials/identity-files';
import { keytoolMissing, LEGACY, legacyMissing, run } from '../support/key-tools';
import type { MlDsaOutcomes } from '../support/ml-dsa-identities';
import { createRootCa, issueCa, Issued, issueHost } from '../support/pki';
import { BUN, bunMissing, describeUnless, opensslMissing } from '../support/runtimes';

let folder: string;
let root: Issued;
let intermediate: Issued;
let host: Issued;
let rsaHost: Issued;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'identity-files-'));
  root = await createRootCa('CN=Root');
  intermediate = await issueCa(root, 'CN=Intermediate');
  host = await issueHost(intermediate, 'CN=onprem01');
  rsaHost = await issueHost(root, 'CN=onprem02', { key: 'RSA-2048' });
  writeFileSync(join(folder, 'host.pem'), host.pem);
  writeFileSync(join(folder, 'host.key'), host.keyPem);
  writeFileSync(join(folder, 'rsa.pem'), rsaHost.pem);
  writeFileSync(join(folder, 'rsa.key'), rsaHost.keyPem);
  writeFileSync(join(folder, 'chain.pem'), root.pem + intermediate.pem);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Files in memory, which tests may exchange. */
type Files = Record<string, string | Uint8Array>;

function reader(files: Files) {
  return {
    readFile: async (path: string) => {
      const content = files[path];
      if (content === undefined) {
        throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      }
      return typeof content === 'string' ? new TextEncoder().encode(content) : content;
    },
  };
}

const FILES: IdentityFiles = { certificate: 'host.pem', privateKey: 'host.key' };
const P12: IdentityFiles = { certificate: 'host.p12', privateKey: 'host.p12' };

function read(files: Files, paths: IdentityFiles = FILES, passphrase?: Passphrase): Promise<Identity> {
  return fileIdentitySource(reader(files), paths, passphrase).read();
}

async function errorOf(action: Promise<unknown>): Promise<CredentialsError> {
  const error = await action.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(CredentialsError);
  return error as CredentialsError;
}

async function expectSigns({ certificate, signer }: Identity, issued: Issued): Promise<void> {
  expect(certificate.raw).toEqual(issued.der);
  const message = new TextEncoder().encode('message');
  expect(await verifySignature(certificate, message, await signer.sign(message))).toBe(true);
}

function namesOf({ chain }: Pick<Identity, 'chain'>): string[] {
  return chain.map(({ subject }) => subject.toString());
}

/** Answers one after the other, and counts. */
function asking(...answers: string[]) {
  const asked: string[] = [];
  const passphrase: Passphrase = async (what) => {
    asked.push(what);
    return answers[Math.min(asked.length, answers.length) - 1];
  };
  return { asked, passphrase };
}

function encrypted(issued: Issued, passphrase: string): string {
  return createPrivateKey(issued.keyPem).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string;
}

function pkcs12(passphrase: string, ...flags: readonly string[]): Uint8Array {
  run(folder, 'openssl', 'pkcs12', '-export', '-in', 'host.pem', '-inkey', 'host.key', '-certfile', 'chain.pem', '-out', 'out.p12', '-passout', `pass:${passphrase}`, ...flags);
  return new Uint8Array(readFileSync(join(folder, 'out.p12')));
}

describe('plain files', () => {
  test('an identity says where its parts are', async () => {
    const identity = await read({ 'host.pem': host.pem + intermediate.pem, 'host.key': host.keyPem });
    await expectSigns(identity, host);
    expect({ ...identity, chain: namesOf(identity) }).toMatchObject({ chain: ['CN=Intermediate'], certificateSource: 'host.pem', keySource: 'host.key' });
  });

  test('are read without what opens encrypted ones being loaded, and without anybody being asked', async () => {
    const loaded = jest.fn(() => ({}));
    const { asked, passphrase } = asking('x');
    await jest.isolateModulesAsync(async () => {
      jest.doMock('../../src/credentials/encrypted-files', loaded);
      jest.doMock('../../src/credentials/pkcs12', loaded);
      const fresh = await import('../../src/credentials/identity-files.js');
      const files: Files = { 'host.pem': host.pem, 'host.key': host.keyPem, 'chain.pem': intermediate.pem };
      const source = fresh.fileIdentitySource(reader(files), { ...FILES, intermediates: 'chain.pem' }, passphrase);
      await source.read();
      await source.close();
      expect({ loads: loaded.mock.calls.length, asked }).toEqual({ loads: 0, asked: [] });
      // Whereas here it is loaded, and has nothing in it.
      files['host.key'] = encrypted(host, 'x');
      await expect(source.read()).rejects.toThrow(TypeError);
      expect(loaded).toHaveBeenCalledTimes(1);
    });
    jest.dontMock('../../src/credentials/encrypted-files');
    jest.dontMock('../../src/credentials/pkcs12');
  });

  test('are read anew each time', async () => {
    const files: Files = { 'host.pem': host.pem, 'host.key': host.keyPem };
    const source = fileIdentitySource(reader(files), FILES);
    await expectSigns(await source.read(), host);
    Object.assign(files, { 'host.pem': rsaHost.pem, 'host.key': rsaHost.keyPem });
    await expectSigns(await source.read(), rsaHost);
  });

  test.each([['PKCS#8', 'pkcs8'], ['SEC1', 'sec1']] as const)('a key in DER: %s', async (_, type) => {
    const der = createPrivateKey(host.keyPem).export({ type, format: 'der' });
    await expectSigns(await read({ 'host.pem': host.der, 'host.key': der }), host);
  });

  test('a key in DER: PKCS#1', async () => {
    const der = createPrivateKey(rsaHost.keyPem).export({ type: 'pkcs1', format: 'der' });
    await expectSigns(await read({ 'host.pem': rsaHost.pem, 'host.key': der }), rsaHost);
  });

  test('a key in DER that is so short that its length is a character', async () => {
    const secret = Buffer.from((createPrivateKey(host.keyPem).export({ format: 'jwk' }) as { d: string }).d, 'base64url');
    await expectSigns(await read({ 'host.pem': host.pem, 'host.key': Buffer.from([0x30, 37, 2, 1, 1, 4, 32, ...secret]) }), host);
  });

  test('a key of another kind than the certificate\'s', async () => {
    expect(await errorOf(read({ 'host.pem': host.pem, 'host.key': rsaHost.keyPem }))).toMatchObject({
      code: 'KEY_CERTIFICATE_MISMATCH', message: `the private key in host.key is RSA, and the certificate in host.pem is for EC P-256; ${MISMATCH_REMEDY}`,
    });
  });

  test('a key that is none inside', async () => {
    const der = Buffer.from(createPrivateKey(host.keyPem).export({ type: 'pkcs8', format: 'der' }));
    expect(await errorOf(read({ 'host.pem': host.pem, 'host.key': der.fill(0xff, 36, 68) }))).toMatchObject({
      code: 'KEY_UNREADABLE', message: 'the private key in host.key cannot be used: the private key is not a usable EC P-256 key',
    });
  });

  test.each<[string, Files, Partial<IdentityFiles>, string, RegExp]>([
    ['no certificate', {}, {}, 'FILE_UNREADABLE', /the certificate file host\.pem does not exist/],
    ['no key', { 'host.pem': '-' }, {}, 'FILE_UNREADABLE', /the private key file host\.key does not exist/],
    ['no intermediates', { 'host.pem': '-', 'host.key': '-' }, { intermediates: 'chain.pem' }, 'FILE_UNREADABLE', /the intermediates file chain\.pem does not exist/],
    ['too much', { 'host.pem': new Uint8Array(4 * 1024 * 1024 + 1), 'host.key': '-' }, {}, 'FILE_UNREADABLE', /is larger than 4 MiB/],
    ['DER that is neither certificate nor PKCS#12', { 'host.pem': Buffer.from(`308180${'02017f'.repeat(42)}0500`, 'hex'), 'host.key': '-' }, {}, 'CERTIFICATE_UNREADABLE', /the certificate in host\.pem cannot be read/],
  ])('%s', async (_, files, paths, code, message) => {
    expect(await errorOf(read(files, { ...FILES, ...paths }))).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('certificate and key exchanged', async () => {
    expect(await errorOf(read({ 'host.pem': host.keyPem, 'host.key': host.pem }))).toMatchObject({
      code: 'CERTIFICATE_UNREADABLE', message: 'host.pem holds no certificate (it holds: PRIVATE KEY); are --certificate and --private-key exchanged?',
    });
    expect((await errorOf(read({ 'host.pem': host.pem.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'), 'host.key': host.keyPem })) as Error).message)
      .toBe('host.pem holds no certificate (it holds: CERTIFICATE REQUEST)');
  });

  test.each([['host.pem', ' (relative paths count from the working directory)'], ['/etc/pki/host.pem', '']])('%s that does not exist', async (certificate, hint) => {
    expect(await errorOf(read({ 'host.key': '-' }, { ...FILES, certificate }))).toMatchObject({ message: `the certificate file ${certificate} does not exist${hint}` });
  });

  test('a certificate as key', async () => {
    expect(await errorOf(read({ 'host.pem': host.pem, 'host.key': host.der }))).toMatchObject({
      code: 'KEY_UNREADABLE', message: 'host.key is neither a PEM file nor a private key in DER',
    });
  });
});

describe('certificate and chain alone', () => {
  test('need no key', async () => {
    const identity = await readPublicIdentity(reader({ 'host.pem': host.pem, 'chain.pem': root.pem + host.pem + intermediate.pem }), { certificate: 'host.pem', intermediates: 'chain.pem' });
    expect({ leaf: identity.certificate.subject.toString(), chain: namesOf(identity) }).toEqual({ leaf: 'CN=onprem01', chain: ['CN=Root', 'CN=Intermediate'] });
    expect(Object.keys(identity)).toEqual(['certificate', 'chain']);
  });

  describeUnless(opensslMissing, 'of PKCS#12', () => {
    test('need its passphrase', async () => {
      const files = reader({ 'host.p12': pkcs12('secret') });
      const { asked, passphrase } = asking('secret');
      const identity = await readPublicIdentity(files, { certificate: 'host.p12' }, passphrase);
      expect({ leaf: identity.certificate.subject.toString(), chain: namesOf(identity), asked }).toEqual({
        leaf: 'CN=onprem01', chain: ['CN=Intermediate'], asked: ['the PKCS#12 file host.p12'],
      });
      expect(Object.keys(identity)).toEqual(['certificate', 'chain']);
      expect((await errorOf(readPublicIdentity(files, { certificate: 'host.p12' }))).code).toBe('KEY_ENCRYPTED');
    });
  });
});

describe('an encrypted key', () => {
  const files = (): Files => ({ 'host.pem': host.pem, 'host.key': encrypted(host, 'secret') });

  test('is opened with the passphrase', async () => {
    const { asked, passphrase } = asking('secret');
    await expectSigns(await read(files(), FILES, passphrase), host);
    expect(asked).toEqual(['the private key in host.key']);
  });

  test('in DER as well', async () => {
    const der = createPrivateKey(host.keyPem).export({ type: 'pkcs8', format: 'der', cipher: 'aes-128-cbc', passphrase: 'secret' });
    await expectSigns(await read({ 'host.pem': host.pem, 'host.key': der }, FILES, asking('secret').passphrase), host);
  });

  test('in the file of the certificate as well', async () => {
    const both = { 'host.pem': host.pem + encrypted(host, 'secret') };
    await expectSigns(await read(both, { certificate: 'host.pem', privateKey: 'host.pem' }, asking('secret').passphrase), host);
  });

  test('needs a passphrase', async () => {
    expect(await errorOf(read(files()))).toMatchObject({
      code: 'KEY_ENCRYPTED', message: 'the private key in host.key is encrypted: its passphrase is needed, and there is nobody to ask for it',
    });
  });

  test('has its passphrase asked once, as long as it is right', async () => {
    const { asked, passphrase } = asking('secret', 'not asked for');
    const source = fileIdentitySource(reader(files()), FILES, passphrase);
    await source.read();
    await source.read();
    expect(asked).toHaveLength(1);
  });

  test('has its passphrase asked once by many at the same time', async () => {
    const { asked, passphrase } = asking('secret', 'not asked for');
    const source = fileIdentitySource(reader(files()), FILES, passphrase);
    const identities = await Promise.all(Array.from({ length: 5 }, () => source.read()));
    expect({ asked: asked.length, read: identities.length }).toEqual({ asked: 1, read: 5 });
  });

  test('has its passphrase asked again after a wrong one', async () => {
    const { asked, passphrase } = asking('wrong', 'secret');
    const source = fileIdentitySource(reader(files()), FILES, passphrase);
    expect(await errorOf(source.read())).toMatchObject({ code: 'PASSPHRASE_WRONG', message: 'the passphrase does not open the private key in host.key' });
    await expectSigns(await source.read(), host);
    expect(asked).toHaveLength(2);
  });

  test('that took the place of one with another passphrase has the new one asked at once', async () => {
    const now = files();
    const { asked, passphrase } = asking('secret', 'rotated');
    const source = fileIdentitySource(reader(now), FILES, passphrase);
    await source.read();
    now['host.key'] = encrypted(host, 'rotated');
    await expectSigns(await source.read(), host);
    await source.read();
    expect(asked).toHaveLength(2);
  });

  test('has its passphrase forgotten when the source is closed', async () => {
    const { asked, passphrase } = asking('secret');
    const source = fileIdentitySource(reader(files()), FILES, passphrase);
    await source.read();
    await source.close();
    await source.read();
    expect(asked).toHaveLength(2);
  });

  test('leaves the error of who was asked as it is, and asks again', async () => {
    const answers = [Promise.reject(new RangeError('no terminal')), Promise.resolve('secret')];
    answers[0].catch(() => undefined);
    const source = fileIdentitySource(reader(files()), FILES, () => answers.shift()!);
    await expect(source.read()).rejects.toThrow(new RangeError('no terminal'));
    await expectSigns(await source.read(), host);
  });

  test('of another kind than the certificate\'s', async () => {
    const other = { 'host.pem': host.pem, 'host.key': encrypted(rsaHost, 'secret') };
    expect((await errorOf(read(other, FILES, asking('secret').passphrase))).code).toBe('KEY_CERTIFICATE_MISMATCH');
  });

  test('of a kind that is not taken', async () => {
    const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' });
    expect(await errorOf(read({ 'host.pem': host.pem, 'host.key': key as string }, FILES, asking('secret').passphrase))).toMatchObject({
      code: 'KEY_NOT_SUPPORTED', message: expect.stringContaining('of algorithm Ed25519'),
    });
  });

  test('encrypted in the way from before PKCS#8 is refused without anybody being asked', async () => {
    const key = createPrivateKey(rsaHost.keyPem).export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }) as string;
    const { asked, passphrase } = asking('secret');
    expect(await errorOf(read({ 'host.pem': rsaHost.pem, 'host.key': key }, FILES, passphrase))).toMatchObject({
      code: 'KEY_ENCRYPTED', message: expect.stringContaining('openssl pkcs8 -topk8'),
    });
    expect(asked).toEqual([]);
  });

  describeUnless(opensslMissing, 'of that old way', () => {
    test('is read after what the message says to do', async () => {
      const key = createPrivateKey(rsaHost.keyPem).export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }) as string;
      writeFileSync(join(folder, 'old.key'), key);
      run(folder, 'openssl', 'pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-in', 'old.key', '-out', 'new.key', '-passin', 'pass:secret', '-passout', 'pass:secret');
      const files8 = { 'host.pem': rsaHost.pem, 'host.key': readFileSync(join(folder, 'new.key')) };
      await expectSigns(await read(files8, FILES, asking('secret').passphrase), rsaHost);
    });
  });
});

describeUnless(opensslMissing, 'PKCS#12', () => {
  test('brings certificate, chain and key', async () => {
    const { asked, passphrase } = asking('secret');
    const identity = await read({ 'host.p12': pkcs12('secret') }, P12, passphrase);
    await expectSigns(identity, host);
    expect({ ...identity, chain: namesOf(identity), asked }).toMatchObject({
      chain: ['CN=Intermediate'], certificateSource: 'host.p12', keySource: 'host.p12', asked: ['the PKCS#12 file host.p12'],
    });
  });

  test('without a passphrase asks nobody', async () => {
    const { asked, passphrase } = asking('secret');
    await expectSigns(await read({ 'host.p12': pkcs12('') }, P12, passphrase), host);
    await expectSigns(await read({ 'host.p12': pkcs12('') }, P12), host);
    expect(asked).toEqual([]);
  });

  test('with a passphrase that nobody can be asked for', async () => {
    expect(await errorOf(read({ 'host.p12': pkcs12('secret') }, P12))).toMatchObject({
      code: 'KEY_ENCRYPTED', message: 'the PKCS#12 file host.p12 is encrypted: its passphrase is needed, and there is nobody to ask for it',
    });
  });

  test('has its passphrase asked once, and again after a wrong one', async () => {
    const { asked, passphrase } = asking('wrong', 'secret', 'not asked for');
    const source = fileIdentitySource(reader({ 'host.p12': pkcs12('secret') }), P12, passphrase);
    expect((await errorOf(source.read())).code).toBe('PASSPHRASE_WRONG');
    await source.read();
    await expectSigns(await source.read(), host);
    expect(asked).toHaveLength(2);
  });

  test('has the file of intermediates added to its chain, without repetitions', async () => {
    const files = { 'host.p12': pkcs12(''), 'chain.pem': intermediate.pem + root.pem };
    expect(namesOf(await read(files, { ...P12, intermediates: 'chain.pem' }))).toEqual(['CN=Intermediate', 'CN=Root']);
  });

  test('may leave the key to another file', async () => {
    const files = { 'host.p12': pkcs12('secret'), 'host.key': encrypted(host, 'other') };
    const { asked, passphrase } = asking('secret', 'other');
    const identity = await read(files, { certificate: 'host.p12', privateKey: 'host.key' }, passphrase);
    await expectSigns(identity, host);
    expect({ keySource: identity.keySource, asked }).toEqual({ keySource: 'host.key', asked: ['the PKCS#12 file host.p12', 'the private key in host.key'] });
  });

  test('may bring the key alone', async () => {
    const files = { 'host.pem': host.pem, 'host.p12': pkcs12('secret') };
    const identity = await read(files, { certificate: 'host.pem', privateKey: 'host.p12' }, asking('secret').passphrase);
    await expectSigns(identity, host);
    expect(identity.chain).toEqual([]);
  });

  test('with a key of another kind than a certificate from elsewhere', async () => {
    const files = { 'rsa.pem': rsaHost.pem, 'host.p12': pkcs12('') };
    expect(await errorOf(read(files, { certificate: 'rsa.pem', privateKey: 'host.p12' }))).toMatchObject({
      code: 'KEY_CERTIFICATE_MISMATCH', message: `the private key in host.p12 is EC P-256, and the certificate in rsa.pem is for RSA; ${MISMATCH_REMEDY}`,
    });
  });

  test('without a key, where it is to have one', async () => {
    run(folder, 'openssl', 'pkcs12', '-export', '-nokeys', '-in', 'host.pem', '-out', 'out.p12', '-passout', 'pass:');
    expect(await errorOf(read({ 'host.p12': new Uint8Array(readFileSync(join(folder, 'out.p12'))) }, P12))).toMatchObject({
      code: 'KEY_UNREADABLE', message: 'the PKCS#12 file host.p12 holds no private key',
    });
  });

  test('that is damaged', async () => {
    const begin = [0x30, 0x80, 0x02, 0x01, 0x03];
    expect(await errorOf(read({ 'host.p12': Uint8Array.from([...begin, 0, 0]) }, P12))).toMatchObject({
      code: 'CERTIFICATE_UNREADABLE', message: expect.stringMatching(/^the PKCS#12 file host\.p12 cannot be read: /),
    });
  });

  test('as intermediates is not read', async () => {
    const files = { 'host.pem': host.pem, 'host.key': host.keyPem, 'chain.p12': pkcs12('') };
    expect(await errorOf(read(files, { ...FILES, intermediates: 'chain.p12' }))).toMatchObject({
      code: 'CERTIFICATE_UNREADABLE', message: 'the intermediates file chain.p12 is PKCS#12; name a PEM file of certificates alone',
    });
  });

  test('is told from certificates and keys', () => {
    const der = (keyPem: string) => createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' });
    expect([pkcs12(''), host.der, der(host.keyPem), der(rsaHost.keyPem), Buffer.from(host.pem), new Uint8Array()].map(isPkcs12))
      .toEqual([true, false, false, false, false, false]);
  });
});

describeUnless(keytoolMissing, 'the key stores of Java before PKCS#12', () => {
  const keytool = (...flags: readonly string[]) => run(folder, 'keytool', ...flags);

  test.each(['JKS', 'JCEKS'])('%s is told from other files, and read after what the message says to do', async (type) => {
    const store = join(folder, `${type}.store`);
    keytool('-genkeypair', '-alias', 'host', '-keyalg', 'RSA', '-dname', 'CN=onprem01', '-storetype', type, '-keystore', store, '-storepass', 'secret', '-keypass', 'secret');
    const files = { 'host.pem': host.pem, 'store': new Uint8Array(readFileSync(store)) };
    const message = expect.stringMatching(/^store is not a PEM file: it is a Java key store; make PKCS#12 of it with "keytool -importkeystore/);
    expect(await errorOf(read(files, { certificate: 'store', privateKey: 'store' }))).toMatchObject({ code: 'CERTIFICATE_UNREADABLE', message });
    expect(await errorOf(read(files, { certificate: 'host.pem', privateKey: 'store' }))).toMatchObject({ code: 'KEY_UNREADABLE', message });
    const p12 = `${store}.p12`;
    keytool('-importkeystore', '-srckeystore', store, '-srcstorepass', 'secret', '-destkeystore', p12, '-deststoretype', 'pkcs12', '-deststorepass', 'secret');
    const identity = await read({ 'host.p12': new Uint8Array(readFileSync(p12)) }, P12, asking('secret').passphrase);
    expect(identity.certificate.subject.toString()).toBe('CN=onprem01');
  });
});

test('whatever a file holds, it is an identity or a CredentialsError', async () => {
  const starts = fc.constantFrom('', '3080020103', '30820400020103', '3081', '30820100020100', '-----BEGIN PRIVATE KEY-----\n');
  await fc.assert(fc.asyncProperty(starts, fc.uint8Array({ maxLength: 300 }), async (start, rest) => {
    const content = Buffer.concat([start.startsWith('-') ? Buffer.from(start) : Buffer.from(start, 'hex'), rest]);
    for (const files of [{ 'host.pem': content, 'host.key': host.keyPem }, { 'host.pem': host.pem, 'host.key': content }]) {
      await errorOf(read(files, FILES, asking('x').passphrase));
    }
  }), { numRuns: 500 });
});

describeUnless(bunMissing ?? opensslMissing, 'under Bun, whose cryptography is another', () => {
  const script = (cases: unknown) => `
    const { fileIdentitySource } = require(${JSON.stringify(join(__dirname, '..', '..', 'src', 'credentials', 'identity-files.ts'))});
    const { verifySignature } = require(${JSON.stringify(join(__dirname, '..', '..', 'src', 'create-session', 'algorithms.ts'))});
    const message = new TextEncoder().encode('message');
    const host = { readFile: async (path) => new Uint8Array(require('fs').readFileSync(path)) };
    const outcome = async ([certificate, privateKey, passphrase]) => {
      const { certificate: leaf, signer } = await fileIdentitySource(host, { certificate, privateKey }, async () => passphrase).read();
      return await verifySignature(leaf, message, await signer.sign(message)) ? leaf.subject.toString() : 'another key';
    };
    Promise.all(${JSON.stringify(cases)}.map((one) => outcome(one).catch(({ code, message }) => code ?? message)))
      .then((outcomes) => console.log(JSON.stringify(outcomes)));`;

  /** What files come to: the certificate's subject, or the error's code. */
  async function outcomes(cases: ReadonlyArray<readonly [certificate: string, privateKey: string, passphrase: string]>): Promise<string[]> {
    const output = await new Promise<string>((resolve, reject) => {
      execFile(BUN, ['-e', script(cases)], { cwd: folder, encoding: 'utf8', env: {}, timeout: 60_000 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
    return JSON.parse(output) as string[];
  }

  async function expectOpened(names: readonly string[], files: (name: string) => readonly [string, string]): Promise<void> {
    const right = await outcomes(names.map((name) => [...files(name), 'pässwörd']));
    expect(Object.fromEntries(names.map((name, i) => [name, right[i]]))).toEqual(Object.fromEntries(names.map((name) => [name, 'CN=onprem01'])));
    const wrong = await outcomes(names.map((name) => [...files(name), 'wrong']));
    expect(Object.fromEntries(names.map((name, i) => [name, wrong[i]]))).toEqual(Object.fromEntries(names.map((name) => [name, 'PASSPHRASE_WRONG'])));
  }

  const legacy: readonly string[] = legacyMissing === undefined ? ['PBE-SHA1-3DES', 'PBE-SHA1-2DES', 'PBE-SHA1-RC2-128', 'PBE-SHA1-RC2-40'] : [];

  test('encrypted keys', async () => {
    writeFileSync(join(folder, 'passphrase'), 'pässwörd\n');
    const flags: Readonly<Record<string, readonly string[]>> = {
      ...Object.fromEntries(['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des3'].map((cipher) => [cipher, ['-v2', cipher]])),
      ...Object.fromEntries(['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512', 'SHA512-224', 'SHA512-256'].map((hash) => [hash, ['-v2', 'aes-256-cbc', '-v2prf', `hmacWith${hash}`]])),
      ...Object.fromEntries(legacy.map((scheme) => [scheme, ['-v1', scheme, ...LEGACY]])),
      scrypt: ['-scrypt'],
      large: ['-v2', 'aes-256-cbc', '-scrypt_N', '16384', '-scrypt_r', '8', '-scrypt_p', '4'],
    };
    for (const [name, flagsOfName] of Object.entries(flags)) {
      run(folder, 'openssl', 'pkcs8', '-topk8', '-in', 'host.key', '-out', `${name}.key`, '-passout', 'file:passphrase', ...flagsOfName);
    }
    await expectOpened(Object.keys(flags), (name) => ['host.pem', `${name}.key`]);
  });

  test('PKCS#12', async () => {
    writeFileSync(join(folder, 'passphrase'), 'pässwörd\n');
    const flags: Readonly<Record<string, readonly string[]>> = {
      ...Object.fromEntries(['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512'].map((hash) => [hash, ['-macalg', hash]])),
      ...Object.fromEntries(['AES-128-CBC', 'AES-192-CBC', ...legacy].map((scheme) => [scheme, ['-certpbe', scheme, '-keypbe', scheme, ...(legacy.includes(scheme) ? LEGACY : [])]])),
      nomac: ['-nomac'],
    };
    for (const [name, flagsOfName] of Object.entries(flags)) {
      run(folder, 'openssl', 'pkcs12', '-export', '-in', 'host.pem', '-inkey', 'host.key', '-certfile', 'chain.pem', '-out', `${name}.p12`, '-passout', 'file:passphrase', ...flagsOfName);
    }
    await expectOpened(Object.keys(flags), (name) => [`${name}.p12`, `${name}.p12`]);
  });
});

describeUnless(bunMissing, 'ML-DSA under Bun', () => {
  test('is read in every form that has its seed', async () => {
    const output = await new Promise<string>((resolve, reject) => {
      const program = join(__dirname, '..', 'support', 'ml-dsa-identities.ts');
      execFile(BUN, ['run', program, 'run'], { encoding: 'utf8', env: {}, timeout: 60_000 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
    const expected: MlDsaOutcomes = {
      'seed': 'signs', 'seed and expanded key': 'signs', 'encrypted': 'signs', 'PKCS#12': 'signs', 'expanded key': 'KEY_NOT_SUPPORTED',
    };
    expect(JSON.parse(output)).toEqual([expected, expected, expected]);
  });
});
