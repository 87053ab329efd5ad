/** Reads (and, for the few shapes that a signer needs, writes) the Distinguished Encoding Rules of ITU-T X.690. */
import { X509Error } from './errors';

/** Identifier octets of the ASN.1 types that X.509 structures are made of (X.690 8.1.2). */
export const Tag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  ENUMERATED: 0x0a,
  UTF8_STRING: 0x0c,
  NUMERIC_STRING: 0x12,
  PRINTABLE_STRING: 0x13,
  T61_STRING: 0x14,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  VISIBLE_STRING: 0x1a,
  UNIVERSAL_STRING: 0x1c,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/** Identifier octet of a context-specific tag `[n]`, constructed (`A0`..) unless told otherwise (`80`..). */
export function contextTag(number: number, constructed = true): number {
  return (constructed ? 0xa0 : 0x80) | number;
}

const CONSTRUCTED_BIT = 0x20;

/** No structure of RFC 5280 nests deeper than this; an attacker's may, to exhaust the stack. */
const MAX_DEPTH = 32;

/** One element of a DER encoding, as offsets into the bytes that hold it: nothing is copied. */
export interface DerElement {
  /** The identifier octet. */
  readonly tag: number;
  /** Offset of the identifier octet. */
  readonly start: number;
  /** Offset of the first content octet. */
  readonly contentStart: number;
  /** Offset after the last content octet. */
  readonly end: number;
}

/**
 * Reads the header of the element at `offset`, which has to end at or before `limit`.
 *
 * @throws X509Error where the element is cut off, or its length is not the one DER allows (X.690 10.1)
 */
export function readElement(bytes: Uint8Array, offset: number, limit: number): DerElement {
  if (offset + 2 > limit) {
    throw new X509Error('DER_TRUNCATED', 'the encoding ends where an element should begin', offset);
  }
  const tag = bytes[offset];
  if ((tag & 0x1f) === 0x1f) {
    throw new X509Error('DER_HIGH_TAG_NUMBER', 'a tag number above 30 is not used in any X.509 structure', offset);
  }
  const first = bytes[offset + 1];
  const contentStart = first < 0x80 ? offset + 2 : offset + 2 + (first & 0x7f);
  const length = first < 0x80 ? first : readLongLength(bytes, offset + 1, limit);
  const end = contentStart + length;
  if (end > limit) {
    throw new X509Error('DER_TRUNCATED', `an element announces ${length} bytes, ${Math.max(0, limit - contentStart)} are there`, offset);
  }
  return { tag, start: offset, contentStart, end };
}

function readLongLength(bytes: Uint8Array, offset: number, limit: number): number {
  const count = bytes[offset] & 0x7f;
  if (count === 0) {
    throw new X509Error('DER_INDEFINITE_LENGTH', 'indefinite lengths are BER, not DER', offset);
  }
  if (offset + 1 + count > limit) {
    throw new X509Error('DER_TRUNCATED', 'the encoding ends within a length', offset);
  }
  if (bytes[offset + 1] === 0) {
    throw new X509Error('DER_LENGTH_NOT_MINIMAL', 'a length has leading zeros', offset);
  }
  if (count > 4) {
    throw new X509Error('DER_TOO_LARGE', 'an element announces more than 4 GiB', offset);
  }
  let length = 0;
  for (let i = 1; i <= count; i++) {
    length = length * 256 + bytes[offset + i];
  }
  if (length < 0x80) {
    throw new X509Error('DER_LENGTH_NOT_MINIMAL', 'a length below 128 is written in the long form', offset);
  }
  return length;
}

/**
 * Walks a whole encoding once and checks that each element in it, known or not, is well-formed DER.
 *
 * Contents of OCTET STRING and BIT STRING are opaque here: who unwraps them checks them.
 *
 * @throws X509Error at the first element that is not, or that nests deeper than 32 levels
 */
export function checkWellFormed(bytes: Uint8Array, offset: number, limit: number, depth = 0): void {
  if (depth > MAX_DEPTH) {
    throw new X509Error('DER_TOO_DEEP', `elements nest deeper than ${MAX_DEPTH} levels`, offset);
  }
  let position = offset;
  while (position < limit) {
    const element = readElement(bytes, position, limit);
    if (element.tag & CONSTRUCTED_BIT) {
      checkWellFormed(bytes, element.contentStart, element.end, depth + 1);
    }
    position = element.end;
  }
}

