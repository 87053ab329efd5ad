/** Reads the files of a host: certificate, chain and private key, from PEM in any of the usual arrangements. */
import { CredentialsError, CredentialsErrorCode } from './errors';
import { Platform } from './host';
import { findPrivateKey, PrivateKey } from './private-key';
import { MAX_CHAIN_LENGTH } from '../create-session/certificate-headers';
import {
  bytesEqual, Certificate, isCertificateBlock, isPrivateKeyLabel, looksLikeDer, PemBlock, readCertificate, readPem, Tag, X509Error,
} from '../x509';

/** What a host shows and signs with. */
export interface HostIdentity {
  readonly certificate: Certificate;
  /** The certificates to send beside it, in file order, without repetitions. */
  readonly chain: readonly Certificate[];
  readonly privateKey: PrivateKey;
}

/** Where it lies. */
export interface IdentityFiles {
  readonly certificate: string;
  readonly privateKey: string;
  readonly intermediates?: string;
}

/** A file of keys and certificates beyond this is a wrong file. */
const MAX_FILE_LENGTH = 4 * 1024 * 1024;

/**
 * Reads an identity. The first certificate of its file is the host's own; those after it, and then the file of intermediates, are
 * the chain.
 *
 * @throws CredentialsError `FILE_UNREADABLE`, `CERTIFICATE_UNREADABLE`, `CHAIN_TOO_LONG`, `KEY_UNREADABLE`, `KEY_ENCRYPTED`, `KEY_NOT_SUPPORTED`
 */
export async function readIdentity(platform: Platform, files: IdentityFiles): Promise<HostIdentity> {
  const [certificateBytes, keyBytes, intermediateBytes] = await Promise.all([
    readFile(platform, files.certificate, 'certificate'),
    files.privateKey === files.certificate ? undefined : readFile(platform, files.privateKey, 'private key'),
    files.intermediates === undefined ? undefined : readFile(platform, files.intermediates, 'intermediates'),
  ]);
  const [certificate, ...following] = certificatesIn(certificateBytes, files.certificate);
  const intermediates = intermediateBytes === undefined ? [] : intermediatesIn(intermediateBytes, files.intermediates!);
  const curve = certificate.publicKey.kind === 'EC' ? certificate.publicKey.curve : undefined;
  return {
    certificate,
    chain: chainOf(certificate, [...following, ...intermediates]),
    privateKey: findPrivateKey(keyBlocks(keyBytes ?? certificateBytes, files.privateKey), files.privateKey, curve),
  };
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
export async function readFile(platform: Platform, path: string, what: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await platform.readFile(path);
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown error';
    throw new CredentialsError('FILE_UNREADABLE', `the ${what} file ${path} ${READ_ERRORS[code] ?? `cannot be read (${code})`}`, { cause: error });
  }
  if (bytes.length === 0 || bytes.length > MAX_FILE_LENGTH) {
    throw new CredentialsError('FILE_UNREADABLE', `the ${what} file ${path} ${bytes.length === 0 ? 'is empty' : 'is larger than 4 MiB'}`);
  }
  return bytes;
}

/** The certificates of a file that may hold a key as well. */
function certificatesIn(bytes: Uint8Array, path: string): Certificate[] {
  if (looksLikeDer(bytes)) {
    return [readDerCertificate(bytes, path)];
  }
  const blocks = pemBlocks(bytes, path, 'CERTIFICATE_UNREADABLE');
  const certificates = blocks.filter(isCertificateBlock);
  if (certificates.length === 0) {
    throw new CredentialsError('CERTIFICATE_UNREADABLE', `${path} holds no certificate (it holds: ${blocks.map(({ label }) => label).join(', ')})`);
  }
  return certificates.map((block, i) => readOne(block.der, certificates.length === 1 ? 'the certificate' : `certificate ${i + 1}`, path));
}

function readDerCertificate(bytes: Uint8Array, path: string): Certificate {
  if (isPkcs12(bytes)) {
    throw new CredentialsError('CERTIFICATE_UNREADABLE',
      `${path} is a PKCS#12 file, which this version does not read; convert it with "openssl pkcs12 -in FILE -out NEW.pem -nodes"`);
  }
  return readOne(bytes, 'the certificate', path);
}

/** PFX (RFC 7292 section 4) begins with its version, which is 3; its length may be of any form, since it is BER. */
function isPkcs12(bytes: Uint8Array): boolean {
  const content = bytes[1] < 0x80 ? 2 : 2 + (bytes[1] % 0x80);
  return bytes[content] === Tag.INTEGER && bytes[content + 1] === 1 && bytes[content + 2] === 3;
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
  if (!looksLikeDer(bytes) && pemBlocks(bytes, path, 'CERTIFICATE_UNREADABLE').some(({ label }) => isPrivateKeyLabel(label))) {
    throw new CredentialsError('CERTIFICATE_UNREADABLE', `the intermediates file ${path} holds a private key; is it the file of another flag?`);
  }
  return certificatesIn(bytes, path);
}

function keyBlocks(bytes: Uint8Array, path: string): PemBlock[] {
  if (looksLikeDer(bytes)) {
    throw new CredentialsError('KEY_UNREADABLE',
      `the private key file ${path} is DER or PKCS#12, not PEM; convert it with "openssl pkey -in FILE -out NEW.pem"`);
  }
  return pemBlocks(bytes, path, 'KEY_UNREADABLE');
}

function pemBlocks(bytes: Uint8Array, path: string, code: CredentialsErrorCode): PemBlock[] {
  try {
    return readPem(bytes);
  } catch (error) {
    if (!(error instanceof X509Error)) {
      throw error;
    }
    throw new CredentialsError(code, `${path} is not a PEM file: ${error.message}`, { cause: error });
  }
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
