/** Tests of path validation: what it accepts, what it refuses by name, and that OpenSSL agrees. */
import 'reflect-metadata';
import { execFileSync, spawnSync } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import fc from 'fast-check';
import { validatePath } from '../../src/trust-model/path-validation';
import { Certificate, readCertificate } from '../../src/x509';
import { createRootCa, Issued, issueCa, issueHost, TestKey } from '../support/pki';
import { describeUnless } from '../support/runtimes';

const NOW = new Date();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const read = ({ der }: { readonly der: Uint8Array }): Certificate => readCertificate(der);

function validate(host: Issued, intermediates: readonly Issued[], anchors: readonly Issued[], at = NOW) {
  return validatePath({ endEntity: read(host), intermediates: intermediates.map(read), anchors: anchors.map(read), at });
}

function failureCodes(validation: ReturnType<typeof validatePath>): string[] {
  return validation.checks.flatMap(({ failures }) => failures.map(({ code }) => code));
}

function statusOf(validation: ReturnType<typeof validatePath>, id: string): string | undefined {
  return validation.checks.find((check) => check.id === id)?.status;
}

/** Certifies the key of one CA by another: a cross-certificate. */
async function crossCertificate(subject: Issued, issuer: Issued, notAfter = new Date(NOW.getTime() + DAY)): Promise<Issued> {
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subject.certificate.subject,
    issuer: issuer.certificate.subject,
    notBefore: new Date(NOW.getTime() - 2 * DAY),
    notAfter,
    publicKey: subject.keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: { ...issuer.keys.privateKey.algorithm, hash: 'SHA-256' } as webcrypto.EcdsaParams,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(subject.keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  });
  return { ...subject, certificate, pem: `${certificate.toString('pem')}\n`, der: new Uint8Array(certificate.rawData) };
}

/** Changes the last byte of the signature. */
function forged(issued: Issued): Issued {
  const der = issued.der.slice();
  der[der.length - 1] ^= 1;
  const base64 = Buffer.from(der).toString('base64').replace(/.{1,64}/g, '$&\n');
  return { ...issued, der, pem: `-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n` };
}

/** DER of NameConstraints that permit the DNS names below example.com. */
const NAME_CONSTRAINTS = Buffer.from('3011a00f300d820b6578616d706c652e636f6d', 'hex');

