/** Every error code of PEM, DER and certificates has an input that produces it, at an offset that is known beforehand. */
import {
  bitString, buildCertificate, ECDSA_SHA256, explicit, extension, extensions, FALSE, hex, implicit, integer, name, NULL, octetString,
  offsetOf, oid, sequence, set, text, utcTime,
} from './certificate-builder';
import { thrownBy } from './thrown';
import { encodePem, readCertificate, readCertificates, Tag, X509Error, X509ErrorCode } from '../../src/x509';

/** An input, PEM as string and DER as bytes, and where the fault in it is. */
type Case = readonly [what: string, input: string | Uint8Array, offset: number];

const GOOD = buildCertificate();
const PEM = encodePem('CERTIFICATE', GOOD);

/** The certificate with a piece exchanged; lengths around it stay as they are, so both have to be as long. */
function patch(piece: Uint8Array, replacement: Uint8Array): Uint8Array {
  const der = Uint8Array.from(GOOD);
  der.set(replacement, offsetOf(der, piece));
  return der;
}

/** A case whose fault is at a piece of the certificate, or some octets behind its beginning. */
function at(what: string, der: Uint8Array, piece: Uint8Array, behind = 0): Case {
  return [what, der, offsetOf(der, piece) + behind];
}

/** As `at`, for a signature algorithm: the one outside the signed part is interpreted, the one inside has to be the same. */
function atAlgorithm(what: string, algorithm: Uint8Array, behind: number): Case {
  const der = buildCertificate({ signature: algorithm });
  return [what, der, Buffer.from(der).lastIndexOf(algorithm) + behind];
}

function withExtension(what: string, type: string, value: Uint8Array, piece: Uint8Array, behind = 0): Case {
  return at(what, buildCertificate({ extensions: extensions(extension(type, value)) }), piece, behind);
}

const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const EXT_KEY_USAGE = '2.5.29.37';

const deep = Array.from({ length: 40 }).reduce<Uint8Array>((inner) => sequence(inner), NULL);
const rsaKey = (...integers: Uint8Array[]) => sequence(sequence(oid('1.2.840.113549.1.1.1'), NULL), bitString(sequence(...integers)));
const ecKey = (...parameters: Uint8Array[]) => sequence(sequence(oid('1.2.840.10045.2.1'), ...parameters), bitString(hex('04')));
const explicitCurve = sequence(integer('01'), sequence(oid('1.2.840.10045.1.1'), integer('61')));
const validity = (notBefore: string) => sequence(utcTime(notBefore), utcTime('270101000000Z'));
const key = encodePem('PRIVATE KEY', new Uint8Array(100).fill(0x5a));

