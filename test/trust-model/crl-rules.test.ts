/** Tests of what has to hold before a revocation list is imported, and of the order of lists. */
import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import * as x509 from '@peculiar/x509';
import { checkCrl, compareCrls, CrlCheckInput, CrlFinding, CrlRule, MAX_CRL_PEM_BYTES, verifyCrlSignature } from '../../src/trust-model/crl-rules';
import { Certificate, CertificateRevocationList, encodePem, readCertificate, readCrl, readCrls, SIGNATURE_ALGORITHMS } from '../../src/x509';
import {
  authorityKeyIdentifier, CrlParts, crlExtensions, crlNumber, entries, entry, manyEntries, reason, signCrl, time,
} from '../support/crl-builder';
import { createRootCa, Issued, issueCa } from '../support/pki';
import { describeUnless } from '../support/runtimes';
import {
  commonName, explicit, extension, hex, implicit, integer, NOTHING, NULL, sequence, TRUE, utcTime,
} from '../x509/certificate-builder';
import { openssl, opensslVersion } from '../x509/openssl';

const NOW = new Date('2030-06-01T12:00:00Z');
const DAY = 86_400_000;
const MINUTE = 60_000;
const ISSUING_DISTRIBUTION_POINT = '2.5.29.28';

let ca: Issued;
let issuer: Certificate;
let stranger: Issued;

beforeAll(async () => {
  ca = await createRootCa('O=Example, CN=Example CA');
  issuer = readCertificate(ca.der);
  stranger = await createRootCa('O=Example, CN=Stranger');
});

function signedBy(signer: Issued, parts: Partial<CrlParts> = {}): CertificateRevocationList {
  return readCrl(signCrl(signer, {
    thisUpdate: time(new Date(NOW.getTime() - DAY)),
    nextUpdate: time(new Date(NOW.getTime() + DAY)),
    revokedCertificates: entries(entry(hex('01'), time(new Date(NOW.getTime() - 2 * DAY)), reason(1))),
    ...parts,
  }));
}

/** An ordinary list of the CA, with other extensions than the usual ones. */
function listWith(...list: Uint8Array[]): CertificateRevocationList {
  return signedBy(ca, { crlExtensions: crlExtensions(...list) });
}

function check(crl: CertificateRevocationList, input: Partial<CrlCheckInput> = {}): CrlFinding[] {
  return checkCrl(crl, { issuers: [issuer], now: NOW, ...input });
}

const rulesOf = (findings: readonly CrlFinding[]) => findings.map(({ rule, severity }) => `${severity} ${rule}`);

/** The message of the only finding, which has to be this one. */
function onlyMessage(findings: readonly CrlFinding[], rule: CrlRule, severity: CrlFinding['severity'] = 'error'): string {
  expect(rulesOf(findings)).toEqual([`${severity} ${rule}`]);
  return findings[0].message;
}

describe('an ordinary list', () => {
  test('of the trust anchor may be imported', () => {
    expect(check(listWith(crlNumber('05'), authorityKeyIdentifier(issuer.subjectKeyIdentifier!)))).toEqual([]);
  });

  test('may have no number, no key identifier and no entries', () => {
    expect(check(signedBy(ca, { version: NOTHING, revokedCertificates: NOTHING }))).toEqual([]);
  });

  test('may be of any of several issuers, such as an intermediate or the anchor\'s next certificate', async () => {
    const intermediate = await issueCa(ca, 'O=Example, CN=Issuing CA');
    const crl = signedBy(intermediate);
    expect(check(crl, { issuers: [issuer, readCertificate(intermediate.der)] })).toEqual([]);
    expect(onlyMessage(check(crl), 'CRL_ISSUER_UNKNOWN')).toContain('"CN=Issuing CA,O=Example"');
  });

  test('of @peculiar/x509 may be imported, signed with RSA and another hash too', async () => {
    const rsa = await createRootCa('CN=RSA CA', { key: 'RSA-2048' });
    const list = await x509.X509CrlGenerator.create({
      issuer: 'CN=RSA CA',
      thisUpdate: new Date(NOW.getTime() - DAY),
      nextUpdate: new Date(NOW.getTime() + DAY),
      entries: [{ serialNumber: '01ab' }],
      extensions: [await x509.AuthorityKeyIdentifierExtension.create(rsa.keys.publicKey)],
      signingKey: rsa.keys.privateKey,
      signingAlgorithm: rsa.keys.privateKey.algorithm as x509.X509CrlCreateParams['signingAlgorithm'],
    });
    const crl = readCrls(list.toString('pem'))[0];
    expect(check(crl, { issuers: [readCertificate(rsa.der)] })).toEqual([]);
    expect(crl.signatureAlgorithm.name).toBe('sha256WithRSAEncryption');
  });
});

