/**
 * Gives a test run a folder for temporary files of its own, which it takes away in the end (run-folder-teardown.ts). Every App of the AWS CDK
 * that is not told where to write makes a folder, and nobody removes it: a run leaves hundreds.
 */
import { chmodSync, mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

/** Begin of the folder's name, short since paths of sockets are. */
export const RUN_FOLDER_PREFIX = 'ra-tests-';

/** Runs before the workers are started, which inherit the variables, as do the programs that tests start. */
export default function setUp(): void {
  const folder = mkdtempSync(join(tmpdir(), RUN_FOLDER_PREFIX));
  // As the system's own is, so that tests with another user's programs do not notice.
  chmodSync(folder, 0o1777);
  // The names that Node.js and others look at: the first on POSIX systems, the others on Windows.
  Object.assign(process.env, { TMPDIR: folder, TEMP: folder, TMP: folder });
}
