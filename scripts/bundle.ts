/** Bundles what runs outside of a CDK app into assets/: the portable signer, the developer's command line, and the Lambda functions. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'fs';
import { basename, dirname, join, relative } from 'path';
import { build, BuildOptions, Plugin } from 'esbuild';
import { runtimePackage } from './bun-runtime';
import { projectRoot, signerConstants } from './project';
import { RuntimePins } from '../src/kit/binaries/pins';
import { SIGNER_TARGETS } from '../src/kit/targets';

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

/** Modules of this project only define things, so one of which nothing is used can go, tables that a compiler cannot see through included. */
const WITHOUT_SIDE_EFFECTS: Plugin = {
  name: 'without-side-effects',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^\.\.?\// }, async ({ path, resolveDir, kind, pluginData }) => {
      const resolved = pluginData === 'resolving' ? undefined : await resolve(path, { resolveDir, kind, pluginData: 'resolving' });
      return resolved && { path: resolved.path, errors: resolved.errors, sideEffects: false };
    });
  },
};

/**
 * Properties of the X.509 reader's own structures and of the function's, of which none is ever written out or handed to somebody else: with
 * their names spelled out the function would be four kilobytes larger.
 */
const INTERNAL_PROPERTIES = [
  // of the reader
  'AUTHORITY_KEY_IDENTIFIER', 'BASIC_CONSTRAINTS', 'BIT_STRING', 'BMP_STRING', 'CERTIFICATE_ISSUER', 'DELTA_CRL_INDICATOR', 'EXT_KEY_USAGE',
  'GENERALIZED_TIME', 'IA5_STRING', 'INTEGER', 'INVALIDITY_DATE', 'ISSUING_DISTRIBUTION_POINT', 'NUMERIC_STRING', 'OBJECT_IDENTIFIER',
  'OCTET_STRING', 'PRINTABLE_STRING', 'REASON_CODE', 'SEQUENCE', 'SUBJECT_ALT_NAME', 'SUBJECT_KEY_IDENTIFIER', 'T61_STRING', 'UNIVERSAL_STRING',
  'UTC_TIME', 'UTF8_STRING', 'VISIBLE_STRING', 'authorityKeyIdentifier', 'basicConstraints', 'buildIndex', 'certificateIssuer', 'checkEntry',
  'contentStart', 'critical', 'deltaBaseNumber', 'distributionPoint', 'element', 'extKeyUsage', 'finish', 'hasCertificateIssuers', 'indirectCrl',
  'issuerBefore', 'issuerChanges', 'issuingDistributionPoint', 'keyIdentifier', 'keyKind', 'listIssuer', 'namesIssuers', 'nextAny', 'nextIf',
  'nextOpaque', 'nextTag', 'onlyContainsAttributeCerts', 'onlyContainsCaCerts', 'onlyContainsUserCerts', 'onlySomeReasons', 'publicKey',
  'readElement', 'revokedCount', 'serialNumberHex', 'signatureAlgorithm', 'subjectAltName', 'subjectKeyIdentifier', 'subjectPublicKeyInfo',
  'tbsCertificate', 'tbsCertList', 'unknownCriticalExtensions', 'unusedBits', 'verdict',
  // of the function
  'abandoned', 'attempted', 'copiesOf', 'deadline', 'explainFailedImport', 'failures', 'isDeployment', 'isIdempotent', 'isRefusal', 'makeRoom',
  'mayHoldAny', 'notModified', 'physicalResourceId', 'removalFailure', 'validators', 'whyUnusable',
];

/** The function that keeps revocation lists in step. The Lambda runtime brings the AWS SDK, and finds it for `require` only. */
export const CRL_SYNC_BUNDLE: Bundle = {
  entry: 'lambda/crl-sync/index.ts',
  output: 'assets/crl-sync/index.js',
  options: {
    format: 'cjs',
    external: ['@aws-sdk/*'],
    supported: { 'dynamic-import': false },
    banner: {},
    charset: 'utf8',
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    plugins: [WITHOUT_SIDE_EFFECTS],
    mangleProps: new RegExp(`^(${INTERNAL_PROPERTIES.join('|')})$`),
  },
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
    define: signerConstants(),
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

/** What a published package compiles the standalone signer from, because it has neither the source nor the lock file. */
const STANDALONE_FOLDER = 'assets/signer/standalone';

/**
 * Bundles the standalone signer for Bun to compile, in as many files as have to be loaded apart: what the hot path does not need stays in files
 * of its own. Beside them goes which runtimes are to be put in.
 *
 * @param folder what was there before is replaced
 * @returns its size in bytes
 */
export async function bundleStandalone(folder: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(projectRoot, 'signer', 'entry-bun.ts')],
    absWorkingDir: projectRoot,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'esnext',
    external: ['bun:*'],
    legalComments: 'none',
    define: signerConstants(),
    logLevel: 'warning',
    write: false,
  });
  const version = runtimePackage('bun-linux-x64').version;
  const runtimes = Object.fromEntries(Object.values(SIGNER_TARGETS).map((target) => [target, runtimePackage(target)]));
  mkdirSync(dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    outputFiles.forEach(({ path, contents }) => writeFileSync(join(unfinished, basename(path)), contents));
    writeFileSync(join(unfinished, 'runtimes.json'), `${JSON.stringify({ bun: version, runtimes } satisfies RuntimePins, null, 2)}\n`);
    chmodSync(unfinished, 0o755);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
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
  console.log(`${STANDALONE_FOLDER}  ${(await bundleStandalone(join(projectRoot, STANDALONE_FOLDER)) / 1000).toFixed(1)} kB`);
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(`bundle: ${error.message}`);
    process.exitCode = 1;
  });
}