describe('the issuer', () => {
  test('has to be one of those given', () => {
    const message = onlyMessage(check(signedBy(stranger)), 'CRL_ISSUER_UNKNOWN');
    expect(message).toBe('it is issued by "CN=Stranger,O=Example", and the certificates are those of "CN=Example CA,O=Example"; take the list of that CA');
    onlyMessage(check(listWith(), { issuers: [] }), 'CRL_ISSUER_UNKNOWN');
  });

  test('is compared as names are compared, not as bytes', async () => {
    const shouting = await createRootCa('O=EXAMPLE, CN=Example  CA');
    const crl = readCrl(signCrl(shouting, { issuer: issuer.subject.raw, thisUpdate: time(NOW), nextUpdate: time(NOW) }));
    expect(check(crl, { issuers: [readCertificate(shouting.der)] })).toEqual([]);
  });

  test('has to have signed it', () => {
    const forged = signedBy(stranger, { issuer: issuer.subject.raw });
    expect(onlyMessage(check(forged), 'CRL_SIGNATURE_INVALID')).toContain('it was altered, or another CA of the same name made it');
    expect(verifyCrlSignature(forged, issuer)).toEqual({ verdict: 'wrong' });
    expect(verifyCrlSignature(forged, readCertificate(stranger.der))).toEqual({ verdict: 'verified' });
  });

  test('has not signed it when a single octet of an entry was changed', () => {
    const crl = listWith(crlNumber('05'));
    const der = Uint8Array.from(crl.raw);
    der[Buffer.from(der).indexOf(hex('020101 17')) + 2] = 0x02;
    const altered = readCrl(der);
    expect([crl.find(1n), altered.find(1n), crl.find(2n), altered.find(2n)].map((found) => found !== undefined)).toEqual([true, false, false, true]);
    onlyMessage(check(altered), 'CRL_SIGNATURE_INVALID');
  });

  test('of the same name with another key is told by the key identifier', () => {
    const forged = signedBy(stranger, { issuer: issuer.subject.raw, crlExtensions: crlExtensions(authorityKeyIdentifier(hex('0badcafe'))) });
    const message = onlyMessage(check(forged), 'CRL_SIGNATURE_INVALID');
    expect(message).toContain('it names the key 0badcafe, which is another one');
  });

  test('may have two certificates while its key changes, and either of the keys may have signed', async () => {
    const renewed = await createRootCa('O=Example, CN=Example CA');
    const issuers = [issuer, readCertificate(renewed.der)];
    expect(check(listWith(), { issuers })).toEqual([]);
    const ofRenewed = signedBy(renewed, { crlExtensions: crlExtensions(authorityKeyIdentifier(issuers[1].subjectKeyIdentifier!)) });
    expect(check(ofRenewed, { issuers })).toEqual([]);
    onlyMessage(check(signedBy(stranger, { issuer: issuer.subject.raw }), { issuers }), 'CRL_SIGNATURE_INVALID');
  });

  test('has to be allowed to sign lists, unless nothing limits its key', async () => {
    const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
    const withUsage = async (keyUsage: x509.KeyUsageFlags | null) => {
      const limited = await createRootCa('CN=Limited', { keyUsage });
      return check(signedBy(limited), { issuers: [readCertificate(limited.der)] });
    };
    expect(onlyMessage(await withUsage(keyCertSign), 'CRL_KEY_USAGE')).toContain('(keyCertSign) does not include cRLSign');
    expect(await withUsage(cRLSign)).toEqual([]);
    expect(await withUsage(null)).toEqual([]);
  });

  test('has to call its key as the list does, where both have a name for it', async () => {
    const message = onlyMessage(check(listWith(authorityKeyIdentifier(hex('0badcafe')))), 'CRL_AUTHORITY_KEY_MISMATCH');
    expect(message).toContain('0badcafe');
    expect(message).toContain(Buffer.from(issuer.subjectKeyIdentifier!).toString('hex'));
    expect(check(listWith(extension('2.5.29.35', sequence())))).toEqual([]);
    expect(check(listWith(authorityKeyIdentifier(hex('0badcafe'))), { issuers: [{ ...issuer, subjectKeyIdentifier: undefined }] })).toEqual([]);
  });
});

