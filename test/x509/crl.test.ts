/** What the reader of revocation lists takes and refuses, whether other programs agree, and that long lists stay cheap. */
import 'reflect-metadata';
import { randomBytes } from 'crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { setFlagsFromString } from 'v8';
import { runInNewContext } from 'vm';
import * as x509 from '@peculiar/x509';
import * as fc from 'fast-check';
import {
  bitString, buildCertificate, commonName, ECDSA_SHA256, explicit, extension, generalizedTime, hex, implicit, integer, name, NOTHING, NULL,
  octetString, offsetOf, oid, sequence, text, TRUE, utcTime,
} from './certificate-builder';
import { damaged } from './mutations';
import { openssl, opensslVersion } from './openssl';
import { faultOf, thrownBy } from './thrown';
import { encodeElement, encodePem, RevokedCertificate, readCertificate, readCertificates, readCrl, readCrls, Tag, X509Error, X509ErrorCode } from '../../src/x509';
import {
  authorityKeyIdentifier, buildCrl, crlExtensions, crlNumber, entries, entriesOf, entry, manyEntries, reason, serialOctets, signCrl,
} from '../support/crl-builder';
import { createRootCa } from '../support/pki';

const RUNS = 10_000;

const REASON_CODE = '2.5.29.21';
const INVALIDITY_DATE = '2.5.29.24';
const DELTA_CRL_INDICATOR = '2.5.29.27';
const ISSUING_DISTRIBUTION_POINT = '2.5.29.28';
const CERTIFICATE_ISSUER = '2.5.29.29';

/** A serial number from the content octets of its INTEGER. */
function fromOctets(octets: Uint8Array): bigint {
  return BigInt.asIntN(octets.length * 8, BigInt(`0x${Buffer.from(octets).toString('hex')}`));
}

function certificateIssuer(...names: Uint8Array[]): Uint8Array {
  return extension(CERTIFICATE_ISSUER, sequence(...names), TRUE);
}

const directoryName = (value: string) => explicit(4, commonName(value));

describe('a list', () => {
  test('is read field by field', () => {
    const der = buildCrl({
      issuer: name([['2.5.4.6', text(Tag.PRINTABLE_STRING, 'AU')]], [['2.5.4.3', text(Tag.UTF8_STRING, 'Example CA')]]),
      thisUpdate: utcTime('260203040506Z'),
      nextUpdate: generalizedTime('20500101000000Z'),
      revokedCertificates: entries(entry(hex('01')), entry(hex('00ff'), utcTime('260102030405Z'), reason(1))),
      crlExtensions: crlExtensions(crlNumber('0100'), authorityKeyIdentifier(hex('aabb')), extension('1.2.3.4', NULL)),
      signatureValue: bitString(hex('0102')),
    });
    const crl = readCrl(der);
    expect(crl).toMatchObject({
      version: 2,
      thisUpdate: new Date('2026-02-03T04:05:06Z'),
      nextUpdate: new Date('2050-01-01T00:00:00Z'),
      signatureAlgorithm: { name: 'ecdsa-with-SHA256', keyKind: 'EC', hash: 'SHA-256' },
      revokedCount: 2,
      crlNumber: 256n,
      hasCertificateIssuers: false,
      unknownCriticalExtensions: [],
    });
    expect(crl.issuer.toString()).toBe('CN=Example CA,C=AU');
    expect(Buffer.from(crl.signature)).toEqual(Buffer.from([1, 2]));
    expect(Buffer.from(crl.authorityKeyIdentifier!.keyIdentifier!)).toEqual(Buffer.from([0xaa, 0xbb]));
    expect(crl.extensions.map(({ oid: type, critical }) => [type, critical])).toEqual([['2.5.29.20', false], ['2.5.29.35', false], ['1.2.3.4', false]]);
    expect(crl.raw).toBe(der);
    expect(Buffer.from(crl.tbsCertList)).toEqual(Buffer.from(der.subarray(3, der.length - ECDSA_SHA256.length - bitString(hex('0102')).length)));
  });

  test('may be of version 1, without a next update and without entries', () => {
    const crl = readCrl(buildCrl({ version: NOTHING, nextUpdate: NOTHING }));
    expect([crl.version, crl.nextUpdate, crl.revokedCount, crl.crlNumber, crl.issuingDistributionPoint, crl.deltaBaseNumber])
      .toEqual([1, undefined, 0, undefined, undefined, undefined]);
    expect(crl.find(1n)).toBeUndefined();
    expect([...crl.revokedCertificates()]).toEqual([]);
  });

  test('may have a field of entries that is empty, which RFC 5280 forbids and some CAs write', () => {
    const crl = readCrl(buildCrl({ revokedCertificates: entries() }));
    expect([crl.revokedCount, crl.find(0n), [...crl.revokedCertificates()]]).toEqual([0, undefined, []]);
  });

  test('of version 1 may have entries', () => {
    const crl = readCrl(buildCrl({ version: NOTHING, revokedCertificates: entries(entry(hex('07'))) }));
    expect(crl.find(7n)?.serialNumberHex).toBe('07');
  });

  test('says which certificates it covers', () => {
    const pointOf = (...parts: Uint8Array[]) => readCrl(buildCrl({
      crlExtensions: crlExtensions(extension(ISSUING_DISTRIBUTION_POINT, sequence(...parts), TRUE)),
    })).issuingDistributionPoint;
    const nothing = {
      distributionPoint: false,
      onlyContainsUserCerts: false,
      onlyContainsCaCerts: false,
      onlyContainsAttributeCerts: false,
      onlySomeReasons: false,
      indirectCrl: false,
    };
    expect(pointOf()).toEqual(nothing);
    expect(pointOf(explicit(0, explicit(0, implicit(6, 'http://pki.example/ca.crl'))))).toEqual({ ...nothing, distributionPoint: true });
    expect(pointOf(implicit(1, '\u00ff'))).toEqual({ ...nothing, onlyContainsUserCerts: true });
    expect(pointOf(implicit(2, '\u00ff'))).toEqual({ ...nothing, onlyContainsCaCerts: true });
    expect(pointOf(implicit(3, '\u0001\u0006'))).toEqual({ ...nothing, onlySomeReasons: true });
    expect(pointOf(implicit(4, '\u00ff'))).toEqual({ ...nothing, indirectCrl: true });
    expect(pointOf(implicit(5, '\u00ff'))).toEqual({ ...nothing, onlyContainsAttributeCerts: true });
    expect(pointOf(implicit(1, '\u0000'), implicit(5, '\u0000'))).toEqual(nothing);
  });

  test('says when it is a delta list, and to which', () => {
    const crl = readCrl(buildCrl({ crlExtensions: crlExtensions(crlNumber('05'), extension(DELTA_CRL_INDICATOR, integer('03'), TRUE)) }));
    expect([crl.crlNumber, crl.deltaBaseNumber, crl.unknownCriticalExtensions]).toEqual([5n, 3n, []]);
  });

  test('names its critical extensions that are not interpreted, and those of its entries, once each', () => {
    const critical = (type: string) => extension(type, NULL, TRUE);
    const crl = readCrl(buildCrl({
      revokedCertificates: entries(
        entry(hex('01'), utcTime('260101000000Z'), critical('1.2.3.4'), reason(1)),
        entry(hex('02'), utcTime('260101000000Z'), critical('1.2.3.4')),
        entry(hex('03'), utcTime('260101000000Z'), critical('1.2.3.5'), critical('2.5.29.23')),
        entry(hex('04'), utcTime('260101000000Z'), extension('1.2.3.6', NULL)),
      ),
      crlExtensions: crlExtensions(critical('1.2.3.5'), critical('2.5.29.46'), extension('1.2.3.7', NULL)),
    }));
    expect(crl.unknownCriticalExtensions).toEqual(['1.2.3.5', 'freshestCRL', '1.2.3.4', 'holdInstructionCode']);
  });

  test('of thousands of different critical extensions names a few', () => {
    const many = Array.from({ length: 5000 }, (_, i) => entry(hex('01'), utcTime('260101000000Z'), extension(`1.2.3.${i}`, NULL, TRUE)));
    expect(readCrl(buildCrl({ revokedCertificates: entriesOf(many) })).unknownCriticalExtensions).toHaveLength(16);
  });
});

