/** Compiles the standalone signer: `npm run build:signer [-- --target linux-x64 --target darwin-arm64 ... --compress]`. */
import { spawn } from 'child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'fs';
import { basename, join, relative } from 'path';
import { bunProgram, checkBun, runtimeOf } from './bun-runtime';
import { CHECKSUMS_FILE, readChecksums, sha256Of, updateChecksums } from './checksums';
import { gzip } from './gzip';
import { signAdHoc } from './macho-signature';
import { Progress } from './progress';
import { projectRoot, signerConstants } from './project';

/**
 * What can be built, with Bun's name for it. On x64 that is the baseline build everywhere, because hosts that are worth keeping are often
 * older than the processors (2013) that the other build needs.
 */
export const SIGNER_TARGETS: Readonly<Record<string, string>> = {
  'linux-x64': 'bun-linux-x64-baseline',
  'linux-arm64': 'bun-linux-arm64',
  'linux-x64-musl': 'bun-linux-x64-musl-baseline',
  'linux-arm64-musl': 'bun-linux-arm64-musl',
  'darwin-x64': 'bun-darwin-x64',
  'darwin-arm64': 'bun-darwin-arm64',
  'windows-x64': 'bun-windows-x64-baseline',
};

const TARGET_NAMES = Object.keys(SIGNER_TARGETS).join(', ');

/** Where the binaries go. */
export const SIGNER_FOLDER = join(projectRoot, 'dist', 'signer');

const FILE_PREFIX = 'roles-anywhere-signer-';

/** How many are compiled at the same time: each takes a core, and the memory of two runtimes. */
const AT_THE_SAME_TIME = 2;

/** What came out. */
export interface BuiltSigner {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly seconds: number;
}

/** The target that this machine can run, or undefined where there is none for it. */
export function ownTarget(): string | undefined {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const isMusl = process.platform === 'linux' && readdirSync('/lib').some((name) => name.startsWith('ld-musl-'));
  const name = `${system}-${process.arch}${isMusl ? '-musl' : ''}`;
  return name in SIGNER_TARGETS ? name : undefined;
}

/** File name of the binary for a target. */
export function signerFileName(target: string): string {
  return `${FILE_PREFIX}${target}${target.startsWith('windows') ? '.exe' : ''}`;
}

/**
 * Compiles the signer for one target, and puts it under its name only when it is complete. The same source gives the same bytes, on whatever
 * machine and in whatever folder.
 *
 * @param folder where the binary goes
 * @param runtime the runtime to put in. @default - the one that package-lock.json pins
 * @throws Error with Bun's own words where it fails
 */
export async function buildSigner(target: string, folder = SIGNER_FOLDER, runtime?: string, signal?: AbortSignal): Promise<BuiltSigner> {
  const start = performance.now();
  const program = runtime ?? await runtimeOf(SIGNER_TARGETS[target], signal);
  mkdirSync(folder, { recursive: true });
  // Bun leaves its unfinished files in the folder it runs in.
  const workshop = mkdtempSync(join(folder, '.build-'));
  try {
    const unfinished = join(workshop, signerFileName(target));
    await runBun(target, unfinished, workshop, program, signal);
    if (target.startsWith('darwin')) {
      writeFileSync(unfinished, signAdHoc(readFileSync(unfinished), 'roles-anywhere-signer'));
    }
    const path = join(folder, signerFileName(target));
    chmodSync(unfinished, 0o755);
    renameSync(unfinished, path);
    return { path, size: statSync(path).size, sha256: await sha256Of(path), seconds: (performance.now() - start) / 1000 };
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** The name of the output is a part of it, and the only thing from outside that is. */
function runBun(target: string, output: string, folder: string, runtime: string, signal: AbortSignal | undefined): Promise<void> {
  const args = [
    'build', '--compile', '--minify', `--target=${SIGNER_TARGETS[target]}`, `--outfile=${output}`,
    // Without it, modules that a command or a flag loads when it needs them are loaded by every run.
    '--splitting',
    // Parsed beforehand, and interpreted: a run of a few milliseconds ends before a compiled function has paid for itself.
    '--bytecode', '--format=esm', '--compile-jit-policy=100',
    // The signer runs in whatever folder an SDK happens to be in, and what lies there must not change what it does.
    '--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig',
    `--compile-executable-path=${runtime}`,
    ...Object.entries(signerConstants()).map(([name, value]) => `--define=${name}=${value}`),
    join(projectRoot, 'signer', 'entry-bun.ts'),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(bunProgram(), args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], signal });
    const said: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    child.on('error', reject);
    child.on('close', (code, endedBy) => {
      if (code === 0) {
        resolve();
      } else {
        reject(new Error(`bun build failed for ${target} (${endedBy ?? `exit code ${code}`}):\n${Buffer.concat(said).toString().trim()}`));
      }
    });
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
    await updateChecksums(folder, (name) => name.startsWith(FILE_PREFIX) && !name.endsWith('.tmp'), built);
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
