/** What the signer needs of the machine it runs on. Node.js and Bun each have one small module that provides it; tests have another. */

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

/** The machine. */
export interface Platform {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runtime and version for diagnosis: `Node.js v20.19.0`. */
  readonly runtime: string;
  /** Reads a whole file; rejects with an error whose `code` is the system's (`ENOENT`). */
  readFile(path: string): Promise<Uint8Array>;
  /** Permission bits of a file, or undefined where the system has none. */
  fileMode(path: string): Promise<number | undefined>;
  /** Writes all of the text to standard output, or rejects. */
  writeOutput(text: string): Promise<void>;
  /** Writes all of the text to standard error; a closed one is no reason to fail. */
  writeDiagnostics(text: string): Promise<void>;
  /** Sends a request; rejects where no answer comes. Redirects are not followed. */
  send(request: HttpRequest, options: ConnectionOptions): Promise<HttpResponse>;
  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /** The clock on the wall. */
  now(): Date;
  /** A number from 0 up to 1. */
  random(): number;
}

/** The proxy that the usual variables name for a URL, and why; undefined where the connection is direct. */
export interface ProxyChoice {
  readonly url: string;
  /** Name of the variable. */
  readonly variable: string;
}

/** The variables that name a proxy, the first of each pair before the second. */
export const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const;

/**
 * Reads `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, upper or lower case. As with AWS's own helper, loopback is never proxied.
 */
export function proxyFor(url: URL, env: Platform['env']): ProxyChoice | undefined {
  const names = url.protocol === 'https:' ? PROXY_VARIABLES.slice(0, 2) : PROXY_VARIABLES.slice(2);
  const variable = names.find((name) => env[name]);
  if (variable === undefined || isLoopback(url.hostname) || isExcluded(url, env.NO_PROXY || env.no_proxy || '')) {
    return undefined;
  }
  const value = env[variable]!;
  return { url: value.includes('://') ? value : `http://${value}`, variable };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

/** Entries are `*`, a host, a domain with or without a leading dot, each with or without a port. */
function isExcluded(url: URL, noProxy: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy.split(',').map((entry) => entry.trim().toLowerCase()).filter(Boolean).some((entry) => {
    const [, name, entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry)!;
    const domain = name.replace(/^\*?\./, '');
    const matches = name === '*' || url.hostname === domain || url.hostname.endsWith(`.${domain}`);
    return matches && (entryPort === undefined || entryPort === port);
  });
}
