/** A value that only a deployment can tell: the reason travels in its place, so that nothing else is taken for the value. */
import { UnresolvedMarker } from './model';

/** Takes the place of a value that could not be resolved; as JSON it is `{ "unresolved": "the reason" }`. */
export class Unresolved implements UnresolvedMarker {
  public readonly unresolved: string;

  /** Private, so that the marker has one enumerable property and looks the same in every printout. */
  readonly #code: string;

  public constructor(code: string, reason: string) {
    this.unresolved = reason;
    this.#code = code;
  }

  /** A stable name for the kind of reason, as in `ModelProblem.code`. */
  public get code(): string {
    return this.#code;
  }
}

/** An unresolved value and where it stands, such as `Statement[0].Condition`. */
export interface UnresolvedPlace {
  readonly path: string;
  readonly marker: Unresolved;
}

/** Every unresolved value in a resolved document, `path` being where the document itself stands. */
export function findUnresolved(value: unknown, path: string): UnresolvedPlace[] {
  if (value instanceof Unresolved) {
    return [{ path, marker: value }];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => findUnresolved(item, `${path}[${index}]`));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => findUnresolved(item, `${path}.${key}`));
  }
  return [];
}
