/** Turns the private keys that files hold into the one form that WebCrypto imports (PKCS#8), and says what is wrong with the others. */
import { CredentialsError } from './errors';
import {
  contextTag, DerCursor, encodeElement, isPrivateKeyLabel, KeyAlgorithm, ML_DSA_PARAMETER_SETS, NAMED_CURVES, PemBlock, readObjectIdentifier,
  readSmallInteger, Tag, X509Error,
} from '../x509';

/** A private key, ready to be imported. */
export interface PrivateKey {
  /** DER of PrivateKeyInfo (RFC 5208). */
  readonly pkcs8: Uint8Array;
  /** In words, to be compared with the certificate's and for messages: `RSA`, `EC P-256`, `ML-DSA-65`. */
  readonly kind: string;
}

/** Label of the one kind of key that a passphrase opens here. */
export const ENCRYPTED_KEY = 'ENCRYPTED PRIVATE KEY';

/** Labels of keys that cannot be used, each with why and what to do about it. */
const REFUSED_LABELS: Readonly<Record<string, string>> = {
  'OPENSSH PRIVATE KEY': 'is in OpenSSH\'s own format; convert a copy with "ssh-keygen -p -N \'\' -m PKCS8 -f COPY"',
  'TSS2 PRIVATE KEY': 'lies in a TPM, which is reached through PKCS#11 only: store the key with tpm2_ptool and name its pkcs11: URI',
  'DSA PRIVATE KEY': 'is a DSA key; Roles Anywhere takes RSA, EC and ML-DSA',
};

/** Algorithms of PKCS#8 keys that cannot be used. */
const REFUSED_ALGORITHMS: Readonly<Record<string, string>> = {
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
  '1.3.101.110': 'X25519',
  '1.2.840.113549.1.1.10': 'RSASSA-PSS',
  '1.2.840.10040.4.1': 'DSA',
};

/**
 * Finds the private key among the blocks of a file. It may be one with the label {@link ENCRYPTED_KEY}.
 *
 * @param path of the file, for messages
 * @throws CredentialsError `KEY_UNREADABLE`, `KEY_ENCRYPTED`, `KEY_NOT_SUPPORTED`
 */
export function findKeyBlock(blocks: readonly PemBlock[], path: string): PemBlock {
  const keys = blocks.filter(({ label }) => isPrivateKeyLabel(label));
  if (keys.length === 0) {
    const labels = [...new Set(blocks.map(({ label }) => label))].join(', ');
    throw new CredentialsError('KEY_UNREADABLE', `${path} holds no private key (it holds: ${labels}); name the key's file with --private-key`);
  }
  if (keys.length > 1) {
    throw new CredentialsError('KEY_UNREADABLE', `${path} holds ${keys.length} private keys; leave only the certificate's own`);
  }
  const [block] = keys;
  if (block.headers['Proc-Type']?.includes('ENCRYPTED')) {
    // OpenSSL's encryption before PKCS#8: one round of MD5 between passphrase and key.
    throw new CredentialsError('KEY_ENCRYPTED', `the private key in ${path} is encrypted in the way from before PKCS#8, which is not read here; `
      + 'write it anew with "openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW"');
  }
  if (REFUSED_LABELS[block.label]) {
    throw new CredentialsError('KEY_NOT_SUPPORTED', `the private key in ${path} ${REFUSED_LABELS[block.label]}`);
  }
  return block;
}

/**
 * Makes of a key file in DER the block that it would be in PEM.
 *
 * @param path of the file, for messages
 * @throws CredentialsError `KEY_UNREADABLE` where it is none
 */
export function derKeyBlock(der: Uint8Array, path: string): PemBlock {
  const label = labelOf(der);
  if (label === undefined) {
    throw new CredentialsError('KEY_UNREADABLE', `${path} is neither a PEM file nor a private key in DER`);
  }
  return keyBlock(label, der);
}

