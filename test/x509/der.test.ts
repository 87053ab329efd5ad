/** What the DER reader takes, what it refuses and where it says the fault is. */
import * as fc from 'fast-check';
import { hex, oid, sequence, text } from './certificate-builder';
import { faultOf, thrownBy } from './thrown';
import {
  bytesEqual, checkWellFormed, contextTag, DerCursor, DerElement, encodeElement, integerContent, latin1, readBitString, readBoolean,
  readElement, readInteger, readNull, readObjectIdentifier, readOctetAlignedBitString, readSmallInteger, readString, readTime, Tag, toHex,
} from '../../src/x509';

/** Reads the one element of an encoding with a reader of values. */
function read<T>(reader: (bytes: Uint8Array, element: DerElement) => T, der: Uint8Array): T {
  return reader(der, readElement(der, 0, der.length));
}

describe('element headers', () => {
  test.each([
    ['0500', { tag: 0x05, start: 0, contentStart: 2, end: 2 }],
    ['040161', { tag: 0x04, start: 0, contentStart: 2, end: 3 }],
    [`04 7f ${'00'.repeat(127)}`, { tag: 0x04, start: 0, contentStart: 2, end: 129 }],
    [`04 8180 ${'00'.repeat(128)}`, { tag: 0x04, start: 0, contentStart: 3, end: 131 }],
    [`04 820100 ${'00'.repeat(256)}`, { tag: 0x04, start: 0, contentStart: 4, end: 260 }],
  ])('short and long lengths are read: %.12s', (digits, expected) => {
    const bytes = hex(digits);
    expect(readElement(bytes, 0, bytes.length)).toEqual(expected);
  });

  test.each([
    ['nothing at all', '', 'DER_TRUNCATED', 0],
    ['a tag alone', '30', 'DER_TRUNCATED', 0],
    ['less content than announced', '300305', 'DER_TRUNCATED', 0],
    ['a length cut off', '308201', 'DER_TRUNCATED', 1],
    ['the reserved length octet FF', '30ff', 'DER_TRUNCATED', 1],
    ['an indefinite length', '30800000', 'DER_INDEFINITE_LENGTH', 1],
    ['the long form for a length below 128', '04810100', 'DER_LENGTH_NOT_MINIMAL', 1],
    ['127 in the long form', `04817f${'00'.repeat(127)}`, 'DER_LENGTH_NOT_MINIMAL', 1],
    ['a length with leading zeros', `0482 0080 ${'00'.repeat(128)}`, 'DER_LENGTH_NOT_MINIMAL', 1],
    ['a length of five octets', '04850100000000', 'DER_TOO_LARGE', 1],
    ['a length of 126 octets', `04fe${'01'.repeat(126)}`, 'DER_TOO_LARGE', 1],
    ['4 GiB less one announced in ten bytes', '0484ffffffff00000000', 'DER_TRUNCATED', 0],
    ['2 GiB announced, which would be negative as a 32-bit number', '048480000000', 'DER_TRUNCATED', 0],
    ['a tag of several octets', '1f8101', 'DER_HIGH_TAG_NUMBER', 0],
  ])('%s is refused', (_, digits, code, offset) => {
    const bytes = hex(digits);
    expect(faultOf(() => readElement(bytes, 0, bytes.length))).toEqual({ code, offset });
  });

  test('an element must end before the limit, whatever follows in the bytes', () => {
    expect(faultOf(() => readElement(hex('0403 616263'), 0, 4))).toEqual({ code: 'DER_TRUNCATED', offset: 0 });
  });

  test('whatever is encoded is read back: any tag, any length up to beyond two length octets', () => {
    const tags = fc.constantFrom(...Object.values(Tag), contextTag(0), contextTag(30, false));
    const lengths = fc.oneof(fc.nat(300), fc.constantFrom(127, 128, 255, 256, 65535, 65536, 70000));
    fc.assert(fc.property(tags, lengths, (tag, length) => {
      const content = new Uint8Array(length).fill(0x41);
      const der = encodeElement(tag, content.subarray(0, length >> 1), content.subarray(length >> 1));
      const element = readElement(der, 0, der.length);
      expect([element.tag, element.end, element.end - element.contentStart]).toEqual([tag, der.length, length]);
    }));
  });
});

