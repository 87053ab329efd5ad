/** What certificates and revocation lists have in common (RFC 5280 4.1, 5.1): how they are signed, serial numbers, extensions. */
import { bytesEqual, contextTag, DerCursor, DerElement, readBoolean, readNull, readObjectIdentifier, Tag } from './der';
import { X509Error } from './errors';
import { EXTENSION_NAMES, HASH_ALGORITHMS, RSASSA_PSS, SIGNATURE_ALGORITHMS, SignatureAlgorithmName, SignatureHash } from './oids';

/** Which of the two is being read: the beginning of its error codes. */
export type SignedKind = 'CERTIFICATE' | 'CRL';

/** A serial number in lower-case hexadecimal, padded to an even number of digits; a negative one has a minus sign in front. */
export function serialHex(serial: bigint): string {
  const digits = (serial < 0n ? -serial : serial).toString(16);
  return `${serial < 0n ? '-' : ''}${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}

/** How a certificate or a list was signed. */
export interface SignatureAlgorithm extends Partial<SignatureAlgorithmName> {
  /** Dotted object identifier. */
  readonly oid: string;
  /** Its name, or the identifier again. */
  readonly name: string;
}

/** An AlgorithmIdentifier (RFC 5280 4.1.1.2), of which the cursor stands at the beginning. */
export function readAlgorithm(cursor: DerCursor): { readonly oid: string; readonly parameters?: DerElement } {
  const oid = readObjectIdentifier(cursor.bytes, cursor.next(Tag.OBJECT_IDENTIFIER, 'algorithm'));
  if (cursor.done) {
    return { oid };
  }
  const parameters = cursor.nextOpaque();
  cursor.finish();
  if (parameters.tag === Tag.NULL) {
    readNull(parameters);
  }
  return { oid, parameters };
}

/** The algorithm of a signature, of which the cursor stands at the beginning. */
export function readSignatureAlgorithm(cursor: DerCursor, kind: SignedKind): SignatureAlgorithm {
  const { oid, parameters } = readAlgorithm(cursor);
  const known = SIGNATURE_ALGORITHMS[oid];
  if (!known) {
    return { oid, name: oid };
  }
  return oid === RSASSA_PSS ? { oid, ...known, hash: readPssHash(cursor, parameters, kind) } : { oid, ...known };
}

/** hashAlgorithm of RSASSA-PSS-params, SHA-1 where it is left out (RFC 4055 section 3.1); undefined for a hash without a name here. */
function readPssHash(algorithm: DerCursor, parameters: DerElement | undefined, kind: SignedKind): SignatureHash | undefined {
  if (!parameters || parameters.tag !== Tag.SEQUENCE) {
    throw new X509Error(`${kind}_INVALID_SIGNATURE_ALGORITHM`, 'RSASSA-PSS has no parameters', algorithm.element.start);
  }
  const cursor = algorithm.into(parameters, 'parameters');
  const wrapper = cursor.nextIf(contextTag(0));
  if (!wrapper) {
    return 'SHA-1';
  }
  const hash = cursor.into(wrapper, 'hashAlgorithm');
  const { oid } = readAlgorithm(hash.enter(Tag.SEQUENCE, 'algorithm'));
  hash.finish();
  return HASH_ALGORITHMS[oid];
}

/** Demands that the algorithm that comes next in the signed part is the one outside (RFC 5280 4.1.1.2, 5.1.1.2): else nothing signed says it. */
export function checkInnerAlgorithm(tbs: DerCursor, outerAlgorithm: Uint8Array, kind: SignedKind): void {
  const algorithm = tbs.next(Tag.SEQUENCE, 'signature');
  if (!bytesEqual(tbs.encoding(algorithm), outerAlgorithm)) {
    throw new X509Error(`${kind}_ALGORITHM_MISMATCH`, 'the signature algorithms inside and outside the signed part differ', algorithm.start);
  }
}

/** An extension with the place of its value, so that errors inside can say where they are. */
export interface LocatedExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly element: DerElement;
}

/** Every extension of a list that the cursor stands at the beginning of; each may be there once (RFC 5280 4.2, X.509). */
export function readExtensionList(list: DerCursor, kind: SignedKind): LocatedExtension[] {
  const extensions: LocatedExtension[] = [];
  const seen = new Set<string>();
  while (!list.done) {
    const cursor = list.enter(Tag.SEQUENCE, 'extension');
    const extension = readExtension(cursor);
    if (seen.has(extension.oid)) {
      throw new X509Error(`${kind}_DUPLICATE_EXTENSION`, `the extension ${extensionName(extension.oid)} appears twice`, cursor.element.start);
    }
    seen.add(extension.oid);
    extensions.push(extension);
  }
  return extensions;
}

function readExtension(cursor: DerCursor): LocatedExtension {
  const oid = readObjectIdentifier(cursor.bytes, cursor.next(Tag.OBJECT_IDENTIFIER, 'extnID'));
  const criticalElement = cursor.nextIf(Tag.BOOLEAN);
  // A written-out FALSE is not DER, but so common in certificates of embedded CAs that every reader takes it.
  const critical = criticalElement !== undefined && readBoolean(cursor.bytes, criticalElement);
  const element = cursor.next(Tag.OCTET_STRING, 'extnValue');
  cursor.finish();
  return { oid, critical, element };
}

/** Name of an extension for messages. */
export function extensionName(oid: string): string {
  return EXTENSION_NAMES[oid] ?? oid;
}

/** A cursor over the one element that an extension's value has to hold. */
export function openExtension(bytes: Uint8Array, { element }: LocatedExtension, tag: number, what: string): DerCursor {
  return DerCursor.over(bytes, tag, what, element.contentStart, element.end);
}

/** Which key signed: by identifier, or by issuer and serial number (RFC 5280 4.2.1.1). */
export interface AuthorityKeyIdentifier {
  readonly keyIdentifier?: Uint8Array;
}

/** The value of an authorityKeyIdentifier extension. */
export function readAuthorityKeyIdentifier(bytes: Uint8Array, extension: LocatedExtension): AuthorityKeyIdentifier {
  const cursor = openExtension(bytes, extension, Tag.SEQUENCE, 'authorityKeyIdentifier');
  const keyIdentifier = cursor.nextIf(contextTag(0, false));
  // authorityCertIssuer and authorityCertSerialNumber are a hint for building paths that is not needed here.
  if (cursor.nextTag === contextTag(1)) {
    cursor.nextOpaque();
  }
  cursor.nextIf(contextTag(2, false));
  cursor.finish();
  return keyIdentifier ? { keyIdentifier: cursor.content(keyIdentifier) } : {};
}
