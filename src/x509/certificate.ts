/** Reads X.509 certificates (RFC 5280 section 4) from DER or PEM into plain values; it verifies nothing. */
import {
  contextTag, DerCursor, DerElement, integerContent, readAscii, readBitString, readBoolean, readInteger, readObjectIdentifier,
  readOctetAlignedBitString, readSmallInteger, readTime, Tag,
} from './der';
import { DistinguishedName } from './distinguished-name';
import { X509Error } from './errors';
import { Extension, KEY_PURPOSES, KeyAlgorithm, ML_DSA_PARAMETER_SETS, NAMED_CURVES } from './oids';
import { isPrivateKeyLabel, looksLikeDer, PemBlock, readPem } from './pem';
import {
  AuthorityKeyIdentifier, checkInnerAlgorithm, extensionName, LocatedExtension, openExtension, readAlgorithm, readAuthorityKeyIdentifier,
  readExtensionList, readSignatureAlgorithm, serialHex, SignatureAlgorithm,
} from './signed';

export { extensionName } from './signed';
export type { AuthorityKeyIdentifier, SignatureAlgorithm } from './signed';

/** A certificate takes part in an HTTP header; one of 64 KiB could not be sent anyway. */
const MAX_CERTIFICATE_LENGTH = 64 * 1024;

/** What kind of public key a certificate binds. */
export type PublicKeyKind =
  | { readonly kind: 'RSA'; readonly modulusBits: number; readonly exponent: bigint }
  | { readonly kind: 'EC'; /** `P-256`, or the identifier of a curve without a name here. */ readonly curve: string }
  | { readonly kind: 'ML-DSA'; readonly parameterSet: 'ML-DSA-44' | 'ML-DSA-65' | 'ML-DSA-87' }
  | { readonly kind: 'other'; /** Dotted object identifier of the algorithm. */ readonly oid: string };

/** An extension as it stands in the certificate. */
export interface CertificateExtension {
  readonly oid: string;
  readonly critical: boolean;
  /** Content of the extnValue octet string. */
  readonly value: Uint8Array;
}

/** Whether the key may sign certificates, and how many CAs may follow below (RFC 5280 4.2.1.9). */
export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength?: number;
}

/** Names of the keyUsage bits, in bit order (RFC 5280 4.2.1.3). */
const KEY_USAGE_BITS = [
  'digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly',
] as const;

/** One of the nine uses a key may be limited to. */
export type KeyUsage = typeof KEY_USAGE_BITS[number];

/** The forms of subjectAltName that Roles Anywhere maps to session tags; others are counted only. */
export interface SubjectAlternativeNames {
  readonly dns: readonly string[];
  readonly uri: readonly string[];
  readonly directoryName: readonly DistinguishedName[];
  /** How many names of other forms (e-mail, IP address, ...) there are. */
  readonly others: number;
}

/** A certificate, read. Byte arrays are views of `raw`. */
export interface Certificate {
  /** 1, 2 or 3. */
  readonly version: number;
  readonly serialNumber: bigint;
  /**
   * The serial as Roles Anywhere shows it: lower-case hexadecimal, padded to an even number of digits. A negative one, which
   * RFC 5280 4.1.2.2 forbids CAs and asks readers to bear, has a minus sign in front.
   */
  readonly serialNumberHex: string;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: PublicKeyKind;
  /** SubjectPublicKeyInfo, the form that WebCrypto imports as `spki`. */
  readonly subjectPublicKeyInfo: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
  /** The signed part. */
  readonly tbsCertificate: Uint8Array;
  readonly extensions: readonly CertificateExtension[];
  /** Undefined where the extension is absent. */
  readonly basicConstraints?: BasicConstraints;
  /** Undefined where the extension is absent, which leaves the key unlimited. */
  readonly keyUsage?: readonly KeyUsage[];
  /** Key purposes by name (`clientAuth`), or by object identifier. */
  readonly extKeyUsage?: readonly string[];
  readonly subjectAltName?: SubjectAlternativeNames;
  readonly subjectKeyIdentifier?: Uint8Array;
  readonly authorityKeyIdentifier?: AuthorityKeyIdentifier;
  /** Names (or identifiers) of critical extensions that this reader does not interpret: who validates a path has to refuse them. */
  readonly unknownCriticalExtensions: readonly string[];
  /** The whole certificate, DER. */
  readonly raw: Uint8Array;
}

