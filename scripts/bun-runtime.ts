/** Finds Bun, which compiles the signer, and the runtimes of other systems that it puts into the binaries, each checked against package-lock.json. */
import { spawnSync } from 'child_process';
import { existsSync, readFileSync } from 'fs';
import { join, relative } from 'path';
import { projectRoot } from './project';
import { fetchRuntime, isInstalled, RUNTIME_SCOPE, RuntimePackage } from '../src/kit/binaries/runtimes';

const MODULES = join(projectRoot, 'node_modules');

/** Where runtimes are kept once they have been checked. */
const CACHE = join(MODULES, '.cache', 'bun-runtimes');

/** Bun's program from the npm package. */
export function bunProgram(): string {
  return join(MODULES, 'bun', 'bin', 'bun.exe');
}

/**
 * Makes sure that Bun is there and runs.
 *
 * @throws Error that says how to get it
 */
export function checkBun(program = bunProgram()): void {
  const name = relative(projectRoot, program);
  if (!existsSync(program)) {
    throw new Error(`Bun, which compiles the binaries, is not installed (${name} is missing); run "npm ci" first`);
  }
  const { status, error, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (error || status !== 0) {
    const why = (error?.message ?? stderr.trim()) || `exit code ${status}`;
    // The package has a placeholder until its install script has run.
    throw new Error(`Bun, which compiles the binaries, does not run (${name}: ${why.split('\n')[0]}); `
      + 'run "npm rebuild bun", with install scripts allowed');
  }
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity?: string } | undefined>>;
}

/**
 * The package that holds the runtime of a target, as package-lock.json pins it.
 *
 * @param bunTarget Bun's name of the target: `bun-linux-x64-baseline`
 * @throws Error where the lock file has none
 */
export function runtimePackage(bunTarget: string, lockFile = join(projectRoot, 'package-lock.json')): RuntimePackage {
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as LockFile;
  const exact = bunTarget.replace('-arm64', '-aarch64');
  // Where there is no package of a baseline build, the only build there is runs on old processors as well.
  const names = [exact, exact.replace('-baseline', '')].map((name) => `${RUNTIME_SCOPE}/${name}`);
  const name = names.find((candidate) => packages[`node_modules/${candidate}`]?.integrity);
  if (name === undefined) {
    throw new Error(`package-lock.json pins no runtime for ${bunTarget}; looked for ${[...new Set(names)].join(' and ')}`);
  }
  const { version, integrity } = packages[`node_modules/${name}`]!;
  return { name, version, integrity: integrity! };
}

/**
 * The file of a target's runtime: Bun itself where the target is this machine's, otherwise one that npm fetches the first time.
 *
 * @throws Error where it cannot be had, or is not what the lock file says
 */
export async function runtimeOf(bunTarget: string, signal?: AbortSignal): Promise<string> {
  const wanted = runtimePackage(bunTarget);
  return isInstalled(wanted, MODULES) ? bunProgram() : fetchRuntime(wanted, CACHE, signal);
}
