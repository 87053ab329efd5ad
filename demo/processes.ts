/** Child processes of the demo: run to the end, or kept until the demo is over. */
import { ChildProcess, spawn } from 'child_process';

/** What a finished process left. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a process. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const running = new Set<ChildProcess>();

/** Runs a program to its end, whatever its exit code. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = start(command, args, options);
    let stdout = '';
    let stderr = '';
    child.stdout!.on('data', (chunk) => (stdout += chunk));
    child.stderr!.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs a program that has to succeed; what it printed is part of the error otherwise. */
export async function runOrFail(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) {
    throw new Error(`"${[command, ...args].join(' ')}" ended with exit code ${code}:\n${stdout}${stderr}`);
  }
  return stdout;
}

/** Starts a server and waits for the line on its standard output that a pattern matches. */
export function startServer(command: string, args: readonly string[], ready: RegExp, options: RunOptions = {}): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    const child = start(command, args, options);
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk;
      const match = ready.exec(output);
      if (match) {
        resolve(match);
      }
    };
    child.stdout!.on('data', collect);
    child.stderr!.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`"${[command, ...args].join(' ')}" ended with exit code ${code}:\n${output}`)));
  });
}

function start(command: string, args: readonly string[], { cwd, env }: RunOptions): ChildProcess {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.on('close', () => running.delete(child));
  return child;
}

/** Ends what is still running, and waits until it has ended. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((child) => new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.kill('SIGTERM');
  })));
}