/**
 * Steps through the elements inside one constructed element, in order.
 *
 * `what` names the structure in messages ("tbsCertificate", "keyUsage").
 */
export class DerCursor {
  /** A cursor over the content of bytes that hold exactly one element with this tag. */
  public static over(bytes: Uint8Array, tag: number, what: string): DerCursor {
    const element = readElement(bytes, 0, bytes.length);
    if (element.end !== bytes.length) {
      throw new X509Error('DER_TRAILING_BYTES', `${bytes.length - element.end} bytes follow the ${what}`, element.end);
    }
    expectTag(element, tag, what);
    return new DerCursor(bytes, element, what);
  }

  private position: number;

  public constructor(public readonly bytes: Uint8Array, public readonly element: DerElement, public readonly what: string) {
    this.position = element.contentStart;
  }

  /** Whether all elements have been read. */
  public get done(): boolean {
    return this.position === this.element.end;
  }

  /** The identifier octet of the next element, or undefined at the end. */
  public get nextTag(): number | undefined {
    return this.done ? undefined : this.bytes[this.position];
  }

  /** Reads the next element, whatever its tag. */
  public nextAny(): DerElement {
    const element = readElement(this.bytes, this.position, this.element.end);
    this.position = element.end;
    return element;
  }

  /** Reads the next element, which has to have this tag. */
  public next(tag: number, field: string): DerElement {
    if (this.done) {
      throw new X509Error('DER_TRUNCATED', `${this.what} ends before its ${field}`, this.position);
    }
    const element = this.nextAny();
    expectTag(element, tag, `${this.what}.${field}`);
    return element;
  }

  /** Reads the next element if it has this tag, and stays where it is otherwise. */
  public nextIf(tag: number): DerElement | undefined {
    return this.nextTag === tag ? this.nextAny() : undefined;
  }

  /** Reads the next constructed element with this tag and steps into it. */
  public enter(tag: number, field: string): DerCursor {
    return new DerCursor(this.bytes, this.next(tag, field), `${this.what}.${field}`);
  }

  /** A cursor over an element that this cursor has returned. */
  public into(element: DerElement, field: string): DerCursor {
    return new DerCursor(this.bytes, element, `${this.what}.${field}`);
  }

  /** Demands that nothing is left. */
  public finish(): void {
    if (!this.done) {
      throw new X509Error('DER_TRAILING_BYTES', `${this.what} holds more than it should`, this.position);
    }
  }

  /** The encoding of an element, header included, as a view. */
  public encoding(element: DerElement): Uint8Array {
    return this.bytes.subarray(element.start, element.end);
  }

  /** The content of an element as a view. */
  public content(element: DerElement): Uint8Array {
    return this.bytes.subarray(element.contentStart, element.end);
  }
}

function expectTag(element: DerElement, tag: number, what: string): void {
  if (element.tag !== tag) {
    throw new X509Error('DER_UNEXPECTED_TAG', `${what} has tag 0x${hexByte(element.tag)} instead of 0x${hexByte(tag)}`, element.start);
  }
}

/** BOOLEAN: DER knows 00 and FF only (X.690 11.1). */
export function readBoolean(bytes: Uint8Array, element: DerElement): boolean {
  const value = bytes[element.contentStart];
  if (element.end - element.contentStart !== 1 || (value !== 0 && value !== 0xff)) {
    throw new X509Error('DER_INVALID_BOOLEAN', 'a BOOLEAN is neither 00 nor FF', element.start);
  }
  return value === 0xff;
}

/** INTEGER of any size, two's complement, in the fewest octets (X.690 8.3.2). */
export function readInteger(bytes: Uint8Array, element: DerElement): bigint {
  const content = integerContent(bytes, element);
  const magnitude = BigInt(`0x${toHex(content)}`);
  return content[0] & 0x80 ? magnitude - (1n << BigInt(content.length * 8)) : magnitude;
}

/** INTEGER that has to fit a non-negative JavaScript number, such as a version or a path length. */
export function readSmallInteger(bytes: Uint8Array, element: DerElement): number {
  const value = readInteger(bytes, element);
  if (value < 0n || value > 0x7fffffffn) {
    throw new X509Error('DER_INVALID_INTEGER', 'an INTEGER is out of range', element.start);
  }
  return Number(value);
}

