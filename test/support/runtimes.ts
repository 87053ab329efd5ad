/** Finds the programs that some tests need beyond Node.js, so that those tests can skip themselves and say why. */
import { spawnSync } from 'child_process';
import { existsSync } from 'fs';
import { join } from 'path';

/** Bun's program from the npm package. */
export const BUN = join(__dirname, '..', '..', 'node_modules', 'bun', 'bin', 'bun.exe');

/** Why Bun cannot be used here, or undefined where it can. */
export const bunMissing: string | undefined = !existsSync(BUN) || spawnSync(BUN, ['--version']).status !== 0
  ? 'node_modules/bun has no program for this machine' : undefined;

/** Why OpenSSL cannot be used here, or undefined where it can. */
export const opensslMissing: string | undefined = spawnSync('openssl', ['version']).status !== 0 ? 'openssl is not installed' : undefined;

/** `describe`, or `describe.skip` with the reason in the name. */
export function describeUnless(reason: string | undefined, name: string, body: () => void): void {
  if (reason === undefined) {
    describe(name, body);
  } else {
    describe.skip(`${name} (skipped: ${reason})`, body);
  }
}
