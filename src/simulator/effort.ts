/** Bounds on what resolving a template may cost, so that a template made to hurt ends in an error and not in a hang. */
import { SimulatorError } from './errors';
import { Unresolved } from './unresolved';

/** JSON levels and references together; templates that CDK writes stay below 30. */
const MAX_DEPTH = 200;

/** CloudFormation takes templates of at most 1 MB, so no value of a real one is longer. */
const MAX_TEXT_LENGTH = 1_048_576;

/** Steps and characters of output for each character of template; real templates need fewer than 10. */
const ALLOWANCE_PER_CHARACTER = 50;

/** What even a reading of tiny templates may spend. */
const BASE_ALLOWANCE = 20_000_000;

/** Counts the work of one reading, over all its stacks. */
export class Effort {
  private allowance = BASE_ALLOWANCE;
  private depth = 0;

  /** Adds what a template of this many characters may spend. */
  public grant(templateLength: number): void {
    this.allowance += ALLOWANCE_PER_CHARACTER * templateLength;
  }

  /**
   * Takes note of work done.
   *
   * @throws SimulatorError `TEMPLATE_TOO_COMPLEX` when the templates have used up what their size entitles them to.
   */
  public spend(units: number): void {
    this.allowance -= units;
    if (this.allowance < 0) {
      throw new SimulatorError('TEMPLATE_TOO_COMPLEX',
        'the intrinsic functions of the templates produce far more text than the templates hold; look for an Fn::Sub or Fn::Join that repeats itself');
    }
  }

  /** Goes one level deeper for the length of `compute`, or refuses to. */
  public deeper<T>(compute: () => T): T | Unresolved {
    if (this.depth >= MAX_DEPTH) {
      return new Unresolved('NESTING_TOO_DEEP', `values and references are nested more than ${MAX_DEPTH} levels deep`);
    }
    this.depth += 1;
    try {
      return compute();
    } finally {
      this.depth -= 1;
    }
  }

  /** Passes a text of acceptable length. */
  public text(text: string): string | Unresolved {
    this.spend(text.length);
    return this.room(text.length) ?? text;
  }

  /** Why a text of this length cannot be, or undefined. */
  public room(length: number): Unresolved | undefined {
    return length <= MAX_TEXT_LENGTH ? undefined : this.tooLong();
  }

  /** Joins texts, without building a result that would be refused. */
  public concatenate(texts: readonly string[], delimiter: string): string | Unresolved {
    const length = texts.reduce((sum, text) => sum + text.length, delimiter.length * Math.max(0, texts.length - 1));
    return this.room(length) ?? this.text(texts.join(delimiter));
  }

  private tooLong(): Unresolved {
    return new Unresolved('VALUE_TOO_LONG', `the value is longer than ${MAX_TEXT_LENGTH} characters, more than a whole template may have`);
  }
}