describe('the signature', () => {
  const signedWith = (crl: CertificateRevocationList, type: string): CertificateRevocationList => (
    { ...crl, signatureAlgorithm: { oid: type, ...SIGNATURE_ALGORITHMS[type] } }
  );

  test('has to be one that can be verified here', () => {
    const message = onlyMessage(check(signedWith(listWith(), '1.3.101.112')), 'CRL_SIGNATURE_NOT_VERIFIABLE');
    expect(message).toContain('Ed25519');
  });

  test.each([
    ['ecdsa-with-SHA1', '1.2.840.10045.4.1'], ['ecdsa-with-SHA224', '1.2.840.10045.4.3.1'],
  ])('is too weak with %s, by whomever it is', (label, type) => {
    const findings = check(signedWith(listWith(), type));
    expect(rulesOf(findings)).toEqual(['error CRL_SIGNATURE_INVALID', 'error CRL_WEAK_SIGNATURE']);
    expect(findings[1].message).toContain(label);
    expect(rulesOf(check(signedWith(listWith(), type), { issuers: [] }))).toEqual(['error CRL_ISSUER_UNKNOWN', 'error CRL_WEAK_SIGNATURE']);
  });
});

describe('what the list covers', () => {
  const withPoint = (...parts: Uint8Array[]) => listWith(extension(ISSUING_DISTRIBUTION_POINT, sequence(...parts), TRUE));
  const uri = explicit(0, explicit(0, implicit(6, 'http://pki.example/ca.crl')));

  test('must not be changes only', () => {
    expect(onlyMessage(check(listWith(crlNumber('05'), extension('2.5.29.27', integer('03'), TRUE))), 'CRL_DELTA')).toContain('number 3');
  });

  test('must not be certificates of several CAs, by its flag or by its entries', () => {
    onlyMessage(check(withPoint(implicit(4, '\u00ff'))), 'CRL_INDIRECT');
    const names = extension('2.5.29.29', sequence(explicit(4, commonName('Other CA'))), TRUE);
    onlyMessage(check(signedBy(ca, { revokedCertificates: entries(entry(hex('01'), utcTime('260101000000Z'), names)) })), 'CRL_INDIRECT');
  });

  test.each<[string, string, CrlFinding['severity'], CrlRule, Uint8Array]>([
    ['CAs only', 'onlyContainsCACerts', 'error', 'CRL_CA_CERTIFICATES_ONLY', implicit(2, '\u00ff')],
    ['attribute certificates only', 'onlyContainsAttributeCerts', 'error', 'CRL_ATTRIBUTE_CERTIFICATES_ONLY', implicit(5, '\u00ff')],
    ['some reasons only', 'onlySomeReasons', 'error', 'CRL_SOME_REASONS_ONLY', implicit(3, '\u0001\u0006')],
    ['hosts only', 'onlyContainsUserCerts', 'warning', 'CRL_USER_CERTIFICATES_ONLY', implicit(1, '\u00ff')],
    ['certificates that name its place', 'PARTITIONED', 'warning', 'CRL_DISTRIBUTION_POINT', uri],
  ])('if it is %s is said', (_, term, severity, rule, part) => {
    expect(onlyMessage(check(withPoint(part)), rule, severity)).toContain(term);
  });

  test('if it is limited in several ways is said for each', () => {
    expect(rulesOf(check(withPoint(uri, implicit(1, '\u00ff'), implicit(3, '\u0001\u0006'))))).toEqual([
      'error CRL_SOME_REASONS_ONLY', 'warning CRL_USER_CERTIFICATES_ONLY', 'warning CRL_DISTRIBUTION_POINT',
    ]);
    expect(check(withPoint())).toEqual([]);
  });

  test('is unknown where there are unknown critical extensions, of the list or of an entry', () => {
    expect(onlyMessage(check(listWith(extension('1.2.3.4', NULL, TRUE))), 'CRL_UNKNOWN_CRITICAL_EXTENSION')).toContain('1.2.3.4');
    const odd = entries(entry(hex('01'), utcTime('260101000000Z'), extension('2.5.29.23', NULL, TRUE)));
    expect(onlyMessage(check(signedBy(ca, { revokedCertificates: odd })), 'CRL_UNKNOWN_CRITICAL_EXTENSION')).toContain('holdInstructionCode');
  });
});

