// Tests the pattern matcher of the IAM policy language against a plain recursive reference.
import * as fc from 'fast-check';
import { WildcardPattern } from '../../src/trust-model/wildcards';

// As slow as it is plain: characters are code points, every way to take a `*` is tried.
function reference(pattern: readonly string[], text: readonly string[]): boolean {
  if (pattern.length === 0) {
    return text.length === 0;
  }
  if (pattern[0] === '*') {
    return reference(pattern.slice(1), text) || (text.length > 0 && reference(pattern, text.slice(1)));
  }
  return text.length > 0 && (pattern[0] === '?' || pattern[0] === text[0]) && reference(pattern.slice(1), text.slice(1));
}

const character = fc.constantFrom('a', 'b', 'A', '/', '\u{1d49c}', 'ß', '*', '?');

describe('a wildcard pattern', () => {
  test.each([
    ['host-*', 'host-1', true],
    ['host-*', 'host-', true],
    ['host-?', 'host-', false],
    ['host-?', 'host-12', false],
    ['HOST-*', 'host-1', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['?', '', false],
    ['*Ops', 'SecOps', true],
    ['a*b*c', 'aXbXbXc', true],
    ['a*b*c', 'aXbXbX', false],
    ['web-??.example.com', 'web-01.example.com', true],
    ['a.b', 'axb', false],
    ['[a-z]+', 'a', false],
  ])('%p and %p: %p', (pattern, text, expected) => {
    expect(WildcardPattern.of(pattern).matches(text)).toBe(expected);
  });

  test('? stands for one character, also where UTF-16 needs two units for it', () => {
    expect(WildcardPattern.of('?').matches('\u{1d49c}')).toBe(true);
    expect(WildcardPattern.of('??').matches('\u{1d49c}')).toBe(false);
    expect(WildcardPattern.of('*\udc9c').matches('\u{1d49c}')).toBe(false);
  });

  test('takes * and ? for themselves in a literal part', () => {
    const pattern = new WildcardPattern([{ text: 'a*', wildcards: false }, { text: '*', wildcards: true }, { text: '?', wildcards: false }]);
    expect(pattern.matches('a*xyz?')).toBe(true);
    expect(pattern.matches('a-xyz?')).toBe(false);
    expect(pattern.matches('a*xyz!')).toBe(false);
  });

  test('agrees with the reference on random patterns and texts', () => {
    const pattern = fc.array(fc.oneof({ weight: 2, arbitrary: character }, fc.constantFrom('*', '?')), { maxLength: 9 });
    const text = fc.array(character, { maxLength: 9 });
    fc.assert(fc.property(pattern, text, (patternCharacters, textCharacters) => {
      const matched = WildcardPattern.of(patternCharacters.join('')).matches(textCharacters.join(''));
      expect(matched).toBe(reference(patternCharacters, textCharacters));
    }), { numRuns: 20_000 });
  });

  test('does not backtrack without bounds', () => {
    const pattern = WildcardPattern.of('*a'.repeat(1_000) + 'b');
    const start = process.hrtime.bigint();
    expect(pattern.matches('a'.repeat(4_000))).toBe(false);
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(2_000);
  });
});
