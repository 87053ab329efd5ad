/** Builds the module of awkward-module.c. */
import { execFileSync, spawnSync } from 'child_process';
import { join } from 'path';

/** Why it cannot be built here, or undefined where it can. */
export const compilerMissing: string | undefined = spawnSync('cc', ['--version']).status !== 0 ? 'there is no C compiler' : undefined;

/** Builds it into a folder, and returns its path. */
export function buildAwkwardModule(folder: string): string {
  const path = join(folder, 'awkward-module.so');
  execFileSync('cc', ['-std=gnu11', '-shared', '-fPIC', '-O1', '-w', '-o', path, join(__dirname, 'awkward-module.c'), '-ldl'], { stdio: 'pipe', timeout: 60_000 });
  return path;
}
