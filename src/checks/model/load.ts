/** Makes an app to be checked of the files of a cloud assembly, or of single templates. */
import { basename, dirname } from 'node:path';
import { CheckedApp } from './app';
import type { TemplateSource } from './template';
import { AssemblyFiles, openAssembly, StackFile, TemplateFile } from '../../assembly/assembly-files';

/** A template of a stack, and what is known about the stack. */
export interface StackTemplate {
  /** The file. */
  readonly path: string;
  readonly stackName: string;
  readonly account?: string;
  readonly region?: string;
}

/**
 * Everything in an assembly: its stacks, those of the stages in it, and nested ones.
 *
 * @param path - the folder that `cdk synth` writes, or a template
 * @throws AssemblyError where that is not what it should be
 */
export function loadAssembly(path: string, now: Date): CheckedApp {
  const { files, stacks } = openAssembly(path);
  return load(stacks.map((stack) => ({ files, stack })), now);
}

/**
 * Templates of some stacks of an assembly, with those nested in them.
 *
 * @throws AssemblyError
 */
export function loadTemplates(templates: readonly StackTemplate[], now: Date): CheckedApp {
  return load(templates.map(({ path, ...stated }) => {
    const files = new AssemblyFiles(dirname(path));
    return { files, stack: { ...files.stackOf(path), ...stated } };
  }), now);
}

interface LoadedStack {
  readonly files: AssemblyFiles;
  readonly stack: StackFile;
}

/** A nested stack has that of the stack around it. */
type StackIdentity = Pick<TemplateSource, 'stackName' | 'account' | 'region'>;

interface LoadedTemplate {
  readonly files: AssemblyFiles;
  readonly template: TemplateFile;
}

function load(stacks: readonly LoadedStack[], now: Date): CheckedApp {
  const loaded = new WeakMap<TemplateSource, LoadedTemplate>();
  const sourceOf = (files: AssemblyFiles, template: TemplateFile, { stackName, account, region }: StackIdentity): TemplateSource => {
    const { path, json, metadata } = template;
    const source: TemplateSource = {
      stackName,
      account,
      region,
      file: path,
      json,
      constructPathOf: (logicalId) => metadata.constructPathOf(basename(path), logicalId),
      metadataOf: (constructPath, type) => metadata.dataOf(constructPath, type),
    };
    loaded.set(source, { files, template });
    return source;
  };
  const sources = stacks.map(({ files, stack }) => sourceOf(files, stack.template, stack));
  return new CheckedApp(sources, (parent, place) => {
    const { files, template } = loaded.get(parent) as LoadedTemplate;
    const nested = files.nestedTemplate(template, place);
    return nested && sourceOf(files, nested, parent);
  }, now);
}
