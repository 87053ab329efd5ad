/** Distinguished names (RFC 5280 4.1.2.4): read in certificate order, compared as path validation compares them, printed as RFC 4514 does. */
import { bytesEqual, DerCursor, DerElement, isString, readObjectIdentifier, readString, Tag } from './der';
import { toHex } from './hex';
import { X509Error } from './errors';
import { ATTRIBUTE_TYPES } from './oids';

/** One attribute of a name: `CN=onprem01`. */
export interface NameAttribute {
  /** The attribute type as dotted object identifier. */
  readonly oid: string;
  /** Its short name (`CN`), or the identifier again where there is none. */
  readonly type: string;
  /** The value as text. */
  readonly value: string;
  /** Set where the value is no string: `value` is then `#` and its DER in hexadecimal, as RFC 4514 section 2.4 writes it. */
  readonly opaque?: true;
}

/** One relative distinguished name; nearly always of one attribute. */
export type RelativeDistinguishedName = readonly NameAttribute[];

/** A name as the certificate has it. */
export class DistinguishedName {
  /** Steps into the element of a Name and reads it. */
  public static read(parent: DerCursor, field: string): DistinguishedName {
    const element = parent.next(Tag.SEQUENCE, field);
    return DistinguishedName.readElement(parent, element, field);
  }

  /** Reads the Name in an element that the cursor has returned. */
  public static readElement(parent: DerCursor, element: DerElement, field: string): DistinguishedName {
    const cursor = parent.into(element, field);
    const rdns: RelativeDistinguishedName[] = [];
    while (!cursor.done) {
      rdns.push(readRdn(cursor));
    }
    return new DistinguishedName(rdns, cursor.encoding(element));
  }

  private constructor(
    /** Relative distinguished names in certificate order, the most general first as a rule. */
    public readonly rdns: readonly RelativeDistinguishedName[],
    /** The DER encoding. */
    public readonly raw: Uint8Array,
  ) {}

  /** Whether there is nothing in it, as in certificates that name their subject in subjectAltName only. */
  public get isEmpty(): boolean {
    return this.rdns.length === 0;
  }

  /** Every attribute in certificate order. */
  public get attributes(): readonly NameAttribute[] {
    return this.rdns.flat();
  }

  /** The values of one attribute type, given by short name or object identifier, in certificate order. */
  public values(type: string): string[] {
    return this.attributes.filter((attribute) => attribute.type === type || attribute.oid === type).map((attribute) => attribute.value);
  }

  /**
   * Whether both name the same entity (RFC 5280 7.1): same attributes in the same order, where letter case and runs of
   * blanks do not count.
   */
  public equals(other: DistinguishedName): boolean {
    return bytesEqual(this.raw, other.raw)
      || (this.rdns.length === other.rdns.length && this.rdns.every((rdn, i) => comparableRdn(rdn) === comparableRdn(other.rdns[i])));
  }

  /**
   * As RFC 4514 writes it: the last relative name first, `CN=onprem01,O=Example`. One liberty is taken for readers' sake:
   * an attribute type without a short name keeps its text (`1.2.3.4=onprem01`), where the RFC wants hexadecimal.
   */
  public toString(): string {
    return [...this.rdns].reverse().map((rdn) => rdn.map(printAttribute).join('+')).join(',');
  }
}

// X.690 11.6 wants the attributes of a relative name sorted. Some CAs do not sort them, and nothing here depends on it.
function readRdn(parent: DerCursor): RelativeDistinguishedName {
  const set = parent.enter(Tag.SET, 'relativeDistinguishedName');
  if (set.done) {
    throw new X509Error('NAME_EMPTY_RDN', `${set.what} has no attribute`, set.element.start);
  }
  const attributes: NameAttribute[] = [];
  while (!set.done) {
    attributes.push(readAttribute(set.enter(Tag.SEQUENCE, 'attributeTypeAndValue')));
  }
  return attributes;
}

function readAttribute(cursor: DerCursor): NameAttribute {
  const oid = readObjectIdentifier(cursor.bytes, cursor.next(Tag.OBJECT_IDENTIFIER, 'type'));
  const element = cursor.nextOpaque();
  cursor.finish();
  const type = ATTRIBUTE_TYPES[oid] ?? oid;
  // The syntax allows a value of any type: x500UniqueIdentifier of X.520, for one, is a BIT STRING.
  return isString(element)
    ? { oid, type, value: readString(cursor.bytes, element) }
    : { oid, type, value: `#${toHex(cursor.encoding(element))}`, opaque: true };
}

/** A relative name as a string that is the same for equal names: attributes sorted, since they are a set. */
function comparableRdn(rdn: RelativeDistinguishedName): string {
  return rdn.map(comparableAttribute).sort().join('+');
}

function comparableAttribute({ oid, value, opaque }: NameAttribute): string {
  return opaque ? `${oid}${value}` : `${oid}=${JSON.stringify(foldValue(value))}`;
}

/** The string preparation of RFC 4518 as far as names in certificates need it. */
function foldValue(value: string): string {
  return value.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

function printAttribute({ type, value, opaque }: NameAttribute): string {
  return `${type}=${opaque ? value : escapeValue(value)}`;
}

/**
 * RFC 4514 2.4. Control characters and those that turn the direction of writing become hexadecimal pairs too, so that a
 * name can neither forge lines of a log nor show as another one.
 */
function escapeValue(value: string): string {
  return value
    .replace(/[\\",+;<>]/g, '\\$&')
    .replace(/^[ #]|(?<=[^]) $/g, '\\$&')
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, hexPairs);
}

function hexPairs(character: string): string {
  return [...new TextEncoder().encode(character)].map((octet) => `\\${octet.toString(16).padStart(2, '0')}`).join('');
}
