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

/** Writes the table; long outcomes go on in lines of their own, so that it is readable at any width. */
export function printTable(rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { passed, what, outcome } of rows) {
    const [first, ...rest] = outcome.split('\n');
    process.stdout.write(`${passed ? paint(32, 'ok    ') : paint(31, 'FAILED')}  ${what.padEnd(width)}  ${first}\n`);
    rest.forEach((line) => process.stdout.write(`${' '.repeat(8 + width + 2)}${line}\n`));
  }
}
