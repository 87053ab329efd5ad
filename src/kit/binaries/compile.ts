/** Has Bun compile the signer into one program. */
import { spawn } from 'child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'fs';
import { join } from 'path';
import { sha256Of } from './checksums';
import { signAdHoc } from './macho-signature';
import { SIGNER_TARGETS, signerFileName } from '../targets';

/** What is to be compiled, and with what. */
export interface CompileOrder {
  readonly target: string;
  /** Where the program starts: a path, within `bundle` where that is given. */
  readonly entry: string;
  /** A folder that has all the modules; Bun writes into the binary where they were, so they are copied to a place that is always the same. */
  readonly bundle?: string;
  /** Constants to be written in, as expressions. @default - none */
  readonly constants?: Readonly<Record<string, string>>;
  /** Bun's program. */
  readonly bun: string;
  /** The runtime to put in, of Bun's own version. */
  readonly runtime: string;
  /** Where the binary goes. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/** What came out. */
export interface BuiltSigner {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly seconds: number;
}

/**
 * Compiles the signer for one target, and puts it under its name only when it is complete. The same source gives the same bytes, on whatever
 * machine and in whatever folder.
 *
 * @throws Error with Bun's own words where it fails
 */
export async function compileSigner(order: CompileOrder): Promise<BuiltSigner> {
  const { target, folder, bundle } = order;
  const start = performance.now();
  mkdirSync(folder, { recursive: true });
  // Bun leaves its unfinished files in the folder it runs in.
  const workshop = mkdtempSync(join(folder, '.build-'));
  try {
    // The name of the output is a part of it, and the only thing from outside that is.
    const unfinished = join(workshop, signerFileName(target));
    if (bundle !== undefined) {
      cpSync(bundle, join(workshop, 'source'), { recursive: true });
    }
    await runBun(bundle === undefined ? order : { ...order, entry: join('source', order.entry) }, unfinished, workshop);
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

function runBun({ target, entry, constants = {}, bun, runtime, signal }: CompileOrder, output: string, folder: string): Promise<void> {
  const args = [
    'build', '--compile', '--minify', `--target=${SIGNER_TARGETS[target]}`, `--outfile=${output}`,
    // Without it, modules that a command or a flag loads when it needs them are loaded by every run.
    '--splitting',
    // Parsed beforehand, and interpreted: a run of a few milliseconds ends before a compiled function has paid for itself.
    '--bytecode', '--format=esm', '--compile-jit-policy=100',
    // The signer runs in whatever folder an SDK happens to be in, and what lies there must not change what it does.
    '--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig',
    `--compile-executable-path=${runtime}`,
    ...Object.entries(constants).map(([name, value]) => `--define=${name}=${value}`),
    entry,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(bun, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], signal });
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