describe('an entry', () => {
  const only = (...parts: Parameters<typeof entry>) => {
    const crl = readCrl(buildCrl({ revokedCertificates: entries(entry(...parts)) }));
    const [revoked, ...others] = [...crl.revokedCertificates()];
    expect(others).toEqual([]);
    expect(crl.find(revoked.serialNumber)).toEqual(revoked);
    expect(crl.find(parts[0])).toEqual(revoked);
    return revoked;
  };

  test.each([
    [1, 'keyCompromise'], [2, 'cACompromise'], [3, 'affiliationChanged'], [4, 'superseded'], [5, 'cessationOfOperation'], [6, 'certificateHold'],
    [8, 'removeFromCRL'], [9, 'privilegeWithdrawn'], [10, 'aACompromise'], [0, 'unspecified'],
  ])('with reason %d is revoked for %s', (code, expected) => {
    expect(only(hex('01'), utcTime('260101000000Z'), reason(code)).reason).toBe(expected);
  });

  test('without extensions has no reason and is the list issuer\'s', () => {
    const revoked = only(hex('4a00'), utcTime('251231235958Z'));
    expect(revoked).toMatchObject({ serialNumber: 0x4a00n, serialNumberHex: '4a00', revocationDate: new Date('2025-12-31T23:59:58Z') });
    expect([revoked.reason, revoked.invalidityDate, revoked.certificateIssuer.toString()]).toEqual([undefined, undefined, 'CN=issuer']);
  });

  test('with more than a reason, or with a reason that is critical, is read whole', () => {
    const invalidity = extension(INVALIDITY_DATE, generalizedTime('20251130112233Z'));
    const both = { reason: 'superseded', invalidityDate: new Date('2025-11-30T11:22:33Z') };
    expect(only(hex('01'), utcTime('260101000000Z'), reason(4), invalidity)).toMatchObject(both);
    expect(only(hex('01'), utcTime('260101000000Z'), invalidity, reason(4))).toMatchObject(both);
    expect(only(hex('01'), utcTime('260101000000Z'), extension(REASON_CODE, hex('0a0104'), TRUE)).reason).toBe('superseded');
  });

  test('may be longer than one octet of length can say', () => {
    const long = extension('1.2.3.4', octetString(new Uint8Array(300)));
    const crl = readCrl(buildCrl({ revokedCertificates: entries(entry(hex('01')), entry(hex('02'), utcTime('260101000000Z'), long, reason(1)), entry(hex('03'))) }));
    expect([1n, 2n, 3n, 4n].map((serial) => crl.find(serial)?.reason ?? crl.find(serial)?.serialNumberHex)).toEqual(['01', 'keyCompromise', '03', undefined]);
  });

  test.each([
    ['a leap day', utcTime('240229120000Z'), '2024-02-29T12:00:00.000Z'],
    ['the last day of a month', utcTime('260131000000Z'), '2026-01-31T00:00:00.000Z'],
    ['a day of the last century', utcTime('991231235959Z'), '1999-12-31T23:59:59.000Z'],
    ['GeneralizedTime', generalizedTime('20510304050607Z'), '2051-03-04T05:06:07.000Z'],
  ])('may be revoked on %s', (_, date, expected) => {
    expect(only(hex('01'), date).revocationDate.toISOString()).toBe(expected);
  });

  test.each([
    ['zero', '00', 0n], ['one octet', '7f', 127n], ['a sign octet', '0080', 128n], ['negative', 'ff', -1n], ['negative, two octets', '8000', -32768n],
    ['160 bits', `00${'f0'.repeat(20)}`, BigInt(`0x${'f0'.repeat(20)}`)], ['32 octets', `7f${'00'.repeat(31)}`, 0x7fn << 248n],
  ])('may have a serial number of this kind: %s', (_, octets, serial) => {
    expect(only(hex(octets)).serialNumber).toBe(serial);
  });

  test('is found by octets with redundant ones in front', () => {
    const crl = readCrl(buildCrl({ revokedCertificates: entries(entry(hex('0080')), entry(hex('80')), entry(hex('01'))) }));
    const hexOf = (octets: string) => crl.find(hex(octets))?.serialNumberHex;
    expect([hexOf('0080'), hexOf('00000080'), hexOf('80'), hexOf('ff80'), hexOf('ffffff80'), hexOf('000001')]).toEqual(['80', '80', '-80', '-80', '-80', '01']);
    expect([hexOf(''), hexOf('00'), hexOf('0100'), hexOf('81'), hexOf('7f'.repeat(40))]).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect([crl.find(128n), crl.find(-128n), crl.find(1n << 4000n)].map((found) => found?.serialNumber)).toEqual([128n, -128n, undefined]);
  });

  test('that has the serial number of one before it changes nothing', () => {
    const list = [entry(hex('05'), utcTime('260101000000Z'), reason(1)), entry(hex('06')), entry(hex('05'), utcTime('260102000000Z'), reason(4))];
    const crl = readCrl(buildCrl({ revokedCertificates: entriesOf(list) }));
    expect([crl.revokedCount, crl.find(5n)?.reason]).toEqual([3, 'keyCompromise']);
    expect([...crl.revokedCertificates()].map((revoked) => revoked.reason)).toEqual(['keyCompromise', undefined, 'superseded']);
  });

  test('of an indirect list has the issuer that it or the nearest entry before it names', () => {
    const date = utcTime('260101000000Z');
    const crl = readCrl(buildCrl({
      revokedCertificates: entries(
        entry(hex('01')),
        entry(hex('02'), date, certificateIssuer(directoryName('A'))),
        entry(hex('03')),
        entry(hex('04'), date, reason(1)),
        entry(hex('05'), date, certificateIssuer(implicit(6, 'ldap://x'), directoryName('B'), directoryName('C'))),
        entry(hex('06')),
      ),
      crlExtensions: crlExtensions(extension(ISSUING_DISTRIBUTION_POINT, sequence(implicit(4, '\u00ff')), TRUE)),
    }));
    const expected = ['CN=issuer', 'CN=A', 'CN=A', 'CN=A', 'CN=B', 'CN=B'];
    expect([...crl.revokedCertificates()].map((revoked) => revoked.certificateIssuer.toString())).toEqual(expected);
    expect([1n, 2n, 3n, 4n, 5n, 6n].map((serial) => crl.find(serial)!.certificateIssuer.toString())).toEqual(expected);
    expect([crl.hasCertificateIssuers, crl.unknownCriticalExtensions]).toEqual([true, []]);
  });
});

