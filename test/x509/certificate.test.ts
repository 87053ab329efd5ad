/** What is read from certificates, held against node:crypto, @peculiar/x509 and OpenSSL. */
import 'reflect-metadata';
import { createHash, createPublicKey, verify, X509Certificate } from 'crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import * as x509 from '@peculiar/x509';
import {
  bitString, buildCertificate, CertificateParts, commonName, ECDSA_SHA256, explicit, extension, extensions, FALSE, generalizedTime, hex, implicit,
  integer, name, NOTHING, NULL, octetString, oid, sequence, set, text, TRUE, utcTime,
} from './certificate-builder';
import { openssl, opensslMakes, opensslVersion } from './openssl';
import { factsForNode, factsForPeculiar, factsOfNode, factsOfPeculiar } from './oracles';
import { thrownBy } from './thrown';
import {
  Certificate, encodeElement, encodePem, extensionName, isCertificateBlock, readCertificate, readCertificates, readPem, Tag,
} from '../../src/x509';
import { createRootCa, issueHost, Issued } from '../support/pki';
import { describeUnless } from '../support/runtimes';

const CN = '2.5.4.3';
const SUBJECT_ALT_NAME = '2.5.29.17';

/** Holds a certificate against both libraries and returns it. */
function agreed(der: Uint8Array): Certificate {
  const certificate = readCertificate(der);
  expect(factsForNode(certificate)).toEqual(factsOfNode(der));
  expect(factsForPeculiar(certificate)).toEqual(factsOfPeculiar(der));
  return certificate;
}

function build(parts: Partial<CertificateParts>): Certificate {
  return agreed(buildCertificate(parts));
}

describe('serial numbers', () => {
  test.each([
    ['01', 1n, '01'],
    ['7f', 127n, '7f'],
    ['0080', 128n, '80'],
    ['0123', 291n, '0123'],
    ['00ff', 255n, 'ff'],
    ['00', 0n, '00'],
    ['00ffffffffffffffffffffffffffffffffffffffff', 2n ** 160n - 1n, 'ff'.repeat(20)],
    ['7fffffffffffffffffffffffffffffffffffffff', 2n ** 159n - 1n, `7f${'ff'.repeat(19)}`],
    ['0c85a1', 820641n, '0c85a1'],
    ['ff', -1n, '-01'],
    ['80', -128n, '-80'],
    ['ff00', -256n, '-0100'],
  ])('%s is %s, shown as %s', (content, serialNumber, serialNumberHex) => {
    const certificate = build({ serialNumber: integer(content) });
    expect([certificate.serialNumber, certificate.serialNumberHex]).toEqual([serialNumber, serialNumberHex]);
  });

  test('a serial longer than the 20 octets that CAs may use is read', () => {
    expect(build({ serialNumber: integer(`01${'00'.repeat(29)}`) }).serialNumber).toBe(2n ** 232n);
  });
});

