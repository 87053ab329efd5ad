/** What each operation of the management API does, on the resources as they are at the moment. */
import { AccountState, ImportedCrl, ManagedResource, ResourceTable } from './account-state';
import { resourceNotFound, SIMULATED_ANSWER, tooManyTags, validationException } from './management-errors';
import {
  addedTags, enabledMember, MAX_TAGS, newTags, optionalCrlData, optionalName, pageSizeParameter, requiredCrlData, requiredName, resourceArnMember,
  tagKeys, trustAnchorArnMember,
} from './management-input';
import { ProfileModel, TrustAnchorModel } from './model';
import { pageOf } from './pages';
import { printable } from './printable';
import { JsonObject } from '../assembly/json';
import { CRLS_PER_ANCHOR, DEFAULT_SESSION_SECONDS } from '../trust-model/limits';
import { DEFAULT_ATTRIBUTE_MAPPINGS } from '../trust-model/session-tags';

/** One call, read as far as that does not depend on the operation. */
export interface ManagementCall {
  readonly state: AccountState;
  /** The region that the call is signed for; resources of others are not there. @default - the call is not signed, and any will do */
  readonly region?: string;
  /** The id in the path. Empty where the path has none. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** The members of the body, read when they are asked for. */
  readonly input: () => JsonObject;
  readonly at: Date;
  /** How many items a page has where the call does not say. */
  readonly defaultPageSize: number;
}

/** Carries out one operation and returns the body of its answer. */
export type Operation = (call: ManagementCall) => object;

// ---- finding resources

function isVisible<T>({ environment }: ManagedResource<T>, { region }: ManagementCall): boolean {
  return region === undefined || environment.region === region;
}

function find<T>(table: ResourceTable<T>, what: string, call: ManagementCall): ManagedResource<T> {
  const resource = table.withId(call.id);
  if (!resource || !isVisible(resource, call)) {
    throw resourceNotFound(`${what} ${printable(call.id)}${regionHint(resource)}`);
  }
  return resource;
}

/** The service would not say so, but who asks the wrong region should not have to guess. */
function regionHint<T>(resource: ManagedResource<T> | undefined): string {
  return resource ? ` (it is in ${resource.environment.region}, and the call is signed for another region)` : '';
}

/** One page; `member` is the list's name in the answer. */
function list<T>(table: ResourceTable<T>, member: string, detail: (resource: ManagedResource<T>) => object, call: ManagementCall): object {
  const visible = table.all().filter((resource) => isVisible(resource, call));
  const { items, nextToken } = pageOf(visible, {
    kind: member,
    size: pageSizeParameter(call.query) ?? call.defaultPageSize,
    token: call.query.get('nextToken') ?? undefined,
  });
  return { [member]: items.map(detail), ...(nextToken === undefined ? {} : { nextToken }) };
}

function setEnabled<T extends { readonly enabled: boolean; readonly enabledStated: boolean }>(
  table: ResourceTable<T>, what: string, enabled: boolean, call: ManagementCall,
): ManagedResource<T> {
  // Whatever the template said or left out, this is now somebody's word.
  return table.change(find(table, what, call), { enabled, enabledStated: true } as Partial<T>, call.at);
}

// ---- what answers show

function crlDetail({ id, arn, properties: { name, enabled, crlData, trustAnchorArn }, createdAt, updatedAt }: ManagedResource<ImportedCrl>): object {
  const data = crlData && Buffer.from(crlData).toString('base64');
  return { crlId: id, crlArn: arn, name, enabled, crlData: data, trustAnchorArn, createdAt, updatedAt };
}

function trustAnchorDetail({ id, arn, properties, createdAt, updatedAt }: ManagedResource<TrustAnchorModel>): object {
  const { name, enabled, sourceType, certificatePem, acmPcaArn } = properties;
  const source = { sourceType, sourceData: { x509CertificateData: certificatePem, acmPcaArn } };
  return { trustAnchorId: id, trustAnchorArn: arn, name, source, enabled, createdAt, updatedAt };
}

function profileDetail({ id, arn, environment, properties, createdAt, updatedAt }: ManagedResource<ProfileModel>): object {
  const { name, enabled, roleArns, managedPolicyArns, sessionPolicy, durationSeconds = DEFAULT_SESSION_SECONDS, acceptRoleSessionName } = properties;
  const mappings = properties.attributeMappings ?? DEFAULT_ATTRIBUTE_MAPPINGS;
  return {
    profileId: id,
    profileArn: arn,
    name,
    enabled,
    createdBy: environment.account,
    requireInstanceProperties: false,
    acceptRoleSessionName,
    roleArns,
    managedPolicyArns,
    sessionPolicy,
    durationSeconds,
    attributeMappings: mappings.map(({ certificateField, specifiers }) => ({
      certificateField,
      mappingRules: specifiers.map((specifier) => ({ specifier })),
    })),
    createdAt,
    updatedAt,
  };
}

// ---- revocation lists

