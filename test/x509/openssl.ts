/** Runs the openssl command line where it is installed. */
import { execFileSync, spawnSync } from 'child_process';

const probe = spawnSync('openssl', ['version'], { encoding: 'utf8' });

/** What `openssl version` says, or undefined where there is none. */
export const opensslVersion: string | undefined = probe.status === 0 && probe.stdout.startsWith('OpenSSL ') ? probe.stdout.trim() : undefined;

/** Output of an openssl command run in a folder; throws with what it wrote to standard error. */
export function openssl(folder: string, ...args: string[]): string {
  return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Whether this OpenSSL can make keys of an algorithm. */
export function opensslMakes(algorithm: string): boolean {
  return opensslVersion !== undefined
    && spawnSync('openssl', ['genpkey', '-algorithm', algorithm], { stdio: 'ignore' }).status === 0;
}
