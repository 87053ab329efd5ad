/** Makes the model of each resource that IAM Roles Anywhere decides with. */
import { AttributeMappingModel, CrlModel, ProfileModel, RoleModel, TrustAnchorModel } from './model';
import { iamArn, iamName, iamPath, rolesAnywhereArn, uuidOf } from './physical-resources';
import { PropertyValue, ResourceReader } from './resource-reader';
import { Unresolved } from './unresolved';
import { ownProperty, scalarText } from '../assembly/json';
import { DEFAULT_MAX_SESSION_SECONDS } from '../trust-model/limits';

/** The model of an `AWS::RolesAnywhere::TrustAnchor`. */
export function trustAnchorModel(reader: ResourceReader): TrustAnchorModel {
  const source = reader.property('Source', 'decision');
  const sourceData = reader.member(source, 'SourceData');
  const sourceType = required(reader, reader.member(source, 'SourceType'));
  const certificatePem = sourceType === 'CERTIFICATE_BUNDLE' ? required(reader, reader.member(sourceData, 'X509CertificateData')) : undefined;
  const acmPcaArn = sourceType === 'AWS_ACM_PCA' ? required(reader, reader.member(sourceData, 'AcmPcaArn')) : undefined;
  return {
    kind: 'trust-anchor',
    id: uuidOf(reader.placed),
    arn: rolesAnywhereArn(reader.placed, 'trust-anchor'),
    name: nameOf(reader),
    ...enabledOf(reader),
    ...tagsOf(reader),
    sourceType: sourceType ?? '',
    ...defined({ certificatePem, acmPcaArn }),
    ...reader.common,
  };
}

/** The model of an `AWS::RolesAnywhere::Profile`. */
export function profileModel(reader: ResourceReader): ProfileModel {
  const roleArns = reader.property('RoleArns', 'decision');
  if (roleArns.value === undefined) {
    reader.missing(roleArns);
  }
  const optional = {
    durationSeconds: reader.integer(reader.property('DurationSeconds', 'decision')),
    sessionPolicy: reader.text(reader.property('SessionPolicy', 'description')),
    attributeMappings: attributeMappingsOf(reader),
  };
  return {
    kind: 'profile',
    id: uuidOf(reader.placed),
    arn: rolesAnywhereArn(reader.placed, 'profile'),
    name: nameOf(reader),
    ...enabledOf(reader),
    ...tagsOf(reader),
    roleArns: reader.texts(roleArns) ?? [],
    managedPolicyArns: reader.texts(reader.property('ManagedPolicyArns', 'description')) ?? [],
    acceptRoleSessionName: reader.boolean(reader.property('AcceptRoleSessionName', 'decision')) ?? false,
    ...defined(optional),
    ...reader.common,
  };
}

/** The model of an `AWS::IAM::Role`. */
export function roleModel(reader: ResourceReader): RoleModel {
  const trustPolicy = trustPolicyOf(reader);
  const [name, path, arn] = [iamName(reader.placed, 'RoleName'), iamPath(reader.placed), iamArn(reader.placed, 'role', 'RoleName')];
  // Read as properties too, so that what is not known about the ARN is noted and makes the role unusable.
  reader.text(reader.property('RoleName', 'decision'));
  reader.text(reader.property('Path', 'decision'));
  const maxSessionDuration = reader.integer(reader.property('MaxSessionDuration', 'decision'));
  return {
    kind: 'role',
    arn: arn instanceof Unresolved ? '' : arn,
    name: name instanceof Unresolved ? '' : name,
    path: path instanceof Unresolved ? '/' : path,
    trustPolicy,
    maxSessionDurationSeconds: maxSessionDuration ?? DEFAULT_MAX_SESSION_SECONDS,
    ...reader.common,
  };
}

/** The model of an `AWS::RolesAnywhere::CRL`. */
export function crlModel(reader: ResourceReader): CrlModel {
  const crlPem = required(reader, reader.property('CrlData', 'decision')) ?? '';
  const trustAnchorArn = reader.text(reader.property('TrustAnchorArn', 'decision'));
  return {
    kind: 'crl',
    id: uuidOf(reader.placed),
    name: nameOf(reader),
    ...enabledOf(reader),
    ...tagsOf(reader),
    crlPem,
    ...defined({ trustAnchorArn }),
    ...reader.common,
  };
}

function required(reader: ResourceReader, property: PropertyValue): string | undefined {
  if (property.value === undefined) {
    reader.missing(property);
  }
  return reader.text(property);
}

/** The name of a resource decides nothing, so one that is not known is noted, and the logical id stands in for it. */
function nameOf(reader: ResourceReader): string {
  const { value } = reader.property('Name', 'description');
  return typeof value === 'string' ? value : reader.placed.logicalId;
}

function enabledOf(reader: ResourceReader): { enabled: boolean; enabledStated: boolean } {
  const enabled = reader.property('Enabled', 'decision');
  return { enabled: reader.boolean(enabled) ?? false, enabledStated: enabled.value !== undefined };
}

/** Tags decide nothing, so one that is not known is noted and left out. */
function tagsOf(reader: ResourceReader): { tags?: Record<string, string> } {
  const { value } = reader.property('Tags', 'description');
  const tags = (Array.isArray(value) ? value as unknown[] : []).flatMap((tag) => {
    const [key, text] = [scalarText(ownProperty(tag, 'Key')), scalarText(ownProperty(tag, 'Value'))];
    return key === undefined || text === undefined ? [] : [[key, text] as const];
  });
  return tags.length === 0 ? {} : { tags: Object.fromEntries(tags) };
}

function attributeMappingsOf(reader: ResourceReader): AttributeMappingModel[] | undefined {
  return reader.list(reader.property('AttributeMappings', 'decision'))?.map((mapping) => {
    const rules = reader.member(mapping, 'MappingRules');
    if (rules.value === undefined) {
      reader.missing(rules);
    }
    return {
      certificateField: required(reader, reader.member(mapping, 'CertificateField')) ?? '',
      specifiers: (reader.list(rules) ?? []).map((rule) => required(reader, reader.member(rule, 'Specifier')) ?? ''),
    };
  });
}

/** The policy document, which CloudFormation takes as JSON text too. Markers inside it are left for the evaluation to refuse. */
function trustPolicyOf(reader: ResourceReader): unknown {
  const policy = reader.property('AssumeRolePolicyDocument', 'decision');
  if (policy.value === undefined) {
    return unreadablePolicy(reader, `${policy.path} is missing`);
  }
  if (typeof policy.value !== 'string') {
    return policy.value;
  }
  try {
    return JSON.parse(policy.value);
  } catch {
    return unreadablePolicy(reader, `${policy.path} is a text and not JSON`);
  }
}

function unreadablePolicy(reader: ResourceReader, reason: string): Unresolved {
  reader.note('PROPERTY_INVALID', reason, 'AssumeRolePolicyDocument');
  return new Unresolved('PROPERTY_INVALID', reason);
}

/** Without the properties that are undefined, so that a model says only what it knows. */
function defined<T extends object>(properties: T): Partial<T> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as Partial<T>;
}
