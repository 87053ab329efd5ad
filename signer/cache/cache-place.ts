/** The file of the cache that a run's credentials are in. */
import { CacheEntry, parseEntry } from './cache-entry';
import type { CacheKey } from './cache-key';
import type { Platform } from '../platform/platform';

/** The place of a run's credentials in the cache. */
export interface CachePlace extends CacheKey {
  readonly folder: string;
}

/** Path of the file with the credentials. */
export function entryPath({ folder, name }: Pick<CachePlace, 'folder' | 'name'>): string {
  return `${folder}/${name}.json`;
}

/** What a place holds. */
export interface FoundEntry {
  readonly entry?: CacheEntry;
  /** What is wrong with the file. */
  readonly problem?: string;
}

/** Reads the entry of a place; one that was obtained with another certificate is none. */
export async function readEntry(platform: Pick<Platform, 'readFile'>, place: CachePlace): Promise<FoundEntry> {
  const path = entryPath(place);
  let bytes: Uint8Array;
  try {
    bytes = await platform.readFile(path);
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown error';
    return code === 'ENOENT' || code === 'ENOTDIR' ? {} : { problem: `the file ${path} of the cache cannot be read (${code})` };
  }
  const entry = parseEntry(bytes);
  if (entry === undefined) {
    return { problem: `the file ${path} of the cache is damaged` };
  }
  return entry.name === place.name && entry.identity === place.identity ? { entry } : {};
}
