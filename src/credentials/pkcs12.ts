/** Reads PKCS#12 files (RFC 7292): checks their MAC, decrypts what is inside, and finds out which certificate a key belongs to. */
import { implicitOctets, toDer } from './ber';
import { openKey } from './encrypted-key';
import { CredentialsError, oneLine } from './errors';
import {
  Attempt, decrypt, decryptedElement, deriveKey, HMACS, Password, passwordsOf, readIdentifier, readPkcs12Iterations,
} from './password-based-encryption';
import { KeyPurpose, pkcs12Key } from './pkcs12-key-derivation';
import { keyBlock, readPrivateKey } from './private-key';
import {
  bytesEqual, Certificate, contextTag, DerCursor, readCertificate, readObjectIdentifier, readSmallInteger, readString, Tag, toHex, X509Error,
} from '../x509';

/** What the entries of a file are called there. */
interface Entry {
  /** In hexadecimal; the same for a key and its certificate. */
  readonly localKeyId?: string;
  readonly friendlyName?: string;
}

/** A certificate of a file. */
export interface Pkcs12Certificate extends Entry {
  readonly certificate: Certificate;
}

/** A private key of a file. */
export interface Pkcs12Key extends Entry {
  /** DER of PrivateKeyInfo. */
  readonly pkcs8: Uint8Array;
}

/** What a file holds, in its order; secrets and revocation lists are left out. */
export interface Pkcs12 {
  readonly certificates: readonly Pkcs12Certificate[];
  readonly keys: readonly Pkcs12Key[];
}

/** A certificate with what belongs to it. */
export interface Pkcs12Identity {
  readonly certificate: Certificate;
  /** From the certificate's issuer upwards, without a self-signed one. */
  readonly chain: readonly Certificate[];
  /** Undefined where the file holds certificates alone. */
  readonly key?: Pkcs12Key;
}

const WAY_OUT = 'convert it to PEM with "openssl pkcs12 -legacy -in FILE -out NEW.pem"';

const DATA = '1.2.840.113549.1.7.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const PBMAC1 = '1.2.840.113549.1.5.14';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';

const Bag = {
  KEY: '1.2.840.113549.1.12.10.1.1',
  SHROUDED_KEY: '1.2.840.113549.1.12.10.1.2',
  CERTIFICATE: '1.2.840.113549.1.12.10.1.3',
  SAFE_CONTENTS: '1.2.840.113549.1.12.10.1.6',
} as const;

/** Hashes of the MAC by identifier, as node:crypto calls them. */
const HASHES: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.5': 'sha512-224',
  '2.16.840.1.101.3.4.2.6': 'sha512-256',
};

/**
 * Opens a file.
 *
 * @param bytes PFX, DER or BER
 * @param where names the file in messages: `the PKCS#12 file host.p12`
 * @throws CredentialsError `PASSPHRASE_WRONG`, `KEY_NOT_SUPPORTED` for protection that is not read here or costs too much,
 * `CERTIFICATE_UNREADABLE` where the file or a certificate in it is damaged
 */
export async function readPkcs12(bytes: Uint8Array, passphrase: string, where: string): Promise<Pkcs12> {
  for (const password of passwordsOf(passphrase)) {
    const attempt = new Attempt(where, WAY_OUT);
    const contents = await attempt.reading('CERTIFICATE_UNREADABLE', async () => openPfx(toDer(bytes), password, attempt));
    if (contents) {
      return contents;
    }
  }
  throw new CredentialsError('PASSPHRASE_WRONG', `the passphrase does not open ${where}`);
}

/** Undefined where the passphrase is another one. */
async function openPfx(der: Uint8Array, password: Password, attempt: Attempt): Promise<Pkcs12 | undefined> {
  const pfx = DerCursor.over(der, Tag.SEQUENCE, 'PFX');
  const version = readSmallInteger(der, pfx.next(Tag.INTEGER, 'version'));
  if (version !== 3) {
    throw attempt.notSupported(`PKCS#12 of version ${version}, which is not read here`);
  }
  const authSafe = pfx.enter(Tag.SEQUENCE, 'authSafe');
  const contentType = readIdentifier(authSafe);
  if (contentType !== DATA) {
    const what = contentType === SIGNED_DATA ? 'a signature instead of a MAC' : `content of type ${contentType}`;
    throw attempt.notSupported(`${what}, which is not read here`);
  }
  const content = explicit(authSafe);
  const safes = content.content(content.next(Tag.OCTET_STRING, 'data'));
  const macData = pfx.nextIf(Tag.SEQUENCE);
  pfx.finish();
  // The MAC comes last: its key takes far longer to derive than the keys of today's ciphers, which tell a wrong passphrase as well.
  const contents = await new Reading(password, attempt).authenticatedSafe(toDer(safes));
  return contents && macData && !await isMacRight(pfx.into(macData, 'macData'), safes, password, attempt) ? undefined : contents;
}

