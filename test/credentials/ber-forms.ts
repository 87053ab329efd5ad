/** Writes DER in the other forms that BER allows, so that readers of BER can be tried on real structures. */
import * as fc from 'fast-check';
import { readElement, Tag } from '../../src/x509';

/** What to do with one element: chosen by a number that a test draws, so that a failure can be repeated. */
type Choice = () => number;

const CONSTRUCTED_BIT = 0x20;

/** How an encoding is changed. */
export interface BerOptions {
  /** Whether the content of an OCTET STRING, which has to be DER then, is changed as well. @default - never */
  readonly inside?: (content: Uint8Array) => boolean;
  /** Tags of implicit OCTET STRINGs. */
  readonly implicitStrings?: readonly number[];
}

/** Another encoding of the same elements: indefinite lengths, lengths with leading zeros, strings in pieces. */
export function toBer(der: Uint8Array, choose: Choice, options: BerOptions = {}): Buffer {
  const parts: Buffer[] = [];
  for (let position = 0; position < der.length;) {
    const element = readElement(der, position, der.length);
    parts.push(elementToBer(element.tag, der.subarray(element.contentStart, element.end), choose, options));
    position = element.end;
  }
  return Buffer.concat(parts);
}

function elementToBer(tag: number, content: Uint8Array, choose: Choice, options: BerOptions): Buffer {
  if (tag & CONSTRUCTED_BIT) {
    return withLength(tag, toBer(content, choose, options), choose);
  }
  if (tag !== Tag.OCTET_STRING && !options.implicitStrings?.includes(tag)) {
    return withLength(tag, content, choose);
  }
  const octets = tag === Tag.OCTET_STRING && options.inside?.(content) ? toBer(content, choose, options) : Buffer.from(content);
  return choose() % 2 === 0 ? withLength(tag, octets, choose) : withLength(tag | CONSTRUCTED_BIT, pieces(octets, choose), choose);
}

function pieces(octets: Buffer, choose: Choice): Buffer {
  const size = 1 + choose() % Math.max(1, octets.length);
  const parts: Buffer[] = [];
  for (let i = 0; i < octets.length; i += size) {
    const piece = octets.subarray(i, i + size);
    // A piece may be in pieces itself.
    const whole = withLength(Tag.OCTET_STRING, piece, choose);
    parts.push(choose() % 8 === 0 ? withLength(0x24, whole, choose) : whole);
  }
  return Buffer.concat(parts);
}

function withLength(tag: number, content: Uint8Array, choose: Choice): Buffer {
  if (tag & CONSTRUCTED_BIT && choose() % 2 === 0) {
    return Buffer.concat([Buffer.from([tag, 0x80]), content, Buffer.alloc(2)]);
  }
  if (choose() % 4 === 0) {
    const length = Buffer.alloc(5);
    length[0] = 0x84;
    length.writeUInt32BE(content.length, 1);
    return Buffer.concat([Buffer.from([tag]), length, content]);
  }
  const digits = content.length < 0x80 ? [content.length] : content.length < 0x100 ? [0x81, content.length] : content.length < 0x10000
    ? [0x82, content.length >> 8, content.length & 0xff] : [0x83, content.length >> 16, (content.length >> 8) & 0xff, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...digits]), content]);
}

/** Draws the numbers of {@link toBer}: a list that is gone through again and again. */
export const choices: fc.Arbitrary<() => Choice> = fc.array(fc.nat(255), { minLength: 7, maxLength: 61 }).map((numbers) => () => {
  let next = 0;
  return () => numbers[next++ % numbers.length];
});
