/** How names are read that people and other programs wrote. */
import * as fc from 'fast-check';
import { SignerError } from '../../../signer/errors';
import { hasAttributes, parseDistinguishedName } from '../../../signer/identity/distinguished-name-text';
import { ATTRIBUTE_TYPES, DerCursor, DistinguishedName, Tag } from '../../../src/x509';
import { Attribute, bitString, hex, name, sequence, text } from '../../x509/certificate-builder';

const CN = '2.5.4.3';
const O = '2.5.4.10';
const OU = '2.5.4.11';
const EMAIL = '1.2.840.113549.1.9.1';

/** A name made of relative names of one or more attributes. */
function nameOf(...rdns: Attribute[][]): DistinguishedName {
  return DistinguishedName.read(DerCursor.over(sequence(name(...rdns)), Tag.SEQUENCE, 'test'), 'name');
}

const utf8 = (type: string, value: string): Attribute => [type, text(Tag.UTF8_STRING, value)];

describe('reading', () => {
  test.each<[string, Array<[string, string]>]>([
    ['CN=onprem01,O=Example', [[CN, 'onprem01'], [O, 'Example']]],
    ['  cn = onprem01 , o= Example  ', [[CN, 'onprem01'], [O, 'Example']]],
    ['CN=a+OU=b;O=c', [[CN, 'a'], [OU, 'b'], [O, 'c']]],
    ['CN=Example\\, Inc.,O="a, b=c; \\"d\\""', [[CN, 'Example, Inc.'], [O, 'a, b=c; "d"']]],
    ['CN=a=b <c>', [[CN, 'a=b <c>']]],
    ['CN=\\ a\\ ,O=\\#1', [[CN, ' a '], [O, '#1']]],
    ['CN=Zo\\C3\\ab\\2c', [[CN, 'Zoë,']]],
    ['CN=Zoë 🔑\\🔑', [[CN, 'Zoë 🔑🔑']]],
    ['CN=', [[CN, '']]],
    ['2.5.4.3=a,OID.2.5.4.10=b,oid.1.2.3=c', [[CN, 'a'], [O, 'b'], ['1.2.3', 'c']]],
    ['E=a@b,emailAddress=c,SERIALNUMBER=1,S=State,ST=State', [[EMAIL, 'a@b'], [EMAIL, 'c'], ['2.5.4.5', '1'], ['2.5.4.8', 'State'], ['2.5.4.8', 'State']]],
    ['1.2.840.113549.1.9.1=#160361406B,CN=x', [[EMAIL, 'a@k'], [CN, 'x']]],
  ])('%s', (written, expected) => {
    expect(parseDistinguishedName(written).map(({ oid, value }) => [oid, value])).toEqual(expected);
  });

  test('a value that is no string keeps its encoding', () => {
    expect(parseDistinguishedName('2.5.4.45=#030205A0')).toEqual([{ oid: '2.5.4.45', value: '#030205a0', opaque: true }]);
  });

  test.each([
    ['', 'at character 1: an attribute like CN= should begin here'],
    ['onprem01', 'at character 1'],
    ['CN=a,', 'at character 6: an attribute like CN='],
    ['O=Example, Inc.', 'at character 11: an attribute like CN= should begin here; a comma within a value is written "\\,"'],
    ['XY=a', 'XY is not the name of an attribute that is known'],
    ['CN="a', 'at character 6: it ends within a value'],
    ['CN="a"b', 'at character 7: a separator is missing'],
    ['CN=a\\', 'it ends within a value'],
    ['CN=\\ff', 'not UTF-8'],
    ['CN=#0', '"#" begins a value in hexadecimal'],
    ['CN=#0c05', 'is not DER'],
    ['CN=#0c0161 x', 'a separator is missing'],
  ])('%j is refused', (written, message) => {
    expect(() => parseDistinguishedName(written)).toThrow(expect.objectContaining({ name: 'SignerError', code: 'USAGE', message: expect.stringContaining(message) }));
  });

  test('whatever it is given, it ends, and throws nothing but errors of ours', () => {
    const written = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^(CN=|O|=|,|\+|"|\\|#|0c|61| |\u{1F511}){0,20}$/u));
    fc.assert(fc.property(written, (given) => {
      try {
        parseDistinguishedName(given);
      } catch (error) {
        expect(error).toBeInstanceOf(SignerError);
      }
    }), { numRuns: 3000 });
  });
});

const attributes = fc.tuple(fc.constantFrom(...Object.keys(ATTRIBUTE_TYPES), '1.2.3.4'), fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(' a', 'a ', '#1', 'a,b', 'a\\b', '"', '')));
const relativeNames = fc.array(attributes, { minLength: 1, maxLength: 2 });

describe('comparing', () => {
  test('a name is read back from the text that it is printed as', () => {
    fc.assert(fc.property(fc.array(relativeNames, { minLength: 1, maxLength: 5 }), (rdns) => {
      const read = nameOf(...rdns.map((rdn) => rdn.map(([type, value]) => utf8(type, value))));
      const written = parseDistinguishedName(read.toString());
      expect(written.map(({ oid, value }) => [oid, value])).toEqual([...read.rdns].reverse().flat().map(({ oid, value }) => [oid, value]));
      expect(hasAttributes(read, written)).toBe(true);
    }), { numRuns: 1000 });
  });

  const subject = nameOf([utf8(O, 'Example')], [utf8(OU, 'Ops')], [utf8(OU, 'Sec')], [utf8(CN, 'Host  01')], [[EMAIL, text(Tag.IA5_STRING, 'a@b')]], [['2.5.4.45', bitString(hex('a0'), 5)]]);

  test.each([
    ['as RFC 4514 writes it', '2.5.4.45=#030205a0,emailAddress=a@b,CN=Host  01,OU=Sec,OU=Ops,O=Example'],
    ['as OpenSSL writes it', 'O = Example, OU = Ops, OU = Sec, CN = Host  01, emailAddress = a@b, 2.5.4.45 = #030205A0'],
    ['as Go writes it, in an order of its own', 'CN=Host  01,OU=Ops+OU=Sec,O=Example,1.2.840.113549.1.9.1=#1603614062,2.5.4.45=#030205a0'],
    ['in another case, with other blanks', 'o=EXAMPLE,ou=sec,ou=ops,cn=host 01,e=A@B,2.5.4.45=#030205A0'],
  ])('%s', (_, written) => {
    expect(hasAttributes(subject, parseDistinguishedName(written))).toBe(true);
  });

  test.each([
    ['one attribute is missing', '2.5.4.45=#030205a0,E=a@b,CN=Host 01,OU=Sec,O=Example'],
    ['one is there twice', '2.5.4.45=#030205a0,E=a@b,CN=Host 01,OU=Sec,OU=Sec,O=Example'],
    ['one is too many', '2.5.4.45=#030205a0,E=a@b,CN=Host 01,OU=Sec,OU=Ops,O=Example,L=x'],
    ['a value differs', '2.5.4.45=#030205a0,E=a@b,CN=Host 02,OU=Sec,OU=Ops,O=Example'],
    ['an encoding differs', '2.5.4.45=#030205b0,E=a@b,CN=Host 01,OU=Sec,OU=Ops,O=Example'],
    ['a text looks like an encoding', '2.5.4.45=\\#030205a0,E=a@b,CN=Host 01,OU=Sec,OU=Ops,O=Example'],
  ])('not where %s', (_, written) => {
    expect(hasAttributes(subject, parseDistinguishedName(written))).toBe(false);
  });
});
