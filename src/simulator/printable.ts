/** Makes text from certificates, requests and templates safe to print: it can neither end a line nor turn the direction of writing. */

// Control characters, line and paragraph separators, and the marks, embeddings and isolates of bidirectional text.
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The text with every such character written as `\u{...}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}
