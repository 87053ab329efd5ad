/** Reads certificate revocation lists (RFC 5280 section 5) from DER or PEM, those of a hundred thousand entries too; it verifies nothing. */
import { RevokedCertificate, RevokedEntries } from './crl-entries';
import {
  contextTag, DerCursor, latin1, readBitString, readBoolean, readInteger, readOctetAlignedBitString, readSmallInteger, readTime, Tag,
} from './der';
import { DistinguishedName } from './distinguished-name';
import { X509Error } from './errors';
import { Extension } from './oids';
import { isPrivateKeyLabel, looksLikeDer, PemBlock, readPem } from './pem';
import {
  AuthorityKeyIdentifier, checkInnerAlgorithm, extensionName, LocatedExtension, openExtension, readAuthorityKeyIdentifier, readExtensionList,
  readSignatureAlgorithm, SignatureAlgorithm,
} from './signed';

export type { RevocationReason, RevokedCertificate } from './crl-entries';

/** The service takes a fiftieth of this; larger lists exist, and a reader without a limit would be a way to exhaust memory. */
const MAX_CRL_LENGTH = 16 * 1024 * 1024;

/** Everything in a list but its entries is short; a larger part would only cost memory. */
const MAX_PART_LENGTH = 64 * 1024;

/** The number of a list has 20 octets at most (RFC 5280 5.2.3). */
const MAX_NUMBER_OCTETS = 20;

/** Which certificates a list speaks about (RFC 5280 5.2.5). Without this extension: all that its issuer has issued, for any reason. */
export interface IssuingDistributionPoint {
  /** Whether a place is named; certificates that name another place are not covered. */
  readonly distributionPoint: boolean;
  readonly onlyContainsUserCerts: boolean;
  readonly onlyContainsCaCerts: boolean;
  readonly onlyContainsAttributeCerts: boolean;
  /** Whether the list is limited to some reasons. */
  readonly onlySomeReasons: boolean;
  /** Whether the list has certificates of other issuers too. */
  readonly indirectCrl: boolean;
}

/** An extension as it stands in the list. */
export interface CrlExtension {
  readonly oid: string;
  readonly critical: boolean;
  /** Content of the extnValue octet string. */
  readonly value: Uint8Array;
}

/** A revocation list, read. Byte arrays are views of `raw`, and the entries stay there too until they are asked for. */
export interface CertificateRevocationList {
  /** 1 or 2. */
  readonly version: number;
  readonly issuer: DistinguishedName;
  readonly thisUpdate: Date;
  /** When the next list is due at the latest. RFC 5280 5.1.2.5 demands it; X.509 does not. */
  readonly nextUpdate?: Date;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
  /** The signed part. */
  readonly tbsCertList: Uint8Array;
  /** How many entries there are, those included whose serial number is that of another one. */
  readonly revokedCount: number;
  readonly extensions: readonly CrlExtension[];
  /** Grows from list to list of an issuer. Undefined where the extension is absent. */
  readonly crlNumber?: bigint;
  readonly authorityKeyIdentifier?: AuthorityKeyIdentifier;
  readonly issuingDistributionPoint?: IssuingDistributionPoint;
  /** Number of the complete list that this one brings up to date: set in delta lists only (RFC 5280 5.2.4). */
  readonly deltaBaseNumber?: bigint;
  /** Whether an entry names the issuer of its certificate, as only entries of indirect lists may. */
  readonly hasCertificateIssuers: boolean;
  /**
   * Names (or identifiers) of the critical extensions of the list and of its entries that this reader does not interpret, each once,
   * 16 of the entries at most: such a list says nothing about any certificate (RFC 5280 5.2, 5.3).
   */
  readonly unknownCriticalExtensions: readonly string[];
  /** The whole list, DER. */
  readonly raw: Uint8Array;

  /**
   * Looks a certificate up, in the same time however long the list is. The first call takes longer, since it builds the index.
   *
   * Where several entries have the serial number, it is the first one. In an indirect list they may be certificates of different
   * issuers: {@link revokedCertificates} has them all.
   *
   * @param serial the serial number, or the content octets of its INTEGER (two's complement, redundant ones allowed)
   */
  find(serial: bigint | Uint8Array): RevokedCertificate | undefined;

  /** Every entry in the order of the list, each read when its turn comes. */
  revokedCertificates(): Generator<RevokedCertificate, void, undefined>;
}

/**
 * Reads one revocation list from DER, every entry checked.
 *
 * @throws X509Error where it is not exactly one well-formed list
 */
