/** What Ref and Fn::GetAtt give for the resources that decisions are about: their names as stated, their ids simulated. */
import { IntrinsicResolver } from './intrinsics';
import { SimulatedAccount } from './model';
import { simulatedIamId, simulatedName, simulatedUuid } from './physical-ids';
import { TemplateResource } from './template-sections';
import { Unresolved } from './unresolved';

/** What a resource needs of its stack. */
export interface ResourceHome {
  readonly source: { readonly stackName: string; readonly environment: SimulatedAccount };
  readonly resolver: IntrinsicResolver;
  /** A property that must be text, or undefined when it is absent. */
  textProperty(resource: TemplateResource, name: string): string | Unresolved | undefined;
}

/** A resource in its stack. */
export interface PlacedResource {
  readonly home: ResourceHome;
  readonly logicalId: string;
  readonly resource: TemplateResource;
}

type Value = (placed: PlacedResource) => unknown;

/** The values of one resource type. */
interface PhysicalType {
  readonly ref?: Value;
  readonly attributes: Readonly<Record<string, Value>>;
}

/** The id that IAM Roles Anywhere or AWS Private CA would give. */
export function uuidOf(placed: PlacedResource): string {
  return simulatedUuid(idSource(placed));
}

/** The ARN of a trust anchor, profile or CRL; `resourceType` as in the ARN. */
export function rolesAnywhereArn(placed: PlacedResource, resourceType: 'trust-anchor' | 'profile' | 'crl'): string {
  const { partition, region, account } = placed.home.source.environment;
  return `arn:${partition}:rolesanywhere:${region}:${account}:${resourceType}/${uuidOf(placed)}`;
}

/** The name of an IAM resource: the property if it is stated, otherwise one in the manner of CloudFormation. */
export function iamName(placed: PlacedResource, property: string): string | Unresolved {
  return placed.home.textProperty(placed.resource, property) ?? simulatedName(idSource(placed));
}

/** The path of an IAM resource; `/` when it states none. */
export function iamPath({ home, resource }: PlacedResource): string | Unresolved {
  return home.textProperty(resource, 'Path') ?? '/';
}

/** The ARN of an IAM resource whose name is the given property. */
export function iamArn(placed: PlacedResource, resourceType: string, nameProperty: string): string | Unresolved {
  const [path, name] = [iamPath(placed), iamName(placed, nameProperty)];
  if (path instanceof Unresolved || name instanceof Unresolved) {
    return path instanceof Unresolved ? path : name;
  }
  return iamArnOf(placed, `${resourceType}${path}${name}`);
}

function idSource({ home, logicalId }: PlacedResource) {
  return { environment: home.source.environment, stackName: home.source.stackName, logicalId };
}

function iamArnOf({ home }: PlacedResource, resource: string): string {
  const { partition, account } = home.source.environment;
  return `arn:${partition}:iam::${account}:${resource}`;
}

/** IAM names an OpenID Connect provider by its URL without the scheme. */
function oidcProviderArn(placed: PlacedResource): unknown {
  const url = placed.home.textProperty(placed.resource, 'Url');
  return typeof url === 'string' ? iamArnOf(placed, `oidc-provider/${url.replace(/^https:\/\//, '')}`) : url;
}

function certificateAuthorityArn(placed: PlacedResource): string {
  const { partition, region, account } = placed.home.source.environment;
  return `arn:${partition}:acm-pca:${region}:${account}:certificate-authority/${uuidOf(placed)}`;
}

/** CDK's own resource for objects with computed keys: JSON text in, object out. */
function parsedJson({ home, resource }: PlacedResource): unknown {
  const text = home.textProperty(resource, 'Value');
  if (typeof text !== 'string') {
    return text;
  }
  try {
    return JSON.parse(text);
  } catch {
    return new Unresolved('PROPERTY_INVALID', 'the value that is to become an object is not JSON');
  }
}

/** CDK's own resource for the other direction. */
function stringifiedJson({ home, resource }: PlacedResource): unknown {
  return home.resolver.resolve({ 'Fn::ToJsonString': resource.properties.Value }, 'decision');
}

const PHYSICAL_TYPES: ReadonlyMap<string, PhysicalType> = new Map<string, PhysicalType>([
  ['AWS::RolesAnywhere::TrustAnchor', {
    ref: uuidOf,
    attributes: { TrustAnchorArn: (placed) => rolesAnywhereArn(placed, 'trust-anchor'), TrustAnchorId: uuidOf },
  }],
  ['AWS::RolesAnywhere::Profile', {
    ref: uuidOf,
    attributes: { ProfileArn: (placed) => rolesAnywhereArn(placed, 'profile'), ProfileId: uuidOf },
  }],
  ['AWS::RolesAnywhere::CRL', { ref: uuidOf, attributes: { CrlId: uuidOf } }],
  ['AWS::IAM::Role', {
    ref: (placed) => iamName(placed, 'RoleName'),
    attributes: {
      Arn: (placed) => iamArn(placed, 'role', 'RoleName'),
      RoleId: (placed) => simulatedIamId(idSource(placed), 'AROA'),
    },
  }],
  ['AWS::IAM::User', {
    ref: (placed) => iamName(placed, 'UserName'),
    attributes: { Arn: (placed) => iamArn(placed, 'user', 'UserName') },
  }],
  ['AWS::IAM::ManagedPolicy', {
    ref: (placed) => iamArn(placed, 'policy', 'ManagedPolicyName'),
    attributes: { PolicyArn: (placed) => iamArn(placed, 'policy', 'ManagedPolicyName') },
  }],
  ['AWS::IAM::OIDCProvider', { ref: oidcProviderArn, attributes: { Arn: oidcProviderArn } }],
  ['Custom::AWSCDKOpenIdConnectProvider', { ref: oidcProviderArn, attributes: {} }],
  ['AWS::ACMPCA::CertificateAuthority', { ref: certificateAuthorityArn, attributes: { Arn: certificateAuthorityArn } }],
  ['Custom::AWSCDKCfnJson', { attributes: { Value: parsedJson } }],
  ['Custom::AWSCDKCfnJsonStringify', { attributes: { Value: stringifiedJson } }],
]);

/**
 * The value of `Ref` (no attribute) or `Fn::GetAtt`.
 *
 * @returns undefined when the simulator does not know the resource type or its attribute
 */
export function physicalValue(placed: PlacedResource, attribute: string | undefined): unknown {
  const type = PHYSICAL_TYPES.get(placed.resource.type);
  if (type === undefined) {
    return undefined;
  }
  if (attribute === undefined) {
    return type.ref?.(placed);
  }
  return Object.hasOwn(type.attributes, attribute) ? type.attributes[attribute](placed) : undefined;
}
