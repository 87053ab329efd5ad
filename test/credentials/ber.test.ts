import * as fc from 'fast-check';
import { choices, toBer } from './ber-forms';
import { implicitOctets, toDer } from '../../src/credentials/ber';
import { DerCursor, encodeElement, Tag, X509Error } from '../../src/x509';
import { faultOf } from '../x509/thrown';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replace(/ /g, ''), 'hex'));
const rewritten = (hex: string) => Buffer.from(toDer(bytes(hex))).toString('hex');

/** DER of any shape that has no string in pieces. */
const anyDer: fc.Arbitrary<Uint8Array> = fc.letrec<{ element: Uint8Array }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 5 },
    fc.tuple(fc.constantFrom(0x02, 0x04, 0x05, 0x06, 0x0c, 0x1e, 0x80, 0x81), fc.uint8Array({ maxLength: 300 }))
      .map(([tag, content]) => encodeElement(tag, content)),
    fc.tuple(fc.constantFrom(0x30, 0x31, 0xa0, 0xa1), fc.array(tie('element'), { maxLength: 5 }))
      .map(([tag, children]) => encodeElement(tag, ...children)),
  ),
})).element;

describe('the same elements', () => {
  test('DER stays as it is', () => {
    fc.assert(fc.property(anyDer, (der) => {
      expect(toDer(der)).toEqual(der);
    }));
  });

  test('every form of BER becomes the one DER', () => {
    fc.assert(fc.property(anyDer, choices, (der, start) => {
      expect(toDer(toBer(der, start()))).toEqual(der);
    }), { numRuns: 500 });
  });

  test.each([
    ['an indefinite length', '30 80 02 01 03 00 00', '3003020103'],
    ['indefinite lengths in one another', '30 80 30 80 02 01 03 00 00 05 00 00 00', '300730030201030500'],
    ['a length with leading zeros', '30 84 00 00 00 03 02 01 03', '3003020103'],
    ['a string in pieces', '24 80 04 02 01 02 04 01 03 00 00', '0403010203'],
    ['a string in no pieces', '24 80 00 00', '0400'],
    ['a string in pieces of definite length', '24 07 04 02 01 02 04 01 03', '0403010203'],
    ['pieces in pieces', '24 80 24 80 04 01 01 04 01 02 00 00 04 01 03 00 00', '0403010203'],
    ['zeros that are content, not the end', '30 80 04 02 00 00 00 00', '300404020000'],
  ])('%s', (_, ber, der) => {
    expect(rewritten(ber)).toBe(der);
  });
});

describe('an implicit OCTET STRING', () => {
  const octets = (hex: string) => implicitOctets(DerCursor.over(bytes(hex), Tag.SEQUENCE, 'x'), 0x80, 'content');

  test.each([['whole', '30 05 80 03 01 02 03'], ['in pieces', '30 09 a0 07 04 02 01 02 04 01 03']])('%s', (_, hex) => {
    expect(octets(hex)).toEqual(bytes('010203'));
  });

  test.each([['another tag', '30 05 81 03 01 02 03'], ['other pieces', '30 05 a0 03 02 01 03'], ['nothing', '30 00']])('%s is refused', (_, hex) => {
    expect(() => octets(hex)).toThrow(X509Error);
  });
});

describe('is refused', () => {
  test.each([
    ['nothing', '', 'DER_TRUNCATED', 0],
    ['half a header', '30', 'DER_TRUNCATED', 0],
    ['an element that is cut off', '30 03 02 01', 'DER_TRUNCATED', 0],
    ['an element that is longer than the one around it', '30 03 02 02 01 01', 'DER_TRUNCATED', 2],
    ['a length that is cut off', '30 84 00', 'DER_TRUNCATED', 0],
    ['a length of 127 octets', `30 ff ${'ff'.repeat(127)}`, 'DER_TRUNCATED', 0],
    ['an end that is missing', '30 80 02 01 03', 'DER_TRUNCATED', 5],
    ['half an end', '30 80 02 01 03 00', 'DER_TRUNCATED', 5],
    ['more after the element', '30 80 00 00 05', 'DER_TRAILING_BYTES', 4],
    ['an indefinite length where there are no elements', '04 80 01 00 00', 'DER_INDEFINITE_LENGTH', 0],
    ['a tag of several octets', '3f 81 01 00', 'DER_HIGH_TAG_NUMBER', 0],
    ['a piece that is no OCTET STRING', '24 80 02 01 03 00 00', 'DER_UNEXPECTED_TAG', 2],
  ])('%s', (_, ber, code, offset) => {
    expect(faultOf(() => toDer(bytes(ber)))).toEqual({ code, offset });
  });

  test('what nests deeper than 32 levels, however it is written', () => {
    expect(rewritten(`${'3080'.repeat(33)}${'0000'.repeat(33)}`)).toMatch(/^3040303e303c/);
    expect(faultOf(() => toDer(bytes(`${'3080'.repeat(34)}${'0000'.repeat(34)}`))).code).toBe('DER_TOO_DEEP');
    expect(faultOf(() => toDer(bytes('3080'.repeat(100_000)))).code).toBe('DER_TOO_DEEP');
  });

  test('more than 100,000 elements, soon', () => {
    const many = new Uint8Array(4 * 1024 * 1024);
    many.set([0x30, 0x83, 0x3f, 0xff, 0xfb]);
    for (let i = 5; i < many.length; i += 2) {
      many[i] = 0x05;
    }
    expect(faultOf(() => toDer(many)).code).toBe('DER_TOO_LARGE');
  });

  test('or read: other octets never do anything else', () => {
    const starts = fc.constantFrom('3080', '2480', '30820100', 'a080', '');
    fc.assert(fc.property(starts, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
      const ber = Buffer.concat([Buffer.from(start, 'hex'), rest]);
      try {
        expect(toDer(ber).length).toBeLessThanOrEqual(2 * ber.length + 8);
      } catch (error) {
        expect(error).toBeInstanceOf(X509Error);
      }
    }), { numRuns: 2000 });
  });
});
