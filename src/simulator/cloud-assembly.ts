/** Reads a cloud assembly, the folder that `cdk synth` writes, or a single template file, into the model. */
import { readFileSync, Stats, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { ConstructPaths } from './construct-paths';
import { Deployment, NestedTemplate, NestedTemplateRequest } from './deployment';
import { parseEnvironment, simulatedEnvironment } from './environment';
import { SimulatorError } from './errors';
import { isJsonObject, JsonObject, ownProperty } from './json';
import { AssemblyModel, SimulatedAccount } from './model';
import { modelOf, ReadOptions, statedParameters } from './template';
import { templateSections } from './template-sections';

const SYNTH_FIRST = "run 'cdk synth' first and pass the folder it writes, 'cdk.out' unless told otherwise";

/** No release of aws-cdk-lib 2 writes an older schema; what came before named nested templates in another way. */
const OLDEST_SCHEMA = 10;

/**
 * Reads everything about IAM Roles Anywhere in a cloud assembly: its stacks, the stages and nested stacks in it.
 *
 * Only JSON files are read, nothing is executed and nothing is fetched. What cannot be resolved is in `problems` of the result.
 *
 * @param path - the folder with `manifest.json`, or one template file in JSON
 * @throws SimulatorError
 * - `ASSEMBLY_NOT_FOUND` when there is nothing, or a folder without `manifest.json`;
 * - `ASSEMBLY_UNREADABLE` when the system refuses to read a file;
 * - `ASSEMBLY_NOT_JSON`, `ASSEMBLY_INVALID`, `ASSEMBLY_TOO_OLD`, `TEMPLATE_INVALID` when a file is not what it should be;
 * - `TEMPLATE_TOO_COMPLEX` when a template is made to grow without end;
 * - `INVALID_OPTION` when an option is not what it is called.
 */
export function readCloudAssembly(path: string, options: ReadOptions = {}): AssemblyModel {
  const stats = statsOf(path);
  if (stats === undefined) {
    throw new SimulatorError('ASSEMBLY_NOT_FOUND', `there is no cloud assembly or template here; ${SYNTH_FIRST}`, path);
  }
  if (stats.isDirectory()) {
    return new AssemblyReader(path, options).readFolder();
  }
  return basename(path) === 'manifest.json' ? new AssemblyReader(dirname(path), options).readFolder() : readTemplateFile(path, options);
}

function readTemplateFile(path: string, options: ReadOptions): AssemblyModel {
  if (/\.ya?ml$/i.test(path)) {
    throw new SimulatorError('ASSEMBLY_NOT_JSON', `templates in YAML are not supported, because CDK writes JSON; ${SYNTH_FIRST}`, path);
  }
  return new AssemblyReader(dirname(path), options).readTemplate(path);
}

/** A file of an asset manifest: its path as stated there, and its name in the bucket of assets. */
interface FileAsset {
  readonly file: string;
  readonly objectKey: string;
}

/** Where a template came from: its file, the files it is nested in, and the folder that its assets are listed in. */
interface TemplateOrigin {
  readonly folder: string;
  readonly files: readonly string[];
  readonly constructPaths: ConstructPaths;
}

class AssemblyReader {
  private readonly root: string;
  private readonly environment: SimulatedAccount;
  private readonly deployment = new Deployment((request) => this.findNestedTemplate(request));
  private readonly folders = new Set<string>();
  private readonly assetManifests = new Map<string, string[]>();
  private readonly assets = new Map<string, FileAsset[]>();
  private readonly nestedTemplates = new Map<string, Pick<NestedTemplate, 'sections' | 'length'>>();

  public constructor(root: string, private readonly options: ReadOptions) {
    this.root = resolve(root);
    this.environment = simulatedEnvironment(options);
  }

  public readFolder(): AssemblyModel {
    this.addFolder(this.root);
    return modelOf(this.deployment, this.options);
  }

  public readTemplate(path: string): AssemblyModel {
    const file = resolve(path);
    const template = readJson(file);
    if (ownProperty(template.json, 'Resources') === undefined) {
      throw new SimulatorError('TEMPLATE_INVALID', `a CloudFormation template has 'Resources', and this file has none; ${SYNTH_FIRST}`, path);
    }
    const stackName = basename(file).replace(/(\.template)?\.json$/i, '');
    // The asset manifest has the same name, and lists the templates of nested stacks.
    const assets = join(this.root, `${stackName}.assets.json`);
    if (exists(assets)) {
      this.noteAssets(this.root, assets);
    }
    this.addStack(file, template, stackName, this.environment, new ConstructPaths(() => []));
    return modelOf(this.deployment, this.options);
  }

  private addFolder(folder: string): void {
    if (this.folders.has(folder)) {
      throw new SimulatorError('ASSEMBLY_INVALID', `a cloud assembly contains itself; ${SYNTH_FIRST}`, folder);
    }
    this.folders.add(folder);
    const path = join(folder, 'manifest.json');
    if (!exists(path)) {
      throw new SimulatorError('ASSEMBLY_NOT_FOUND', `there is no 'manifest.json' in this folder; ${SYNTH_FIRST}`, folder);
    }
    const manifest = readJson(path).json;
    checkVersion(manifest, path);
    this.noteMissingContext(manifest);
    const artifacts = ownProperty(manifest, 'artifacts') ?? {};
    if (!isJsonObject(artifacts)) {
      throw new SimulatorError('ASSEMBLY_INVALID', `'artifacts' of the manifest must be an object; ${SYNTH_FIRST}`, path);
    }
    for (const [id, artifact] of Object.entries(artifacts)) {
      this.addArtifact(folder, id, artifact);
    }
  }

  private addArtifact(folder: string, id: string, artifact: unknown): void {
    const properties = ownProperty(artifact, 'properties');
    switch (ownProperty(artifact, 'type')) {
      case 'aws:cloudformation:stack': return this.addStackArtifact(folder, id, artifact as JsonObject);
      case 'cdk:cloud-assembly': return this.addFolder(this.inside(folder, ownProperty(properties, 'directoryName'), id));
      case 'cdk:asset-manifest': return this.noteAssets(folder, this.inside(folder, ownProperty(properties, 'file'), id));
      default: return undefined;
    }
  }

  private addStackArtifact(folder: string, id: string, artifact: JsonObject): void {
    const properties = ownProperty(artifact, 'properties');
    const file = this.inside(folder, ownProperty(properties, 'templateFile'), id);
    const uri = ownProperty(artifact, 'environment');
    const environment = typeof uri === 'string' ? parseEnvironment(uri, this.environment) : undefined;
    if (environment === undefined) {
      throw new SimulatorError('ASSEMBLY_INVALID', `the environment of stack '${id}' must read 'aws://account/region'; ${SYNTH_FIRST}`, folder);
    }
    const stackName = ownProperty(properties, 'stackName');
    this.addStack(file, readJson(file), typeof stackName === 'string' ? stackName : id, environment, this.constructPaths(folder, artifact));
  }

  private addStack(file: string, { text, json }: JsonFile, stackName: string, environment: SimulatedAccount, constructPaths: ConstructPaths): void {
    const origin: TemplateOrigin = { folder: dirname(file), files: [file], constructPaths };
    this.deployment.add({
      stackName,
      label: stackName,
      environment,
      sections: templateSections(json, file),
      parameters: statedParameters(stackName, this.options),
      origin,
      constructPathOf: (logicalId) => constructPaths.of(basename(file), logicalId),
    }, text.length);
  }

  /** CDK leaves the paths out of the templates unless the command line asks for them, but not out of the assembly's metadata. */
  private constructPaths(folder: string, artifact: JsonObject): ConstructPaths {
    return new ConstructPaths(() => [ownProperty(artifact, 'metadata'), this.additionalMetadata(folder, artifact)]);
  }

  private additionalMetadata(folder: string, artifact: JsonObject): unknown {
    const file = ownProperty(artifact, 'additionalMetadataFile');
    const path = file === undefined ? folder : this.inside(folder, file, 'the metadata of a stack');
    // Only messages profit from it, so that an assembly without it is still good.
    return path !== folder && exists(path) ? readJson(path).json : undefined;
  }

  private noteMissingContext(manifest: unknown): void {
    const missing = ownProperty(manifest, 'missing');
    if (Array.isArray(missing) && missing.length > 0) {
      const keys = missing.map((entry) => ownProperty(entry, 'key')).join(', ');
      this.deployment.problems.push({
        code: 'ASSEMBLY_INCOMPLETE',
        message: `the assembly was synthesised without ${keys} and holds made-up values instead; run 'cdk synth' with access to the account, then commit cdk.context.json`,
        stack: '',
      });
    }
  }

  /** Takes note of an asset manifest, which is read only if a nested stack asks for it. */
  private noteAssets(folder: string, path: string): void {
    const manifests = this.assetManifests.get(folder) ?? [];
    manifests.push(path);
    this.assetManifests.set(folder, manifests);
  }

  private findNestedTemplate({ parentOrigin, assetPath, templateUrl }: NestedTemplateRequest): NestedTemplate | undefined {
    const { folder, files, constructPaths } = parentOrigin as TemplateOrigin;
    const file = this.inside(folder, assetPath ?? this.assetOf(folder, templateUrl) ?? '', files[files.length - 1]);
    if (file === folder || !exists(file)) {
      return undefined;
    }
    if (files.includes(file)) {
      throw new SimulatorError('ASSEMBLY_INVALID', `a template has itself as a nested stack; ${SYNTH_FIRST}`, file);
    }
    const template = this.nestedTemplates.get(file) ?? readNestedTemplate(file);
    this.nestedTemplates.set(file, template);
    const origin: TemplateOrigin = { folder, files: [...files, file], constructPaths };
    return { ...template, origin, constructPathOf: (logicalId) => constructPaths.of(basename(file), logicalId) };
  }

  /** The file behind the address under which it will have been uploaded. */
  private assetOf(folder: string, url: unknown): string | undefined {
    const assets = this.assets.get(folder) ?? (this.assetManifests.get(folder) ?? []).flatMap((path) => fileAssets(readJson(path).json));
    this.assets.set(folder, assets);
    return typeof url === 'string' ? assets.find(({ objectKey }) => url.endsWith(`/${objectKey}`))?.file : undefined;
  }

  /** A path that a file of the assembly names. An assembly is complete in itself, so whatever leads out of it is a mistake or worse. */
  private inside(folder: string, path: unknown, where: string): string {
    if (typeof path !== 'string') {
      throw new SimulatorError('ASSEMBLY_INVALID', `'${where}' names no file; ${SYNTH_FIRST}`, folder);
    }
    const resolved = resolve(folder, path);
    const fromRoot = relative(this.root, resolved);
    // Absolute when it lies on another drive.
    if (fromRoot === '..' || /^\.\.[\\/]/.test(fromRoot) || isAbsolute(fromRoot)) {
      throw new SimulatorError('ASSEMBLY_INVALID', `'${where}' names a file outside the cloud assembly; ${SYNTH_FIRST}`, path);
    }
    return resolved;
  }
}

function readNestedTemplate(file: string): Pick<NestedTemplate, 'sections' | 'length'> {
  const { text, json } = readJson(file);
  return { sections: templateSections(json, file), length: text.length };
}

function checkVersion(manifest: unknown, path: string): void {
  const version = ownProperty(manifest, 'version');
  const major = typeof version === 'string' ? /^([0-9]+)\./.exec(version)?.[1] : undefined;
  if (major === undefined) {
    throw new SimulatorError('ASSEMBLY_INVALID', `this is no manifest of a cloud assembly, as it has no 'version'; ${SYNTH_FIRST}`, path);
  }
  if (Number(major) < OLDEST_SCHEMA) {
    throw new SimulatorError('ASSEMBLY_TOO_OLD',
      `schema version ${version} of the cloud assembly is older than ${OLDEST_SCHEMA}, the oldest that is read; update aws-cdk-lib and run 'cdk synth' again`, path);
  }
}

/** The asset files of an asset manifest, once for each destination. */
function fileAssets(manifest: unknown): FileAsset[] {
  return Object.values(ownProperty(manifest, 'files') ?? {}).flatMap((asset) => {
    const file = ownProperty(ownProperty(asset, 'source'), 'path');
    return Object.values(ownProperty(asset, 'destinations') ?? {}).flatMap((destination) => {
      const objectKey = ownProperty(destination, 'objectKey');
      return typeof file === 'string' && typeof objectKey === 'string' ? [{ objectKey, file }] : [];
    });
  });
}

/** A file with its text, whose length says how much work the file may cause. */
interface JsonFile {
  readonly text: string;
  readonly json: unknown;
}

function readJson(path: string): JsonFile {
  const text = orUnreadable(path, () => readFileSync(path, 'utf8'));
  try {
    return { text, json: JSON.parse(text) };
  } catch {
    // The parser's own message quotes the file, which may be anything, a private key included.
    throw new SimulatorError('ASSEMBLY_NOT_JSON', `this file is not JSON, or only the beginning of it; ${SYNTH_FIRST}`, path);
  }
}

function exists(path: string): boolean {
  return statsOf(path) !== undefined;
}

function statsOf(path: string): Stats | undefined {
  return orUnreadable(path, () => statSync(path, { throwIfNoEntry: false }));
}

function orUnreadable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
    throw new SimulatorError('ASSEMBLY_UNREADABLE', `this file cannot be read (${reason}); ${SYNTH_FIRST}`, path);
  }
}
