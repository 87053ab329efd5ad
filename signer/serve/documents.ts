/** The documents that are served, made once for all the requests until the credentials change. */
import type { PageClass } from './metrics';
import type { ServedCredentials, SessionFacts } from './served-session';

/** A document of the metadata service. */
export interface MetadataDocument {
  readonly page: PageClass;
  readonly body: string;
  /** Whether it is of no use once the credentials have expired. */
  readonly expires: boolean;
}

/** Where the metadata service has the names of roles, and their credentials below. SDKs ask the second one first, since it tells the account. */
export const ROLES_PATH = '/latest/meta-data/iam/security-credentials';
export const EXTENDED_ROLES_PATH = '/latest/meta-data/iam/security-credentials-extended';

/**
 * The documents of the metadata service, by path without a slash at the end.
 *
 * What SDKs look for beside credentials is the Region: Java, Go and .NET in the identity document, JavaScript and Rust in placement/region,
 * Python and C++ in placement/availability-zone, whose last letter they take off. There is no zone here; `x` is the letter of none.
 */
export function metadataDocuments(served: ServedCredentials): ReadonlyMap<string, MetadataDocument> {
  const { facts } = served;
  const documents = new Map<string, MetadataDocument>();
  const add = (path: string, body: string, page: PageClass = 'metadata') => documents.set(path, { page, body, expires: page === 'credentials' });
  const addListing = (path: string, ...entries: readonly string[]) => add(path, entries.join('\n'));
  addListing('/latest', 'dynamic/', 'meta-data/');
  addListing('/latest/dynamic', 'instance-identity/');
  addListing('/latest/dynamic/instance-identity', 'document');
  add('/latest/dynamic/instance-identity/document', identityDocument(facts));
  addListing('/latest/meta-data', 'iam/', 'instance-id', 'placement/');
  addListing('/latest/meta-data/iam', 'info', 'security-credentials/', 'security-credentials-extended/');
  add('/latest/meta-data/iam/info', profileDocument(served));
  add('/latest/meta-data/instance-id', instanceId(facts));
  addListing('/latest/meta-data/placement', 'availability-zone', 'region');
  add('/latest/meta-data/placement/region', facts.region);
  add('/latest/meta-data/placement/availability-zone', `${facts.region}x`);
  add(ROLES_PATH, facts.roleName, 'role');
  add(`${ROLES_PATH}/${facts.roleName}`, credentialsDocument(served, {}), 'credentials');
  add(EXTENDED_ROLES_PATH, facts.roleName, 'role');
  add(`${EXTENDED_ROLES_PATH}/${facts.roleName}`, credentialsDocument(served, { AccountId: facts.accountId }), 'credentials');
  return documents;
}

/** Credentials as the container protocol has them. */
export function containerDocument({ credentials, facts }: ServedCredentials): string {
  return JSON.stringify({
    RoleArn: facts.roleArn,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: credentials.expiration,
    AccountId: facts.accountId,
  });
}

/** Keys in the order of AWS's own helper. */
function credentialsDocument({ credentials, obtainedAt }: ServedCredentials, more: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Code: 'Success',
    Type: 'AWS-HMAC',
    Expiration: credentials.expiration,
    LastUpdated: inSeconds(obtainedAt),
    ...more,
  });
}

/** There is no instance profile; what stands in its place is the profile of Roles Anywhere. */
function profileDocument({ facts, obtainedAt }: ServedCredentials): string {
  return JSON.stringify({
    Code: 'Success', LastUpdated: inSeconds(obtainedAt), InstanceProfileArn: facts.profileArn, InstanceProfileId: facts.profileId,
  }, undefined, 2);
}

function identityDocument(facts: SessionFacts): string {
  return JSON.stringify({ version: '2017-09-30', accountId: facts.accountId, instanceId: instanceId(facts), region: facts.region }, undefined, 2);
}

/** The certificate is what a host is known by. The prefix is not that of EC2, so that nobody takes it for an instance. */
function instanceId({ certificate, profileId }: SessionFacts): string {
  return `ra-${certificate?.serialNumberHex ?? profileId}`;
}

/** RFC 3339 without fractions, as the metadata service writes times. */
function inSeconds(date: Date): string {
  return `${date.toISOString().substring(0, 19)}Z`;
}