async function isMacRight(macData: DerCursor, message: Uint8Array, password: Password, attempt: Attempt): Promise<boolean> {
  const mac = macData.enter(Tag.SEQUENCE, 'mac');
  const algorithm = mac.enter(Tag.SEQUENCE, 'digestAlgorithm');
  const expected = mac.content(mac.next(Tag.OCTET_STRING, 'digest'));
  const salt = macData.content(macData.next(Tag.OCTET_STRING, 'macSalt'));
  const { hash, key } = await macKey(algorithm, macData, salt, password, attempt);
  const { createHmac } = await import('node:crypto');
  return bytesEqual(createHmac(hash, key).update(message).digest(), expected);
}

async function macKey(
  algorithm: DerCursor, macData: DerCursor, salt: Uint8Array, password: Password, attempt: Attempt,
): Promise<{ readonly hash: string; readonly key: Uint8Array }> {
  const oid = readIdentifier(algorithm);
  if (oid === PBMAC1) {
    // RFC 9579: salt and iterations of MacData itself mean nothing then.
    const parameters = algorithm.enter(Tag.SEQUENCE, 'parameters');
    const derivation = parameters.enter(Tag.SEQUENCE, 'keyDerivationFunc');
    const scheme = readIdentifier(parameters.enter(Tag.SEQUENCE, 'messageAuthScheme'));
    return { hash: known(HMACS, scheme, attempt), key: await deriveKey(derivation, password, undefined, attempt) };
  }
  const hash = known(HASHES, oid, attempt);
  const iterations = macData.done ? 1 : readPkcs12Iterations(macData, attempt);
  const { createHash } = await import('node:crypto');
  const length = createHash(hash).digest().length;
  return { hash, key: await pkcs12Key(password.bmp, { hash, salt, iterations }, KeyPurpose.MAC, length) };
}

function known(names: Readonly<Record<string, string>>, oid: string, attempt: Attempt): string {
  if (!names[oid]) {
    throw attempt.notSupported(`a MAC of algorithm ${oid}, which is not read here`);
  }
  return names[oid];
}

/** Walks through a file with one form of the passphrase. Its methods return undefined where something does not open with it. */
class Reading {
  private readonly certificates: Pkcs12Certificate[] = [];
  private readonly keys: Pkcs12Key[] = [];

  public constructor(private readonly password: Password, private readonly attempt: Attempt) {}

  public async authenticatedSafe(der: Uint8Array): Promise<Pkcs12 | undefined> {
    const safes = DerCursor.over(der, Tag.SEQUENCE, 'AuthenticatedSafe');
    while (!safes.done) {
      const contents = await this.safe(safes.enter(Tag.SEQUENCE, 'contentInfo'));
      if (!contents || !await this.safeContents(DerCursor.over(contents, Tag.SEQUENCE, 'SafeContents'))) {
        return undefined;
      }
    }
    return { certificates: this.certificates, keys: this.keys };
  }

  /** DER of SafeContents. */
  private async safe(info: DerCursor): Promise<Uint8Array | undefined> {
    const contentType = readIdentifier(info);
    const content = explicit(info);
    if (contentType === DATA) {
      return toDer(content.content(content.next(Tag.OCTET_STRING, 'data')));
    }
    if (contentType !== ENCRYPTED_DATA) {
      throw this.attempt.notSupported(`content of type ${contentType}, which is not read here`);
    }
    const encrypted = content.enter(Tag.SEQUENCE, 'encryptedData');
    encrypted.next(Tag.INTEGER, 'version');
    const encryptedInfo = encrypted.enter(Tag.SEQUENCE, 'encryptedContentInfo');
    encryptedInfo.next(Tag.OBJECT_IDENTIFIER, 'contentType');
    const algorithm = encryptedInfo.enter(Tag.SEQUENCE, 'contentEncryptionAlgorithm');
    const ciphertext = implicitOctets(encryptedInfo, contextTag(0, false), 'encryptedContent');
    return decryptedElement(await decrypt(algorithm, ciphertext, this.password, this.attempt), Tag.SEQUENCE);
  }

