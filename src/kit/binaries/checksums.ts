/** Keeps SHA256SUMS, the list that `sha256sum -c` checks, complete over several builds. */
import { createHash } from 'crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { pipeline } from 'stream/promises';

/** Name of the list, in the folder of what it lists. */
export const CHECKSUMS_FILE = 'SHA256SUMS';

/** SHA-256 of a file, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The hashes that a folder's list has, by file name; empty where there is no list. */
export function readChecksums(folder: string): Map<string, string> {
  const path = join(folder, CHECKSUMS_FILE);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split(/\r?\n/) : [];
  // Two blanks, or a blank and the asterisk of binary mode.
  const entries = lines.map((line) => /^([0-9a-f]{64}) [ *](.+)$/.exec(line)).filter((match) => match !== null);
  return new Map(entries.map(([, hash, name]) => [name, hash]));
}

/**
 * Writes the list of a folder anew: what has just been built with its new hash, what was in the list before with the hash that it had, and
 * files that had been left out. Entries of files that are no longer there are dropped.
 *
 * @param isListed whether a file belongs on the list
 * @param built hashes of the files that have just been written, by name
 */
export async function updateChecksums(folder: string, isListed: (name: string) => boolean, built: ReadonlyMap<string, string>): Promise<void> {
  const before = readChecksums(folder);
  const lines: string[] = [];
  for (const name of readdirSync(folder).filter(isListed).sort()) {
    // What was listed is not hashed again: a file that somebody has changed since is to be found by those who check.
    lines.push(`${built.get(name) ?? before.get(name) ?? await sha256Of(join(folder, name))}  ${name}\n`);
  }
  const temporary = join(folder, `${CHECKSUMS_FILE}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, lines.join(''));
    renameSync(temporary, join(folder, CHECKSUMS_FILE));
  } finally {
    rmSync(temporary, { force: true });
  }
}
