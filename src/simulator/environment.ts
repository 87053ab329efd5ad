/** Where a stack would be deployed: account, region, partition and domain suffix, with placeholders for what is left open. */
import { SimulatorError } from './errors';
import { SimulatedAccount } from './model';

/** What stands for the account of a stack without one; the account of AWS's own examples. */
export const PLACEHOLDER_ACCOUNT = '123456789012';

/** What stands for the region of a stack without one. */
export const PLACEHOLDER_REGION = 'us-east-1';

interface Partition {
  readonly name: string;
  readonly regionPrefix: string;
  readonly urlSuffix: string;
}

const PARTITIONS: readonly Partition[] = [
  { name: 'aws-cn', regionPrefix: 'cn-', urlSuffix: 'amazonaws.com.cn' },
  { name: 'aws-us-gov', regionPrefix: 'us-gov-', urlSuffix: 'amazonaws.com' },
  { name: 'aws-iso', regionPrefix: 'us-iso-', urlSuffix: 'c2s.ic.gov' },
  { name: 'aws-iso-b', regionPrefix: 'us-isob-', urlSuffix: 'sc2s.sgov.gov' },
  { name: 'aws-iso-e', regionPrefix: 'eu-isoe-', urlSuffix: 'cloud.adc-e.uk' },
  { name: 'aws-iso-f', regionPrefix: 'us-isof-', urlSuffix: 'csp.hci.ic.gov' },
  { name: 'aws-eusc', regionPrefix: 'eusc-', urlSuffix: 'amazonaws.eu' },
];

const STANDARD: Partition = { name: 'aws', regionPrefix: '', urlSuffix: 'amazonaws.com' };

/** The partition a region belongs to; `aws` for every region that no other partition claims. */
export function partitionOf(region: string): string {
  return (PARTITIONS.find(({ regionPrefix }) => region.startsWith(regionPrefix)) ?? STANDARD).name;
}

/** The value of `AWS::URLSuffix` in a partition. */
export function urlSuffixOf(partition: string): string {
  return (PARTITIONS.find(({ name }) => name === partition) ?? STANDARD).urlSuffix;
}

/** What the reader may be told of an environment. */
export interface EnvironmentOptions {
  /** @default - '123456789012' */
  readonly account?: string;
  /** @default - 'us-east-1' */
  readonly region?: string;
  /** @default - the partition of the region */
  readonly partition?: string;
}

/**
 * The environment of a stack that names none.
 *
 * @throws SimulatorError `INVALID_OPTION` when account, region or partition could not be one.
 */
export function simulatedEnvironment(options: EnvironmentOptions): SimulatedAccount {
  const { account = PLACEHOLDER_ACCOUNT, region = PLACEHOLDER_REGION } = options;
  const partition = options.partition ?? partitionOf(region);
  if (!/^[0-9]{12}$/.test(account)) {
    throw new SimulatorError('INVALID_OPTION', `the account must be twelve digits, and '${account}' is not`);
  }
  if (!/^[a-z]{2,}(-[a-z]+)+-[0-9]+$/.test(region)) {
    throw new SimulatorError('INVALID_OPTION', `'${region}' is not the name of an AWS region, such as 'eu-central-1'`);
  }
  if (partition !== STANDARD.name && !PARTITIONS.some(({ name }) => name === partition)) {
    const known = [STANDARD, ...PARTITIONS].map(({ name }) => name).join(', ');
    throw new SimulatorError('INVALID_OPTION', `'${partition}' is not a partition; the partitions are ${known}`);
  }
  return { partition, account, region };
}

/**
 * The environment that a cloud assembly states for a stack, `aws://account/region`.
 *
 * `unknown-account` and `unknown-region` (an environment-agnostic stack) give way to `fallback`;
 * what the assembly does state is never overridden.
 *
 * @returns undefined when the text has another form
 */
export function parseEnvironment(uri: string, fallback: SimulatedAccount): SimulatedAccount | undefined {
  const [, account, region] = /^aws:\/\/([^/]+)\/([^/]+)$/.exec(uri) ?? [];
  if (account === undefined || region === undefined) {
    return undefined;
  }
  return {
    partition: region === 'unknown-region' ? fallback.partition : partitionOf(region),
    account: account === 'unknown-account' ? fallback.account : account,
    region: region === 'unknown-region' ? fallback.region : region,
  };
}