/** All codes but those of revocation lists: the type makes the compiler ask for a row when there is a new one. */
const CASES: Readonly<Record<Exclude<X509ErrorCode, `CRL_${string}`>, readonly Case[]>> = {
  DER_TRUNCATED: [
    ['a certificate cut off in the middle', GOOD.subarray(0, 200), 0],
    ['its first two octets', GOOD.subarray(0, 2), 1],
    ['an empty block', encodePem('CERTIFICATE', new Uint8Array()), 0],
    ['a certificate without signature', sequence(sequence(), ECDSA_SHA256), 4 + ECDSA_SHA256.length],
    at('an element that is longer than the one around it', patch(hex('550403 0c 06'), hex('550403 0c 46')), hex('0c46')),
    at('an empty signed part', sequence(sequence(), ECDSA_SHA256, bitString(hex(''))), ECDSA_SHA256, 0),
    withExtension('basicConstraints without content', BASIC_CONSTRAINTS, hex(''), hex('0400'), 2),
  ],
  DER_INDEFINITE_LENGTH: [
    ['a certificate of indefinite length', new Uint8Array([0x30, 0x80, ...GOOD.subarray(4), 0, 0]), 1],
    at('a name of indefinite length inside', buildCertificate({ subject: hex('3080 0000') }), hex('3080 0000'), 1),
    withExtension('a subjectAltName of indefinite length', SUBJECT_ALT_NAME, hex('3080 8201 61 0000'), hex('3080 8201'), 1),
  ],
  DER_LENGTH_NOT_MINIMAL: [
    ['an outer length of one octet too many', new Uint8Array([0x30, 0x83, 0, ...GOOD.subarray(2)]), 1],
    at('a serial whose length is in the long form', buildCertificate({ serialNumber: hex('02 8101 01') }), hex('028101'), 1),
    atAlgorithm('parameters with a length in the long form', sequence(oid('1.2.3'), hex('058100')), 7),
  ],
  DER_HIGH_TAG_NUMBER: [
    at('a name of tag 31', buildCertificate({ subject: hex('7f1f00') }), hex('7f1f00')),
  ],
  DER_TRAILING_BYTES: [
    ['a zero after the certificate', new Uint8Array([...GOOD, 0]), GOOD.length],
    ['a line end after the certificate', new Uint8Array([...GOOD, 0x0a]), GOOD.length],
    ['a second certificate after the first', new Uint8Array([...GOOD, ...GOOD]), GOOD.length],
    at('a fourth part', buildCertificate({ rest: hex('0500') }), hex('0500')),
    at('a field after the extensions', buildCertificate({ tbsRest: hex('0500') }), hex('0500')),
    at('a third time', buildCertificate({ validity: sequence(utcTime('260101000000Z'), utcTime('270101000000Z'), NULL) }), NULL),
    withExtension('a byte after keyUsage', KEY_USAGE, hex('03020780 00'), hex('03020780 00'), 4),
    withExtension('a fourth part of authorityKeyIdentifier', AUTHORITY_KEY_IDENTIFIER,
      sequence(implicit(0, 'k'), explicit(1), implicit(2, '\u0001'), NULL), NULL),
    atAlgorithm('a third part of an algorithm', sequence(oid('1.2.3'), hex('0400'), NULL), 8),
    withExtension('a third part of basicConstraints', BASIC_CONSTRAINTS, sequence(hex('0101ff'), integer('00'), NULL), NULL),
  ],
  DER_TOO_DEEP: [
    at('parameters of an algorithm that nest 40 deep', buildCertificate({
      subjectPublicKeyInfo: sequence(sequence(oid('1.2.3'), deep), bitString(hex('00'))),
    }), deep, 66),
  ],
  DER_TOO_LARGE: [
    ['a certificate of more than 64 KiB', new Uint8Array(65537), 0],
    ['a length of five octets', hex('3085 01 00000000 00'), 1],
    at('a length of eight octets inside', buildCertificate({ subject: hex('3088 0100000000000000') }), hex('308801'), 1),
  ],
  DER_UNEXPECTED_TAG: [
    ['a SET', set(GOOD.subarray(4)), 0],
    ['a private key in DER', sequence(integer('00'), ECDSA_SHA256, octetString(hex('00'))), 2],
    at('a serial that is no INTEGER', buildCertificate({ serialNumber: octetString(hex('77')) }), octetString(hex('77'))),
    at('a time of another type', buildCertificate({ validity: sequence(text(Tag.PRINTABLE_STRING, '260101000000Z'), utcTime('270101000000Z')) }),
      text(Tag.PRINTABLE_STRING, '260101000000Z')),
    withExtension('keyUsage as OCTET STRING', KEY_USAGE, hex('04020780'), hex('04020780')),
    withExtension('a key identifier in pieces', SUBJECT_KEY_IDENTIFIER, hex('2404 0402 abcd'), hex('2404')),
  ],
  DER_INVALID_BOOLEAN: [
    withExtension('ca: 01', BASIC_CONSTRAINTS, sequence(hex('010101')), hex('010101')),
    withExtension('ca without content', BASIC_CONSTRAINTS, sequence(hex('0100')), hex('0100')),
    at('critical: 01', buildCertificate({ extensions: extensions(extension('1.2.3', NULL, hex('010101'))) }), hex('010101')),
  ],
  DER_INVALID_INTEGER: [
    at('a serial without content', buildCertificate({ serialNumber: hex('0200') }), hex('0200')),
    at('a serial with a leading zero too many', buildCertificate({ serialNumber: integer('0001') }), integer('0001')),
    at('a negative serial with a leading FF too many', buildCertificate({ serialNumber: integer('ffff') }), integer('ffff')),
    at('an RSA modulus with a leading zero too many', buildCertificate({ subjectPublicKeyInfo: rsaKey(integer('0077'), integer('03')) }), integer('0077')),
    withExtension('a negative path length', BASIC_CONSTRAINTS, sequence(hex('0101ff'), integer('ff')), integer('ff')),
    withExtension('a path length beyond all measure', BASIC_CONSTRAINTS, sequence(hex('0101ff'), integer('7fffffffff')), integer('7fffffffff')),
    at('a version beyond all measure', buildCertificate({ version: explicit(0, integer('7fffffffff')) }), integer('7fffffffff')),
  ],
  DER_INVALID_BIT_STRING: [
    at('a signature with unused bits', buildCertificate({ signatureValue: bitString(hex('80'), 7) }), bitString(hex('80'), 7)),
    at('a signature without content', buildCertificate({ signatureValue: hex('0300') }), hex('0300')),
    at('a key with unused bits', buildCertificate({ subjectPublicKeyInfo: sequence(sequence(oid('1.2.3')), bitString(hex('88'), 3)) }), bitString(hex('88'), 3)),
    withExtension('keyUsage with unused bits that are set', KEY_USAGE, hex('030207ff'), hex('030207ff')),
    at('a unique identifier with nine unused bits', buildCertificate({ issuerUniqueId: implicit(1, '\u0009\u0000') }), hex('81020900')),
  ],
  DER_INVALID_NULL: [
    at('RSA parameters with content', buildCertificate({
      subjectPublicKeyInfo: sequence(sequence(oid('1.2.840.113549.1.1.1'), hex('050177')), bitString(sequence(integer('77'), integer('03')))),
    }), hex('050177')),
  ],
  DER_INVALID_OID: [
    at('an attribute type cut off', patch(hex('0603550403 0c07'), hex('0603550483 0c07')), hex('0603550483'), 4),
    at('an empty extension type', buildCertificate({ extensions: extensions(sequence(hex('0600'), octetString(NULL))) }), hex('0600')),
    atAlgorithm('an algorithm with leading zeros', sequence(hex('0603558003')), 5),
    withExtension('a key purpose cut off', EXT_KEY_USAGE, sequence(hex('06025581')), hex('06025581'), 3),
  ],
  DER_INVALID_STRING: [
    at('a common name that is not UTF-8', buildCertificate({ subject: name([['2.5.4.3', hex('0c01ff')]]) }), hex('0c01ff')),
    at('a country that is not ASCII', buildCertificate({ subject: name([['2.5.4.6', hex('130241fc')]]) }), hex('130241fc')),
    withExtension('a DNS name that is not ASCII', SUBJECT_ALT_NAME, sequence(implicit(2, 'm\u00fcller')), hex('82066d')),
    withExtension('a URI that is not ASCII', SUBJECT_ALT_NAME, sequence(implicit(6, 'm\u00fcller')), hex('86066d')),
  ],
  DER_INVALID_TIME: [
    at('30 February', buildCertificate({ validity: validity('260230000000Z') }), utcTime('260230000000Z')),
    at('29 February of a year without', buildCertificate({ validity: validity('250229000000Z') }), utcTime('250229000000Z')),
    at('a time without seconds', buildCertificate({ validity: validity('2601010000Z') }), utcTime('2601010000Z')),
    at('a time with an offset', buildCertificate({ validity: validity('260101000000+0100') }), utcTime('260101000000+0100')),
  ],
  PEM_NO_BLOCK: [
    ['an empty file', '', 0],
    ['an HTML page', '<!doctype html><title>Sign in</title>', 0],
    ['text that is no PEM', 'certificate: see attachment', 0],
  ],
  PEM_INVALID_BOUNDARY: [
    ['two files joined without a line end', PEM.trimEnd() + PEM, PEM.indexOf('-----END')],
    ['a text whose line ends became blanks', PEM.replace(/\n/g, ' '), 0],
  ],
  PEM_UNTERMINATED: [
    ['half a file', PEM.substring(0, 100), 0],
    ['a second block that is cut off', `${PEM}words\n${PEM.substring(0, 100)}`, PEM.length + 6],
  ],
  PEM_INVALID_BASE64: [
    ['a character too few', PEM.replace('\nM', '\n'), PEM.indexOf('-----END') - 1],
    ['a foreign character', PEM.replace('\nM', '\n*'), PEM.indexOf('\nM') + 1],
  ],
  PEM_TOO_LARGE: [
    ['more than 16 MiB', 'x'.repeat(16 * 1024 * 1024 + 1), 0],
  ],
  PEM_UNEXPECTED_LABEL: [
    ['a trusted certificate of OpenSSL', encodePem('TRUSTED CERTIFICATE', GOOD), 0],
    ['a request after a certificate', PEM + encodePem('CERTIFICATE REQUEST', GOOD), PEM.length],
    ['a label in small letters', encodePem('certificate', GOOD), 0],
  ],
  PEM_PRIVATE_KEY: [
    ['a key before a certificate', key + PEM, 0],
    ['a key after a certificate', PEM + key, PEM.length],
    ['a key after something that is no certificate either', encodePem('CERTIFICATE', NULL) + key, encodePem('CERTIFICATE', NULL).length],
    ['a key of OpenSSL before 1.0', encodePem('RSA PRIVATE KEY', NULL), 0],
    ['an encrypted key', encodePem('ENCRYPTED PRIVATE KEY', NULL), 0],
  ],
  NAME_EMPTY_RDN: [
    at('a subject with an empty relative name', buildCertificate({ subject: sequence(set()) }), hex('30023100'), 2),
  ],
  CERTIFICATE_VERSION: [
    at('version 1 written out', buildCertificate({ version: explicit(0, integer('00')) }), explicit(0, integer('00'))),
    at('version 4', buildCertificate({ version: explicit(0, integer('03')) }), explicit(0, integer('03'))),
    at('extensions in version 2', buildCertificate({ version: explicit(0, integer('01')), extensions: extensions(extension('1.2.3', NULL)) }),
      extensions(extension('1.2.3', NULL))),
    at('extensions in version 1', buildCertificate({ version: hex(''), extensions: extensions(extension('1.2.3', NULL)) }),
      extensions(extension('1.2.3', NULL))),
    at('a unique identifier in version 1', buildCertificate({ version: hex(''), subjectUniqueId: implicit(2, '\u0000\u0001') }), hex('82020001')),
  ],
  CERTIFICATE_ALGORITHM_MISMATCH: [
    at('another algorithm outside', buildCertificate({ signatureAlgorithm: sequence(oid('1.2.3')) }), ECDSA_SHA256),
    at('parameters outside only', buildCertificate({ signatureAlgorithm: sequence(oid('1.2.840.10045.4.3.2'), NULL) }), ECDSA_SHA256),
  ],
  CERTIFICATE_DUPLICATE_EXTENSION: [
    at('basicConstraints twice', buildCertificate({
      extensions: extensions(extension(BASIC_CONSTRAINTS, sequence()), extension(BASIC_CONSTRAINTS, sequence(hex('0101ff')))),
    }), extension(BASIC_CONSTRAINTS, sequence(hex('0101ff')))),
    at('an unknown extension twice', buildCertificate({ extensions: extensions(extension('1.2.3', NULL), extension('1.2.3', NULL, FALSE)) }),
      extension('1.2.3', NULL, FALSE)),
  ],
  CERTIFICATE_INVALID_EXTENSION: [
    withExtension('a name of form [9]', SUBJECT_ALT_NAME, sequence(implicit(9, 'abc')), hex('8903616263')),
    withExtension('an IA5String among the names', SUBJECT_ALT_NAME, sequence(text(Tag.IA5_STRING, 'abc')), text(Tag.IA5_STRING, 'abc')),
    withExtension('a DNS name in pieces', SUBJECT_ALT_NAME, sequence(hex('a203160161')), hex('a203160161')),
  ],
  CERTIFICATE_INVALID_SIGNATURE_ALGORITHM: [
    atAlgorithm('RSASSA-PSS without parameters', sequence(oid('1.2.840.113549.1.1.10')), 0),
    atAlgorithm('RSASSA-PSS with NULL in their place', sequence(oid('1.2.840.113549.1.1.10'), NULL), 0),
  ],
  CERTIFICATE_INVALID_PUBLIC_KEY: [
    at('an RSA modulus of zero', buildCertificate({ subjectPublicKeyInfo: rsaKey(integer('00'), integer('03')) }), integer('00')),
    at('a negative RSA modulus', buildCertificate({ subjectPublicKeyInfo: rsaKey(integer('99'), integer('03')) }), integer('99')),
    at('a negative RSA exponent', buildCertificate({ subjectPublicKeyInfo: rsaKey(integer('77'), integer('fd')) }), integer('77')),
    at('an EC key without curve', buildCertificate({ subjectPublicKeyInfo: ecKey() }), sequence(oid('1.2.840.10045.2.1'))),
    at('an EC key that spells out its curve', buildCertificate({ subjectPublicKeyInfo: ecKey(explicitCurve) }), sequence(oid('1.2.840.10045.2.1'), explicitCurve)),
  ],
};