describe('well-formedness of what nobody reads', () => {
  const nested = (depth: number): Uint8Array => depth === 0 ? hex('0500') : sequence(nested(depth - 1));

  test('known and unknown elements may nest 32 levels deep', () => {
    expect(() => checkWellFormed(nested(32), 0, nested(32).length)).not.toThrow();
  });

  test('one level more is refused at the element that is too deep', () => {
    expect(faultOf(() => checkWellFormed(nested(33), 0, nested(33).length))).toEqual({ code: 'DER_TOO_DEEP', offset: 66 });
  });

  test('thousands of levels are refused, and the stack holds', () => {
    // Indefinite lengths would be the cheap way to nest; definite ones take four bytes a level.
    expect(faultOf(() => checkWellFormed(nested(5000), 0, nested(5000).length)).code).toBe('DER_TOO_DEEP');
  });

  test.each([
    ['an OCTET STRING in pieces', '3006 2404 04020102', 2],
    ['a UTF8String in pieces', '3005 2c03 0c0161', 2],
    ['a primitive SEQUENCE', '1000', 0],
    ['a primitive SET', '3002 1100', 2],
    ['a constructed INTEGER', '2203 020101', 0],
    ['the end of an indefinite length', '3004 0500 0000', 4],
  ])('%s is BER, and refused', (_, digits, offset) => {
    const bytes = hex(digits);
    expect(faultOf(() => checkWellFormed(bytes, 0, bytes.length))).toEqual({ code: 'DER_UNEXPECTED_TAG', offset });
  });

  test('a fault inside tells its own offset, not that of the element around it', () => {
    const bytes = hex('3008 3006 0500 a080 0000');
    expect(faultOf(() => checkWellFormed(bytes, 0, bytes.length))).toEqual({ code: 'DER_INDEFINITE_LENGTH', offset: 7 });
  });
});

describe('cursor', () => {
  const der = hex('300a 020101 3005 0101ff 0500');

  test('steps through elements in order', () => {
    const cursor = DerCursor.over(der, Tag.SEQUENCE, 'thing');
    expect(cursor.nextTag).toBe(Tag.INTEGER);
    expect(readSmallInteger(der, cursor.next(Tag.INTEGER, 'version'))).toBe(1);
    expect(cursor.nextIf(Tag.BOOLEAN)).toBeUndefined();
    const inner = cursor.enter(Tag.SEQUENCE, 'inner');
    expect(readBoolean(der, inner.next(Tag.BOOLEAN, 'flag'))).toBe(true);
    expect(toHex(inner.encoding(inner.nextOpaque()))).toBe('0500');
    expect([inner.done, cursor.done, cursor.nextTag]).toEqual([true, true, undefined]);
    inner.finish();
    cursor.finish();
  });

  test('messages name the path to what is wrong', () => {
    const inner = () => {
      const cursor = DerCursor.over(der, Tag.SEQUENCE, 'thing');
      cursor.nextAny();
      return cursor.enter(Tag.SEQUENCE, 'inner');
    };
    expect(thrownBy(() => inner().next(Tag.INTEGER, 'count')).message).toBe('thing.inner.count has tag 0x01 instead of 0x02 (at offset 7)');
    expect(thrownBy(() => inner().finish()).message).toBe('thing.inner holds more than it should (at offset 7)');
    const emptied = inner();
    emptied.nextAny();
    emptied.nextAny();
    expect(thrownBy(() => emptied.next(Tag.NULL, 'end')).message).toBe('thing.inner ends before its end (at offset 12)');
    expect(faultOf(() => emptied.nextAny())).toEqual({ code: 'DER_TRUNCATED', offset: 12 });
  });

  test('bytes after the element are refused at the first of them', () => {
    const fault = faultOf(() => DerCursor.over(new Uint8Array([...der, 0]), Tag.SEQUENCE, 'thing'));
    expect(fault).toEqual({ code: 'DER_TRAILING_BYTES', offset: der.length });
  });

  test('an element of another tag is refused', () => {
    expect(faultOf(() => DerCursor.over(der, Tag.SET, 'thing'))).toEqual({ code: 'DER_UNEXPECTED_TAG', offset: 0 });
  });

  test('a part of the bytes is read with offsets of the whole', () => {
    const cursor = DerCursor.over(der, Tag.SEQUENCE, 'inner', 5, 12);
    expect(faultOf(() => cursor.next(Tag.NULL, 'x'))).toEqual({ code: 'DER_UNEXPECTED_TAG', offset: 7 });
    expect(faultOf(() => DerCursor.over(der, Tag.SEQUENCE, 'inner', 5, 11))).toEqual({ code: 'DER_TRUNCATED', offset: 5 });
  });

  test('what is skipped is checked all the same', () => {
    const bytes = hex('3006 3004 0482 0001');
    const cursor = DerCursor.over(bytes, Tag.SEQUENCE, 'thing');
    expect(faultOf(() => cursor.nextOpaque())).toEqual({ code: 'DER_LENGTH_NOT_MINIMAL', offset: 5 });
  });
});

