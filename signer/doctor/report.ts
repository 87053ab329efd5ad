/** Prints findings: an aligned list for people, JSON for programs. */
import type { Examined, Finding, FindingStatus } from './findings';
import type { Platform } from '../platform/platform';

/** What the output can show. */
export interface Appearance {
  /** Whether there is a terminal that shows colours. */
  readonly colours: boolean;
  /** Whether characters beyond ASCII are shown. */
  readonly unicode: boolean;
  /** Columns to wrap lines at; undefined where lines are as long as they are. */
  readonly columns?: number;
}

/**
 * What this process's output can show.
 *
 * @param isTerminal whether the output is a terminal, of so many columns
 */
export function appearanceOf(env: Platform['env'], isTerminal: boolean, columns: number | undefined, system: string = process.platform): Appearance {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return {
    colours: isTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    // Windows has no locale to ask; its new terminal says who it is.
    unicode: system === 'win32' ? Boolean(env.WT_SESSION) : /utf-?8/i.test(locale),
    columns: isTerminal ? columns : undefined,
  };
}

const MARKS: Readonly<Record<FindingStatus, { readonly ascii: string; readonly unicode: string; readonly colour: number }>> = {
  ok: { ascii: 'ok', unicode: '\u2714', colour: 32 },
  warning: { ascii: 'WARN', unicode: '\u26a0', colour: 33 },
  failed: { ascii: 'FAIL', unicode: '\u2718', colour: 31 },
  skipped: { ascii: 'skip', unicode: '-', colour: 90 },
};

const STATUSES = Object.keys(MARKS) as FindingStatus[];

/** Narrower terminals get lines that the terminal itself breaks. */
const MIN_TEXT_WIDTH = 30;

/** How many findings there are of each status. */
function count(findings: readonly Finding[]): Record<FindingStatus, number> {
  const counts: Record<FindingStatus, number> = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  findings.forEach(({ status }) => counts[status]++);
  return counts;
}

/** So many checks that were left out for one reason are one line. */
const MANY = 3;

/** A line of the list. */
type Entry = Pick<Finding, 'status' | 'title' | 'detail' | 'remedy'>;

/** Where one failure keeps many checks from being made, a line for each would hide it. */
function summarize(findings: readonly Finding[]): Entry[] {
  const entries: Entry[] = [];
  for (let i = 0; i < findings.length;) {
    const { status, detail } = findings[i];
    const next = findings.findIndex((finding, j) => j > i && (finding.status !== 'skipped' || finding.detail !== detail));
    const length = (next === -1 ? findings.length : next) - i;
    if (status === 'skipped' && length >= MANY) {
      entries.push({ status, title: `${length} more`, detail });
      i += length;
    } else {
      entries.push(findings[i++]);
    }
  }
  return entries;
}

/** The list for people, with a summary at its end. */
export function textReport({ findings }: Examined, appearance: Appearance): string {
  const entries = summarize(findings);
  const markWidth = appearance.unicode ? 1 : Math.max(...STATUSES.map((status) => MARKS[status].ascii.length));
  const titleWidth = Math.max(0, ...entries.map(({ title }) => title.length));
  const indent = markWidth + titleWidth + 3;
  const lines = entries.flatMap(({ status, title, detail, remedy }) => {
    const [first, ...more] = [...wrap(detail, indent, appearance), ...(remedy === undefined ? [] : wrap(`-> ${remedy}`, indent, appearance))];
    const mark = (appearance.unicode ? MARKS[status].unicode : MARKS[status].ascii).padEnd(markWidth);
    return [`${colour(mark, status, appearance)} ${title.padEnd(titleWidth)}  ${first}`, ...more.map((line) => ' '.repeat(indent) + line)];
  });
  const counts = count(findings);
  const summary = `${counts.ok} ok, ${counts.warning} ${counts.warning === 1 ? 'warning' : 'warnings'}, ${counts.failed} failed, ${counts.skipped} skipped`;
  const worst = counts.failed > 0 ? 'failed' : counts.warning > 0 ? 'warning' : 'ok';
  return `${printable([...lines, '', colour(summary, worst, appearance)].join('\n'), appearance)}\n`;
}

function colour(text: string, status: FindingStatus, { colours }: Appearance): string {
  return colours ? `\u001b[${MARKS[status].colour}m${text}\u001b[0m` : text;
}

function wrap(text: string, indent: number, { columns }: Appearance): string[] {
  const width = (columns ?? 0) - indent;
  if (width < MIN_TEXT_WIDTH) {
    return [text];
  }
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** Names in certificates may have any letters. */
function printable(text: string, { unicode }: Appearance): string {
  return unicode ? text : text.replace(/[\u0080-\u{10ffff}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** The same as JSON. */
export function jsonReport({ findings, exitCode }: Examined): string {
  return `${JSON.stringify({ findings, summary: { ...count(findings), exitCode } }, undefined, 2)}\n`;
}
