/** Fetches the runtimes of other systems that Bun puts into the binaries, each checked against the hash that is pinned for it. */
import { execFile } from 'child_process';
import { createHash } from 'crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { promisify } from 'util';

const runFile = promisify(execFile);

/** Scope of the packages that hold Bun's program, one for each system. */
export const RUNTIME_SCOPE = '@oven';

/** A package that holds a runtime. */
export interface RuntimePackage {
  /** `@oven/bun-linux-x64`. */
  readonly name: string;
  readonly version: string;
  /** Hash of its tarball as npm writes it: `sha512-...`. */
  readonly integrity: string;
}

/** Whether Bun itself is the runtime: where its npm package has brought one, npm has checked that and moved it to where Bun is. */
export function isInstalled({ name }: RuntimePackage, modules: string): boolean {
  const scope = join(modules, RUNTIME_SCOPE);
  const installed = existsSync(scope) ? readdirSync(scope).filter((folder) => folder.startsWith('bun-')) : [];
  return installed.length === 1 && `${RUNTIME_SCOPE}/${installed[0]}` === name;
}

/**
 * The file of a runtime, which npm fetches the first time.
 *
 * @param cache folder where runtimes are kept once they have been checked
 * @throws Error where it cannot be had, or is not what is pinned
 */
export async function fetchRuntime(wanted: RuntimePackage, cache: string, signal?: AbortSignal): Promise<string> {
  const path = join(cache, `${wanted.name.substring(RUNTIME_SCOPE.length + 1)}-${wanted.version}`);
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
 * @throws Error where the tarball is not the one that is pinned
 */
export async function unpackRuntime(tarball: string, { name, version, integrity }: RuntimePackage, path: string): Promise<void> {
  const [algorithm] = integrity.split('-');
  const found = `${algorithm}-${createHash(algorithm).update(readFileSync(tarball)).digest('base64')}`;
  if (found !== integrity) {
    throw new Error(`${name}@${version} is not the package that is pinned: its hash is ${found}, and should be ${integrity}`);
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
