/** Session policies of profiles, which stand in the template as JSON text. */
import { CompositeText, Deferred, isKnownObject, PseudoParameter, Reference, TextPart } from './deferred';
import { oncePerResource } from './memo';

/** What a session policy holds. */
export interface SessionPolicy {
  /** The document, with something in the place of what only a deployment can tell; undefined where the text is not JSON. */
  readonly document?: unknown;
}

/** The session policy of a profile; undefined where there is none, or too little of it is known. */
export const sessionPolicyOf = oncePerResource((profile): SessionPolicy | undefined => {
  const given = profile.property('SessionPolicy');
  if (isKnownObject(given) || Array.isArray(given)) {
    return {};
  }
  const parts = typeof given === 'string' ? [given] : given instanceof CompositeText ? given.parts : undefined;
  return parts && parts.every(isKindKnown) ? parse(parts) : undefined;
});

/** Names and ARNs stand within quotes; anything else that is left to the deployment may be JSON itself. */
function isKindKnown(part: TextPart): boolean {
  return !(part instanceof Deferred) || part instanceof Reference || part instanceof PseudoParameter;
}

/** An attribute may be a number as well, outside of quotes. */
function parse(parts: readonly TextPart[]): SessionPolicy {
  for (const placeholder of ['x', '0']) {
    try {
      return { document: JSON.parse(parts.map((part) => (typeof part === 'string' ? part : placeholder)).join('')) };
    } catch {
      // Not JSON with this one.
    }
  }
  return {};
}
