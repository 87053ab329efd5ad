/** The partitions of AWS: which Regions they have, and where their hosts are. One table for those who sign and those who simulate. */

/** What distinguishes one partition's host names from another's. */
export interface Partition {
  /** Begins the names of this partition's Regions; the commercial partition has all the others. */
  readonly regionPrefix?: string;
  readonly dnsSuffix: string;
  /** Undefined where the partition has no dual-stack endpoints. */
  readonly dualStackSuffix?: string;
}

/** AWS General Reference, "IAM Roles Anywhere endpoints", and the partition table that AWS publishes for its SDKs. */
export const PARTITIONS: Readonly<Record<string, Partition>> = {
  'aws': { dnsSuffix: 'amazonaws.com', dualStackSuffix: 'api.aws' },
  'aws-cn': { regionPrefix: 'cn-', dnsSuffix: 'amazonaws.com.cn', dualStackSuffix: 'api.amazonwebservices.com.cn' },
  'aws-us-gov': { regionPrefix: 'us-gov-', dnsSuffix: 'amazonaws.com', dualStackSuffix: 'api.aws' },
  'aws-eusc': { regionPrefix: 'eusc-', dnsSuffix: 'amazonaws.eu', dualStackSuffix: 'api.amazonwebservices.eu' },
  'aws-iso': { regionPrefix: 'us-iso-', dnsSuffix: 'c2s.ic.gov' },
  'aws-iso-b': { regionPrefix: 'us-isob-', dnsSuffix: 'sc2s.sgov.gov' },
  'aws-iso-e': { regionPrefix: 'eu-isoe-', dnsSuffix: 'cloud.adc-e.uk' },
  'aws-iso-f': { regionPrefix: 'us-isof-', dnsSuffix: 'csp.hci.ic.gov' },
};

/** The partition that a Region's name belongs to; `aws` for names that no other partition claims. */
export function partitionNameOf(region: string): string {
  const found = Object.entries(PARTITIONS).find(([, { regionPrefix }]) => regionPrefix !== undefined && region.startsWith(regionPrefix));
  return found ? found[0] : 'aws';
}
