/** Compares what our reader makes of a certificate with what node:crypto (OpenSSL) and @peculiar/x509 make of it. */
import 'reflect-metadata';
import { KeyObject, X509Certificate } from 'crypto';
import * as x509 from '@peculiar/x509';
import { Certificate, DistinguishedName, KEY_PURPOSES, KeyUsage, PublicKeyKind } from '../../src/x509';

/** What OpenSSL calls attribute types that RFC 4519 calls otherwise. */
const OPENSSL_TYPES: Readonly<Record<string, string>> = { STREET: 'street', T: 'title' };

/** OpenSSL's names of the curves. */
const OPENSSL_CURVES: Readonly<Record<string, string>> = {
  'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1', 'P-224': 'secp224r1', 'P-192': 'prime192v1', 'secp256k1': 'secp256k1',
};

/** What both sides are brought to. `undefined` where a certificate has no such extension. */
export interface Facts {
  readonly serialNumber?: string;
  readonly issuer: readonly string[];
  readonly subject: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly subjectPublicKeyInfo?: string;
  readonly publicKey?: string;
  readonly dns?: readonly string[];
  readonly uri?: readonly string[];
  readonly directoryNames?: number;
  readonly otherNames?: number;
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly keyUsage?: readonly string[];
  readonly extKeyUsage?: readonly string[];
  readonly subjectKeyIdentifier?: string;
  readonly authorityKeyIdentifier?: string;
  readonly extensions?: readonly string[];
  readonly signature?: string;
}

function hexOf(bytes: ArrayBuffer | Uint8Array): string {
  return Buffer.from(bytes as Uint8Array).toString('hex');
}

function describeKey(kind: PublicKeyKind): string | undefined {
  switch (kind.kind) {
    case 'RSA': return `rsa ${kind.modulusBits} ${kind.exponent}`;
    case 'EC': return `ec ${OPENSSL_CURVES[kind.curve] ?? kind.curve}`;
    default: return undefined;
  }
}

function attributesOf(name: DistinguishedName): string[] {
  return name.rdns.map((rdn) => rdn.map(({ type, value }) => `${OPENSSL_TYPES[type] ?? type}=${value}`).join(' + '));
}

/** What our reader says, in the words of node:crypto. */
export function factsForNode(certificate: Certificate): Facts {
  return {
    serialNumber: certificate.serialNumberHex,
    issuer: attributesOf(certificate.issuer),
    subject: attributesOf(certificate.subject),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    publicKey: describeKey(certificate.publicKey),
    // OpenSSL writes a key anew, so that only keys it knows well come out as they were.
    subjectPublicKeyInfo: describeKey(certificate.publicKey) && hexOf(certificate.subjectPublicKeyInfo),
    dns: certificate.subjectAltName?.dns,
    uri: certificate.subjectAltName?.uri,
    directoryNames: certificate.subjectAltName?.directoryName.length,
    otherNames: certificate.subjectAltName?.others,
    extKeyUsage: certificate.extKeyUsage,
  };
}

/** What node:crypto says. */
export function factsOfNode(der: Uint8Array): Facts {
  const node = new X509Certificate(der);
  const key = keyOf(node);
  const names = node.subjectAltName?.split(/, (?=(?:DNS|URI|DirName|IP Address|email|othername|Registered ID|X400Name|EdiPartyName):)/);
  const ofForm = (form: string) => names?.filter((name) => name.startsWith(`${form}:`)).map((name) => unquote(name.substring(form.length + 1)));
  const [dns, uri, directoryNames] = [ofForm('DNS'), ofForm('URI'), ofForm('DirName')?.length];
  return {
    serialNumber: evenDigits(node.serialNumber.toLowerCase()),
    issuer: linesOf(node.issuer),
    subject: linesOf(node.subject),
    notBefore: new Date(node.validFrom).toISOString(),
    notAfter: new Date(node.validTo).toISOString(),
    publicKey: key && describeNodeKey(key),
    subjectPublicKeyInfo: key && describeNodeKey(key) && hexOf(key.export({ type: 'spki', format: 'der' })),
    dns,
    uri,
    directoryNames,
    otherNames: names && names.length - dns!.length - uri!.length - directoryNames!,
    extKeyUsage: node.keyUsage?.map((purpose) => KEY_PURPOSES[purpose] ?? purpose),
  };
}

/** Serial number and names, for certificates that are too odd to compare the rest; undefined where OpenSSL refuses one. */
export function briefFactsOfNode(der: Uint8Array): Pick<Facts, 'serialNumber' | 'issuer' | 'subject'> | undefined {
  let node: X509Certificate;
  try {
    node = new X509Certificate(der);
  } catch {
    return undefined;
  }
  return { serialNumber: evenDigits(node.serialNumber.toLowerCase()), issuer: linesOf(node.issuer), subject: linesOf(node.subject) };
}

/** Some versions of OpenSSL show 0 as one digit. */
function evenDigits(digits: string): string {
  return digits === '0' ? '00' : digits;
}

