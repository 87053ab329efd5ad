/** Takes away the temporary files of a test run (run-setup.ts). */
import { rmSync } from 'fs';
import { tmpdir } from 'os';
import { basename } from 'path';
import { RUN_FOLDER_PREFIX } from './run-setup';

/** Runs after all tests. What cannot be removed is no reason to fail them, and is said. */
export default function tearDown(): void {
  const folder = tmpdir();
  if (!basename(folder).startsWith(RUN_FOLDER_PREFIX)) {
    throw new Error(`${folder} is not the folder of this run`);
  }
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    console.warn(`temporary files of this run are left: ${(error as Error).message}`);
  }
}
