/**
 * Begins a test run: with a folder for temporary files of its own, which run-teardown.ts takes away, since every App of the AWS CDK that is not
 * told where to write makes a folder, and nobody removes it; and without the validation of templates, unless a test asks for it.
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
  // The AWS CDK validates each template that is synthesised, which takes seconds; those tests that are about it switch it on (stack.ts).
  process.env.CDK_VALIDATION = 'false';
}
