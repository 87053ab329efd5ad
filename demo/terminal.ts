/** What the demo writes to the terminal: steps that take a while, and a table at the end. */

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/** Announces a step, runs it, and says how long it took. */
export async function step<T>(title: string, action: () => Promise<T>): Promise<T> {
  const started = Date.now();
  process.stdout.write(`${paint(36, '>')} ${title} ... `);
  try {
    const result = await action();
    process.stdout.write(`${paint(2, `${((Date.now() - started) / 1000).toFixed(1)} s`)}\n`);
    return result;
  } catch (error) {
    process.stdout.write(`${paint(31, 'failed')}\n`);
    throw error;
  }
}

/** A line of the closing table. */
export interface Row {
  readonly passed: boolean;
  /** What was tried. */
  readonly what: string;
  /** What came of it. */
  readonly outcome: string;
}

/** Writes the table: what was tried, and below it what came of it, in lines that fit the terminal. */
export function printTable(rows: readonly Row[]): void {
  const width = Math.max(60, Math.min(process.stdout.columns ?? 120, 140)) - 10;
  for (const { passed, what, outcome } of rows) {
    process.stdout.write(`${passed ? paint(32, 'ok    ') : paint(31, 'FAILED')}  ${what}\n`);
    for (const line of outcome.split('\n').flatMap((text) => wrap(text, width))) {
      process.stdout.write(`          ${line}\n`);
    }
  }
}

/** Breaks a text at blanks; what has none, such as an ARN, stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(lines.length === 0 ? word : `  ${word}`);
    }
  }
  return lines;
}
