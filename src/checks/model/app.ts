/** The templates that are checked together: those of one app, or a single one. */
import { CompositeText } from './deferred';
import type { Resource } from './resource';
import { CheckedTemplate, TemplateSource, TemplateSurroundings } from './template';
import type { NestedTemplatePlace } from '../../assembly/assembly-files';
import { AssemblyError } from '../../assembly/errors';

/** Finds the template of a nested stack; undefined where it is not at hand. */
export type NestedTemplateFinder = (parent: TemplateSource, place: NestedTemplatePlace) => TemplateSource | undefined;

/** More than any app has; nested stacks that contain one another would otherwise never end. */
const MAX_TEMPLATES = 5_000;

/** Everything that the rules look at. */
export class CheckedApp implements TemplateSurroundings {
  public readonly templates: CheckedTemplate[] = [];
  private readonly topLevel: CheckedTemplate[] = [];
  private byType?: ReadonlyMap<string, readonly Resource[]>;
  private exports?: ReadonlyMap<string, readonly ExportedOutput[]>;

  /**
   * @param now - the moment for which certificates and lists have to be valid
   * @throws AssemblyError for nested templates that are not what they should be
   */
  public constructor(sources: readonly TemplateSource[], findNested: NestedTemplateFinder, public readonly now: Date) {
    for (const source of sources) {
      const template = new CheckedTemplate(source, this);
      this.topLevel.push(template);
      this.add(template, findNested);
    }
    // What was resolved to find nested templates did not see those that came later.
    this.templates.forEach((template) => template.forget());
    this.exports = undefined;
  }

  /** All resources of a type, in all templates. */
  public resources(type: string): readonly Resource[] {
    this.byType ??= groupBy(this.templates.flatMap((template) => [...template.resources.values()]), (resource) => resource.type);
    return this.byType.get(type) ?? [];
  }

  public exported(consumer: CheckedTemplate, name: string): unknown {
    this.exports ??= groupBy(this.templates.flatMap(exportsOf), (output) => output.exportName);
    const exporters = (this.exports.get(name) ?? []).filter(({ template }) => isSameEnvironment(template, consumer));
    return exporters.length === 1 ? exporters[0].template.output(exporters[0].name) : undefined;
  }

  public stackOutput(consumer: CheckedTemplate, stackName: string, output: string): unknown {
    const stacks = this.topLevel.filter((template) => template.source.stackName === stackName && isSameEnvironment(template, consumer));
    return stacks.length === 1 ? stacks[0].output(output) : undefined;
  }

  private add(template: CheckedTemplate, findNested: NestedTemplateFinder): void {
    this.templates.push(template);
    if (this.templates.length > MAX_TEMPLATES) {
      const reason = `there are more than ${MAX_TEMPLATES} templates; look for nested stacks that contain one another`;
      throw new AssemblyError('ASSEMBLY_INVALID', reason, template.source.file);
    }
    for (const [logicalId, resource] of template.resources) {
      const source = resource.type === 'AWS::CloudFormation::Stack' ? findNested(template.source, placeOf(resource)) : undefined;
      if (source) {
        const nested = new CheckedTemplate(source, this, { template, logicalId });
        template.nested.set(logicalId, nested);
        this.add(nested, findNested);
      }
    }
  }
}

interface ExportedOutput {
  readonly template: CheckedTemplate;
  readonly name: string;
  readonly exportName: string;
}

function exportsOf(template: CheckedTemplate): ExportedOutput[] {
  return template.outputNames.flatMap((name) => {
    const exportName = template.exportName(name);
    return exportName === undefined ? [] : [{ template, name, exportName }];
  });
}

function placeOf(resource: Resource): NestedTemplatePlace {
  const assetPath = resource.metadata('aws:asset:path');
  const url = resource.property('TemplateURL');
  return {
    assetPath: typeof assetPath === 'string' ? assetPath : undefined,
    templateUrl: url instanceof CompositeText ? url.end : resource.text('TemplateURL'),
  };
}

function isSameEnvironment(a: CheckedTemplate, b: CheckedTemplate): boolean {
  return a.source.account === b.source.account && a.source.region === b.source.region;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    group.push(item);
    groups.set(keyOf(item), group);
  }
  return groups;
}
