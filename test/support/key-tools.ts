/** Runs the programs that make and read key files: OpenSSL with its old algorithms, GnuTLS's certtool and Java's keytool. */
import { execFileSync, spawnSync } from 'child_process';
import { opensslMissing } from './runtimes';

/** Lets OpenSSL 3 use what it has put away: RC2, single DES, RC4. */
export const LEGACY = ['-provider', 'legacy', '-provider', 'default'] as const;

function runs(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, [...args], { stdio: 'ignore' }).status === 0;
}

/** Why OpenSSL's old algorithms cannot be used here, or undefined where they can. */
export const legacyMissing: string | undefined = opensslMissing
  ?? (runs('openssl', 'list', '-cipher-algorithms', ...LEGACY) ? undefined : 'openssl has no legacy provider');

/** Why `openssl kdf` cannot be used here, or undefined where it can. */
export const kdfMissing: string | undefined = opensslMissing ?? (runs(
  'openssl', 'kdf', '-keylen', '8', '-kdfopt', 'digest:SHA1', '-kdfopt', 'hexpass:0000', '-kdfopt', 'hexsalt:00', '-kdfopt', 'iter:1', '-kdfopt', 'id:1', 'PKCS12KDF',
) ? undefined : 'openssl has no PKCS12KDF');

/** Why certtool of GnuTLS cannot be used here, or undefined where it can; macOS has another program of that name. */
export const certtoolMissing: string | undefined = spawnSync('certtool', ['--version'], { encoding: 'utf8' }).stdout?.startsWith('certtool 3')
  ? undefined : 'certtool of GnuTLS is not installed';

/** Why Java's keytool cannot be used here, or undefined where it can. */
export const keytoolMissing: string | undefined = runs('keytool', '-help') ? undefined : 'keytool of Java is not installed';

/** Output of a program run in a folder; throws with what it wrote to standard error. */
export function run(folder: string, program: string, ...args: readonly string[]): Buffer {
  return execFileSync(program, [...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
}
