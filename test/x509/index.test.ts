/** Whatever comes in, the readers of this folder come to an end, and fail with an X509Error or not at all. */
import { webcrypto } from 'crypto';
import { readFileSync } from 'fs';
import { join } from 'path';
import * as fc from 'fast-check';
import {
  bitString, buildCertificate, commonName, explicit, extension, extensions, generalizedTime, hex, implicit, integer, name, NULL, oid, sequence,
  text, TRUE, utcTime,
} from './certificate-builder';
import { damaged } from './mutations';
import { briefFactsOfNode, factsForNode } from './oracles';
import { thrownBy } from './thrown';
import { Certificate, checkWellFormed, encodeElement, encodePem, readCertificate, readCertificates, readPem, Tag, X509Error } from '../../src/x509';

/** So many cases of each kind in every run, each time others; fast-check prints the seed of a failing one. */
const RUNS = 10_000;

const vectors = JSON.parse(readFileSync(join(__dirname, '../vectors/create-session.json'), 'utf8'));

/** Certificates of every kind of key, string, time and extension. */
const CERTIFICATES: Uint8Array[] = [
  ...readCertificates(vectors.rootPem).map(({ raw }) => raw),
  ...vectors.cases.map(({ certificatePem }: { certificatePem: string }) => readCertificates(certificatePem)[0].raw),
  buildCertificate(),
  buildCertificate({ version: new Uint8Array(), serialNumber: integer('ff'), subject: name() }),
  buildCertificate({
    serialNumber: integer(`00${'f0'.repeat(20)}`),
    issuer: name(
      [['2.5.4.6', text(Tag.PRINTABLE_STRING, 'AU')]], [['2.5.4.10', text(Tag.T61_STRING, 'Müller')]], [['2.5.4.11', text(Tag.BMP_STRING, 'Zoë')]],
      [['2.5.4.3', text(Tag.UTF8_STRING, 'host')], ['1.2.840.113549.1.9.1', text(Tag.IA5_STRING, 'a@b.example')]], [['2.5.4.45', bitString(hex('a0'), 5)]],
    ),
    validity: sequence(utcTime('491231235959Z'), generalizedTime('20500101000000Z')),
    issuerUniqueId: implicit(1, '\u0000\u0001'),
    extensions: extensions(
      extension('2.5.29.19', sequence(TRUE, integer('02')), TRUE),
      extension('2.5.29.15', bitString(hex('86'), 1), TRUE),
      extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.2'), oid('2.25.329800735698586629295641978511506172918'))),
      extension('2.5.29.17', sequence(
        implicit(2, 'a.example'), implicit(6, 'https://example/'), explicit(4, commonName('directory')), implicit(7, '\u0001\u0002\u0003\u0004'),
        explicit(0, oid('1.2.3'), explicit(0, text(Tag.UTF8_STRING, 'x'))),
      )),
      extension('2.5.29.14', encodeElement(Tag.OCTET_STRING, hex('0102'))),
      extension('2.5.29.35', sequence(implicit(0, 'k'), explicit(1, explicit(4, commonName('i'))), implicit(2, '\u0001'))),
      extension('1.2.3.4', NULL, TRUE),
    ),
  }),
  buildCertificate({ signature: sequence(oid('1.2.840.113549.1.1.10'), sequence(explicit(0, sequence(oid('2.16.840.1.101.3.4.2.1'), NULL)))) }),
];

const CODE = /^(DER|PEM|NAME|CERTIFICATE)_[A-Z0-9_]+$/;

/** What a reader makes of an input, where it does not throw an X509Error that says what and where. */
function outcome<T>(length: number, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof X509Error)) {
      throw error;
    }
    // Plain comparisons, since this runs a hundred thousand times, and expect() is slow.
    const { code, offset } = error;
    if (!CODE.test(code) || !Number.isInteger(offset) || offset < 0 || offset > length) {
      throw new Error(`the error says neither what nor where: ${code} at ${offset} of ${length}`);
    }
    return undefined;
  }
}

/** Reads bytes in every way there is. */
function readEverything(bytes: Uint8Array): Certificate | undefined {
  const certificate = outcome(bytes.length, () => readCertificate(bytes));
  const pem = encodePem('CERTIFICATE', bytes);
  const throughPem = outcome(pem.length, () => readCertificates(pem));
  if (throughPem?.length !== (certificate && 1)) {
    throw new Error('PEM and DER of the same bytes are read differently');
  }
  outcome(bytes.length, () => readCertificates(bytes));
  outcome(bytes.length, () => readPem(bytes));
  return certificate;
}

