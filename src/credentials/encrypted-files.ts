/** Opens encrypted keys and PKCS#12 files, asking for their passphrases once: loaded only where there is such a file. */
import { decryptPrivateKey } from './encrypted-key';
import { CredentialsError } from './errors';
import { Pkcs12, readPkcs12 } from './pkcs12';

/** Answers with a passphrase. */
type Ask = (what: string) => Promise<string>;

/** Remembers the passphrases of files for as long as they are right. */
export class EncryptedFiles {
  private readonly answers = new Map<string, Promise<string>>();

  /** `ask` is undefined where nobody can be asked. */
  public constructor(private readonly ask: Ask | undefined) {}

  /**
   * Decrypts a private key; `path` is its file's.
   *
   * @returns DER of PrivateKeyInfo
   * @throws CredentialsError `KEY_ENCRYPTED` where nobody can be asked, and those of {@link decryptPrivateKey}
   */
  public privateKey(der: Uint8Array, path: string): Promise<Uint8Array> {
    const what = `the private key in ${path}`;
    return this.open(what, (passphrase) => decryptPrivateKey(der, passphrase, what));
  }

  /**
   * Opens a PKCS#12 file. Many have no passphrase, so nobody is asked before the empty one has been tried.
   *
   * @throws CredentialsError `KEY_ENCRYPTED` where nobody can be asked, and those of {@link readPkcs12}
   */
  public async pkcs12(bytes: Uint8Array, path: string): Promise<Pkcs12> {
    const what = `the PKCS#12 file ${path}`;
    const open = (passphrase: string) => readPkcs12(bytes, passphrase, what);
    return (this.answers.has(what) ? undefined : await unlessWrong(open(''))) ?? this.open(what, open);
  }

  /** Forgets every passphrase. */
  public forget(): void {
    this.answers.clear();
  }

  private async open<T>(what: string, open: (passphrase: string) => Promise<T>): Promise<T> {
    const remembered = this.answers.get(what);
    if (remembered) {
      const opened = await unlessWrong(remembered.then(open));
      if (opened !== undefined) {
        return opened;
      }
      // Another file may lie there by now, with another passphrase.
      this.forgetAnswer(what, remembered);
    }
    const answer = this.answerOf(what);
    try {
      return await open(await answer);
    } catch (error) {
      this.forgetAnswer(what, answer);
      throw error;
    }
  }

  /** Those who need the same answer at the same time wait for it together. */
  private answerOf(what: string): Promise<string> {
    if (!this.ask) {
      throw new CredentialsError('KEY_ENCRYPTED', `${what} is encrypted: its passphrase is needed, and there is nobody to ask for it`);
    }
    const answer = this.answers.get(what) ?? this.ask(what);
    this.answers.set(what, answer);
    return answer;
  }

  private forgetAnswer(what: string, answer: Promise<string>): void {
    if (this.answers.get(what) === answer) {
      this.answers.delete(what);
    }
  }
}

/** What was opened, or undefined where the passphrase was wrong. */
async function unlessWrong<T>(opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof CredentialsError && error.code === 'PASSPHRASE_WRONG') {
      return undefined;
    }
    throw error;
  }
}
