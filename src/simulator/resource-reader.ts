/** Reads the properties of one resource and keeps account of those that are not known or not what they should be. */
import { Use } from './intrinsics';
import { ModelProblem, ResourceModel } from './model';
import { PlacedResource } from './physical-resources';
import { Stack } from './stack';
import { TemplateResource } from './template-sections';
import { findUnresolved, Unresolved } from './unresolved';
import { isJsonObject, jsonKind, scalarText } from '../assembly/json';

/** A property, or a value somewhere inside one, with the path that messages call it by. */
export interface PropertyValue {
  readonly path: string;
  readonly value: unknown;
}

/** Reads one resource. The first decisive property that fails makes the resource unusable; all that fail are noted. */
export class ResourceReader {
  public readonly placed: PlacedResource;
  private reason?: string;

  public constructor(
    private readonly stack: Stack,
    private readonly logicalId: string,
    private readonly resource: TemplateResource,
    private readonly problems: ModelProblem[],
  ) {
    this.placed = { home: stack, logicalId, resource };
  }

  /** What all models have in common; to be asked for last, when everything has been read. */
  public get common(): ResourceModel {
    const constructPath = this.resource.metadata['aws:cdk:path'] ?? this.stack.source.constructPathOf(this.logicalId);
    return {
      logicalId: this.logicalId,
      stack: this.stack.source.label,
      ...(typeof constructPath === 'string' ? { constructPath } : {}),
      environment: this.stack.source.environment,
      ...(this.reason === undefined ? {} : { unusable: this.reason }),
    };
  }

  /** Notes that the resource cannot be used, unless a reason is known already. */
  public refuse(reason: string): void {
    this.reason ??= reason;
  }

  /** Notes a problem without making the resource unusable. */
  public note(code: string, message: string, path?: string): void {
    this.problems.push({ code, message, stack: this.stack.source.label, logicalId: this.logicalId, ...(path === undefined ? {} : { path }) });
  }

  /** A property with its unresolved parts noted, whatever its type; undefined when it is absent. */
  public property(name: string, use: Use): PropertyValue {
    const value = this.stack.property(this.resource, name, use);
    for (const { path, marker } of findUnresolved(value, name)) {
      this.note(marker.code, marker.unresolved, path);
    }
    return { path: name, value };
  }

  /** The value under a key of an object; undefined where there is no object. */
  public member(object: PropertyValue, key: string): PropertyValue {
    const path = `${object.path}.${key}`;
    if (object.value instanceof Unresolved) {
      return { path, value: object.value };
    }
    return { path, value: isJsonObject(object.value) && Object.hasOwn(object.value, key) ? object.value[key] : undefined };
  }

  /** The value as text. */
  public text(property: PropertyValue): string | undefined {
    return this.typed(property, 'a text', scalarText);
  }

  /** The value as a truth value; CloudFormation takes "true" and "false" for one too. */
  public boolean(property: PropertyValue): boolean | undefined {
    return this.typed(property, 'true or false', (value) => {
      const text = scalarText(value);
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
    });
  }

  /** The value as a whole number; CloudFormation takes digits for one too. */
  public integer(property: PropertyValue): number | undefined {
    return this.typed(property, 'a whole number', (value) => (/^[0-9]{1,9}$/.test(scalarText(value) ?? '') ? Number(value) : undefined));
  }

  /** The items of a list; undefined when it is absent. */
  public list(property: PropertyValue): PropertyValue[] | undefined {
    const values = this.typed(property, 'a list', (value) => (Array.isArray(value) ? value as unknown[] : undefined));
    return values?.map((value, index) => ({ path: `${property.path}[${index}]`, value }));
  }

  /** The items of a list that are text; whatever is not makes the resource unusable. */
  public texts(property: PropertyValue): string[] | undefined {
    return this.list(property)?.map((item) => this.text(item)).filter((text) => text !== undefined);
  }

  /** Notes that a property is missing that the resource cannot be created without. */
  public missing({ path }: PropertyValue): void {
    this.invalid(path, `${path} is missing`);
  }

  private typed<T>({ path, value }: PropertyValue, type: string, convert: (value: unknown) => T | undefined): T | undefined {
    if (value === undefined) {
      return undefined;
    }
    if (value instanceof Unresolved) {
      this.refuse(`${path} is not known: ${value.unresolved}`);
      return undefined;
    }
    const converted = convert(value);
    if (converted === undefined) {
      this.invalid(path, `${path} must be ${type}, and it is ${jsonKind(value)}`);
    }
    return converted;
  }

  private invalid(path: string, message: string): void {
    this.note('PROPERTY_INVALID', message, path);
    this.refuse(message);
  }
}
