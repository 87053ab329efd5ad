/** One stack of the simulated deployment: what its references, parameters, conditions and outputs come to. */
import { Effort } from './effort';
import { urlSuffixOf } from './environment';
import { IntrinsicResolver, IntrinsicScope, NO_VALUE, StackOutputRequest, Use } from './intrinsics';
import { SimulatedAccount } from './model';
import { Once } from './once';
import { simulatedName, simulatedUuid } from './physical-ids';
import { physicalValue, ResourceHome } from './physical-resources';
import { TemplateResource, TemplateSections } from './template-sections';
import { Unresolved } from './unresolved';
import { isJsonObject, ownProperty, scalarText } from '../assembly/json';

/** What a parameter is given from outside: by the options of the reading, or by the stack that a nested stack is in. */
export interface ParameterSource {
  /** The value, or undefined to leave it to the default. */
  valueOf(name: string, use: Use): unknown;
  /** What a Systems Manager parameter holds, if that is known. */
  storedValueOf(name: string): string | undefined;
}

/** Everything that makes a stack, apart from the other stacks. */
export interface StackSource {
  /** As CloudFormation would call it. */
  readonly stackName: string;
  /** As messages and models call it. */
  readonly label: string;
  readonly environment: SimulatedAccount;
  readonly sections: TemplateSections;
  readonly parameters: ParameterSource;
  /** Where the template came from; the loader of nested stacks knows what to make of it. */
  readonly origin: unknown;
  /** The construct behind a logical id, where the assembly tells but the template does not. */
  constructPathOf(logicalId: string): string | undefined;
}

/** What a stack needs of the deployment around it. */
export interface StackSurroundings {
  readonly effort: Effort;
  readonly once: Once<unknown>;
  importValue(consumer: Stack, exportName: string, use: Use): unknown;
  stackOutput(consumer: Stack, request: StackOutputRequest, use: Use): unknown;
  /** A value that CDK carries from region to region in a Systems Manager parameter. */
  crossRegionExport(consumer: Stack, parameterName: string, use: Use): unknown;
  /** The stack behind an `AWS::CloudFormation::Stack`. */
  nestedStack(parent: Stack, logicalId: string): Stack | Unresolved;
}

/** A stack with its template, able to resolve any value in it. */
export class Stack implements IntrinsicScope, ResourceHome {
  public readonly resolver: IntrinsicResolver;

  /** @param ordinal - tells the stacks of one deployment apart, as their names need not */
  public constructor(public readonly source: StackSource, private readonly surroundings: StackSurroundings, public readonly ordinal: number) {
    this.resolver = new IntrinsicResolver(this, surroundings.effort);
  }

  public get sections(): TemplateSections {
    return this.source.sections;
  }

  /** The id that CloudFormation would give to the stack, simulated. */
  public get stackId(): string {
    const { environment, stackName } = this.source;
    const uuid = simulatedUuid({ environment, stackName, logicalId: '' });
    return `arn:${environment.partition}:cloudformation:${environment.region}:${environment.account}:stack/${stackName}/${uuid}`;
  }

  public ref(name: string, use: Use): unknown {
    if (name.startsWith('AWS::')) {
      return this.pseudoParameter(name);
    }
    return this.sections.parameters.has(name) ? this.parameter(name, use) : this.resourceValue(name, undefined, use);
  }

  public getAtt(logicalId: string, attribute: string, use: Use): unknown {
    return this.resourceValue(logicalId, attribute, use);
  }

  public mapping(name: string): unknown {
    return this.sections.mappings.get(name);
  }

  public condition(name: string): boolean | Unresolved {
    return this.once(`condition ${name}`, () => {
      const expression = this.sections.conditions.get(name);
      return expression === undefined
        ? new Unresolved('UNKNOWN_REFERENCE', `the template has no condition '${name}'`)
        : this.resolver.evaluate(expression);
    });
  }

  public importValue(exportName: string, use: Use): unknown {
    return this.surroundings.importValue(this, exportName, use);
  }

