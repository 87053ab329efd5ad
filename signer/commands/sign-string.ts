/** The command `sign-string`: a fixed message, signed with the private key, to try out whether a key, a token or a signing program works. */
import { writeResult } from './output';
import { MessageHash, verifySignature } from '../../src/create-session/algorithms';
import { CredentialsError, oneLine } from '../../src/credentials/errors';
import { MISMATCH_REMEDY } from '../../src/credentials/identity-files';
import { Certificate, DerCursor, readBitString, Tag, toHex } from '../../src/x509';
import { identitySource } from '../identity/identity-source';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';

/** Names of aws_signing_helper for hashes. */
const HASHES: Readonly<Record<string, MessageHash>> = { SHA256: 'SHA-256', SHA384: 'SHA-384', SHA512: 'SHA-512' };

/** What aws_signing_helper signs, and the version of it. */
const MESSAGE = 'AWS Roles Anywhere Credential Helper Signing Test1';

/** Begins what is hashed with the public key. */
const KEY_PREFIX = 'IAM RA';

/**
 * Signs the message of aws_signing_helper and prints the signature.
 *
 * @throws SignerError, CredentialsError, CreateSessionError; `KEY_CERTIFICATE_MISMATCH` where the signature does not verify
 */
export async function signString(platform: Platform, settings: Settings): Promise<void> {
  const format = settings.choice('format', ['json', 'text', 'bin'] as const) ?? 'json';
  const hash = HASHES[settings.choice('digest', Object.keys(HASHES)) ?? 'SHA256'];
  const source = identitySource(platform, settings);
  try {
    const { certificate, signer, certificateSource, keySource } = await source.read();
    const message = await fixedMessage(certificate);
    const signature = await signer.sign(message, hash);
    if (!await verifySignature(certificate, message, signature, hash)) {
      throw new CredentialsError('KEY_CERTIFICATE_MISMATCH', `the private key in ${keySource} does not belong to the certificate `
        + `${oneLine(certificate.subject.toString(), 200)} in ${certificateSource}; ${MISMATCH_REMEDY}`);
    }
    await writeResult(platform, formatSignature(signature, format), 'the signature');
  } finally {
    await source.close();
  }
}

/** The message ends with a hash of the public key: of RSAPublicKey or of the curve's point. With ML-DSA it ends before that. */
async function fixedMessage({ publicKey, subjectPublicKeyInfo }: Certificate): Promise<Uint8Array> {
  if (publicKey.kind === 'ML-DSA') {
    return utf8(MESSAGE);
  }
  const hash = await crypto.subtle.digest('SHA-256', concatenate(utf8(KEY_PREFIX), publicKeyBits(subjectPublicKeyInfo)));
  return concatenate(utf8(MESSAGE), new Uint8Array(hash));
}

/** The key alone, without its algorithm (RFC 5280 4.1.2.7). */
function publicKeyBits(subjectPublicKeyInfo: Uint8Array): Uint8Array {
  const cursor = DerCursor.over(subjectPublicKeyInfo, Tag.SEQUENCE, 'subjectPublicKeyInfo');
  cursor.next(Tag.SEQUENCE, 'algorithm');
  return readBitString(subjectPublicKeyInfo, cursor.next(Tag.BIT_STRING, 'subjectPublicKey')).octets;
}

/** Without a line end, as aws_signing_helper prints it. */
function formatSignature(signature: Uint8Array, format: 'json' | 'text' | 'bin'): string | Uint8Array {
  const text = toHex(signature);
  return format === 'bin' ? signature : format === 'text' ? text : JSON.stringify(text);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