describe('BOOLEAN', () => {
  test.each([['0101ff', true], ['010100', false]])('%s is %s', (digits, value) => {
    expect(read(readBoolean, hex(digits))).toBe(value);
  });

  test.each(['010101', '01017f', '0100', '0102ffff', '01020000'])('%s is refused', (digits) => {
    expect(faultOf(() => read(readBoolean, hex(digits)))).toEqual({ code: 'DER_INVALID_BOOLEAN', offset: 0 });
  });
});

describe('INTEGER', () => {
  test.each([
    ['020100', 0n], ['02017f', 127n], ['02020080', 128n], ['020180', -128n], ['0201ff', -1n], ['0202ff7f', -129n],
    ['02147fffffffffffffffffffffffffffffffffffffff', 2n ** 159n - 1n],
  ])('%s is %s', (digits, value) => {
    expect(read(readInteger, hex(digits))).toBe(value);
  });

  test.each(['0200', '02020001', '0202007f', '0202ff80', '0202ffff', '0203000000'])('%s is refused', (digits) => {
    expect(faultOf(() => read(readInteger, hex(digits)))).toEqual({ code: 'DER_INVALID_INTEGER', offset: 0 });
    expect(faultOf(() => read(integerContent, hex(digits)))).toEqual({ code: 'DER_INVALID_INTEGER', offset: 0 });
  });

  test('any integer is read back from its shortest two\'s complement', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 170n), max: 2n ** 170n }), (value) => {
      let octets = 1;
      while (BigInt.asIntN(octets * 8, value) !== value) {
        octets++;
      }
      const content = BigInt.asUintN(octets * 8, value).toString(16).padStart(octets * 2, '0');
      expect(read(readInteger, encodeElement(Tag.INTEGER, hex(content)))).toBe(value);
    }));
  });

  test.each(['0201ff', '02050080000000'])('%s is no small integer', (digits) => {
    expect(faultOf(() => read(readSmallInteger, hex(digits)))).toEqual({ code: 'DER_INVALID_INTEGER', offset: 0 });
  });

  test('the largest small integer is read', () => {
    expect(read(readSmallInteger, hex('02047fffffff'))).toBe(0x7fffffff);
  });
});

describe('BIT STRING and NULL', () => {
  test('octets and the count of unused bits are read', () => {
    expect(read(readBitString, hex('030205a0'))).toEqual({ unusedBits: 5, octets: hex('a0') });
    expect(read(readBitString, hex('030100'))).toEqual({ unusedBits: 0, octets: hex('') });
    expect(read(readOctetAlignedBitString, hex('03030001ff'))).toEqual(hex('01ff'));
  });

  test.each([
    ['no count of unused bits', '0300'],
    ['eight unused bits', '03020800'],
    ['unused bits of no octet', '030101'],
    ['an unused bit that is set', '030205a1'],
  ])('%s is refused', (_, digits) => {
    expect(faultOf(() => read(readBitString, hex(digits)))).toEqual({ code: 'DER_INVALID_BIT_STRING', offset: 0 });
  });

  test('the empty BIT STRING at the end of all bytes is refused', () => {
    expect(faultOf(() => readBitString(hex('0300'), { tag: 3, start: 0, contentStart: 2, end: 2 })).code).toBe('DER_INVALID_BIT_STRING');
  });

  test('a key or signature with unused bits is refused', () => {
    expect(faultOf(() => read(readOctetAlignedBitString, hex('030205a0')))).toEqual({ code: 'DER_INVALID_BIT_STRING', offset: 0 });
  });

  test('a NULL with content is refused', () => {
    expect(() => readNull(readElement(hex('0500'), 0, 2))).not.toThrow();
    expect(faultOf(() => readNull(readElement(hex('050100'), 0, 3)))).toEqual({ code: 'DER_INVALID_NULL', offset: 0 });
  });
});

