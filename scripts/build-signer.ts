/** Compiles the standalone signer: `npm run build:signer [-- --target linux-x64 --target darwin-arm64 ... --compress]`. */
import { existsSync, rmSync } from 'fs';
import { basename, join, relative } from 'path';
import { bunProgram, checkBun, runtimeOf } from './bun-runtime';
import { projectRoot, signerConstants } from './project';
import { CHECKSUMS_FILE, readChecksums, sha256Of, updateChecksums } from '../src/kit/binaries/checksums';
import { BuiltSigner, compileSigner } from '../src/kit/binaries/compile';
import { gzip } from '../src/kit/binaries/gzip';
import { Progress } from '../src/kit/binaries/progress';
import { BINARY_PREFIX, ownTarget, SIGNER_TARGETS, signerFileName } from '../src/kit/targets';

export { ownTarget, SIGNER_TARGETS, signerFileName };

const TARGET_NAMES = Object.keys(SIGNER_TARGETS).join(', ');

/** Where the binaries go. */
export const SIGNER_FOLDER = join(projectRoot, 'dist', 'signer');

/** How many are compiled at the same time: each takes a core, and the memory of two runtimes. */
const AT_THE_SAME_TIME = 2;

/**
 * Compiles the signer for one target from its source, and puts it under its name only when it is complete.
 *
 * @param folder where the binary goes
 * @param runtime the runtime to put in. @default - the one that package-lock.json pins
 * @throws Error with Bun's own words where it fails
 */
export async function buildSigner(target: string, folder = SIGNER_FOLDER, runtime?: string, signal?: AbortSignal): Promise<BuiltSigner> {
  return compileSigner({
    target,
    folder,
    signal,
    entry: join(projectRoot, 'signer', 'entry-bun.ts'),
    constants: signerConstants(),
    bun: bunProgram(),
    runtime: runtime ?? await runtimeOf(SIGNER_TARGETS[target], signal),
  });
}

/** What to build, and how. */
export interface BuildOrder {
  readonly targets: readonly string[];
  /** Whether a compressed copy is put beside each binary. */
  readonly compress: boolean;
  /** @default SIGNER_FOLDER */
  readonly folder?: string;
  readonly progress: Pick<Progress, 'begin' | 'end'>;
  readonly signal?: AbortSignal;
}

/**
 * Builds for several targets, and brings SHA256SUMS up to date. One that fails does not keep the others from being built.
 *
 * @returns the errors of those that failed
 */
export async function buildSigners({ targets, compress, folder = SIGNER_FOLDER, progress, signal }: BuildOrder): Promise<Error[]> {
  const waiting = [...targets];
  const errors: Error[] = [];
  const built = new Map<string, string>();
  const before = readChecksums(folder);
  const work = async () => {
    for (let target = waiting.shift(); target !== undefined && !signal?.aborted; target = waiting.shift()) {
      progress.begin(target);
      try {
        const signer = await buildSigner(target, folder, undefined, signal);
        const name = basename(signer.path);
        built.set(name, signer.sha256);
        if (before.get(name) !== signer.sha256) {
          // A compressed copy of what was there before would now be of something else.
          rmSync(`${signer.path}.gz`, { force: true });
        }
        const lines = describe(signer);
        if (compress) {
          const size = await gzip(signer.path, signal);
          built.set(`${name}.gz`, await sha256Of(`${signer.path}.gz`));
          lines.push(`${relative(projectRoot, signer.path)}.gz  ${megabytes(size)}, ${Math.round(100 * size / signer.size)} % of it`);
        }
        progress.end(target, lines);
      } catch (error) {
        errors.push(error as Error);
        progress.end(target, [`${target} failed`]);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, work));
  if (existsSync(folder)) {
    await updateChecksums(folder, (name) => name.startsWith(BINARY_PREFIX) && !name.endsWith('.tmp'), built);
  }
  return errors;
}

function describe({ path, size, sha256, seconds }: BuiltSigner): string[] {
  return [`${relative(projectRoot, path)}  ${megabytes(size)}  ${seconds.toFixed(1)} s`, `sha256 ${sha256}`];
}

function megabytes(size: number): string {
  return `${(size / 1e6).toFixed(1)} MB`;
}

/** Reads `--target NAME`, `--target=NAME` (repeatable, or with several names), `--compress`, and nothing else. */
function parseArguments(args: readonly string[]): Pick<BuildOrder, 'targets' | 'compress'> {
  const names: string[] = [];
  let compress = false;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--compress') {
      compress = true;
      continue;
    }
    const match = /^--target(?:=(.*))?$/.exec(args[i]);
    // "--target a b c" is how people write it.
    if (!match && (args[i].startsWith('-') || names.length === 0)) {
      throw new Error(`there is no option ${JSON.stringify(args[i])}; there are --target and --compress`);
    }
    const value = match ? match[1] ?? args[++i] : args[i];
    names.push(...(value ?? '').split(','));
  }
  const unknown = names.filter((name) => !Object.hasOwn(SIGNER_TARGETS, name));
  if (unknown.length > 0) {
    const list = unknown.map((name) => JSON.stringify(name)).join(', ');
    throw new Error(`there is no target ${list}; there are ${TARGET_NAMES}`);
  }
  return { targets: names.length > 0 ? [...new Set(names)] : [requireOwnTarget()], compress };
}

function requireOwnTarget(): string {
  const own = ownTarget();
  if (own === undefined) {
    throw new Error(`there is no target for this machine (${process.platform} ${process.arch}); choose one of ${TARGET_NAMES}`);
  }
  return own;
}

async function main(args: readonly string[], signal: AbortSignal): Promise<void> {
  const order = parseArguments(args);
  checkBun();
  const errors = await buildSigners({ ...order, progress: new Progress(order.targets.length), signal });
  if (signal.aborted) {
    throw new Error('interrupted');
  }
  if (errors.length > 0) {
    throw new Error(errors.map(({ message }) => message).join('\n'));
  }
  console.log(`${relative(projectRoot, join(SIGNER_FOLDER, CHECKSUMS_FILE))} is up to date`);
}

if (require.main === module) {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The builds in progress fail when their programs end, and clean up behind themselves.
    process.on(signal, () => stop.abort());
  }
  main(process.argv.slice(2), stop.signal).catch((error: Error) => {
    console.error(`build:signer: ${error.message}`);
    process.exitCode = 1;
  });
}
