/** Tests of the rules that Roles Anywhere has for the certificates of CAs and of hosts. */
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { CertificateFinding, checkCaCertificate, checkEndEntityCertificate, checkValidity } from '../../src/trust-model/certificate-rules';
import { Certificate, PublicKeyKind, readCertificate, SIGNATURE_ALGORITHMS, SignatureAlgorithm } from '../../src/x509';
import { createRootCa, Issued, IssueOptions, issueHost } from '../support/pki';

const { keyCertSign, cRLSign, digitalSignature, keyEncipherment } = x509.KeyUsageFlags;

const rulesOf = (findings: readonly CertificateFinding[]) => findings.map(({ rule }) => rule);

let root: Issued;

beforeAll(async () => {
  root = await createRootCa('CN=Root');
});

async function ca(options: IssueOptions = {}): Promise<Certificate> {
  return readCertificate((await createRootCa('CN=Root', options)).der);
}

async function host(options: IssueOptions = {}, subject = 'CN=onprem01'): Promise<Certificate> {
  return readCertificate((await issueHost(root, subject, options)).der);
}

/** The certificate as if it had been signed in another way. */
function signedWith(certificate: Certificate, oid: string): Certificate {
  const known = SIGNATURE_ALGORITHMS[oid];
  const signatureAlgorithm: SignatureAlgorithm = known ? { oid, ...known } : { oid, name: oid };
  return { ...certificate, signatureAlgorithm };
}

describe('the certificate of a CA', () => {
  test('keeps every rule when it is an ordinary one', async () => {
    expect(checkCaCertificate(await ca())).toEqual([]);
    expect(checkCaCertificate(await ca({ key: 'RSA-2048', hash: 'SHA-512' }))).toEqual([]);
  });

  test('has to be that of a CA', async () => {
    const without = checkCaCertificate(await ca({ basicConstraints: null }));
    const withFalse = checkCaCertificate(await ca({ basicConstraints: { ca: false } }));
    expect(rulesOf(without)).toEqual(['CA_BASIC_CONSTRAINTS']);
    expect(without[0].message).toContain('no basicConstraints extension');
    expect(rulesOf(withFalse)).toEqual(['CA_BASIC_CONSTRAINTS']);
    expect(withFalse[0].message).toContain('use the certificate of its issuer');
  });

  test('has to be allowed to sign certificates', async () => {
    expect(rulesOf(checkCaCertificate(await ca({ keyUsage: null })))).toEqual(['CA_KEY_USAGE']);
    const [finding] = checkCaCertificate(await ca({ keyUsage: cRLSign | digitalSignature }));
    expect(finding.message).toBe('its keyUsage (digitalSignature, cRLSign) does not include keyCertSign');
    expect(checkCaCertificate(await ca({ keyUsage: keyCertSign }))).toEqual([]);
  });
});

describe('the certificate of a host', () => {
  test('keeps every rule when it is an ordinary one, whether basicConstraints are there or not', async () => {
    expect(checkEndEntityCertificate(await host())).toEqual([]);
    expect(checkEndEntityCertificate(await host({ basicConstraints: null }))).toEqual([]);
  });

  test('must not be that of a CA', async () => {
    expect(rulesOf(checkEndEntityCertificate(await host({ basicConstraints: { ca: true } })))).toEqual(['END_ENTITY_IS_CA']);
  });

  test('has to be of version 3', async () => {
    expect(rulesOf(checkEndEntityCertificate({ ...await host(), version: 1 }))).toEqual(['END_ENTITY_VERSION']);
  });

  test('has to be allowed to make digital signatures', async () => {
    expect(rulesOf(checkEndEntityCertificate(await host({ keyUsage: null })))).toEqual(['END_ENTITY_KEY_USAGE']);
    expect(rulesOf(checkEndEntityCertificate(await host({ keyUsage: keyEncipherment })))).toEqual(['END_ENTITY_KEY_USAGE']);
  });

  test('has to have a subject', async () => {
    expect(rulesOf(checkEndEntityCertificate(await host({}, '')))).toEqual(['END_ENTITY_EMPTY_SUBJECT']);
  });

  test('must not have critical extensions that are not evaluated', async () => {
    const odd = await host({ extensions: [new x509.Extension('2.5.29.36', true, Buffer.from([0x30, 0]))] });
    const [finding] = checkEndEntityCertificate(odd);
    expect(finding).toMatchObject({ rule: 'UNKNOWN_CRITICAL_EXTENSION', undocumented: true });
    expect(finding.message).toContain('policyConstraints');
  });
});

