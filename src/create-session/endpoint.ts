/** Knows where Roles Anywhere answers: partitions, DNS suffixes, FIPS and dual-stack endpoints, and endpoints given by hand. */
import { CreateSessionError } from './errors';
import { partitionNameOf, PARTITIONS } from './partitions';

/** The Regions whose FIPS endpoint is documented. */
const FIPS_REGIONS: readonly string[] = ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'us-gov-east-1', 'us-gov-west-1'];

// Not a list of Regions: new ones appear more often than this library does.
const REGION = /^[a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2}$/;

/** Which of a Region's endpoints to use. */
export interface EndpointOptions {
  /** The partition that the ARNs name. @default - the one that the Region's name belongs to */
  readonly partition?: string;
  readonly region: string;
  /** Use the endpoint with FIPS 140 validated cryptography. @default false */
  readonly fips?: boolean;
  /** Use the endpoint that answers over IPv6 as well. @default false */
  readonly dualStack?: boolean;
}

/**
 * The partition that a Region's name belongs to; `aws` for names that no other partition claims.
 *
 * @throws CreateSessionError `REGION_INVALID` where it is not the name of a Region
 */
export function partitionOfRegion(region: string): string {
  if (!REGION.test(region)) {
    const hint = /^(?:fips-.+|.+-fips)$/.test(region) ? '; FIPS endpoints are chosen by an option, not by a pseudo-Region' : '';
    throw new CreateSessionError('REGION_INVALID', `${JSON.stringify(region.substring(0, 100))} is not the name of a Region${hint}`);
  }
  return partitionNameOf(region);
}

/**
 * The service's own endpoint in a Region: `https://rolesanywhere.eu-west-2.amazonaws.com`.
 *
 * @throws CreateSessionError `REGION_INVALID`, `PARTITION_UNKNOWN`, `ARN_MISMATCH` where the Region lies in another partition,
 * `ENDPOINT_NOT_OFFERED` where there is no FIPS or dual-stack endpoint
 */
export function serviceEndpoint(options: EndpointOptions): string {
  const { region, fips = false, dualStack = false } = options;
  const regionPartition = partitionOfRegion(region);
  const name = options.partition ?? regionPartition;
  const partition = PARTITIONS[name];
  if (!partition) {
    throw new CreateSessionError('PARTITION_UNKNOWN',
      `the partition ${name} is not one of ${Object.keys(PARTITIONS).join(', ')}; give the endpoint by hand`);
  }
  if (name !== regionPartition) {
    throw new CreateSessionError('ARN_MISMATCH', `the Region ${region} lies in the partition ${regionPartition}, the ARNs in ${name}`);
  }
  if (fips && !FIPS_REGIONS.includes(region)) {
    throw new CreateSessionError('ENDPOINT_NOT_OFFERED', `there is no FIPS endpoint in ${region}; there are in ${FIPS_REGIONS.join(', ')}`);
  }
  const suffix = dualStack ? partition.dualStackSuffix : partition.dnsSuffix;
  if (suffix === undefined) {
    throw new CreateSessionError('ENDPOINT_NOT_OFFERED', `there is no dual-stack endpoint in the partition ${name}`);
  }
  return `https://rolesanywhere${fips ? '-fips' : ''}.${region}.${suffix}`;
}

/**
 * Checks an endpoint that was given by hand (a VPC endpoint, a local one) and returns it as `scheme://host[:port]`.
 *
 * @throws CreateSessionError `ENDPOINT_INVALID` where it is no http or https URL, or has a user, path, query or fragment: the
 * signature covers the path `/sessions`, so a prefix cannot work
 */
export function parseEndpoint(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new CreateSessionError('ENDPOINT_INVALID', 'the endpoint is not a URL; it should look like https://host or https://host:port');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new CreateSessionError('ENDPOINT_INVALID', `the endpoint begins with "${url.protocol}"; it should be an https URL`);
  }
  if (url.username || url.password) {
    throw new CreateSessionError('ENDPOINT_INVALID', 'the endpoint holds a user name or password, which are not used');
  }
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new CreateSessionError('ENDPOINT_INVALID',
      `the endpoint has more than a host: leave out ${JSON.stringify(url.pathname + url.search + url.hash)}`);
  }
  return url.origin;
}
