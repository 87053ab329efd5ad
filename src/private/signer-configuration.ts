/** The configuration file of the signer: what a host has to be told once its role and profile are there. */
import { Duration, Stack, Tokenization } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { HANDOVER_VERSION } from '../kit/host-configuration';
import { MAX_OUTPUT_LENGTH } from '../trust-model/limits';

/** What a host asks for. */
export interface SignerSettings {
  readonly trustAnchorArn: string;
  readonly profileArn: string;
  readonly roleArn: string;
  readonly sessionDuration: Duration;
}

/**
 * The members of the file. What is known at deployment only are ARNs and Regions, in which JSON escapes nothing, so that they may stand in the
 * text as they are; `Stack.toJsonString` would look through it once more for each host.
 */
function settings(scope: Construct, { trustAnchorArn, profileArn, roleArn, sessionDuration }: SignerSettings): string {
  const texts = JSON.stringify({ trustAnchorArn, profileArn, roleArn, region: Stack.of(scope).region });
  return `${texts.slice(1, -1)},"sessionDuration":${Tokenization.stringifyNumber(sessionDuration.toSeconds())}`;
}

/** The whole file. What the signer has no use for is in a remark, which it skips. */
export function signerConfiguration(scope: Construct, name: string, target: SignerSettings): string {
  return `{"$comment":{"version":${HANDOVER_VERSION},"name":${JSON.stringify(name)}},${settings(scope, target)}}`;
}

/**
 * The longest settings: ARNs of trust anchor, profile and role come to 310 characters where partition, Region and role have the longest names
 * there are, members, Region and duration to 100.
 */
const LONGEST_SETTINGS = 420;

/** Version, name and braces of a map, with a name of 64 characters. */
const LONGEST_HEADER = 120;

/** Parts of a map of hosts, each of which an output has room for. */
export function packHosts(hosts: ReadonlyMap<string, SignerSettings>): Array<Map<string, SignerSettings>> {
  const parts: Array<Map<string, SignerSettings>> = [];
  let room = 0;
  for (const [host, target] of hosts) {
    const length = LONGEST_SETTINGS + JSON.stringify(host).length;
    if (length > room) {
      parts.push(new Map());
      room = MAX_OUTPUT_LENGTH - LONGEST_HEADER;
    }
    parts[parts.length - 1].set(host, target);
    room -= length;
  }
  return parts;
}

/** A map of several files by host. */
export function signerConfigurations(scope: Construct, name: string, hosts: ReadonlyMap<string, SignerSettings>): string {
  const files = [...hosts].map(([host, target]) => `${JSON.stringify(host)}:{${settings(scope, target)}}`);
  return `{"version":${HANDOVER_VERSION},"name":${JSON.stringify(name)},"hosts":{${files.join(',')}}}`;
}
