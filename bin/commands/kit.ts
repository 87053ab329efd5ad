/** `kit`: makes the archives that hosts are handed over with, one for each system. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../package.json';
import { CompressedFile, tarGz, zip } from '../../src/kit/archive';
import { PORTABLE_SIGNER } from '../../src/kit/assets';
import { readChecksums, sha256Of, updateChecksums } from '../../src/kit/binaries/checksums';
import { Progress } from '../../src/kit/binaries/progress';
import { cachedSigner, cacheFolder } from '../../src/kit/binaries/signer-cache';
import { KitError } from '../../src/kit/errors';
import type { HostConfiguration } from '../../src/kit/host-configuration';
import { hostPaths } from '../../src/kit/host-paths';
import { KitFile, kitFiles } from '../../src/kit/kit';
import { archiveName, checkedContact, kitFolder, kitName, KitOptions, signerNameIn } from '../../src/kit/kit-options';
import { chooseHandOver, readOutputs } from '../../src/kit/outputs';
import { ownTarget, Target, TARGETS } from '../../src/kit/targets';
import { ExitCode } from '../exit-code';
import { CliIo } from '../io';
import { parseOptions, UsageError } from '../options';

const TARGET_NAMES = TARGETS.map(({ name }) => name).join(', ');

/** What `kit --help` prints. */
export const KIT_HELP = `Make the archive that a host is handed over with: signer, configuration, install script, services and a README.

usage: cdk-roles-anywhere kit --outputs FILE [options]

  --outputs FILE              what 'cdk deploy --outputs-file FILE' has written
  --stack NAME                only this stack
  --name NAME                 the HostAccess or HostFleet, by its id; with plain outputs: what the kit is called
  --host NAME                 only this host of a fleet with a role for each
  --role NAME                 with plain outputs: the role, by its name or ARN
  --role-output KEY           the same, by the key of its output
  --without-configuration     with --name and no --outputs: the team gets the configuration in a file of its own;
                              no portable signer in place of one that cannot be compiled

  --target NAME               what the host is: ${TARGETS.slice(0, 4).map(({ name }) => name).join(', ')},
                              ${TARGETS.slice(4).map(({ name }) => name).join(', ')} (Node.js 20 or newer), or all;
                              may be repeated (default: what this machine is)
  --portable                  the same as --target portable
  --out FOLDER                where the archives go (default: kits)

  --certificate PATH          on the host (default: /etc/roles-anywhere/host.pem)
  --private-key PATH          on the host (default: /etc/roles-anywhere/host.key)
  --signer PATH               on the host (default: /usr/local/bin/roles-anywhere-signer)
  --configuration PATH        on the host (default: /etc/roles-anywhere/config.json)
  --contact TEXT              whom the team may ask, for the README
  --endpoint URL              ask this and not AWS, for trying out with 'cdk-roles-anywhere local'

Binaries are compiled once by Bun, which has to be installed, and kept in the folder of caches
($XDG_CACHE_HOME or ~/.cache). Without Bun, the portable signer goes in instead. Nothing secret goes into a kit, and
outputs that have more in them than hosts are told are refused.

exit codes: 0 made, 2 wrong usage, 3 outputs that cannot be read or hold what they must not, 5 not built or not written
`;

const OPTIONS = {
  'outputs': { type: 'string' },
  'stack': { type: 'string' },
  'name': { type: 'string' },
  'host': { type: 'string' },
  'role': { type: 'string' },
  'role-output': { type: 'string' },
  'without-configuration': { type: 'boolean' },
  'target': { type: 'string', multiple: true },
  'portable': { type: 'boolean' },
  'out': { type: 'string' },
  'certificate': { type: 'string' },
  'private-key': { type: 'string' },
  'signer': { type: 'string' },
  'configuration': { type: 'string' },
  'contact': { type: 'string' },
  'endpoint': { type: 'string' },
} as const;

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>;

/**
 * Runs the command.
 *
 * @throws UsageError, KitError
 */