function importCrl(call: ManagementCall): object {
  const input = call.input();
  const name = requiredName(input);
  const crlData = requiredCrlData(input);
  const arn = trustAnchorArnMember(input);
  const enabled = enabledMember(input);
  const tags = newTags(input);
  const anchor = call.state.trustAnchors.withArn(arn);
  if (!anchor || !isVisible(anchor, call)) {
    // The API model has no ResourceNotFoundException for this operation.
    throw validationException(`There is no trust anchor ${printable(arn)}${regionHint(anchor)} ${SIMULATED_ANSWER}`);
  }
  if (call.state.crls.all().filter(({ properties }) => properties.trustAnchorArn === arn).length >= CRLS_PER_ANCHOR) {
    throw validationException(`Trust anchor ${arn} has ${CRLS_PER_ANCHOR} CRLs already, which is the quota ${SIMULATED_ANSWER}`);
  }
  return { crl: crlDetail(call.state.importCrl(anchor, { name, crlData, enabled, enabledStated: true }, tags, call.at)) };
}

function updateCrl(call: ManagementCall): object {
  const { crls } = call.state;
  const crl = find(crls, 'CRL', call);
  const input = call.input();
  const [name, crlData] = [optionalName(input), optionalCrlData(input)];
  const changes = { ...(name === undefined ? {} : { name }), ...(crlData === undefined ? {} : { crlData }) };
  return { crl: crlDetail(crls.change(crl, changes, call.at)) };
}

function deleteCrl(call: ManagementCall): object {
  const crl = find(call.state.crls, 'CRL', call);
  call.state.crls.delete(crl);
  return { crl: crlDetail(crl) };
}

// ---- tags

/** A resource together with the table it is in. */
interface Tagged {
  readonly tags: ReadonlyMap<string, string>;
  retag(tags: ReadonlyMap<string, string>): void;
}

function tagged<T>(table: ResourceTable<T>, arn: string, call: ManagementCall): Tagged | undefined {
  const resource = table.withArn(arn);
  return resource && isVisible(resource, call) ? { tags: resource.tags, retag: (tags) => table.retag(resource, tags) } : undefined;
}

function findTagged(arn: string, call: ManagementCall): Tagged {
  const { crls, trustAnchors, profiles } = call.state;
  const found = tagged(crls, arn, call) ?? tagged(trustAnchors, arn, call) ?? tagged(profiles, arn, call);
  if (!found) {
    throw resourceNotFound(`Resource ${printable(arn)}`);
  }
  return found;
}

function tagResource(call: ManagementCall): object {
  const input = call.input();
  const resource = findTagged(resourceArnMember(input.resourceArn), call);
  const tags = new Map([...resource.tags, ...addedTags(input)]);
  if (tags.size > MAX_TAGS) {
    throw tooManyTags(MAX_TAGS);
  }
  resource.retag(tags);
  return {};
}

function untagResource(call: ManagementCall): object {
  const input = call.input();
  const resource = findTagged(resourceArnMember(input.resourceArn), call);
  const removed = new Set(tagKeys(input));
  resource.retag(new Map([...resource.tags].filter(([key]) => !removed.has(key))));
  return {};
}

function listTags(call: ManagementCall): object {
  const { tags } = findTagged(resourceArnMember(call.query.get('resourceArn')), call);
  return { tags: [...tags].map(([key, value]) => ({ key, value })) };
}

/** The operations by name. */
export const OPERATIONS = {
  ImportCrl: importCrl,
  UpdateCrl: updateCrl,
  GetCrl: (call) => ({ crl: crlDetail(find(call.state.crls, 'CRL', call)) }),
  ListCrls: (call) => list(call.state.crls, 'crls', crlDetail, call),
  EnableCrl: (call) => ({ crl: crlDetail(setEnabled(call.state.crls, 'CRL', true, call)) }),
  DisableCrl: (call) => ({ crl: crlDetail(setEnabled(call.state.crls, 'CRL', false, call)) }),
  DeleteCrl: deleteCrl,
  GetTrustAnchor: (call) => ({ trustAnchor: trustAnchorDetail(find(call.state.trustAnchors, 'Trust anchor', call)) }),
  ListTrustAnchors: (call) => list(call.state.trustAnchors, 'trustAnchors', trustAnchorDetail, call),
  EnableTrustAnchor: (call) => ({ trustAnchor: trustAnchorDetail(setEnabled(call.state.trustAnchors, 'Trust anchor', true, call)) }),
  DisableTrustAnchor: (call) => ({ trustAnchor: trustAnchorDetail(setEnabled(call.state.trustAnchors, 'Trust anchor', false, call)) }),
  GetProfile: (call) => ({ profile: profileDetail(find(call.state.profiles, 'Profile', call)) }),
  ListProfiles: (call) => list(call.state.profiles, 'profiles', profileDetail, call),
  EnableProfile: (call) => ({ profile: profileDetail(setEnabled(call.state.profiles, 'Profile', true, call)) }),
  DisableProfile: (call) => ({ profile: profileDetail(setEnabled(call.state.profiles, 'Profile', false, call)) }),
  TagResource: tagResource,
  UntagResource: untagResource,
  ListTagsForResource: listTags,
} as const satisfies Readonly<Record<string, Operation>>;

/** The name of an operation that the simulator carries out. */
export type OperationName = keyof typeof OPERATIONS;
