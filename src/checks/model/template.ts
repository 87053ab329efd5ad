/** A template among those that are checked together, able to resolve its values as far as that can be done before a deployment. */
import { Deferred, isFullyKnown, isKnownObject, joinText, PseudoParameter, Reference, TextPart } from './deferred';
import { Resource, resourcesOf } from './resource';
import { isJsonObject, JsonObject, ownProperty, scalarText } from '../../assembly/json';

/** Where a template is deployed, as far as it is known. */
export interface TemplateEnvironment {
  readonly account?: string;
  readonly region?: string;
}

/** A template, and what is known about it. */
export interface TemplateSource extends TemplateEnvironment {
  /** The file, as reports name it. */
  readonly file: string;
  readonly stackName: string;
  readonly json: unknown;
  /** The construct behind a logical id, where the template does not say so itself. */
  constructPathOf(logicalId: string): string | undefined;
  /** The data of metadata entries at a construct, where the assembly has them. */
  metadataOf(constructPath: string, type: string): readonly unknown[];
}

/** What a template needs of the others. */
export interface TemplateSurroundings {
  /** The value that a stack of the same environment exports under a name; undefined where it is not one, or there are several. */
  exported(consumer: CheckedTemplate, name: string): unknown;
  /** An output of a stack that is not nested; undefined as above. */
  stackOutput(consumer: CheckedTemplate, stackName: string, output: string): unknown;
}

/** The stack around a nested one. */
export interface ParentStack {
  readonly template: CheckedTemplate;
  /** The `AWS::CloudFormation::Stack` in it. */
  readonly logicalId: string;
}

/** Stands for `AWS::NoValue` until the list or object that it is in leaves it out. */
const NO_VALUE = Symbol('AWS::NoValue');

/** JSON levels and references together; templates that CDK writes stay below 30. */
const MAX_DEPTH = 200;

/** A template. */
export class CheckedTemplate {
  public readonly resources: ReadonlyMap<string, Resource>;
  /** The templates of nested stacks, by the logical id of the stack. */
  public readonly nested = new Map<string, CheckedTemplate>();
  private readonly sections: JsonObject;
  private readonly settled = new Map<string, unknown>();
  private depth = 0;

  public constructor(
    public readonly source: TemplateSource, private readonly surroundings: TemplateSurroundings, public readonly parent?: ParentStack,
  ) {
    this.sections = isJsonObject(source.json) ? source.json : {};
    this.resources = resourcesOf(this, ownProperty(this.sections, 'Resources'));
  }

  /** Forgets what it has resolved, because there is more to resolve with now. */
  public forget(): void {
    this.settled.clear();
    this.resources.forEach((resource) => resource.forget());
  }

  /** The names of the outputs. */
  public get outputNames(): string[] {
    return Object.keys(this.section('Outputs'));
  }

  /** The construct behind a logical id, where the template does not say so itself. */
  public constructPathOf(logicalId: string): string | undefined {
    return this.source.constructPathOf(logicalId);
  }

  /** A value with its intrinsic functions replaced by what they come to, or by a Deferred where only a deployment can tell. */
  public resolve(value: unknown): unknown {
    const resolved = this.resolveAny(value);
    return resolved === NO_VALUE ? undefined : resolved;
  }

  /** The value of an output; undefined where there is none of this name. */
  public output(name: string): unknown {
    const definition = ownProperty(this.section('Outputs'), name);
    return definition === undefined ? undefined : this.once(`output ${name}`, () => this.resolve(ownProperty(definition, 'Value')));
  }

  /** The name under which an output is exported, where it is known. */
  public exportName(output: string): string | undefined {
    const name = this.resolve(ownProperty(ownProperty(ownProperty(this.section('Outputs'), output), 'Export'), 'Name'));
    return typeof name === 'string' ? name : undefined;
  }

  private section(name: string): JsonObject {
    const section = ownProperty(this.sections, name);
    return isJsonObject(section) ? section : {};
  }

  /** What leads back to itself while it is being found out is left to the deployment. */
  private once(key: string, compute: () => unknown): unknown {
    if (!this.settled.has(key)) {
      this.settled.set(key, new Deferred('Fn::GetAtt', key));
      this.settled.set(key, compute());
    }
    return this.settled.get(key);
  }

  private resolveAny(value: unknown): unknown {
    if (this.depth > MAX_DEPTH) {
      return new Deferred('Ref', 'values that are nested too deep');
    }
    this.depth += 1;
    try {
      return this.resolveLevel(value);
    } finally {
      this.depth -= 1;
    }
  }

