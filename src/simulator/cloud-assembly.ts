/** Reads a cloud assembly, the folder that `cdk synth` writes, or a single template file, into the model. */
import { basename } from 'node:path';
import { Deployment, NestedTemplate, NestedTemplateRequest } from './deployment';
import { simulatedEnvironment, statedEnvironment } from './environment';
import { SimulatorError } from './errors';
import { AssemblyModel, SimulatedAccount } from './model';
import { modelOf, ReadOptions, statedParameters } from './template';
import { templateSections } from './template-sections';
import { AssemblyFiles, openAssembly, StackFile, TemplateFile } from '../assembly/assembly-files';
import { AssemblyError } from '../assembly/errors';

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
  try {
    return read(path, options);
  } catch (error) {
    throw error instanceof AssemblyError ? new SimulatorError(error.code, error.reason, error.path) : error;
  }
}

function read(path: string, options: ReadOptions): AssemblyModel {
  const environment = simulatedEnvironment(options);
  const { files, stacks, missingContext } = openAssembly(path);
  return new AssemblyReader(files, environment, options).read(stacks, missingContext);
}

class AssemblyReader {
  private readonly deployment = new Deployment((request) => this.findNestedTemplate(request));
  private readonly nestedSections = new Map<string, NestedTemplate['sections']>();

  public constructor(private readonly files: AssemblyFiles, private readonly environment: SimulatedAccount, private readonly options: ReadOptions) {}

  public read(stacks: readonly StackFile[], missingContext: readonly string[]): AssemblyModel {
    this.noteMissingContext(missingContext);
    stacks.forEach((stack) => this.addStack(stack));
    return modelOf(this.deployment, this.options);
  }

  private addStack(stack: StackFile): void {
    const { stackName, template } = stack;
    this.deployment.add({
      stackName,
      label: stackName,
      environment: statedEnvironment(stack, this.environment),
      sections: templateSections(template.json, template.path),
      parameters: statedParameters(stackName, this.options),
      origin: template,
      constructPathOf: constructPathsOf(template),
    }, template.length);
  }

  private noteMissingContext(keys: readonly string[]): void {
    if (keys.length > 0) {
      this.deployment.problems.push({
        code: 'ASSEMBLY_INCOMPLETE',
        message: `the assembly was synthesised without ${[...new Set(keys)].join(', ')} and holds made-up values instead; run 'cdk synth' with access to the account, `
          + 'then commit cdk.context.json',
        stack: '',
      });
    }
  }

  private findNestedTemplate({ parentOrigin, assetPath, templateUrl }: NestedTemplateRequest): NestedTemplate | undefined {
    const url = typeof templateUrl === 'string' ? templateUrl : undefined;
    const template = this.files.nestedTemplate(parentOrigin as TemplateFile, { assetPath, templateUrl: url });
    if (template === undefined) {
      return undefined;
    }
    // Nested more than once, a template is still taken apart once.
    const sections = this.nestedSections.get(template.path) ?? templateSections(template.json, template.path);
    this.nestedSections.set(template.path, sections);
    return { sections, length: template.length, origin: template, constructPathOf: constructPathsOf(template) };
  }
}

function constructPathsOf({ path, metadata }: TemplateFile): (logicalId: string) => string | undefined {
  return (logicalId) => metadata.constructPathOf(basename(path), logicalId);
}