/**
 * Reads one certificate from DER.
 *
 * @throws X509Error where it is not exactly one well-formed certificate
 */
export function readCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_LENGTH) {
    throw new X509Error('DER_TOO_LARGE', `a certificate of ${der.length} bytes is larger than ${MAX_CERTIFICATE_LENGTH}`, 0);
  }
  const outer = DerCursor.over(der, Tag.SEQUENCE, 'certificate');
  refuseOtherFiles(outer);
  const tbs = outer.next(Tag.SEQUENCE, 'tbsCertificate');
  const algorithm = outer.next(Tag.SEQUENCE, 'signatureAlgorithm');
  const signature = readOctetAlignedBitString(der, outer.next(Tag.BIT_STRING, 'signatureValue'));
  outer.finish();
  const fields = readTbsCertificate(outer.into(tbs, 'tbsCertificate'), outer.encoding(algorithm));
  return {
    ...fields,
    signatureAlgorithm: readSignatureAlgorithm(outer.into(algorithm, 'signatureAlgorithm'), 'CERTIFICATE'),
    signature,
    tbsCertificate: outer.encoding(tbs),
    raw: der,
  };
}

/** What else people have in DER files, by the tag of its first field. */
const OTHER_FILES: Readonly<Record<number, string>> = {
  [Tag.INTEGER]: 'a private key or a PKCS#12 file (or something else that begins with a number)',
  [Tag.OBJECT_IDENTIFIER]: 'a PKCS#7 file (or something else that begins with an identifier)',
};

function refuseOtherFiles(outer: DerCursor): void {
  const other = OTHER_FILES[outer.nextTag ?? Tag.SEQUENCE];
  if (other) {
    throw new X509Error('DER_UNEXPECTED_TAG', `this is ${other}, not a certificate`, outer.element.contentStart);
  }
}

type TbsFields = Omit<Certificate, 'signatureAlgorithm' | 'signature' | 'tbsCertificate' | 'raw'>;

function readTbsCertificate(tbs: DerCursor, outerAlgorithm: Uint8Array): TbsFields {
  const version = readVersion(tbs);
  const serial = tbs.next(Tag.INTEGER, 'serialNumber');
  checkInnerAlgorithm(tbs, outerAlgorithm, 'CERTIFICATE');
  const issuer = DistinguishedName.read(tbs, 'issuer');
  const validity = tbs.enter(Tag.SEQUENCE, 'validity');
  const notBefore = readTime(tbs.bytes, validity.nextAny());
  const notAfter = readTime(tbs.bytes, validity.nextAny());
  validity.finish();
  const subject = DistinguishedName.read(tbs, 'subject');
  const spki = tbs.next(Tag.SEQUENCE, 'subjectPublicKeyInfo');
  skipUniqueIdentifiers(tbs, version);
  const extensions = readExtensions(tbs, version);
  tbs.finish();
  const serialNumber = readInteger(tbs.bytes, serial);
  return {
    version,
    serialNumber,
    serialNumberHex: serialHex(serialNumber),
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey: readPublicKeyKind(tbs.into(spki, 'subjectPublicKeyInfo')),
    subjectPublicKeyInfo: tbs.encoding(spki),
    extensions: extensions.map(({ oid, critical, element }) => ({ oid, critical, value: tbs.content(element) })),
    ...interpretExtensions(tbs.bytes, extensions),
  };
}