describe('names', () => {
  test.each([
    ['UTF8String', Tag.UTF8_STRING, 'Zoë 東京'],
    ['PrintableString', Tag.PRINTABLE_STRING, 'Example (Pty) Ltd'],
    ['IA5String', Tag.IA5_STRING, 'host@example.com'],
    ['T61String', Tag.T61_STRING, 'Müller'],
    ['BMPString', Tag.BMP_STRING, 'Zoë 東京'],
    ['UniversalString', Tag.UNIVERSAL_STRING, 'Zoë 🦘'],
    ['NumericString', Tag.NUMERIC_STRING, '123'],
  ])('%s', (_, tag, value) => {
    const der = buildCertificate({ subject: name([[CN, text(tag, value)]]), issuer: name([['2.5.4.10', text(tag, value)]]) });
    const certificate = readCertificate(der);
    expect(factsForNode(certificate)).toEqual(factsOfNode(der));
    expect(certificate.subject.values('CN')).toEqual([value]);
    expect(certificate.issuer.values('O')).toEqual([value]);
  });

  test('VisibleString, which OpenSSL refuses in names', () => {
    const der = buildCertificate({ subject: name([[CN, text(Tag.VISIBLE_STRING, 'visible')]]) });
    expect(readCertificate(der).subject.values('CN')).toEqual(['visible']);
  });

  test('every short name is the one OpenSSL uses, but for two', () => {
    const types = ['2.5.4.3', '2.5.4.4', '2.5.4.5', '2.5.4.6', '2.5.4.7', '2.5.4.8', '2.5.4.9', '2.5.4.10', '2.5.4.11', '2.5.4.12', '2.5.4.13', '2.5.4.15',
      '2.5.4.17', '2.5.4.20', '2.5.4.41', '2.5.4.42', '2.5.4.43', '2.5.4.44', '2.5.4.46', '2.5.4.65', '2.5.4.97',
      '0.9.2342.19200300.100.1.1', '0.9.2342.19200300.100.1.25', '1.2.840.113549.1.9.1', '1.2.3.4.5'];
    const { subject } = build({ subject: name(...types.map((type) => [[type, text(Tag.UTF8_STRING, 'AU')] as const])) });
    expect(subject.attributes.map(({ oid: dotted }) => dotted)).toEqual(types);
    expect(subject.attributes.map(({ type }) => type).filter((type) => /^\d/.test(type))).toEqual(['1.2.3.4.5']);
  });

  test('several attributes in one relative name, and several of one type', () => {
    const attribute = (type: string, value: string) => [type, text(Tag.UTF8_STRING, value)] as const;
    const der = name(
      [attribute('2.5.4.11', 'Security')], [attribute(CN, 'host'), attribute('2.5.4.5', '42')], [attribute('2.5.4.11', 'Engineering')],
    );
    const { subject } = build({ subject: der });
    expect(subject.values('OU')).toEqual(['Security', 'Engineering']);
    expect(subject.rdns.map((rdn) => rdn.length)).toEqual([1, 2, 1]);
  });

  test('an empty subject', () => {
    expect(build({ subject: name() }).subject.isEmpty).toBe(true);
  });

  test('a value that is no string does not make the certificate unreadable', () => {
    const der = buildCertificate({ subject: name([['2.5.4.45', bitString(hex('a0'), 5)]]) });
    expect(new X509Certificate(der).serialNumber).toBe('01');
    expect(readCertificate(der).subject.toString()).toBe('2.5.4.45=#030205a0');
  });
});

describe('validity', () => {
  test('UTCTime until 2049, GeneralizedTime from 2050', () => {
    const { notBefore, notAfter } = build({ validity: sequence(utcTime('491231235959Z'), generalizedTime('20500101000000Z')) });
    expect([notBefore.toISOString(), notAfter.toISOString()]).toEqual(['2049-12-31T23:59:59.000Z', '2050-01-01T00:00:00.000Z']);
  });

  test('a year of the last century, and the end of all time (RFC 5280 4.1.2.5)', () => {
    const { notBefore, notAfter } = build({ validity: sequence(utcTime('500101000000Z'), generalizedTime('99991231235959Z')) });
    expect([notBefore.getUTCFullYear(), notAfter.toISOString()]).toEqual([1950, '9999-12-31T23:59:59.000Z']);
  });

  test('GeneralizedTime before 2050, which some CAs write all the same', () => {
    expect(build({ validity: sequence(generalizedTime('20260101000000Z'), generalizedTime('20270101000000Z')) }).notBefore.toISOString())
      .toBe('2026-01-01T00:00:00.000Z');
  });
});

describe('versions', () => {
  test.each([[1, NOTHING], [2, explicit(0, integer('01'))], [3, explicit(0, integer('02'))]])('version %i', (version, field) => {
    expect(build({ version: field })).toMatchObject({ version, extensions: [], unknownCriticalExtensions: [] });
  });

  test('unique identifiers are passed over', () => {
    const parts = { issuerUniqueId: implicit(1, '\u0000\u0001'), subjectUniqueId: implicit(2, '\u0004\u00a0') };
    expect(readCertificate(buildCertificate({ ...parts, extensions: extensions(extension('2.5.29.19', sequence())) })).basicConstraints).toEqual({ ca: false });
  });
});

