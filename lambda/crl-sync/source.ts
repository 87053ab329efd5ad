/** What comes from a distribution point or a bucket, and how it is read within bounds. */
import { Readable } from 'node:stream';
import { SyncError } from './errors';

/** What a server gave to ask by, the next time, whether anything has changed (RFC 9110 section 8.8). */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** What was had: the bytes, or the word that they are those of last time. */
export type Fetched =
  | { readonly notModified: true }
  | { readonly notModified: false; readonly body: Uint8Array; readonly validators: Validators };

/** One place to have a list from. */
export interface Source {
  /** The place for logs: without query string and user name. */
  readonly label: string;

  /**
   * Fetches the bytes.
   *
   * @param signal ends it, the body included
   * @param validators those of the list that is imported, to be told when it is the same. @default - the bytes are wanted in any case
   * @throws SyncError with a FETCH_ code
   */
  fetch(signal: AbortSignal, validators?: Validators): Promise<Fetched>;
}

/** Larger than every list that the service takes and every one that its reader takes in earnest; what is larger is no list. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Reads a body to its end.
 *
 * @throws SyncError `FETCH_TOO_LARGE` as soon as it is longer than 10 MB; whatever the stream throws
 */
export async function readBody(stream: Readable, label: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      throw tooLarge(label);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The error for a body of more than 10 MB. */
export function tooLarge(label: string): SyncError {
  return new SyncError('FETCH_TOO_LARGE', `${label} is larger than 10 MB, and the service takes 300,000 bytes`);
}