export function readCrl(der: Uint8Array): CertificateRevocationList {
  if (der.length > MAX_CRL_LENGTH) {
    throw new X509Error('DER_TOO_LARGE', `a revocation list of ${der.length} bytes is larger than ${MAX_CRL_LENGTH}`, 0);
  }
  refuseText(der);
  const outer = DerCursor.over(der, Tag.SEQUENCE, 'certificateList');
  const tbs = outer.next(Tag.SEQUENCE, 'tbsCertList');
  const algorithm = outer.next(Tag.SEQUENCE, 'signatureAlgorithm');
  const signature = readOctetAlignedBitString(der, outer.next(Tag.BIT_STRING, 'signatureValue'));
  outer.finish();
  const fields = readTbsCertList(outer.into(tbs, 'tbsCertList'), outer.encoding(algorithm));
  return {
    ...fields,
    signatureAlgorithm: readSignatureAlgorithm(outer.into(algorithm, 'signatureAlgorithm'), 'CRL'),
    signature,
    tbsCertList: outer.encoding(tbs),
    raw: der,
  };
}

/** A distribution point that has moved answers with a web page, and PEM is often saved under the name of DER. */
const TEXTS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^$/, 'this is empty'],
  [/^(\u00ef\u00bb\u00bf)?\s*-----BEGIN/, 'this is PEM, and DER is expected'],
  [/^(\u00ef\u00bb\u00bf)?\s*</, 'this is a web page or XML, not a revocation list'],
];

function refuseText(der: Uint8Array): void {
  const beginning = latin1(der, 0, Math.min(der.length, 256));
  for (const [pattern, what] of TEXTS) {
    if (pattern.test(beginning)) {
      throw new X509Error('CRL_NOT_A_LIST', what, 0);
    }
  }
}

type TbsFields = Omit<CertificateRevocationList, 'signatureAlgorithm' | 'signature' | 'tbsCertList' | 'raw'>;

function readTbsCertList(tbs: DerCursor, outerAlgorithm: Uint8Array): TbsFields {
  refuseCertificate(tbs);
  const version = readVersion(tbs);
  checkInnerAlgorithm(tbs, outerAlgorithm, 'CRL');
  const issuer = readIssuer(tbs);
  const thisUpdate = readTime(tbs.bytes, tbs.nextAny());
  const hasNextUpdate = tbs.nextTag === Tag.UTC_TIME || tbs.nextTag === Tag.GENERALIZED_TIME;
  const nextUpdate = hasNextUpdate ? readTime(tbs.bytes, tbs.nextAny()) : undefined;
  const list = tbs.nextIf(Tag.SEQUENCE);
  const entries = list && new RevokedEntries(tbs.into(list, 'revokedCertificates'), version, issuer);
  const extensions = readExtensions(tbs, version);
  tbs.finish();
  const interpreted = interpretExtensions(tbs.bytes, extensions);
  const unknown = [...interpreted.unknownCriticalExtensions, ...entries?.unknownCriticalExtensions ?? []];
  return {
    version,
    issuer,
    thisUpdate,
    ...(nextUpdate ? { nextUpdate } : {}),
    revokedCount: entries?.count ?? 0,
    extensions: extensions.map(({ oid, critical, element }) => ({ oid, critical, value: tbs.content(element) })),
    ...interpreted,
    unknownCriticalExtensions: [...new Set(unknown)],
    hasCertificateIssuers: entries?.namesIssuers ?? false,
    find: (serial) => entries?.find(serial),
    revokedCertificates: () => entries?.iterate() ?? noEntries(),
  };
}

function* noEntries(): Generator<RevokedCertificate, void, undefined> {
  // RFC 5280 5.1.2.6: a list without entries leaves the field out.
}

/** The version of a certificate is tagged, that of a list is not. */
function refuseCertificate(tbs: DerCursor): void {
  if (tbs.nextTag === contextTag(0)) {
    throw new X509Error('CRL_NOT_A_LIST', 'this is a certificate, not a revocation list', tbs.element.start);
  }
}

/** Version 1 is the one without the field; X.509 knows no other than 2 to be written out. */
function readVersion(tbs: DerCursor): number {
  const element = tbs.nextIf(Tag.INTEGER);
  if (!element) {
    return 1;
  }
  const version = readSmallInteger(tbs.bytes, element) + 1;
  if (version !== 2) {
    const why = version === 1 ? 'version 1 is the default, which DER does not write' : `there is no version ${version} of revocation lists`;
    throw new X509Error('CRL_VERSION', why, element.start);
  }
  return version;
}

function readIssuer(tbs: DerCursor): DistinguishedName {
  const element = tbs.next(Tag.SEQUENCE, 'issuer');
  checkLength('issuer', element.start, element.end);
  return DistinguishedName.readElement(tbs, element, 'issuer');
}

function checkLength(what: string, start: number, end: number): void {
  if (end - start > MAX_PART_LENGTH) {
    throw new X509Error('DER_TOO_LARGE', `the ${what} of a revocation list is longer than ${MAX_PART_LENGTH} octets`, start);
  }
}

function readExtensions(tbs: DerCursor, version: number): LocatedExtension[] {
  const wrapper = tbs.nextIf(contextTag(0));
  if (!wrapper) {
    return [];
  }
  if (version !== 2) {
    throw new X509Error('CRL_VERSION', 'only revocation lists of version 2 have extensions', wrapper.start);
  }
  checkLength('crlExtensions', wrapper.start, wrapper.end);
  const outer = tbs.into(wrapper, 'crlExtensions');
  const list = outer.enter(Tag.SEQUENCE, 'list');
  outer.finish();
  return readExtensionList(list, 'CRL');
}

