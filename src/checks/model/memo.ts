/** Remembers what was made of a resource, since several rules ask. */
import type { Resource } from './resource';

/** The function, which computes once for each resource. */
export function oncePerResource<T>(compute: (resource: Resource) => T): (resource: Resource) => T {
  const known = new WeakMap<Resource, { readonly value: T }>();
  return (resource) => {
    const entry = known.get(resource) ?? { value: compute(resource) };
    known.set(resource, entry);
    return entry.value;
  };
}
