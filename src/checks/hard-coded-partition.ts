/** RA603: ARNs with a partition that need not be the one of the stack. */
import { CompositeText, textsIn } from './model/deferred';
import type { Resource } from './model/resource';
import { CRL, PROFILE, ROLE, Rule, Source, TRUST_ANCHOR } from './model/rule';
import { trustOf } from './model/trust-policies';
import { partitionNameOf } from '../create-session/partitions';

export const hardCodedPartition: Rule = {
  id: 'RA603',
  name: 'hard-coded-partition',
  severity: 'warning',
  resourceTypes: [TRUST_ANCHOR, PROFILE, CRL, ROLE],
  finds: 'An ARN in a resource of Roles Anywhere, or in a role that trusts it, begins with a fixed partition (arn:aws:), in a stack without Region. It is an error '
    + 'where the Region of the stack is in another partition.',
  why: 'In AWS GovCloud (US) and in China no such ARN exists: conditions on it never hold, and resources are not found.',
  fix: 'build ARNs with the partition of the stack: stack.formatArn(), Aws.PARTITION, or ${AWS::Partition} in Fn::Sub',
  source: Source.PARTITIONS,
  check: (resource) => (isOurs(resource) ? [...textsIn(resource.properties, 'Properties')] : []).flatMap(({ text, place }) => {
    const partition = partitionIn(text);
    const { region } = resource.template.source;
    if (partition === undefined || (region !== undefined && partitionNameOf(region) === partition)) {
      return [];
    }
    return [region === undefined
      ? { location: place, message: `the ARN is of the partition ${partition}, and the stack may be deployed elsewhere` }
      : { location: place, message: `the ARN is of the partition ${partition}, and the stack is in ${partitionNameOf(region)} (${region})`, severity: 'error' as const }];
  }),
};

function isOurs(resource: Resource): boolean {
  return resource.type !== ROLE || trustOf(resource).statements.some(({ namesService }) => namesService);
}

function partitionIn(text: string | CompositeText): string | undefined {
  const start = typeof text === 'string' ? text : text.parts[0];
  return typeof start === 'string' ? /^arn:(aws[a-z-]*):/.exec(start)?.[1] : undefined;
}
