/** A process that runs a bundled function as Lambda would, warm from one event to the next. */
import { ChildProcess, spawn } from 'child_process';
import { join } from 'path';
import { createInterface } from 'readline';
import { projectRoot } from '../../scripts/project';

/** How an invocation ended. */
export interface Invocation {
  /** What the handler returned. @default - it threw */
  readonly result?: any;
  /** What it threw, as Lambda reports it. @default - it returned */
  readonly error?: { readonly errorType: string; readonly errorMessage: string; readonly code?: string };
  /** What the function wrote on standard output during the invocation, line by line. */
  readonly lines: readonly string[];
  /** The same, of those lines that are JSON. */
  readonly log: readonly any[];
}

const RUNNER = join(__dirname, 'run-lambda.cjs');
const RESULT = 'RESULT ';

/** A warm function. */
export class LambdaProcess {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private errors = '';

  /**
   * @param bundle the file with the handler
   * @param environment everything that the function sees, its own variables and those of the SDK; nothing is inherited
   */
  public constructor(bundle: string, environment: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [RUNNER, bundle], {
      // The Lambda runtime has the SDK where NODE_PATH points.
      env: { NODE_PATH: join(projectRoot, 'node_modules'), ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    this.child.stderr!.on('data', (chunk: Buffer) => { this.errors += chunk.toString(); });
  }

  /** Sends an event and waits for the end of the invocation. */
  public async invoke(event: object, remainingMs = 60_000): Promise<Invocation> {
    this.child.stdin!.write(`${JSON.stringify({ event, remainingMs })}\n`);
    const lines: string[] = [];
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) {
        throw new Error(`the function's process ended by itself:\n${this.errors}`);
      }
      if (value.startsWith(RESULT)) {
        return { ...JSON.parse(value.substring(RESULT.length)), lines, log: lines.map((line) => JSON.parse(line)) };
      }
      lines.push(value);
    }
  }

  /** Ends the process. */
  public async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin!.end();
    this.child.kill();
    await ended;
  }
}
