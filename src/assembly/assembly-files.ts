/** Finds the templates of a cloud assembly, the folder that `cdk synth` writes. It reads JSON files, and makes nothing of what is in them. */
import { readFileSync, Stats, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { AssemblyError } from './errors';
import { isJsonObject, JsonObject, ownProperty } from './json';
import { StackMetadata } from './stack-metadata';

const SYNTH_FIRST = "run 'cdk synth' first and pass the folder it writes, 'cdk.out' unless told otherwise";

/** No release of aws-cdk-lib 2 writes an older schema; what came before named nested templates in another way. */
const OLDEST_SCHEMA = 10;

/** A template as a file. */
export interface TemplateFile {
  /** Absolute. */
  readonly path: string;
  /** Its content, of which nothing is known. */
  readonly json: unknown;
  /** Characters of its text. */
  readonly length: number;
  /** The files of the templates it is nested in, outermost first, and its own. */
  readonly nesting: readonly string[];
  /** The folder that its assets are listed in. */
  readonly folder: string;
  /** What the assembly says of its constructs; nothing for a template without an assembly. */
  readonly metadata: StackMetadata;
}

/** The template of a stack that is not nested in another one. */
export interface StackFile {
  readonly stackName: string;
  readonly template: TemplateFile;
  /** As the assembly states it; undefined for a stack that goes to any account. */
  readonly account?: string;
  /** As the assembly states it; undefined for a stack that goes to any Region. */
  readonly region?: string;
}

/** What is known about where the template of a nested stack is. */
export interface NestedTemplatePlace {
  /** The file that CDK notes in the metadata of the resource. */
  readonly assetPath?: string;
  /** `TemplateURL`, or the end of it as far as it can be resolved. */
  readonly templateUrl?: string;
}

/** A file asset as an asset manifest lists it: its path there, and its name in the bucket of assets. */
interface FileAsset {
  readonly file: string;
  readonly objectKey: string;
}

/** The stacks of an assembly, and what their values hang on. */
export interface AssemblyStacks {
  readonly stacks: readonly StackFile[];
  /** Keys of context that was missing at synth, so that there are made-up values in its place. */
  readonly missingContext: readonly string[];
}

/** What is at a path. */
export interface OpenedAssembly extends AssemblyStacks {
  /** The files, for nested templates. */
  readonly files: AssemblyFiles;
}

/**
 * The stacks at a path: all of an assembly that are not nested, or the one of a template.
 *
 * @param path - the folder that `cdk synth` writes, its `manifest.json`, or a template
 * @throws AssemblyError where it is none of these
 */
export function openAssembly(path: string): OpenedAssembly {
  const stats = statsOf(path);
  if (stats === undefined) {
    throw new AssemblyError('ASSEMBLY_NOT_FOUND', `there is no cloud assembly or template here; ${SYNTH_FIRST}`, path);
  }
  if (stats.isDirectory() || basename(path) === 'manifest.json') {
    const files = new AssemblyFiles(stats.isDirectory() ? path : dirname(path));
    return { files, ...files.stacks() };
  }
  const files = new AssemblyFiles(dirname(path));
  return { files, stacks: [requireResources(files.stackOf(path))], missingContext: [] };
}

/** A stack without resources is a stack; a file without them may be anything. */
function requireResources(stack: StackFile): StackFile {
  if (ownProperty(stack.template.json, 'Resources') === undefined) {
    throw new AssemblyError('TEMPLATE_INVALID', `a CloudFormation template has 'Resources', and this file has none; ${SYNTH_FIRST}`, stack.template.path);
  }
  return stack;
}

/**
 * The files below one folder. None outside of it is read, whatever the files in it name.
 *
 * Every method throws AssemblyError where a file is not there or not what it should be.
 */
export class AssemblyFiles {
  private readonly root: string;
  private readonly folders = new Set<string>();
  private readonly assetManifests = new Map<string, string[]>();
  private readonly assets = new Map<string, FileAsset[]>();
  private readonly contents = new Map<string, JsonFile>();
  private readonly missingContext: string[] = [];

  public constructor(root: string) {
    this.root = resolve(root);
  }

  /**
   * All stacks that are not nested, in the order of the manifest, the stages in it included.
   *
   * @throws AssemblyError
   */
  public stacks(): AssemblyStacks {
    return { stacks: this.stacksIn(this.root), missingContext: this.missingContext };
  }

  /**
   * One template below the folder, without what the manifest says about it. It may be that of a stack without resources.
   *
   * @throws AssemblyError
   */
  public stackOf(path: string): StackFile {
    const file = resolve(path);
    if (/\.ya?ml$/i.test(file)) {
      throw new AssemblyError('ASSEMBLY_NOT_JSON', `templates in YAML are not supported, because CDK writes JSON; ${SYNTH_FIRST}`, path);
    }
    const content = readJson(file);
    const stackName = basename(file).replace(/(\.template)?\.json$/i, '');
    // The asset manifest has the same name, and lists the templates of nested stacks.
    const assets = join(dirname(file), `${stackName}.assets.json`);
    if (exists(assets)) {
      this.noteAssets(dirname(file), assets);
    }
    return { stackName, template: topLevel(file, content, new StackMetadata(() => [])) };
  }

  /**
   * The template of a nested stack; undefined where it is not in the assembly.
   *
   * @throws AssemblyError
   */
  public nestedTemplate(parent: TemplateFile, { assetPath, templateUrl }: NestedTemplatePlace): TemplateFile | undefined {
    const { folder, nesting, metadata } = parent;
    const file = this.inside(folder, assetPath ?? this.assetOf(folder, templateUrl) ?? '', parent.path);
    if (file === folder || !exists(file)) {
      return undefined;
    }
    if (nesting.includes(file)) {
      throw new AssemblyError('ASSEMBLY_INVALID', `a template has itself as a nested stack; ${SYNTH_FIRST}`, file);
    }
    const content = this.contents.get(file) ?? readJson(file);
    this.contents.set(file, content);
    return { path: file, ...content, nesting: [...nesting, file], folder, metadata };
  }

  private stacksIn(folder: string): StackFile[] {
    if (this.folders.has(folder)) {
      throw new AssemblyError('ASSEMBLY_INVALID', `a cloud assembly contains itself; ${SYNTH_FIRST}`, folder);
    }
    this.folders.add(folder);
    const path = join(folder, 'manifest.json');
    if (!exists(path)) {
      throw new AssemblyError('ASSEMBLY_NOT_FOUND', `there is no 'manifest.json' in this folder; ${SYNTH_FIRST}`, folder);
    }
    const manifest = readJson(path).json;
    checkVersion(manifest, path);
    const missing = ownProperty(manifest, 'missing');
    this.missingContext.push(...(Array.isArray(missing) ? missing : []).map((entry) => String(ownProperty(entry, 'key'))));
    const artifacts = ownProperty(manifest, 'artifacts') ?? {};
    if (!isJsonObject(artifacts)) {
      throw new AssemblyError('ASSEMBLY_INVALID', `'artifacts' of the manifest must be an object; ${SYNTH_FIRST}`, path);
    }
    return Object.entries(artifacts).flatMap(([id, artifact]) => this.stacksOf(folder, id, artifact));
  }

  private stacksOf(folder: string, id: string, artifact: unknown): StackFile[] {
    const properties = ownProperty(artifact, 'properties');
    switch (ownProperty(artifact, 'type')) {
      case 'aws:cloudformation:stack':
        return [this.stackArtifact(folder, id, artifact as JsonObject)];
      case 'cdk:cloud-assembly':
        return this.stacksIn(this.inside(folder, ownProperty(properties, 'directoryName'), id));
      case 'cdk:asset-manifest':
        this.noteAssets(folder, this.inside(folder, ownProperty(properties, 'file'), id));
        return [];
      default:
        return [];
    }
  }

  private stackArtifact(folder: string, id: string, artifact: JsonObject): StackFile {
    const properties = ownProperty(artifact, 'properties');
    const file = this.inside(folder, ownProperty(properties, 'templateFile'), id);
    const stackName = ownProperty(properties, 'stackName');
    const environment = statedEnvironment(ownProperty(artifact, 'environment'));
    if (environment === undefined) {
      throw new AssemblyError('ASSEMBLY_INVALID', `the environment of stack '${id}' must read 'aws://account/region'; ${SYNTH_FIRST}`, folder);
    }
    const metadata = new StackMetadata(() => [ownProperty(artifact, 'metadata'), this.additionalMetadata(folder, artifact)]);
    return { stackName: typeof stackName === 'string' ? stackName : id, template: topLevel(file, readJson(file), metadata), ...environment };
  }

  private additionalMetadata(folder: string, artifact: JsonObject): unknown {
    const file = ownProperty(artifact, 'additionalMetadataFile');
    const path = file === undefined ? folder : this.inside(folder, file, 'the metadata of a stack');
    // Without it there is less to say, and the assembly is still good.
    return path !== folder && exists(path) ? readJson(path).json : undefined;
  }

  /** Takes note of an asset manifest, which is read only if a nested stack asks for it. */
  private noteAssets(folder: string, path: string): void {
    const manifests = this.assetManifests.get(folder) ?? [];
    manifests.push(path);
    this.assetManifests.set(folder, manifests);
  }

  /** The file behind the address under which it will have been uploaded. */
  private assetOf(folder: string, url: string | undefined): string | undefined {
    const assets = this.assets.get(folder) ?? (this.assetManifests.get(folder) ?? []).flatMap((path) => fileAssets(readJson(path).json));
    this.assets.set(folder, assets);
    return assets.find(({ objectKey }) => url?.endsWith(`/${objectKey}`))?.file;
  }

  /** A path that a file of the assembly names. An assembly is complete in itself, so whatever leads out of it is a mistake or worse. */
  private inside(folder: string, path: unknown, where: string): string {
    if (typeof path !== 'string') {
      throw new AssemblyError('ASSEMBLY_INVALID', `'${where}' names no file; ${SYNTH_FIRST}`, folder);
    }
    const resolved = resolve(folder, path);
    const fromRoot = relative(this.root, resolved);
    // Absolute when it lies on another drive.
    if (fromRoot === '..' || /^\.\.[\\/]/.test(fromRoot) || isAbsolute(fromRoot)) {
      throw new AssemblyError('ASSEMBLY_INVALID', `'${where}' names a file outside the cloud assembly; ${SYNTH_FIRST}`, path);
    }
    return resolved;
  }
}

/** What `aws://account/region` says: `unknown-account` and `unknown-region` stand for any. Undefined where the text has another form. */
function statedEnvironment(uri: unknown): Pick<StackFile, 'account' | 'region'> | undefined {
  const [, account, region] = typeof uri === 'string' ? /^aws:\/\/([^/]+)\/([^/]+)$/.exec(uri) ?? [] : [];
  if (account === undefined || region === undefined) {
    return undefined;
  }
  return { ...account !== 'unknown-account' && { account }, ...region !== 'unknown-region' && { region } };
}

function topLevel(path: string, content: JsonFile, metadata: StackMetadata): TemplateFile {
  return { path, ...content, nesting: [path], folder: dirname(path), metadata };
}

function checkVersion(manifest: unknown, path: string): void {
  const version = ownProperty(manifest, 'version');
  const major = typeof version === 'string' ? /^([0-9]+)\./.exec(version)?.[1] : undefined;
  if (major === undefined) {
    throw new AssemblyError('ASSEMBLY_INVALID', `this is no manifest of a cloud assembly, as it has no 'version'; ${SYNTH_FIRST}`, path);
  }
  if (Number(major) < OLDEST_SCHEMA) {
    throw new AssemblyError('ASSEMBLY_TOO_OLD',
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

interface JsonFile {
  readonly json: unknown;
  readonly length: number;
}

function readJson(path: string): JsonFile {
  const text = orUnreadable(path, () => readFileSync(path, 'utf8'));
  try {
    return { json: JSON.parse(text), length: text.length };
  } catch {
    // The parser's own message quotes the file, which may be anything, a private key included.
    throw new AssemblyError('ASSEMBLY_NOT_JSON', `this file is not JSON, or only the beginning of it; ${SYNTH_FIRST}`, path);
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
    throw new AssemblyError('ASSEMBLY_UNREADABLE', `this file cannot be read (${reason}); ${SYNTH_FIRST}`, path);
  }
}
