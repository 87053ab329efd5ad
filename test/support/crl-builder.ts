/** Puts revocation lists together from hand-written DER: what no CA would issue, and lists too long for other libraries. */
import { sign } from 'crypto';
import { Issued } from './pki';
import { contextTag, encodeElement, readCertificate, Tag } from '../../src/x509';
import { bitString, commonName, ECDSA_SHA256, explicit, extension, integer, NOTHING, sequence, utcTime } from '../x509/certificate-builder';

/** The fields of a list as DER, in their order; an empty array leaves a field out. */
export interface CrlParts {
  readonly version: Uint8Array;
  readonly signature: Uint8Array;
  readonly issuer: Uint8Array;
  readonly thisUpdate: Uint8Array;
  readonly nextUpdate: Uint8Array;
  /** The SEQUENCE of all entries. */
  readonly revokedCertificates: Uint8Array;
  readonly crlExtensions: Uint8Array;
  /** What follows in the signed part. */
  readonly tbsRest: Uint8Array;
  /** @default - as `signature` */
  readonly signatureAlgorithm: Uint8Array;
  readonly signatureValue: Uint8Array;
  /** What follows in the list. */
  readonly rest: Uint8Array;
}

function buildTbs(parts: Partial<CrlParts>): Uint8Array {
  return sequence(
    parts.version ?? integer('01'),
    parts.signature ?? ECDSA_SHA256,
    parts.issuer ?? commonName('issuer'),
    parts.thisUpdate ?? utcTime('260101000000Z'),
    parts.nextUpdate ?? utcTime('270101000000Z'),
    parts.revokedCertificates ?? NOTHING,
    parts.crlExtensions ?? NOTHING,
    parts.tbsRest ?? NOTHING,
  );
}

/** A list of version 2 without entries, except for what is given. The signature is no signature. */
export function buildCrl(parts: Partial<CrlParts> = {}): Uint8Array {
  return sequence(
    buildTbs(parts),
    parts.signatureAlgorithm ?? parts.signature ?? ECDSA_SHA256,
    parts.signatureValue ?? bitString(sequence(integer('01'), integer('01'))),
    parts.rest ?? NOTHING,
  );
}

/** A list that a CA with a key of P-256 has really signed. The issuer's name is that of the CA unless another one is given. */
export function signCrl(ca: Issued, parts: Partial<CrlParts> = {}): Uint8Array {
  const all = { issuer: readCertificate(ca.der).subject.raw, ...parts };
  const signature = sign('sha256', buildTbs(all), ca.keyPem);
  return buildCrl({ ...all, signatureValue: bitString(signature) });
}

/** An entry: content octets of the serial number, and its extensions if any. */
export function entry(serial: Uint8Array, date = utcTime('251231235959Z'), ...entryExtensions: Uint8Array[]): Uint8Array {
  const list = entryExtensions.length > 0 ? [sequence(...entryExtensions)] : [];
  return sequence(encodeElement(Tag.INTEGER, serial), date, ...list);
}

/** The revokedCertificates field. */
export function entries(...list: Uint8Array[]): Uint8Array {
  return entriesOf(list);
}

/** The revokedCertificates field with more entries than a call takes arguments. */
export function entriesOf(list: readonly Uint8Array[]): Uint8Array {
  return sequence(Buffer.concat(list));
}

/** A reasonCode extension. */
export function reason(code: number): Uint8Array {
  return extension('2.5.29.21', encodeElement(Tag.ENUMERATED, new Uint8Array([code])));
}

/** The crlExtensions field. */
export function crlExtensions(...list: Uint8Array[]): Uint8Array {
  return explicit(0, sequence(...list));
}

/** A cRLNumber extension; the number is given by its content octets in hexadecimal. */
export function crlNumber(content: string): Uint8Array {
  return extension('2.5.29.20', integer(content));
}

/** An authorityKeyIdentifier extension with a key identifier. */
export function authorityKeyIdentifier(keyIdentifier: Uint8Array): Uint8Array {
  return extension('2.5.29.35', sequence(encodeElement(contextTag(0, false), keyIdentifier)));
}

/** A time as UTCTime or, from 2050 on, GeneralizedTime (RFC 5280 5.1.2.4). */
export function time(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050
    ? utcTime(digits.substring(2))
    : encodeElement(Tag.GENERALIZED_TIME, Buffer.from(digits, 'latin1'));
}

/** Content octets of serial numbers that follow a count: 16 octets each, as large as those of real CAs, all different. */
export function serialOctets(count: number): Uint8Array {
  const octets = Buffer.alloc(16, 0x5e);
  octets.writeUInt32BE(Math.imul(count + 1, 0x9e3779b1) >>> 0, 6);
  return octets;
}

/** The revokedCertificates field of a list with so many entries, revoked one each hour, every second with a reason. */
export function manyEntries(count: number): Uint8Array {
  const reasonCode = reason(1);
  const begin = Date.UTC(2024, 0, 1, 0, 30, 59);
  return entriesOf(Array.from({ length: count }, (_, i) => (
    entry(serialOctets(i), time(new Date(begin + i * 3_600_000)), ...(i % 2 === 0 ? [] : [reasonCode]))
  )));
}
