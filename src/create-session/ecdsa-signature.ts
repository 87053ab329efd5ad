/** Converts ECDSA signatures between WebCrypto's form (r and s, fixed width) and the one on the wire (ASN.1 DER, RFC 3279 2.2.3). */
import { DerCursor, encodeElement, integerContent, Tag } from '../x509';
import { CreateSessionError } from './errors';

/**
 * From `r || s` to `SEQUENCE { r INTEGER, s INTEGER }`.
 *
 * @param coordinateLength octets of r and of s: 32 for P-256, 48 for P-384, 66 for P-521
 * @throws CreateSessionError `BAD_SIGNATURE_ENCODING` where the length is wrong, or r or s is zero
 */
export function ecdsaSignatureToDer(raw: Uint8Array, coordinateLength: number): Uint8Array {
  if (raw.length !== 2 * coordinateLength) {
    throw new CreateSessionError('BAD_SIGNATURE_ENCODING', `an ECDSA signature has ${raw.length} bytes instead of ${2 * coordinateLength}`);
  }
  return encodeElement(Tag.SEQUENCE, unsignedInteger(raw.subarray(0, coordinateLength)), unsignedInteger(raw.subarray(coordinateLength)));
}

/**
 * From `SEQUENCE { r INTEGER, s INTEGER }` to `r || s`.
 *
 * @throws CreateSessionError `BAD_SIGNATURE_ENCODING` where it is not exactly that in DER, or r or s is not positive or too large
 */
export function ecdsaSignatureFromDer(der: Uint8Array, coordinateLength: number): Uint8Array {
  const raw = new Uint8Array(2 * coordinateLength);
  try {
    const cursor = DerCursor.over(der, Tag.SEQUENCE, 'ECDSA signature');
    placeInteger(raw.subarray(0, coordinateLength), integerContent(der, cursor.next(Tag.INTEGER, 'r')));
    placeInteger(raw.subarray(coordinateLength), integerContent(der, cursor.next(Tag.INTEGER, 's')));
    cursor.finish();
  } catch (error) {
    throw new CreateSessionError('BAD_SIGNATURE_ENCODING', `an ECDSA signature is not ASN.1 DER: ${(error as Error).message}`, { cause: error });
  }
  return raw;
}

/** INTEGER of an unsigned number: without leading zeros, but with one where the first bit would make it negative. */
function unsignedInteger(octets: Uint8Array): Uint8Array {
  const first = octets.findIndex((octet) => octet !== 0);
  if (first === -1) {
    throw new CreateSessionError('BAD_SIGNATURE_ENCODING', 'an ECDSA signature has a zero in it');
  }
  const magnitude = octets.subarray(first);
  return magnitude[0] & 0x80 ? encodeElement(Tag.INTEGER, new Uint8Array(1), magnitude) : encodeElement(Tag.INTEGER, magnitude);
}

function placeInteger(target: Uint8Array, content: Uint8Array): void {
  const magnitude = content[0] === 0 ? content.subarray(1) : content;
  if (content[0] & 0x80 || magnitude.length === 0) {
    throw new CreateSessionError('BAD_SIGNATURE_ENCODING', 'r or s is not positive');
  }
  if (magnitude.length > target.length) {
    throw new CreateSessionError('BAD_SIGNATURE_ENCODING', 'r or s is too large for the curve');
  }
  target.set(magnitude, target.length - magnitude.length);
}