describe('files', () => {
  const der = buildCrl({ revokedCertificates: manyEntries(3), crlExtensions: crlExtensions(crlNumber('01')) });
  const other = buildCrl({ crlExtensions: crlExtensions(crlNumber('02')) });
  const numbers = (input: string | Uint8Array) => readCrls(input).map((crl) => crl.crlNumber);

  test('DER, PEM and the label that some libraries write are read', () => {
    expect(numbers(der)).toEqual([1n]);
    expect(numbers(encodePem('X509 CRL', der))).toEqual([1n]);
    expect(numbers(encodePem('CRL', der))).toEqual([1n]);
    expect(numbers(Buffer.from(encodePem('X509 CRL', der)))).toEqual([1n]);
  });

  test('several lists in one text are read in order', () => {
    expect(numbers(`${encodePem('X509 CRL', der)}\n${encodePem('CRL', other)}`)).toEqual([1n, 2n]);
  });

  test('a private key among them is refused before anything else', () => {
    const pem = encodePem('CERTIFICATE', NULL) + encodePem('EC PRIVATE KEY', NULL);
    expect(faultOf(() => readCrls(pem))).toEqual({ code: 'PEM_PRIVATE_KEY', offset: pem.indexOf('-----BEGIN EC') });
  });

  test('a certificate among them is refused, with what it is', () => {
    const error = thrownBy(() => readCrls(encodePem('X509 CRL', der) + encodePem('CERTIFICATE', buildCertificate())));
    expect(error.code).toBe('PEM_UNEXPECTED_LABEL');
    expect(error.message).toContain('it is a certificate');
    expect(thrownBy(() => readCrls(encodePem('PKCS7', der))).message).toContain('"PKCS7" instead of "X509 CRL"');
  });
});

/** Fault, input and offset. */
type Case = readonly [what: string, der: Uint8Array, offset: number];

/** A case whose fault is where a piece of the list begins, or some octets behind. */
function at(what: string, der: Uint8Array, piece: Uint8Array, behind = 0): Case {
  return [what, der, offsetOf(der, piece) + behind];
}

function oddEntry(what: string, odd: Uint8Array, behind: number): Case {
  return at(what, buildCrl({ revokedCertificates: entries(entry(hex('4444')), odd) }), odd, behind);
}

function oddExtension(what: string, type: string, value: Uint8Array, behind = 0): Case {
  return at(what, buildCrl({ crlExtensions: crlExtensions(extension(type, value)) }), value, behind);
}

function oddEntryExtension(what: string, type: string, value: Uint8Array, behind = 0): Case {
  return at(what, buildCrl({ revokedCertificates: entries(entry(hex('4444'), utcTime('260101000000Z'), extension(type, value))) }), value, behind);
}