describe('the age', () => {
  const listOf = (thisUpdate: number, nextUpdate?: number) => signedBy(ca, {
    thisUpdate: time(new Date(thisUpdate)),
    nextUpdate: nextUpdate === undefined ? NOTHING : time(new Date(nextUpdate)),
  });
  const now = NOW.getTime();

  test('may be in the future by five minutes', () => {
    expect(check(listOf(now + 5 * MINUTE, now + DAY))).toEqual([]);
    expect(onlyMessage(check(listOf(now + 5 * MINUTE + 1000, now + DAY)), 'CRL_NOT_YET_VALID')).toContain('more than 5 minutes ahead of 2030-06-01T12:00:00.000Z');
  });

  test('ends with the moment the next list is due', () => {
    expect(check(listOf(now - DAY, now))).toEqual([]);
    expect(onlyMessage(check(listOf(now - DAY, now - 1000)), 'CRL_EXPIRED')).toContain('2030-06-01T11:59:59.000Z');
  });

  test('cannot be told where no next list is announced', () => {
    onlyMessage(check(listOf(now - DAY)), 'CRL_NO_NEXT_UPDATE', 'warning');
  });
});

describe('the size', () => {
  test('is that of the PEM text, and 300,000 bytes are taken', () => {
    const crl = listWith();
    // Every length around the limit, so that every remainder of base64 groups and lines is met.
    const lengths = Array.from({ length: 120 }, (_, i) => 221_480 + i);
    const isTaken = (length: number) => check({ ...crl, raw: new Uint8Array(length) }).length === 0;
    const fits = (length: number) => encodePem('X509 CRL', new Uint8Array(length)).length <= MAX_CRL_PEM_BYTES;
    expect(lengths.filter(isTaken)).toEqual(lengths.filter(fits));
    expect([isTaken(lengths[0]), isTaken(lengths[lengths.length - 1])]).toEqual([true, false]);
  });

  test('is told with what to do', () => {
    const message = onlyMessage(check(signedBy(ca, { revokedCertificates: manyEntries(7000) })), 'CRL_TOO_LARGE');
    expect(message).toMatch(/^with 7000 entries it is \d+ bytes of PEM, and the service takes 300000; /);
  });
});

describe('the order of lists', () => {
  const numbered = (number: string | undefined, thisUpdate: number, serial = '01') => signedBy(ca, {
    thisUpdate: time(new Date(thisUpdate)),
    revokedCertificates: entries(entry(hex(serial))),
    crlExtensions: number === undefined ? NOTHING : crlExtensions(crlNumber(number)),
  });
  const early = NOW.getTime() - 2 * DAY;
  const late = NOW.getTime() - DAY;

  test.each<[string, [string | undefined, number], [string | undefined, number], string]>([
    ['a higher number', ['06', early], ['05', late], 'newer'],
    ['a lower number', ['05', late], ['06', early], 'older'],
    ['a number beyond 64 bits', [`01${'00'.repeat(10)}`, early], [`00${'ff'.repeat(10)}`, early], 'newer'],
    ['the same number and a later date', ['05', late], ['05', early], 'newer'],
    ['the same number and an earlier date', ['05', early], ['05', late], 'older'],
    ['no number and a later date', [undefined, late], [undefined, early], 'newer'],
    ['no number and an earlier date', [undefined, early], ['05', late], 'older'],
  ])('goes by number, then by date: %s', (_, [aNumber, aDate], [bNumber, bDate], expected) => {
    expect(compareCrls(numbered(aNumber, aDate, '01'), numbered(bNumber, bDate, '02'))).toBe(expected);
  });

  test('is none between equal lists, whatever their signatures', () => {
    const [first, second] = [numbered('05', early), numbered('05', early)];
    expect(Buffer.from(first.signature)).not.toEqual(Buffer.from(second.signature));
    expect(compareCrls(first, second)).toBe('same');
    expect(check(first, { previous: second })).toEqual([]);
  });

  test('cannot be told between lists of the same number and date that differ', () => {
    const [first, second] = [numbered('05', early, '01'), numbered('05', early, '02')];
    expect(compareCrls(first, second)).toBe('conflicting');
    onlyMessage(check(first, { previous: second }), 'CRL_CONFLICT');
  });

  test('does not exist between lists of different issuers, and one does not replace the other', () => {
    const other = signedBy(stranger);
    expect(compareCrls(numbered('05', early), other)).toBe('unrelated');
    expect(onlyMessage(check(numbered('05', early), { previous: other }), 'CRL_OTHER_ISSUER')).toContain('import it beside the other one');
  });

  test('forbids to go back', () => {
    expect(check(numbered('06', late), { previous: numbered('05', early) })).toEqual([]);
    const message = onlyMessage(check(numbered('05', early), { previous: numbered('06', late) }), 'CRL_ROLLBACK');
    expect(message).toContain('number 5 of 2030-05-30T12:00:00.000Z, older than the list it would replace, number 6 of 2030-05-31T12:00:00.000Z');
    expect(message).not.toContain('anew');
    expect(onlyMessage(check(numbered(undefined, early), { previous: numbered(undefined, late) }), 'CRL_ROLLBACK')).toContain('without number of');
  });

  test('says it when a CA seems to have begun its numbers anew', () => {
    expect(onlyMessage(check(numbered('01', late), { previous: numbered('06', early) }), 'CRL_ROLLBACK')).toContain('if the CA began to count anew');
  });
});

