/** The entries of a revocation list (RFC 5280 5.3), left in the bytes: checked in one walk, found by hash, read when asked for. */
import { contextTag, DerCursor, integerContent, readElement, readInteger, readSmallInteger, readTime, Tag } from './der';
import { DistinguishedName } from './distinguished-name';
import { X509Error } from './errors';
import { Extension } from './oids';
import { integerOctets, isRedundant, MAX_SERIAL_OCTETS, SerialIndex, withoutRedundantOctets } from './serial-index';
import { extensionName, LocatedExtension, openExtension, readExtensionList, serialHex } from './signed';

/** Names of the reason codes, by their number (RFC 5280 5.3.1); 7 is not used. */
const REASONS = [
  'unspecified', 'keyCompromise', 'cACompromise', 'affiliationChanged', 'superseded', 'cessationOfOperation', 'certificateHold', undefined,
  'removeFromCRL', 'privilegeWithdrawn', 'aACompromise',
] as const;

/** Why a certificate was revoked. */
export type RevocationReason = NonNullable<typeof REASONS[number]>;

/** One entry of a revocation list. */
export interface RevokedCertificate {
  readonly serialNumber: bigint;
  /** The serial in lower-case hexadecimal, padded to an even number of digits, as a certificate has it. */
  readonly serialNumberHex: string;
  readonly revocationDate: Date;
  /** Undefined where the list does not say. `removeFromCRL` has a meaning in delta lists only: no longer revoked. */
  readonly reason?: RevocationReason;
  /** Since when the key may have been in other hands, where the list says so. */
  readonly invalidityDate?: Date;
  /** Who issued the certificate: the issuer of the list, except in an indirect one (RFC 5280 5.3.3). */
  readonly certificateIssuer: DistinguishedName;
}

/** An entry has a handful of short extensions; larger ones would only cost memory. */
const MAX_EXTENSIONS_LENGTH = 64 * 1024;

/** How many unknown critical extensions are named; one is enough to refuse a list. */
const MAX_NAMED = 16;

/** The entries of one list. */
export class RevokedEntries {
  /** How many there are, those included whose serial number is that of another one. */
  public readonly count: number;

  /** Names (or identifiers) of the critical extensions of entries that this reader does not interpret, each once, the first 16. */
  public readonly unknownCriticalExtensions: readonly string[];

  /** Offsets of the entries that name the issuer of their certificate: indirect lists have some. */
  private readonly issuerChanges: readonly number[];

  private index?: SerialIndex;

  /**
   * Checks every entry.
   *
   * @param list the SEQUENCE of all entries
   * @param version of the list: entries have extensions in version 2 only
   * @param listIssuer issuer of the list
   * @throws X509Error at the first entry that is malformed
   */
  public constructor(private readonly list: DerCursor, version: number, private readonly listIssuer: DistinguishedName) {
    const { bytes, element: { contentStart, end } } = list;
    const unknown = new Set<string>();
    const issuerChanges: number[] = [];
    let count = 0;
    let position = contentStart;
    while (position < end) {
      const next = skipOrdinaryEntry(bytes, position, end, version);
      position = next === NOT_ORDINARY ? this.checkEntry(position, version, unknown, issuerChanges) : next;
      count++;
    }
    this.count = count;
    this.unknownCriticalExtensions = [...unknown];
    this.issuerChanges = issuerChanges;
  }

  /** Whether an entry names the issuer of its certificate. */
  public get namesIssuers(): boolean {
    return this.issuerChanges.length > 0;
  }

  /** The first entry with a serial number, given as a number or as the content octets of an INTEGER. */
  public find(serial: bigint | Uint8Array): RevokedCertificate | undefined {
    this.index ??= this.buildIndex();
    const start = this.index.find(typeof serial === 'bigint' ? integerOctets(serial) : withoutRedundantOctets(serial));
    if (start === undefined) {
      return undefined;
    }
    const { revoked, certificateIssuer } = readEntry(this.list, start);
    return { ...revoked, certificateIssuer: certificateIssuer ?? this.issuerBefore(start) };
  }

  /** Every entry in the order of the list, each read when its turn comes. */
  public* iterate(): Generator<RevokedCertificate, void, undefined> {
    const { contentStart, end } = this.list.element;
    let issuer = this.listIssuer;
    for (let start = contentStart; start < end;) {
      const entry = readEntry(this.list, start);
      issuer = entry.certificateIssuer ?? issuer;
      yield { ...entry.revoked, certificateIssuer: issuer };
      start = entry.end;
    }
  }