  private async safeContents(contents: DerCursor): Promise<boolean> {
    while (!contents.done) {
      const bag = contents.enter(Tag.SEQUENCE, 'safeBag');
      const type = readIdentifier(bag);
      const value = explicit(bag);
      const entry = bag.done ? {} : readAttributes(bag.enter(Tag.SET, 'bagAttributes'));
      if (!await this.bag(type, value, entry)) {
        return false;
      }
    }
    return true;
  }

  private async bag(type: string, value: DerCursor, entry: Entry): Promise<boolean> {
    switch (type) {
      case Bag.CERTIFICATE:
        this.certificate(value.enter(Tag.SEQUENCE, 'certBag'), entry);
        return true;
      case Bag.KEY:
        this.keys.push({ ...entry, pkcs8: value.encoding(value.next(Tag.SEQUENCE, 'keyBag')) });
        return true;
      case Bag.SHROUDED_KEY: {
        const pkcs8 = await openKey(value.enter(Tag.SEQUENCE, 'shroudedKeyBag'), this.password, this.attempt);
        if (pkcs8) {
          this.keys.push({ ...entry, pkcs8 });
        }
        return pkcs8 !== undefined;
      }
      case Bag.SAFE_CONTENTS:
        return this.safeContents(value.enter(Tag.SEQUENCE, 'safeContents'));
      default:
        return true;
    }
  }

  private certificate(bag: DerCursor, entry: Entry): void {
    if (readIdentifier(bag) !== X509_CERTIFICATE) {
      return;
    }
    const value = explicit(bag);
    const der = value.content(value.next(Tag.OCTET_STRING, 'certificate'));
    try {
      this.certificates.push({ ...entry, certificate: readCertificate(der) });
    } catch (error) {
      const what = `certificate ${this.certificates.length + 1} in ${this.attempt.where}`;
      throw error instanceof X509Error ? new CredentialsError('CERTIFICATE_UNREADABLE', `${what} cannot be read: ${error.message}`) : error;
    }
  }
}

/** The inside of an explicit `[0]`. */
function explicit(cursor: DerCursor): DerCursor {
  return cursor.enter(contextTag(0), 'content');
}

function readAttributes(attributes: DerCursor): Entry {
  const entry: { -readonly [Name in keyof Entry]: Entry[Name] } = {};
  while (!attributes.done) {
    const attribute = attributes.enter(Tag.SEQUENCE, 'attribute');
    const type = readObjectIdentifier(attribute.bytes, attribute.next(Tag.OBJECT_IDENTIFIER, 'type'));
    const values = attribute.enter(Tag.SET, 'values');
    if (type === LOCAL_KEY_ID && values.nextTag === Tag.OCTET_STRING) {
      entry.localKeyId = toHex(values.content(values.nextAny()));
    } else if (type === FRIENDLY_NAME && values.nextTag === Tag.BMP_STRING) {
      entry.friendlyName = readString(values.bytes, values.nextAny());
    }
  }
  return entry;
}

/**
 * The one identity of a file: its key with the certificate of it, or, where no key tells, the one certificate that issued none of the
 * others.
 *
 * @throws CredentialsError `CERTIFICATE_UNREADABLE` where there is no certificate or no telling which, `KEY_UNREADABLE` where there are
 * several keys with certificates, `KEY_CERTIFICATE_MISMATCH` where no certificate belongs to the key
 */
export async function identityOf(contents: Pkcs12, where: string): Promise<Pkcs12Identity> {
  const { certificates, keys } = contents;
  if (certificates.length === 0) {
    throw new CredentialsError('CERTIFICATE_UNREADABLE', `${where} holds no certificate`);
  }
  if (keys.length === 0 || (keys.length === 1 && await isUnknown(keys[0]))) {
    const certificate = leafAmong(certificates, where);
    return { certificate, chain: chainAbove(certificate, certificates), key: keys[0] };
  }
  const pairs: Array<{ readonly key: Pkcs12Key; readonly entry: Pkcs12Certificate }> = [];
  for (const key of keys) {
    const entry = await certificateOf(key, certificates);
    if (entry) {
      pairs.push({ key, entry });
    }
  }
  if (pairs.length > 1) {
    const names = pairs.map(({ key, entry }) => key.friendlyName ?? entry.certificate.subject.toString()).join(', ');
    throw new CredentialsError('KEY_UNREADABLE',
      `${where} holds ${pairs.length} private keys with certificates (${oneLine(names, 300)}); leave only one of them`);
  }
  if (pairs.length === 0) {
    throw new CredentialsError('KEY_CERTIFICATE_MISMATCH', `${where} holds no certificate that belongs to its private key`);
  }
  const [{ key, entry: { certificate } }] = pairs;
  return { certificate, chain: chainAbove(certificate, certificates), key };
}