/** A key as PEM would have it. */
export function keyBlock(label: string, der: Uint8Array): PemBlock {
  return { label, der, headers: {}, offset: 0 };
}

/** The forms of keys differ in their first two fields: RFC 5958 section 3, RFC 5208 section 5, RFC 8017 A.1.2, RFC 5915 section 3. */
function labelOf(der: Uint8Array): string | undefined {
  try {
    const key = DerCursor.over(der, Tag.SEQUENCE, 'private key');
    if (key.nextIf(Tag.SEQUENCE)) {
      // Certificates and public keys begin with a SEQUENCE too, and go on otherwise.
      return key.nextTag === Tag.OCTET_STRING ? ENCRYPTED_KEY : undefined;
    }
    key.next(Tag.INTEGER, 'version');
    return LABELS[key.nextTag ?? Tag.NULL];
  } catch (error) {
    if (error instanceof X509Error) {
      return undefined;
    }
    throw error;
  }
}

/** Labels by the tag of what follows the version. */
const LABELS: Readonly<Record<number, string>> = {
  [Tag.SEQUENCE]: 'PRIVATE KEY',
  [Tag.INTEGER]: 'RSA PRIVATE KEY',
  [Tag.OCTET_STRING]: 'EC PRIVATE KEY',
};

/**
 * Reads a private key that is not, or no longer, encrypted.
 *
 * @param path of its file, for messages
 * @param curve of the certificate's key, for SEC1 keys that do not name their curve
 * @throws CredentialsError `KEY_UNREADABLE`, `KEY_NOT_SUPPORTED`, `KEY_CERTIFICATE_MISMATCH`
 */
export function readPrivateKey(block: PemBlock, path: string, curve: string | undefined): PrivateKey {
  try {
    return describe(toPkcs8(block, path, curve), path);
  } catch (error) {
    // Messages of the DER reader name a place and never a value, so they are safe to pass on.
    throw error instanceof X509Error
      ? new CredentialsError('KEY_UNREADABLE', `the private key in ${path} cannot be read: ${error.message}`) : error;
  }
}

function toPkcs8(block: PemBlock, path: string, curve: string | undefined): Uint8Array {
  switch (block.label) {
    case 'PRIVATE KEY':
      return block.der;
    case 'RSA PRIVATE KEY':
      return privateKeyInfo(algorithmIdentifier(KeyAlgorithm.RSA, encodeElement(Tag.NULL)), block.der);
    case 'EC PRIVATE KEY':
      return privateKeyInfo(
        algorithmIdentifier(KeyAlgorithm.EC, encodeObjectIdentifier(sec1Curve(block.der) ?? curveIdentifier(curve, path))), block.der,
      );
    default:
      throw new CredentialsError('KEY_NOT_SUPPORTED',
        `a block labelled "${block.label}" in ${path} is not a kind of key that can be read; convert it to PKCS#8 with "openssl pkey"`);
  }
}

/** Version 1, which is written as 0. */
const VERSION_1 = encodeElement(Tag.INTEGER, new Uint8Array(1));

/** PrivateKeyInfo (RFC 5208 section 5). */
function privateKeyInfo(algorithm: Uint8Array, key: Uint8Array): Uint8Array {
  return encodeElement(Tag.SEQUENCE, VERSION_1, algorithm, encodeElement(Tag.OCTET_STRING, key));
}

function algorithmIdentifier(oid: string, parameters: Uint8Array): Uint8Array {
  return encodeElement(Tag.SEQUENCE, encodeObjectIdentifier(oid), parameters);
}

/** The curve that a SEC1 key names itself (RFC 5915 section 3), as object identifier. */
function sec1Curve(der: Uint8Array): string | undefined {
  const key = DerCursor.over(der, Tag.SEQUENCE, 'ECPrivateKey');
  key.next(Tag.INTEGER, 'version');
  key.next(Tag.OCTET_STRING, 'privateKey');
  const parameters = key.nextIf(0xa0);
  return parameters && readObjectIdentifier(der, key.into(parameters, 'parameters').next(Tag.OBJECT_IDENTIFIER, 'namedCurve'));
}