const date = utcTime('260101000000Z');
const LONG_NAME = commonName('x'.repeat(70_000));
const LONG_EXTENSION = extension('1.2.3', new Uint8Array(70_000));
const pss = sequence(oid('1.2.840.113549.1.1.10'));

/** What is wrong with lists only: the compiler asks for a row when there is a new code. */
const CRL_CASES: Readonly<Record<Extract<X509ErrorCode, `CRL_${string}`>, readonly Case[]>> = {
  CRL_NOT_A_LIST: [
    ['a web page', Buffer.from('<!DOCTYPE html><html>'), 0],
    ['a web page after a byte order mark', Buffer.from('\ufeff \n<html>'), 0],
    ['PEM', Buffer.from(encodePem('X509 CRL', buildCrl())), 0],
    ['nothing', new Uint8Array(), 0],
    at('a certificate', buildCertificate(), explicit(0, integer('02')), -3),
  ],
  CRL_VERSION: [
    ['version 1 written out', buildCrl({ version: integer('00') }), 4],
    ['version 3', buildCrl({ version: integer('02') }), 4],
    at('extensions in version 1', buildCrl({ version: NOTHING, crlExtensions: crlExtensions(crlNumber('01')) }), crlExtensions(crlNumber('01'))),
    at('a reason in version 1', buildCrl({ version: NOTHING, revokedCertificates: entries(entry(hex('01'), date, reason(1))) }), entry(hex('01'), date, reason(1))),
  ],
  CRL_ALGORITHM_MISMATCH: [
    ['another algorithm outside', buildCrl({ signatureAlgorithm: sequence(oid('1.2.840.10045.4.3.3')) }), 7],
    at('no parameters outside', buildCrl({ signature: sequence(oid('1.2.3'), NULL), signatureAlgorithm: sequence(oid('1.2.3')) }), sequence(oid('1.2.3'), NULL)),
  ],
  CRL_DUPLICATE_EXTENSION: [
    at('two numbers', buildCrl({ crlExtensions: crlExtensions(crlNumber('01'), crlNumber('02')) }), crlNumber('02')),
    at('two reasons', buildCrl({ revokedCertificates: entries(entry(hex('01'), date, reason(1), reason(4))) }), reason(4)),
  ],
  CRL_INVALID_EXTENSION: [
    oddEntryExtension('reason 7', REASON_CODE, hex('0a0107')),
    oddEntryExtension('reason 11', REASON_CODE, hex('0a010b')),
    oddEntryExtension('an issuer without directory name', CERTIFICATE_ISSUER, sequence(implicit(6, 'ldap://x'))),
    oddExtension('a negative number', '2.5.29.20', integer('f4')),
    oddExtension('a number of 21 octets', '2.5.29.20', integer('55'.repeat(21))),
    oddExtension('a negative base', DELTA_CRL_INDICATOR, integer('f4')),
  ],
  CRL_INVALID_SIGNATURE_ALGORITHM: [
    ['RSASSA-PSS without parameters', buildCrl({ signature: pss }), Buffer.from(buildCrl({ signature: pss })).lastIndexOf(pss)],
  ],
  CRL_SERIAL_TOO_LONG: [oddEntry('33 octets', entry(hex('55'.repeat(33))), 2)],
};

/** Faults that lists share with other DER, where their readers differ. */
const DER_CASES: Readonly<Record<string, readonly Case[]>> = {
  DER_TRUNCATED: [
    ['half a list', buildCrl().subarray(0, 60), 0],
    ['a list without signature', sequence(sequence(), ECDSA_SHA256), 4 + ECDSA_SHA256.length],
    oddEntry('an entry that is empty', sequence(), 2),
    oddEntry('an entry without date', sequence(integer('55')), 5),
    oddEntry('a serial number longer than its entry', sequence(hex('0207 55')), 2),
    oddEntry('an entry longer than the list', hex('30 10 0201 55'), 0),
    ['entries that end within an entry\'s header', buildCrl({ revokedCertificates: entries(hex('30')) }), offsetOf(buildCrl({ revokedCertificates: entries(hex('30')) }), hex('300130')) + 2],
  ],
  DER_TRAILING_BYTES: [
    ['an octet after the list', new Uint8Array([...buildCrl(), 0]), buildCrl().length],
    at('a field after the signature', buildCrl({ rest: hex('0603550455') }), hex('0603550455')),
    at('a field after the extensions', buildCrl({ crlExtensions: crlExtensions(), tbsRest: hex('0603550455') }), hex('0603550455')),
    oddEntry('a field after the extensions of an entry', sequence(integer('55'), date, sequence(), NULL), 20 + 2),
    oddEntryExtension('an octet after a reason', REASON_CODE, hex('0a0101 55'), 3),
    at('two lists of extensions', buildCrl({ crlExtensions: explicit(0, sequence(), hex('3000')) }), hex('a00430003000'), 4),
  ],
  DER_UNEXPECTED_TAG: [
    ['a SET', encodeElement(Tag.SET, NULL), 0],
    oddEntry('an entry that is a number', hex('020155'), 0),
    oddEntry('a serial number that is a string', sequence(hex('0c0155'), date), 2),
    oddEntry('a date that is a number', sequence(integer('55'), integer('56')), 5),
    oddEntry('a date of the wrong length', sequence(integer('55'), hex('160d'), hex('30'.repeat(13))), 5),
    oddEntryExtension('a reason that is a number', REASON_CODE, hex('020104')),
    oddEntryExtension('an invalidity date as UTCTime', INVALIDITY_DATE, utcTime('251130112233Z')),
    oddExtension('a number that is a string', '2.5.29.20', hex('040155')),
    oddExtension('a covered range that is a number', ISSUING_DISTRIBUTION_POINT, hex('020155')),
  ],
  DER_INVALID_INTEGER: [
    oddEntry('a serial number without octets', sequence(hex('0200'), date), 2),
    oddEntry('a serial number with a redundant zero', entry(hex('0055')), 2),
    oddEntry('a serial number with a redundant sign', entry(hex('ff95')), 2),
  ],
  DER_INVALID_TIME: [
    oddEntry('February 30', entry(hex('55'), utcTime('260230000000Z')), 5),
    oddEntry('February 29 of 2026', entry(hex('55'), utcTime('260229000000Z')), 5),
    oddEntry('month 13', entry(hex('55'), utcTime('261301000000Z')), 5),
    oddEntry('month 0', entry(hex('55'), utcTime('260001000000Z')), 5),
    oddEntry('day 0', entry(hex('55'), utcTime('260100000000Z')), 5),
    oddEntry('hour 24', entry(hex('55'), utcTime('260101240000Z')), 5),
    oddEntry('second 60', entry(hex('55'), utcTime('260101000060Z')), 5),
    oddEntry('no seconds', entry(hex('55'), utcTime('2601010000Z')), 5),
    oddEntry('another time zone', entry(hex('55'), utcTime('260101000000A')), 5),
    oddEntry('something that is no digit', entry(hex('55'), utcTime('2601010000:0Z')), 5),
    oddEntry('a sign', entry(hex('55'), utcTime('-10101000000Z')), 5),
  ],
  DER_LENGTH_NOT_MINIMAL: [
    oddEntry('an entry in the long form', hex('308112 020155 170d 3236303130313030303030305a'), 1),
    oddEntry('a serial number in the long form', sequence(hex('02810155'), date), 3),
  ],
  DER_INDEFINITE_LENGTH: [oddEntry('an entry', hex('3080 020155 170d 3236303130313030303030305a 0000'), 1)],
  DER_INVALID_BIT_STRING: [['a signature with unused bits', buildCrl({ signatureValue: bitString(hex('f0'), 4) }), buildCrl({ signatureValue: NOTHING }).length]],
  DER_INVALID_BOOLEAN: [oddExtension('a flag that is neither', ISSUING_DISTRIBUTION_POINT, sequence(implicit(1, '\u0001')), 2)],
  DER_TOO_LARGE: [
    ['a list of more than 16 MiB', new Uint8Array(16 * 1024 * 1024 + 1), 0],
    at('an issuer of 70,000 octets', buildCrl({ issuer: LONG_NAME }), LONG_NAME),
    at('70,000 octets of extensions', buildCrl({ crlExtensions: crlExtensions(LONG_EXTENSION) }), crlExtensions(LONG_EXTENSION)),
    oddEntry('70,000 octets of extensions in an entry', entry(hex('55'), date, LONG_EXTENSION), 5 + 3 + date.length),
  ],
};