function readVersion(tbs: DerCursor): number {
  const wrapper = tbs.nextIf(contextTag(0));
  if (!wrapper) {
    return 1;
  }
  const cursor = tbs.into(wrapper, 'version');
  const version = readSmallInteger(tbs.bytes, cursor.next(Tag.INTEGER, 'number')) + 1;
  cursor.finish();
  // Version 1 is the default, and DER does not write defaults (X.690 11.5).
  if (version !== 2 && version !== 3) {
    const why = version === 1 ? 'version 1 is the default, which DER does not write' : `there is no X.509 version ${version}`;
    throw new X509Error('CERTIFICATE_VERSION', why, wrapper.start);
  }
  return version;
}

/** issuerUniqueID and subjectUniqueID: RFC 5280 4.1.2.8 wants readers to bear them, and nothing uses them. */
function skipUniqueIdentifiers(tbs: DerCursor, version: number): void {
  for (const number of [1, 2]) {
    const identifier = tbs.nextIf(contextTag(number, false));
    if (identifier && version === 1) {
      throw new X509Error('CERTIFICATE_VERSION', 'certificates of version 1 have no unique identifiers', identifier.start);
    }
    if (identifier) {
      readBitString(tbs.bytes, identifier);
    }
  }
}

function readPublicKeyKind(spki: DerCursor): PublicKeyKind {
  const algorithm = spki.enter(Tag.SEQUENCE, 'algorithm');
  const { oid, parameters } = readAlgorithm(algorithm);
  const key = spki.next(Tag.BIT_STRING, 'subjectPublicKey');
  readOctetAlignedBitString(spki.bytes, key);
  spki.finish();
  if (oid === KeyAlgorithm.RSA) {
    return readRsaKey(spki.bytes, key);
  }
  if (oid === KeyAlgorithm.EC) {
    return { kind: 'EC', curve: readCurve(algorithm, parameters) };
  }
  const parameterSet = ML_DSA_PARAMETER_SETS[oid];
  return parameterSet ? { kind: 'ML-DSA', parameterSet } : { kind: 'other', oid };
}

function readCurve(algorithm: DerCursor, parameters: DerElement | undefined): string {
  if (!parameters || parameters.tag !== Tag.OBJECT_IDENTIFIER) {
    throw new X509Error(
      'CERTIFICATE_INVALID_PUBLIC_KEY', 'an EC key does not name its curve, as RFC 5480 section 2.1.1 demands', algorithm.element.start,
    );
  }
  const curve = readObjectIdentifier(algorithm.bytes, parameters);
  return NAMED_CURVES[curve] ?? curve;
}

function readRsaKey(bytes: Uint8Array, key: DerElement): PublicKeyKind {
  // The first content octet of a BIT STRING counts its unused bits.
  const cursor = DerCursor.over(bytes, Tag.SEQUENCE, 'RSAPublicKey', key.contentStart + 1, key.end);
  const modulus = cursor.next(Tag.INTEGER, 'modulus');
  const exponent = readInteger(bytes, cursor.next(Tag.INTEGER, 'publicExponent'));
  cursor.finish();
  const modulusBits = bitLength(integerContent(bytes, modulus));
  if (modulusBits <= 0 || exponent <= 0n) {
    throw new X509Error('CERTIFICATE_INVALID_PUBLIC_KEY', 'an RSA key has a modulus or an exponent that is not positive', modulus.start);
  }
  return { kind: 'RSA', modulusBits, exponent };
}

/** Bits of a positive integer's content octets; 0 for zero and negative ones. */
function bitLength(content: Uint8Array): number {
  if (content[0] & 0x80 || (content.length === 1 && content[0] === 0)) {
    return 0;
  }
  const first = content[0] === 0 ? 1 : 0;
  return (content.length - first) * 8 - (Math.clz32(content[first]) - 24);
}