describe('robustness', () => {
  test(`${RUNS} damaged certificates are read or refused`, () => {
    let accepted = 0;
    let comparable = 0;
    fc.assert(fc.property(damaged(CERTIFICATES), (der) => {
      const certificate = readEverything(der);
      if (!certificate) {
        return;
      }
      accepted++;
      // No reader may have stepped over a part that is not DER.
      checkWellFormed(der, 0, der.length);
      expect(certificate.raw.length).toBe(der.length);
      expect(certificate.serialNumberHex).toMatch(/^-?([0-9a-f]{2})+$/);
      const node = briefFactsOfNode(der);
      if (node && isOrdinary(certificate)) {
        comparable++;
        expect(factsForNode(certificate)).toMatchObject(node);
      }
    }), { numRuns: RUNS });
    // Both kinds have to be there: a test of refusals only would not notice a reader that refuses everything.
    expect(accepted).toBeGreaterThan(RUNS / 100);
    expect(accepted).toBeLessThan(RUNS / 2);
    expect(comparable).toBeGreaterThan(0);
  });

  test(`${RUNS} random byte strings are refused`, () => {
    const header = fc.tuple(fc.constantFrom(0x30, 0x31, 0x02, 0xa0), fc.constantFrom([], [0x81], [0x82, 0x01], [0x84, 0x7f, 0xff, 0xff]))
      .map(([tag, length]) => Uint8Array.from([tag, ...length]));
    const withHeader = fc.tuple(header, fc.uint8Array({ maxLength: 400 })).map(([first, rest]) => Uint8Array.from([...first, ...rest]));
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), withHeader, randomDer(), prefixedDer()), (bytes) => {
      // A property that returns false has failed.
      return readEverything(bytes) === undefined;
    }), { numRuns: RUNS });
  });

  test(`${RUNS} texts of pieces of PEM are read or refused`, () => {
    const pem = encodePem('CERTIFICATE', CERTIFICATES[CERTIFICATES.length - 1]);
    const pieces = fc.constantFrom(
      '-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', '-----BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----', '-----BEGIN ', '-----END ', '-----',
      '\n', '\r\n', '\r', ' ', '\t', '=', '==', ':', 'Proc-Type: 4,ENCRYPTED', 'MIIB', 'AAAA', '\ufeff', '\u0000', '\u0100', 'words', pem, pem.substring(30, 200),
    );
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
      fc.array(fc.tuple(fc.noBias(fc.nat(pem.length)), fc.string({ maxLength: 3 })), { minLength: 1, maxLength: 3 }).map((list) => (
        list.reduce((worse, [position, inserted]) => worse.substring(0, position) + inserted + worse.substring(position + 1), pem)
      )),
    );
    let accepted = 0;
    fc.assert(fc.property(texts, (damagedPem) => {
      const blocks = outcome(damagedPem.length, () => readPem(damagedPem));
      outcome(damagedPem.length, () => readCertificates(damagedPem));
      const bytes = Buffer.from(damagedPem, 'utf8');
      outcome(bytes.length, () => readCertificates(bytes));
      accepted += blocks ? 1 : 0;
    }), { numRuns: RUNS });
    expect(accepted).toBeGreaterThan(RUNS / 100);
  });
});

/** Whether OpenSSL has the same names for everything: it knows more attribute types, and prints values that are no strings as it likes. */
function isOrdinary({ issuer, subject }: Certificate): boolean {
  return [...issuer.attributes, ...subject.attributes].every(({ type, opaque, value }) => (
    // eslint-disable-next-line no-control-regex
    !/^\d/.test(type) && !opaque && !/[\u0000-\u001f\u007f]/.test(value)
  ));
}

/** Elements of arbitrary tags in one another, with lengths that are right. */
function randomDer(): fc.Arbitrary<Uint8Array> {
  return fc.letrec<{ element: Uint8Array; leaf: Uint8Array }>((tie) => ({
    leaf: fc.tuple(fc.constantFrom(...Object.values(Tag), 0x80, 0x81, 0x82), fc.uint8Array({ maxLength: 12 }))
      .map(([tag, content]) => encodeElement(tag, content)),
    element: fc.oneof({ maxDepth: 5 }, tie('leaf'), fc.tuple(fc.constantFrom(Tag.SEQUENCE, Tag.SET, 0xa0, 0xa3), fc.array(tie('element'), { maxLength: 5 }))
      .map(([tag, parts]) => encodeElement(tag, ...parts))),
  })).element;
}

/** Random elements where the signed part of a certificate is expected. */
function prefixedDer(): fc.Arbitrary<Uint8Array> {
  return fc.array(randomDer(), { minLength: 1, maxLength: 8 }).map((parts) => sequence(sequence(explicit(0, integer('02')), integer('01'), ...parts)));
}

