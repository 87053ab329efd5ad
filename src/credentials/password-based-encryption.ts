/** Decrypts what passphrases protect (RFC 8018, RFC 7292 appendix C): the ciphers and key derivations of key files and PKCS#12, in tables. */
import { concatenate, toDer } from './ber';
import { CredentialsError, CredentialsErrorCode } from './errors';
import { KeyPurpose, pkcs12Key } from './pkcs12-key-derivation';
import { decryptRc2Cbc } from './rc2';
import { DerCursor, readInteger, readObjectIdentifier, Tag, X509Error } from '../x509';

/** A passphrase in the forms that the key derivations want. */
export interface Password {
  readonly utf8: Uint8Array;
  /** UTF-16, most significant octet first, with two closing zero octets (RFC 7292 appendix B.1). */
  readonly bmp: Uint8Array;
}

/** The forms of a passphrase. There are two of the empty one: some programs leave its closing zeros out. */
export function passwordsOf(passphrase: string): Password[] {
  const bmp = new Uint8Array(2 * passphrase.length + 2);
  for (let i = 0; i < passphrase.length; i++) {
    bmp[2 * i] = Math.floor(passphrase.charCodeAt(i) / 256);
    bmp[2 * i + 1] = passphrase.charCodeAt(i);
  }
  const utf8 = new TextEncoder().encode(passphrase);
  return passphrase === '' ? [{ utf8, bmp }, { utf8, bmp: utf8 }] : [{ utf8, bmp }];
}

/** What a file may ask for in all, so that none can keep a host busy for long or eat its memory. GnuTLS asks for three times 600,000. */
const LIMITS = {
  pbkdf2Iterations: 5_000_000,
  pkcs12Iterations: 2_000_000,
  /** Octets that one scrypt needs. */
  scryptMemory: 256 * 1024 * 1024,
  /** Blocks of 128 octets that scrypt fills; OpenSSL asks for 131,072. */
  scryptBlocks: 2 * 1024 * 1024,
} as const;

/** One attempt at a file with one passphrase: what messages name, and how much of the allowed work is done. */
export class Attempt {
  private work = 0;

  /**
   * @param where names the file: `the private key in host.key`
   * @param wayOut what to do about encryption that is not read here
   */
  public constructor(public readonly where: string, private readonly wayOut: string) {}

  /**
   * Calls a reader.
   *
   * @throws CredentialsError with this code for what is wrong with the bytes
   */
  public async reading<T>(code: CredentialsErrorCode, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      // Messages of the DER reader name a place and never a value, so they are safe to pass on.
      throw error instanceof X509Error ? new CredentialsError(code, `${this.where} cannot be read: ${error.message}`) : error;
    }
  }

  /** The error for a scheme that is not read here. */
  public notSupported(what: string): CredentialsError {
    return new CredentialsError('KEY_NOT_SUPPORTED', `${this.where} is protected with ${what}; ${this.wayOut}`);
  }

  /** Counts work before it is done. */
  public spend(amount: number, limit: number, what: string): void {
    this.work += amount / limit;
    if (this.work > 1) {
      throw this.notSupported(`${amount} ${what}, and more than ${limit} in a file are refused since they would keep this host busy`);
    }
  }
}

