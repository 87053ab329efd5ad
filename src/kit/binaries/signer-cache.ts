/** Keeps the binaries that kits bring, so that each is compiled once, by whoever needs it first. */
import { createHash } from 'crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'fs';
import { homedir } from 'os';
import { join } from 'path';
import { BUN_IN_MODULES, bunCandidates, findBun } from './bun';
import { readChecksums, sha256Of, updateChecksums } from './checksums';
import { compileSigner } from './compile';
import { gzip } from './gzip';
import { withLock } from './lock';
import { RuntimePins } from './pins';
import { fetchRuntime, isInstalled } from './runtimes';
import { STANDALONE_FOLDER } from '../assets';
import { KitError } from '../errors';
import { SIGNER_TARGETS, signerFileName } from '../targets';

/** A binary, and a compressed copy of it. */
export interface CachedSigner {
  readonly path: string;
  readonly gzipPath: string;
}

/** How a binary is come by. */
export interface SignerOrder {
  readonly target: string;
  /** @default - the folder of the user's caches */
  readonly cache?: string;
  /** What is compiled. @default STANDALONE_FOLDER */
  readonly source?: string;
  /** Programs that may be Bun. @default - those of the working directory, of the package and of PATH */
  readonly candidates?: readonly string[];
  /** Called when it has to be compiled. */
  readonly onBuild?: () => void;
  readonly signal?: AbortSignal;
}

/** The folder for caches of this package. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  // The XDG specification has relative paths ignored.
  const xdg = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : undefined;
  const base = platform === 'win32' ? env.LOCALAPPDATA : xdg;
  return join(base || join(homedir(), '.cache'), 'cdk-roles-anywhere');
}

/**
 * The binary of a target: from the cache where it is there and unharmed, otherwise compiled.
 *
 * @throws KitError `BUN_UNUSABLE` where it has to be compiled and Bun is missing, `BUILD_FAILED` where that fails, `NOT_WRITABLE`
 */
export async function cachedSigner(order: SignerOrder): Promise<CachedSigner> {
  const { target, cache = cacheFolder(), source = STANDALONE_FOLDER, signal } = order;
  const pins = JSON.parse(readFileSync(join(source, 'runtimes.json'), 'utf8')) as RuntimePins;
  const folder = join(cache, 'signer', sourceKey(source));
  const path = join(folder, target, signerFileName(target));
  const found = { path, gzipPath: `${path}.gz` };
  if (await isUnharmed(folder, target)) {
    return found;
  }
  makeFolder(cache);
  await withLock(join(cache, `${sourceKey(source)}-${target}.lock`), async () => {
    // Whoever had the lock before may have done it.
    if (!await isUnharmed(folder, target)) {
      await build(order, pins, cache, folder, source);
    }
  }, signal);
  return found;
}

function makeFolder(cache: string): void {
  try {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new KitError('NOT_WRITABLE', `the folder of caches ${cache} cannot be written to (${code}); XDG_CACHE_HOME names another one`);
  }
}

/** What the binary is made of, the version of Bun among it. */
function sourceKey(source: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(source).sort()) {
    const content = readFileSync(join(source, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').substring(0, 32);
}

/** Each target has a list of checksums of its own, so that two that are built at the same time do not write the same one. */
async function isUnharmed(folder: string, target: string): Promise<boolean> {
  const name = signerFileName(target);
  const listed = readChecksums(join(folder, target));
  for (const file of [name, `${name}.gz`]) {
    const path = join(folder, target, file);
    if (!existsSync(path) || listed.get(file) !== await sha256Of(path)) {
      return false;
    }
  }
  return true;
}

async function build(order: SignerOrder, pins: RuntimePins, cache: string, folder: string, source: string): Promise<void> {
  const { target, candidates = bunCandidates([process.cwd(), __dirname], process.env), onBuild, signal } = order;
  const bun = findBun(pins.bun, candidates);
  onBuild?.();
  // Of one that was stopped halfway.
  rmSync(join(folder, target), { recursive: true, force: true });
  try {
    const wanted = pins.runtimes[SIGNER_TARGETS[target]];
    const isOwn = bun.endsWith(BUN_IN_MODULES) && isInstalled(wanted, bun.slice(0, -BUN_IN_MODULES.length));
    const runtime = isOwn ? bun : await fetchRuntime(wanted, join(cache, 'bun-runtimes'), signal);
    const built = await compileSigner({ target, entry: 'entry-bun.js', bundle: source, bun, runtime, folder: join(folder, target), signal });
    await gzip(built.path, signal);
    const files = [signerFileName(target), `${signerFileName(target)}.gz`];
    const hashes = new Map<string, string>();
    for (const file of files) {
      hashes.set(file, await sha256Of(join(folder, target, file)));
    }
    await updateChecksums(join(folder, target), (name) => files.includes(name), hashes);
  } catch (error) {
    signal?.throwIfAborted();
    throw new KitError('BUILD_FAILED', `the signer for ${target} could not be built: ${(error as Error).message}`);
  }
}
