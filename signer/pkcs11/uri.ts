/** URIs of tokens and what lies on them (RFC 7512): read, written, and compared with what a module offers. */
import { bytesEqual } from '../../src/x509';
import { SignerError } from '../errors';

/** Classes of objects that a URI can ask for. */
const OBJECT_TYPES = ['public', 'private', 'cert', 'secret-key', 'data'] as const;

/** The class of an object. */
export type ObjectType = typeof OBJECT_TYPES[number];

/** The attributes of a URI. What is not there fits everything. */
export interface Pkcs11Uri {
  /** Label of the token. */
  readonly token?: string;
  /** Of the token. */
  readonly manufacturer?: string;
  /** Of the token. */
  readonly serial?: string;
  /** Of the token. */
  readonly model?: string;
  readonly libraryManufacturer?: string;
  readonly libraryDescription?: string;
  /** `2` or `2.6`. */
  readonly libraryVersion?: string;
  readonly slotId?: bigint;
  readonly slotDescription?: string;
  readonly slotManufacturer?: string;
  /** Label of the object. */
  readonly object?: string;
  readonly type?: ObjectType;
  /** CKA_ID of the object. */
  readonly id?: Uint8Array;
  readonly pinValue?: string;
  /** Where the PIN is: a path, or a `file:` URI. */
  readonly pinSource?: string;
  readonly moduleName?: string;
  readonly modulePath?: string;
}

type TextAttribute = Exclude<keyof Pkcs11Uri, 'type' | 'id' | 'slotId'>;

/** Names of the path attributes whose value is text; the order is the one they are written in. */
const PATH_TEXTS: Readonly<Record<string, TextAttribute>> = {
  'library-description': 'libraryDescription',
  'library-manufacturer': 'libraryManufacturer',
  'library-version': 'libraryVersion',
  'slot-description': 'slotDescription',
  'slot-manufacturer': 'slotManufacturer',
  'model': 'model',
  'manufacturer': 'manufacturer',
  'serial': 'serial',
  'token': 'token',
  'object': 'object',
};

const MODULE_TEXTS: Readonly<Record<string, TextAttribute>> = { 'module-name': 'moduleName', 'module-path': 'modulePath' };

const QUERY_TEXTS: Readonly<Record<string, TextAttribute>> = { ...MODULE_TEXTS, 'pin-value': 'pinValue', 'pin-source': 'pinSource' };

const SCHEME = 'pkcs11:';

/** Whether an argument is such a URI rather than a path. */
export function isPkcs11Uri(text: string): boolean {
  return text.slice(0, SCHEME.length).toLowerCase() === SCHEME;
}

/**
 * Reads a URI.
 *
 * An attribute of the path that has no meaning here is refused, since leaving it out would select more than was asked for; one of
 * the query is passed over.
 *
 * @throws SignerError `USAGE` where it is malformed, `NOT_SUPPORTED` for a `pin-source` that is a command
 */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  const trimmed = text.trim();
  if (!isPkcs11Uri(trimmed)) {
    throw new SignerError('USAGE', 'a PKCS#11 URI begins with "pkcs11:", as in "pkcs11:token=NAME;object=LABEL"');
  }
  const [path, ...queries] = trimmed.slice(SCHEME.length).split('?');
  const uri: { -readonly [Name in keyof Pkcs11Uri]: Pkcs11Uri[Name] } = {};
  const seen = new Set<string>();
  for (const [name, value] of attributes(path, ';')) {
    refuseRepetition(name, seen);
    setPathAttribute(uri, name, value);
  }
  // A question mark may stand in a value of the query, where it separates nothing.
  for (const [name, value] of attributes(queries.join('?'), '&')) {
    refuseRepetition(name, seen);
    if (Object.hasOwn(QUERY_TEXTS, name)) {
      uri[QUERY_TEXTS[name]] = decodeText(name, value);
    }
  }
  checkPinAttributes(uri);
  return uri;
}

