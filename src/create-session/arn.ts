/** Reads the three ARNs of a CreateSession request and checks that they belong together. */
import { CreateSessionError } from './errors';

/** An Amazon Resource Name, taken apart: `arn:partition:service:region:account:resource`. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for global services such as IAM. */
  readonly region: string;
  readonly accountId: string;
  /** Everything after the account, such as `role/path/Name`. */
  readonly resource: string;
  /** What comes before the first slash of the resource: `role`. */
  readonly resourceType: string;
  /** What comes after it: `path/Name`. */
  readonly resourceId: string;
}

/** The ARNs that a CreateSession request names. */
export interface SessionArns {
  readonly roleArn: string;
  readonly profileArn: string;
  readonly trustAnchorArn: string;
}

/** What the three ARNs have in common. */
export interface SessionLocation {
  readonly partition: string;
  /** The Region of trust anchor and profile. */
  readonly region: string;
  readonly accountId: string;
}

// RFC 3986 has no limit; IAM's is 2,048, and Roles Anywhere's own ARNs end at 1,011.
const MAX_ARN_LENGTH = 2048;

const ARN = /^arn:(aws(?:-[a-z]+)*):([a-z0-9-]+):([a-z0-9-]*):([0-9]{12}):([a-z-]+)\/([\x21-\x7e]+)$/;

/**
 * Takes an ARN apart.
 *
 * @param what names the ARN in messages: `trust anchor`
 * @throws CreateSessionError `ARN_INVALID` where it is not an ARN with a 12-digit account and a resource of the form `type/id`
 */
export function parseArn(text: string, what = 'resource'): Arn {
  const match = text.length <= MAX_ARN_LENGTH ? ARN.exec(text) : null;
  if (!match) {
    throw new CreateSessionError('ARN_INVALID', `the ${what} ARN ${quote(text)} is not of the form arn:partition:service:region:account:type/id`);
  }
  const [, partition, service, region, accountId, resourceType, resourceId] = match;
  return { partition, service, region, accountId, resource: `${resourceType}/${resourceId}`, resourceType, resourceId };
}

/** Writes an ARN. `parseArn(formatArn(arn))` is the same again. */
export function formatArn(arn: Pick<Arn, 'partition' | 'service' | 'region' | 'accountId' | 'resource'>): string {
  return ['arn', arn.partition, arn.service, arn.region, arn.accountId, arn.resource].join(':');
}

interface Expected {
  readonly what: string;
  readonly service: string;
  readonly resourceType: string;
  readonly regional: boolean;
}

const TRUST_ANCHOR: Expected = { what: 'trust anchor', service: 'rolesanywhere', resourceType: 'trust-anchor', regional: true };
const PROFILE: Expected = { what: 'profile', service: 'rolesanywhere', resourceType: 'profile', regional: true };
const ROLE: Expected = { what: 'role', service: 'iam', resourceType: 'role', regional: false };

/**
 * Checks that the ARNs name a trust anchor, a profile and a role that can be used together: trust anchor and profile in one
 * Region, all three in one account and one partition (IAM Roles Anywhere User Guide, "Trust model").
 *
 * @throws CreateSessionError `ARN_INVALID`, `ARN_WRONG_RESOURCE` where one names something else, `ARN_MISMATCH` where they do not
 * belong together
 */
export function checkSessionArns(arns: SessionArns): SessionLocation {
  const anchor = parseExpected(arns.trustAnchorArn, TRUST_ANCHOR);
  const profile = parseExpected(arns.profileArn, PROFILE);
  const role = parseExpected(arns.roleArn, ROLE);
  requireSame('partition', { 'trust anchor': anchor.partition, 'profile': profile.partition, 'role': role.partition });
  requireSame('account', { 'trust anchor': anchor.accountId, 'profile': profile.accountId, 'role': role.accountId });
  requireSame('Region', { 'trust anchor': anchor.region, 'profile': profile.region });
  return { partition: anchor.partition, region: anchor.region, accountId: anchor.accountId };
}

function parseExpected(text: string, expected: Expected): Arn {
  const arn = parseArn(text, expected.what);
  if (arn.service !== expected.service || arn.resourceType !== expected.resourceType) {
    throw new CreateSessionError('ARN_WRONG_RESOURCE',
      `the ${expected.what} ARN ${quote(text)} names ${arn.service} ${arn.resourceType} instead of ${expected.service} ${expected.resourceType}`);
  }
  if ((arn.region !== '') !== expected.regional) {
    throw new CreateSessionError('ARN_WRONG_RESOURCE',
      `the ${expected.what} ARN ${quote(text)} ${expected.regional ? 'has no Region' : 'has a Region, which roles have not'}`);
  }
  return arn;
}

function requireSame(what: string, values: Readonly<Record<string, string>>): void {
  if (new Set(Object.values(values)).size > 1) {
    const list = Object.entries(values).map(([owner, value]) => `${owner} ${value}`).join(', ');
    throw new CreateSessionError('ARN_MISMATCH', `the ARNs do not belong together: their ${what} differs (${list})`);
  }
}

/** Quotes text from outside for a message: short, and without characters that would break the line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.substring(0, 200)}...` : text);
}