describe('refused with a code and an offset', () => {
  const rows = Object.entries({ ...CRL_CASES, ...DER_CASES })
    .flatMap(([code, cases]) => cases.map(([what, der, offset]) => [code, what, der, offset] as const));

  test.each(rows)('%s: %s', (code, _, der, offset) => {
    const error = thrownBy(() => readCrl(der));
    expect({ code: error.code, offset: error.offset }).toEqual({ code, offset });
    expect(error.message).toMatch(/^([a-z]|[A-Z]{2}).*[^.] \(at offset \d+\)$/);
  });

  test('what the file is instead is said', () => {
    expect(thrownBy(() => readCrl(Buffer.from('<html>'))).message).toContain('a web page');
    expect(thrownBy(() => readCrl(Buffer.from('-----BEGIN X509 CRL-----'))).message).toContain('PEM');
    expect(thrownBy(() => readCrl(buildCertificate())).message).toContain('this is a certificate');
    expect(thrownBy(() => readCrls(Buffer.from('<html>'))).message).toContain('HTML page');
  });
});

describe('lists of @peculiar/x509', () => {
  test('are read as it reads them', async () => {
    const ca = await createRootCa('C=AU, O=Example, CN=Example CA');
    const entryParams = Array.from({ length: 40 }, (_, i): x509.X509CrlEntryParams => ({
      serialNumber: `${i % 2 === 0 ? '4' : '0'}${i % 10}${randomBytes(15).toString('hex')}`,
      revocationDate: new Date(Date.UTC(2026, i % 12, i % 28 + 1, 1, 2, 3)),
      ...(i % 3 === 0 ? {} : { reason: [1, 2, 3, 4, 5, 6, 9, 10][i % 8] }),
      ...(i % 5 === 0 ? { invalidity: new Date(Date.UTC(2025, 10, i % 28 + 1)) } : {}),
    }));
    const list = await x509.X509CrlGenerator.create({
      issuer: ca.certificate.subject,
      thisUpdate: new Date('2026-03-01T00:00:00Z'),
      nextUpdate: new Date('2026-04-01T00:00:00Z'),
      entries: entryParams,
      extensions: [await x509.AuthorityKeyIdentifierExtension.create(ca.keys.publicKey)],
      signingKey: ca.keys.privateKey,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' } as x509.X509CrlCreateParams['signingAlgorithm'],
    });
    const pem = list.toString('pem');
    expect(pem).toContain('-----BEGIN CRL-----');
    const [crl] = readCrls(pem);
    const certificate = readCertificate(ca.der);
    expect(crl.issuer.equals(certificate.subject)).toBe(true);
    expect([crl.thisUpdate, crl.nextUpdate]).toEqual([list.thisUpdate, list.nextUpdate]);
    expect(Buffer.from(crl.signature)).toEqual(Buffer.from(list.signature));
    expect(Buffer.from(crl.authorityKeyIdentifier!.keyIdentifier!)).toEqual(Buffer.from(certificate.subjectKeyIdentifier!));
    const reasonName = (code: x509.X509CrlReason | undefined) => code === undefined ? undefined : x509.X509CrlReason[code];
    expect([...crl.revokedCertificates()].map((revoked) => [revoked.serialNumberHex, revoked.revocationDate, revoked.reason, revoked.invalidityDate]))
      .toEqual(list.entries.map((known) => [evenHex(known.serialNumber), known.revocationDate, reasonName(known.reason), known.invalidity]));
    for (const known of list.entries) {
      expect(crl.find(BigInt(`0x${known.serialNumber}`))?.revocationDate).toEqual(known.revocationDate);
    }
    expect(crl.revokedCount).toBe(40);
  });
});