function attributes(part: string, separator: string): Array<readonly [string, string]> {
  return part.split(separator).filter((attribute) => attribute !== '').map((attribute) => {
    const equals = attribute.indexOf('=');
    if (equals <= 0) {
      // Not echoed: what has no name could be the rest of a PIN.
      throw new SignerError('USAGE', 'a part of the PKCS#11 URI is not NAME=VALUE; write ";", "&", "?" and "%" within a value as %3B, %26, %3F and %25');
    }
    return [attribute.slice(0, equals), attribute.slice(equals + 1)];
  });
}

function refuseRepetition(name: string, seen: Set<string>): void {
  if (seen.has(name)) {
    throw new SignerError('USAGE', `the PKCS#11 URI has the attribute "${printable(name)}" twice`);
  }
  seen.add(name);
}

function setPathAttribute(uri: { -readonly [Name in keyof Pkcs11Uri]: Pkcs11Uri[Name] }, name: string, value: string): void {
  if (Object.hasOwn(PATH_TEXTS, name)) {
    uri[PATH_TEXTS[name]] = decodeText(name, value);
  } else if (name === 'id') {
    uri.id = decodeOctets(name, value);
  } else if (name === 'type') {
    uri.type = parseType(decodeText(name, value));
  } else if (name === 'slot-id') {
    uri.slotId = parseSlotId(decodeText(name, value));
  } else if (Object.hasOwn(QUERY_TEXTS, name)) {
    throw new SignerError('USAGE', `"${name}" belongs behind a question mark: pkcs11:token=NAME;object=LABEL?${name}=VALUE`);
  } else {
    const known = [...Object.keys(PATH_TEXTS), 'id', 'type', 'slot-id'].sort().join(', ');
    throw new SignerError('USAGE', `the PKCS#11 URI has an attribute "${printable(name)}", which is not known; these are: ${known}`);
  }
  if (name === 'library-version' && !/^\d+(\.\d+)?$/.test(uri.libraryVersion!)) {
    throw new SignerError('USAGE', 'library-version of a PKCS#11 URI is one number or two, as in "2.6"');
  }
}

function parseType(value: string): ObjectType {
  const type = OBJECT_TYPES.find((known) => known === value);
  if (!type) {
    throw new SignerError('USAGE', `type of a PKCS#11 URI is one of ${OBJECT_TYPES.join(', ')}`);
  }
  return type;
}

function parseSlotId(value: string): bigint {
  if (!/^\d{1,20}$/.test(value)) {
    throw new SignerError('USAGE', 'slot-id of a PKCS#11 URI is a decimal number');
  }
  return BigInt(value);
}

function checkPinAttributes({ pinValue, pinSource }: Pkcs11Uri): void {
  if (pinValue !== undefined && pinSource !== undefined) {
    throw new SignerError('USAGE', 'the PKCS#11 URI has both pin-value and pin-source; leave one');
  }
  if (pinSource?.startsWith('|')) {
    throw new SignerError('NOT_SUPPORTED', 'pin-source is a command here, and none is run for a PIN; let it name a file that holds the PIN');
  }
}

function decodeText(name: string, value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(decodeOctets(name, value));
  } catch (error) {
    throw error instanceof SignerError ? error : new SignerError('USAGE', `${name} of the PKCS#11 URI is not UTF-8`);
  }
}

function decodeOctets(name: string, value: string): Uint8Array {
  if (/%(?![0-9a-fA-F]{2})/.test(value)) {
    throw new SignerError('USAGE', `${name} of the PKCS#11 URI has a "%" without two hexadecimal digits; a percent sign itself is %25`);
  }
  const parts = value.split(/(%[0-9a-fA-F]{2})/);
  return Uint8Array.from(parts.flatMap((part, i) => (i % 2 === 1 ? [parseInt(part.slice(1), 16)] : [...new TextEncoder().encode(part)])));
}

function printable(name: string): string {
  return name.replace(/[^ -~]/g, '?').slice(0, 40);
}