describe('a path', () => {
  let root: Issued;
  let issuing: Issued;
  let host: Issued;

  beforeAll(async () => {
    root = await createRootCa('C=AU, O=Example, CN=Example Root');
    issuing = await issueCa(root, 'C=AU, O=Example, CN=Example Issuing');
    host = await issueHost(issuing, 'O=Example, CN=onprem01');
  });

  test('from a host straight to a root is valid', async () => {
    const direct = await issueHost(root, 'CN=direct');
    const validation = validate(direct, [], [root]);
    expect(failureCodes(validation)).toEqual([]);
    expect(validation.valid).toBe(true);
    expect(validation.path.map(({ subject }) => subject.toString())).toEqual(['CN=direct', 'CN=Example Root,O=Example,C=AU']);
  });

  test('through an intermediate is valid, and every check says what it saw', () => {
    const validation = validate(host, [issuing], [root]);
    expect(validation.valid).toBe(true);
    expect(validation.checks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'certificate-rules passed', 'chain-length passed', 'path passed', 'ca-rules passed', 'path-length passed', 'validity passed',
    ]);
    expect(validation.checks.every(({ facts }) => facts.length > 0)).toBe(true);
    expect(validation.anchor?.subject.toString()).toBe('CN=Example Root,O=Example,C=AU');
  });

  test('is found whatever the order of the certificates sent along', async () => {
    let issuer = root;
    const chain: Issued[] = [];
    for (let i = 1; i <= 5; i++) {
      issuer = await issueCa(issuer, `CN=Level ${i}`);
      chain.push(issuer);
    }
    const deep = await issueHost(issuer, 'CN=deep');
    const shuffled = [chain[2], chain[0], chain[4], chain[1], chain[3]];
    expect(validate(deep, shuffled, [root]).valid).toBe(true);
    expect(validate(deep, chain, [root]).path).toHaveLength(7);
    expect(failureCodes(validate(deep, chain.slice(1), [root]))).toEqual(['ISSUER_NOT_FOUND']);
  });

  test('may end in an anchor that is itself an intermediate', () => {
    expect(validate(host, [], [issuing]).valid).toBe(true);
    expect(validate(host, [issuing, root], [issuing]).path).toHaveLength(2);
  });

  test('tolerates the anchor and the host itself among the certificates sent along', () => {
    expect(validate(host, [root, issuing, host], [root]).valid).toBe(true);
  });

  test('may end in either certificate of an anchor that is being renewed', async () => {
    const renewed = await createRootCa('C=AU, O=Example, CN=Example Root 2');
    const hostOfRenewed = await issueHost(renewed, 'CN=onprem03');
    expect(validate(host, [issuing], [renewed, root]).valid).toBe(true);
    expect(validate(hostOfRenewed, [], [root, renewed]).valid).toBe(true);
  });

  test('is valid for every kind of key, and with every hash that is strong enough', async () => {
    const kinds: TestKey[] = ['P-256', 'P-384', 'P-521', 'RSA-2048'];
    for (const key of kinds) {
      const ca = await createRootCa(`CN=CA ${key}`, { key });
      for (const hash of ['SHA-256', 'SHA-384', 'SHA-512'] as const) {
        const leaf = await issueHost(ca, `CN=host ${key} ${hash}`, { hash, key: key === 'RSA-2048' ? 'P-256' : 'RSA-2048' });
        expect(validate(leaf, [], [ca]).valid).toBe(true);
      }
    }
  });

  test('is not found where the host is of another CA', async () => {
    const other = await createRootCa('CN=Other Root');
    const outsider = await issueHost(other, 'O=Example, CN=onprem01');
    const validation = validate(outsider, [], [root]);
    expect(failureCodes(validation)).toEqual(['ISSUER_NOT_FOUND']);
    expect(validation.checks.find(({ id }) => id === 'path')?.failures[0].message).toContain('"CN=Other Root", which is neither the trust anchor');
    expect(statusOf(validation, 'ca-rules')).toBe('skipped');
    expect(statusOf(validation, 'validity')).toBe('passed');
  });

  test('is not found where another CA has the same name, and the key identifiers say so', async () => {
    const impostor = await createRootCa('C=AU, O=Example, CN=Example Root');
    const outsider = await issueHost(impostor, 'CN=onprem01');
    const validation = validate(outsider, [impostor], [root]);
    expect(failureCodes(validation)).toEqual(['SIGNATURE_INVALID']);
    expect(failureCodes(validate(outsider, [], [root]))).toEqual(['SIGNATURE_INVALID']);
    expect(validate(outsider, [], [root]).checks[2].failures[0].message).toMatch(/asks for the key with identifier [0-9a-f]{40} and this CA has [0-9a-f]{40}/);
  });

  test('is refused where the signature on the host was tampered with', () => {
    expect(failureCodes(validate(forged(host), [issuing], [root]))).toEqual(['SIGNATURE_INVALID']);
    expect(failureCodes(validate(host, [forged(issuing)], [root]))).toEqual(['SIGNATURE_INVALID']);
  });

  test('is not found where an anchor has no certificate', () => {
    expect(failureCodes(validate(host, [issuing], []))).toEqual(['NO_ANCHOR_CERTIFICATE']);
  });

  test('ends even where CAs have certified each other', async () => {
    const [a, b, c] = await Promise.all(['CN=A', 'CN=B', 'CN=C'].map((name) => createRootCa(name)));
    const pairs = [[a, b], [b, c], [c, a], [b, a], [a, c]] as const;
    const crossed = await Promise.all(pairs.map(([subject, issuer]) => crossCertificate(subject, issuer)));
    const leaf = await issueHost(a, 'CN=leaf');
    expect(failureCodes(validate(leaf, crossed, [root]))).toEqual(['ISSUER_NOT_FOUND']);
    expect(validate(leaf, crossed, [c]).valid).toBe(true);
  });

  test('takes a way round a cross-certificate that has expired', async () => {
    const [old, young] = [await createRootCa('CN=Old Root'), await createRootCa('CN=Young Root')];
    const leaf = await issueHost(young, 'CN=leaf');
    const expired = await crossCertificate(young, old, new Date(NOW.getTime() - DAY));
    const cross = await crossCertificate(young, old);
    expect(failureCodes(validate(leaf, [expired], [old]))).toEqual(['EXPIRED']);
    expect(validate(leaf, [expired, cross], [old]).valid).toBe(true);
    expect(validate(leaf, [cross, expired], [old]).valid).toBe(true);
  });

  test('is refused where an intermediate is not a CA', async () => {
    const notCa = await issueCa(root, 'CN=Not a CA', { basicConstraints: { ca: false } });
    const missing = await issueCa(root, 'CN=Without constraints', { basicConstraints: null });
    const below = await issueHost(notCa, 'CN=below');
    expect(failureCodes(validate(below, [notCa], [root]))).toEqual(['CA_BASIC_CONSTRAINTS']);
    expect(failureCodes(validate(await issueHost(missing, 'CN=below'), [missing], [root]))).toEqual(['CA_BASIC_CONSTRAINTS']);
  });

  test('is refused where a host has issued a certificate', async () => {
    const below = await issueHost(host, 'CN=below');
    expect(failureCodes(validate(below, [host, issuing], [root]))).toEqual(['CA_BASIC_CONSTRAINTS', 'CA_KEY_USAGE']);
  });

  test('is refused where a CA may not sign certificates', async () => {
    const noUsage = await issueCa(root, 'CN=CRLs only', { keyUsage: x509.KeyUsageFlags.cRLSign });
    const notStated = await issueCa(root, 'CN=Not stated', { keyUsage: null });
    expect(failureCodes(validate(await issueHost(noUsage, 'CN=a'), [noUsage], [root]))).toEqual(['CA_KEY_USAGE']);
    expect(failureCodes(validate(await issueHost(notStated, 'CN=b'), [notStated], [root]))).toEqual(['CA_KEY_USAGE']);
  });

  test('is refused where it is longer than a CA allows', async () => {
    const narrowRoot = await createRootCa('CN=Narrow Root', { basicConstraints: { ca: true, pathLength: 0 } });
    const below = await issueCa(narrowRoot, 'CN=Below');
    const validation = validate(await issueHost(below, 'CN=a'), [below], [narrowRoot]);
    expect(failureCodes(validation)).toEqual(['PATH_LENGTH_EXCEEDED']);
    expect(statusOf(validation, 'path-length')).toBe('failed');
    expect(validate(await issueHost(narrowRoot, 'CN=b'), [], [narrowRoot]).valid).toBe(true);
  });

  test('does not count a self-issued certificate in the length', async () => {
    const narrowRoot = await createRootCa('CN=Narrow Root', { basicConstraints: { ca: true, pathLength: 0 } });
    const rolledOver = await issueCa(narrowRoot, 'CN=Narrow Root');
    expect(failureCodes(validate(await issueHost(rolledOver, 'CN=a'), [rolledOver], [narrowRoot]))).toEqual([]);
  });

  test('is refused where host, intermediate or anchor is expired or not yet valid', async () => {
    const future = new Date(NOW.getTime() + 30 * 365 * DAY);
    const validation = validate(host, [issuing], [root], future);
    expect(failureCodes(validation)).toEqual(['EXPIRED', 'EXPIRED', 'EXPIRED']);
    expect(failureCodes(validate(host, [issuing], [root], new Date(0)))).toEqual(['NOT_YET_VALID', 'NOT_YET_VALID', 'NOT_YET_VALID']);
    expect(validation.checks[5].failures[0].message).toContain('"CN=onprem01,O=Example": it expired on');
  });

  test('takes the first and the last moment of validity for valid', () => {
    const { notBefore, notAfter } = read(host);
    const anchorsOf = (at: Date) => failureCodes(validate(host, [issuing], [root], at));
    expect(anchorsOf(notBefore)).toEqual([]);
    expect(anchorsOf(notAfter)).toEqual([]);
    expect(anchorsOf(new Date(notAfter.getTime() + 1))).toEqual(['EXPIRED']);
  });

  test('is refused where a CA has name constraints, marked critical or not', async () => {
    const critical = await issueCa(root, 'CN=Critical', { extensions: [new x509.Extension('2.5.29.30', true, NAME_CONSTRAINTS)] });
    const lax = await issueCa(root, 'CN=Lax', { extensions: [new x509.Extension('2.5.29.30', false, NAME_CONSTRAINTS)] });
    const validation = validate(await issueHost(critical, 'CN=a'), [critical], [root]);
    expect(failureCodes(validation)).toEqual(['UNKNOWN_CRITICAL_EXTENSION']);
    expect(validation.checks[3].failures[0].message).toContain('nameConstraints');
    expect(failureCodes(validate(await issueHost(lax, 'CN=b'), [lax], [root]))).toEqual(['NAME_CONSTRAINTS_NOT_SUPPORTED']);
  });

  test('is refused where a certificate has a critical extension that nobody knows', async () => {
    const odd = await issueHost(root, 'CN=odd', { extensions: [new x509.Extension('1.2.3.4.5', true, Buffer.from([5, 0]))] });
    const validation = validate(odd, [], [root]);
    expect(failureCodes(validation)).toEqual(['UNKNOWN_CRITICAL_EXTENSION']);
    expect(validation.checks[0].failures[0]).toMatchObject({ undocumented: true });
  });

  test('is refused where the host is a CA, may not sign, is signed weakly, or has no subject', async () => {
    const ca = await issueHost(root, 'CN=a', { basicConstraints: { ca: true } });
    const mayNotSign = await issueHost(root, 'CN=b', { keyUsage: x509.KeyUsageFlags.keyEncipherment });
    const weak = await issueHost(root, 'CN=c', { hash: 'SHA-1' });
    const empty = await issueHost(root, '');
    expect([ca, mayNotSign, weak, empty].map((leaf) => failureCodes(validate(leaf, [], [root])))).toEqual([
      ['END_ENTITY_IS_CA'], ['END_ENTITY_KEY_USAGE'], ['WEAK_SIGNATURE'], ['END_ENTITY_EMPTY_SUBJECT'],
    ]);
  });

  test('is refused where more than five certificates come along', async () => {
    const extra = await Promise.all([1, 2, 3, 4, 5].map((i) => issueCa(root, `CN=Extra ${i}`)));
    const validation = validate(host, [issuing, ...extra], [root]);
    expect(failureCodes(validation)).toEqual(['CHAIN_TOO_LONG']);
    expect(validation.valid).toBe(false);
  });

  test('names what a signature algorithm is that this runtime cannot verify', () => {
    const certificate = read(host);
    const endEntity: Certificate = { ...certificate, signatureAlgorithm: { oid: '1.3.101.112', name: 'Ed25519', keyKind: 'Ed25519' } };
    const validation = validatePath({ endEntity, intermediates: [], anchors: [read(issuing)], at: NOW });
    expect(failureCodes(validation)).toEqual(['UNDOCUMENTED_SIGNATURE', 'SIGNATURE_NOT_VERIFIABLE']);
  });

  test('is refused where algorithm and key do not fit, as with an RSA signature said to be ECDSA', async () => {
    const rsaRoot = await createRootCa('CN=RSA Root', { key: 'RSA-2048' });
    const certificate = read(await issueHost(rsaRoot, 'CN=a'));
    const endEntity: Certificate = {
      ...certificate, signatureAlgorithm: { oid: '1.2.840.10045.4.3.2', name: 'ecdsa-with-SHA256', keyKind: 'EC', hash: 'SHA-256' },
    };
    expect(failureCodes(validatePath({ endEntity, intermediates: [], anchors: [read(rsaRoot)], at: NOW }))).toEqual(['SIGNATURE_INVALID']);
  });
});

