/** Reads (and, for the few shapes that a signer needs, writes) the Distinguished Encoding Rules of ITU-T X.690. */
import { X509Error } from './errors';
import { hexByte, toHex } from './hex';

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

/** Bits of the identifier octet that are zero in the universal class (X.690 8.1.2.2). */
const CLASS_BITS = 0xc0;

/** A bit for each universal type whose content is elements: EXTERNAL, EMBEDDED PDV, SEQUENCE, SET, CHARACTER STRING. */
const CONSTRUCTED_TYPES = (1 << 8) | (1 << 11) | (1 << 16) | (1 << 17) | (1 << 29);

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
 * Checks that the elements between two offsets, known or not, are well-formed DER all the way down.
 *
 * Meant for what no reader steps into, such as the parameters of an algorithm. Contents of OCTET STRING and BIT STRING are
 * opaque here: who unwraps them checks them.
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
    checkForm(element);
    if (element.tag & CONSTRUCTED_BIT) {
      checkWellFormed(bytes, element.contentStart, element.end, depth + 1);
    }
    position = element.end;
  }
}

/** BER may cut strings into pieces and ends indefinite lengths with tag 0; DER does neither (X.690 10.2, 8.1.5). */
function checkForm({ tag, start }: DerElement): void {
  if ((tag & CLASS_BITS) !== 0) {
    return;
  }
  const number = tag & 0x1f;
  const constructed = (tag & CONSTRUCTED_BIT) !== 0;
  if (number === 0 || constructed !== ((CONSTRUCTED_TYPES >> number & 1) === 1)) {
    throw new X509Error('DER_UNEXPECTED_TAG', `the tag 0x${hexByte(tag)} is never written in DER`, start);
  }
}

/**
 * Steps through the elements inside one constructed element, in order.
 *
 * `what` names the structure in messages ("tbsCertificate", "keyUsage").
 */
export class DerCursor {
  /**
   * A cursor over the content of the one element, with this tag, that fills the bytes or the part of them between two offsets.
   *
   * A part is better given by offsets than as a subarray, since the offsets in errors then fit the whole.
   */
  public static over(bytes: Uint8Array, tag: number, what: string, start = 0, end = bytes.length): DerCursor {
    const element = readElement(bytes, start, end);
    if (element.tag !== tag) {
      throw unexpectedTag(element, tag, what);
    }
    if (element.end !== end) {
      throw new X509Error('DER_TRAILING_BYTES', `more bytes follow the ${what}: ${end - element.end}`, element.end);
    }
    return new DerCursor(bytes, element, what);
  }

  private position: number;

  /** `field` names the element in messages; with a parent, it is the name inside that one. */
  public constructor(
    public readonly bytes: Uint8Array,
    public readonly element: DerElement,
    private readonly field: string,
    private readonly parent?: DerCursor,
  ) {
    this.position = element.contentStart;
  }

  /** The path to this structure for messages; put together on demand, since hardly any is ever read. */
  public get what(): string {
    return this.parent ? `${this.parent.what}.${this.field}` : this.field;
  }

  /** Whether all elements have been read. */
  public get done(): boolean {
    return this.position === this.element.end;
  }

  /** The identifier octet of the next element, or undefined at the end. */
  public get nextTag(): number | undefined {
    return this.done ? undefined : this.bytes[this.position];
  }

  /** Reads the next element, whatever its tag, which the caller has to look at. */
  public nextAny(): DerElement {
    const element = readElement(this.bytes, this.position, this.element.end);
    this.position = element.end;
    return element;
  }

  /** Reads the next element, whatever its tag, and checks all that is inside it, since nobody is going to step in. */
  public nextOpaque(): DerElement {
    const element = this.nextAny();
    checkWellFormed(this.bytes, element.start, element.end);
    return element;
  }

  /** Reads the next element, which has to have this tag. */
  public next(tag: number, field: string): DerElement {
    if (this.done) {
      throw new X509Error('DER_TRUNCATED', `${this.what} ends before its ${field}`, this.position);
    }
    const element = this.nextAny();
    if (element.tag !== tag) {
      throw unexpectedTag(element, tag, `${this.what}.${field}`);
    }
    return element;
  }

  /** Reads the next element if it has this tag, and stays where it is otherwise. */
  public nextIf(tag: number): DerElement | undefined {
    return this.nextTag === tag ? this.nextAny() : undefined;
  }

  /** Reads the next constructed element with this tag and steps into it. */
  public enter(tag: number, field: string): DerCursor {
    return new DerCursor(this.bytes, this.next(tag, field), field, this);
  }