describe('public keys and signature algorithms', () => {
  const withKey = (algorithm: Uint8Array, key = hex('00')) => buildCertificate({ subjectPublicKeyInfo: sequence(algorithm, bitString(key)) });

  test.each([
    ['2.16.840.1.101.3.4.3.17', 'ML-DSA-44', 1312],
    ['2.16.840.1.101.3.4.3.18', 'ML-DSA-65', 1952],
    ['2.16.840.1.101.3.4.3.19', 'ML-DSA-87', 2592],
  ])('%s is %s', (identifier, parameterSet, size) => {
    const algorithm = sequence(oid(identifier));
    const certificate = agreed(buildCertificate({
      signature: algorithm,
      subjectPublicKeyInfo: sequence(algorithm, bitString(new Uint8Array(size).fill(7))),
      signatureValue: bitString(new Uint8Array(3309)),
    }));
    expect(certificate.publicKey).toEqual({ kind: 'ML-DSA', parameterSet });
    expect(certificate.signatureAlgorithm).toEqual({ oid: identifier, name: parameterSet, keyKind: 'ML-DSA' });
  });

  test.each([
    ['1.3.101.112', 'an Ed25519 key'],
    ['1.2.840.113549.1.1.10', 'an RSA key for PSS only'],
    ['1.2.3.4', 'a key nobody knows'],
  ])('%s is %s, by its identifier', (identifier) => {
    expect(readCertificate(withKey(sequence(oid(identifier)))).publicKey).toEqual({ kind: 'other', oid: identifier });
  });

  test('an EC key on a curve without a name here keeps its identifier', () => {
    expect(readCertificate(withKey(sequence(oid('1.2.840.10045.2.1'), oid('1.3.36.3.3.2.8.1.1.7')))).publicKey)
      .toEqual({ kind: 'EC', curve: '1.3.36.3.3.2.8.1.1.7' });
  });

  test.each([
    ['77', 7], ['0080', 8], ['01', 1], [`00${'ff'.repeat(256)}`, 2048], [`01${'00'.repeat(128)}`, 1025],
  ])('an RSA modulus of %.8s... has %i bits', (modulus, modulusBits) => {
    for (const parameters of [[NULL], []]) {
      const algorithm = sequence(oid('1.2.840.113549.1.1.1'), ...parameters);
      expect(readCertificate(withKey(algorithm, sequence(integer(modulus), integer('010001')))).publicKey)
        .toEqual({ kind: 'RSA', modulusBits, exponent: 65537n });
    }
  });

  const pss = (...parameters: Uint8Array[]) => readCertificate(buildCertificate({
    signature: sequence(oid('1.2.840.113549.1.1.10'), sequence(...parameters)),
  })).signatureAlgorithm;
  const hashParameter = (identifier: string) => explicit(0, sequence(oid(identifier), NULL));

  test.each([
    ['SHA-256', [hashParameter('2.16.840.1.101.3.4.2.1')]],
    ['SHA-512', [hashParameter('2.16.840.1.101.3.4.2.3'), explicit(2, integer('40'))]],
    ['SHA-1', [hashParameter('1.3.14.3.2.26')]],
    ['SHA-1', []],
    ['SHA-1', [explicit(2, integer('20'))]],
    [undefined, [hashParameter('2.16.840.1.101.3.4.2.8')]],
  ])('the hash of RSASSA-PSS stands in its parameters: %s', (hash, parameters) => {
    expect(pss(...parameters)).toEqual({ oid: '1.2.840.113549.1.1.10', name: 'rsassaPss', keyKind: 'RSASSA-PSS', hash });
  });

  test('an algorithm nobody knows is named by its identifier', () => {
    expect(readCertificate(buildCertificate({ signature: sequence(oid('1.2.3.4'), hex('0400')) })).signatureAlgorithm).toEqual({ oid: '1.2.3.4', name: '1.2.3.4' });
  });
});