  private checkEntry(start: number, version: number, unknown: Set<string>, issuerChanges: number[]): number {
    const entry = readEntry(this.list, start);
    if (version === 1 && entry.extensions.length > 0) {
      throw new X509Error('CRL_VERSION', 'only entries of a list of version 2 have extensions', start);
    }
    for (const { oid, critical } of entry.extensions) {
      if (critical && !INTERPRETED.includes(oid) && unknown.size < MAX_NAMED) {
        unknown.add(extensionName(oid));
      }
    }
    if (entry.certificateIssuer) {
      issuerChanges.push(start);
    }
    return entry.end;
  }

  private buildIndex(): SerialIndex {
    const { bytes, element: { contentStart, end } } = this.list;
    const index = new SerialIndex(bytes, this.count);
    for (let start = contentStart; start < end; start = entryEnd(bytes, start)) {
      index.add(start);
    }
    return index;
  }

  /** RFC 5280 5.3.3: an entry that names no issuer has the one of the entry before it. */
  private issuerBefore(start: number): DistinguishedName {
    let low = 0;
    let high = this.issuerChanges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.issuerChanges[middle] < start) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return (low > 0 ? readEntry(this.list, this.issuerChanges[low - 1]).certificateIssuer : undefined) ?? this.listIssuer;
  }
}

function entryEnd(bytes: Uint8Array, start: number): number {
  const length = bytes[start + 1];
  return length < 0x80 ? start + 2 + length : readElement(bytes, start, bytes.length).end;
}

/** What {@link skipOrdinaryEntry} says of an entry that needs a closer look. */
const NOT_ORDINARY = 0;

/** A UTCTime: tag, length, twelve digits and `Z`. */
const UTC_TIME_LENGTH = 15;

/** The extensions of nearly every entry that has any, but for the last octet: reasonCode, not critical. */
const REASON_ONLY = [0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01] as const;

/**
 * The offset after an entry that is well-formed and ordinary: short, with a UTCTime and at most a reason. Whatever else is
 * there, right or wrong, is {@link readEntry}'s; this one makes no objects, of which a list would need a million.
 */
function skipOrdinaryEntry(bytes: Uint8Array, start: number, limit: number, version: number): number {
  const end = start + 2 + bytes[start + 1];
  const serial = start + 4;
  const length = bytes[start + 3];
  const time = serial + length;
  if (bytes[start] !== Tag.SEQUENCE || bytes[start + 1] >= 0x80 || end > limit || bytes[start + 2] !== Tag.INTEGER
    || length === 0 || length > MAX_SERIAL_OCTETS || time + UTC_TIME_LENGTH > end
    || (length > 1 && isRedundant(bytes[serial], bytes[serial + 1])) || !isPlainUtcTime(bytes, time)) {
    return NOT_ORDINARY;
  }
  const extensions = time + UTC_TIME_LENGTH;
  return extensions === end || (version > 1 && isReasonOnly(bytes, extensions, end)) ? end : NOT_ORDINARY;
}

/** Days of each month in a year that is no leap year. */
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Whether a UTCTime is at an offset that names a moment, but for February 29. */
function isPlainUtcTime(bytes: Uint8Array, start: number): boolean {
  const content = start + 2;
  const end = content + 12;
  if (bytes[start] !== Tag.UTC_TIME || bytes[start + 1] !== UTC_TIME_LENGTH - 2 || bytes[end] !== 0x5a) {
    return false;
  }
  for (let i = content; i < end; i++) {
    if (bytes[i] < 0x30 || bytes[i] > 0x39) {
      return false;
    }
  }
  const month = twoDigits(bytes, content + 2);
  const day = twoDigits(bytes, content + 4);
  return month >= 1 && month <= 12 && day >= 1 && day <= DAYS[month - 1]
    && twoDigits(bytes, content + 6) < 24 && twoDigits(bytes, content + 8) < 60 && twoDigits(bytes, content + 10) < 60;
}

function twoDigits(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] - 0x30) * 10 + bytes[offset + 1] - 0x30;
}

function isReasonOnly(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== REASON_ONLY.length + 1) {
    return false;
  }
  for (let i = 0; i < REASON_ONLY.length; i++) {
    if (bytes[start + i] !== REASON_ONLY[i]) {
      return false;
    }
  }
  return REASONS[bytes[end - 1]] !== undefined;
}

/** An entry by itself; who issued the certificate may depend on those before it. */
interface Entry {
  readonly revoked: Omit<RevokedCertificate, 'certificateIssuer'>;
  readonly certificateIssuer?: DistinguishedName;
  readonly extensions: readonly LocatedExtension[];
  /** Offset after it. */
  readonly end: number;
}