describe('the signature of either', () => {
  test.each([
    ['sha1WithRSAEncryption', '1.2.840.113549.1.1.5'],
    ['md5WithRSAEncryption', '1.2.840.113549.1.1.4'],
    ['md2WithRSAEncryption', '1.2.840.113549.1.1.2'],
    ['sha224WithRSAEncryption', '1.2.840.113549.1.1.14'],
    ['ecdsa-with-SHA1', '1.2.840.10045.4.1'],
  ])('is too weak with %s', async (name, oid) => {
    const [finding, ...others] = checkEndEntityCertificate(signedWith(await host(), oid));
    expect(finding.rule).toBe('WEAK_SIGNATURE');
    expect(finding.message).toContain(name);
    expect(others).toEqual([]);
    expect(rulesOf(checkCaCertificate(signedWith(await ca(), oid)))).toEqual(['WEAK_SIGNATURE']);
  });

  test.each([['RSASSA-PSS', '1.2.840.113549.1.1.10'], ['Ed25519', '1.3.101.112'], ['DSA', '2.16.840.1.101.3.4.3.2'], ['an unknown one', '1.2.3.4']])(
    'is not documented with %s, and so refused and marked', async (_, oid) => {
      expect(checkCaCertificate(signedWith(await ca(), oid))).toMatchObject([{ rule: 'UNDOCUMENTED_SIGNATURE', undocumented: true }]);
    });

  test.each([['sha384WithRSAEncryption', '1.2.840.113549.1.1.12'], ['ecdsa-with-SHA512', '1.2.840.10045.4.3.4'], ['ML-DSA-65', '2.16.840.1.101.3.4.3.18']])(
    'is good with %s', async (_, oid) => {
      expect(checkEndEntityCertificate(signedWith(await host(), oid))).toEqual([]);
    });
});

describe('the key of either', () => {
  test('has to be RSA, EC or ML-DSA', async () => {
    const certificate = await host();
    const withKey = (publicKey: PublicKeyKind) => rulesOf(checkEndEntityCertificate({ ...certificate, publicKey }));
    expect(withKey({ kind: 'other', oid: '1.3.101.112' })).toEqual(['UNSUPPORTED_KEY']);
    expect(withKey({ kind: 'ML-DSA', parameterSet: 'ML-DSA-44' })).toEqual([]);
    expect(withKey({ kind: 'RSA', modulusBits: 3072, exponent: 65537n })).toEqual([]);
  });
});

describe('validity', () => {
  const notBefore = new Date('2030-01-01T00:00:00Z');
  const notAfter = new Date('2030-12-31T23:59:59Z');

  test('begins with the first second and ends with the last', async () => {
    const certificate = { ...await host(), notBefore, notAfter };
    const ruleAt = (at: string) => checkValidity(certificate, new Date(at))?.rule;
    expect(ruleAt('2029-12-31T23:59:59.999Z')).toBe('NOT_YET_VALID');
    expect(ruleAt('2030-01-01T00:00:00Z')).toBeUndefined();
    expect(ruleAt('2030-12-31T23:59:59Z')).toBeUndefined();
    expect(ruleAt('2031-01-01T00:00:00Z')).toBe('EXPIRED');
  });
});
