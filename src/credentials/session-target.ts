/** Where a call of CreateSession goes: what ARNs, Region and endpoint say together. */
import type { SessionOptions } from './create-session-client';
import { checkSessionArns } from '../create-session/arn';
import { parseEndpoint, serviceEndpoint } from '../create-session/endpoint';
import { CreateSessionError } from '../create-session/errors';

/** Where a request goes. */
export interface SessionTarget {
  /** `scheme://host[:port]`. */
  readonly endpoint: string;
  readonly region: string;
}

/**
 * Checks that ARNs, Region and endpoint fit together, and says where the call goes.
 *
 * @throws CreateSessionError `ARN_*`, `REGION_INVALID`, `PARTITION_UNKNOWN`, `ENDPOINT_*`
 */
export function sessionTarget(options: SessionOptions): SessionTarget {
  const location = checkSessionArns(options);
  const region = options.region ?? location.region;
  if (region !== location.region) {
    throw new CreateSessionError('REGION_INVALID', `the Region is ${region}, and trust anchor and profile are in ${location.region}`);
  }
  const { fips, dualStack } = options;
  const endpoint = options.endpoint === undefined
    ? serviceEndpoint({ partition: location.partition, region, fips, dualStack })
    : parseEndpoint(options.endpoint);
  return { endpoint, region };
}