function evenHex(serial: string): string {
  const digits = BigInt(`0x${serial}`).toString(16);
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}

const describeWithOpenssl = opensslVersion ? describe : describe.skip;

describeWithOpenssl(`lists of OpenSSL (${opensslVersion ?? 'skipped: there is no openssl on the PATH'})`, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'crl-'));
    writeFileSync(join(folder, 'ca.cnf'), [
      '[req]', 'distinguished_name=dn', '[dn]', '[v3_ca]', 'basicConstraints=critical,CA:true', 'keyUsage=keyCertSign,cRLSign', 'subjectKeyIdentifier=hash',
      '[ca]', 'default_ca=example', '[example]', 'database=index.txt', 'crlnumber=number', 'default_md=sha256', 'default_crl_days=30',
      'certificate=ca.pem', 'private_key=ca.key', 'unique_subject=no',
      '[plain]', 'authorityKeyIdentifier=keyid',
      '[delta]', 'authorityKeyIdentifier=keyid', '2.5.29.27=critical,ASN1:INTEGER:4096',
      '[partial]', 'issuingDistributionPoint=critical,@point', '[point]', 'fullname=URI:http://pki.example/ca.crl', 'onlyCA=TRUE', 'onlysomereasons=keyCompromise',
      '',
    ].join('\n'));
    openssl(folder, 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'ca.key');
    openssl(folder, 'req', '-x509', '-new', '-key', 'ca.key', '-subj', '/C=AU/O=Example/CN=OpenSSL CA', '-config', 'ca.cnf', '-extensions', 'v3_ca', '-out', 'ca.pem');
    // The database says what is revoked: state, expiry, date with reason, serial number, file, subject.
    writeFileSync(join(folder, 'index.txt'), [
      'R\t300101000000Z\t260101020304Z,keyCompromise\t01\tunknown\t/CN=a',
      'R\t300101000000Z\t260102020304Z\tF0E1D2C3B4A5968778695A4B3C2D1E0F10203040\tunknown\t/CN=b',
      'R\t300101000000Z\t260228020304Z,CAkeyTime,20251224010203Z\t0A\tunknown\t/CN=c',
      'R\t300101000000Z\t260131020304Z,superseded\t1000\tunknown\t/CN=d',
      'V\t300101000000Z\t\t02\tunknown\t/CN=valid',
      '',
    ].join('\n'));
    writeFileSync(join(folder, 'number'), '1001\n');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function generate(section: string) {
    openssl(folder, 'ca', '-config', 'ca.cnf', '-gencrl', '-crlexts', section, '-out', 'ca.crl');
    const [crl] = readCrls(readFileSync(join(folder, 'ca.crl')));
    const said = openssl(folder, 'crl', '-in', 'ca.crl', '-noout', '-issuer', '-crlnumber', '-lastupdate', '-nextupdate', '-nameopt', 'RFC2253');
    const field = (wanted: string) => said.split('\n').find((line) => line.toLowerCase().startsWith(wanted))!.split('=').slice(1).join('=');
    expect(crl.issuer.toString()).toBe(field('issuer'));
    expect(crl.thisUpdate).toEqual(new Date(field('lastupdate')));
    expect(crl.nextUpdate).toEqual(new Date(field('nextupdate')));
    expect(crl.crlNumber).toBe(BigInt(field('crlnumber')));
    expect(Buffer.from(crl.raw)).toEqual(Buffer.from(openssl(folder, 'crl', '-in', 'ca.crl').replace(/-----.*-----|\s/g, ''), 'base64'));
    return crl;
  }

  test('have their number, reasons, dates and key', () => {
    const crl = generate('plain');
    expect([crl.version, crl.revokedCount, crl.deltaBaseNumber, crl.issuingDistributionPoint, crl.unknownCriticalExtensions])
      .toEqual([2, 4, undefined, undefined, []]);
    const [ca] = readCertificates(readFileSync(join(folder, 'ca.pem')));
    expect(Buffer.from(crl.authorityKeyIdentifier!.keyIdentifier!)).toEqual(Buffer.from(ca.subjectKeyIdentifier!));
    const listed = [...crl.revokedCertificates()].map((revoked) => [
      revoked.serialNumberHex, revoked.revocationDate.toISOString(), revoked.reason, revoked.invalidityDate?.toISOString(),
    ]);
    // OpenSSL sorts a list by serial number.
    expect(listed).toEqual([
      ['01', '2026-01-01T02:03:04.000Z', 'keyCompromise', undefined],
      ['0a', '2026-02-28T02:03:04.000Z', 'cACompromise', '2025-12-24T01:02:03.000Z'],
      ['1000', '2026-01-31T02:03:04.000Z', 'superseded', undefined],
      ['f0e1d2c3b4a5968778695a4b3c2d1e0f10203040', '2026-01-02T02:03:04.000Z', undefined, undefined],
    ]);
    const shown = openssl(folder, 'crl', '-in', 'ca.crl', '-noout', '-text');
    expect(shown.match(/Serial Number: ([0-9A-F]+)/g)!.map((line) => line.split(': ')[1].toLowerCase())).toEqual(listed.map(([serial]) => serial));
    expect(crl.find(2n)).toBeUndefined();
    expect(crl.find(BigInt('0xF0E1D2C3B4A5968778695A4B3C2D1E0F10203040'))?.serialNumberHex).toBe('f0e1d2c3b4a5968778695a4b3c2d1e0f10203040');
  });

  test('say that they are delta lists', () => {
    expect(generate('delta').deltaBaseNumber).toBe(4096n);
  });

  test('say what they cover', () => {
    expect(generate('partial').issuingDistributionPoint).toEqual({
      distributionPoint: true,
      onlyContainsUserCerts: false,
      onlyContainsCaCerts: true,
      onlyContainsAttributeCerts: false,
      onlySomeReasons: true,
      indirectCrl: false,
    });
  });

  test('of ours are read by OpenSSL as by us, up to the largest that the service takes', async () => {
    const ca = await createRootCa('O=Example, CN=Large CA');
    const der = signCrl(ca, { revokedCertificates: manyEntries(5000) });
    writeFileSync(join(folder, 'ours.pem'), encodePem('X509 CRL', der));
    writeFileSync(join(folder, 'ours-ca.pem'), ca.pem);
    const shown = openssl(folder, 'crl', '-in', 'ours.pem', '-CAfile', 'ours-ca.pem', '-text', '-noout');
    const serials = shown.match(/Serial Number: ([0-9A-F]+)/g)!.map((line) => BigInt(`0x${line.split(': ')[1]}`));
    expect([...readCrl(der).revokedCertificates()].map((revoked) => revoked.serialNumber)).toEqual(serials);
    expect(shown.match(/Key Compromise/g)).toHaveLength(2500);
  });
});