describe('OBJECT IDENTIFIER', () => {
  test.each([
    ['0603550403', '2.5.4.3'],
    ['06092a864886f70d01010b', '1.2.840.113549.1.1.11'],
    ['060100', '0.0'],
    ['060127', '0.39'],
    ['060128', '1.0'],
    ['06014f', '1.39'],
    ['060150', '2.0'],
    ['060178', '2.40'],
    ['0603883703', '2.999.3'],
    ['060a0992268993f22c640119', '0.9.2342.19200300.100.1.25'],
  ])('%s is %s', (digits, dotted) => {
    expect(read(readObjectIdentifier, hex(digits))).toBe(dotted);
  });

  test('a UUID below 2.25 is read, of which Number would lose digits', () => {
    const dotted = '2.25.329800735698586629295641978511506172918';
    expect(read(readObjectIdentifier, oid(dotted))).toBe(dotted);
  });

  test('any identifier is read back', () => {
    const arc = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 130n }), fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 2n ** 48n, max: 2n ** 57n }));
    const roots = fc.oneof(
      fc.tuple(fc.constantFrom(0n, 1n), fc.bigInt({ min: 0n, max: 39n })), fc.tuple(fc.constant(2n), arc),
    );
    fc.assert(fc.property(roots, fc.array(arc, { maxLength: 8 }), (root, rest) => {
      const dotted = [...root, ...rest].join('.');
      expect(read(readObjectIdentifier, oid(dotted))).toBe(dotted);
    }), { numRuns: 500 });
  });

  test.each([
    ['an empty one', '0600', 0],
    ['an arc cut off', '06025581', 3],
    ['a first arc cut off', '060181', 2],
    ['an arc with leading zeros', '0603558001', 3],
    ['a first arc with leading zeros', '06028001', 2],
    ['an arc of 20 octets', `061555${'81'.repeat(19)}01`, 3],
  ])('%s is refused', (_, digits, offset) => {
    expect(faultOf(() => read(readObjectIdentifier, hex(digits)))).toEqual({ code: 'DER_INVALID_OID', offset });
  });

  test('an arc of 19 octets is read', () => {
    expect(read(readObjectIdentifier, hex(`061455${'81'.repeat(18)}01`))).toMatch(/^2\.5\.\d{38,}$/);
  });
});

describe('times', () => {
  const utc = (value: string) => read(readTime, text(Tag.UTC_TIME, value));
  const generalized = (value: string) => read(readTime, text(Tag.GENERALIZED_TIME, value));

  test.each([
    ['261121094903Z', '2026-11-21T09:49:03.000Z'],
    ['000229000000Z', '2000-02-29T00:00:00.000Z'],
    ['491231235959Z', '2049-12-31T23:59:59.000Z'],
    ['500101000000Z', '1950-01-01T00:00:00.000Z'],
    ['991231235959Z', '1999-12-31T23:59:59.000Z'],
  ])('UTCTime %s is %s', (value, iso) => {
    expect(utc(value).toISOString()).toBe(iso);
  });

  test.each([
    ['20500101000000Z', '2050-01-01T00:00:00.000Z'],
    ['99991231235959Z', '9999-12-31T23:59:59.000Z'],
    ['00500101000000Z', '0050-01-01T00:00:00.000Z'],
    ['20240229120000Z', '2024-02-29T12:00:00.000Z'],
  ])('GeneralizedTime %s is %s', (value, iso) => {
    expect(generalized(value).toISOString()).toBe(iso);
  });

  test.each([
    '260230000000Z', '250229000000Z', '261301000000Z', '260001000000Z', '260100000000Z', '260431000000Z', '260101240000Z', '260101006000Z',
    '260101000060Z', '2601010000Z', '260101000000+0000', '260101000000', '260101000000z', '26010100000aZ', '2601010000 0Z', '-60101000000Z',
    '20260101000000Z', '',
  ])('UTCTime "%s" is refused', (value) => {
    expect(faultOf(() => utc(value))).toEqual({ code: 'DER_INVALID_TIME', offset: 0 });
  });

  test.each([
    '20260230000000Z', '21000229000000Z', '20260101000000.5Z', '202601010000Z', '20260101000000', '20260101000000+0000', '260101000000Z',
    '2026010100000\u00b2Z',
  ])('GeneralizedTime "%s" is refused', (value) => {
    expect(faultOf(() => generalized(value))).toEqual({ code: 'DER_INVALID_TIME', offset: 0 });
  });

  test('any second of the years 0 to 9999 is read back', () => {
    fc.assert(fc.property(fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (date) => {
      date.setUTCMilliseconds(0);
      expect(generalized(date.toISOString().replace(/\.000|[-:T]/g, '')).getTime()).toBe(date.getTime());
    }));
  });

  test('another type is no time', () => {
    expect(faultOf(() => read(readTime, hex('020101')))).toEqual({ code: 'DER_UNEXPECTED_TAG', offset: 0 });
  });
});