/** Content octets of an INTEGER, checked to be the fewest possible. */
export function integerContent(bytes: Uint8Array, element: DerElement): Uint8Array {
  const content = bytes.subarray(element.contentStart, element.end);
  if (content.length === 0) {
    throw new X509Error('DER_INVALID_INTEGER', 'an INTEGER has no content', element.start);
  }
  const redundant = content.length > 1
    && ((content[0] === 0 && content[1] < 0x80) || (content[0] === 0xff && content[1] >= 0x80));
  if (redundant) {
    throw new X509Error('DER_INVALID_INTEGER', 'an INTEGER has redundant leading octets', element.start);
  }
  return content;
}

/** The octets of a BIT STRING, whose unused bits have to be zero (X.690 11.2.1). */
export function readBitString(bytes: Uint8Array, element: DerElement): { readonly unusedBits: number; readonly octets: Uint8Array } {
  const length = element.end - element.contentStart;
  const unusedBits = bytes[element.contentStart];
  if (length === 0 || unusedBits > 7 || (length === 1 && unusedBits !== 0)) {
    throw new X509Error('DER_INVALID_BIT_STRING', 'a BIT STRING has an impossible count of unused bits', element.start);
  }
  const octets = bytes.subarray(element.contentStart + 1, element.end);
  if (octets.length > 0 && (octets[octets.length - 1] & ((1 << unusedBits) - 1)) !== 0) {
    throw new X509Error('DER_INVALID_BIT_STRING', 'unused bits of a BIT STRING are set', element.start);
  }
  return { unusedBits, octets };
}

/** A BIT STRING that holds whole octets: a key or a signature. */
export function readOctetAlignedBitString(bytes: Uint8Array, element: DerElement): Uint8Array {
  const { unusedBits, octets } = readBitString(bytes, element);
  if (unusedBits !== 0) {
    throw new X509Error('DER_INVALID_BIT_STRING', 'a BIT STRING that holds octets has unused bits', element.start);
  }
  return octets;
}

/** NULL has no content (X.690 8.8.2). */
export function readNull(element: DerElement): void {
  if (element.end !== element.contentStart) {
    throw new X509Error('DER_INVALID_NULL', 'a NULL has content', element.start);
  }
}

/** OBJECT IDENTIFIER in dotted form (X.690 8.19); arcs may be of any size, as the UUID arcs under 2.25 are. */
export function readObjectIdentifier(bytes: Uint8Array, element: DerElement): string {
  const arcs: Array<number | bigint> = [];
  let position = element.contentStart;
  while (position < element.end) {
    const arcStart = position;
    while (position < element.end && bytes[position] & 0x80) {
      position++;
    }
    // Lengths are bounded: 128-bit arcs take 19 octets, and a longer one would only cost time.
    if (position >= element.end || bytes[arcStart] === 0x80 || position - arcStart > 19) {
      throw new X509Error('DER_INVALID_OID', 'an OBJECT IDENTIFIER has a malformed arc', arcStart);
    }
    position++;
    arcs.push(readArc(bytes, arcStart, position));
  }
  if (arcs.length === 0) {
    throw new X509Error('DER_INVALID_OID', 'an OBJECT IDENTIFIER is empty', element.start);
  }
  const first = BigInt(arcs[0]);
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [root, first - root * 40n, ...arcs.slice(1)].join('.');
}

function readArc(bytes: Uint8Array, start: number, end: number): number | bigint {
  if (end - start <= 4) {
    let small = 0;
    for (let i = start; i < end; i++) {
      small = small * 128 + (bytes[i] & 0x7f);
    }
    return small;
  }
  let large = 0n;
  for (let i = start; i < end; i++) {
    large = large * 128n + BigInt(bytes[i] & 0x7f);
  }
  return large;
}

/**
 * UTCTime or GeneralizedTime in the one form that RFC 5280 4.1.2.5 allows each: seconds present, no fraction, `Z`.
 * Two-digit years below 50 are 20yy, the others 19yy.
 */
