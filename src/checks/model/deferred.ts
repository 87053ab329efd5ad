/**
 * Values that only a deployment can tell, in the form that CloudFormation has for them: an object with one property, the intrinsic function.
 *
 * So whoever looks at a resolved document takes them for what they are, and nothing takes them for text.
 */
import type { Resource } from './resource';
import { isJsonObject } from '../../assembly/json';

/** A value that only a deployment can tell. */
export class Deferred {
  /** @param intrinsic - the function, and what it is called with */
  public constructor(intrinsic: string, argument: unknown) {
    Object.defineProperty(this, intrinsic, { value: argument, enumerable: true });
  }
}

/** What `Ref` or `Fn::GetAtt` of a resource will come to. */
export class Reference extends Deferred {
  readonly #resource: Resource;
  readonly #attribute: string | undefined;

  /** @param attribute - undefined for `Ref` */
  public constructor(resource: Resource, attribute: string | undefined) {
    super(attribute === undefined ? 'Ref' : 'Fn::GetAtt', attribute === undefined ? resource.logicalId : [resource.logicalId, attribute]);
    this.#resource = resource;
    this.#attribute = attribute;
  }

  /** The resource that the value is of. */
  public get resource(): Resource {
    return this.#resource;
  }

  /** The attribute; undefined for `Ref`. */
  public get attribute(): string | undefined {
    return this.#attribute;
  }
}

/** A pseudo parameter, such as `AWS::Partition`. */
export class PseudoParameter extends Deferred {
  readonly #name: string;

  public constructor(name: string) {
    super('Ref', name);
    this.#name = name;
  }

  /** Its name. */
  public get name(): string {
    return this.#name;
  }
}

/** A text of which some parts are known and others are not. */
export class CompositeText extends Deferred {
  readonly #parts: readonly TextPart[];

  public constructor(parts: readonly TextPart[]) {
    super('Fn::Join', ['', parts]);
    this.#parts = parts;
  }

  /** The parts in order; no two literal ones stand side by side. */
  public get parts(): readonly TextPart[] {
    return this.#parts;
  }

  /** What the text ends with, as far as that is known. */
  public get end(): string {
    const last = this.#parts[this.#parts.length - 1];
    return typeof last === 'string' ? last : '';
  }
}

/** A part of a text. */
export type TextPart = string | Deferred;

/** More than any real text has. */
const MAX_PARTS = 10_000;

/** CloudFormation takes templates of at most 1 MB, so no value of a real one is longer. */
const MAX_TEXT_LENGTH = 1_048_576;

/** Joins parts into a text: a literal where all are known, the only part where there is one. */
export function joinText(parts: readonly TextPart[]): TextPart {
  const joined: TextPart[] = [];
  let length = 0;
  for (const part of parts.flatMap((each) => (each instanceof CompositeText ? each.parts : [each]))) {
    const last = joined.length - 1;
    length += typeof part === 'string' ? part.length : 1;
    if (length > MAX_TEXT_LENGTH || joined.length > MAX_PARTS) {
      return new Deferred('Fn::Join', 'a text that is too long');
    }
    if (typeof part === 'string' && typeof joined[last] === 'string') {
      joined[last] += part;
    } else if (part !== '') {
      joined.push(part);
    }
  }
  return joined.length > 1 ? new CompositeText(joined) : joined[0] ?? '';
}

/** The parts of a text, a single one where it is not composite; undefined for what is no text. */
export function textParts(value: unknown): readonly TextPart[] | undefined {
  if (value instanceof CompositeText) {
    return value.parts;
  }
  return typeof value === 'string' || value instanceof Deferred ? [value] : undefined;
}

/** Whether a value is a JSON object that is known, though values in it may not be. */
export function isKnownObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return isJsonObject(value) && !(value instanceof Deferred);
}

/** Whether nothing in a value is left to the deployment. */
export function isFullyKnown(value: unknown): boolean {
  if (value instanceof Deferred) {
    return false;
  }
  return typeof value !== 'object' || value === null || Object.values(value).every(isFullyKnown);
}

/** Every reference to a resource in a value, those in texts too. */
export function referencesIn(value: unknown): Reference[] {
  if (value instanceof Reference) {
    return [value];
  }
  if (value instanceof CompositeText) {
    return value.parts.flatMap(referencesIn);
  }
  return typeof value === 'object' && value !== null && !(value instanceof Deferred) ? Object.values(value).flatMap(referencesIn) : [];
}

/** Every text in a value with its place, such as `Statement[0].Condition`; names of properties are no texts. */
export function* textsIn(value: unknown, place: string): Generator<{ readonly text: string | CompositeText; readonly place: string }> {
  if (typeof value === 'string' || value instanceof CompositeText) {
    yield { text: value, place };
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      yield* textsIn(item, `${place}[${i}]`);
    }
  } else if (isKnownObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield* textsIn(item, `${place}.${key}`);
    }
  }
}

/** The parts of a text that are known, with a question mark for each of the others. */
export function knownText(text: string | CompositeText): string {
  return typeof text === 'string' ? text : text.parts.map((part) => (typeof part === 'string' ? part : '?')).join('');
}
