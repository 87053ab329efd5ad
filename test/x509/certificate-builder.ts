/** Puts certificates together from hand-written DER, so that each field can be given what no CA would issue. */
import { contextTag, encodeElement, Tag } from '../../src/x509';

/** Bytes from hexadecimal; blanks are for the reader. */
export function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replace(/\s/g, ''), 'hex'));
}

export function sequence(...parts: Uint8Array[]): Uint8Array {
  return encodeElement(Tag.SEQUENCE, ...parts);
}

export function set(...parts: Uint8Array[]): Uint8Array {
  return encodeElement(Tag.SET, ...parts);
}

/** `[number]` around an element. */
export function explicit(number: number, ...parts: Uint8Array[]): Uint8Array {
  return encodeElement(contextTag(number), ...parts);
}

/** `[number]` in place of a primitive element's tag. */
export function implicit(number: number, content: Uint8Array | string): Uint8Array {
  return encodeElement(contextTag(number, false), typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
}

/** INTEGER from its content octets in hexadecimal. */
export function integer(content: string): Uint8Array {
  return encodeElement(Tag.INTEGER, hex(content));
}

/** OBJECT IDENTIFIER, encoded as X.690 8.19 says it, arc by arc. */
export function oid(dotted: string): Uint8Array {
  const [root, second, ...rest] = dotted.split('.').map(BigInt);
  return encodeElement(Tag.OBJECT_IDENTIFIER, new Uint8Array([root * 40n + second, ...rest].flatMap(base128)));
}

function base128(arc: bigint): number[] {
  const octets = [Number(arc & 0x7fn)];
  for (let left = arc >> 7n; left > 0n; left >>= 7n) {
    octets.unshift(Number(left & 0x7fn) | 0x80);
  }
  return octets;
}

/** A string of any type; BMPString and UniversalString take two and four octets a character. */
export function text(tag: number, value: string): Uint8Array {
  return encodeElement(tag, textContent(tag, value));
}

function textContent(tag: number, value: string): Uint8Array {
  if (tag === Tag.BMP_STRING) {
    return Buffer.from(value, 'utf16le').swap16();
  }
  if (tag === Tag.UNIVERSAL_STRING) {
    return Buffer.concat([...value].map((character) => {
      const octets = Buffer.alloc(4);
      octets.writeUInt32BE(character.codePointAt(0)!);
      return octets;
    }));
  }
  return Buffer.from(value, tag === Tag.UTF8_STRING ? 'utf8' : 'latin1');
}

export function bitString(octets: Uint8Array, unusedBits = 0): Uint8Array {
  return encodeElement(Tag.BIT_STRING, new Uint8Array([unusedBits]), octets);
}

export function octetString(content: Uint8Array): Uint8Array {
  return encodeElement(Tag.OCTET_STRING, content);
}

export const NULL = hex('0500');
export const TRUE = hex('0101ff');
export const FALSE = hex('010100');

/** One attribute of a name: type and DER value. */
export type Attribute = readonly [type: string, value: Uint8Array];

/** A name of relative names, each of one or more attributes. */
export function name(...rdns: Attribute[][]): Uint8Array {
  return sequence(...rdns.map((rdn) => set(...rdn.map(([type, value]) => sequence(oid(type), value)))));
}

/** A name of one common name. */
export function commonName(value: string): Uint8Array {
  return name([['2.5.4.3', text(Tag.UTF8_STRING, value)]]);
}

export function utcTime(value: string): Uint8Array {
  return text(Tag.UTC_TIME, value);
}

export function generalizedTime(value: string): Uint8Array {
  return text(Tag.GENERALIZED_TIME, value);
}

export function extension(type: string, value: Uint8Array, critical?: Uint8Array): Uint8Array {
  return sequence(oid(type), ...(critical ? [critical] : []), octetString(value));
}

export const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

/** A point of P-256 (its generator), so that OpenSSL imports the key. */
const P256_POINT = hex(`04
  6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296
  4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5`);

export const EC_KEY = sequence(sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bitString(P256_POINT));

/** The fields of a certificate as DER, in their order; an empty array leaves a field out. */
export interface CertificateParts {
  readonly version: Uint8Array;
  readonly serialNumber: Uint8Array;
  readonly signature: Uint8Array;
  readonly issuer: Uint8Array;
  readonly validity: Uint8Array;
  readonly subject: Uint8Array;
  readonly subjectPublicKeyInfo: Uint8Array;
  readonly issuerUniqueId: Uint8Array;
  readonly subjectUniqueId: Uint8Array;
  readonly extensions: Uint8Array;
  /** What follows in the signed part. */
  readonly tbsRest: Uint8Array;
  /** @default - as `signature` */
  readonly signatureAlgorithm: Uint8Array;
  readonly signatureValue: Uint8Array;
  /** What follows in the certificate. */
  readonly rest: Uint8Array;
}

export const NOTHING = new Uint8Array();

/** The extensions field of a version 3 certificate. */
export function extensions(...list: Uint8Array[]): Uint8Array {
  return explicit(3, sequence(...list));
}

/** A version 3 certificate for an EC key, except for what is given. The signature is no signature. */
export function buildCertificate(parts: Partial<CertificateParts> = {}): Uint8Array {
  const all: CertificateParts = {
    version: explicit(0, integer('02')),
    serialNumber: integer('01'),
    signature: ECDSA_SHA256,
    issuer: commonName('issuer'),
    validity: sequence(utcTime('260101000000Z'), utcTime('270101000000Z')),
    subject: commonName('subject'),
    subjectPublicKeyInfo: EC_KEY,
    issuerUniqueId: NOTHING,
    subjectUniqueId: NOTHING,
    extensions: NOTHING,
    tbsRest: NOTHING,
    signatureAlgorithm: parts.signature ?? ECDSA_SHA256,
    signatureValue: bitString(sequence(integer('01'), integer('01'))),
    rest: NOTHING,
    ...parts,
  };
  const tbsCertificate = sequence(
    all.version, all.serialNumber, all.signature, all.issuer, all.validity, all.subject, all.subjectPublicKeyInfo,
    all.issuerUniqueId, all.subjectUniqueId, all.extensions, all.tbsRest,
  );
  return sequence(tbsCertificate, all.signatureAlgorithm, all.signatureValue, all.rest);
}

/** Where a piece of DER stands in a larger one; throws unless it stands there exactly once. */
export function offsetOf(der: Uint8Array, piece: Uint8Array): number {
  const offset = Buffer.from(der).indexOf(piece);
  if (offset === -1 || Buffer.from(der).indexOf(piece, offset + 1) !== -1) {
    throw new Error('the piece does not stand in the bytes exactly once');
  }
  return offset;
}
