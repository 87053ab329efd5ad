/** Reads the pages of docs/: what a person would copy from them, and what they would see. */
import { readFileSync } from 'fs';
import { join } from 'path';

/** The folder of the project. */
export const PROJECT = join(__dirname, '..', '..');

/** What a person does with a fenced block. */
export interface PageBlock {
  /**
   * `command`: run it. `file`: save it under `name`. `output`: compare with what the command before it has printed. `skipped`: run it elsewhere;
   * `name` says why the page is not held to it.
   */
  readonly kind: 'command' | 'file' | 'output' | 'skipped';
  readonly text: string;
  readonly name?: string;
  /** The line at which the block begins, counted from 1. */
  readonly line: number;
}

/** The text of a page. */
export function readPage(path: string): string {
  return readFileSync(join(PROJECT, path), 'utf8');
}

const FENCE = /^(?<indent> *)```(?<language>\w+)\n(?<text>[^]*?)^ *```$/gm;

/**
 * The fenced blocks of a page, in order.
 *
 * A block that follows a line with nothing but the name of a file is that file, one after `<!-- not run: reason -->` is skipped, and of the others
 * `sh` is commands and `text` is output.
 *
 * @throws where a block is none of these
 */
export function blocksOf(page: string): PageBlock[] {
  return [...page.matchAll(FENCE)].map((match) => {
    const { indent, language, text: indented } = match.groups!;
    const text = indented.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const before = page.substring(0, match.index);
    const line = before.split('\n').length;
    const skipped = /<!-- not run: (.+) -->\n$/.exec(before)?.[1];
    const file = /^`([\w./-]+)`:\n\n$/m.exec(before.substring(before.lastIndexOf('\n\n', before.length - 3) + 2))?.[1];
    if (skipped !== undefined) {
      return { kind: 'skipped', text, name: skipped, line };
    }
    if (file !== undefined) {
      return { kind: 'file', text, name: file, line };
    }
    if (language !== 'sh' && language !== 'text') {
      throw new Error(`the block at line ${line} (${language}) is neither a file nor commands nor output`);
    }
    return { kind: language === 'sh' ? 'command' : 'output', text, line };
  });
}

/** The fenced blocks of a section of a page, in order. */
export function blocksBelow(page: string, heading: string): PageBlock[] {
  const first = page.substring(0, page.indexOf(`\n${heading}\n`)).split('\n').length;
  const last = first + sectionOf(page, heading).split('\n').length;
  return blocksOf(page).filter(({ line }) => line > first && line <= last);
}

/** A section of a page, from its heading to the next one of the same or a higher level. */
export function sectionOf(page: string, heading: string): string {
  const start = page.indexOf(`\n${heading}\n`);
  if (start === -1) {
    throw new Error(`the page has no heading ${JSON.stringify(heading)}`);
  }
  const level = /^#+/.exec(heading)![0].length;
  const rest = page.substring(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${level}} `, 'm'));
  return end === -1 ? rest : rest.substring(0, end);
}
