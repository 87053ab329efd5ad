/** In which order CloudFormation makes the resources of a template. */
import { referencesIn } from './deferred';
import type { Resource } from './resource';

/** Whether a resource is made after another one of the same template, as far as the template tells. */
export function dependsOn(resource: Resource, other: Resource): boolean {
  const seen = new Set<Resource>();
  const waiting = [resource];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next === other) {
      return true;
    }
    if (!seen.has(next)) {
      seen.add(next);
      waiting.push(...directDependencies(next));
    }
  }
  return false;
}

function directDependencies(resource: Resource): Resource[] {
  const { template, dependsOn: stated } = resource;
  return [
    ...stated.flatMap((logicalId) => template.resources.get(logicalId) ?? []),
    ...referencesIn(resource.properties).map((reference) => reference.resource).filter((other) => other.template === template),
  ];
}
