/** Turns the private keys that PEM files hold into the one form that WebCrypto imports (PKCS#8), and says what is wrong with the others. */
import { CredentialsError } from './errors';
import {
  DerCursor, encodeElement, isPrivateKeyLabel, KeyAlgorithm, ML_DSA_PARAMETER_SETS, NAMED_CURVES, PemBlock, readObjectIdentifier, Tag,
} from '../x509';

/** A private key, ready to be imported. */
export interface PrivateKey {
  /** DER of PrivateKeyInfo (RFC 5208). */
  readonly pkcs8: Uint8Array;
  /** In words, to be compared with the certificate's and for messages: `RSA`, `EC P-256`, `ML-DSA-65`. */
  readonly kind: string;
}

/** Labels of keys that cannot be used, each with why and what to do about it. */
const REFUSED_LABELS: Readonly<Record<string, readonly ['KEY_ENCRYPTED' | 'KEY_NOT_SUPPORTED', string]>> = {
  'ENCRYPTED PRIVATE KEY': ['KEY_ENCRYPTED',
    'is encrypted, and this version does not read encrypted keys; decrypt it with "openssl pkey -in FILE -out NEW" '
    + 'and protect the new file by its permissions'],
  'OPENSSH PRIVATE KEY': ['KEY_NOT_SUPPORTED', 'is in OpenSSH\'s own format; convert a copy with "ssh-keygen -p -N \'\' -m PKCS8 -f COPY"'],
  'TSS2 PRIVATE KEY': ['KEY_NOT_SUPPORTED', 'lies in a TPM, which this version does not sign with'],
  'DSA PRIVATE KEY': ['KEY_NOT_SUPPORTED', 'is a DSA key; Roles Anywhere takes RSA, EC and ML-DSA'],
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
 * Finds the private key among the blocks of a file.
 *
 * @param path of the file, for messages
 * @param curve of the certificate's key, for SEC1 keys that do not name their curve
 * @throws CredentialsError `KEY_UNREADABLE`, `KEY_ENCRYPTED`, `KEY_NOT_SUPPORTED`
 */
export function findPrivateKey(blocks: readonly PemBlock[], path: string, curve: string | undefined): PrivateKey {
  const keys = blocks.filter(({ label }) => isPrivateKeyLabel(label));
  if (keys.length === 0) {
    const labels = [...new Set(blocks.map(({ label }) => label))].join(', ');
    throw new CredentialsError('KEY_UNREADABLE', `${path} holds no private key (it holds: ${labels}); name the key's file with --private-key`);
  }
  if (keys.length > 1) {
    throw new CredentialsError('KEY_UNREADABLE', `${path} holds ${keys.length} private keys; leave only the certificate's own`);
  }
  const [block] = keys;
  const refused = block.headers['Proc-Type']?.includes('ENCRYPTED') ? REFUSED_LABELS['ENCRYPTED PRIVATE KEY'] : REFUSED_LABELS[block.label];
  if (refused) {
    throw new CredentialsError(refused[0], `the private key in ${path} ${refused[1]}`);
  }
  try {
    return describe(toPkcs8(block, curve), path);
  } catch (error) {
    // Messages of the DER reader name a place and never a value, so they are safe to pass on.
    throw error instanceof CredentialsError ? error
      : new CredentialsError('KEY_UNREADABLE', `the private key in ${path} cannot be read: ${(error as Error).message}`);
  }
}

function toPkcs8(block: PemBlock, curve: string | undefined): Uint8Array {
  switch (block.label) {
    case 'PRIVATE KEY':
      return block.der;
    case 'RSA PRIVATE KEY':
      return wrap(block.der, KeyAlgorithm.RSA, encodeElement(Tag.NULL));
    case 'EC PRIVATE KEY':
      return wrap(block.der, KeyAlgorithm.EC, encodeObjectIdentifier(sec1Curve(block.der) ?? curveIdentifier(curve)));
    default:
      throw new CredentialsError('KEY_NOT_SUPPORTED',
        `a block labelled "${block.label}" is not a kind of key that can be read; convert it to PKCS#8 with "openssl pkey"`);
  }
}

/** PrivateKeyInfo (RFC 5208 section 5) around a key of the older forms. */
function wrap(key: Uint8Array, algorithm: string, parameters: Uint8Array): Uint8Array {
  return encodeElement(Tag.SEQUENCE,
    encodeElement(Tag.INTEGER, new Uint8Array(1)),
    encodeElement(Tag.SEQUENCE, encodeObjectIdentifier(algorithm), parameters),
    encodeElement(Tag.OCTET_STRING, key));
}

/** The curve that a SEC1 key names itself (RFC 5915 section 3), as object identifier. */
function sec1Curve(der: Uint8Array): string | undefined {
  const key = DerCursor.over(der, Tag.SEQUENCE, 'ECPrivateKey');
  key.next(Tag.INTEGER, 'version');
  key.next(Tag.OCTET_STRING, 'privateKey');
  const parameters = key.nextIf(0xa0);
  return parameters && readObjectIdentifier(der, key.into(parameters, 'parameters').next(Tag.OBJECT_IDENTIFIER, 'namedCurve'));
}

function curveIdentifier(curve: string | undefined): string {
  const found = Object.entries(NAMED_CURVES).find(([, name]) => name === curve);
  if (!found) {
    throw new CredentialsError('KEY_CERTIFICATE_MISMATCH', 'the private key is an EC key, and the certificate\'s key is not');
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

/** Reads what kind of key PrivateKeyInfo holds; the key itself stays closed. */
function describe(pkcs8: Uint8Array, path: string): PrivateKey {
  const info = DerCursor.over(pkcs8, Tag.SEQUENCE, 'PrivateKeyInfo');
  info.next(Tag.INTEGER, 'version');
  const algorithm = info.enter(Tag.SEQUENCE, 'privateKeyAlgorithm');
  const oid = readObjectIdentifier(pkcs8, algorithm.next(Tag.OBJECT_IDENTIFIER, 'algorithm'));
  if (oid === KeyAlgorithm.RSA) {
    return { pkcs8, kind: 'RSA' };
  }
  if (oid === KeyAlgorithm.EC) {
    const curve = readObjectIdentifier(pkcs8, algorithm.next(Tag.OBJECT_IDENTIFIER, 'namedCurve'));
    return { pkcs8, kind: `EC ${NAMED_CURVES[curve] ?? curve}` };
  }
  if (ML_DSA_PARAMETER_SETS[oid]) {
    return { pkcs8, kind: ML_DSA_PARAMETER_SETS[oid] };
  }
  throw new CredentialsError('KEY_NOT_SUPPORTED',
    `the private key in ${path} is of algorithm ${REFUSED_ALGORITHMS[oid] ?? oid}; Roles Anywhere takes RSA, EC and ML-DSA`);
}