/** Entry extensions that are interpreted here. */
const INTERPRETED: readonly string[] = [Extension.REASON_CODE, Extension.INVALIDITY_DATE, Extension.CERTIFICATE_ISSUER];

/** Reads the entry at an offset, every octet of it. */
function readEntry(list: DerCursor, start: number): Entry {
  const { bytes, element } = list;
  const cursor = new DerCursor(bytes, { ...element, contentStart: start }, 'revokedCertificates').enter(Tag.SEQUENCE, 'entry');
  const serial = cursor.next(Tag.INTEGER, 'userCertificate');
  if (integerContent(bytes, serial).length > MAX_SERIAL_OCTETS) {
    throw new X509Error('CRL_SERIAL_TOO_LONG', `a serial number is longer than ${MAX_SERIAL_OCTETS} octets`, serial.start);
  }
  const revocationDate = readTime(bytes, cursor.nextAny());
  const extensions = cursor.done ? [] : readEntryExtensions(cursor);
  cursor.finish();
  const serialNumber = readInteger(bytes, serial);
  const { certificateIssuer, ...interpreted } = interpretExtensions(bytes, extensions);
  return {
    revoked: { serialNumber, serialNumberHex: serialHex(serialNumber), revocationDate, ...interpreted },
    certificateIssuer,
    extensions,
    end: cursor.element.end,
  };
}

function readEntryExtensions(entry: DerCursor): LocatedExtension[] {
  const list = entry.enter(Tag.SEQUENCE, 'crlEntryExtensions');
  const { start, end } = list.element;
  if (end - start > MAX_EXTENSIONS_LENGTH) {
    throw new X509Error('DER_TOO_LARGE', `the extensions of an entry are longer than ${MAX_EXTENSIONS_LENGTH} octets`, start);
  }
  return readExtensionList(list, 'CRL');
}

type InterpretedExtensions = Partial<Pick<RevokedCertificate, 'reason' | 'invalidityDate' | 'certificateIssuer'>>;

function interpretExtensions(bytes: Uint8Array, extensions: readonly LocatedExtension[]): InterpretedExtensions {
  let interpreted: InterpretedExtensions = {};
  for (const extension of extensions) {
    if (extension.oid === Extension.REASON_CODE) {
      interpreted = { ...interpreted, reason: readReason(bytes, extension) };
    } else if (extension.oid === Extension.INVALIDITY_DATE) {
      interpreted = { ...interpreted, invalidityDate: readInvalidityDate(bytes, extension) };
    } else if (extension.oid === Extension.CERTIFICATE_ISSUER) {
      interpreted = { ...interpreted, certificateIssuer: readCertificateIssuer(bytes, extension) };
    }
  }
  return interpreted;
}

function readReason(bytes: Uint8Array, extension: LocatedExtension): RevocationReason {
  const { element } = openExtension(bytes, extension, Tag.ENUMERATED, 'reasonCode');
  // An ENUMERATED is encoded as an INTEGER is (X.690 8.4).
  const reason = REASONS[readSmallInteger(bytes, element)];
  if (reason === undefined) {
    throw new X509Error('CRL_INVALID_EXTENSION', 'reasonCode has a number that stands for no reason (RFC 5280 5.3.1)', element.start);
  }
  return reason;
}

function readInvalidityDate(bytes: Uint8Array, extension: LocatedExtension): Date {
  return readTime(bytes, openExtension(bytes, extension, Tag.GENERALIZED_TIME, 'invalidityDate').element);
}

/** The first directory name: the issuer field of certificates holds no other form of name. */
function readCertificateIssuer(bytes: Uint8Array, extension: LocatedExtension): DistinguishedName {
  const cursor = openExtension(bytes, extension, Tag.SEQUENCE, 'certificateIssuer');
  let issuer: DistinguishedName | undefined;
  while (!cursor.done) {
    const name = cursor.nextOpaque();
    if (name.tag === contextTag(4)) {
      // Name is a CHOICE, so its tag is explicit whatever the module says (X.680 31.2.7).
      const explicit = cursor.into(name, 'directoryName');
      const directoryName = DistinguishedName.read(explicit, 'name');
      explicit.finish();
      issuer ??= directoryName;
    }
  }
  if (!issuer) {
    throw new X509Error('CRL_INVALID_EXTENSION', 'certificateIssuer has no directory name', cursor.element.start);
  }
  return issuer;
}