  public stackOutput(request: StackOutputRequest, use: Use): unknown {
    return this.surroundings.stackOutput(this, request, use);
  }

  /** Whether a resource or output of the template comes to be. */
  public exists(condition: unknown): boolean | Unresolved {
    return typeof condition === 'string' ? this.condition(condition) : true;
  }

  /** The value of an output, which CloudFormation wants to be text. */
  public output(name: string, use: Use): unknown {
    return this.once(`output ${name} as ${use}`, () => {
      const definition = this.sections.outputs.get(name);
      if (!isJsonObject(definition)) {
        return new Unresolved('UNKNOWN_REFERENCE', `stack ${this.source.label} has no output '${name}'`);
      }
      const exists = this.exists(ownProperty(definition, 'Condition'));
      if (exists !== true) {
        return exists || new Unresolved('RESOURCE_NOT_CREATED', `output '${name}' of stack ${this.source.label} is not created, because its condition is false`);
      }
      return this.resolver.resolveText(ownProperty(definition, 'Value'), use, `output '${name}' of stack ${this.source.label}`);
    });
  }

  /** The name under which an output is exported, or undefined when it is not, or does not come to be. */
  public exportName(output: string): string | Unresolved | undefined {
    const definition = this.sections.outputs.get(output);
    const name = ownProperty(ownProperty(definition, 'Export'), 'Name');
    return name === undefined || this.exists(ownProperty(definition, 'Condition')) === false ? undefined : this.resolver.resolveText(name, 'condition', 'the name of an export');
  }

  /** A property of a resource: undefined when it is absent, or absent by `AWS::NoValue`. */
  public property(resource: TemplateResource, name: string, use: Use): unknown {
    const value = this.resolver.resolve(ownProperty(resource.properties, name), use);
    return value === NO_VALUE ? undefined : value;
  }

  /** A property that must be text, or undefined when it is absent. */
  public textProperty(resource: TemplateResource, name: string): string | Unresolved | undefined {
    const value = this.property(resource, name, 'decision');
    if (value === undefined || value instanceof Unresolved) {
      return value;
    }
    return scalarText(value) ?? new Unresolved('PROPERTY_INVALID', `${name} must be a text`);
  }

  private once<T>(key: string, compute: () => T | Unresolved): T | Unresolved {
    return this.surroundings.once.get(`${this.ordinal} ${key}`, `${this.source.label}: ${key}`, compute) as T | Unresolved;
  }

  private pseudoParameter(name: string): unknown {
    const { environment, stackName } = this.source;
    switch (name) {
      case 'AWS::AccountId': return environment.account;
      case 'AWS::Region': return environment.region;
      case 'AWS::Partition': return environment.partition;
      case 'AWS::URLSuffix': return urlSuffixOf(environment.partition);
      case 'AWS::StackName': return stackName;
      case 'AWS::StackId': return this.stackId;
      case 'AWS::NotificationARNs': return [];
      case 'AWS::NoValue': return NO_VALUE;
      default: return new Unresolved('UNKNOWN_REFERENCE', `'${name}' is no pseudo parameter of CloudFormation`);
    }
  }

  private parameter(name: string, use: Use): unknown {
    return this.once(`parameter ${name} as ${use}`, () => {
      const definition = this.sections.parameters.get(name);
      const type = String(ownProperty(definition, 'Type') ?? 'String');
      const value = type.startsWith('AWS::SSM::Parameter::Value<') ? this.storedParameter(name, definition) : this.plainParameter(name, definition, use);
      if (value instanceof Unresolved || !isListType(type)) {
        return value;
      }
      return value.split(',').map((item) => item.trim());
    });
  }

