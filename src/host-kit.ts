/** Archives for those who run the hosts: everything that turns a host into one with credentials, in a bucket. */
import { spawnSync } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { aws_s3 as s3, aws_s3_deployment as deployment, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { HostAccess } from './host-access';
import { HostFleet } from './host-fleet';
import { readChecksums } from './kit/binaries/checksums';
import { KitError } from './kit/errors';
import { HostPaths, hostPaths } from './kit/host-paths';
import { archiveName, checkedContact, hostFileName, kitName } from './kit/kit-options';
import type { Target } from './kit/targets';
import { RolesAnywhereError } from './private/errors';
import { SignerTarget } from './signer-target';

/** Properties of a kit. */
export interface HostKitProps {
  /**
   * The access that the hosts are to have.
   *
   * @default - that of `fleet`; one of both has to be given
   */
  readonly access?: HostAccess;

  /**
   * The fleet that the hosts belong to.
   *
   * @default - none
   */
  readonly fleet?: HostFleet;

  /** The bucket that the kits are put into. Those who run the hosts need to be able to read it, and nobody else needs to write. */
  readonly bucket: s3.IBucket;

  /**
   * Folder in the bucket.
   *
   * @default - `kits/` and the name of the kit
   */
  readonly keyPrefix?: string;

  /**
   * What the kit is called: in the names of its files, and as a profile of AWS on the host.
   *
   * @default - the id of `access` or `fleet`
   */
  readonly kitName?: string;

  /**
   * What the hosts are. Each has an archive of its own.
   *
   * @default - Linux with glibc on Intel and AMD
   */
  readonly targets?: SignerTarget[];

  /**
   * Where hosts have their certificate (PEM), with its chain behind it. Where targets include Windows and others, leave it out.
   *
   * @default - `/etc/roles-anywhere/host.pem`, on Windows `host.pem` in the folder `roles-anywhere` of `%ProgramData%`
   */
  readonly certificatePath?: string;

  /**
   * Where hosts have the private key of the certificate. Where targets include Windows and others, leave it out.
   *
   * @default - `/etc/roles-anywhere/host.key`, on Windows `host.key` in the folder `roles-anywhere` of `%ProgramData%`
   */
  readonly privateKeyPath?: string;

  /**
   * Whom those who run the hosts may ask, as their README says it.
   *
   * @default - whoever gave them the kit
   */
  readonly contact?: string;
}

/** The command that makes archives: in a process of its own, because compilers take their time and constructs cannot wait. */
const COMMAND = join(__dirname, '..', 'assets', 'cli', 'cdk-roles-anywhere.cjs');

/** Storage of the function that copies them comes in steps of this many MiB, so that it stays the same function when they grow a little. */
const STORAGE_STEP = 1024;

/**
 * What the people get who run hosts outside AWS and have never heard of the CDK: an archive for each kind of host, with signer, install script,
 * services and a README, and beside it the configuration of their signers with the ARNs of the deployment. Nothing secret is in either.
 *
 * The signer is compiled at synth, once, and kept in the folder of caches; that takes Bun, which `npm install --save-dev bun` installs in the
 * version that the message asks for. {@link SignerTarget.PORTABLE} takes no compiler.
 *
 * With a role for each host, there is a configuration for each in the folder `hosts`.
 *
 * @example
 * declare const backup: HostAccess;
 * declare const bucket: s3.Bucket;
 * new HostKit(this, 'Kit', {
 *   access: backup,
 *   bucket,
 *   targets: [SignerTarget.LINUX_X64, SignerTarget.LINUX_ARM64],
 *   contact: 'platform@example.com',
 * });
 */
export class HostKit extends Construct {
  /** What the kit is called. */
  public readonly kitName: string;

  /** Folder in the bucket. */
  public readonly keyPrefix: string;

  /** Where the archives are, in the order of the targets: `s3://bucket/kits/Backup/Backup-linux-x64.tar.gz`. */
  public readonly kitUrls: string[];

  /** Where the configurations are. */
  public readonly configurationUrls: string[];

  private readonly targets: readonly Target[];

  /**
   * @throws where neither access nor fleet is given, or both; where names or paths cannot be those of files; and where the signer cannot be built
   */
  public constructor(scope: Construct, id: string, private readonly props: HostKitProps) {
    super(scope, id);
    const { access, fleet, bucket } = props;
    if ((access === undefined) === (fleet === undefined)) {
      throw new RolesAnywhereError('INVALID_KIT', 'a kit is for hosts of an access or of a fleet; give one of both', this);
    }
    this.targets = (props.targets ?? [SignerTarget.LINUX_X64]).map(({ _target }) => _target);
    if (this.targets.length === 0) {
      throw new RolesAnywhereError('INVALID_KIT', 'a kit needs a target', this);
    }
    this.kitName = this.checked(() => kitName(props.kitName ?? (access ?? fleet)!.node.id));
    this.keyPrefix = (props.keyPrefix ?? `kits/${this.kitName}`).replace(/\/+$/u, '');
    const configurations = this.configurations();
    this.kitUrls = this.targets.map((target) => bucket.s3UrlForObject(this.keyOf(archiveName({ name: this.kitName, target }))));
    this.configurationUrls = [...configurations.keys()].map((name) => bucket.s3UrlForObject(this.keyOf(name)));
    // By another way than the bucket, where whoever could change an archive could change its hash.
    this.deploy(configurations).forEach((hash, name) => {
      const target = this.targets.find((candidate) => archiveName({ name: this.kitName, target: candidate }) === name)!;
      new CfnOutput(this, `Sha256-${target.name}`, { value: hash, description: `SHA-256 of the kit for ${target.name} of ${this.node.path}` });
    });
    this.targets.forEach(({ name }, i) => new CfnOutput(this, `Kit-${name}`, { value: this.kitUrls[i], description: `Kit for ${name} of ${this.node.path}` }));
    new CfnOutput(this, 'Configuration', {
      value: this.configurationUrls.length === 1 ? this.configurationUrls[0] : bucket.s3UrlForObject(this.keyOf('')),
      description: this.configurationUrls.length === 1 ? 'Configuration for the kit' : 'Folder with configurations for the kit',
    });
  }

  private keyOf(name: string): string {
    return this.keyPrefix === '' ? name : `${this.keyPrefix}/${name}`;
  }

  /** Configurations by the name of their file: one for each way to write paths, or one for each host and way. */
  private configurations(): Map<string, string> {
    const files = new Map<string, string>();
    const isFor = (windows: boolean) => this.targets.find(({ system }) => (system === 'windows') === windows);
    for (const target of [isFor(false), isFor(true)].filter((candidate) => candidate !== undefined)) {
      const { certificate, privateKey } = this.checked(() => hostPaths(target, this.givenPaths()));
      const own = JSON.stringify({ certificate, privateKey }).slice(1, -1);
      const suffix = target.system === 'windows' ? '-windows' : '';
      for (const [host, configuration] of this.signerConfigurations()) {
        const name = host === undefined ? `${this.kitName}${suffix}.json` : `hosts${suffix}/${hostFileName(host)}`;
        // It is JSON with tokens in it, so it can be added to but not parsed and written again.
        files.set(name, `{${own},${configuration.slice(1)}`);
      }
    }
    return files;
  }

  private signerConfigurations(): ReadonlyArray<readonly [host: string | undefined, configuration: string]> {
    const { access, fleet } = this.props;
    return access ? [[undefined, access.signerConfiguration]] : fleet!._signerConfigurations();
  }

  private givenPaths(): Partial<HostPaths> {
    return { certificate: this.props.certificatePath, privateKey: this.props.privateKeyPath };
  }

  /** Copies the archives, whose hashes it returns by name, and the configurations, in which the function of aws-s3-deployment puts what is known at deployment only. */
  private deploy(configurations: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const folder = mkdtempSync(join(tmpdir(), 'host-kit-'));
    try {
      // `cdk list`, and commands for other stacks, have no use for what is in an asset.
      if (Stack.of(this).bundlingRequired) {
        this.makeArchives(folder);
      } else {
        writeFileSync(join(folder, 'not-built'), '');
      }
      const size = sizeOf(folder) / 1024 / 1024;
      new deployment.BucketDeployment(this, 'Deployment', {
        destinationBucket: this.props.bucket,
        destinationKeyPrefix: this.keyPrefix,
        sources: [deployment.Source.asset(folder), ...[...configurations].map(([name, text]) => deployment.Source.data(name, text))],
        // Kits of other targets, and what else is in the folder, stay.
        prune: false,
        memoryLimit: 512,
        // There are the asset, and what has been taken out of it.
        ephemeralStorageSize: Size.mebibytes(Math.max(1, Math.ceil(2.2 * size / STORAGE_STEP)) * STORAGE_STEP),
      });
      return readChecksums(folder);
    } finally {
      // The asset has been copied to the assembly, unless the app was told to leave assets where they are.
      if (this.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT) === undefined) {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }

  private makeArchives(folder: string): void {
    const { contact, certificatePath, privateKeyPath } = this.props;
    const options = { 'name': this.kitName, 'out': folder, 'contact': contact, 'certificate': certificatePath, 'private-key': privateKeyPath };
    const args = [
      ...Object.entries(options).flatMap(([name, value]) => value === undefined ? [] : [`--${name}=${value}`]),
      ...this.targets.map(({ name }) => `--target=${name}`),
    ];
    this.checked(() => contact === undefined ? undefined : checkedContact(contact));
    const { status, error, stderr } = spawnSync(process.execPath, [COMMAND, 'kit', '--without-configuration', ...args], { encoding: 'utf8', env: process.env });
    const missing = this.targets.find((target) => !existsSync(join(folder, archiveName({ name: this.kitName, target }))));
    if (error || status !== 0 || missing) {
      const why = (error?.message ?? stderr.trim()) || `exit code ${status}`;
      throw new RolesAnywhereError('KIT_NOT_BUILT', `the kit for ${missing?.name ?? 'its targets'} could not be made; mend what is said below, or use `
        + `SignerTarget.PORTABLE, which takes no compiler:\n${why}\n`, this);
    }
  }

  /** Says of what is wrong where it is. */
  private checked<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof KitError) {
        throw new RolesAnywhereError('INVALID_KIT', error.message, this);
      }
      throw error;
    }
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