function curveIdentifier(curve: string | undefined, path: string): string {
  const found = Object.entries(NAMED_CURVES).find(([, name]) => name === curve);
  if (!found) {
    throw new CredentialsError('KEY_CERTIFICATE_MISMATCH', `the private key in ${path} is an EC key, and the certificate's key is not`);
  }
  return found[0];
}

/** OBJECT IDENTIFIER from dotted form (X.690 8.19). */
function encodeObjectIdentifier(dotted: string): Uint8Array {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift(128 + (left % 128));
    }
    return digits;
  });
  return encodeElement(Tag.OBJECT_IDENTIFIER, Uint8Array.from(octets));
}

/** Reads what kind of key PrivateKeyInfo holds, and writes it in the form that every runtime imports; the key itself stays closed. */
function describe(der: Uint8Array, path: string): PrivateKey {
  const info = DerCursor.over(der, Tag.SEQUENCE, 'PrivateKeyInfo');
  const version = readSmallInteger(der, info.next(Tag.INTEGER, 'version'));
  const algorithm = info.enter(Tag.SEQUENCE, 'privateKeyAlgorithm');
  const oid = readObjectIdentifier(der, algorithm.next(Tag.OBJECT_IDENTIFIER, 'algorithm'));
  const key = info.content(info.next(Tag.OCTET_STRING, 'privateKey'));
  const kind = ML_DSA_PARAMETER_SETS[oid];
  if (kind) {
    return { pkcs8: privateKeyInfo(info.encoding(algorithm.element), seedForm(key, kind, path)), kind };
  }
  // Version 2 (RFC 5958), which is written as 1, may have the public key behind the private one, and runtimes refuse that.
  const pkcs8 = version === 0 ? der : privateKeyInfo(info.encoding(algorithm.element), key);
  if (oid === KeyAlgorithm.RSA) {
    return { pkcs8, kind: 'RSA' };
  }
  if (oid === KeyAlgorithm.EC) {
    const curve = readObjectIdentifier(der, algorithm.next(Tag.OBJECT_IDENTIFIER, 'namedCurve'));
    return { pkcs8, kind: `EC ${NAMED_CURVES[curve] ?? curve}` };
  }
  throw new CredentialsError('KEY_NOT_SUPPORTED',
    `the private key in ${path} is of algorithm ${REFUSED_ALGORITHMS[oid] ?? oid}; Roles Anywhere takes RSA, EC and ML-DSA`);
}

/** Octets of the seed of every ML-DSA key (FIPS 204 algorithm 1). */
const SEED_LENGTH = 32;

/**
 * An ML-DSA key (RFC 9881 section 6) as its seed alone: the form that runtimes import. OpenSSL writes seed and expanded key, and can be
 * made to write either, or the seed without a tag.
 */
function seedForm(key: Uint8Array, kind: string, path: string): Uint8Array {
  const seed = key.length === SEED_LENGTH ? key : readSeed(key);
  if (!seed) {
    throw new CredentialsError('KEY_NOT_SUPPORTED', `the private key in ${path} is ${kind} without its seed, which runtimes do not import; `
      + `where the seed is lost, have a certificate issued for a new key: "openssl genpkey -algorithm ${kind} -out NEW" writes the seed as well`);
  }
  return encodeElement(contextTag(0, false), seed);
}

function readSeed(key: Uint8Array): Uint8Array | undefined {
  if (key[0] === contextTag(0, false)) {
    const seed = DerCursor.over(key, contextTag(0, false), 'seed');
    return seed.content(seed.element);
  }
  if (key[0] !== Tag.SEQUENCE) {
    return undefined;
  }
  const both = DerCursor.over(key, Tag.SEQUENCE, 'both');
  return both.content(both.next(Tag.OCTET_STRING, 'seed'));
}