describe('extensions', () => {
  const withExtensions = (...list: Uint8Array[]) => build({ extensions: extensions(...list) });

  test('none are interpreted where there are none', () => {
    const certificate = build({});
    for (const absent of ['basicConstraints', 'keyUsage', 'extKeyUsage', 'subjectAltName', 'subjectKeyIdentifier', 'authorityKeyIdentifier']) {
      expect(certificate).not.toHaveProperty(absent);
    }
  });

  test('an empty list, which the syntax forbids and OpenSSL takes', () => {
    expect(withExtensions().extensions).toEqual([]);
  });

  test.each([
    ['empty, that is no CA', sequence(), { ca: false }],
    ['no CA written out', sequence(FALSE), { ca: false }],
    ['a CA', sequence(TRUE), { ca: true }],
    ['a CA without CAs below', sequence(TRUE, integer('00')), { ca: true, pathLength: 0 }],
    ['a CA with up to 300 CAs below', sequence(TRUE, integer('012c')), { ca: true, pathLength: 300 }],
  ])('basicConstraints: %s', (_, value, expected) => {
    const certificate = withExtensions(extension('2.5.29.19', value, TRUE));
    expect(certificate.basicConstraints).toEqual(expected);
    expect(new X509Certificate(certificate.raw).ca).toBe(expected.ca);
  });

  test('basicConstraints with a path length but no CA are read as they are', () => {
    expect(readCertificate(buildCertificate({ extensions: extensions(extension('2.5.29.19', sequence(integer('01')))) })).basicConstraints)
      .toEqual({ ca: false, pathLength: 1 });
  });

  test.each([
    ['0780', ['digitalSignature']],
    ['0106', ['keyCertSign', 'cRLSign']],
    ['00ff', ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly']],
    ['070880', ['keyAgreement', 'decipherOnly']],
    ['0080', ['digitalSignature']],
    ['00', []],
  ])('keyUsage %s', (content, expected) => {
    expect(withExtensions(extension('2.5.29.15', encodeElement(Tag.BIT_STRING, hex(content)), TRUE)).keyUsage).toEqual(expected);
  });

  test('keyUsage bits beyond the nine are passed over', () => {
    expect(readCertificate(buildCertificate({ extensions: extensions(extension('2.5.29.15', bitString(hex('80ffff')))) })).keyUsage)
      .toEqual(['digitalSignature', 'decipherOnly']);
  });

  test('extKeyUsage by name, or by identifier', () => {
    const purposes = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '2.5.29.37.0', '1.3.6.1.4.1.311.20.2.2'];
    expect(withExtensions(extension('2.5.29.37', sequence(...purposes.map(oid)))).extKeyUsage)
      .toEqual(['serverAuth', 'clientAuth', 'anyExtendedKeyUsage', '1.3.6.1.4.1.311.20.2.2']);
  });

  test('subjectAltName of every form', () => {
    const value = sequence(
      implicit(2, 'a.example'), implicit(6, 'spiffe://example/host'), implicit(1, 'a@b.example'), implicit(7, '\u000a\u0000\u0000\u0001'),
      explicit(4, commonName('first')), implicit(2, 'b.example'), explicit(0, oid('1.2.3'), explicit(0, text(Tag.UTF8_STRING, 'x'))),
      implicit(8, '\u002a\u0003'), explicit(4, commonName('second')),
    );
    const { subjectAltName } = withExtensions(extension(SUBJECT_ALT_NAME, value));
    expect(subjectAltName).toMatchObject({ dns: ['a.example', 'b.example'], uri: ['spiffe://example/host'], others: 4 });
    expect(subjectAltName?.directoryName.map(String)).toEqual(['CN=first', 'CN=second']);
  });

  test('a DNS name with a NUL inside is not cut off there', () => {
    const value = sequence(implicit(2, 'good.example\u0000.bad.example'));
    expect(readCertificate(buildCertificate({ extensions: extensions(extension(SUBJECT_ALT_NAME, value)) })).subjectAltName?.dns)
      .toEqual(['good.example\u0000.bad.example']);
  });

  test('key identifiers', () => {
    const certificate = withExtensions(extension('2.5.29.14', octetString(hex('abcd'))), extension('2.5.29.35', sequence(implicit(0, '\u0012\u0034'))));
    expect(certificate.subjectKeyIdentifier).toEqual(hex('abcd'));
    expect(certificate.authorityKeyIdentifier).toEqual({ keyIdentifier: hex('1234') });
  });

  test('an authority named by issuer and serial only', () => {
    const value = sequence(explicit(1, explicit(4, commonName('issuer'))), implicit(2, '\u0001'));
    expect(readCertificate(buildCertificate({ extensions: extensions(extension('2.5.29.35', value)) })).authorityKeyIdentifier).toEqual({});
  });

  test('critical extensions that are not interpreted are listed, others are kept', () => {
    const certificate = withExtensions(
      extension('2.5.29.30', sequence(), TRUE), extension('1.2.3.4', hex('0500'), TRUE), extension('1.2.3.5', hex('ff'), FALSE), extension('2.5.29.19', sequence(), TRUE),
    );
    expect(certificate.unknownCriticalExtensions).toEqual(['nameConstraints', '1.2.3.4']);
    expect(certificate.extensions.map(({ oid: dotted, critical }) => [dotted, critical]))
      .toEqual([['2.5.29.30', true], ['1.2.3.4', true], ['1.2.3.5', false], ['2.5.29.19', true]]);
    expect(certificate.extensions[2].value).toEqual(hex('ff'));
    expect(extensionName('2.5.29.17')).toBe('subjectAltName');
  });
});

