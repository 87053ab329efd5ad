/** The names and ids that CloudFormation would choose at deployment, simulated: the same for the same stack at every reading. */
import { createHash } from 'node:crypto';
import { SimulatedAccount } from './model';

/** One resource of one stack in one environment; what every simulated name is derived from. */
export interface PhysicalIdSource {
  readonly environment: SimulatedAccount;
  readonly stackName: string;
  readonly logicalId: string;
}

const NAME_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

function digest({ environment, stackName, logicalId }: PhysicalIdSource, purpose: string): Buffer {
  // Account and region belong to it, because one app often deploys a stack of one name to several of them.
  const parts = [purpose, environment.account, environment.region, stackName, logicalId];
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

function letters(source: PhysicalIdSource, purpose: string, count: number): string {
  return Array.from(digest(source, purpose).subarray(0, count), (byte) => NAME_ALPHABET[byte % NAME_ALPHABET.length]).join('');
}

/** An id of 36 characters in the form of a random UUID (RFC 9562 version 4), as the service gives to anchors, profiles and CRLs. */
export function simulatedUuid(source: PhysicalIdSource): string {
  const hex = digest(source, 'uuid').toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A name such as `MyStack-Role1ABCC5F0-0A1B2C3D4E5F`, shortened in the middle parts until it fits `maxLength` characters. */
export function simulatedName(source: PhysicalIdSource, maxLength = 64): string {
  const suffix = letters(source, 'name', 12);
  const room = maxLength - suffix.length - 2;
  const half = Math.floor(room / 2);
  // Whichever part is the shorter leaves what it does not need to the other.
  const logicalId = source.logicalId.slice(0, Math.max(half, room - source.stackName.length));
  const stackName = source.stackName.slice(0, room - logicalId.length);
  return `${stackName}-${logicalId}-${suffix}`;
}

/** A unique id as IAM gives to roles (`AROA`) and users (`AIDA`), 21 characters. */
export function simulatedIamId(source: PhysicalIdSource, prefix: string): string {
  return prefix + letters(source, 'iam-id', 21 - prefix.length);
}