export async function kit(args: readonly string[], io: CliIo): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  const targets = targetsFrom(values);
  const content = contentFrom(values);
  const kits = targets.map((target) => optionsFor(target, content, values));
  const stop = new AbortController();
  void io.stopped().then(() => stop.abort());
  try {
    await new KitMaker(values.out ?? 'kits', kits, io, stop.signal, values['without-configuration'] !== true).makeAll();
  } catch (error) {
    if (stop.signal.aborted) {
      io.err('stopped; what had been finished is there\n');
      return ExitCode.INTERRUPTED;
    }
    throw error;
  }
  return ExitCode.SUCCESS;
}

function targetsFrom({ target: names = [], portable }: Values): readonly Target[] {
  const wanted = [...names.flatMap((name) => name.split(',')), ...portable ? ['portable'] : []];
  if (wanted.includes('all')) {
    return TARGETS;
  }
  if (wanted.length === 0) {
    const own = ownTarget();
    if (own === undefined) {
      throw new KitError('UNKNOWN_TARGET', `there is no target for this machine (${process.platform} ${process.arch}); choose of ${TARGET_NAMES}`);
    }
    wanted.push(own);
  }
  return [...new Set(wanted)].map((name) => {
    const target = TARGETS.find((candidate) => candidate.name === name);
    if (!target) {
      throw new KitError('UNKNOWN_TARGET', `there is no target ${JSON.stringify(name)}; there are ${TARGET_NAMES} and all`);
    }
    return target;
  });
}

type Content = Pick<KitOptions, 'name' | 'configuration' | 'host' | 'hosts'>;

function contentFrom(values: Values): Content {
  if (values['without-configuration']) {
    const inTheWay = (['outputs', 'stack', 'host', 'role', 'role-output', 'endpoint'] as const).find((option) => values[option] !== undefined);
    if (inTheWay !== undefined || values.name === undefined) {
      throw new UsageError(inTheWay === undefined ? '--without-configuration takes --name' : `--without-configuration and --${inTheWay} exclude each other`);
    }
    return { name: kitName(values.name) };
  }
  if (values.outputs === undefined) {
    throw new UsageError('--outputs is missing: the file that "cdk deploy --outputs-file" has written');
  }
  const { stack, name, role } = values;
  const handOver = chooseHandOver(readOutputs(values.outputs), { stack, name, role, roleOutput: values['role-output'] }, values.outputs);
  if (values.host === undefined) {
    return { ...handOver, name: kitName(handOver.name) };
  }
  if (!handOver.hosts) {
    // The configuration is the same for all hosts; the name goes into the certificate of the Kubernetes manifest.
    return { name: kitName(`${handOver.name}-${values.host}`), configuration: handOver.configuration, host: values.host };
  }
  return { name: kitName(`${handOver.name}-${values.host}`), configuration: ofHost(handOver.hosts, values.host), host: values.host };
}

function ofHost(hosts: ReadonlyMap<string, HostConfiguration>, host: string): HostConfiguration {
  const configuration = hosts.get(host);
  if (!configuration) {
    throw new KitError('NOT_FOUND', `there is no host ${JSON.stringify(host)}; there are ${[...hosts.keys()].join(', ')}`);
  }
  return configuration;
}

function optionsFor(target: Target, { name, configuration, host, hosts }: Content, values: Values): KitOptions {
  const paths = hostPaths(target, {
    certificate: values.certificate, privateKey: values['private-key'], signer: values.signer, configuration: values.configuration,
  });
  return {
    name,
    configuration,
    host,
    hosts,
    target,
    paths,
    version,
    endpoint: values.endpoint === undefined ? undefined : checkedEndpoint(values.endpoint),
    contact: values.contact === undefined ? undefined : checkedContact(values.contact),
  };
}

function checkedEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/u.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new UsageError('--endpoint takes a URL such as http://127.0.0.1:8443, with no name or password in it');
  }
  return text;
}

/** Makes archives in a folder, one after another, and shows how far it is. */
class KitMaker {
  private readonly progress: Progress;
  private readonly made = new Map<string, string>();
  private portableInstead?: KitError;

