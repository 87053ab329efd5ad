/** The sections of a CloudFormation template, with their shape checked and their contents as yet unresolved. */
import { SimulatorError } from './errors';
import { isJsonObject, JsonObject, jsonKind, ownProperty } from '../assembly/json';

/** A resource as the template has it. */
export interface TemplateResource {
  readonly type: string;
  readonly properties: JsonObject;
  /** @default - the resource is always created */
  readonly condition?: string;
  readonly metadata: JsonObject;
}

/** Something in a section that is not what the section is for. */
export interface TemplateFault {
  readonly code: string;
  readonly message: string;
  /** @default - the fault concerns the template as a whole */
  readonly logicalId?: string;
}

/** The template, each section by name. Maps, since a logical id may be any word, also `constructor`. */
export interface TemplateSections {
  readonly parameters: ReadonlyMap<string, unknown>;
  readonly mappings: ReadonlyMap<string, unknown>;
  readonly conditions: ReadonlyMap<string, unknown>;
  readonly resources: ReadonlyMap<string, TemplateResource>;
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly faults: readonly TemplateFault[];
}

/** Language extensions change what intrinsic functions may do, not what stands in the template, and those functions are known here. */
const HARMLESS_TRANSFORMS = ['AWS::LanguageExtensions'];

/**
 * Takes a template apart.
 *
 * @param where - the file or other origin, for messages
 * @throws SimulatorError `TEMPLATE_INVALID` when it is no template or a section is not an object.
 */
export function templateSections(template: unknown, where: string): TemplateSections {
  if (!isJsonObject(template)) {
    throw new SimulatorError('TEMPLATE_INVALID', `a template is a JSON object with 'Resources', and this is ${jsonKind(template)}`, where);
  }
  const faults = transformFaults(template);
  const resources = new Map<string, TemplateResource>();
  for (const [logicalId, definition] of section(template, 'Resources', where)) {
    const resource = templateResource(logicalId, definition, faults);
    if (resource !== undefined) {
      resources.set(logicalId, resource);
    }
  }
  return {
    parameters: section(template, 'Parameters', where),
    mappings: section(template, 'Mappings', where),
    conditions: section(template, 'Conditions', where),
    resources,
    outputs: section(template, 'Outputs', where),
    faults,
  };
}

function section(template: JsonObject, name: string, where: string): ReadonlyMap<string, unknown> {
  const content = ownProperty(template, name) ?? {};
  if (!isJsonObject(content)) {
    throw new SimulatorError('TEMPLATE_INVALID', `'${name}' of a template is an object, and here it is ${jsonKind(content)}`, where);
  }
  return new Map(Object.entries(content));
}

function transformFaults(template: JsonObject): TemplateFault[] {
  const stated = ownProperty(template, 'Transform') ?? [];
  return (Array.isArray(stated) ? stated : [stated])
    .filter((transform) => !HARMLESS_TRANSFORMS.includes(transform))
    .map((transform) => ({
      code: 'TRANSFORM_NOT_SUPPORTED',
      message: `the template is rewritten by the macro ${JSON.stringify(transform)} at deployment, which is not supported, because macros run in AWS; ` +
        'what is read here is the template as it was before',
    }));
}

function templateResource(logicalId: string, definition: unknown, faults: TemplateFault[]): TemplateResource | undefined {
  if (logicalId.startsWith('Fn::')) {
    faults.push({
      code: 'RESOURCES_NOT_SUPPORTED',
      message: `${logicalId} among the resources is not supported, because the resources it makes are made at deployment; write them out`,
    });
    return undefined;
  }
  const type = ownProperty(definition, 'Type');
  const properties = ownProperty(definition, 'Properties') ?? {};
  const condition = ownProperty(definition, 'Condition');
  const metadata = ownProperty(definition, 'Metadata');
  if (typeof type !== 'string' || !isJsonObject(properties) || (condition !== undefined && typeof condition !== 'string')) {
    faults.push({
      code: 'RESOURCE_INVALID',
      message: 'a resource is an object with a text as \'Type\' and, where it has them, an object as \'Properties\' and a text as \'Condition\'',
      logicalId,
    });
    return undefined;
  }
  return { type, properties, condition, metadata: isJsonObject(metadata) ? metadata : {} };
}
