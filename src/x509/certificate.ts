/** Reads X.509 certificates (RFC 5280 section 4) from DER or PEM into plain values; it verifies nothing. */
import {
  bytesEqual, checkWellFormed, contextTag, DerCursor, DerElement, integerContent, readAscii, readBitString, readBoolean, readInteger,
  readObjectIdentifier, readOctetAlignedBitString, readSmallInteger, readTime, Tag, toHex,
} from './der';
import { DistinguishedName } from './distinguished-name';
import { X509Error } from './errors';
import {
  Extension, EXTENSION_NAMES, KEY_PURPOSES, KeyAlgorithm, ML_DSA_PARAMETER_SETS, NAMED_CURVES, SIGNATURE_ALGORITHMS, SignatureAlgorithmName,
} from './oids';
import { isPrivateKeyLabel, looksLikeDer, PemBlock, readPem } from './pem';

/** A certificate takes part in an HTTP header; one of 64 KiB could not be sent anyway. */
const MAX_CERTIFICATE_LENGTH = 64 * 1024;

/** What kind of public key a certificate binds. */
export type PublicKeyKind =
  | { readonly kind: 'RSA'; readonly modulusBits: number; readonly exponent: bigint }
  | { readonly kind: 'EC'; /** `P-256`, or the identifier of a curve without a name here. */ readonly curve: string }
  | { readonly kind: 'ML-DSA'; readonly parameterSet: 'ML-DSA-44' | 'ML-DSA-65' | 'ML-DSA-87' }
  | { readonly kind: 'other'; /** Dotted object identifier of the algorithm. */ readonly oid: string };

/** How a certificate was signed. */
export interface SignatureAlgorithm extends Partial<SignatureAlgorithmName> {
  /** Dotted object identifier. */
  readonly oid: string;
  /** Its name, or the identifier again. */
  readonly name: string;
}

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

/** Which key signed: by identifier, or by issuer and serial number (RFC 5280 4.2.1.1). */
export interface AuthorityKeyIdentifier {
  readonly keyIdentifier?: Uint8Array;
}

/** A certificate, read. Byte arrays are views of `raw`. */
export interface Certificate {
  /** 1, 2 or 3. */
  readonly version: number;
  readonly serialNumber: bigint;
  /** The serial as Roles Anywhere shows it: lower-case hexadecimal, padded to an even number of digits. */
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
  checkWellFormed(der, 0, der.length);
  const outer = DerCursor.over(der, Tag.SEQUENCE, 'certificate');
  const tbs = outer.next(Tag.SEQUENCE, 'tbsCertificate');
  const algorithm = outer.next(Tag.SEQUENCE, 'signatureAlgorithm');
  const signature = readOctetAlignedBitString(der, outer.next(Tag.BIT_STRING, 'signatureValue'));
  outer.finish();
  const fields = readTbsCertificate(outer.into(tbs, 'tbsCertificate'), outer.encoding(algorithm));
  return {
    ...fields,
    signatureAlgorithm: readSignatureAlgorithm(outer.into(algorithm, 'signatureAlgorithm')),
    signature,
    tbsCertificate: outer.encoding(tbs),
    raw: der,
  };
}

type TbsFields = Omit<Certificate, 'signatureAlgorithm' | 'signature' | 'tbsCertificate' | 'raw'>;

function readTbsCertificate(tbs: DerCursor, outerAlgorithm: Uint8Array): TbsFields {
  const version = readVersion(tbs);
  const serial = tbs.next(Tag.INTEGER, 'serialNumber');
  const algorithm = tbs.next(Tag.SEQUENCE, 'signature');
  // RFC 5280 4.1.1.2: else the signed part would not say how it was signed.
  if (!bytesEqual(tbs.encoding(algorithm), outerAlgorithm)) {
    throw new X509Error('CERTIFICATE_ALGORITHM_MISMATCH', 'the signature algorithms inside and outside the signed part differ', algorithm.start);
  }
  const issuer = DistinguishedName.read(tbs, 'issuer');
  const validity = tbs.enter(Tag.SEQUENCE, 'validity');
  const notBefore = readTime(tbs.bytes, validity.nextAny());
  const notAfter = readTime(tbs.bytes, validity.nextAny());
  validity.finish();
  const subject = DistinguishedName.read(tbs, 'subject');
  const spki = tbs.next(Tag.SEQUENCE, 'subjectPublicKeyInfo');
  // issuerUniqueID and subjectUniqueID: RFC 5280 4.1.2.8 wants readers to skip them.
  tbs.nextIf(contextTag(1, false));
  tbs.nextIf(contextTag(2, false));
  const extensions = readExtensions(tbs, version);
  tbs.finish();
  return {
    version,
    serialNumber: readInteger(tbs.bytes, serial),
    serialNumberHex: serialHex(tbs.bytes, serial),
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey: readPublicKeyKind(tbs.into(spki, 'subjectPublicKeyInfo')),
    subjectPublicKeyInfo: tbs.encoding(spki),
    extensions,
    ...interpretExtensions(extensions),
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
    throw new X509Error('CERTIFICATE_VERSION', `there is no X.509 version ${version} to be stated in a certificate`, wrapper.start);
  }
  return version;
}

