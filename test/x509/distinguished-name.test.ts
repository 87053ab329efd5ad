/** How distinguished names are read, compared and printed. */
import * as fc from 'fast-check';
import { Attribute, bitString, commonName, hex, name, NULL, oid, sequence, set, text } from './certificate-builder';
import { faultOf } from './thrown';
import { bytesEqual, DerCursor, DistinguishedName, Tag } from '../../src/x509';

const CN = '2.5.4.3';
const O = '2.5.4.10';
const OU = '2.5.4.11';
const C = '2.5.4.6';

/** Reads a Name that stands alone. */
function read(der: Uint8Array): DistinguishedName {
  return DistinguishedName.read(DerCursor.over(sequence(der), Tag.SEQUENCE, 'test'), 'name');
}

function utf8(type: string, value: string): Attribute {
  return [type, text(Tag.UTF8_STRING, value)];
}

describe('reading', () => {
  const der = name([[C, text(Tag.PRINTABLE_STRING, 'AU')]], [utf8(OU, 'One'), utf8('0.9.2342.19200300.100.1.1', 'u1')], [utf8(OU, 'Two')], [utf8(CN, 'Zoë')]);

  test('relative names and their attributes stand in certificate order', () => {
    expect(read(der).rdns).toEqual([
      [{ oid: C, type: 'C', value: 'AU' }],
      [{ oid: OU, type: 'OU', value: 'One' }, { oid: '0.9.2342.19200300.100.1.1', type: 'UID', value: 'u1' }],
      [{ oid: OU, type: 'OU', value: 'Two' }],
      [{ oid: CN, type: 'CN', value: 'Zoë' }],
    ]);
  });

  test('values of a type are found by short name and by identifier', () => {
    expect(read(der).values('OU')).toEqual(['One', 'Two']);
    expect(read(der).values(OU)).toEqual(['One', 'Two']);
    expect(read(der).values('L')).toEqual([]);
    expect(read(der).attributes.map(({ type }) => type)).toEqual(['C', 'OU', 'UID', 'OU', 'CN']);
  });

  test('the encoding is kept', () => {
    expect(bytesEqual(read(der).raw, der)).toBe(true);
  });

  test('an empty name is a name', () => {
    const empty = read(name());
    expect([empty.isEmpty, empty.attributes, empty.toString()]).toEqual([true, [], '']);
  });

  test('a type without a short name keeps its identifier', () => {
    expect(read(name([utf8('1.2.3.4', 'x')])).attributes).toEqual([{ oid: '1.2.3.4', type: '1.2.3.4', value: 'x' }]);
  });

  test('a value that is no string is its DER in hexadecimal', () => {
    expect(read(name([['2.5.4.45', bitString(hex('a0'), 5)]])).attributes).toEqual([{ oid: '2.5.4.45', type: '2.5.4.45', value: '#030205a0', opaque: true }]);
  });

  test.each([
    ['a relative name without attributes', sequence(set()), 'NAME_EMPTY_RDN', 4],
    ['an attribute without a value', sequence(set(sequence(oid(CN)))), 'DER_TRUNCATED', 13],
    ['an attribute with two values', sequence(set(sequence(oid(CN), NULL, NULL))), 'DER_TRAILING_BYTES', 15],
    ['a relative name that is no SET', sequence(sequence()), 'DER_UNEXPECTED_TAG', 4],
    ['an attribute that is no SEQUENCE', sequence(set(set())), 'DER_UNEXPECTED_TAG', 6],
    ['a string that is not UTF-8', name([[CN, hex('0c01ff')]]), 'DER_INVALID_STRING', 13],
    ['a string in pieces', name([[CN, hex('2c030c0161')]]), 'DER_UNEXPECTED_TAG', 13],
    ['a value whose inside is not DER', name([[CN, hex('3003048101')]]), 'DER_LENGTH_NOT_MINIMAL', 16],
    ['bytes in place of a name', hex('0400'), 'DER_UNEXPECTED_TAG', 2],
  ])('%s is refused', (_, der_, code, offset) => {
    expect(faultOf(() => read(der_))).toEqual({ code, offset });
  });
});

