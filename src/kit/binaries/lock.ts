/** Keeps two processes from doing the same work at the same time. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'fs';
import { hostname } from 'os';
import { dirname, join } from 'path';

const POLL_MILLISECONDS = 200;

/** A lock of another machine, or one whose owner nobody knows, is left behind when it is older than any build. */
const ABANDONED_MILLISECONDS = 10 * 60_000;

/** Does something while no other process does it; waits for those that were first. */
export async function withLock<T>(folder: string, action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  mkdirSync(dirname(folder), { recursive: true });
  while (!acquire(folder)) {
    signal?.throwIfAborted();
    if (isAbandoned(folder)) {
      rmSync(folder, { recursive: true, force: true });
    } else {
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
  }
  try {
    return await action();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function acquire(folder: string): boolean {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
  writeFileSync(join(folder, 'owner'), `${process.pid} ${hostname()}`);
  return true;
}

function isAbandoned(folder: string): boolean {
  let owner: string | undefined;
  try {
    const age = Date.now() - statSync(folder).mtimeMs;
    if (age > ABANDONED_MILLISECONDS) {
      return true;
    }
    owner = readFileSync(join(folder, 'owner'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      // It has just been given back, or its owner has yet to sign.
      return false;
    }
    throw error;
  }
  const [pid, host] = owner.split(' ');
  return host === hostname() && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
