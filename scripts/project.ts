/** Where the project lies, and what programs made of it say about their origin, for the scripts. */
import { spawnSync } from 'child_process';
import { readFileSync, realpathSync } from 'fs';
import { join } from 'path';

/** The folder of package.json. */
export const projectRoot = join(__dirname, '..');

interface PackageMetadata {
  readonly version: string;
  /** Commit that a package was published from, where whoever published it wrote it down. */
  readonly gitHead?: unknown;
}

function packageMetadata(folder: string): PackageMetadata {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageMetadata;
}

/** The version that programs print. */
export function packageVersion(): string {
  return packageMetadata(projectRoot).version;
}

/** What a program was built from. */
export interface Provenance {
  /** Commit, with `-dirty` where the tree had changes; null where nobody knows it. */
  readonly commit: string | null;
  /** Time in RFC 3339; null where nobody knows it. */
  readonly builtAt: string | null;
}

/**
 * Where the source of a folder comes from. The same source always gives the same answer, so that who builds it again gets the same bytes:
 * the time is that of the commit, or that of SOURCE_DATE_EPOCH where it is set, and never that of the clock.
 *
 * @throws Error where SOURCE_DATE_EPOCH is no number of seconds
 */
export function provenance(folder = projectRoot, env: NodeJS.ProcessEnv = process.env): Provenance {
  const git = (...args: string[]) => runGit(folder, args);
  // Without this, a package that was unpacked inside of another project would take that project's commit for its own.
  const top = git('rev-parse', '--show-toplevel');
  if (top === undefined || realpathSync(top) !== realpathSync(folder)) {
    const { gitHead } = packageMetadata(folder);
    return { commit: typeof gitHead === 'string' ? gitHead : null, builtAt: timeOf(env.SOURCE_DATE_EPOCH) };
  }
  const head = git('rev-parse', '--verify', 'HEAD');
  if (head === undefined) {
    return { commit: null, builtAt: timeOf(env.SOURCE_DATE_EPOCH) };
  }
  const isDirty = git('status', '--porcelain') !== '';
  return { commit: isDirty ? `${head}-dirty` : head, builtAt: timeOf(env.SOURCE_DATE_EPOCH || git('log', '-1', '--format=%ct')) };
}

/** What git prints; undefined where there is no git, or it fails. */
function runGit(folder: string, args: readonly string[]): string | undefined {
  // Looking must not write: other programs may be at work in the same tree.
  const { status, stdout } = spawnSync('git', ['--no-optional-locks', '-C', folder, ...args], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function timeOf(seconds: string | undefined): string | null {
  if (!seconds) {
    return null;
  }
  // The largest number is the last one of year 9999.
  if (!/^\d{1,12}$/.test(seconds) || Number(seconds) > 253_402_300_799) {
    throw new Error(`SOURCE_DATE_EPOCH is a number of seconds since 1970, not ${JSON.stringify(seconds)}`);
  }
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

/** The constants that signer/version.ts expects of a bundler, as expressions. */
export function signerConstants(): Record<string, string> {
  const { commit, builtAt } = provenance();
  return {
    SIGNER_VERSION: JSON.stringify(packageVersion()),
    ...(commit === null ? {} : { SIGNER_COMMIT: JSON.stringify(commit) }),
    ...(builtAt === null ? {} : { SIGNER_BUILT_AT: JSON.stringify(builtAt) }),
  };
}