function serialHex(bytes: Uint8Array, serial: DerElement): string {
  const content = integerContent(bytes, serial);
  return toHex(content.length > 1 && content[0] === 0 ? content.subarray(1) : content);
}

/** Reads an AlgorithmIdentifier that the cursor stands in. */
function readSignatureAlgorithm(cursor: DerCursor): SignatureAlgorithm {
  const oid = readObjectIdentifier(cursor.bytes, cursor.next(Tag.OBJECT_IDENTIFIER, 'algorithm'));
  const known = SIGNATURE_ALGORITHMS[oid];
  return known ? { oid, ...known } : { oid, name: oid };
}

function readPublicKeyKind(spki: DerCursor): PublicKeyKind {
  const algorithm = spki.enter(Tag.SEQUENCE, 'algorithm');
  const oid = readObjectIdentifier(spki.bytes, algorithm.next(Tag.OBJECT_IDENTIFIER, 'algorithm'));
  const key = readOctetAlignedBitString(spki.bytes, spki.next(Tag.BIT_STRING, 'subjectPublicKey'));
  spki.finish();
  if (oid === KeyAlgorithm.RSA) {
    return readRsaKey(key);
  }
  if (oid === KeyAlgorithm.EC) {
    const curve = readObjectIdentifier(spki.bytes, algorithm.next(Tag.OBJECT_IDENTIFIER, 'namedCurve'));
    return { kind: 'EC', curve: NAMED_CURVES[curve] ?? curve };
  }
  const parameterSet = ML_DSA_PARAMETER_SETS[oid];
  return parameterSet ? { kind: 'ML-DSA', parameterSet } : { kind: 'other', oid };
}

function readRsaKey(key: Uint8Array): PublicKeyKind {
  const cursor = DerCursor.over(key, Tag.SEQUENCE, 'RSAPublicKey');
  const modulus = cursor.next(Tag.INTEGER, 'modulus');
  const content = integerContent(key, modulus);
  const exponent = readInteger(key, cursor.next(Tag.INTEGER, 'publicExponent'));
  cursor.finish();
  if (content[0] & 0x80 || exponent <= 0n) {
    throw new X509Error('CERTIFICATE_INVALID_PUBLIC_KEY', 'an RSA key has a negative modulus or exponent', modulus.start);
  }
  const first = content[0] === 0 ? 1 : 0;
  const modulusBits = content.length === first ? 0 : (content.length - first) * 8 - Math.clz32(content[first]) + 24;
  return { kind: 'RSA', modulusBits, exponent };
}

function readExtensions(tbs: DerCursor, version: number): CertificateExtension[] {
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
  const extensions: CertificateExtension[] = [];
  while (!list.done) {
    const extension = readExtension(list);
    if (extensions.some(({ oid }) => oid === extension.oid)) {
      throw new X509Error('CERTIFICATE_DUPLICATE_EXTENSION', `the extension ${extensionName(extension.oid)} appears twice`, list.element.start);
    }
    extensions.push(extension);
  }
  return extensions;
}

function readExtension(list: DerCursor): CertificateExtension {
  const cursor = list.enter(Tag.SEQUENCE, 'extension');
  const oid = readObjectIdentifier(list.bytes, cursor.next(Tag.OBJECT_IDENTIFIER, 'extnID'));
  const criticalElement = cursor.nextIf(Tag.BOOLEAN);
  // A written-out FALSE is not DER, but so common in certificates of embedded CAs that every reader takes it.
  const critical = criticalElement !== undefined && readBoolean(list.bytes, criticalElement);
  const value = list.content(cursor.next(Tag.OCTET_STRING, 'extnValue'));
  cursor.finish();
  return { oid, critical, value };
}

/** Name of an extension for messages. */
export function extensionName(oid: string): string {
  return EXTENSION_NAMES[oid] ?? oid;
}

type InterpretedExtensions = Pick<Certificate,
'basicConstraints' | 'keyUsage' | 'extKeyUsage' | 'subjectAltName' | 'subjectKeyIdentifier' | 'authorityKeyIdentifier' | 'unknownCriticalExtensions'>;

const INTERPRETERS: Readonly<Record<string, (value: Uint8Array) => Partial<InterpretedExtensions>>> = {
  [Extension.BASIC_CONSTRAINTS]: (value) => ({ basicConstraints: readBasicConstraints(value) }),
  [Extension.KEY_USAGE]: (value) => ({ keyUsage: readKeyUsage(value) }),
  [Extension.EXT_KEY_USAGE]: (value) => ({ extKeyUsage: readExtKeyUsage(value) }),
  [Extension.SUBJECT_ALT_NAME]: (value) => ({ subjectAltName: readSubjectAltName(value) }),
  [Extension.SUBJECT_KEY_IDENTIFIER]: (value) => ({ subjectKeyIdentifier: readSubjectKeyIdentifier(value) }),
  [Extension.AUTHORITY_KEY_IDENTIFIER]: (value) => ({ authorityKeyIdentifier: readAuthorityKeyIdentifier(value) }),
};