describe('strings', () => {
  test.each([
    ['UTF8String', Tag.UTF8_STRING, 'Zoë 東京 🦘'],
    ['UTF8String with a byte order mark', Tag.UTF8_STRING, '\ufeffa'],
    ['PrintableString', Tag.PRINTABLE_STRING, 'Example (Pty) Ltd'],
    ['PrintableString beyond its alphabet', Tag.PRINTABLE_STRING, '*.example.com & a@b_c'],
    ['IA5String', Tag.IA5_STRING, 'a@example.com'],
    ['NumericString', Tag.NUMERIC_STRING, '12 34'],
    ['VisibleString', Tag.VISIBLE_STRING, 'visible'],
    ['T61String', Tag.T61_STRING, 'M\u00fcller \u0080\u009f\u00ff'],
    ['BMPString', Tag.BMP_STRING, 'Zoë 東京'],
    ['UniversalString', Tag.UNIVERSAL_STRING, 'Zoë 🦘'],
    ['an empty UTF8String', Tag.UTF8_STRING, ''],
    ['an empty BMPString', Tag.BMP_STRING, ''],
    ['a NUL inside', Tag.UTF8_STRING, 'good.example\u0000.bad.example'],
    ['a long one', Tag.T61_STRING, 'x\u00e9'.repeat(20000)],
  ])('%s', (_, tag, value) => {
    expect(read(readString, text(tag, value))).toBe(value);
  });

  test.each([
    ['UTF-8 cut off', '0c01c3'],
    ['UTF-8 with an overlong form', '0c02c080'],
    ['UTF-8 with a surrogate', '0c03eda080'],
    ['Latin-1 in a UTF8String', '0c01fc'],
    ['Latin-1 in a PrintableString', '1301fc'],
    ['Latin-1 in an IA5String', '1601fc'],
    ['half a BMP character', '1e03004100'],
    ['half of a surrogate pair', '1e02d800'],
    ['a surrogate pair, which BMPString does not have', '1e04d83edd98'],
    ['a UniversalString beyond Unicode', '1c0400110000'],
    ['three octets of a UniversalString', '1c03000041'],
  ])('%s is refused', (_, digits) => {
    expect(faultOf(() => read(readString, hex(digits)))).toEqual({ code: 'DER_INVALID_STRING', offset: 0 });
  });

  test('what is no string is refused', () => {
    expect(faultOf(() => read(readString, hex('020101')))).toEqual({ code: 'DER_UNEXPECTED_TAG', offset: 0 });
  });
});

describe('byte helpers', () => {
  test('octets become characters of the same number, all 256 of them and in long runs', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect([...latin1(all)].map((character) => character.charCodeAt(0))).toEqual([...all]);
    expect(latin1(new Uint8Array(100_000).fill(0x61))).toBe('a'.repeat(100_000));
    expect(latin1(hex('616263'), 1, 2)).toBe('b');
  });

  test('hexadecimal is lower-case with two digits an octet', () => {
    expect(toHex(hex('00 0a ff'))).toBe('000aff');
    expect(toHex(hex('00 0a ff'), 1, 2)).toBe('0a');
  });

  test('byte strings are compared by content and length', () => {
    expect(bytesEqual(hex('0102'), hex('0102'))).toBe(true);
    expect(bytesEqual(hex('0102'), hex('0103'))).toBe(false);
    expect(bytesEqual(hex('0102'), hex('010200'))).toBe(false);
    expect(bytesEqual(hex(''), hex(''))).toBe(true);
  });
});