export function readTime(bytes: Uint8Array, element: DerElement): Date {
  const text = asciiOf(bytes.subarray(element.contentStart, element.end));
  const yearDigits = element.tag === Tag.UTC_TIME ? 2 : element.tag === Tag.GENERALIZED_TIME ? 4 : 0;
  if (yearDigits === 0) {
    throw new X509Error('DER_UNEXPECTED_TAG', 'a time is neither UTCTime nor GeneralizedTime', element.start);
  }
  if (text.length !== yearDigits + 11 || !/^\d+Z$/.test(text)) {
    throw new X509Error('DER_INVALID_TIME', 'a time is not written with seconds and in UTC', element.start);
  }
  const number = (from: number, digits = 2) => Number(text.substring(from, from + digits));
  const rawYear = number(0, yearDigits);
  const year = yearDigits === 4 ? rawYear : rawYear < 50 ? 2000 + rawYear : 1900 + rawYear;
  const [month, day, hour, minute, second] = [0, 2, 4, 6, 8].map((at) => number(yearDigits + at));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const unchanged = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
    && hour < 24 && minute < 60 && second < 60;
  if (!unchanged) {
    throw new X509Error('DER_INVALID_TIME', 'a time names a moment that does not exist', element.start);
  }
  return date;
}

// Fatal, because a replacement character in a name would be a name that nobody wrote.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Any of the string types of X.520 as text. T61String is read as ISO 8859-1, as other readers do. */
export function readString(bytes: Uint8Array, element: DerElement): string {
  const content = bytes.subarray(element.contentStart, element.end);
  switch (element.tag) {
    case Tag.UTF8_STRING:
      return decodeUtf8(content, element.start);
    case Tag.PRINTABLE_STRING:
    case Tag.IA5_STRING:
    case Tag.NUMERIC_STRING:
    case Tag.VISIBLE_STRING:
      return readAscii(bytes, element);
    case Tag.T61_STRING:
      return asciiOf(content);
    case Tag.BMP_STRING:
      return decodeFixedWidth(content, 2, element.start);
    case Tag.UNIVERSAL_STRING:
      return decodeFixedWidth(content, 4, element.start);
    default:
      throw new X509Error('DER_UNEXPECTED_TAG', `a string has tag 0x${hexByte(element.tag)}, which is no string type of X.520`, element.start);
  }
}

/** The content of an element as 7-bit text, for string types whose tag is implicit (dNSName, URI). */
export function readAscii(bytes: Uint8Array, element: DerElement): string {
  const content = bytes.subarray(element.contentStart, element.end);
  if (content.some((octet) => octet > 0x7f)) {
    throw new X509Error('DER_INVALID_STRING', 'a 7-bit string has an octet above 7F', element.start);
  }
  return asciiOf(content);
}

function decodeUtf8(content: Uint8Array, offset: number): string {
  try {
    return utf8.decode(content);
  } catch {
    throw new X509Error('DER_INVALID_STRING', 'a UTF8String is not UTF-8', offset);
  }
}

function decodeFixedWidth(content: Uint8Array, width: 2 | 4, offset: number): string {
  if (content.length % width !== 0) {
    throw new X509Error('DER_INVALID_STRING', `a string of ${width}-octet characters ends within one`, offset);
  }
  let text = '';
  for (let i = 0; i < content.length; i += width) {
    let code = 0;
    for (let j = 0; j < width; j++) {
      code = code * 256 + content[i + j];
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw new X509Error('DER_INVALID_STRING', 'a string has a code point that is no character', offset);
    }
    text += String.fromCodePoint(code);
  }
  return text;
}

/** Octets as characters of the same number. */
function asciiOf(content: Uint8Array): string {
  let text = '';
  for (const octet of content) {
    text += String.fromCharCode(octet);
  }
  return text;
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const octet of bytes) {
    text += hexByte(octet);
  }
  return text;
}

function hexByte(octet: number): string {
  return (octet < 16 ? '0' : '') + octet.toString(16);
}

/** Whether two byte strings are the same. Not for secrets: it stops at the first difference. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

/** Writes one element: the identifier octet, the shortest length, and the parts one after the other. */
export function encodeElement(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = [tag, ...encodeLength(length)];
  const out = new Uint8Array(header.length + length);
  out.set(header);
  let position = header.length;
  for (const part of parts) {
    out.set(part, position);
    position += part.length;
  }
  return out;
}

function encodeLength(length: number): number[] {
  if (length < 0x80) {
    return [length];
  }
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) {
    octets.unshift(rest % 256);
  }
  return [0x80 | octets.length, ...octets];
}