describe('long lists', () => {
  // Without a collection before and after, the heap says nothing about what is kept.
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  /** What a call leaves behind, in octets: objects, and buffers of typed arrays. */
  function kept<T>(call: () => T): { result: T; objects: number; buffers: number } {
    collectGarbage();
    const before = process.memoryUsage();
    const result = call();
    collectGarbage();
    const after = process.memoryUsage();
    return { result, objects: after.heapUsed - before.heapUsed, buffers: after.arrayBuffers - before.arrayBuffers };
  }

  test.each([[6_000], [140_000]])('%d entries are read, listed and found', (count) => {
    const crl = readCrl(buildCrl({ revokedCertificates: manyEntries(count) }));
    expect(crl.revokedCount).toBe(count);
    for (const i of [0, 1, 2, 3, count >> 1, count - 2, count - 1]) {
      const found = crl.find(serialOctets(i));
      expect([found?.serialNumber, found?.reason]).toEqual([fromOctets(serialOctets(i)), i % 2 === 0 ? undefined : 'keyCompromise']);
    }
    expect(crl.find(serialOctets(count))).toBeUndefined();
    let listed = 0;
    for (const { serialNumber } of crl.revokedCertificates()) {
      if (serialNumber !== fromOctets(serialOctets(listed++))) {
        throw new Error(`entry ${listed} has serial number ${serialNumber}`);
      }
    }
    expect(listed).toBe(count);
  });

  test('a list of 5 MB stays one array of bytes, plus an index of a few octets an entry', () => {
    const count = 140_000;
    const der = buildCrl({ revokedCertificates: manyEntries(count) });
    expect(der.length).toBeGreaterThan(5_000_000);
    const { result: crl, objects } = kept(() => readCrl(der));
    // An object for each entry would be 8 MB at the very least.
    expect(objects).toBeLessThan(1_000_000);
    const index = kept(() => crl.find(1n));
    expect(index.result).toBeUndefined();
    expect(index.objects).toBeLessThan(1_000_000);
    expect(index.buffers).toBeLessThan(16 * count);
    const some = kept(() => {
      const list = crl.revokedCertificates();
      return [list.next(), list.next()];
    });
    expect(some.result.map(({ value }) => (value as RevokedCertificate).serialNumber)).toEqual([0, 1].map((i) => fromOctets(serialOctets(i))));
    expect(some.objects).toBeLessThan(1_000_000);
  });

  // Each takes a fraction of a second where the time grows with the size, and minutes where it grows with its square.
  test.each<[string, () => Uint8Array[], number]>([
    ['the same serial number again and again', () => Array.from({ length: 200_000 }, () => entry(hex('4242'))), 0x4242],
    ['serial numbers that differ in one octet at a time', () => Array.from({ length: 200_000 }, (_, i) => {
      const octets = Buffer.alloc(32, 0x11);
      octets.writeUInt32BE(i, (i * 7) % 28);
      return entry(octets[0] === 0 ? octets.fill(0x11, 0, 1) : octets);
    }), -1],
    ['an issuer in each entry', () => Array.from({ length: 50_000 }, (_, i) => (
      entry(serialOctets(i), date, certificateIssuer(directoryName(String(i))))
    )), -1],
    ['leap days, which the quick look at an entry leaves to the thorough one', () => (
      Array.from({ length: 200_000 }, (_, i) => entry(serialOctets(i), utcTime('240229000000Z')))
    ), -1],
  ])('made to take long: %s', (_, make, found) => {
    const list = make();
    const crl = readCrl(buildCrl({ revokedCertificates: entriesOf(list) }));
    expect(crl.revokedCount).toBe(list.length);
    expect(crl.find(BigInt(found))?.serialNumber).toBe(found < 0 ? undefined : BigInt(found));
  });

  test('issuers are found among tens of thousands that change', () => {
    const count = 30_000;
    const list = Array.from({ length: count }, (_, i) => (i % 3 === 0
      ? entry(serialOctets(i), date, certificateIssuer(directoryName(String(i))))
      : entry(serialOctets(i))));
    const crl = readCrl(buildCrl({ revokedCertificates: entriesOf(list) }));
    for (const i of [0, 1, 2, 3, 4, 14_999, 15_000, 15_001, count - 1]) {
      expect(crl.find(serialOctets(i))?.certificateIssuer.toString()).toBe(`CN=${i - i % 3}`);
    }
  });
});