describe('inputs made to take long', () => {
  const MIB = 1024 * 1024;
  const block = '-----BEGIN A-----\n-----END A-----\n';
  const randomBase64 = Buffer.from(webcrypto.getRandomValues(new Uint8Array(60_000))).toString('base64');
  const withExtensionType = (content: Uint8Array) => buildCertificate({
    extensions: extensions(sequence(encodeElement(Tag.OBJECT_IDENTIFIER, content), encodeElement(Tag.OCTET_STRING))),
  });
  const nest = (depth: number): Uint8Array => depth === 0 ? NULL : sequence(nest(depth - 1));

  // Each takes a fraction of a second where the time grows with the size, and minutes or more where it grows with its square.
  test.each<[string, () => string, string | undefined]>([
    ['BEGIN lines without an end', () => '-----BEGIN A-----\n'.repeat(MIB / 2), 'PEM_UNTERMINATED'],
    ['BEGIN in the middle of lines', () => 'x -----BEGIN A-----\n'.repeat(MIB / 2), 'PEM_NO_BLOCK'],
    ['END in the middle of the lines of a block', () => `-----BEGIN A-----\n${'x -----END A-----\n'.repeat(MIB / 2)}`, 'PEM_UNTERMINATED'],
    ['dashes only', () => '-'.repeat(12 * MIB), 'PEM_NO_BLOCK'],
    ['a BEGIN line without an end', () => `-----BEGIN ${'A'.repeat(12 * MIB)}`, 'PEM_INVALID_BOUNDARY'],
    ['blanks before boundaries within lines', () => `x${' '.repeat(1000)}-----BEGIN `.repeat(12_000), 'PEM_NO_BLOCK'],
    ['blanks only', () => ' '.repeat(12 * MIB), 'PEM_NO_BLOCK'],
    ['a block of blanks', () => `-----BEGIN A-----\n${' '.repeat(12 * MIB)}\n-----END A-----`, undefined],
    ['hundreds of thousands of empty blocks', () => block.repeat(MIB / 4), undefined],
    ['hundreds of thousands of headers', () => `-----BEGIN A-----\n${'N: v\n'.repeat(MIB)}\n-----END A-----`, undefined],
    ['a header folded into hundreds of thousands of lines', () => `-----BEGIN A-----\nN: v\n${' v\n'.repeat(MIB)}\n-----END A-----`, undefined],
    ['an endless header line', () => `-----BEGIN A-----\nN: ${'v '.repeat(4 * MIB)}\n\n-----END A-----`, undefined],
    ['a body on one endless line', () => `-----BEGIN A-----\n${'AAAA'.repeat(2 * MIB)}\n-----END A-----`, undefined],
    ['something like HTML', () => `${'\n '.repeat(4 * MIB)}<htm`, 'PEM_NO_BLOCK'],
  ])('%s', (_, make, code) => {
    const input = make();
    if (code === undefined) {
      expect(readPem(input).length).toBeGreaterThan(0);
    } else {
      expect(thrownBy(() => readPem(input)).code).toBe(code);
    }
  });

  test.each<[string, () => Uint8Array, string | undefined]>([
    ['10,000 levels', () => buildCertificate({ subject: nest(10_000) }), 'DER_UNEXPECTED_TAG'],
    ['3,000 levels of what nobody reads', () => buildCertificate({ signature: sequence(oid('1.2.3'), nest(3000)) }), 'DER_TOO_DEEP'],
    ['thousands of attributes in one relative name', () => (
      buildCertificate({ subject: name(Array.from({ length: 5000 }, () => ['2.5.4.3', text(Tag.UTF8_STRING, 'a')] as const)) })
    ), undefined],
    ['thousands of names', () => buildCertificate({
      extensions: extensions(extension('2.5.29.17', sequence(...Array.from({ length: 20_000 }, () => implicit(2, 'a'))))),
    }), undefined],
    ['a serial of 60,000 octets', () => buildCertificate({ serialNumber: encodeElement(Tag.INTEGER, new Uint8Array(60_000).fill(0x55)) }), undefined],
    ['an identifier of 60,000 arcs', () => withExtensionType(new Uint8Array(60_000).fill(1)), undefined],
    ['an identifier with one endless arc', () => withExtensionType(new Uint8Array(60_000).fill(0x81)), 'DER_INVALID_OID'],
    ['a BMPString of 30,000 characters', () => buildCertificate({ subject: name([['2.5.4.3', text(Tag.BMP_STRING, '東'.repeat(30_000))]]) }), undefined],
    ['a common name of 60,000 characters, some of them not ASCII', () => buildCertificate({ subject: commonName(`${randomBase64.substring(0, 60_000)}é`) }), undefined],
  ])('a certificate with %s', (_, make, code) => {
    const der = make();
    if (code === undefined) {
      expect(readCertificate(der).raw).toBe(der);
      expect(readCertificate(der).subject.equals(readCertificate(der).issuer)).toBe(false);
    } else {
      expect(thrownBy(() => readCertificate(der)).code).toBe(code);
    }
  });
});
