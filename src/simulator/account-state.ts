/** Trust anchors, profiles and revocation lists as they are at the moment: what the templates state, and what management calls made of it. */
import { randomUUID } from 'node:crypto';
import { AssemblyModel, CrlModel, ProfileModel, SimulatedAccount, TrustAnchorModel } from './model';

/** A revocation list that is imported. */
export interface ImportedCrl {
  readonly name: string;
  readonly enabled: boolean;
  /** False where the list comes from a template that leaves `Enabled` out. */
  readonly enabledStated: boolean;
  /**
   * PEM, byte for byte as it was imported.
   *
   * @default - the template does not tell, and then the list is marked unusable
   */
  readonly crlData?: Uint8Array;
  /** @default - the template names no trust anchor */
  readonly trustAnchorArn?: string;
  /**
   * Its logical id.
   *
   * @default - it was imported by a management call
   */
  readonly logicalId?: string;
  /**
   * Why nothing can be decided with it.
   *
   * @default - it can be used
   */
  readonly unusable?: string;
}

/** A resource with what the service keeps beside its properties. Never changed: a change makes another one. */
export interface ManagedResource<T> {
  readonly id: string;
  readonly arn: string;
  readonly environment: SimulatedAccount;
  readonly properties: T;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Values by key. */
  readonly tags: ReadonlyMap<string, string>;
  /** Counts up in the order of creation. */
  readonly sequence: number;
}

/** What a new resource needs. */
export type NewResource<T> = Pick<ManagedResource<T>, 'id' | 'arn' | 'environment' | 'properties' | 'tags'>;

/** All resources of one kind. */
export class ResourceTable<T> {
  /** By ARN. */
  private readonly resources = new Map<string, ManagedResource<T>>();
  /** ARNs by id. */
  private readonly arns = new Map<string, string>();
  private created = 0;

  /** The resource of an id. */
  public withId(id: string): ManagedResource<T> | undefined {
    const arn = this.arns.get(id);
    return arn === undefined ? undefined : this.resources.get(arn);
  }

  /** The resource of an ARN. */
  public withArn(arn: string): ManagedResource<T> | undefined {
    return this.resources.get(arn);
  }

  /** All of them in the order of creation. */
  public all(): ManagedResource<T>[] {
    return [...this.resources.values()];
  }

  /** Adds one. */
  public add(resource: NewResource<T>, at: Date): ManagedResource<T> {
    this.created += 1;
    const added = { ...resource, createdAt: at, updatedAt: at, sequence: this.created };
    this.arns.set(added.id, added.arn);
    return this.put(added);
  }

  /** Changes properties of one. */
  public change(resource: ManagedResource<T>, properties: Partial<T>, at: Date): ManagedResource<T> {
    return this.put({ ...resource, properties: { ...resource.properties, ...properties }, updatedAt: at });
  }

  /** Gives one other tags. */
  public retag(resource: ManagedResource<T>, tags: ReadonlyMap<string, string>): ManagedResource<T> {
    return this.put({ ...resource, tags });
  }

  /** Removes one. */
  public delete({ id, arn }: ManagedResource<T>): void {
    this.resources.delete(arn);
    this.arns.delete(id);
  }

  private put(resource: ManagedResource<T>): ManagedResource<T> {
    this.resources.set(resource.arn, resource);
    return resource;
  }
}

/** The resources of every account and region that an assembly deploys to. */
export class AccountState {
  public readonly trustAnchors = new ResourceTable<TrustAnchorModel>();
  public readonly profiles = new ResourceTable<ProfileModel>();
  public readonly crls = new ResourceTable<ImportedCrl>();

  /**
   * Begins with what the templates state, as if it had just been deployed.
   *
   * @param at the moment of that deployment
   */
  public constructor(model: AssemblyModel, at: Date = new Date()) {
    for (const anchor of model.trustAnchors) {
      this.trustAnchors.add({ ...common(anchor), arn: anchor.arn, properties: anchor }, at);
    }
    for (const profile of model.profiles) {
      this.profiles.add({ ...common(profile), arn: profile.arn, properties: profile }, at);
    }
    for (const crl of model.crls) {
      this.crls.add({ ...common(crl), arn: crlArn(crl.environment, crl.id), properties: crlOfTemplate(crl) }, at);
    }
  }

  /** The lists that are, or may be, those of a trust anchor: a list of a template that names none may be any anchor's. */
  public crlsOf(trustAnchorArn: string): ImportedCrl[] {
    return this.crls.all()
      .map(({ properties }) => properties)
      .filter((crl) => crl.trustAnchorArn === undefined || crl.trustAnchorArn === trustAnchorArn);
  }

  /** Imports a list for a trust anchor, whose account and region it then has. */
  public importCrl(
    { arn, environment }: ManagedResource<TrustAnchorModel>, crl: ImportedCrl, tags: ReadonlyMap<string, string>, at: Date,
  ): ManagedResource<ImportedCrl> {
    const id = randomUUID();
    return this.crls.add({ id, arn: crlArn(environment, id), environment, properties: { ...crl, trustAnchorArn: arn }, tags }, at);
  }
}

function common({ id, environment, tags = {} }: TrustAnchorModel | ProfileModel | CrlModel) {
  return { id, environment, tags: new Map(Object.entries(tags)) };
}

function crlArn({ partition, region, account }: SimulatedAccount, id: string): string {
  return `arn:${partition}:rolesanywhere:${region}:${account}:crl/${id}`;
}

function crlOfTemplate({ name, enabled, enabledStated, crlPem, trustAnchorArn, logicalId, unusable }: CrlModel): ImportedCrl {
  return {
    name,
    enabled,
    enabledStated,
    // CloudFormation hands on the UTF-8 bytes of the text.
    ...(crlPem === '' ? {} : { crlData: Buffer.from(crlPem, 'utf8') }),
    ...(trustAnchorArn === undefined ? {} : { trustAnchorArn }),
    logicalId,
    ...(unusable === undefined ? {} : { unusable }),
  };
}
