/** Resolves many values in which the same few tokens stand again and again, such as the ARN of a trust anchor in hundreds of roles. */
import { Stack, Token } from 'aws-cdk-lib';

/** Resolves values as a stack does, each text with tokens once. Good for one synchronous run, in which tokens do not change. */
export class RepeatedTokens {
  private readonly texts = new Map<string, unknown>();

  public constructor(private readonly stack: Stack) {}

  /** What `Stack.resolve` makes of a value. */
  public resolve(value: unknown): unknown {
    if (typeof value === 'string') {
      return Token.isUnresolved(value) ? this.resolveText(value) : value;
    }
    if (Array.isArray(value) && !Token.isUnresolved(value)) {
      return value.map((element) => this.resolve(element)).filter((element) => element !== undefined);
    }
    return isPlainObject(value) && !hasTokens(Object.keys(value)) ? this.resolveMembers(value) : this.stack.resolve(value);
  }

  private resolveText(text: string): unknown {
    if (!this.texts.has(text)) {
      this.texts.set(text, this.stack.resolve(text));
    }
    return this.texts.get(text);
  }

  private resolveMembers(value: object): object {
    const members = Object.entries(value).map(([name, member]) => [name, this.resolve(member)] as const);
    return Object.fromEntries(members.filter(([, member]) => member !== undefined));
  }
}

/** Other objects may be tokens, or be what only the stack knows to treat. */
function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype && !Token.isUnresolved(value);
}

function hasTokens(names: readonly string[]): boolean {
  return names.some((name) => Token.isUnresolved(name));
}
