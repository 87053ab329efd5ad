/** Makes the root folder of a host that has a shell and the usual small programs, and nothing else; runs programs in it. */
import { execFile, execFileSync, spawnSync } from 'child_process';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';

const PROGRAMS = [
  'awk', 'basename', 'cat', 'chmod', 'chown', 'cmp', 'cp', 'cut', 'dirname', 'env', 'grep', 'gzip', 'head', 'hostname', 'id', 'ls', 'mkdir', 'mv',
  'readlink', 'rm', 'rmdir', 'sed', 'sh', 'sha256sum', 'sort', 'tar', 'touch', 'uname',
];

/** Why no such root can be made or entered here, or undefined where it can. */
export const emptyRootMissing: string | undefined = missing();

function missing(): string | undefined {
  if (process.platform !== 'linux') {
    return 'this is not Linux';
  }
  if (process.getuid?.() !== 0) {
    return 'only root may enter another root folder';
  }
  const absent = [...PROGRAMS, 'ldd', 'unshare', 'chroot', 'mount'].find((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  if (absent !== undefined) {
    return `${absent} is not installed`;
  }
  return spawnSync('unshare', ['--mount', 'true']).status === 0 ? undefined : 'unshare cannot make a place for mounts';
}

/** Makes the root, with what a program needs that is going to be put there. */
export function makeRoot(root: string, program: string): void {
  for (const folder of ['etc/systemd/system', 'root', 'tmp', 'proc', 'dev', 'usr/local/bin', 'usr/local/share', 'bin']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  const programs = PROGRAMS.map((name) => execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } }).trim());
  programs.forEach((path) => copyProgram(root, path, join('/bin', path.slice(path.lastIndexOf('/')))));
  libraries(program).forEach((library) => copy(root, realpathSync(library), library));
}

/** Copies a program, with the libraries that it needs. */
export function copyProgram(root: string, path: string, to = path): void {
  copy(root, realpathSync(path), to);
  libraries(path).forEach((library) => copy(root, realpathSync(library), library));
}

function libraries(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...stdout.matchAll(/(\/\S+) \(0x/gu)].map(([, path]) => path);
}

function copy(root: string, from: string, to: string): void {
  const path = join(root, to);
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(from, path);
  }
}

/** What a program said, and how it ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the shell in the root; what it mounts is gone with it. */
export function inRoot(root: string, command: string): Promise<Ended> {
  return besideRoot(root, ['chroot', root, '/bin/env', '-i', 'PATH=/usr/local/bin:/bin', 'HOME=/root', 'sh', '-c', command], {});
}

/** Runs a command outside, with the root ready for others to be run in it. */
export function besideRoot(root: string, command: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  // A program without /proc is one on a host that is broken.
  const args = ['--mount', 'sh', '-c', 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec "$@"', root, ...command];
  return new Promise((resolve) => {
    const child = execFile('/usr/bin/unshare', args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env }, timeout: 60_000 }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

/** Every file and folder, with its owner, its mode and its size. */
export function listing(root: string, folder = '/'): string[] {
  return readdirSync(join(root, folder)).sort().flatMap((name) => {
    const path = join(folder, name);
    const status = lstatSync(join(root, path));
    const target = status.isSymbolicLink() ? ` -> ${readlinkSync(join(root, path))}` : '';
    const line = `${path} ${status.uid}:${status.gid} ${status.mode.toString(8)} ${status.isDirectory() ? '' : status.size}${target}`;
    return status.isDirectory() ? [line, ...listing(root, path)] : [line];
  });
}

/** As `useradd`, without its programs. */
export function addUser(root: string, name: string, id: number, home: string): void {
  execFileSync('sh', ['-c', 'printf "%s:x:%s:%s::%s:/bin/sh\\n" "$1" "$2" "$2" "$3" >>"$0/etc/passwd" && mkdir -p "$0$3" && chown "$2:$2" "$0$3"', root, name, String(id), home]);
}

const PAM_MODULES = ['pam_rootok.so', 'pam_permit.so'];

/** Where the modules are that `su` takes to let root be anybody; undefined where they are not. */
function pamFolder(): string | undefined {
  const folders = ['/lib', '/usr/lib'].flatMap((lib) => existsSync(lib) ? [lib, ...readdirSync(lib).map((name) => join(lib, name))] : []);
  return folders.map((folder) => join(folder, 'security')).find((folder) => PAM_MODULES.every((name) => existsSync(join(folder, name))));
}

/** Why root cannot be made to become another user in such a root, or undefined where it can. */
export const suMissing: string | undefined = spawnSync('sh', ['-c', 'command -v su']).status !== 0 ? 'su is not installed'
  : pamFolder() === undefined ? 'the modules of PAM are not where they are looked for' : undefined;

/** Lets root become another user in the root. */
export function addSu(root: string): void {
  copyProgram(root, execFileSync('sh', ['-c', 'command -v su'], { encoding: 'utf8' }).trim(), '/bin/su');
  PAM_MODULES.forEach((name) => copyProgram(root, join(pamFolder()!, name)));
  mkdirSync(join(root, 'etc', 'pam.d'), { recursive: true });
  writeFileSync(join(root, 'etc', 'pam.d', 'su'), 'auth sufficient pam_rootok.so\naccount required pam_permit.so\nsession required pam_permit.so\n');
}