describe('parts and limits', () => {
  test('the parts are views of the certificate, which is kept whole', () => {
    const der = buildCertificate();
    const { raw, tbsCertificate, signature, subjectPublicKeyInfo } = readCertificate(der);
    expect(raw).toBe(der);
    for (const part of [tbsCertificate, signature, subjectPublicKeyInfo]) {
      expect(part.buffer).toBe(der.buffer);
      expect(Buffer.from(der).includes(Buffer.from(part))).toBe(true);
    }
  });

  test('a certificate inside a larger buffer is read from its own bytes', () => {
    const der = buildCertificate();
    const padded = new Uint8Array([1, 2, 3, ...der, 4]);
    expect(readCertificate(padded.subarray(3, 3 + der.length)).subject.toString()).toBe('CN=subject');
    expect(thrownBy(() => readCertificate(padded.subarray(3))).code).toBe('DER_TRAILING_BYTES');
  });

  test('a certificate of just under 64 KiB is read', () => {
    const filler = (length: number) => buildCertificate({ extensions: extensions(extension('1.2.3', new Uint8Array(length))) });
    const der = filler(65536 - filler(60000).length + 60000);
    expect([der.length, readCertificate(der).extensions[0].value.length]).toEqual([65536, 65536 - filler(60000).length + 60000]);
  });

  test('thousands of extensions take no time worth speaking of', () => {
    const list = Array.from({ length: 4000 }, (_, i) => extension(`1.2.${i}`, NOTHING));
    expect(readCertificate(buildCertificate({ extensions: extensions(...list) })).extensions).toHaveLength(4000);
  });
});

describe('files', () => {
  const der = buildCertificate();
  const pem = encodePem('CERTIFICATE', der);

  test('a bundle is read whole and in order', () => {
    const second = encodePem('CERTIFICATE', buildCertificate({ serialNumber: integer('02') }));
    expect(readCertificates(`${pem}# comment\n${second}`).map(({ serialNumber }) => serialNumber)).toEqual([1n, 2n]);
  });

  test.each([
    ['DER', der],
    ['PEM bytes', Buffer.from(pem)],
    ['the label of old tools', pem.replace(/CERTIFICATE/g, 'X509 CERTIFICATE')],
  ])('one certificate in %s', (_, input) => {
    expect(readCertificates(input).map(({ serialNumberHex }) => serialNumberHex)).toEqual(['01']);
  });

  test.each([
    ['TRUSTED CERTIFICATE', '"openssl x509" without "-trustout" writes it as a plain one'],
    ['CERTIFICATE REQUEST', 'it is a request, which a CA has yet to sign'],
    ['X509 CRL', 'it is a revocation list'],
    ['PKCS7', '"openssl pkcs7 -print_certs" takes the certificates out'],
  ])('%s is refused with a word on what to do', (label, hint) => {
    expect(thrownBy(() => readCertificates(encodePem(label, der))).message)
      .toBe(`a block is labelled "${label}" instead of "CERTIFICATE": ${hint} (at offset 0)`);
  });

  test('DER of another kind is called by its name', () => {
    const message = (...parts: Uint8Array[]) => thrownBy(() => readCertificate(sequence(...parts))).message;
    expect(message(integer('00'), ECDSA_SHA256, octetString(hex('5a5a5a')))).toContain('this is a private key or a PKCS#12 file');
    expect(message(oid('1.2.840.113549.1.7.2'))).toContain('this is a PKCS#7 file');
    expect(message(set())).toContain('certificate.tbsCertificate has tag 0x31 instead of 0x30');
  });

  test('which blocks hold certificates', () => {
    expect(readPem(`${pem}${encodePem('X509 CRL', der)}`).map(isCertificateBlock)).toEqual([true, false]);
  });
});

describe('certificates that @peculiar/x509 issues', () => {
  test.each(['P-256', 'P-384', 'P-521', 'RSA-2048'] as const)('%s: all agree, and the signature is that of the signed part', async (key) => {
    const root = await createRootCa('C=AU, O=Example, CN=Root', { key, basicConstraints: { ca: true, pathLength: 1 } });
    const host = await issueHost(root, 'C=AU, O=Zoë & Co, OU=One, OU=Two, CN=onprem01', {
      key,
      hash: 'SHA-384',
      notAfter: new Date('2055-01-01T00:00:00Z'),
      subjectAltName: [{ type: 'dns', value: 'onprem01.example' }, { type: 'url', value: 'https://example/x' }, { type: 'dn', value: 'CN=onprem01' }],
      extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
    });
    for (const issued of [root, host]) {
      expect(agreed(issued.der).signatureAlgorithm.hash).toBe(issued === root ? 'SHA-256' : 'SHA-384');
      expect(isSignedBy(readCertificate(issued.der), root)).toBe(true);
    }
    const certificate = readCertificate(host.der);
    expect(certificate.publicKey).toEqual(key === 'RSA-2048' ? { kind: 'RSA', modulusBits: 2048, exponent: 65537n } : { kind: 'EC', curve: key });
    expect(certificate.issuer.equals(readCertificate(root.der).subject)).toBe(true);
    expect(certificate.subject.values('OU')).toEqual(['One', 'Two']);
  });
});

