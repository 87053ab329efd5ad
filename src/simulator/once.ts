/** Values that are computed when first asked for, and known as circular when they ask for themselves. */
import { Unresolved } from './unresolved';

/** Remembers what was computed for each key. */
export class Once<T> {
  private readonly values = new Map<string, T | Unresolved>();
  private readonly path: { key: string; name: string }[] = [];

  /**
   * The value of `key`, from memory or from `compute`. A value that needs itself is {@link Unresolved}, with the whole circle as the reason.
   *
   * @param name - what the value is called in that reason
   */
  public get(key: string, name: string, compute: () => T | Unresolved): T | Unresolved {
    if (this.values.has(key)) {
      return this.values.get(key) as T | Unresolved;
    }
    const start = this.path.findIndex((step) => step.key === key);
    if (start >= 0) {
      const circle = [...this.path.slice(start).map((step) => step.name), name].join(' -> ');
      return new Unresolved('CIRCULAR_REFERENCE', `circular reference: ${circle}; CloudFormation refuses such a template`);
    }
    this.path.push({ key, name });
    const value = compute();
    this.path.pop();
    this.values.set(key, value);
    return value;
  }
}
