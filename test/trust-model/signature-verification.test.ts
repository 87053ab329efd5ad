/** Tests of verifying one certificate with the key of another. */
import { generateKeyPairSync, KeyObject, sign, X509Certificate } from 'node:crypto';
import { verifyCertificateSignature } from '../../src/trust-model/signature-verification';
import { Certificate, readCertificate } from '../../src/x509';
import { createRootCa, Issued, issueHost, TestKey } from '../support/pki';

const read = ({ der }: Issued) => readCertificate(der);

describe.each<TestKey>(['RSA-2048', 'P-256', 'P-384', 'P-521'])('a signature with %s', (key) => {
  test.each(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const)('and %s is verified as Node verifies it', async (hash) => {
    const ca = await createRootCa('CN=CA', { key });
    const other = await createRootCa('CN=CA', { key });
    const host = await issueHost(ca, 'CN=host', { hash });
    const node = new X509Certificate(host.der);
    expect(verifyCertificateSignature(read(host), read(ca)).verdict).toBe('verified');
    expect(node.verify(new X509Certificate(ca.der).publicKey)).toBe(true);
    expect(verifyCertificateSignature(read(host), read(other)).verdict).toBe('wrong');
    expect(node.verify(new X509Certificate(other.der).publicKey)).toBe(false);
  });
});

test('a key of another kind did not make the signature', async () => {
  const [rsa, ec] = [await createRootCa('CN=CA', { key: 'RSA-2048' }), await createRootCa('CN=CA')];
  expect(verifyCertificateSignature(read(await issueHost(rsa, 'CN=a')), read(ec)).verdict).toBe('wrong');
  expect(verifyCertificateSignature(read(await issueHost(ec, 'CN=a')), read(rsa)).verdict).toBe('wrong');
});

test.each([
  ['Ed25519', { oid: '1.3.101.112', name: 'Ed25519', keyKind: 'Ed25519' }],
  ['RSASSA-PSS', { oid: '1.2.840.113549.1.1.10', name: 'rsassaPss', keyKind: 'RSASSA-PSS' }],
  ['MD2', { oid: '1.2.840.113549.1.1.2', name: 'md2WithRSAEncryption', keyKind: 'RSA', hash: 'MD2' }],
  ['an unknown algorithm', { oid: '1.2.3.4', name: '1.2.3.4' }],
] as const)('a signature with %s is not verified, and named', async (_, signatureAlgorithm) => {
  const ca = read(await createRootCa('CN=CA', { key: 'RSA-2048' }));
  expect(verifyCertificateSignature({ ...ca, signatureAlgorithm }, ca))
    .toEqual({ verdict: 'unsupported', reason: expect.stringContaining(signatureAlgorithm.name) });
});

test('a key that cannot be read is named, and no error', async () => {
  const ca = read(await createRootCa('CN=CA'));
  const broken: Certificate = { ...ca, subjectPublicKeyInfo: ca.subjectPublicKeyInfo.slice(0, 40) };
  expect(verifyCertificateSignature(ca, broken)).toMatchObject({ verdict: 'unsupported', reason: expect.stringMatching(/does not take the issuer's EC key/) });
});

/** ML-DSA-44 as the runtime has it, or why not; the types of Node 20 do not know it. */
function mlDsaKeyPair(): { publicKey: KeyObject; privateKey: KeyObject } | undefined {
  try {
    return (generateKeyPairSync as unknown as (type: string) => { publicKey: KeyObject; privateKey: KeyObject })('ml-dsa-44');
  } catch {
    return undefined;
  }
}

const mlDsa = mlDsaKeyPair();
const ML_DSA_44 = '2.16.840.1.101.3.4.3.17';

/** A certificate as if an ML-DSA-44 key had been certified, and had signed it. */
function mlDsaCertificate(certificate: Certificate, subjectPublicKeyInfo: Uint8Array, signature: Uint8Array): Certificate {
  return {
    ...certificate,
    publicKey: { kind: 'ML-DSA', parameterSet: 'ML-DSA-44' },
    subjectPublicKeyInfo,
    signatureAlgorithm: { oid: ML_DSA_44, name: 'ML-DSA-44', keyKind: 'ML-DSA' },
    signature,
  };
}

// One of the two holds in any runtime, so that nothing is left untested.
if (mlDsa) {
  test('an ML-DSA signature is verified', async () => {
    const ca = read(await createRootCa('CN=CA'));
    const spki = new Uint8Array(mlDsa.publicKey.export({ format: 'der', type: 'spki' }));
    const good = mlDsaCertificate(ca, spki, new Uint8Array(sign(undefined, ca.tbsCertificate, mlDsa.privateKey)));
    expect(verifyCertificateSignature(good, good).verdict).toBe('verified');
    expect(verifyCertificateSignature({ ...good, tbsCertificate: good.tbsCertificate.slice(1) }, good).verdict).toBe('wrong');
  });
} else {
  test('an ML-DSA signature cannot be verified by this runtime, which is said', async () => {
    const ca = read(await createRootCa('CN=CA'));
    // AlgorithmIdentifier of ML-DSA-44 and a key of 1,312 bytes (RFC 9881).
    const spki = Buffer.concat([Buffer.from('30820532300b0609608648016503040311038205210000', 'hex').subarray(0, 22), Buffer.alloc(1312)]);
    const signed = mlDsaCertificate(ca, spki, new Uint8Array(2420));
    expect(verifyCertificateSignature(signed, signed)).toEqual({
      verdict: 'unsupported', reason: `ML-DSA-44 signatures cannot be verified with Node ${process.version}; Node 24.6 and later can`,
    });
  });
}
