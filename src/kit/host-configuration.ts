/** What a host is told: read from what a deployment puts out, with nothing in it but what hosts are told. */
import { KitError } from './errors';
import type { HostPaths } from './host-paths';

/** What a host asks for. */
export interface HostConfiguration {
  readonly trustAnchorArn: string;
  readonly profileArn: string;
  readonly roleArn: string;
  readonly region: string;
  /** In seconds. */
  readonly sessionDuration?: number;
}

/** The form in which HostAccess and HostFleet hand configurations over. */
export const HANDOVER_VERSION = 1;

const ARN = 'arn:aws[a-z-]*';
const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** What the ARNs look like that a host is told. */
export const ARN_PATTERNS = {
  trustAnchorArn: new RegExp(`^${ARN}:rolesanywhere:[a-z0-9-]+:\\d{12}:trust-anchor/${ID}$`),
  profileArn: new RegExp(`^${ARN}:rolesanywhere:[a-z0-9-]+:\\d{12}:profile/${ID}$`),
  roleArn: new RegExp(`^${ARN}:iam::\\d{12}:role/[\\w+=,.@/-]{1,576}$`),
} as const;

/** What each member has to be. */
const MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  trustAnchorArn: isText(ARN_PATTERNS.trustAnchorArn),
  profileArn: isText(ARN_PATTERNS.profileArn),
  roleArn: isText(ARN_PATTERNS.roleArn),
  region: isText(/^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/),
  sessionDuration: (value) => Number.isInteger(value) && Number(value) >= 900 && Number(value) <= 43_200,
};

const OPTIONAL = ['sessionDuration'];

function isText(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && pattern.test(value);
}

/**
 * Checks a configuration. A member that hosts are not told is refused, a private key above all.
 *
 * @param where for messages: which output it was in
 * @throws KitError `UNEXPECTED_MEMBER`, `INVALID_CONFIGURATION`. Values are in no message: one that does not belong may be a secret.
 */
export function parseHostConfiguration(value: unknown, where: string): HostConfiguration {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new KitError('INVALID_CONFIGURATION', `the configuration in ${where} is not a JSON object`);
  }
  const members = Object.entries(value).filter(([name]) => name !== '$comment');
  const strange = members.find(([name]) => !Object.hasOwn(MEMBERS, name));
  if (strange) {
    throw new KitError('UNEXPECTED_MEMBER', `the configuration in ${where} has a member ${JSON.stringify(strange[0].substring(0, 80))}, which hosts are not `
      + `told; there are ${Object.keys(MEMBERS).join(', ')}, and keys and passphrases never leave their host`);
  }
  const given = Object.fromEntries(members);
  const wrong = Object.keys(MEMBERS).find((name) => !(name in given ? MEMBERS[name](given[name]) : OPTIONAL.includes(name)));
  if (wrong !== undefined) {
    const what = wrong in given ? 'is not what it should be' : 'is missing';
    throw new KitError('INVALID_CONFIGURATION', `${wrong} in ${where} ${what}; take the outputs as "cdk deploy --outputs-file" writes them`);
  }
  return given as unknown as HostConfiguration;
}

/** Who the configuration is for, and where things are on that host. */
export interface ConfigurationFileOptions {
  readonly name: string;
  readonly host?: string;
  readonly paths: HostPaths;
  /** In place of the service's own, to try things out. */
  readonly endpoint?: string;
}

/** The file that the signer reads. */
export function configurationFile(configuration: HostConfiguration, { name, host, paths, endpoint }: ConfigurationFileOptions): string {
  const { trustAnchorArn, profileArn, roleArn, region, sessionDuration } = configuration;
  return `${JSON.stringify({
    $comment: { version: HANDOVER_VERSION, name, host },
    certificate: paths.certificate,
    privateKey: paths.privateKey,
    trustAnchorArn,
    profileArn,
    roleArn,
    region,
    sessionDuration,
    endpoint,
  }, null, 2)}\n`;
}
