/** A resource of a template, its properties resolved as far as that can be done before a deployment. */
import { isKnownObject } from './deferred';
import type { CheckedTemplate } from './template';
import { isJsonObject, JsonObject, ownProperty } from '../../assembly/json';

/** A resource. */
export class Resource {
  private resolved?: Readonly<Record<string, unknown>>;
  private known = true;

  public constructor(
    public readonly template: CheckedTemplate,
    public readonly logicalId: string,
    public readonly type: string,
    private readonly definition: JsonObject,
  ) {}

  /** The properties, each with what only a deployment can tell as a Deferred. */
  public get properties(): Readonly<Record<string, unknown>> {
    if (this.resolved === undefined) {
      const given = ownProperty(this.definition, 'Properties');
      const properties = this.template.resolve(given);
      this.known = given === undefined || isKnownObject(properties);
      this.resolved = isKnownObject(properties) ? properties : {};
    }
    return this.resolved;
  }

  /** Forgets what it has resolved. */
  public forget(): void {
    this.resolved = undefined;
  }

  /** Whether there are no other properties than {@link properties}: false where an intrinsic function stands in their place. */
  public get isComplete(): boolean {
    return this.properties !== undefined && this.known;
  }

  /** Whether the resource is only created under a condition. */
  public get isConditional(): boolean {
    return ownProperty(this.definition, 'Condition') !== undefined;
  }

  /** A value in the metadata of the resource. */
  public metadata(key: string): unknown {
    return ownProperty(ownProperty(this.definition, 'Metadata'), key);
  }

  /** The logical ids that the resource states to depend on. */
  public get dependsOn(): readonly string[] {
    return [ownProperty(this.definition, 'DependsOn')].flat().filter((id) => typeof id === 'string');
  }

  /** The path of the construct that made it, such as `Prod/Hosts/Role/Resource`; undefined where nothing tells. */
  public get constructPath(): string | undefined {
    const stated = this.metadata('aws:cdk:path');
    return typeof stated === 'string' ? stated : this.template.constructPathOf(this.logicalId);
  }

  /** What a property, or one within it, comes to; undefined where it is not there. */
  public property(...path: readonly string[]): unknown {
    return path.reduce<unknown>((value, key) => (isKnownObject(value) ? ownProperty(value, key) : undefined), this.properties);
  }

  /** A property that is a literal text. */
  public text(...path: readonly string[]): string | undefined {
    const value = this.property(...path);
    return typeof value === 'string' ? value : undefined;
  }
}

/** The resources of a template that look like some, by logical id. */
export function resourcesOf(template: CheckedTemplate, section: unknown): Map<string, Resource> {
  const definitions = Object.entries(isJsonObject(section) ? section : {}).flatMap(([logicalId, definition]) => {
    const type = ownProperty(definition, 'Type');
    return typeof type === 'string' && isJsonObject(definition) ? [[logicalId, new Resource(template, logicalId, type, definition)] as const] : [];
  });
  return new Map(definitions);
}