/** Names of what is not read here, for messages. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.5.1': 'pbeWithMD2AndDES-CBC',
  '1.2.840.113549.1.5.3': 'pbeWithMD5AndDES-CBC',
  '1.2.840.113549.1.5.4': 'pbeWithMD2AndRC2-CBC',
  '1.2.840.113549.1.5.6': 'pbeWithMD5AndRC2-CBC',
  '1.2.840.113549.1.5.10': 'pbeWithSHA1AndDES-CBC',
  '1.2.840.113549.1.5.11': 'pbeWithSHA1AndRC2-CBC',
  '1.2.840.113549.1.12.1.1': 'pbeWithSHAAnd128BitRC4',
  '1.2.840.113549.1.12.1.2': 'pbeWithSHAAnd40BitRC4',
  '1.2.840.113549.3.2': 'PBES2 and RC2-CBC',
  '1.2.840.113549.3.4': 'PBES2 and RC4',
  '1.3.14.3.2.7': 'PBES2 and DES-CBC',
  '2.16.840.1.101.3.4.1.6': 'PBES2 and AES-128-GCM',
  '2.16.840.1.101.3.4.1.26': 'PBES2 and AES-192-GCM',
  '2.16.840.1.101.3.4.1.46': 'PBES2 and AES-256-GCM',
  '1.2.392.200011.61.1.1.1.2': 'PBES2 and Camellia-128-CBC',
  '1.2.392.200011.61.1.1.1.3': 'PBES2 and Camellia-192-CBC',
  '1.2.392.200011.61.1.1.1.4': 'PBES2 and Camellia-256-CBC',
  '1.2.410.200046.1.1.2': 'PBES2 and ARIA-128-CBC',
  '1.2.410.200046.1.1.7': 'PBES2 and ARIA-192-CBC',
  '1.2.410.200046.1.1.12': 'PBES2 and ARIA-256-CBC',
  '1.2.643.7.1.1.5.1.1': 'PBES2 and GOST 28147-89',
};

/** A cipher in CBC mode, by its name in node:crypto. */
interface Cipher {
  readonly name: string;
  readonly keyLength: number;
  readonly block: number;
}

const DES_EDE3: Cipher = { name: 'des-ede3-cbc', keyLength: 24, block: 8 };

/** Encryption schemes of PBES2 (RFC 8018 appendix B.2, RFC 3565). */
const CIPHERS: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyLength: 16, block: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyLength: 24, block: 16 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyLength: 32, block: 16 },
  '1.2.840.113549.3.7': DES_EDE3,
};

/** Schemes of PKCS#12, all with SHA-1 (RFC 7292 appendix C). Two-key triple DES uses its first key again as the third. */
const PKCS12_CIPHERS: Readonly<Record<string, Cipher | { readonly name: 'rc2'; readonly keyLength: number; readonly block: 8 }>> = {
  '1.2.840.113549.1.12.1.3': DES_EDE3,
  '1.2.840.113549.1.12.1.4': { ...DES_EDE3, keyLength: 16 },
  '1.2.840.113549.1.12.1.5': { name: 'rc2', keyLength: 16, block: 8 },
  '1.2.840.113549.1.12.1.6': { name: 'rc2', keyLength: 5, block: 8 },
};

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';

/** HMACs by identifier, as hashes of node:crypto (RFC 8018 appendix B.1.2). */
export const HMACS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
  '1.2.840.113549.2.12': 'sha512-224',
  '1.2.840.113549.2.13': 'sha512-256',
};

/**
 * Decrypts.
 *
 * @param algorithm the AlgorithmIdentifier that says how
 * @returns undefined where the result is not padded as it should be: the passphrase is another one
 * @throws CredentialsError `KEY_NOT_SUPPORTED`; X509Error where the parameters are malformed
 */
export async function decrypt(
  algorithm: DerCursor, ciphertext: Uint8Array, password: Password, attempt: Attempt,
): Promise<Uint8Array | undefined> {
  const oid = readIdentifier(algorithm);
  if (oid === PBES2) {
    return decryptPbes2(algorithm.enter(Tag.SEQUENCE, 'parameters'), ciphertext, password, attempt);
  }
  if (PKCS12_CIPHERS[oid]) {
    return decryptPkcs12(oid, algorithm.enter(Tag.SEQUENCE, 'parameters'), ciphertext, password, attempt);
  }
  throw attempt.notSupported(named(oid));
}

async function decryptPbes2(
  parameters: DerCursor, ciphertext: Uint8Array, password: Password, attempt: Attempt,
): Promise<Uint8Array | undefined> {
  const derivation = parameters.enter(Tag.SEQUENCE, 'keyDerivationFunc');
  const scheme = parameters.enter(Tag.SEQUENCE, 'encryptionScheme');
  const oid = readIdentifier(scheme);
  const cipher = CIPHERS[oid];
  if (!cipher) {
    throw attempt.notSupported(named(oid));
  }
  const vector = octets(scheme, 'initialisation vector');
  checkLengths(cipher.block, vector, ciphertext, scheme);
  const key = await deriveKey(derivation, password, cipher.keyLength, attempt);
  return decryptCbc(cipher, key, vector, ciphertext);
}