/** Whether the bytes that were read as signature fit those that were read as signed, with the hash that was read. */
function isSignedBy({ tbsCertificate, signature, signatureAlgorithm }: Certificate, issuer: Issued): boolean {
  return verify(signatureAlgorithm.hash?.replace('-', ''), tbsCertificate, createPublicKey(issuer.pem), signature);
}

/** As much of a recorded request as is compared here. */
interface Vector {
  readonly name: string;
  readonly certificatePem: string;
  readonly intermediatesPem: readonly string[];
  readonly request: { readonly headers: Readonly<Record<string, string>> };
}

describe('certificates that aws_signing_helper has signed with', () => {
  const vectors = JSON.parse(readFileSync(join(__dirname, '../vectors/create-session.json'), 'utf8'));
  const cases: Vector[] = vectors.cases;

  test.each(cases.map((vector) => [vector.name, vector] as const))('%s', (_, { certificatePem, intermediatesPem, request: { headers } }) => {
    const [certificate] = readCertificates(certificatePem);
    agreed(certificate.raw);
    expect(Buffer.from(certificate.raw).toString('base64')).toBe(headers['x-amz-x509']);
    expect(headers.authorization).toContain(` Credential=${certificate.serialNumber}/`);
    for (const intermediate of intermediatesPem.flatMap((pem) => readCertificates(pem))) {
      expect(agreed(intermediate.raw).basicConstraints?.ca).toBe(true);
    }
  });

  test('their root', () => {
    expect(agreed(readCertificates(vectors.rootPem)[0].raw).subject.toString()).toBe('CN=Vector Root CA,O=Test Vectors,C=AU');
  });
});

