/** Finds the Bun that compiles the signer: in the project, in the package, or in PATH. */
import { spawnSync } from 'child_process';
import { existsSync } from 'fs';
import { delimiter, dirname, join } from 'path';
import { KitError } from '../errors';

/** Where the npm package `bun` has its program, in the folder of modules; on every system with this ending. */
export const BUN_IN_MODULES = join('bun', 'bin', 'bun.exe');

/** Where programs of the npm package `bun` and of Bun's own installer are looked for, the nearest first. */
export function bunCandidates(folders: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const inModules = folders.flatMap(upward).map((folder) => join(folder, 'node_modules', BUN_IN_MODULES));
  const name = process.platform === 'win32' ? 'bun.exe' : 'bun';
  const inPath = (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean).map((folder) => join(folder, name));
  return [...new Set([...inModules, ...inPath])].filter((path) => existsSync(path));
}

/** A folder and those above it. */
function upward(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upward(above)];
}

/**
 * The first candidate that runs and has the version. With another one, the runtimes that are pinned would not fit, and the binary would not be
 * the same as everybody else's.
 *
 * @throws KitError `BUN_UNUSABLE` that says how to get it
 */
export function findBun(version: string, candidates: readonly string[]): string {
  const found: string[] = [];
  for (const path of candidates) {
    const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 });
    if (status === 0 && stdout.trim() === version) {
      return path;
    }
    found.push(`${path} ${status === 0 ? `is version ${stdout.trim()}` : 'does not run'}`);
  }
  const what = found.length === 0 ? 'it is not installed' : found.join(', ');
  throw new KitError('BUN_UNUSABLE', `Bun ${version}, which compiles the binaries, is needed, and ${what}; run "npm install --save-dev bun@${version}", `
    + 'with install scripts allowed');
}