type InterpretedExtensions = Pick<CertificateRevocationList,
'crlNumber' | 'authorityKeyIdentifier' | 'issuingDistributionPoint' | 'deltaBaseNumber' | 'unknownCriticalExtensions'>;

function interpretExtensions(bytes: Uint8Array, extensions: readonly LocatedExtension[]): InterpretedExtensions {
  const unknownCriticalExtensions: string[] = [];
  const interpreted: { -readonly [Name in keyof InterpretedExtensions]?: InterpretedExtensions[Name] } = {};
  for (const extension of extensions) {
    switch (extension.oid) {
      case Extension.CRL_NUMBER:
        interpreted.crlNumber = readNumber(bytes, extension, 'cRLNumber');
        break;
      case Extension.DELTA_CRL_INDICATOR:
        interpreted.deltaBaseNumber = readNumber(bytes, extension, 'deltaCRLIndicator');
        break;
      case Extension.AUTHORITY_KEY_IDENTIFIER:
        interpreted.authorityKeyIdentifier = readAuthorityKeyIdentifier(bytes, extension);
        break;
      case Extension.ISSUING_DISTRIBUTION_POINT:
        interpreted.issuingDistributionPoint = readIssuingDistributionPoint(bytes, extension);
        break;
      default:
        if (extension.critical) {
          unknownCriticalExtensions.push(extensionName(extension.oid));
        }
    }
  }
  return { ...interpreted, unknownCriticalExtensions };
}

function readNumber(bytes: Uint8Array, extension: LocatedExtension, what: string): bigint {
  const { element } = openExtension(bytes, extension, Tag.INTEGER, what);
  const number = readInteger(bytes, element);
  if (number < 0n || element.end - element.contentStart > MAX_NUMBER_OCTETS) {
    const why = number < 0n ? 'is negative' : `is longer than ${MAX_NUMBER_OCTETS} octets`;
    throw new X509Error('CRL_INVALID_EXTENSION', `${what} ${why}`, element.start);
  }
  return number;
}

function readIssuingDistributionPoint(bytes: Uint8Array, extension: LocatedExtension): IssuingDistributionPoint {
  const cursor = openExtension(bytes, extension, Tag.SEQUENCE, 'issuingDistributionPoint');
  const distributionPoint = cursor.nextTag === contextTag(0);
  if (distributionPoint) {
    cursor.nextOpaque();
  }
  const flag = (number: number) => {
    const element = cursor.nextIf(contextTag(number, false));
    return element !== undefined && readBoolean(bytes, element);
  };
  const onlyContainsUserCerts = flag(1);
  const onlyContainsCaCerts = flag(2);
  const reasons = cursor.nextIf(contextTag(3, false));
  if (reasons) {
    readBitString(bytes, reasons);
  }
  const indirectCrl = flag(4);
  const onlyContainsAttributeCerts = flag(5);
  cursor.finish();
  return {
    distributionPoint,
    onlyContainsUserCerts,
    onlyContainsCaCerts,
    onlyContainsAttributeCerts,
    onlySomeReasons: reasons !== undefined,
    indirectCrl,
  };
}

/** The label of RFC 7468 section 6, and one that some libraries write and OpenSSL refuses. */
const CRL_LABELS = ['X509 CRL', 'CRL'];

/** Whether a PEM block holds a revocation list. */
export function isCrlBlock(block: PemBlock): boolean {
  return CRL_LABELS.includes(block.label);
}

/**
 * Reads every revocation list of a PEM text, or the one in a DER file, in order.
 *
 * @throws X509Error `PEM_PRIVATE_KEY` where a private key is among them, `PEM_UNEXPECTED_LABEL` where anything else is, and
 * whatever {@link readPem} and {@link readCrl} throw
 */
export function readCrls(input: string | Uint8Array): CertificateRevocationList[] {
  if (typeof input !== 'string' && looksLikeDer(input)) {
    return [readCrl(input)];
  }
  const blocks = readPem(input);
  // Labels come first: that a key is in the wrong file matters more than whatever else is wrong there.
  for (const block of blocks) {
    if (isPrivateKeyLabel(block.label)) {
      throw new X509Error('PEM_PRIVATE_KEY', 'a private key stands among the revocation lists', block.offset);
    }
  }
  return blocks.map((block) => {
    if (!isCrlBlock(block)) {
      const hint = block.label === 'CERTIFICATE' ? ': it is a certificate, such as that of the CA whose list is wanted' : '';
      throw new X509Error('PEM_UNEXPECTED_LABEL', `a block is labelled "${block.label}" instead of "X509 CRL"${hint}`, block.offset);
    }
    return readCrl(block.der);
  });
}
