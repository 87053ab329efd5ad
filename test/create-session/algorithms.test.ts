import { createPublicKey, generateKeyPairSync, KeyObject, verify } from 'crypto';
import { CreateSessionError, describeKey, privateKeySigner, signingAlgorithmOf, verifySignature } from '../../src/create-session';
import { PublicKeyKind, readCertificate } from '../../src/x509';
import { createRootCa, issueHost, TestKey } from '../support/pki';

const MESSAGE = new TextEncoder().encode('string to sign');

function pkcs8(key: KeyObject): Uint8Array {
  return key.export({ type: 'pkcs8', format: 'der' });
}

describe('the algorithm follows the key', () => {
  test.each<[PublicKeyKind, string]>([
    [{ kind: 'RSA', modulusBits: 2048, exponent: 65537n }, 'AWS4-X509-RSA-SHA256'],
    [{ kind: 'RSA', modulusBits: 4096, exponent: 3n }, 'AWS4-X509-RSA-SHA256'],
    [{ kind: 'EC', curve: 'P-256' }, 'AWS4-X509-ECDSA-SHA256'],
    [{ kind: 'EC', curve: 'P-384' }, 'AWS4-X509-ECDSA-SHA256'],
    [{ kind: 'EC', curve: 'P-521' }, 'AWS4-X509-ECDSA-SHA256'],
    [{ kind: 'ML-DSA', parameterSet: 'ML-DSA-44' }, 'AWS4-X509-MLDSA'],
    [{ kind: 'ML-DSA', parameterSet: 'ML-DSA-87' }, 'AWS4-X509-MLDSA'],
  ])('%o signs with %s', (publicKey, name) => {
    expect(signingAlgorithmOf(publicKey).name).toBe(name);
  });

  test.each<[PublicKeyKind, string]>([
    [{ kind: 'EC', curve: 'secp256k1' }, 'EC secp256k1'],
    [{ kind: 'EC', curve: 'P-224' }, 'EC P-224'],
    [{ kind: 'other', oid: '1.3.101.112' }, 'Ed25519'],
    [{ kind: 'other', oid: '1.2.840.113549.1.1.10' }, 'RSASSA-PSS'],
    [{ kind: 'other', oid: '1.2.3.4' }, 'a key of algorithm 1.2.3.4'],
  ])('%o is refused by its name', (publicKey, name) => {
    expect(describeKey(publicKey)).toBe(name);
    expect(() => signingAlgorithmOf(publicKey)).toThrow(expect.objectContaining({ code: 'KEY_NOT_SUPPORTED', message: expect.stringContaining(name) }));
  });

  test.each<[TestKey, TestKey, 'SHA-256' | 'SHA-384' | 'SHA-512', string]>([
    ['P-256', 'RSA-2048', 'SHA-512', 'AWS4-X509-ECDSA-SHA256'],
    ['RSA-2048', 'P-384', 'SHA-384', 'AWS4-X509-RSA-SHA256'],
    ['P-521', 'P-256', 'SHA-256', 'AWS4-X509-ECDSA-SHA256'],
  ])('not the certificate\'s own signature: a %s key certified by a %s CA with %s', async (key, caKey, hash, name) => {
    const ca = await createRootCa('CN=Root', { key: caKey });
    const host = readCertificate((await issueHost(ca, 'CN=onprem01', { key, hash })).der);
    expect(signingAlgorithmOf(host.publicKey).name).toBe(name);
  });
});

describe.each<[TestKey, number]>([['P-256', 32], ['P-384', 48], ['P-521', 66], ['RSA-2048', 0], ['RSA-4096', 0]])('%s', (key, coordinateLength) => {
  test('signatures have the form of the wire and verify with the certificate', async () => {
    const host = await issueHost(await createRootCa('CN=Root'), 'CN=onprem01', { key });
    const certificate = readCertificate(host.der);
    const signer = await privateKeySigner(certificate.publicKey, Buffer.from(host.keyPem.replace(/-----.*-----|\n/g, ''), 'base64'));
    const signature = await signer.sign(MESSAGE);
    if (coordinateLength > 0) {
      expect(signature[0]).toBe(0x30);
      expect(signature.length).toBeLessThanOrEqual(2 * coordinateLength + 9);
    }
    expect(await verifySignature(certificate, MESSAGE, signature)).toBe(true);
    expect(await verifySignature(certificate, new Uint8Array(3), signature)).toBe(false);
    // The same through OpenSSL, with SHA-256 whatever the curve.
    expect(verify('sha256', MESSAGE, createPublicKey(host.pem), signature)).toBe(true);
    const other = await signer.sign(MESSAGE, 'SHA-384');
    expect(verify('sha384', MESSAGE, createPublicKey(host.pem), other)).toBe(true);
    expect([await verifySignature(certificate, MESSAGE, other, 'SHA-384'), await verifySignature(certificate, MESSAGE, other)]).toEqual([true, false]);
  });
});

describe('private keys that do not fit are refused without a word about their content', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

  test.each<[string, PublicKeyKind, Uint8Array]>([
    ['an RSA key as EC', { kind: 'EC', curve: 'P-256' }, pkcs8(rsa)],
    ['an EC key as RSA', { kind: 'RSA', modulusBits: 2048, exponent: 65537n }, pkcs8(p256)],
    ['a key of another curve', { kind: 'EC', curve: 'P-384' }, pkcs8(p256)],
    ['half a key', { kind: 'RSA', modulusBits: 2048, exponent: 65537n }, pkcs8(rsa).subarray(0, 300)],
    ['nothing', { kind: 'EC', curve: 'P-256' }, new Uint8Array()],
  ])('%s', async (_, kind, bytes) => {
    const error = await privateKeySigner(kind, bytes).then(() => undefined, (thrown: CreateSessionError) => thrown);
    expect(error).toMatchObject({ code: 'KEY_INVALID', message: `the private key is not a usable ${describeKey(kind)} key` });
    expect(error!.cause).toBeUndefined();
  });
});