function readExtensions(tbs: DerCursor, version: number): LocatedExtension[] {
  const wrapper = tbs.nextIf(contextTag(3));
  if (!wrapper) {
    return [];
  }
  if (version !== 3) {
    throw new X509Error('CERTIFICATE_VERSION', 'only certificates of version 3 have extensions', wrapper.start);
  }
  const outer = tbs.into(wrapper, 'extensions');
  const list = outer.enter(Tag.SEQUENCE, 'list');
  outer.finish();
  return readExtensionList(list, 'CERTIFICATE');
}

type InterpretedExtensions = Pick<Certificate,
'basicConstraints' | 'keyUsage' | 'extKeyUsage' | 'subjectAltName' | 'subjectKeyIdentifier' | 'authorityKeyIdentifier' | 'unknownCriticalExtensions'>;

function interpretExtensions(bytes: Uint8Array, extensions: readonly LocatedExtension[]): InterpretedExtensions {
  const unknownCriticalExtensions: string[] = [];
  const interpreted: { -readonly [Name in keyof InterpretedExtensions]?: InterpretedExtensions[Name] } = {};
  for (const extension of extensions) {
    switch (extension.oid) {
      case Extension.BASIC_CONSTRAINTS:
        interpreted.basicConstraints = readBasicConstraints(bytes, extension);
        break;
      case Extension.KEY_USAGE:
        interpreted.keyUsage = readKeyUsage(bytes, extension);
        break;
      case Extension.EXT_KEY_USAGE:
        interpreted.extKeyUsage = readExtKeyUsage(bytes, extension);
        break;
      case Extension.SUBJECT_ALT_NAME:
        interpreted.subjectAltName = readSubjectAltName(bytes, extension);
        break;
      case Extension.SUBJECT_KEY_IDENTIFIER:
        interpreted.subjectKeyIdentifier = readSubjectKeyIdentifier(bytes, extension);
        break;
      case Extension.AUTHORITY_KEY_IDENTIFIER:
        interpreted.authorityKeyIdentifier = readAuthorityKeyIdentifier(bytes, extension);
        break;
      default:
        if (extension.critical) {
          unknownCriticalExtensions.push(extensionName(extension.oid));
        }
    }
  }
  return { ...interpreted, unknownCriticalExtensions };
}

function readBasicConstraints(bytes: Uint8Array, extension: LocatedExtension): BasicConstraints {
  const cursor = openExtension(bytes, extension, Tag.SEQUENCE, 'basicConstraints');
  const caElement = cursor.nextIf(Tag.BOOLEAN);
  const pathElement = cursor.nextIf(Tag.INTEGER);
  cursor.finish();
  const ca = caElement !== undefined && readBoolean(cursor.bytes, caElement);
  return pathElement ? { ca, pathLength: readSmallInteger(cursor.bytes, pathElement) } : { ca };
}

