/** Boots systemd in a root folder of its own, as the first process of its own space of processes, and runs programs there. */
import { ChildProcess, execFile, spawn, spawnSync } from 'child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { copyProgram, emptyRootMissing, Ended } from './empty-root';

const SYSTEMD = '/lib/systemd/systemd';
const UNITS = '/lib/systemd/system';

/** Why it cannot be booted here, or undefined where it can. */
export const systemdRootMissing: string | undefined = emptyRootMissing
  ?? (existsSync(SYSTEMD) && existsSync('/usr/bin/systemctl') ? undefined : 'systemd is not installed')
  ?? (spawnSync('unshare', ['--mount', '--cgroup', 'sh', '-c', 'mount -t cgroup2 none /mnt']).status === 0 ? undefined : 'control groups cannot be mounted');

/** Adds systemd to a root: the manager, its command, and targets to start. */
export function addSystemd(root: string): void {
  for (const [program, path] of [[SYSTEMD, SYSTEMD], ['/usr/bin/systemctl', '/bin/systemctl'], ['/usr/bin/sleep', '/bin/sleep'], ['/usr/bin/getent', '/bin/getent']]) {
    copyProgram(root, program, path);
  }
  mkdirSync(join(root, UNITS), { recursive: true });
  for (const unit of readdirSync(UNITS).filter((name) => name.endsWith('.target') && name !== 'default.target')) {
    writeFileSync(join(root, UNITS, unit), readFileSync(join(UNITS, unit)));
  }
  for (const folder of ['run', 'sys', 'var/lib', 'var/tmp', 'home']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(root, 'etc', 'machine-id'), `${'0123456789abcdef'.repeat(2)}\n`);
}

const MOUNTS = `
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount -t sysfs -o ro sysfs "$0/sys"
mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup"
mount -t tmpfs tmpfs "$0/run"
mount --bind /dev "$0/dev"
# systemd hands keys over through mounts that its services have to see.
mount --make-rshared "$0"
exec chroot "$0" /bin/env -i container=other PATH=/usr/local/bin:/bin ${SYSTEMD} --unit=basic.target --log-target=console --log-level=info`;

/** A systemd that runs. */
export class SystemdRoot {
  /** Boots, and waits until everything is up. */
  public static async boot(root: string): Promise<SystemdRoot> {
    const args = ['--mount', '--pid', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child', '--mount-proc', 'sh', '-ec', MOUNTS, root];
    const systemd = new SystemdRoot(spawn('/usr/bin/unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] }));
    for (let i = 0; i < 100; i++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (systemd.starter.exitCode !== null) {
        break;
      }
      if (existsSync(`/proc/${systemd.starter.pid}`) && (await systemd.run('systemctl is-active basic.target')).stdout === 'active\n') {
        return systemd;
      }
    }
    await systemd.stop();
    throw new Error(`systemd did not come up:\n${systemd.output}`);
  }

  private output = '';

  private constructor(private readonly starter: ChildProcess) {
    const take = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    starter.stdout!.on('data', take);
    starter.stderr!.on('data', take);
  }

  /** What it has written to its console. */
  public get console(): string {
    return this.output;
  }

  /** Runs a command of the shell beside the services. */
  public run(command: string): Promise<Ended> {
    const pid = this.firstProcess();
    if (pid === undefined) {
      return Promise.resolve({ status: -1, stdout: '', stderr: 'there is no process yet' });
    }
    const args = ['-t', pid, '--mount', '--pid', '--uts', '--ipc', '--cgroup', '--root', '--wd', '/bin/env', '-i', 'PATH=/usr/local/bin:/bin', 'HOME=/root', 'sh', '-c', command];
    return new Promise((resolve) => {
      const child = execFile('/usr/bin/nsenter', args, { timeout: 120_000 }, (_, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }));
    });
  }

  /** Ends it, and with it every process that it has started. */
  public async stop(): Promise<void> {
    if (this.starter.exitCode === null) {
      const ended = new Promise((resolve) => this.starter.on('exit', resolve));
      this.starter.kill('SIGKILL');
      await ended;
    }
  }

  private firstProcess(): string | undefined {
    const { stdout } = spawnSync('cat', [`/proc/${this.starter.pid}/task/${this.starter.pid}/children`], { encoding: 'utf8' });
    return stdout.trim().split(' ')[0] || undefined;
  }
}
