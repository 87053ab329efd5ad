/** Shows what is under way: a live line with the time elapsed on a terminal, plain lines elsewhere. */

/** Where it is shown. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const REFRESH_MILLISECONDS = 100;
const ERASE_LINE = '\r\u001b[2K';

/** A display of several things that go on at the same time. */
export class Progress {
  private readonly underWay = new Map<string, number>();
  private done = 0;
  private timer?: NodeJS.Timeout;

  /** @param total how many there are going to be */
  public constructor(private readonly total: number, private readonly output: ProgressOutput = process.stdout) {}

  /** Something begins, or goes into its next stage. */
  public begin(what: string): void {
    this.underWay.set(what, performance.now());
    if (!this.output.isTTY) {
      this.output.write(`${what} ...\n`);
      return;
    }
    this.draw();
    this.timer ??= setInterval(() => this.draw(), REFRESH_MILLISECONDS);
  }

  /** Something ends; these lines about it stay. */
  public end(what: string, lines: readonly string[]): void {
    this.underWay.delete(what);
    this.done += 1;
    const number = `[${String(this.done).padStart(String(this.total).length)}/${this.total}] `;
    const text = lines.map((line, i) => `${i === 0 ? number : ' '.repeat(number.length)}${line}\n`).join('');
    this.output.write(this.output.isTTY ? `${ERASE_LINE}${text}` : text);
    if (this.underWay.size > 0) {
      this.draw();
    } else {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  private draw(): void {
    if (!this.output.isTTY) {
      return;
    }
    const now = performance.now();
    const parts = [...this.underWay].map(([what, start]) => `${what} ${((now - start) / 1000).toFixed(1)} s`);
    // A line that wraps cannot be erased.
    this.output.write(`${ERASE_LINE}${`${this.done}/${this.total} done; ${parts.join(', ')}`.substring(0, (this.output.columns ?? 80) - 1)}`);
  }
}
