/** Remembers between warm invocations what servers gave to ask by whether a list has changed. */
import { createHash } from 'node:crypto';
import { Validators } from './source';
import { CertificateRevocationList } from '../../src/x509';

interface Memory {
  readonly validators: Validators;
  readonly digest: string;
}

/**
 * The validators of each place, together with the list that they stand for.
 *
 * They are used only while that very list is what is imported. A server that says "not modified" of anything else, of a list that was
 * refused or that somebody has replaced in the meantime, would keep the function from ever fetching the right one.
 */
export class SourceMemory {
  private readonly memories = new Map<string, Memory>();

  /**
   * What to ask by, where the list that the place gave last is the imported one.
   *
   * @param place index among the sources of the list: a URL may hold secrets, and without its query string it is not unique
   */
  public recall(list: string, place: number, imported: CertificateRevocationList | undefined): Validators | undefined {
    const memory = this.memories.get(key(list, place));
    return memory && imported && memory.digest === digestOf(imported) ? memory.validators : undefined;
  }

  /** Keeps what a place gave with a list that is now imported. */
  public remember(list: string, place: number, crl: CertificateRevocationList, validators: Validators): void {
    if (validators.etag !== undefined || validators.lastModified !== undefined) {
      this.memories.set(key(list, place), { validators, digest: digestOf(crl) });
    }
  }
}

function key(list: string, place: number): string {
  return `${list}/${place}`;
}

/** Of the signed part: an ECDSA signature made again is no other list. */
function digestOf({ tbsCertList }: CertificateRevocationList): string {
  return createHash('sha256').update(tbsCertList).digest('hex');
}