function interpretExtensions(extensions: readonly CertificateExtension[]): InterpretedExtensions {
  const unknownCriticalExtensions: string[] = [];
  const interpreted: Partial<InterpretedExtensions> = {};
  for (const { oid, critical, value } of extensions) {
    const interpret = INTERPRETERS[oid];
    if (interpret) {
      checkWellFormed(value, 0, value.length);
      Object.assign(interpreted, interpret(value));
    } else if (critical) {
      unknownCriticalExtensions.push(extensionName(oid));
    }
  }
  return { ...interpreted, unknownCriticalExtensions };
}

function readBasicConstraints(value: Uint8Array): BasicConstraints {
  const cursor = DerCursor.over(value, Tag.SEQUENCE, 'basicConstraints');
  const caElement = cursor.nextIf(Tag.BOOLEAN);
  const pathElement = cursor.nextIf(Tag.INTEGER);
  cursor.finish();
  const ca = caElement !== undefined && readBoolean(value, caElement);
  return pathElement ? { ca, pathLength: readSmallInteger(value, pathElement) } : { ca };
}

function readKeyUsage(value: Uint8Array): KeyUsage[] {
  const element = onlyElement(value, Tag.BIT_STRING, 'keyUsage');
  const { octets } = readBitString(value, element);
  return KEY_USAGE_BITS.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

function readExtKeyUsage(value: Uint8Array): string[] {
  const cursor = DerCursor.over(value, Tag.SEQUENCE, 'extKeyUsage');
  const purposes: string[] = [];
  while (!cursor.done) {
    const oid = readObjectIdentifier(value, cursor.next(Tag.OBJECT_IDENTIFIER, 'keyPurposeId'));
    purposes.push(KEY_PURPOSES[oid] ?? oid);
  }
  return purposes;
}

/** Tags of GeneralName that are read here (RFC 5280 4.2.1.6). */
const GeneralName = { DNS: contextTag(2, false), DIRECTORY: contextTag(4), URI: contextTag(6, false) } as const;

function readSubjectAltName(value: Uint8Array): SubjectAlternativeNames {
  const cursor = DerCursor.over(value, Tag.SEQUENCE, 'subjectAltName');
  const dns: string[] = [];
  const uri: string[] = [];
  const directoryName: DistinguishedName[] = [];
  let others = 0;
  while (!cursor.done) {
    const name = cursor.nextAny();
    if (name.tag === GeneralName.DNS) {
      dns.push(readAscii(value, name));
    } else if (name.tag === GeneralName.URI) {
      uri.push(readAscii(value, name));
    } else if (name.tag === GeneralName.DIRECTORY) {
      // Name is a CHOICE, so its tag is explicit whatever the module says (X.680 31.2.7).
      const explicit = cursor.into(name, 'directoryName');
      directoryName.push(DistinguishedName.read(explicit, 'name'));
      explicit.finish();
    } else if ((name.tag & 0xc0) === 0x80 && (name.tag & 0x1f) <= 8) {
      others++;
    } else {
      throw new X509Error('CERTIFICATE_INVALID_EXTENSION', 'subjectAltName holds something that is no name', name.start);
    }
  }
  return { dns, uri, directoryName, others };
}

function readSubjectKeyIdentifier(value: Uint8Array): Uint8Array {
  const element = onlyElement(value, Tag.OCTET_STRING, 'subjectKeyIdentifier');
  return value.subarray(element.contentStart, element.end);
}

function readAuthorityKeyIdentifier(value: Uint8Array): AuthorityKeyIdentifier {
  const cursor = DerCursor.over(value, Tag.SEQUENCE, 'authorityKeyIdentifier');
  const keyIdentifier = cursor.nextIf(contextTag(0, false));
  // authorityCertIssuer and authorityCertSerialNumber are a hint for building paths that is not needed here.
  cursor.nextIf(contextTag(1));
  cursor.nextIf(contextTag(2, false));
  cursor.finish();
  return keyIdentifier ? { keyIdentifier: cursor.content(keyIdentifier) } : {};
}

function onlyElement(value: Uint8Array, tag: number, what: string): DerElement {
  // Reading the one element as a cursor checks tag and trailing bytes in one place.
  return DerCursor.over(value, tag, what).element;
}

/** Labels under which certificates are found (RFC 7468 section 5.1 and its note on old labels). */
const CERTIFICATE_LABELS = ['CERTIFICATE', 'X509 CERTIFICATE'];

/** Whether a PEM block holds a certificate. */
export function isCertificateBlock(block: PemBlock): boolean {
  return CERTIFICATE_LABELS.includes(block.label);
}

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
  return readPem(input).map((block) => {
    if (isPrivateKeyLabel(block.label)) {
      throw new X509Error('PEM_PRIVATE_KEY', 'a private key stands among the certificates', block.offset);
    }
    if (!isCertificateBlock(block)) {
      throw new X509Error('PEM_UNEXPECTED_LABEL', `a block is labelled "${block.label}" instead of "CERTIFICATE"`, block.offset);
    }
    return readCertificate(block.der);
  });
}
