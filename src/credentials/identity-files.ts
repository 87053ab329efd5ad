/** Reads the files of a host: certificate, chain and private key, in any of the usual arrangements. This is the hot path of the signer. */
import type { EncryptedFiles } from './encrypted-files';
import { CredentialsError, CredentialsErrorCode } from './errors';
import type { Host } from './host';
import type { Identity, IdentitySource } from './identity';
import { relativePathHint } from './paths';
import { derKeyBlock, ENCRYPTED_KEY, findKeyBlock, keyBlock, PrivateKey, readPrivateKey } from './private-key';
import { describeKey, MessageSigner, privateKeySigner, signingAlgorithmOf } from '../create-session/algorithms';
import { MAX_CHAIN_LENGTH } from '../create-session/certificate-headers';
import { CreateSessionError } from '../create-session/errors';
import {
  bytesEqual, Certificate, isCertificateBlock, isPrivateKeyLabel, looksLikeDer, PemBlock, readCertificate, readPem, Tag, X509Error,
} from '../x509';

/** Where an identity lies. */
export interface IdentityFiles {
  readonly certificate: string;
  /** The same path as the certificate's where one file has both. */
  readonly privateKey: string;
  readonly intermediates?: string;
}

/** Asks for the passphrase of an encrypted file, which `what` names for people. */
export type Passphrase = (what: string) => Promise<string>;

type FileReader = Pick<Host, 'readFile'>;

/** What a certificate shows, and the key where it came in the same file. */
interface PublicIdentity {
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  /** DER of PrivateKeyInfo. */
  readonly pkcs8?: Uint8Array;
}

/** What to do about `KEY_CERTIFICATE_MISMATCH`. */
export const MISMATCH_REMEDY = 'name the key that the certificate was issued for, or have a certificate issued for this key';

/** A file of keys and certificates beyond this is a wrong file. */
const MAX_FILE_LENGTH = 4 * 1024 * 1024;

/**
 * The identity in a host's files.
 *
 * The first certificate of its file is the host's own; those after it, and then the file of intermediates, are the chain. A PKCS#12 file
 * tells by the key which certificate is the host's own, and has the key as well unless that is named to be elsewhere.
 *
 * Each `read()` reads the files anew. It throws CredentialsError `FILE_UNREADABLE`, `CERTIFICATE_UNREADABLE`, `CHAIN_TOO_LONG`,
 * `KEY_UNREADABLE`, `KEY_ENCRYPTED`, `KEY_NOT_SUPPORTED`, `KEY_CERTIFICATE_MISMATCH` or `PASSPHRASE_WRONG`, and CreateSessionError
 * `KEY_NOT_SUPPORTED` or `ALGORITHM_NOT_AVAILABLE`.
 *
 * @param passphrase asked only where a file is encrypted; its answers are remembered until one is wrong, or the source is closed
 */
export function fileIdentitySource(host: FileReader, files: IdentityFiles, passphrase?: Passphrase): IdentitySource {
  const opener = new Opener(passphrase);
  return {
    read: () => readIdentity(host, files, opener),
    close: () => opener.close(),
  };
}

/**
 * Reads certificate and chain alone, for those whose key is elsewhere.
 *
 * @throws CredentialsError as {@link fileIdentitySource}, but for what is about keys
 */
export async function readPublicIdentity(
  host: FileReader, files: Pick<IdentityFiles, 'certificate' | 'intermediates'>, passphrase?: Passphrase,
): Promise<Pick<Identity, 'certificate' | 'chain'>> {
  const [certificateBytes, intermediateBytes] = await Promise.all([
    readFile(host, files.certificate, 'certificate'),
    files.intermediates === undefined ? undefined : readFile(host, files.intermediates, 'intermediates'),
  ]);
  const { certificate, chain } = await publicIdentityIn(certificateBytes, intermediateBytes, files, new Opener(passphrase));
  return { certificate, chain };
}

/** Leads to what opens encrypted files, which is loaded for the first of them. */
class Opener {
  private files: Promise<EncryptedFiles> | undefined;

  public constructor(private readonly passphrase: Passphrase | undefined) {}

  public open(): Promise<EncryptedFiles> {
    return this.files ??= import('./encrypted-files.js').then((module) => new module.EncryptedFiles(this.passphrase));
  }

  public async close(): Promise<void> {
    (await this.files)?.forget();
  }
}

/** System error codes in words. */
const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist: a part of its path is a file',
  EACCES: 'may not be read by this user; change its owner or its permissions',
  EPERM: 'may not be read by this user; change its owner or its permissions',
  EISDIR: 'is a directory, not a file',
  ELOOP: 'is a symbolic link that leads nowhere',
  ENAMETOOLONG: 'has a name longer than the system allows',
};

