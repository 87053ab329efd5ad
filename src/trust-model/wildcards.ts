// Matches text against IAM patterns, in which `*` is any run of characters and `?` is any one character.

const ANY_CHARACTER = -1;
const ANY_SEQUENCE = -2;

/** A stretch of a pattern: text, and whether `*` and `?` in it are wildcards or mean themselves. */
export interface WildcardPart {
  readonly text: string;
  readonly wildcards: boolean;
}

/**
 * A pattern of the IAM policy language, prepared once and matched many times.
 *
 * `*` stands for any run of characters, also an empty one, `?` for exactly one character (a Unicode code point). Matching is case-sensitive.
 * It remembers only the last `*`, so it takes at most (length of the text) x (length of the pattern) steps, whatever the pattern.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators", string condition operators.
 */
export class WildcardPattern {
  /** Prepares a pattern in which every `*` and `?` is a wildcard. */
  public static of(pattern: string): WildcardPattern {
    return new WildcardPattern([{ text: pattern, wildcards: true }]);
  }

  // Undefined when the pattern has wildcards.
  private readonly literal: string | undefined;
  private readonly tokens: readonly number[];

  /** Prepares a pattern made of parts, some of which may be literal text. */
  public constructor(parts: readonly WildcardPart[]) {
    this.literal = parts.some(hasWildcard) ? undefined : parts.map((part) => part.text).join('');
    this.tokens = this.literal === undefined ? tokenize(parts) : [];
  }

  /** Whether the whole text matches the pattern. */
  public matches(text: string): boolean {
    return this.literal === undefined ? this.matchesTokens(text) : text === this.literal;
  }

  private matchesTokens(text: string): boolean {
    const tokens = this.tokens;
    let token = 0;
    let position = 0;
    let lastSequence = -1;
    let resumeAt = 0;
    while (position < text.length) {
      const character = text.codePointAt(position)!;
      const expected = tokens[token];
      if (expected === character || expected === ANY_CHARACTER) {
        token++;
        position += width(character);
      } else if (expected === ANY_SEQUENCE) {
        lastSequence = token++;
        resumeAt = position;
      } else if (lastSequence >= 0) {
        token = lastSequence + 1;
        resumeAt += width(text.codePointAt(resumeAt)!);
        position = resumeAt;
      } else {
        return false;
      }
    }
    while (tokens[token] === ANY_SEQUENCE) {
      token++;
    }
    return token === tokens.length;
  }
}

/** Whether a part of a pattern has a `*` or `?` that acts as a wildcard. */
export function hasWildcard(part: WildcardPart): boolean {
  return part.wildcards && (part.text.includes('*') || part.text.includes('?'));
}

function tokenize(parts: readonly WildcardPart[]): number[] {
  const tokens: number[] = [];
  for (const part of parts) {
    for (const character of part.text) {
      const token = part.wildcards ? wildcardToken(character) : character.codePointAt(0)!;
      const repeatedSequence = token === ANY_SEQUENCE && tokens[tokens.length - 1] === ANY_SEQUENCE;
      if (!repeatedSequence) {
        tokens.push(token);
      }
    }
  }
  return tokens;
}

function wildcardToken(character: string): number {
  if (character === '*') {
    return ANY_SEQUENCE;
  }
  return character === '?' ? ANY_CHARACTER : character.codePointAt(0)!;
}

function width(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}
