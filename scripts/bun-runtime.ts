/** Finds Bun, which compiles the signer, and the runtimes of other systems that it puts into the binaries, each checked against package-lock.json. */
import { execFile, spawnSync } from 'child_process';
import { createHash } from 'crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join, relative } from 'path';
import { promisify } from 'util';
import { projectRoot } from './project';

const runFile = promisify(execFile);

const MODULES = join(projectRoot, 'node_modules');

/** Where runtimes are kept once they have been checked. */
const CACHE = join(MODULES, '.cache', 'bun-runtimes');

/** Scope of the packages that hold Bun's program, one for each system. */
const SCOPE = '@oven';

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

/** A package of the lock file that holds a runtime. */
export interface RuntimePackage {
  /** `@oven/bun-linux-x64`. */
  readonly name: string;
  readonly version: string;
  /** Hash of its tarball as npm writes it: `sha512-...`. */
  readonly integrity: string;
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
  const names = [exact, exact.replace('-baseline', '')].map((name) => `${SCOPE}/${name}`);
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
  const installed = existsSync(join(MODULES, SCOPE)) ? readdirSync(join(MODULES, SCOPE)).filter((name) => name.startsWith('bun-')) : [];
  if (installed.length === 1 && `${SCOPE}/${installed[0]}` === wanted.name) {
    // `npm ci` has checked it, and moved its program to where bunProgram() is.
    return bunProgram();
  }
  const path = join(CACHE, `${wanted.name.substring(SCOPE.length + 1)}-${wanted.version}`);
  if (!existsSync(path)) {
    const folder = mkdtempSync(join(tmpdir(), 'bun-runtime-'));
    try {
      await unpackRuntime(await fetchPackage(wanted, folder, signal), wanted, path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return path;
}

/** Has npm fetch a package, from its own cache where it is there. Returns the tarball's path. */
async function fetchPackage({ name, version }: RuntimePackage, folder: string, signal?: AbortSignal): Promise<string> {
  const args = ['pack', `${name}@${version}`, '--prefer-offline', '--silent', '--pack-destination', folder];
  // npm names itself to the scripts that it runs; found by name, it is a shell script on Windows.
  const npm = process.env.npm_execpath;
  try {
    await (npm ? runFile(process.execPath, [npm, ...args], { signal }) : runFile('npm', args, { signal, shell: process.platform === 'win32' }));
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`npm could not fetch ${name}@${version}: ${wordsOf(error)}`, { cause: error });
  }
  return join(folder, readdirSync(folder)[0]);
}

/** What a program said before it failed, or why it could not be run. */
function wordsOf(error: unknown): string {
  const { stderr, message } = error as Error & { readonly stderr?: string };
  return stderr?.trim() || message;
}

/**
 * Checks the tarball of a runtime's package, and takes the program out of it.
 *
 * @param path where the program goes; it is there only when it is complete
 * @throws Error where the tarball is not the one that the lock file pins
 */
export async function unpackRuntime(tarball: string, { name, version, integrity }: RuntimePackage, path: string): Promise<void> {
  const [algorithm] = integrity.split('-');
  const found = `${algorithm}-${createHash(algorithm).update(readFileSync(tarball)).digest('base64')}`;
  if (found !== integrity) {
    throw new Error(`${name}@${version} is not the package that package-lock.json pins: its hash is ${found}, and should be ${integrity}`);
  }
  mkdirSync(dirname(path), { recursive: true });
  const folder = mkdtempSync(`${path}-`);
  try {
    await runFile('tar', ['-xzf', tarball, '-C', folder]).catch((error: unknown) => {
      throw new Error(`tar could not unpack ${name}@${version}: ${wordsOf(error)}`, { cause: error });
    });
    const bin = join(folder, 'package', 'bin');
    const program = join(bin, readdirSync(bin).find((file) => /^bun(?:\.exe)?$/.test(file)) ?? 'bun');
    chmodSync(program, 0o755);
    renameSync(program, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
