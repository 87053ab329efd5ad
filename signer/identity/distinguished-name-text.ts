/** Reads distinguished names that people (or other programs) wrote as text: RFC 4514, and what else goes round under that name. */
import { ATTRIBUTE_TYPES, DistinguishedName, isString, NameAttribute, readElement, readString, toHex, X509Error } from '../../src/x509';
import { SignerError } from '../errors';

/** Short names beside those that names are printed with here: of RFC 4514, OpenSSL, Go and Windows. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  S: '2.5.4.8',
  E: '1.2.840.113549.1.9.1',
  EMAIL: '1.2.840.113549.1.9.1',
  SURNAME: '2.5.4.4',
  TITLE: '2.5.4.12',
  GIVENNAME: '2.5.4.42',
  USERID: '0.9.2342.19200300.100.1.1',
};

const IDENTIFIERS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(ATTRIBUTE_TYPES).map(([oid, name]) => [name.toUpperCase(), oid] as const),
  ...Object.entries(OTHER_NAMES),
]);

/** An attribute as it was written. */
export type WrittenAttribute = Pick<NameAttribute, 'oid' | 'value' | 'opaque'>;

/**
 * The attributes of a name in the order they are written in, whichever relative name they belong to. Attribute types may be written in
 * any case, blanks may stand around everything, and RFC 1779's quotes and semicolons are understood.
 *
 * @throws SignerError `USAGE` where it is no such name
 */
export function parseDistinguishedName(text: string): WrittenAttribute[] {
  const reader = new Reader(text);
  const attributes: WrittenAttribute[] = [];
  do {
    attributes.push(reader.attribute());
  } while (reader.separator());
  return attributes;
}

class Reader {
  private position = 0;

  public constructor(private readonly text: string) {}

  /** `TYPE=VALUE`; the position is at a separator or at the end afterwards. */
  public attribute(): WrittenAttribute {
    const oid = this.type();
    this.skipBlanks();
    const value = this.peek() === '#' ? this.encoded() : { value: this.peek() === '"' ? this.quoted() : this.plain() };
    this.skipBlanks();
    return { oid, ...value };
  }

  /** Steps over a separator; false at the end. */
  public separator(): boolean {
    if (this.position === this.text.length) {
      return false;
    }
    if (!',;+'.includes(this.peek())) {
      throw this.fault('a separator is missing');
    }
    this.position++;
    return true;
  }

  private peek(): string {
    return this.text.charAt(this.position);
  }

  private skipBlanks(): void {
    while (this.peek() === ' ') {
      this.position++;
    }
  }

  private type(): string {
    const match = /^\s*([A-Za-z][A-Za-z0-9-]*|(?:OID\.)?\d+(?:\.\d+)+)\s*=/i.exec(this.text.slice(this.position));
    if (!match) {
      throw this.fault('an attribute like CN= should begin here; a comma within a value is written "\\,"');
    }
    const name = match[1].toUpperCase();
    const oid = /\d$/.test(name) ? name.replace(/^OID\./, '') : IDENTIFIERS.get(name);
    if (oid === undefined) {
      throw this.fault(`${match[1]} is not the name of an attribute that is known; its object identifier will do (1.2.3.4=...)`);
    }
    this.position += match[0].length;
    return oid;
  }

  /** `#` and the DER of the value in hexadecimal (RFC 4514 2.4), which Go writes for types it has no name for. */
  private encoded(): Omit<WrittenAttribute, 'oid'> {
    const match = /^#((?:[0-9a-f]{2})+)/i.exec(this.text.slice(this.position));
    if (!match) {
      throw this.fault('"#" begins a value in hexadecimal; a value that is meant to begin so is written "\\#"');
    }
    this.position += match[0].length;
    const der = Uint8Array.from(match[1].match(/../g)!, (pair) => parseInt(pair, 16));
    try {
      const element = readElement(der, 0, der.length);
      return isString(element) && element.end === der.length ? { value: readString(der, element) } : { value: `#${toHex(der)}`, opaque: true };
    } catch (error) {
      throw error instanceof X509Error ? this.fault(`the value in hexadecimal is not DER (${error.message})`) : error;
    }
  }

  private quoted(): string {
    const octets: number[] = [];
    this.position++;
    while (this.peek() !== '"') {
      octets.push(...this.character());
    }
    this.position++;
    return this.decode(octets);
  }

  /** Everything up to a separator, without the blanks at the end that are not escaped. */
  private plain(): string {
    const octets: number[] = [];
    let length = 0;
    while (this.position < this.text.length && !',;+'.includes(this.peek())) {
      const isBlank = this.peek() === ' ';
      octets.push(...this.character());
      length = isBlank ? length : octets.length;
    }
    return this.decode(octets.slice(0, length));
  }

  /** The octets of the next character, in UTF-8. */
  private character(): Uint8Array {
    const escaped = /^\\(?:([0-9a-f]{2})|(.))/isu.exec(this.text.slice(this.position, this.position + 3));
    const character = escaped ? escaped[2] ?? '' : String.fromCodePoint(this.text.codePointAt(this.position) ?? 0);
    if (this.position >= this.text.length || (!escaped && character === '\\')) {
      throw this.fault('it ends within a value');
    }
    this.position += escaped ? escaped[0].length : character.length;
    return escaped?.[1] ? Uint8Array.of(parseInt(escaped[1], 16)) : new TextEncoder().encode(character);
  }

  private decode(octets: readonly number[]): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(octets));
    } catch {
      throw this.fault('the value before this is not UTF-8');
    }
  }

  private fault(what: string): SignerError {
    return new SignerError('USAGE', `${JSON.stringify(this.text)} is not a distinguished name, at character ${this.position + 1}: ${what}`);
  }
}

/**
 * Whether a certificate's name has exactly these attributes. Their order plays no part: Go prints them in one of its own, OpenSSL in that
 * of the certificate, RFC 4514 in the reverse. Case and runs of blanks play none either, as in RFC 5280.
 */
export function hasAttributes(name: DistinguishedName, written: readonly WrittenAttribute[]): boolean {
  const [actual, wanted] = [name.attributes, written].map((attributes) => attributes.map(comparable).sort());
  return actual.length === wanted.length && actual.every((attribute, i) => attribute === wanted[i]);
}

function comparable({ oid, value, opaque }: WrittenAttribute): string {
  return `${oid}${opaque ? '' : '='}${opaque ? value : value.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()}`;
}