/**
 * Reads a file.
 *
 * @param what names it in messages: `certificate`
 * @throws CredentialsError `FILE_UNREADABLE`
 */
export async function readFile(host: FileReader, path: string, what: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await host.readFile(path);
  } catch (error) {
    if (error instanceof CredentialsError) {
      throw error;
    }
    const code = (error as { code?: string }).code ?? 'unknown error';
    const hint = code === 'ENOENT' ? relativePathHint(path) : '';
    throw new CredentialsError('FILE_UNREADABLE', `the ${what} file ${path} ${READ_ERRORS[code] ?? `cannot be read (${code})`}${hint}`, { cause: error });
  }
  if (bytes.length === 0 || bytes.length > MAX_FILE_LENGTH) {
    throw new CredentialsError('FILE_UNREADABLE', `the ${what} file ${path} ${bytes.length === 0 ? 'is empty' : 'is larger than 4 MiB'}`);
  }
  return bytes;
}

async function readIdentity(host: FileReader, files: IdentityFiles, opener: Opener): Promise<Identity> {
  const [certificateBytes, keyBytes, intermediateBytes] = await Promise.all([
    readFile(host, files.certificate, 'certificate'),
    files.privateKey === files.certificate ? undefined : readFile(host, files.privateKey, 'private key'),
    files.intermediates === undefined ? undefined : readFile(host, files.intermediates, 'intermediates'),
  ]);
  const { certificate, chain, pkcs8 } = await publicIdentityIn(certificateBytes, intermediateBytes, files, opener);
  const block = keyBytes === undefined && pkcs8 ? keyBlock('PRIVATE KEY', pkcs8)
    : await keyBlockIn(keyBytes ?? certificateBytes, files.privateKey, certificate, opener);
  const curve = certificate.publicKey.kind === 'EC' ? certificate.publicKey.curve : undefined;
  return {
    certificate,
    chain,
    signer: await openPrivateKey(certificate, readPrivateKey(block, files.privateKey, curve), files),
    certificateSource: files.certificate,
    keySource: files.privateKey,
  };
}

async function publicIdentityIn(
  certificateBytes: Uint8Array, intermediateBytes: Uint8Array | undefined, files: Pick<IdentityFiles, 'certificate' | 'intermediates'>,
  opener: Opener,
): Promise<PublicIdentity> {
  const { certificate, chain, pkcs8 } = isPkcs12(certificateBytes)
    ? await pkcs12IdentityIn(certificateBytes, files.certificate, opener) : plainIdentityIn(certificateBytes, files.certificate);
  const intermediates = intermediateBytes === undefined ? [] : intermediatesIn(intermediateBytes, files.intermediates!);
  return { certificate, chain: chainOf(certificate, [...chain, ...intermediates]), pkcs8 };
}

function plainIdentityIn(bytes: Uint8Array, path: string): PublicIdentity {
  const [certificate, ...chain] = certificatesIn(bytes, path);
  return { certificate, chain };
}

async function pkcs12IdentityIn(bytes: Uint8Array, path: string, opener: Opener): Promise<PublicIdentity> {
  const contents = await (await opener.open()).pkcs12(bytes, path);
  const { identityOf } = await import('./pkcs12.js');
  const { certificate, chain, key } = await identityOf(contents, `the PKCS#12 file ${path}`);
  return { certificate, chain, pkcs8: key?.pkcs8 };
}

/** The private key of a file, decrypted where it was encrypted. */
async function keyBlockIn(bytes: Uint8Array, path: string, certificate: Certificate, opener: Opener): Promise<PemBlock> {
  if (isPkcs12(bytes)) {
    const contents = await (await opener.open()).pkcs12(bytes, path);
    const { keyFor } = await import('./pkcs12.js');
    return keyBlock('PRIVATE KEY', (await keyFor(certificate, contents, `the PKCS#12 file ${path}`)).pkcs8);
  }
  const block = isDerKey(bytes) ? derKeyBlock(bytes, path) : findKeyBlock(pemBlocks(bytes, path, 'KEY_UNREADABLE'), path);
  return block.label === ENCRYPTED_KEY ? keyBlock('PRIVATE KEY', await (await opener.open()).privateKey(block.der, path)) : block;
}

/** Unlike certificates, keys can be so short that their length is a character of text. */
function isDerKey(bytes: Uint8Array): boolean {
  return looksLikeDer(bytes) || (bytes[0] === Tag.SEQUENCE && bytes.length === 2 + bytes[1]);
}