// X.690 11.2.2 wants trailing zero bits of such a list left out. Some CAs write them all the same; they mean nothing.
function readKeyUsage(bytes: Uint8Array, extension: LocatedExtension): KeyUsage[] {
  const cursor = openExtension(bytes, extension, Tag.BIT_STRING, 'keyUsage');
  const { octets } = readBitString(cursor.bytes, cursor.element);
  return KEY_USAGE_BITS.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

function readExtKeyUsage(bytes: Uint8Array, extension: LocatedExtension): string[] {
  const cursor = openExtension(bytes, extension, Tag.SEQUENCE, 'extKeyUsage');
  const purposes: string[] = [];
  while (!cursor.done) {
    const oid = readObjectIdentifier(cursor.bytes, cursor.next(Tag.OBJECT_IDENTIFIER, 'keyPurposeId'));
    purposes.push(KEY_PURPOSES[oid] ?? oid);
  }
  return purposes;
}

/** Tags of the forms of GeneralName (RFC 5280 4.2.1.6): those that are read here, then the others. */
const GeneralName = { DNS: contextTag(2, false), DIRECTORY: contextTag(4), URI: contextTag(6, false) } as const;
const OTHER_GENERAL_NAMES: readonly number[] = [
  contextTag(0), // otherName
  contextTag(1, false), // rfc822Name
  contextTag(3), // x400Address
  contextTag(5), // ediPartyName
  contextTag(7, false), // iPAddress
  contextTag(8, false), // registeredID
];

function readSubjectAltName(bytes: Uint8Array, extension: LocatedExtension): SubjectAlternativeNames {
  const cursor = openExtension(bytes, extension, Tag.SEQUENCE, 'subjectAltName');
  const dns: string[] = [];
  const uri: string[] = [];
  const directoryName: DistinguishedName[] = [];
  let others = 0;
  while (!cursor.done) {
    const name = cursor.nextOpaque();
    if (name.tag === GeneralName.DNS) {
      dns.push(readAscii(cursor.bytes, name));
    } else if (name.tag === GeneralName.URI) {
      uri.push(readAscii(cursor.bytes, name));
    } else if (name.tag === GeneralName.DIRECTORY) {
      // Name is a CHOICE, so its tag is explicit whatever the module says (X.680 31.2.7).
      const explicit = cursor.into(name, 'directoryName');
      directoryName.push(DistinguishedName.read(explicit, 'name'));
      explicit.finish();
    } else if (OTHER_GENERAL_NAMES.includes(name.tag)) {
      others++;
    } else {
      throw new X509Error('CERTIFICATE_INVALID_EXTENSION', 'subjectAltName holds something that is no name', name.start);
    }
  }
  return { dns, uri, directoryName, others };
}

function readSubjectKeyIdentifier(bytes: Uint8Array, extension: LocatedExtension): Uint8Array {
  const cursor = openExtension(bytes, extension, Tag.OCTET_STRING, 'subjectKeyIdentifier');
  return cursor.content(cursor.element);
}

/** Labels under which certificates are found (RFC 7468 section 5.1 and its note on old labels). */
const CERTIFICATE_LABELS = ['CERTIFICATE', 'X509 CERTIFICATE'];

/** Whether a PEM block holds a certificate. */
export function isCertificateBlock(block: PemBlock): boolean {
  return CERTIFICATE_LABELS.includes(block.label);
}

/** What to do about the labels that people mistake for certificates. */
const LABEL_HINTS: Readonly<Record<string, string>> = {
  'TRUSTED CERTIFICATE': '"openssl x509" without "-trustout" writes it as a plain one',
  'CERTIFICATE REQUEST': 'it is a request, which a CA has yet to sign',
  'NEW CERTIFICATE REQUEST': 'it is a request, which a CA has yet to sign',
  'X509 CRL': 'it is a revocation list',
  'PKCS7': '"openssl pkcs7 -print_certs" takes the certificates out',
  'PUBLIC KEY': 'it is a key without a certificate',
};

/**
 * Reads every certificate of a PEM text, or the one in a DER file, in order.
 *
 * @throws X509Error `PEM_PRIVATE_KEY` where a private key is among them, `PEM_UNEXPECTED_LABEL` where anything else is, and
 * whatever {@link readPem} and {@link readCertificate} throw
 */
export function readCertificates(input: string | Uint8Array): Certificate[] {
  if (typeof input !== 'string' && looksLikeDer(input)) {
    return [readCertificate(input)];
  }
  const blocks = readPem(input);
  // Labels come first: that a key is in the wrong file matters more than whatever else is wrong there.
  for (const block of blocks) {
    if (isPrivateKeyLabel(block.label)) {
      throw new X509Error('PEM_PRIVATE_KEY', 'a private key stands among the certificates', block.offset);
    }
  }
  return blocks.map((block) => {
    if (!isCertificateBlock(block)) {
      const hint = LABEL_HINTS[block.label];
      const message = `a block is labelled "${block.label}" instead of "CERTIFICATE"${hint ? `: ${hint}` : ''}`;
      throw new X509Error('PEM_UNEXPECTED_LABEL', message, block.offset);
    }
    return readCertificate(block.der);
  });
}
