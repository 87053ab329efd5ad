/** Removes what the cache does not need any more: credentials of certificates and ARNs that nobody asks for, and what killed processes left. */
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Names that this program gives. Others are left alone: the folder may be one that people use for more. */
const OWN_NAMES = /^(?:[0-9a-f]{64}\.(?:json|failure|lock(?:\.[0-9a-f-]{36})?)|\.roles-anywhere-[0-9a-f-]{36}\.tmp)$/;

/** Milliseconds: no session lasts longer than twelve hours, and nothing is of use to anybody after that. */
const OLD = 24 * 60 * 60_000;

/** Removes files of this program that have not been written to for a day. */
export function removeOldFiles(folder: string, now: number): void {
  for (const name of readdirSync(folder).filter((candidate) => OWN_NAMES.test(candidate))) {
    const path = join(folder, name);
    if (now - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > OLD) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}
