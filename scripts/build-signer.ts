/** Compiles the standalone signer: `npm run build:signer [-- --target linux-x64 --target darwin-arm64 ...]`. */
import { spawn } from 'child_process';
import { createHash } from 'crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'fs';
import { join, relative } from 'path';
import { packageVersion, projectRoot } from './project';

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
  return `roles-anywhere-signer-${target}${target.startsWith('windows') ? '.exe' : ''}`;
}

/** Bun's program from the npm package. */
export function bunProgram(): string {
  return join(projectRoot, 'node_modules', 'bun', 'bin', 'bun.exe');
}

/** Children that are at work, to be ended with this process. */
const running = new Set<ReturnType<typeof spawn>>();

/**
 * Compiles the signer for one target, and puts it under its name only when it is complete.
 *
 * Bun takes the runtime of another target from the package registry the first time, and keeps it in its cache.
 *
 * @param folder where the binary goes
 * @param runtime the runtime to put in, instead of the one that Bun would take for the target
 * @throws Error with Bun's own words where it fails
 */
export async function buildSigner(target: string, folder = SIGNER_FOLDER, runtime?: string): Promise<BuiltSigner> {
  const start = performance.now();
  mkdirSync(folder, { recursive: true });
  // Bun leaves its unfinished files in the folder it runs in.
  const workshop = mkdtempSync(join(folder, '.build-'));
  try {
    const unfinished = join(workshop, signerFileName(target));
    await runBun(target, unfinished, workshop, runtime);
    const path = join(folder, signerFileName(target));
    chmodSync(unfinished, 0o755);
    renameSync(unfinished, path);
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { path, size: bytes.length, sha256, seconds: (performance.now() - start) / 1000 };
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

function runBun(target: string, output: string, folder: string, runtime: string | undefined): Promise<void> {
  const args = [
    'build', '--compile', '--minify', `--target=${SIGNER_TARGETS[target]}`, `--outfile=${output}`,
    // Parsed beforehand, and interpreted: a run of a few milliseconds ends before a compiled function has paid for itself.
    '--bytecode', '--format=esm', '--compile-jit-policy=100',
    // The signer runs in whatever folder an SDK happens to be in, and what lies there must not change what it does.
    '--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig',
    ...(runtime === undefined ? [] : [`--compile-executable-path=${runtime}`]),
    `--define=SIGNER_VERSION=${JSON.stringify(packageVersion())}`,
    join(projectRoot, 'signer', 'entry-bun.ts'),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(bunProgram(), args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const said: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    child.on('error', (error) => {
      running.delete(child);
      reject(new Error(`cannot run ${relative(projectRoot, bunProgram())} (${error.message}); run "npm ci" first`));
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      if (code === 0) {
        resolve();
      } else {
        reject(new Error(`bun build failed for ${target} (${signal ?? `exit code ${code}`}):\n${Buffer.concat(said).toString().trim()}`));
      }
    });
  });
}

/** Reads `--target NAME`, `--target=NAME` (repeatable, or with several names) and nothing else. */
function parseTargets(args: readonly string[]): string[] {
  const names: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const match = /^--target(?:=(.*))?$/.exec(args[i]);
    // "--target a b c" is how people write it.
    if (!match && (args[i].startsWith('-') || names.length === 0)) {
      throw new Error(`there is no option ${JSON.stringify(args[i])}; the only one is --target`);
    }
    const value = match ? match[1] ?? args[++i] : args[i];
    names.push(...(value ?? '').split(','));
  }
  const unknown = names.filter((name) => !Object.hasOwn(SIGNER_TARGETS, name));
  if (unknown.length > 0) {
    const list = unknown.map((name) => JSON.stringify(name)).join(', ');
    throw new Error(`there is no target ${list}; there are ${TARGET_NAMES}`);
  }
  return [...new Set(names)];
}

async function main(args: readonly string[]): Promise<void> {
  let targets = parseTargets(args);
  if (targets.length === 0) {
    const own = ownTarget();
    if (own === undefined) {
      throw new Error(`there is no target for this machine (${process.platform} ${process.arch}); choose one of ${TARGET_NAMES}`);
    }
    targets = [own];
  }
  for (const [i, target] of targets.entries()) {
    console.log(`[${i + 1}/${targets.length}] ${target} ...`);
    const { path, size, sha256, seconds } = await buildSigner(target);
    console.log(`      ${relative(projectRoot, path)}  ${(size / 1e6).toFixed(1)} MB  ${seconds.toFixed(1)} s\n      sha256 ${sha256}`);
  }
}

if (require.main === module) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The build in progress fails when its child ends, and cleans up behind itself.
    process.on(signal, () => running.forEach((child) => child.kill(signal)));
  }
  main(process.argv.slice(2)).catch((error: Error) => {
    console.error(`build:signer: ${error.message}`);
    process.exitCode = 1;
  });
}