  /** A cursor over an element that this cursor has returned. */
  public into(element: DerElement, field: string): DerCursor {
    return new DerCursor(this.bytes, element, field, this);
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

function unexpectedTag(element: DerElement, tag: number, what: string): X509Error {
  return new X509Error('DER_UNEXPECTED_TAG', `${what} has tag 0x${hexByte(element.tag)} instead of 0x${hexByte(tag)}`, element.start);
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
  checkInteger(bytes, element);
  const magnitude = BigInt(`0x${toHex(bytes, element.contentStart, element.end)}`);
  const isNegative = (bytes[element.contentStart] & 0x80) !== 0;
  return isNegative ? magnitude - (1n << BigInt((element.end - element.contentStart) * 8)) : magnitude;
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
  checkInteger(bytes, element);
  return bytes.subarray(element.contentStart, element.end);
}

function checkInteger(bytes: Uint8Array, { start, contentStart, end }: DerElement): void {
  if (contentStart === end) {
    throw new X509Error('DER_INVALID_INTEGER', 'an INTEGER has no content', start);
  }
  const first = bytes[contentStart];
  const second = bytes[contentStart + 1];
  if (end - contentStart > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw new X509Error('DER_INVALID_INTEGER', 'an INTEGER has redundant leading octets', start);
  }
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

/** The longest arc in use is a UUID of 128 bits below 2.25; a longer one would only cost time. */
const MAX_ARC_OCTETS = 19;

/** OBJECT IDENTIFIER in dotted form (X.690 8.19); arcs may have up to 133 bits. */
export function readObjectIdentifier(bytes: Uint8Array, element: DerElement): string {
  let text = '';
  let arcStart = element.contentStart;
  while (arcStart < element.end) {
    const arcEnd = endOfArc(bytes, arcStart, element.end);
    const arc = readArc(bytes, arcStart, arcEnd);
    text += text === '' ? firstTwoArcs(arc) : `.${arc}`;
    arcStart = arcEnd;
  }
  if (text === '') {
    throw new X509Error('DER_INVALID_OID', 'an OBJECT IDENTIFIER is empty', element.start);
  }
  return text;
}

/** The offset after an arc: its last octet is the first one without the high bit. */
function endOfArc(bytes: Uint8Array, start: number, limit: number): number {
  let position = start;
  while (position < limit && bytes[position] & 0x80) {
    position++;
  }
  if (position >= limit) {
    throw new X509Error('DER_INVALID_OID', 'an OBJECT IDENTIFIER ends within an arc', start);
  }
  if (bytes[start] === 0x80) {
    throw new X509Error('DER_INVALID_OID', 'an arc of an OBJECT IDENTIFIER has leading zeros', start);
  }
  if (position - start >= MAX_ARC_OCTETS) {
    throw new X509Error('DER_INVALID_OID', `an arc of an OBJECT IDENTIFIER is longer than ${MAX_ARC_OCTETS} octets`, start);
  }
  return position + 1;
}

function readArc(bytes: Uint8Array, start: number, end: number): number | bigint {
  if (end - start > 7) {
    return readLargeArc(bytes, start, end);
  }
  let arc = 0;
  for (let i = start; i < end; i++) {
    arc = arc * 128 + (bytes[i] & 0x7f);
  }
  return arc;
}

/** An arc of more than 49 bits, which a number might not hold. */
function readLargeArc(bytes: Uint8Array, start: number, end: number): bigint {
  let arc = 0n;
  for (let i = start; i < end; i++) {
    arc = arc * 128n + BigInt(bytes[i] & 0x7f);
  }
  return arc;
}

/** The first two arcs share one number; only below 2 may the second one be 40 or more (X.690 8.19.4). */
function firstTwoArcs(arc: number | bigint): string {
  if (arc >= 80) {
    return `2.${typeof arc === 'bigint' ? arc - 80n : arc - 80}`;
  }
  return arc >= 40 ? `1.${Number(arc) - 40}` : `0.${arc}`;
}

/**
 * UTCTime or GeneralizedTime in the one form that RFC 5280 4.1.2.5 allows each: seconds present, no fraction, `Z`.
 * Two-digit years below 50 are 20yy, the others 19yy.
 */
export function readTime(bytes: Uint8Array, element: DerElement): Date {
  const yearDigits = element.tag === Tag.UTC_TIME ? 2 : element.tag === Tag.GENERALIZED_TIME ? 4 : 0;
  if (yearDigits === 0) {
    throw new X509Error('DER_UNEXPECTED_TAG', 'a time is neither UTCTime nor GeneralizedTime', element.start);
  }
  const end = element.contentStart + yearDigits + 10;
  if (element.end !== end + 1 || bytes[end] !== 'Z'.charCodeAt(0)) {
    throw new X509Error('DER_INVALID_TIME', 'a time is not written with seconds and in UTC', element.start);
  }
  const field = (fromEnd: number) => readTwoDigits(bytes, end - fromEnd, element);
  const year = yearDigits === 4 ? field(14) * 100 + field(12) : centuryOf(field(12));
  return utcDate(year, field(10), field(8), field(6), field(4), field(2), element);
}

function centuryOf(twoDigitYear: number): number {
  return twoDigitYear < 50 ? 2000 + twoDigitYear : 1900 + twoDigitYear;
}

function readTwoDigits(bytes: Uint8Array, position: number, element: DerElement): number {
  const tens = bytes[position] - 0x30;
  const ones = bytes[position + 1] - 0x30;
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) {
    throw new X509Error('DER_INVALID_TIME', 'a time has something other than digits', element.start);
  }
  return tens * 10 + ones;
}

function utcDate(year: number, month: number, day: number, hour: number, minute: number, second: number, element: DerElement): Date {
  // Not Date.UTC, which takes the years 0 to 99 for those of the 20th century.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // A day too many carries over into the next month, so the fields come back changed.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) {
    throw new X509Error('DER_INVALID_TIME', 'a time names a moment that does not exist', element.start);
  }
  return date;
}

/** Whether an element is one of the string types of X.520 and RFC 5280, so that {@link readString} has a text for it. */
export function isString(element: DerElement): boolean {
  return STRING_TAGS.has(element.tag);
}

const STRING_TAGS: ReadonlySet<number> = new Set([
  Tag.UTF8_STRING, Tag.NUMERIC_STRING, Tag.PRINTABLE_STRING, Tag.T61_STRING, Tag.IA5_STRING, Tag.VISIBLE_STRING, Tag.UNIVERSAL_STRING,
  Tag.BMP_STRING,
]);

/**
 * Any of the string types of X.520 as text. T61String is read as ISO 8859-1, as other readers do.
 *
 * The smaller alphabets of PrintableString and NumericString are not enforced: `*`, `@` and `_` are too common there.
 */
export function readString(bytes: Uint8Array, element: DerElement): string {
  switch (element.tag) {
    case Tag.UTF8_STRING:
      return readUtf8(bytes, element);
    case Tag.PRINTABLE_STRING:
    case Tag.IA5_STRING:
    case Tag.NUMERIC_STRING:
    case Tag.VISIBLE_STRING:
      return readAscii(bytes, element);
    case Tag.T61_STRING:
      return latin1(bytes, element.contentStart, element.end);
    case Tag.BMP_STRING:
      return decodeFixedWidth(bytes, element, 2);
    case Tag.UNIVERSAL_STRING:
      return decodeFixedWidth(bytes, element, 4);
    default:
      throw new X509Error('DER_UNEXPECTED_TAG', `a string has tag 0x${hexByte(element.tag)}, which is no string type of X.520`, element.start);
  }
}

/** The content of an element as 7-bit text, for string types whose tag is implicit (dNSName, URI). */
export function readAscii(bytes: Uint8Array, element: DerElement): string {
  if (!isAscii(bytes, element)) {
    throw new X509Error('DER_INVALID_STRING', 'a 7-bit string has an octet above 7F', element.start);
  }
  return latin1(bytes, element.contentStart, element.end);
}

function isAscii(bytes: Uint8Array, element: DerElement): boolean {
  for (let i = element.contentStart; i < element.end; i++) {
    if (bytes[i] > 0x7f) {
      return false;
    }
  }
  return true;
}

/** Nearly every name is ASCII, and a TextDecoder costs more to make than such a name to read. */
function readUtf8(bytes: Uint8Array, element: DerElement): string {
  if (isAscii(bytes, element)) {
    return latin1(bytes, element.contentStart, element.end);
  }
  try {
    // Fatal, because a replacement character in a name would be a name that nobody wrote.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(element.contentStart, element.end));
  } catch {
    throw new X509Error('DER_INVALID_STRING', 'a UTF8String is not UTF-8', element.start);
  }
}

function decodeFixedWidth(bytes: Uint8Array, element: DerElement, width: 2 | 4): string {
  if ((element.end - element.contentStart) % width !== 0) {
    throw new X509Error('DER_INVALID_STRING', `a string of ${width}-octet characters ends within one`, element.start);
  }
  let text = '';
  for (let i = element.contentStart; i < element.end; i += width) {
    let code = 0;
    for (let j = 0; j < width; j++) {
      code = code * 256 + bytes[i + j];
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw new X509Error('DER_INVALID_STRING', 'a string has a code point that is no character', element.start);
    }
    text += String.fromCodePoint(code);
  }
  return text;
}

/** How many arguments a call may have differs from runtime to runtime; this many are safe in each. */
const CHUNK = 8192;

/** The octets between two offsets as characters of the same number (ISO 8859-1; the WHATWG decoder of that name is another one). */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  for (let i = start; i < end; i += CHUNK) {
    // Apply takes typed arrays as they are; the type wants an array, and spreading into one would be fifty times as slow.
    text += String.fromCharCode.apply(undefined, bytes.subarray(i, Math.min(i + CHUNK, end)) as unknown as number[]);
  }
  return text;
}

/** Whether two byte strings are the same. Not for secrets: it stops at the first difference. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) {
    return false;
  }
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) {
      return false;
    }
  }
  return true;
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
