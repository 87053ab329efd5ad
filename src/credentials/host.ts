/** What obtaining credentials needs of the machine it runs on. Node.js and Bun each have one small module that provides it; tests have another. */
import { ProxyChoice } from './proxy';

/** A request as it goes out. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  /** Lower-case names. `host` is not among them: it follows from the URL. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How to connect. */
export interface ConnectionOptions {
  /** Whether the server's certificate is checked. */
  readonly verifyTls: boolean;
  /** PEM of the CAs to trust instead of the usual ones. */
  readonly caBundle?: string;
  /** The proxy to go through; a direct connection without one, whatever variables say. */
  readonly proxy?: ProxyChoice;
  /** Milliseconds until the attempt is given up. */
  readonly timeout: number;
}

/** An answer, read to its end. */
export interface HttpResponse {
  readonly status: number;
  /** The value of a header, given by lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

/** Characters of an answer beyond which it is given up: CreateSession's have a few thousand. */
export const MAX_ANSWER_LENGTH = 1024 * 1024;

/** What a connection fails with then. */
export const TOO_LONG = 'the answer is longer than 1 MiB; is it another server?';

/** The machine. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a whole file; rejects with an error whose `code` is the system's (`ENOENT`). */
  readFile(path: string): Promise<Uint8Array>;
  /** Sends a request; rejects where no answer comes. Redirects are not followed. */
  send(request: HttpRequest, options: ConnectionOptions): Promise<HttpResponse>;
  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /** The clock on the wall. */
  now(): Date;
  /** A number from 0 up to 1. */
  random(): number;
}
