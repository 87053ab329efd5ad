/** What a file of the cache holds: credentials, when they were obtained and expire, and what they were obtained with. */
import type { Lifetime } from './freshness';
import type { Credentials } from '../../src/credentials/response';

/** Credentials of the cache. */
export interface CacheEntry extends Lifetime {
  /** Name of what was asked for; a file that was renamed or linked is none of this name. */
  readonly name: string;
  /** Fingerprint of the identity that they were obtained with. */
  readonly identity: string;
  readonly credentials: Credentials;
}

/** Raised with every change of meaning, so that versions do not misread each other. */
const FORMAT = 1;

/** The file's content. */
export function formatEntry(entry: CacheEntry): string {
  return JSON.stringify({ format: FORMAT, ...entry });
}

/** Reads a file's content; undefined where it is damaged, or not this program's. */
export function parseEntry(bytes: Uint8Array): CacheEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  return isEntry(value) ? value : undefined;
}

function isEntry(value: unknown): value is CacheEntry {
  const { format, name, identity, obtainedAt, expiresAt, credentials } = membersOf(value);
  const { accessKeyId, secretAccessKey, sessionToken, expiration, assumedRoleArn } = membersOf(credentials);
  return format === FORMAT && [name, identity, accessKeyId, secretAccessKey, sessionToken, expiration, assumedRoleArn ?? ''].every(isText)
    && Number.isFinite(obtainedAt) && Number.isFinite(expiresAt);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
}
