/** Opens encrypted private keys (EncryptedPrivateKeyInfo, RFC 5958 section 3) with their passphrase. */
import { toDer } from './ber';
import { CredentialsError } from './errors';
import { Attempt, decrypt, decryptedElement, Password, passwordsOf } from './password-based-encryption';
import { contextTag, DerCursor, readObjectIdentifier, readSmallInteger, Tag, X509Error } from '../x509';

const WAY_OUT = 'encrypt it anew with "openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW"';

/**
 * Decrypts a private key.
 *
 * @param der EncryptedPrivateKeyInfo, DER or BER
 * @param where names the key in messages: `the private key in host.key`
 * @returns DER of PrivateKeyInfo
 * @throws CredentialsError `PASSPHRASE_WRONG`, `KEY_NOT_SUPPORTED` for encryption that is not read here or costs too much, `KEY_UNREADABLE`
 */
export async function decryptPrivateKey(der: Uint8Array, passphrase: string, where: string): Promise<Uint8Array> {
  for (const password of passwordsOf(passphrase)) {
    const attempt = new Attempt(where, WAY_OUT);
    const key = await attempt.reading('KEY_UNREADABLE', async () => (
      openKey(DerCursor.over(toDer(der), Tag.SEQUENCE, 'EncryptedPrivateKeyInfo'), password, attempt)
    ));
    if (key) {
      return key;
    }
  }
  throw new CredentialsError('PASSPHRASE_WRONG', `the passphrase does not open ${where}`);
}

/**
 * Decrypts a private key with one form of a passphrase.
 *
 * @returns DER of PrivateKeyInfo, or undefined where the passphrase is another one
 * @throws CredentialsError `KEY_NOT_SUPPORTED`; X509Error
 */
export async function openKey(info: DerCursor, password: Password, attempt: Attempt): Promise<Uint8Array | undefined> {
  const algorithm = info.enter(Tag.SEQUENCE, 'encryptionAlgorithm');
  const ciphertext = info.content(info.next(Tag.OCTET_STRING, 'encryptedData'));
  info.finish();
  const key = decryptedElement(await decrypt(algorithm, ciphertext, password, attempt), Tag.SEQUENCE);
  return key && isPrivateKeyInfo(key) ? key : undefined;
}

/** Whether an element has the fields of PrivateKeyInfo: what a wrong passphrase makes of a key has not. */
function isPrivateKeyInfo(der: Uint8Array): boolean {
  try {
    const info = DerCursor.over(der, Tag.SEQUENCE, 'PrivateKeyInfo');
    const version = readSmallInteger(der, info.next(Tag.INTEGER, 'version'));
    const algorithm = info.enter(Tag.SEQUENCE, 'privateKeyAlgorithm');
    readObjectIdentifier(der, algorithm.next(Tag.OBJECT_IDENTIFIER, 'algorithm'));
    info.next(Tag.OCTET_STRING, 'privateKey');
    info.nextIf(contextTag(0));
    info.nextIf(contextTag(1, false));
    return version <= 1 && info.done;
  } catch (error) {
    if (error instanceof X509Error) {
      return false;
    }
    throw error;
  }
}