test('a certificate with any byte changed is never valid, and never an error', async () => {
  const root = await createRootCa('CN=Root');
  const issuing = await issueCa(root, 'CN=Issuing');
  const host = await issueHost(issuing, 'CN=onprem01');
  const anchors = [read(root)];
  fc.assert(fc.property(fc.boolean(), fc.nat(), fc.integer({ min: 1, max: 255 }), (mutateHost, position, change) => {
    const der = (mutateHost ? host : issuing).der.slice();
    // Bits are what is changed here, and nothing else.
    // eslint-disable-next-line no-bitwise
    der[position % der.length] ^= change;
    let mutated: Certificate;
    try {
      mutated = readCertificate(der);
    } catch {
      return;
    }
    const [endEntity, intermediate] = mutateHost ? [mutated, read(issuing)] : [read(host), mutated];
    expect(validatePath({ endEntity, intermediates: [intermediate], anchors, at: NOW }).valid).toBe(false);
  }), { numRuns: 1500 });
});

const opensslVersion = spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
const opensslMissing = /^OpenSSL [3-9]/.test(opensslVersion) ? undefined : `${opensslVersion || 'no openssl'} on the PATH, 3.0 or later is needed`;

describeUnless(opensslMissing, 'OpenSSL as a second opinion', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'path-validation-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function opensslAgrees(host: Issued, intermediates: readonly Issued[], anchors: readonly Issued[], at: Date): boolean {
    const file = (name: string, certificates: readonly Issued[]) => {
      writeFileSync(join(folder, name), certificates.map(({ pem }) => pem).join(''));
      return join(folder, name);
    };
    const untrusted = intermediates.length > 0 ? ['-untrusted', file('untrusted.pem', intermediates)] : [];
    try {
      execFileSync('openssl', [
        'verify', '-partial_chain', '-x509_strict', '-attime', String(Math.floor(at.getTime() / 1000)),
        '-trusted', file('trusted.pem', anchors), ...untrusted, file('host.pem', [host]),
      ], { stdio: 'pipe' });
      return true;
    } catch {
      return false;
    }
  }

  test('agrees on paths that are good and on paths that are bad', async () => {
    const root = await createRootCa('C=AU, O=Example, CN=Example Root');
    const rsaRoot = await createRootCa('O=Example, CN=RSA Root', { key: 'RSA-2048' });
    const one = await issueCa(root, 'CN=One');
    const two = await issueCa(one, 'CN=Two', { key: 'P-384', hash: 'SHA-384' });
    const short = await issueCa(root, 'CN=Short', { basicConstraints: { ca: true, pathLength: 0 } });
    const underShort = await issueCa(short, 'CN=Under Short');
    const notCa = await issueCa(root, 'CN=Not a CA', { basicConstraints: { ca: false } });
    const crlOnly = await issueCa(root, 'CN=CRL only', { keyUsage: x509.KeyUsageFlags.cRLSign });
    const odd = await issueCa(root, 'CN=Odd', { extensions: [new x509.Extension('1.2.3.4.5', true, Buffer.from([5, 0]))] });
    const impostor = await createRootCa('C=AU, O=Example, CN=Example Root');
    const hostOfTwo = await issueHost(two, 'CN=two');
    const later = new Date(NOW.getTime() + 2 * 365 * DAY);
    const cases: Array<[string, Issued, Issued[], Issued[], Date?]> = [
      ['straight to the root', await issueHost(root, 'CN=a'), [], [root]],
      ['RSA', await issueHost(rsaRoot, 'CN=a', { key: 'RSA-2048' }), [], [rsaRoot]],
      ['two intermediates', hostOfTwo, [one, two], [root]],
      ['two intermediates, turned round', hostOfTwo, [two, one], [root]],
      ['anchor is an intermediate', hostOfTwo, [two], [one]],
      ['anchor is the issuer', hostOfTwo, [], [two]],
      ['an intermediate is missing', hostOfTwo, [two], [root]],
      ['the other anchor', hostOfTwo, [one, two], [rsaRoot]],
      ['one of two anchors', hostOfTwo, [one, two], [rsaRoot, root]],
      ['path length kept', await issueHost(short, 'CN=a'), [short], [root]],
      ['path length exceeded', await issueHost(underShort, 'CN=a'), [underShort, short], [root]],
      ['issued by what is no CA', await issueHost(notCa, 'CN=a'), [notCa], [root]],
      ['issued by what may not sign certificates', await issueHost(crlOnly, 'CN=a'), [crlOnly], [root]],
      ['unknown critical extension', await issueHost(odd, 'CN=a'), [odd], [root]],
      ['another CA of the same name', await issueHost(impostor, 'CN=a'), [], [root]],
      ['tampered with', forged(hostOfTwo), [one, two], [root]],
      ['an intermediate tampered with', hostOfTwo, [forged(one), two], [root]],
      ['expired', hostOfTwo, [one, two], [root], later],
      ['before its time', hostOfTwo, [one, two], [root], new Date(NOW.getTime() - 2 * HOUR)],
    ];
    const ours = cases.map(([name, host, intermediates, anchors, at]) => `${name}: ${validate(host, intermediates, anchors, at).valid}`);
    const theirs = cases.map(([name, host, intermediates, anchors, at = NOW]) => `${name}: ${opensslAgrees(host, intermediates, anchors, at)}`);
    expect(ours).toEqual(theirs);
    expect(ours.filter((line) => line.endsWith('true')).length).toBeGreaterThan(6);
    expect(ours.filter((line) => line.endsWith('false')).length).toBeGreaterThan(9);
  });
});
