/** Bundles what runs outside of a CDK app into assets/: the portable signer, the developer's command line, and the Lambda functions. */
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'fs';
import { dirname, join, relative } from 'path';
import { build, BuildOptions } from 'esbuild';
import { packageVersion, projectRoot } from './project';

/** A file to be made. */
export interface Bundle {
  /** Source file, relative to the project. */
  readonly entry: string;
  /** Where the bundle goes, relative to the project. */
  readonly output: string;
  readonly options: BuildOptions;
}

/** Oldest Node.js that the bundles have to run on. */
const TARGET = 'node20';

/** The function that keeps revocation lists in step. The Lambda runtime brings the AWS SDK, and finds it for `require` only. */
export const CRL_SYNC_BUNDLE: Bundle = {
  entry: 'lambda/crl-sync/index.ts',
  output: 'assets/crl-sync/index.js',
  options: { format: 'cjs', external: ['@aws-sdk/*'], supported: { 'dynamic-import': false }, banner: {} },
};

const BUNDLES: readonly Bundle[] = [
  {
    entry: 'signer/entry-node.ts',
    output: 'assets/signer/roles-anywhere-signer.mjs',
    options: { format: 'esm' },
  },
  {
    entry: 'bin/cdk-roles-anywhere.ts',
    output: 'assets/cli/cdk-roles-anywhere.cjs',
    options: { format: 'cjs' },
  },
  CRL_SYNC_BUNDLE,
];

/**
 * Bundles one program into an executable file, under its name only when it is complete.
 *
 * @returns its size in bytes
 */
export async function bundleProgram(entry: string, output: string, options: BuildOptions): Promise<number> {
  const { outputFiles = [] } = await build({
    entryPoints: [entry],
    absWorkingDir: projectRoot,
    bundle: true,
    platform: 'node',
    target: TARGET,
    minify: true,
    legalComments: 'none',
    banner: { js: '#!/usr/bin/env node' },
    define: { SIGNER_VERSION: JSON.stringify(packageVersion()) },
    logLevel: 'warning',
    write: false,
    ...options,
  });
  const temporary = `${output}.${process.pid}.tmp`;
  mkdirSync(dirname(output), { recursive: true });
  try {
    writeFileSync(temporary, outputFiles[0].contents);
    chmodSync(temporary, 0o755);
    renameSync(temporary, output);
  } finally {
    rmSync(temporary, { force: true });
  }
  return statSync(output).size;
}

async function main(): Promise<void> {
  for (const { entry, output, options } of BUNDLES) {
    if (!existsSync(join(projectRoot, entry))) {
      throw new Error(`${entry} is missing`);
    }
    const path = join(projectRoot, output);
    const size = await bundleProgram(join(projectRoot, entry), path, options);
    console.log(`${relative(projectRoot, path)}  ${(size / 1000).toFixed(1)} kB`);
  }
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(`bundle: ${error.message}`);
    process.exitCode = 1;
  });
}