/** Writes a URI. The PIN, and where it is, are left out: what is written may be printed. */
export function formatPkcs11Uri(uri: Pkcs11Uri): string {
  const path = [
    ...formatTexts(uri, PATH_TEXTS, ['object']),
    ...(uri.slotId === undefined ? [] : [`slot-id=${uri.slotId}`]),
    ...(uri.id === undefined ? [] : [`id=${[...uri.id].map(percent).join('')}`]),
    ...formatTexts(uri, { object: PATH_TEXTS.object }),
    ...(uri.type === undefined ? [] : [`type=${uri.type}`]),
  ].join(';');
  const query = formatTexts(uri, MODULE_TEXTS).join('&');
  return `${SCHEME}${path}${query === '' ? '' : `?${query}`}`;
}

function formatTexts(uri: Pkcs11Uri, names: Readonly<Record<string, TextAttribute>>, except: readonly string[] = []): string[] {
  return Object.entries(names)
    .filter(([name, attribute]) => uri[attribute] !== undefined && !except.includes(name))
    .map(([name, attribute]) => `${name}=${encodeText(uri[attribute]!)}`);
}

/** Everything but the unreserved characters of RFC 3986 and a few that are common in labels and paths. */
function encodeText(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((octet) => (/[A-Za-z0-9._~:@-]/.test(String.fromCharCode(octet)) ? String.fromCharCode(octet) : percent(octet)))
    .join('');
}

function percent(octet: number): string {
  return `%${octet.toString(16).padStart(2, '0').toUpperCase()}`;
}

/** What a module says of itself. */
export interface ModuleDescription {
  readonly manufacturer: string;
  readonly description: string;
  readonly version: { readonly major: number; readonly minor: number };
}

/** What a slot is. */
export interface SlotDescription {
  readonly id: bigint;
  readonly description: string;
  readonly manufacturer: string;
}

/** What a token is. */
export interface TokenDescription {
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
}

/** What an object is. */
export interface ObjectDescription {
  readonly label: string;
  readonly id: Uint8Array;
}

/** Whether a URI says anything about the token or its slot. */
export function selectsToken({ token, manufacturer, serial, model, slotId, slotDescription, slotManufacturer }: Pkcs11Uri): boolean {
  return [token, manufacturer, serial, model, slotId, slotDescription, slotManufacturer].some((attribute) => attribute !== undefined);
}

/** Whether the library attributes of a URI fit a module. */
export function fitsModule(uri: Pkcs11Uri, { manufacturer, description, version }: ModuleDescription): boolean {
  const [major, minor] = (uri.libraryVersion ?? `${version.major}.${version.minor}`).split('.');
  return fits(uri.libraryManufacturer, manufacturer)
    && fits(uri.libraryDescription, description)
    && Number(major) === version.major && Number(minor ?? 0) === version.minor;
}

/** Whether the slot attributes of a URI fit a slot. */
export function fitsSlot(uri: Pkcs11Uri, { id, description, manufacturer }: SlotDescription): boolean {
  return fits(uri.slotId, id) && fits(uri.slotDescription, description) && fits(uri.slotManufacturer, manufacturer);
}

/** Whether the token attributes of a URI fit a token. */
export function fitsToken(uri: Pkcs11Uri, { label, manufacturer, model, serial }: TokenDescription): boolean {
  return fits(uri.token, label) && fits(uri.manufacturer, manufacturer) && fits(uri.model, model) && fits(uri.serial, serial);
}

/** Whether label and id of a URI fit an object. Its class plays no part: who searches knows what for. */
export function fitsObject(uri: Pkcs11Uri, { label, id }: ObjectDescription): boolean {
  return fits(uri.object, label) && (uri.id === undefined || bytesEqual(uri.id, id));
}

function fits<Value extends string | bigint>(wanted: Value | undefined, actual: Value): boolean {
  return wanted === undefined || wanted === actual;
}