  private plainParameter(name: string, definition: unknown, use: Use): string | Unresolved {
    const value = this.source.parameters.valueOf(name, use) ?? ownProperty(definition, 'Default');
    if (value === undefined) {
      return new Unresolved('PARAMETER_WITHOUT_VALUE', `parameter '${name}' has no default; pass its value in 'parameters'`);
    }
    if (value instanceof Unresolved) {
      return value;
    }
    const text = Array.isArray(value) ? value.map(scalarText).join(',') : scalarText(value);
    if (text === undefined) {
      return new Unresolved('PARAMETER_INVALID', `the value of parameter '${name}' must be a text, a number or a list of texts`);
    }
    const allowed = ownProperty(definition, 'AllowedValues');
    if (Array.isArray(allowed) && !allowed.map(scalarText).includes(text)) {
      return new Unresolved('PARAMETER_INVALID', `the value of parameter '${name}' is none of its allowed values`);
    }
    return text;
  }

  private storedParameter(name: string, definition: unknown): string | Unresolved {
    const stored = this.source.parameters.storedValueOf(name);
    const key = scalarText(ownProperty(definition, 'Default'));
    return stored ?? new Unresolved('SSM_PARAMETER',
      `parameter '${name}' is read from Systems Manager${key === undefined ? '' : ` (${key})`} at deployment; pass what is stored there in 'parameters'`);
  }

  private resourceValue(logicalId: string, attribute: string | undefined, use: Use): unknown {
    const resource = this.sections.resources.get(logicalId);
    if (resource === undefined) {
      return new Unresolved('UNKNOWN_REFERENCE', `'${logicalId}' is neither a parameter nor a resource of the template`);
    }
    if (use === 'condition') {
      return new Unresolved('RESOURCE_IN_CONDITION', `'${logicalId}' is a resource, and conditions are settled before there are any`);
    }
    return this.once(`${logicalId}${attribute === undefined ? '' : `.${attribute}`} as ${use}`, () => {
      const exists = this.exists(resource.condition);
      if (exists !== true) {
        return exists || new Unresolved('RESOURCE_NOT_CREATED', `'${logicalId}' is not created, because its condition '${resource.condition}' is false`);
      }
      return this.existingResourceValue(logicalId, resource, attribute, use);
    });
  }

  private existingResourceValue(logicalId: string, resource: TemplateResource, attribute: string | undefined, use: Use): unknown {
    if (resource.type === 'AWS::CloudFormation::Stack') {
      return this.nestedStackValue(logicalId, attribute, use);
    }
    if (resource.type === 'Custom::CrossRegionExportReader' && attribute !== undefined) {
      return this.surroundings.crossRegionExport(this, attribute, use);
    }
    return physicalValue({ home: this, logicalId, resource }, attribute) ?? this.foreignValue(logicalId, resource, attribute, use);
  }

  private nestedStackValue(logicalId: string, attribute: string | undefined, use: Use): unknown {
    const nested = this.surroundings.nestedStack(this, logicalId);
    if (nested instanceof Unresolved) {
      return nested;
    }
    if (attribute === undefined) {
      return nested.stackId;
    }
    return attribute.startsWith('Outputs.')
      ? nested.output(attribute.slice('Outputs.'.length), use)
      : new Unresolved('UNKNOWN_REFERENCE', `a nested stack has attributes 'Outputs.Name' only, and '${attribute}' is none`);
  }

  /** A resource of a type that has no part in IAM Roles Anywhere: its name is made up where the name does not matter. */
  private foreignValue(logicalId: string, { type }: TemplateResource, attribute: string | undefined, use: Use): unknown {
    if (use === 'decision') {
      const what = attribute === undefined ? 'Ref' : `attribute '${attribute}'`;
      return new Unresolved('FOREIGN_RESOURCE', `only a deployment can tell the ${what} of ${logicalId} (${type})`);
    }
    const { environment, stackName } = this.source;
    const name = simulatedName({ environment, stackName, logicalId });
    if (attribute === undefined) {
      return name;
    }
    const service = type.split('::')[1]?.toLowerCase() ?? 'unknown';
    const place = service === 's3' ? ':' : `${environment.region}:${environment.account}`;
    return attribute.endsWith('Arn') ? `arn:${environment.partition}:${service}:${place}:${name}` : `${name}.${attribute}`;
  }
}

function isListType(type: string): boolean {
  return type === 'CommaDelimitedList' || /(^|<)List</.test(type) || type.includes('<CommaDelimitedList>');
}
