/** Distinguished names (RFC 5280 4.1.2.4): read in certificate order, compared as path validation compares them, printed as RFC 4514 does. */
import { bytesEqual, DerCursor, DerElement, readObjectIdentifier, readString, Tag } from './der';
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

  /** As RFC 4514 writes it: the last relative name first, `CN=onprem01,O=Example`. */
  public toString(): string {
    return [...this.rdns].reverse().map((rdn) => rdn.map(printAttribute).join('+')).join(',');
  }
}

function readRdn(parent: DerCursor): RelativeDistinguishedName {
  const set = parent.enter(Tag.SET, 'relativeDistinguishedName');
  const attributes: NameAttribute[] = [];
  while (!set.done) {
    const attribute = set.enter(Tag.SEQUENCE, 'attributeTypeAndValue');
    const oid = readObjectIdentifier(set.bytes, attribute.next(Tag.OBJECT_IDENTIFIER, 'type'));
    const value = readString(set.bytes, attribute.nextAny());
    attribute.finish();
    attributes.push({ oid, type: ATTRIBUTE_TYPES[oid] ?? oid, value });
  }
  if (attributes.length === 0) {
    throw new X509Error('NAME_EMPTY_RDN', `${set.what} has no attribute`, set.element.start);
  }
  return attributes;
}

/** A relative name as a string that is the same for equal names: attributes sorted, since they are a set. */
function comparableRdn(rdn: RelativeDistinguishedName): string {
  return rdn.map(({ oid, value }) => `${oid}=${JSON.stringify(foldValue(value))}`).sort().join('+');
}

/** The string preparation of RFC 4518 as far as names in certificates need it. */
function foldValue(value: string): string {
  return value.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

function printAttribute({ type, value }: NameAttribute): string {
  return `${type}=${escapeValue(value)}`;
}

/** RFC 4514 2.4; control characters become hexadecimal pairs, so that a name cannot forge lines of a log. */
function escapeValue(value: string): string {
  return value
    .replace(/[\\",+;<>=]/g, '\\$&')
    .replace(/^[ #]|(?<=.) $/g, '\\$&')
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => [...new TextEncoder().encode(character)]
      .map((octet) => `\\${octet.toString(16).padStart(2, '0')}`).join(''));
}