  private resolveLevel(value: unknown): unknown {
    if (typeof value === 'string') {
      // Read from other services at deployment.
      return value.includes('{{resolve:') ? new Deferred('Fn::Sub', value) : value;
    }
    if (Array.isArray(value)) {
      return value.map((item) => this.resolveAny(item)).filter((item) => item !== NO_VALUE);
    }
    if (!isJsonObject(value)) {
      return value;
    }
    const keys = Object.keys(value);
    const intrinsic = keys.find((key) => key.startsWith('Fn::') || (key === 'Ref' && keys.length === 1));
    if (intrinsic !== undefined) {
      return this.call(intrinsic, value[intrinsic]) ?? new Deferred(intrinsic, value[intrinsic]);
    }
    // fromEntries defines properties rather than assigning them, so that a key `__proto__` stays a key.
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.resolveAny(item)]).filter(([, item]) => item !== NO_VALUE));
  }

  /** What an intrinsic function comes to; undefined where only a deployment can tell. */
  private call(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref': return typeof argument === 'string' ? this.ref(argument) : undefined;
      case 'Fn::GetAtt': return this.getAtt(argument);
      case 'Fn::Join': return this.join(argument);
      case 'Fn::Sub': return this.sub(argument);
      case 'Fn::Select': return this.select(argument);
      case 'Fn::Split': return this.split(argument);
      case 'Fn::FindInMap': return this.findInMap(argument);
      case 'Fn::ImportValue': return this.importValue(argument);
      case 'Fn::GetStackOutput': return this.getStackOutput(argument);
      case 'Fn::ToJsonString': return this.toJsonString(argument);
      default: return undefined;
    }
  }

  private ref(name: string): unknown {
    if (name === 'AWS::NoValue') {
      return NO_VALUE;
    }
    if (name.startsWith('AWS::')) {
      return new PseudoParameter(name);
    }
    const resource = this.resources.get(name);
    return resource ? new Reference(resource, undefined) : this.parameter(name);
  }

  /** A parameter of a nested stack is what the stack around it passes; others may be given any value at deployment, whatever their default. */
  private parameter(name: string): unknown {
    return this.parent && this.once(`parameter ${name}`, () => {
      const { template, logicalId } = this.parent as ParentStack;
      return ownProperty(template.resources.get(logicalId)?.property('Parameters'), name);
    });
  }

  private getAtt(argument: unknown): unknown {
    const [logicalId, attribute] = typeof argument === 'string' ? splitOnce(argument) : pairOf(argument);
    const resource = typeof logicalId === 'string' ? this.resources.get(logicalId) : undefined;
    if (!resource || typeof attribute !== 'string') {
      return undefined;
    }
    const output = attribute.startsWith('Outputs.') ? this.nested.get(resource.logicalId)?.output(attribute.slice('Outputs.'.length)) : undefined;
    return output ?? new Reference(resource, attribute);
  }

  private join(argument: unknown): unknown {
    const [delimiter, list] = pairOf(argument);
    const items = this.resolveAny(list);
    if (typeof delimiter !== 'string' || !Array.isArray(items)) {
      return undefined;
    }
    const parts = items.map(asPart);
    return parts.every((part) => part !== undefined) ? joinText(parts.flatMap((part, i) => (i === 0 ? [part] : [delimiter, part]))) : undefined;
  }

  private sub(argument: unknown): unknown {
    const [text, variables] = typeof argument === 'string' ? [argument, {}] : pairOf(argument);
    if (typeof text !== 'string' || !isJsonObject(variables)) {
      return undefined;
    }
    const values = new Map<string, TextPart>();
    const parts = subPieces(text).map((piece) => {
      if (typeof piece === 'string') {
        return piece;
      }
      const value = values.get(piece.name) ?? this.subVariable(piece.name, variables);
      values.set(piece.name, value);
      return value;
    });
    return joinText(parts);
  }

  private subVariable(name: string, variables: JsonObject): TextPart {
    const value = Object.hasOwn(variables, name) ? this.resolveAny(variables[name]) : this.call(name.includes('.') ? 'Fn::GetAtt' : 'Ref', name);
    return asPart(value) ?? new Deferred('Fn::Sub', `\${${name}}`);
  }

  private select(argument: unknown): unknown {
    const [index, list] = pairOf(argument);
    const values = this.resolveAny(list);
    return Array.isArray(values) && /^\d{1,9}$/.test(scalarText(index) ?? '') ? values[Number(index)] : undefined;
  }

  private split(argument: unknown): unknown {
    const [delimiter, text] = pairOf(argument);
    const resolved = this.resolveAny(text);
    return typeof delimiter === 'string' && delimiter !== '' && typeof resolved === 'string' ? resolved.split(delimiter) : undefined;
  }

  private findInMap(argument: unknown): unknown {
    const [map, top, second] = (Array.isArray(argument) ? argument : []).map((key) => this.resolveAny(key));
    return typeof map === 'string' && typeof top === 'string' && typeof second === 'string'
      ? ownProperty(ownProperty(ownProperty(this.section('Mappings'), map), top), second)
      : undefined;
  }

  private importValue(argument: unknown): unknown {
    const name = this.resolveAny(argument);
    return typeof name === 'string' ? this.surroundings.exported(this, name) : undefined;
  }

  private getStackOutput(argument: unknown): unknown {
    const [stackName, output, region, role] = ['StackName', 'OutputName', 'Region', 'RoleArn'].map((key) => this.resolveAny(ownProperty(argument, key)));
    const isElsewhere = role !== undefined || (region !== undefined && region !== this.source.region);
    return typeof stackName === 'string' && typeof output === 'string' && !isElsewhere ? this.surroundings.stackOutput(this, stackName, output) : undefined;
  }

  private toJsonString(argument: unknown): unknown {
    const value = this.resolveAny(argument);
    return (Array.isArray(value) || isKnownObject(value)) && isFullyKnown(value) ? JSON.stringify(value) : undefined;
  }
}

/** A value as part of a text; undefined where it cannot be one. */
function asPart(value: unknown): TextPart | undefined {
  return value instanceof Deferred ? value : scalarText(value);
}

function pairOf(argument: unknown): readonly [unknown, unknown] | readonly [undefined, undefined] {
  return Array.isArray(argument) && argument.length === 2 ? [argument[0], argument[1]] : [undefined, undefined];
}

function splitOnce(text: string): readonly [string, string | undefined] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, undefined] : [text.slice(0, dot), text.slice(dot + 1)];
}

/** Literal texts and variables of an `Fn::Sub`, in order. */
function subPieces(text: string): ReadonlyArray<string | { readonly name: string }> {
  return text.split(/(\$\{[^}]*\})/).map((piece) => {
    const [, escape, name] = /^\$\{(!?)([^}]*)\}$/.exec(piece) ?? [];
    return name === undefined ? piece : escape === '!' ? `\${${name}}` : { name: name.trim() };
  });
}