describe('lookup', () => {
  /** Content octets of serial numbers of all sizes, in every form that an INTEGER can have. */
  const serials = fc.oneof(
    fc.bigInt({ min: -200n, max: 200n }),
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.bigInt({ min: 1n << 152n, max: (1n << 160n) - 1n }),
    fc.bigInt({ min: -(1n << 255n), max: (1n << 255n) - 1n }),
  );

  function contentOf(serial: bigint): Uint8Array {
    for (let length = 1; ; length++) {
      if (BigInt.asIntN(length * 8, serial) === serial) {
        return hex(BigInt.asUintN(length * 8, serial).toString(16).padStart(length * 2, '0'));
      }
    }
  }

  test('agrees with a Map over whatever serial numbers', () => {
    const rows = fc.array(fc.tuple(serials, fc.nat(10)), { maxLength: 60 });
    fc.assert(fc.property(rows, fc.array(serials, { maxLength: 20 }), fc.nat(3), (listed, others, zeros) => {
      const map = new Map<bigint, number>();
      const list = listed.map(([serial, code], i) => {
        map.set(serial, map.get(serial) ?? i);
        return entry(contentOf(serial), date, ...(code === 7 ? [] : [reason(code)]));
      });
      const crl = readCrl(buildCrl({ revokedCertificates: entriesOf(list) }));
      const all = [...crl.revokedCertificates()];
      expect(all.map(({ serialNumber }) => serialNumber)).toEqual(listed.map(([serial]) => serial));
      for (const serial of [...listed.map(([first]) => first), ...others]) {
        const expected = map.has(serial) ? all[map.get(serial)!] : undefined;
        expect(crl.find(serial)).toEqual(expected);
        const padding = new Uint8Array(zeros).fill(serial < 0n ? 0xff : 0);
        expect(crl.find(new Uint8Array([...padding, ...contentOf(serial)]))).toEqual(expected);
      }
    }), { numRuns: 500 });
  });
});

describe('robustness', () => {
  const LISTS: Uint8Array[] = [
    buildCrl(),
    buildCrl({ version: NOTHING, nextUpdate: NOTHING, revokedCertificates: entries(entry(hex('01')), entry(hex('00f0'))) }),
    buildCrl({
      revokedCertificates: entries(
        entry(hex('01')),
        entry(serialOctets(1), date, reason(1)),
        entry(serialOctets(2), utcTime('260131000000Z'), reason(4), extension(INVALIDITY_DATE, generalizedTime('20251130112233Z'))),
        entry(hex('04'), generalizedTime('20500101000000Z'), extension('1.2.3.4', NULL, TRUE)),
        entry(hex('05'), date, certificateIssuer(implicit(2, 'x'), directoryName('A'))),
        entry(hex('ff')),
      ),
      crlExtensions: crlExtensions(
        crlNumber('0100'),
        authorityKeyIdentifier(hex('aabb')),
        extension(DELTA_CRL_INDICATOR, integer('05'), TRUE),
        extension(ISSUING_DISTRIBUTION_POINT, sequence(explicit(0, explicit(0, implicit(6, 'http://x'))), implicit(1, '\u00ff'), implicit(3, '\u0001\u0006')), TRUE),
        extension('1.2.3.4', NULL, TRUE),
      ),
    }),
    buildCrl({ revokedCertificates: manyEntries(10), crlExtensions: crlExtensions(crlNumber('7f')) }),
    buildCrl({ signature: sequence(oid('1.2.840.113549.1.1.10'), sequence(explicit(0, sequence(oid('2.16.840.1.101.3.4.2.1'), NULL)))) }),
  ];

  /** Reads and uses a list; false where it was refused with a code and an offset. */
  function isRead(der: Uint8Array): boolean {
    try {
      const crl = readCrl(der);
      const listed = [...crl.revokedCertificates()];
      if (listed.length !== crl.revokedCount || listed.some(({ serialNumber }) => crl.find(serialNumber)?.serialNumber !== serialNumber)) {
        throw new Error('the entries that are counted, listed and found are not the same');
      }
      return true;
    } catch (error) {
      if (!(error instanceof X509Error)) {
        throw error;
      }
      if (!/^(DER|NAME|CRL)_[A-Z_]+$/.test(error.code) || !(error.offset >= 0 && error.offset <= der.length)) {
        throw new Error(`the error says neither what nor where: ${error.code} at ${error.offset} of ${der.length}`);
      }
      return false;
    }
  }

  test(`${RUNS} damaged lists are read or refused`, () => {
    let accepted = 0;
    fc.assert(fc.property(damaged(LISTS), (der) => {
      accepted += isRead(der) ? 1 : 0;
    }), { numRuns: RUNS });
    // Both kinds have to be there: a test of refusals only would not notice a reader that refuses everything.
    expect(accepted).toBeGreaterThan(RUNS / 100);
    expect(accepted).toBeLessThan(RUNS / 2);
  });

  test(`${RUNS} damaged lists of entries are read or refused`, () => {
    const rows = fc.array(fc.tuple(fc.nat(200), fc.nat(255), fc.nat(40)), { minLength: 1, maxLength: 3 });
    const good = entries(entry(hex('01')), entry(serialOctets(1), date, reason(1)), entry(serialOctets(2), utcTime('260131000000Z')), entry(hex('00ff')));
    let accepted = 0;
    fc.assert(fc.property(rows, (changes) => {
      const list = Uint8Array.from(good);
      for (const [position, octet] of changes) {
        list[2 + position % (list.length - 2)] = octet;
      }
      accepted += isRead(buildCrl({ revokedCertificates: list })) ? 1 : 0;
    }), { numRuns: RUNS });
    expect(accepted).toBeGreaterThan(RUNS / 100);
    expect(accepted).toBeLessThan(RUNS);
  });

  test(`${RUNS} random byte strings are refused`, () => {
    const framed = fc.uint8Array({ maxLength: 200 }).map((content) => sequence(sequence(integer('01'), ECDSA_SHA256, content), ECDSA_SHA256, bitString(hex('01'))));
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), framed), (bytes) => !isRead(bytes)), { numRuns: RUNS });
  });
});