/** Without a way out of its own, a scheme that is not in the tables is named by its identifier. */
function named(oid: string): string {
  return `${UNSUPPORTED[oid] ?? `the scheme ${oid}`}, which is not read here`;
}

/**
 * Derives a key with PBKDF2 or scrypt.
 *
 * @param derivation the AlgorithmIdentifier that says how
 * @param keyLength octets; undefined where the parameters have to say it
 * @throws CredentialsError `KEY_NOT_SUPPORTED`; X509Error where the parameters are malformed
 */
export async function deriveKey(
  derivation: DerCursor, password: Password, keyLength: number | undefined, attempt: Attempt,
): Promise<Uint8Array> {
  const oid = readIdentifier(derivation);
  if (oid === PBKDF2) {
    return pbkdf2Key(derivation.enter(Tag.SEQUENCE, 'parameters'), password, keyLength, attempt);
  }
  if (oid === SCRYPT) {
    return scryptKey(derivation.enter(Tag.SEQUENCE, 'parameters'), password, keyLength, attempt);
  }
  throw attempt.notSupported(`PBES2 and the key derivation ${oid}, which is not read here`);
}

async function pbkdf2Key(parameters: DerCursor, password: Password, keyLength: number | undefined, attempt: Attempt): Promise<Uint8Array> {
  const salt = octets(parameters, 'salt');
  const iterations = positive(parameters, 'iterationCount');
  const length = readKeyLength(parameters, keyLength);
  // Absent in keys that AWS Certificate Manager exports.
  const prf = parameters.done ? '1.2.840.113549.2.7' : readIdentifier(parameters.enter(Tag.SEQUENCE, 'prf'));
  const hash = HMACS[prf];
  if (!hash) {
    throw attempt.notSupported(`PBKDF2 and the pseudo-random function ${prf}, which is not read here`);
  }
  attempt.spend(iterations, LIMITS.pbkdf2Iterations, 'iterations of PBKDF2');
  const { pbkdf2 } = await import('node:crypto');
  return new Promise((resolve, reject) => {
    pbkdf2(password.utf8, salt, iterations, length, hash, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

async function scryptKey(parameters: DerCursor, password: Password, keyLength: number | undefined, attempt: Attempt): Promise<Uint8Array> {
  const salt = octets(parameters, 'salt');
  const cost = positive(parameters, 'costParameter');
  const blockSize = positive(parameters, 'blockSize');
  const parallelization = positive(parameters, 'parallelizationParameter');
  const length = readKeyLength(parameters, keyLength);
  // RFC 7914 section 2: a power of 2 above 1, and below 2 to the power of 16 times the block size.
  if (cost < 2 || !Number.isInteger(Math.log2(cost)) || Math.log2(cost) >= 16 * blockSize) {
    throw malformed(parameters, 'costParameter is not one that scrypt can have');
  }
  const memory = 128 * blockSize * (cost + parallelization);
  if (memory > LIMITS.scryptMemory) {
    throw attempt.notSupported(`scrypt over ${memory} octets of memory, and more than ${LIMITS.scryptMemory} are refused`);
  }
  attempt.spend(cost * blockSize * parallelization, LIMITS.scryptBlocks, 'blocks of scrypt');
  const { scrypt } = await import('node:crypto');
  // Runtimes count a little more than the tables.
  const options = { N: cost, r: blockSize, p: parallelization, maxmem: 2 * memory + 1024 * blockSize };
  return new Promise((resolve, reject) => {
    scrypt(password.utf8, salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

async function decryptPkcs12(
  oid: string, parameters: DerCursor, ciphertext: Uint8Array, password: Password, attempt: Attempt,
): Promise<Uint8Array | undefined> {
  const cipher = PKCS12_CIPHERS[oid];
  const salt = octets(parameters, 'salt');
  const iterations = readPkcs12Iterations(parameters, attempt);
  checkLengths(cipher.block, undefined, ciphertext, parameters);
  const derivation = { hash: 'sha1', salt, iterations };
  const key = await pkcs12Key(password.bmp, derivation, KeyPurpose.ENCRYPTION, cipher.keyLength);
  const vector = await pkcs12Key(password.bmp, derivation, KeyPurpose.INITIALISATION_VECTOR, cipher.block);
  if (cipher.name === 'rc2') {
    return withoutPadding(decryptRc2Cbc(key, 8 * key.length, vector, ciphertext), cipher.block);
  }
  const threeKeys = key.length === 16 ? concatenate([key, key.subarray(0, 8)]) : key;
  return decryptCbc(cipher, threeKeys, vector, ciphertext);
}

/** Reads the iterations of PKCS#12's own key derivation and counts them. */
export function readPkcs12Iterations(parameters: DerCursor, attempt: Attempt): number {
  const iterations = positive(parameters, 'iterations');
  attempt.spend(iterations, LIMITS.pkcs12Iterations, 'iterations of the key derivation of PKCS#12');
  return iterations;
}

async function decryptCbc(cipher: Cipher, key: Uint8Array, vector: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array | undefined> {
  const { createDecipheriv } = await import('node:crypto');
  const decipher = createDecipheriv(cipher.name, key, vector).setAutoPadding(false);
  return withoutPadding(concatenate([decipher.update(ciphertext), decipher.final()]), cipher.block);
}

/** Takes off 1 to a block of octets, each saying how many they are (RFC 8018 section 6.1.1). */
function withoutPadding(padded: Uint8Array, block: number): Uint8Array | undefined {
  const count = padded[padded.length - 1];
  const padding = padded.subarray(padded.length - count);
  return count >= 1 && count <= block && padding.every((octet) => octet === count) ? padded.subarray(0, padded.length - count) : undefined;
}

function checkLengths(block: number, vector: Uint8Array | undefined, ciphertext: Uint8Array, at: DerCursor): void {
  if (ciphertext.length === 0 || ciphertext.length % block !== 0) {
    throw malformed(at, `the encrypted part has ${ciphertext.length} octets, which are not whole blocks`);
  }
  if (vector && vector.length !== block) {
    throw malformed(at, 'the initialisation vector is not a block');
  }
}

/**
 * The encoding of what was decrypted, as DER; undefined where it is not one whole element of this type, so that the passphrase was
 * another one and its padding looked right by chance, as it does once in 256 times.
 */
export function decryptedElement(plain: Uint8Array | undefined, tag: number): Uint8Array | undefined {
  if (!plain || plain[0] !== tag) {
    return undefined;
  }
  try {
    return toDer(plain);
  } catch (error) {
    if (error instanceof X509Error) {
      return undefined;
    }
    throw error;
  }
}

/** The identifier of an algorithm; its parameters are next. */
export function readIdentifier(algorithm: DerCursor): string {
  return readObjectIdentifier(algorithm.bytes, algorithm.next(Tag.OBJECT_IDENTIFIER, 'algorithm'));
}

function octets(cursor: DerCursor, field: string): Uint8Array {
  return cursor.content(cursor.next(Tag.OCTET_STRING, field));
}

function positive(cursor: DerCursor, field: string): number {
  const element = cursor.next(Tag.INTEGER, field);
  const value = Number(readInteger(cursor.bytes, element));
  if (value < 1) {
    throw malformed(cursor, `${field} is below 1`);
  }
  return value;
}

function readKeyLength(parameters: DerCursor, expected: number | undefined): number {
  const given = parameters.nextTag === Tag.INTEGER ? positive(parameters, 'keyLength') : undefined;
  const length = expected ?? given;
  if (length === undefined || (given !== undefined && given !== length) || length > 64) {
    throw malformed(parameters, 'keyLength is missing or does not fit');
  }
  return length;
}

function malformed(cursor: DerCursor, what: string): X509Error {
  return new X509Error('DER_INVALID_INTEGER', what, cursor.element.start);
}