test('everything that is wrong is said at once', () => {
  const crl = signedBy(stranger, {
    nextUpdate: time(new Date(NOW.getTime() - MINUTE)),
    crlExtensions: crlExtensions(extension('2.5.29.27', integer('03'), TRUE), extension('1.2.3.4', NULL, TRUE)),
  });
  expect(rulesOf(check(crl, { previous: listWith() }))).toEqual([
    'error CRL_ISSUER_UNKNOWN', 'error CRL_DELTA', 'error CRL_UNKNOWN_CRITICAL_EXTENSION', 'error CRL_EXPIRED', 'error CRL_OTHER_ISSUER',
  ]);
});

describeUnless(opensslVersion ? undefined : 'there is no openssl on the PATH', `signatures as OpenSSL sees them (${opensslVersion})`, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'crl-rules-'));
    writeFileSync(join(folder, 'ca.cnf'), [
      '[req]', 'distinguished_name=dn', '[dn]', '[v3_ca]', 'basicConstraints=critical,CA:true', 'keyUsage=keyCertSign,cRLSign', 'subjectKeyIdentifier=hash',
      '[ca]', 'default_ca=example', '[example]', 'database=index.txt', 'crlnumber=number', 'default_crl_days=30', 'certificate=ca.pem', 'private_key=ca.key',
      '[plain]', 'authorityKeyIdentifier=keyid', '',
    ].join('\n'));
    writeFileSync(join(folder, 'index.txt'), 'R\t300101000000Z\t260101020304Z,keyCompromise\t01\tunknown\t/CN=a\n');
    writeFileSync(join(folder, 'number'), '01\n');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['P-256 and SHA-256', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout'], 'sha256', 'CRL'],
    ['P-384 and SHA-384', ['ecparam', '-name', 'secp384r1', '-genkey', '-noout'], 'sha384', 'CRL'],
    ['RSA and SHA-512', ['genrsa', '2048'], 'sha512', 'CRL'],
  ])('%s: a list of OpenSSL may be imported, a damaged one not', (_, [command, ...args], digest) => {
    const out = ['-out', 'ca.key'];
    openssl(folder, command, ...(command === 'genrsa' ? [...out, ...args] : [...args, ...out]));
    openssl(folder, 'req', '-x509', '-new', '-key', 'ca.key', '-subj', '/CN=OpenSSL CA', '-config', 'ca.cnf', '-extensions', 'v3_ca', '-out', 'ca.pem');
    openssl(folder, 'ca', '-config', 'ca.cnf', '-gencrl', '-md', digest, '-crlexts', 'plain', '-out', 'ca.crl');
    const [crl] = readCrls(readFileSync(join(folder, 'ca.crl')));
    const pem = readFileSync(join(folder, 'ca.pem'), 'utf8');
    const opensslCa = readCertificate(Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64'));
    expect(checkCrl(crl, { issuers: [opensslCa], now: new Date() })).toEqual([]);

    const der = Uint8Array.from(crl.raw);
    der[der.length - 3] ^= 1;
    expect(rulesOf(checkCrl(readCrl(der), { issuers: [opensslCa], now: new Date() }))).toEqual(['error CRL_SIGNATURE_INVALID']);
  });

  test('a list of ours passes its verification too', () => {
    writeFileSync(join(folder, 'ours.crl'), encodePem('X509 CRL', listWith(crlNumber('05')).raw));
    writeFileSync(join(folder, 'ours.pem'), ca.pem);
    expect(() => openssl(folder, 'crl', '-in', 'ours.crl', '-CAfile', 'ours.pem', '-noout', '-verify')).not.toThrow();
  });
});
