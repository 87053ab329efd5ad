/** Where a stack would be deployed: account, region, partition and domain suffix, with placeholders for what is left open. */
import { SimulatorError } from './errors';
import { SimulatedAccount } from './model';
import { partitionNameOf, PARTITIONS } from '../create-session/partitions';

/** What stands for the account of a stack without one; the account of AWS's own examples. */
export const PLACEHOLDER_ACCOUNT = '123456789012';

/** What stands for the region of a stack without one. */
export const PLACEHOLDER_REGION = 'us-east-1';

/** The value of `AWS::URLSuffix` in a partition. */
export function urlSuffixOf(partition: string): string {
  return (PARTITIONS[partition] ?? PARTITIONS.aws).dnsSuffix;
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
  const partition = options.partition ?? partitionNameOf(region);
  if (!/^[0-9]{12}$/.test(account)) {
    throw new SimulatorError('INVALID_OPTION', `the account must be twelve digits, and '${account}' is not`);
  }
  if (!/^[a-z]{2,}(-[a-z]+)+-[0-9]+$/.test(region)) {
    throw new SimulatorError('INVALID_OPTION', `'${region}' is not the name of an AWS region, such as 'eu-central-1'`);
  }
  if (!Object.hasOwn(PARTITIONS, partition)) {
    throw new SimulatorError('INVALID_OPTION', `'${partition}' is not a partition; the partitions are ${Object.keys(PARTITIONS).join(', ')}`);
  }
  return { partition, account, region };
}

/**
 * The environment that a cloud assembly states for a stack.
 *
 * What it leaves open (an environment-agnostic stack) gives way to `fallback`; what it does state is never overridden.
 */
export function statedEnvironment({ account, region }: Pick<EnvironmentOptions, 'account' | 'region'>, fallback: SimulatedAccount): SimulatedAccount {
  return {
    partition: region === undefined ? fallback.partition : partitionNameOf(region),
    account: account ?? fallback.account,
    region: region ?? fallback.region,
  };
}