describeUnless(opensslVersion ? undefined : 'there is no openssl on the PATH', `certificates that OpenSSL makes (${opensslVersion})`, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'x509-'));
    writeFileSync(join(folder, 'plain.cnf'), '[req]\ndistinguished_name=dn\n[dn]\n');
    openssl(folder, 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'p256.pem');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A self-signed certificate; what OpenSSL says of its own work is compared too. */
  function make(key: string, ...args: string[]): Certificate {
    openssl(folder, 'req', '-x509', '-new', '-key', key, '-out', 'certificate.pem', ...(args.includes('-config') ? [] : ['-config', 'plain.cnf']), ...args);
    const [certificate] = readCertificates(readFileSync(join(folder, 'certificate.pem')));
    const nameOptions = ['-nameopt', 'RFC2253,utf8,-esc_msb'];
    const said = openssl(folder, 'x509', '-in', 'certificate.pem', '-noout', '-serial', '-subject', '-fingerprint', '-sha256', ...nameOptions).trim().split('\n');
    expect(said[0].toLowerCase()).toBe(`serial=${certificate.serialNumberHex.replace(/^00$/, said[0].split('=')[1])}`);
    expect(said[1]).toBe(`subject=${sortedWithin(certificate)}`);
    expect(said[2].split('=')[1].replace(/:/g, '').toLowerCase()).toBe(createHash('sha256').update(certificate.raw).digest('hex'));
    return certificate;
  }

  /** RFC 4514 leaves the order inside a relative name open; OpenSSL turns it round. */
  function sortedWithin({ subject }: Certificate): string {
    const multiple = subject.rdns.find((rdn) => rdn.length > 1);
    const printed = multiple?.map(({ type, value }) => `${type}=${value}`) ?? [];
    return subject.toString().replace(printed.join('+'), [...printed].reverse().join('+'));
  }

  test.each([
    ['prime256v1', 'P-256', 'sha256'], ['secp384r1', 'P-384', 'sha384'], ['secp521r1', 'P-521', 'sha512'], ['secp256k1', 'secp256k1', 'sha256'],
  ])('an EC key on %s', (curve, expected, digest) => {
    openssl(folder, 'ecparam', '-name', curve, '-genkey', '-noout', '-out', 'curve.pem');
    const certificate = make('curve.pem', '-subj', '/CN=curve', `-${digest}`);
    agreed(certificate.raw);
    expect(certificate.publicKey).toEqual({ kind: 'EC', curve: expected });
    expect(certificate.signatureAlgorithm).toMatchObject({ name: `ecdsa-with-${digest.toUpperCase()}`, hash: digest.replace('sha', 'SHA-') });
  });

  test('an EC key that spells out its curve is refused with the reason', () => {
    openssl(folder, 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-param_enc', 'explicit', '-out', 'explicit.pem');
    openssl(folder, 'req', '-x509', '-new', '-key', 'explicit.pem', '-subj', '/CN=x', '-config', 'plain.cnf', '-out', 'explicit.crt');
    expect(thrownBy(() => readCertificates(readFileSync(join(folder, 'explicit.crt'))))).toMatchObject({ code: 'CERTIFICATE_INVALID_PUBLIC_KEY' });
  });

  test('an RSA key, signed with PKCS#1 v1.5 and with PSS', () => {
    openssl(folder, 'genrsa', '-out', 'rsa.pem', '2048');
    const rsa = { kind: 'RSA', modulusBits: 2048, exponent: 65537n };
    const plain = make('rsa.pem', '-subj', '/CN=rsa', '-sha512');
    expect(plain).toMatchObject({ publicKey: rsa, signatureAlgorithm: { name: 'sha512WithRSAEncryption', hash: 'SHA-512', keyKind: 'RSA' } });
    const pss = make('rsa.pem', '-subj', '/CN=pss', '-sha384', '-sigopt', 'rsa_padding_mode:pss');
    expect(pss).toMatchObject({ publicKey: rsa, signatureAlgorithm: { name: 'rsassaPss', hash: 'SHA-384', keyKind: 'RSASSA-PSS' } });
    agreed(plain.raw);
    agreed(pss.raw);
  });

  test.each([
    ['ED25519', '1.3.101.112'], ['ED448', '1.3.101.113'],
  ])('a key of %s', (algorithm, identifier) => {
    openssl(folder, 'genpkey', '-algorithm', algorithm, '-out', 'ed.pem');
    const certificate = make('ed.pem', '-subj', '/CN=ed');
    agreed(certificate.raw);
    expect([certificate.publicKey, certificate.signatureAlgorithm.oid]).toEqual([{ kind: 'other', oid: identifier }, identifier]);
  });

  // OpenSSL 3.5 and later. Below that, real ML-DSA certificates are read in test/create-session/ml-dsa.test.ts, which makes them with Bun.
  for (const parameterSet of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'].filter(opensslMakes)) {
    test(`a key of ${parameterSet}`, () => {
      openssl(folder, 'genpkey', '-algorithm', parameterSet, '-out', 'mldsa.pem');
      const certificate = make('mldsa.pem', '-subj', '/CN=mldsa');
      agreed(certificate.raw);
      expect([certificate.publicKey, certificate.signatureAlgorithm.name]).toEqual([{ kind: 'ML-DSA', parameterSet }, parameterSet]);
    });
  }

  test.each([
    ['0x0800', 'BMPString'], ['0x0004', 'T61String'], ['0x2000', 'UTF8String'], ['0x0002', 'PrintableString'],
  ])('names as the string mask %s writes them, mostly %s', (mask, type) => {
    const o = mask === '0x0002' ? 'Example (Pty) Ltd' : 'Exämple & Co';
    writeFileSync(join(folder, 'names.cnf'), `[req]
distinguished_name=dn
prompt=no
utf8=yes
string_mask=MASK:${mask}
[dn]
C=AU
O=${o}
1.OU=One
+UID=u1
2.OU=Two
emailAddress=a@b.example
CN=host.example
`);
    const certificate = make('p256.pem', '-config', 'names.cnf');
    agreed(certificate.raw);
    expect(openssl(folder, 'asn1parse', '-in', 'certificate.pem').toUpperCase()).toContain(type.toUpperCase());
    expect(certificate.subject.values('O')).toEqual([o]);
    expect(certificate.subject.values('OU')).toEqual(['One', 'Two']);
    expect(certificate.subject.rdns.map((rdn) => rdn.length)).toEqual([1, 1, 2, 1, 1, 1]);
  });

  test.each(['-5', '0', '0xffffffffffffffffffffffffffffffffffffffff', '0x0abc', '128'])('the serial %s', (serial) => {
    const { serialNumber, raw } = make('p256.pem', '-subj', '/CN=serial', '-set_serial', serial);
    agreed(raw);
    expect(serialNumber).toBe(BigInt(serial));
  });

  test('a name with everything that is escaped', () => {
    const value = '#Acme, "Inc." + <Co>; \\ ';
    const certificate = make('p256.pem', '-utf8', '-subj', `/O=${value.replace(/[\\/+]/g, '\\$&')}/CN=Zoë`);
    agreed(certificate.raw);
    expect(certificate.subject.values('O')).toEqual([value]);
  });

  test('an empty subject', () => {
    expect(make('p256.pem', '-subj', '/').subject.isEmpty).toBe(true);
  });

  test('a validity that ends after 2049', () => {
    const { notAfter, notBefore, raw } = make('p256.pem', '-subj', '/CN=late', '-days', '20000');
    agreed(raw);
    expect(notAfter.getTime() - notBefore.getTime()).toBe(20000 * 24 * 3600 * 1000);
    expect(notAfter.getUTCFullYear()).toBeGreaterThan(2049);
  });

  test('version 1, made from a request', () => {
    openssl(folder, 'req', '-new', '-key', 'p256.pem', '-subj', '/CN=v1', '-config', 'plain.cnf', '-out', 'v1.csr');
    openssl(folder, 'x509', '-req', '-in', 'v1.csr', '-signkey', 'p256.pem', '-out', 'v1.crt', '-days', '1');
    const [certificate] = readCertificates(readFileSync(join(folder, 'v1.crt')));
    agreed(certificate.raw);
    // OpenSSL from 3.2 makes version 3 of it, with key identifiers.
    expect([1, 3]).toContain(certificate.version);
  });

  test('every extension in use', () => {
    writeFileSync(join(folder, 'extensions.cnf'), `[req]
distinguished_name=dn
prompt=no
x509_extensions=v3
[dn]
CN=ca
[v3]
basicConstraints=critical,CA:TRUE,pathlen:2
keyUsage=critical,keyCertSign,cRLSign,digitalSignature
extendedKeyUsage=clientAuth,serverAuth,1.2.3.4
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid:always,issuer:always
subjectAltName=DNS:a.example,DNS:*.b.example,URI:spiffe://example/x,dirName:dir,IP:10.0.0.1,IP:2001:db8::1,email:a@b.example,otherName:1.2.3.4;UTF8:x,RID:1.2.3
nameConstraints=critical,permitted;DNS:example
certificatePolicies=1.2.3.4
crlDistributionPoints=URI:http://example/ca.crl
authorityInfoAccess=OCSP;URI:http://example/ocsp
1.2.3.4.5=critical,DER:0500
[dir]
C=AU
CN=directory
`);
    const certificate = make('p256.pem', '-config', 'extensions.cnf');
    expect(factsForNode(certificate)).toEqual(factsOfNode(certificate.raw));
    expect(factsForPeculiar(certificate)).toEqual(factsOfPeculiar(certificate.raw));
    expect(certificate).toMatchObject({
      basicConstraints: { ca: true, pathLength: 2 },
      keyUsage: ['digitalSignature', 'keyCertSign', 'cRLSign'],
      extKeyUsage: ['clientAuth', 'serverAuth', '1.2.3.4'],
      unknownCriticalExtensions: ['nameConstraints', '1.2.3.4.5'],
    });
    expect(certificate.subjectAltName?.directoryName.map(String)).toEqual(['CN=directory,C=AU']);
    expect(certificate.authorityKeyIdentifier?.keyIdentifier).toEqual(certificate.subjectKeyIdentifier);
  });

  test('a certificate with OpenSSL\'s own trust settings behind it is refused under its own label', () => {
    make('p256.pem', '-subj', '/CN=trusted');
    openssl(folder, 'x509', '-in', 'certificate.pem', '-trustout', '-addtrust', 'clientAuth', '-out', 'trusted.pem');
    const pem = readFileSync(join(folder, 'trusted.pem'), 'utf8');
    expect(thrownBy(() => readCertificates(pem)).code).toBe('PEM_UNEXPECTED_LABEL');
    expect(thrownBy(() => readCertificates(pem.replace(/TRUSTED /g, ''))).code).toBe('DER_TRAILING_BYTES');
  });

  test('DER, and PEM with the text and bag attributes that OpenSSL puts around it', () => {
    const { serialNumber } = make('p256.pem', '-subj', '/CN=forms');
    openssl(folder, 'x509', '-in', 'certificate.pem', '-outform', 'DER', '-out', 'forms.der');
    openssl(folder, 'pkcs12', '-export', '-in', 'certificate.pem', '-inkey', 'p256.pem', '-passout', 'pass:', '-name', 'friend', '-out', 'forms.p12');
    const bag = openssl(folder, 'pkcs12', '-in', 'forms.p12', '-passin', 'pass:', '-nokeys');
    const described = openssl(folder, 'x509', '-in', 'certificate.pem', '-text');
    for (const input of [readFileSync(join(folder, 'forms.der')), bag, described]) {
      expect(readCertificates(input).map((certificate) => certificate.serialNumber)).toEqual([serialNumber]);
    }
    expect(thrownBy(() => readCertificates(readFileSync(join(folder, 'forms.p12')))).message).toContain('PKCS#12');
  });
});