  /** @param mayGoPortable whether a kit with the portable signer is made where the binary cannot be compiled */
  public constructor(
    private readonly folder: string, private readonly kits: readonly KitOptions[], private readonly io: CliIo, private readonly signal: AbortSignal,
    private readonly mayGoPortable: boolean,
  ) {
    this.progress = new Progress(kits.length, io.progress ?? { write: (text) => io.err(text) });
  }

  public async makeAll(): Promise<void> {
    this.writing(() => mkdirSync(this.folder, { recursive: true }));
    const listed = readChecksums(this.folder);
    for (const options of this.kits) {
      this.signal.throwIfAborted();
      await this.make(options);
    }
    await updateChecksums(this.folder, (name) => this.made.has(name) || listed.has(name), this.made);
  }

  private async make(options: KitOptions): Promise<void> {
    const what = archiveName(options);
    this.progress.begin(what);
    let lines: readonly string[] = [`${what}  failed`];
    try {
      lines = await this.write(options);
    } finally {
      this.progress.end(what, lines);
    }
  }

  /** Returns lines that say what was made. */
  private async write(options: KitOptions): Promise<readonly string[]> {
    const { target } = options;
    if (target.bunTarget === undefined) {
      return this.made.has(archiveName(options)) ? [`${archiveName(options)}  is there`] : this.pack(options, kitFiles(options, readFileSync(PORTABLE_SIGNER)));
    }
    if (this.portableInstead && target.system !== 'windows') {
      return this.writePortable(options);
    }
    try {
      let compiled: readonly string[] = [];
      const { path, gzipPath } = await cachedSigner({
        target: target.name,
        signal: this.signal,
        onBuild: () => {
          compiled = [`the signer was compiled, and is kept in ${cacheFolder()}`];
        },
      });
      const compressed = { path: signerNameIn(target), gzip: readFileSync(gzipPath) };
      return [...await this.pack(options, kitFiles(options, readFileSync(path)), compressed), ...compiled];
    } catch (error) {
      if (!(error instanceof KitError) || error.code !== 'BUN_UNUSABLE' || target.system === 'windows' || !this.mayGoPortable) {
        throw error;
      }
      this.portableInstead = error;
      return this.writePortable(options);
    }
  }

  private async writePortable(options: KitOptions): Promise<readonly string[]> {
    const target = TARGETS.find(({ bunTarget }) => bunTarget === undefined)!;
    const instead: KitOptions = { ...options, target, paths: portablePaths(options, target) };
    const because = `in place of ${options.target.name}: ${this.portableInstead!.message}`;
    const name = archiveName(instead);
    const lines = this.made.has(name) ? [name] : await this.pack(instead, kitFiles(instead, readFileSync(PORTABLE_SIGNER)));
    return [...lines, because, 'the host needs Node.js 20 or newer'];
  }

  private async pack(options: KitOptions, files: readonly KitFile[], compressed?: CompressedFile): Promise<readonly string[]> {
    const folder = kitFolder(options);
    const name = archiveName(options);
    const path = join(this.folder, name);
    const archive = options.target.system === 'windows' ? zip(folder, files, compressed) : tarGz(folder, files, compressed);
    const temporary = `${path}.${process.pid}.tmp`;
    this.writing(() => {
      try {
        writeFileSync(temporary, archive);
        renameSync(temporary, path);
      } finally {
        rmSync(temporary, { force: true });
      }
    });
    const hash = await sha256Of(path);
    this.made.set(name, hash);
    this.io.out(`${path}\n`);
    return [`${name}  ${(statSync(path).size / 1e6).toFixed(1)} MB`, `sha256 ${hash}`];
  }

  private writing(action: () => void): void {
    try {
      action();
    } catch (error) {
      throw new KitError('NOT_WRITABLE', `${this.folder} cannot be written to (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`);
    }
  }
}

/** The usual path of the signer is another one for the portable signer; one that was chosen stays. */
function portablePaths({ target, paths }: KitOptions, portable: Target) {
  const usual = hostPaths(target).signer;
  return { ...paths, signer: paths.signer === usual ? hostPaths(portable).signer : paths.signer };
}
