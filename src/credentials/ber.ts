/** Rewrites BER as DER (X.690): PKCS#12 files of Windows, NSS and old Java have open-ended lengths and strings in pieces. */
import { DerCursor, encodeElement, Tag, X509Error } from '../x509';

/** What an identifier octet is larger by where the element is made of elements (X.690 8.1.2.5). */
const CONSTRUCTED = 0x20;

/** An OCTET STRING in pieces (X.690 8.7.3). */
const CONSTRUCTED_OCTET_STRING = Tag.OCTET_STRING + CONSTRUCTED;

/** Real files nest 10 levels or so between two strings that are opened one after the other. */
const MAX_DEPTH = 32;

/** Each element costs far more memory than its octets. A store of thousands of certificates stays below: each is one OCTET STRING here. */
const MAX_ELEMENTS = 100_000;

/**
 * Rewrites an element: lengths become definite and minimal, OCTET STRINGs whole. What is inside of primitive elements stays as it is.
 *
 * Strings of other types that are in pieces are left so, and then readers refuse them: no file with one is known.
 *
 * @throws X509Error where the bytes are not exactly one element, or nest too deep
 */
export function toDer(ber: Uint8Array): Uint8Array {
  const rewriting = new Rewriting(ber);
  const { der, end } = rewriting.element(0, ber.length, 0);
  if (end !== ber.length) {
    throw new X509Error('DER_TRAILING_BYTES', `${ber.length - end} more bytes follow`, end);
  }
  return der;
}

/**
 * The octets of the next element, an OCTET STRING under a tag of its own: whole, or in pieces that {@link toDer} cannot tell from any
 * other elements.
 *
 * @param tag its identifier octet where it is whole
 */
export function implicitOctets(cursor: DerCursor, tag: number, field: string): Uint8Array {
  if (cursor.nextTag !== tag + CONSTRUCTED) {
    return cursor.content(cursor.next(tag, field));
  }
  const pieces = cursor.enter(tag + CONSTRUCTED, field);
  const octets: Uint8Array[] = [];
  while (!pieces.done) {
    octets.push(pieces.content(pieces.next(Tag.OCTET_STRING, 'piece')));
  }
  return concatenate(octets);
}

/** An element in its new form, and where the old one ended. */
interface Rewritten {
  readonly der: Uint8Array;
  readonly end: number;
}

interface Header {
  readonly tag: number;
  readonly contentStart: number;
  /** Undefined where the length is indefinite, and a mark ends the content. */
  readonly contentEnd: number | undefined;
}

class Rewriting {
  private elements = 0;

  public constructor(private readonly ber: Uint8Array) {}

  public element(offset: number, limit: number, depth: number): Rewritten {
    if (depth > MAX_DEPTH) {
      throw new X509Error('DER_TOO_DEEP', `elements nest deeper than ${MAX_DEPTH} levels`, offset);
    }
    if (++this.elements > MAX_ELEMENTS) {
      throw new X509Error('DER_TOO_LARGE', `there are more than ${MAX_ELEMENTS} elements`, offset);
    }
    const header = this.header(offset, limit);
    if (header.tag % 0x40 >= CONSTRUCTED) {
      return this.constructed(header, limit, depth);
    }
    if (header.contentEnd === undefined) {
      throw new X509Error('DER_INDEFINITE_LENGTH', 'an element without elements inside has an indefinite length', offset);
    }
    return { der: encodeElement(header.tag, this.ber.subarray(header.contentStart, header.contentEnd)), end: header.contentEnd };
  }

  private constructed({ tag, contentStart, contentEnd }: Header, limit: number, depth: number): Rewritten {
    const parts: Uint8Array[] = [];
    let position = contentStart;
    while (contentEnd === undefined ? !this.isEndMark(position, limit) : position < contentEnd) {
      const { der, end } = this.element(position, contentEnd ?? limit, depth + 1);
      parts.push(tag === CONSTRUCTED_OCTET_STRING ? contentOfPiece(der, position) : der);
      position = end;
    }
    return {
      der: encodeElement(tag === CONSTRUCTED_OCTET_STRING ? Tag.OCTET_STRING : tag, concatenate(parts)),
      end: contentEnd ?? position + 2,
    };
  }

  /** End-of-contents octets (X.690 8.1.5). */
  private isEndMark(position: number, limit: number): boolean {
    return position + 2 <= limit && this.ber[position] === 0 && this.ber[position + 1] === 0;
  }

  private header(offset: number, limit: number): Header {
    if (offset + 2 > limit) {
      throw new X509Error('DER_TRUNCATED', 'the encoding ends where an element should begin', offset);
    }
    const tag = this.ber[offset];
    if (tag % 0x20 === 0x1f) {
      throw new X509Error('DER_HIGH_TAG_NUMBER', 'a tag number above 30 is not used in keys and their containers', offset);
    }
    const first = this.ber[offset + 1];
    if (first === 0x80) {
      return { tag, contentStart: offset + 2, contentEnd: undefined };
    }
    const contentStart = first < 0x80 ? offset + 2 : offset + 2 + (first - 0x80);
    const contentEnd = contentStart + (first < 0x80 ? first : this.longLength(offset + 2, contentStart));
    if (contentEnd > limit) {
      throw new X509Error('DER_TRUNCATED', 'an element announces more bytes than there are', offset);
    }
    return { tag, contentStart, contentEnd };
  }

  /** Any number of leading zeros is allowed here. One that is too large ends behind every limit. */
  private longLength(start: number, end: number): number {
    let length = 0;
    for (let i = start; i < Math.min(end, this.ber.length); i++) {
      length = length * 256 + this.ber[i];
    }
    return length;
  }
}

function contentOfPiece(der: Uint8Array, offset: number): Uint8Array {
  if (der[0] !== Tag.OCTET_STRING) {
    throw new X509Error('DER_UNEXPECTED_TAG', 'a piece of an OCTET STRING is none', offset);
  }
  const cursor = DerCursor.over(der, Tag.OCTET_STRING, 'piece');
  return cursor.content(cursor.element);
}

/** The parts one after the other. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    out.set(part, position);
    position += part.length;
  }
  return out;
}