describe('comparison', () => {
  const acme = read(name([[C, text(Tag.PRINTABLE_STRING, 'AU')]], [utf8(CN, 'Acme Root')]));

  test.each([
    ['the same bytes', name([[C, text(Tag.PRINTABLE_STRING, 'AU')]], [utf8(CN, 'Acme Root')])],
    ['another string type', name([utf8(C, 'AU')], [[CN, text(Tag.BMP_STRING, 'Acme Root')]])],
    ['another letter case', name([utf8(C, 'au')], [utf8(CN, 'ACME root')])],
    ['more blanks', name([utf8(C, 'AU')], [utf8(CN, '  Acme   Root ')])],
    ['letters of compatible width', name([utf8(C, 'AU')], [utf8(CN, '\uff21cme Root')])],
  ])('names are equal with %s', (_, der) => {
    expect(acme.equals(read(der))).toBe(true);
    expect(read(der).equals(acme)).toBe(true);
  });

  test.each([
    ['another value', name([utf8(C, 'AU')], [utf8(CN, 'Acme Roots')])],
    ['blanks left out', name([utf8(C, 'AU')], [utf8(CN, 'AcmeRoot')])],
    ['another order', name([utf8(CN, 'Acme Root')], [utf8(C, 'AU')])],
    ['another type', name([utf8(C, 'AU')], [utf8(O, 'Acme Root')])],
    ['less', name([utf8(C, 'AU')])],
    ['more', name([utf8(C, 'AU')], [utf8(CN, 'Acme Root')], [utf8(CN, 'x')])],
    ['one relative name of both attributes', name([utf8(C, 'AU'), utf8(CN, 'Acme Root')])],
    ['nothing', name()],
  ])('names differ with %s', (_, der) => {
    expect(acme.equals(read(der))).toBe(false);
    expect(read(der).equals(acme)).toBe(false);
  });

  test('the attributes of one relative name are a set', () => {
    expect(read(name([utf8(CN, 'a'), utf8(OU, 'b')])).equals(read(name([utf8(OU, 'B'), utf8(CN, 'A')])))).toBe(true);
  });

  test('no choice of values makes two attributes look like one', () => {
    expect(read(name([utf8(CN, 'a'), utf8(OU, 'b')])).equals(read(name([utf8(CN, `a"+${OU}="b`)])))).toBe(false);
  });

  test('a string is not the value whose hexadecimal it spells', () => {
    const opaque = read(name([[CN, bitString(hex('a0'), 5)]]));
    expect(opaque.equals(read(name([utf8(CN, '#030205a0')])))).toBe(false);
    expect(opaque.equals(read(name([[CN, bitString(hex('a0'), 5)]])))).toBe(true);
    expect(opaque.equals(read(name([[CN, bitString(hex('c0'), 5)]])))).toBe(false);
  });
});

describe('printing', () => {
  test('the last relative name comes first, attributes of one joined with a plus sign', () => {
    expect(read(name([utf8(C, 'AU')], [utf8(OU, 'b'), utf8('0.9.2342.19200300.100.1.1', 'u')], [utf8(CN, 'a')])).toString()).toBe('CN=a,OU=b+UID=u,C=AU');
  });

  test.each([
    ['plain', 'plain'],
    ['a=b', 'a=b'],
    ['Acme, Inc.', 'Acme\\, Inc.'],
    ['a+b;c<d>e"f\\g', 'a\\+b\\;c\\<d\\>e\\"f\\\\g'],
    [' lead', '\\ lead'],
    ['trail ', 'trail\\ '],
    [' ', '\\ '],
    ['  ', '\\ \\ '],
    ['#hash # inside', '\\#hash # inside'],
    ['back\\ ', 'back\\\\\\ '],
    ['two\nlines', 'two\\0alines'],
    ['line end and blank\n ', 'line end and blank\\0a\\ '],
    ['nul\u0000', 'nul\\00'],
    ['\u009b31m', '\\c2\\9b31m'],
    ['turned \u202etxt.exe', 'turned \\e2\\80\\aetxt.exe'],
    ['line\u2028separator', 'line\\e2\\80\\a8separator'],
    ['Zoë 東京 🦘', 'Zoë 東京 🦘'],
    ['', ''],
  ])('%j is escaped as RFC 4514 wants it', (value, printed) => {
    expect(read(commonName(value)).toString()).toBe(`CN=${printed}`);
  });

  test('a value that is no string is printed as hexadecimal, one that spells it is escaped', () => {
    expect(read(name([[CN, bitString(hex('a0'), 5)]])).toString()).toBe('CN=#030205a0');
    expect(read(commonName('#030205a0')).toString()).toBe('CN=\\#030205a0');
  });

  test('what is printed says exactly what the name is', () => {
    const characters = fc.constantFrom('a', ' ', ',', '+', '=', '#', '\\', '"', ';', '<', '>', '\n', '\u0000', 'é', '\u202e', '🦘');
    const value = fc.array(characters, { maxLength: 6 }).map((list) => list.join(''));
    const rdn = fc.array(fc.tuple(fc.constantFrom(CN, OU, '1.2.3'), value), { minLength: 1, maxLength: 2 });
    fc.assert(fc.property(fc.array(rdn, { maxLength: 3 }), (rdns) => {
      const printed = read(name(...rdns.map((list) => list.map(([type, of]) => utf8(type, of))))).toString();
      expect(parse(printed)).toEqual(rdns);
    }), { numRuns: 2000 });
  });
});

/** Takes apart what RFC 4514 section 3 describes, with the types of the test above. */
function parse(printed: string): string[][][] {
  if (printed === '') {
    return [];
  }
  const types: Record<string, string> = { 'CN': CN, 'OU': OU, '1.2.3': '1.2.3' };
  return split(printed, ',').reverse().map((rdn) => split(rdn, '+').map((attribute) => {
    const [, type, value] = /^([^=]*)=([^]*)$/.exec(attribute)!;
    return [types[type], unescape(value)];
  }));
}

function split(printed: string, separator: string): string[] {
  const parts = [''];
  for (let i = 0; i < printed.length; i++) {
    if (printed[i] === separator) {
      parts.push('');
    } else {
      parts[parts.length - 1] += printed[i] === '\\' ? printed.substring(i, ++i + 1) : printed[i];
    }
  }
  return parts;
}

function unescape(value: string): string {
  const octets: number[] = [];
  for (let i = 0; i < value.length;) {
    const pair = /^\\([0-9a-f]{2})/.exec(value.substring(i));
    const character = String.fromCodePoint(value.codePointAt(value[i] === '\\' ? i + 1 : i)!);
    octets.push(...(pair ? [parseInt(pair[1], 16)] : Buffer.from(character, 'utf8')));
    i += pair ? 3 : character.length + (value[i] === '\\' ? 1 : 0);
  }
  return Buffer.from(octets).toString('utf8');
}
