/** Mounts small and read-only file systems, where this user may, for tests of what happens on a full disk or a read-only home. */
import { spawnSync } from 'child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

function mount(...args: readonly string[]): boolean {
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
}

function unmount(path: string): void {
  spawnSync('umount', ['--lazy', path], { stdio: 'ignore' });
}

function findObstacle(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'only root on Linux may mount file systems';
  }
  const folder = mkdtempSync(join(tmpdir(), 'mount-'));
  const mounted = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder);
  unmount(folder);
  rmdirSync(folder);
  return mounted ? undefined : 'this system lets nobody mount file systems';
}

/** Why file systems cannot be mounted here, or undefined where they can. */
export const mountMissing: string | undefined = findObstacle();

/** A file system that is mounted. */
export interface Mounted {
  readonly path: string;
  remountReadOnly(): void;
  unmount(): void;
}

/** Mounts a file system in memory. @param size as mount takes it: `16k` */
export function mountSmall(path: string, size: string): Mounted {
  mkdirSync(path, { recursive: true });
  if (!mount('-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', path)) {
    throw new Error(`no file system could be mounted at ${path}`);
  }
  return {
    path,
    remountReadOnly: () => {
      if (!mount('-o', 'remount,ro', path)) {
        throw new Error(`${path} could not be made read-only`);
      }
    },
    unmount: () => unmount(path),
  };
}

/** Mounts a file over another one, as containers do with single files. @returns what takes it away again */
export function mountFile(source: string, target: string): () => void {
  if (!mount('--bind', source, target)) {
    throw new Error(`${source} could not be mounted at ${target}`);
  }
  return () => unmount(target);
}