async function openPrivateKey(certificate: Certificate, privateKey: PrivateKey, files: IdentityFiles): Promise<MessageSigner> {
  signingAlgorithmOf(certificate.publicKey);
  const expected = certificate.publicKey.kind === 'RSA' ? 'RSA' : describeKey(certificate.publicKey);
  if (privateKey.kind !== expected) {
    throw new CredentialsError('KEY_CERTIFICATE_MISMATCH',
      `the private key in ${files.privateKey} is ${privateKey.kind}, and the certificate in ${files.certificate} is for ${expected}; ${MISMATCH_REMEDY}`);
  }
  try {
    return await privateKeySigner(certificate.publicKey, privateKey.pkcs8);
  } catch (error) {
    throw error instanceof CreateSessionError && error.code === 'KEY_INVALID'
      ? new CredentialsError('KEY_UNREADABLE', `the private key in ${files.privateKey} cannot be used: ${error.message}`)
      : error;
  }
}

/** The certificates of a file that may hold a key as well. */
function certificatesIn(bytes: Uint8Array, path: string): Certificate[] {
  if (looksLikeDer(bytes)) {
    return [readOne(bytes, 'the certificate', path)];
  }
  const blocks = pemBlocks(bytes, path, 'CERTIFICATE_UNREADABLE');
  const certificates = blocks.filter(isCertificateBlock);
  if (certificates.length === 0) {
    const hint = blocks.some(({ label }) => isPrivateKeyLabel(label)) ? '; are --certificate and --private-key exchanged?' : '';
    throw new CredentialsError('CERTIFICATE_UNREADABLE',
      `${path} holds no certificate (it holds: ${blocks.map(({ label }) => label).join(', ')})${hint}`);
  }
  return certificates.map((block, i) => readOne(block.der, certificates.length === 1 ? 'the certificate' : `certificate ${i + 1}`, path));
}

/** Whether a file is PKCS#12: PFX (RFC 7292 section 4) begins with its version, which is 3; its length may be of any form, since it is BER. */
export function isPkcs12(bytes: Uint8Array): boolean {
  const content = bytes[1] < 0x80 ? 2 : 2 + (bytes[1] % 0x80);
  return looksLikeDer(bytes) && bytes[content] === Tag.INTEGER && bytes[content + 1] === 1 && bytes[content + 2] === 3;
}

function readOne(der: Uint8Array, what: string, path: string): Certificate {
  try {
    return readCertificate(der);
  } catch (error) {
    throw new CredentialsError('CERTIFICATE_UNREADABLE', `${what} in ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** The certificates of a file that is meant for certificates alone. */
function intermediatesIn(bytes: Uint8Array, path: string): Certificate[] {
  if (isPkcs12(bytes)) {
    throw new CredentialsError('CERTIFICATE_UNREADABLE', `the intermediates file ${path} is PKCS#12; name a PEM file of certificates alone`);
  }
  if (!looksLikeDer(bytes) && pemBlocks(bytes, path, 'CERTIFICATE_UNREADABLE').some(({ label }) => isPrivateKeyLabel(label))) {
    throw new CredentialsError('CERTIFICATE_UNREADABLE', `the intermediates file ${path} holds a private key; is it the file of another flag?`);
  }
  return certificatesIn(bytes, path);
}

function pemBlocks(bytes: Uint8Array, path: string, code: CredentialsErrorCode): PemBlock[] {
  try {
    return readPem(bytes);
  } catch (error) {
    if (!(error instanceof X509Error)) {
      throw error;
    }
    const why = isJavaKeyStore(bytes) ? JAVA_KEY_STORE_HINT : error.message;
    throw new CredentialsError(code, `${path} is not a PEM file: ${why}`, { cause: error });
  }
}

const JAVA_KEY_STORE_HINT = 'it is a Java key store; make PKCS#12 of it with '
  + '"keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype pkcs12"';

/** By the four octets that JKS files begin with, and those of JCEKS. */
function isJavaKeyStore(bytes: Uint8Array): boolean {
  return ['fe,ed,fe,ed', 'ce,ce,ce,ce'].includes(Array.from(bytes.subarray(0, 4), (octet) => octet.toString(16)).join());
}

/** Leaves out what is there twice: bundles often begin with the host's own certificate again. */
function chainOf(leaf: Certificate, candidates: readonly Certificate[]): Certificate[] {
  const chain: Certificate[] = [];
  for (const candidate of candidates) {
    if (![leaf, ...chain].some(({ raw }) => bytesEqual(raw, candidate.raw))) {
      chain.push(candidate);
    }
  }
  if (chain.length > MAX_CHAIN_LENGTH) {
    const root = chain.some(({ subject, issuer }) => subject.equals(issuer)) ? '; leave out the root, which the trust anchor has' : '';
    throw new CredentialsError('CHAIN_TOO_LONG',
      `there are ${chain.length} certificates beside the host's own, and Roles Anywhere takes ${MAX_CHAIN_LENGTH}${root}`);
  }
  return chain;
}