const rows = Object.entries(CASES).flatMap(([code, cases]) => cases.map(([what, input, offset]) => [code, what, input, offset] as const));

test.each(rows)('%s: %s', (code, _, input, offset) => {
  const error = thrownBy(() => typeof input === 'string' ? readCertificates(input) : readCertificate(input));
  expect({ code: error.code, offset: error.offset }).toEqual({ code, offset });
  expect(error.message).toMatch(/^([a-z]|[A-Z]{2}).*[^.] \(at offset \d+\)$/);
});

test('the certificate that all these are made from is fine', () => {
  expect(readCertificate(GOOD).subject.toString()).toBe('CN=subject');
  expect(readCertificates(PEM)).toHaveLength(1);
});

test('errors are Errors with a name of their own', () => {
  const error = thrownBy(() => readCertificates(''));
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(X509Error);
  expect([error.name, error.message]).toEqual(['X509Error', 'no PEM block was found: the input is empty (at offset 0)']);
});

test('the bytes of a private key among certificates are in no message', () => {
  const secret = Buffer.from(new Uint8Array(100).fill(0x5a)).toString('base64').substring(0, 12);
  expect(key).toContain(secret);
  for (const input of [key + PEM, PEM + key, key.replace('PRIVATE KEY', 'CERTIFICATE'), key.substring(0, 100), key.replace('Wlpa', 'W*pa')]) {
    const { message } = thrownBy(() => readCertificates(input));
    expect(message).not.toMatch(/Wlpa|5a5a|ZZZ/);
  }
});