/**
 * The private key of a certificate that came from elsewhere: the only one of the file, or the one that fits.
 *
 * @throws CredentialsError `KEY_UNREADABLE` where there is none, `KEY_CERTIFICATE_MISMATCH` where none of several fits
 */
export async function keyFor(certificate: Certificate, { keys }: Pkcs12, where: string): Promise<Pkcs12Key> {
  if (keys.length === 0) {
    throw new CredentialsError('KEY_UNREADABLE', `${where} holds no private key`);
  }
  if (keys.length === 1) {
    return keys[0];
  }
  for (const key of keys) {
    if (await certificateOf({ pkcs8: key.pkcs8 }, [{ certificate }])) {
      return key;
    }
  }
  throw new CredentialsError('KEY_CERTIFICATE_MISMATCH', `none of the ${keys.length} private keys in ${where} belongs to the certificate`);
}

/** By the identifier that both bear; where that tells nothing, by the public key. */
async function certificateOf(key: Pkcs12Key, certificates: readonly Pkcs12Certificate[]): Promise<Pkcs12Certificate | undefined> {
  const named = certificates.filter(({ localKeyId }) => localKeyId !== undefined && localKeyId === key.localKeyId);
  if (named.length === 1) {
    return named[0];
  }
  const publicKey = await publicKeyOf(key);
  return publicKey && certificates.find(({ certificate }) => bytesEqual(certificate.subjectPublicKeyInfo, publicKey));
}

/** Whether nothing tells which certificate a key belongs to. What is wrong with the key is found out when it is used. */
async function isUnknown(key: Pkcs12Key): Promise<boolean> {
  return key.localKeyId === undefined && await publicKeyOf(key) === undefined;
}

/**
 * SubjectPublicKeyInfo of a private key, or undefined where this runtime cannot read the key: because it is damaged, or of a kind that the
 * runtime does not know, as Node.js 20 does not know ML-DSA.
 */
async function publicKeyOf({ pkcs8 }: Pkcs12Key): Promise<Uint8Array | undefined> {
  const { createPrivateKey, createPublicKey } = await import('node:crypto');
  try {
    const { pkcs8: key } = readPrivateKey(keyBlock('PRIVATE KEY', pkcs8), '', undefined);
    return createPublicKey(createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' })).export({ format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function leafAmong(certificates: readonly Pkcs12Certificate[], where: string): Certificate {
  const leaves = certificates.filter(({ certificate }) => !certificates.some((other) => (
    other.certificate !== certificate && other.certificate.issuer.equals(certificate.subject)
  )));
  if (leaves.length !== 1) {
    throw new CredentialsError('CERTIFICATE_UNREADABLE',
      `${where} holds ${leaves.length} certificates that issued none of the others, and no key that tells which of them is the host's own`);
  }
  return leaves[0].certificate;
}

/** The path from a certificate's issuer upwards. A self-signed certificate is a trust anchor's, which has it already. */
function chainAbove(leaf: Certificate, entries: readonly Pkcs12Certificate[]): Certificate[] {
  const candidates = new Set(entries.map(({ certificate }) => certificate).filter(({ subject, issuer }) => !subject.equals(issuer)));
  candidates.delete(leaf);
  const chain: Certificate[] = [];
  for (let issuer = issuerOf(leaf, candidates); issuer; issuer = issuerOf(issuer, candidates)) {
    candidates.delete(issuer);
    chain.push(issuer);
  }
  return chain;
}

/** By name; where several have the name, as after a renewal with a new key, by the identifier of the key as well. */
function issuerOf({ issuer, authorityKeyIdentifier }: Certificate, candidates: ReadonlySet<Certificate>): Certificate | undefined {
  const named = [...candidates].filter(({ subject }) => subject.equals(issuer));
  const identifier = authorityKeyIdentifier?.keyIdentifier;
  return named.find(({ subjectKeyIdentifier }) => identifier && subjectKeyIdentifier && bytesEqual(identifier, subjectKeyIdentifier)) ?? named[0];
}
