/** What serving HTTP takes and gives, whichever runtime does it. */

/** A request, its body left unread. */
export interface ServerRequest {
  readonly method: string;
  /** Path of the request target without the query, undecoded. */
  readonly path: string;
  /** Value of a header, given by lower-case name. */
  header(name: string): string | undefined;
}

/** An answer. */
export interface ServerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers requests; it never throws. */
export type RequestHandler = (request: ServerRequest) => ServerAnswer | Promise<ServerAnswer>;

/** Where to listen. */
export interface ListenOptions {
  /** An address, IPv4 or IPv6 without brackets. */
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Time to live of the packets that answers travel in. @default - the system's */
  readonly hopLimit?: number;
}

/** A server that listens. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops to accept, lets open requests finish within so many milliseconds, and ends. */
  close(graceMilliseconds: number): Promise<void>;
}

/** @throws SignerError `LISTEN_FAILED`, `NOT_SUPPORTED` where the runtime cannot set the hop limit */
export type Listen = (options: ListenOptions, handler: RequestHandler) => Promise<Listener>;
