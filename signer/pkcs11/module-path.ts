/** Finds the file of a PKCS#11 module. It is always loaded by its full path: a bare name would be looked for in the working directory too. */
import { statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { Pkcs11Uri } from './uri';
import { SignerError } from '../errors';

/** What is asked of the machine. */
export interface ModuleHost {
  /** As `process.platform` and `process.arch` name them. */
  readonly platform: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  kind(path: string): 'file' | 'folder' | undefined;
}

/** This machine. */
export const thisHost: ModuleHost = {
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  kind: (path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isDirectory() ? 'folder' : found && 'file';
  },
};

/** Folders of libraries on Linux by processor, as Debian has them. */
const MULTIARCH: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/** Below folders of libraries, where packages put modules. */
const SUBFOLDERS = ['', 'pkcs11', 'softhsm'];

const HOW_TO_FIND = '"p11-kit list-modules" shows the modules that are registered, and --pkcs11-lib takes a path';

/**
 * The path of the module to load: the one that was named, else the one that a URI names, else p11-kit's proxy, which stands for all
 * modules that are registered on the machine.
 *
 * @param library value of `--pkcs11-lib`: a path, or a file name to be looked for where libraries are
 * @throws SignerError `TOKEN_UNREADABLE` where there is no such file, `NOT_SUPPORTED` on Windows
 */
export function findModule(library: string | undefined, uris: readonly Pkcs11Uri[], host: ModuleHost = thisHost): string {
  if (host.platform === 'win32') {
    throw new SignerError('NOT_SUPPORTED',
      'PKCS#11 modules are not loaded on Windows; have the key used by a program of your own with --sign-command');
  }
  if (library !== undefined) {
    return findLibrary(library, host);
  }
  for (const { modulePath, moduleName } of uris) {
    if (modulePath !== undefined && (moduleName === undefined || host.kind(modulePath) !== 'folder')) {
      return findLibrary(modulePath, host);
    }
    if (moduleName !== undefined) {
      return findNamed(moduleName, modulePath === undefined ? libraryFolders(host) : [modulePath], host);
    }
  }
  return findDefault(host);
}

function findLibrary(library: string, host: ModuleHost): string {
  if (!library.includes('/')) {
    return find([library], libraryFolders(host), host, library);
  }
  const path = resolve(library);
  if (host.kind(path) !== 'file') {
    throw new SignerError('TOKEN_UNREADABLE',
      `the PKCS#11 module ${path} ${host.kind(path) ? 'is a folder' : 'does not exist'}; ${HOW_TO_FIND}`);
  }
  return path;
}

/** A name without the parts that differ from system to system: `softhsm2` for `libsofthsm2.so`. */
function findNamed(name: string, folders: readonly string[], host: ModuleHost): string {
  const extension = extensionOf(host);
  return find([`${name}${extension}`, `lib${name}${extension}`, name], folders, host, name);
}

function findDefault(host: ModuleHost): string {
  const name = `p11-kit-proxy${extensionOf(host)}`;
  const folders = libraryFolders(host);
  const path = lookUp([name], folders, host);
  if (path === undefined) {
    throw new SignerError('TOKEN_UNREADABLE',
      `p11-kit's proxy module ${name} is not on this machine (looked in ${folders.join(', ')}); install p11-kit, or give the token's own module with --pkcs11-lib`);
  }
  return path;
}

function find(names: readonly string[], folders: readonly string[], host: ModuleHost, asked: string): string {
  const path = lookUp(names, folders, host);
  if (path === undefined) {
    throw new SignerError('TOKEN_UNREADABLE', `there is no PKCS#11 module ${asked} in ${folders.join(', ')}; ${HOW_TO_FIND}`);
  }
  return path;
}

function lookUp(names: readonly string[], folders: readonly string[], host: ModuleHost): string | undefined {
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => host.kind(path) === 'file');
}

function extensionOf({ platform }: ModuleHost): string {
  return platform === 'darwin' ? '.dylib' : '.so';
}

/** The folders that the system's loader looks in, and those below them where modules are. */
function libraryFolders(host: ModuleHost): string[] {
  const { platform, arch, env } = host;
  const variable = platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  // An empty entry means the working directory to the loader.
  const named = (env[variable] ?? '').split(':').filter(isAbsolute);
  const triple = MULTIARCH[arch];
  const usual = platform === 'darwin'
    ? ['/opt/homebrew/lib', '/usr/local/lib', '/opt/local/lib', '/Library/OpenSC/lib']
    : ['/usr/local/lib', ...(triple ? [`/usr/lib/${triple}`] : []), '/usr/lib64', '/usr/lib', '/run/current-system/sw/lib'];
  return [...new Set([...named, ...usual])].flatMap((folder) => SUBFOLDERS.map((below) => join(folder, below)))
    .filter((folder) => host.kind(folder) === 'folder');
}