function keyOf(node: X509Certificate): KeyObject | undefined {
  try {
    return node.publicKey;
  } catch {
    // A key that this OpenSSL does not know, such as ML-DSA before 3.5: there is nothing to compare with.
    return undefined;
  }
}

function describeNodeKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  switch (asymmetricKeyType) {
    case 'rsa': return `rsa ${asymmetricKeyDetails!.modulusLength} ${asymmetricKeyDetails!.publicExponent}`;
    case 'ec': return `ec ${asymmetricKeyDetails!.namedCurve}`;
    default: return undefined;
  }
}

/** The lines of a multi-line name of OpenSSL, escapes undone. */
function linesOf(name: string | undefined): string[] {
  return name ? name.split('\n').map((line) => line.replace(/\\([0-9A-F]{2}|[^])/g, (_, escaped) => (
    escaped.length === 2 ? String.fromCharCode(parseInt(escaped, 16)) : escaped
  ))) : [];
}

function unquote(name: string): string {
  return name.startsWith('"') ? JSON.parse(name) : name;
}

/** What our reader says, in the words of @peculiar/x509. */
export function factsForPeculiar(certificate: Certificate): Facts {
  return {
    serialNumber: certificate.serialNumber < 0n ? undefined : certificate.serialNumberHex,
    issuer: valuesOf(certificate.issuer),
    subject: valuesOf(certificate.subject),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    subjectPublicKeyInfo: hexOf(certificate.subjectPublicKeyInfo),
    dns: certificate.subjectAltName?.dns,
    uri: certificate.subjectAltName?.uri,
    directoryNames: certificate.subjectAltName?.directoryName.length,
    ca: certificate.basicConstraints?.ca,
    pathLength: certificate.basicConstraints?.pathLength,
    keyUsage: certificate.keyUsage,
    extKeyUsage: certificate.extKeyUsage,
    subjectKeyIdentifier: certificate.subjectKeyIdentifier && hexOf(certificate.subjectKeyIdentifier),
    authorityKeyIdentifier: certificate.authorityKeyIdentifier?.keyIdentifier && hexOf(certificate.authorityKeyIdentifier.keyIdentifier),
    extensions: certificate.extensions.map(({ oid, critical, value }) => `${oid} ${critical} ${hexOf(value)}`),
    signature: hexOf(certificate.signature),
  };
}

/** Values only, one list for each relative name: @peculiar/x509 groups them by its own names of the types. */
function valuesOf(name: DistinguishedName): string[] {
  return name.rdns.map((rdn) => rdn.map(({ value }) => value).sort().join(' + '));
}

/** What @peculiar/x509 says. */
export function factsOfPeculiar(der: Uint8Array): Facts {
  const peculiar = new x509.X509Certificate(der as Uint8Array<ArrayBuffer>);
  const names = peculiar.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON();
  const ofForm = (form: string) => names?.filter(({ type }) => type === form).map(({ value }) => value);
  const constraints = peculiar.getExtension(x509.BasicConstraintsExtension);
  const usages = peculiar.getExtension(x509.KeyUsagesExtension)?.usages;
  const purposes = peculiar.getExtension(x509.ExtendedKeyUsageExtension)?.usages as string[] | undefined;
  return {
    serialNumber: parseInt(peculiar.serialNumber.substring(0, 2), 16) > 0x7f && isNegative(der) ? undefined : peculiar.serialNumber,
    issuer: peculiar.issuerName.toJSON().map((rdn) => Object.values(rdn).flat().sort().join(' + ')),
    subject: peculiar.subjectName.toJSON().map((rdn) => Object.values(rdn).flat().sort().join(' + ')),
    notBefore: peculiar.notBefore.toISOString(),
    notAfter: peculiar.notAfter.toISOString(),
    subjectPublicKeyInfo: hexOf(peculiar.publicKey.rawData),
    dns: ofForm('dns'),
    uri: ofForm('url'),
    directoryNames: ofForm('dn')?.length,
    ca: constraints?.ca,
    pathLength: constraints?.pathLength,
    keyUsage: usages === undefined ? undefined : KEY_USAGES.filter((name) => usages & x509.KeyUsageFlags[name]),
    extKeyUsage: purposes?.map((purpose) => KEY_PURPOSES[purpose] ?? purpose),
    subjectKeyIdentifier: peculiar.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId,
    authorityKeyIdentifier: peculiar.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId,
    extensions: peculiar.extensions.map(({ type, critical, value }) => `${type} ${critical} ${hexOf(value)}`),
    signature: hexOf(peculiar.signature),
  };
}

/** @peculiar/x509 shows the octets of a serial, so that its sign has to come from elsewhere. */
function isNegative(der: Uint8Array): boolean {
  return new X509Certificate(der).serialNumber.startsWith('-');
}

const KEY_USAGES: readonly KeyUsage[] = [
  'digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly',
];
