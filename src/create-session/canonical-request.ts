/** The canonical request: the one text that both sides make of a request, whatever happened to it on the way (AWS Signature Version 4). */
import { CreateSessionError } from './errors';
import { sha256Hex } from './sha256';

/** The only path of the operation. */
export const SESSIONS_PATH = '/sessions';

/** What goes into the canonical request. */
export interface CanonicalRequestInput {
  readonly method: string;
  readonly path: string;
  /** As it stands in the URL, without the question mark. */
  readonly query: string;
  /** Name and value of every header that may be signed; the same name may come more than once. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
  /** Lower-case names, sorted. */
  readonly signedHeaders: readonly string[];
  readonly body: Uint8Array;
}

/**
 * Writes the canonical request.
 *
 * @throws CreateSessionError `MISSING_HEADER` where a signed header is not among the headers, `BAD_QUERY`
 */
export async function canonicalRequest(input: CanonicalRequestInput): Promise<string> {
  // Begun first, because WebCrypto works beside what follows.
  const bodyHash = sha256Hex(input.body);
  const values = canonicalHeaders(input.headers);
  const lines = input.signedHeaders.map((name) => {
    const value = values.get(name);
    if (value === undefined) {
      throw new CreateSessionError('MISSING_HEADER', `the header ${name} is signed, but was not sent`);
    }
    return `${name}:${value}\n`;
  });
  return [
    input.method,
    input.path,
    canonicalQuery(input.query),
    lines.join(''),
    input.signedHeaders.join(';'),
    await bodyHash,
  ].join('\n');
}

/** Header values by lower-case name: blanks around them cut, runs of blanks made one, repeated headers joined with commas. */
function canonicalHeaders(headers: ReadonlyArray<readonly [string, string]>): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const canonical = value.trim().replace(/ {2,}/g, ' ');
    const earlier = values.get(key);
    values.set(key, earlier === undefined ? canonical : `${earlier},${canonical}`);
  }
  return values;
}

/** Orders by code unit. `localeCompare` would order by language, and differently on every machine. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Encodes everything but the unreserved characters of RFC 3986 section 2.3, which `encodeURIComponent` does but for five. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Writes a query from names and values, in canonical form. */
export function formatQuery(parameters: ReadonlyArray<readonly [string, string]>): string {
  return parameters
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => byCodeUnit(nameA, nameB) || byCodeUnit(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/**
 * Reads a query as it stands in a URL. A plus is a blank, as in forms.
 *
 * @throws CreateSessionError `BAD_QUERY` where a percent sign does not begin an octet of UTF-8
 */
export function parseQuery(query: string): Array<[string, string]> {
  return query.split('&').filter((part) => part !== '').map((part) => {
    const equals = part.indexOf('=');
    return equals === -1
      ? [decodePart(part), '']
      : [decodePart(part.substring(0, equals)), decodePart(part.substring(equals + 1))];
  });
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    throw new CreateSessionError('BAD_QUERY', 'the query has a percent sign that does not begin an octet of UTF-8');
  }
}

/** A query in canonical form, from the form it has in the URL. */
export function canonicalQuery(query: string): string {
  return formatQuery(parseQuery(query));
}
