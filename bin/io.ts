/** What a command may use of the process it runs in, so that tests can run it in theirs. */

import { ProgressOutput } from '../src/kit/binaries/progress';

/** Where text goes, what the terminal takes, and when to stop. */
export interface CliIo {
  /** Whether the terminal shows signs beyond ASCII. */
  readonly unicode: boolean;
  /** Where what is under way is shown, if anywhere else than on standard error as plain lines. */
  readonly progress?: ProgressOutput;
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Ends when the command is told to stop. */
  stopped(): Promise<void>;
}

/** The process itself. */
export function processIo(): CliIo {
  // A reader that has seen enough, such as `head`, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      throw error;
    }
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    unicode: takesUnicode(process.platform, process.env),
    progress: process.stderr,
    stopped: () => new Promise((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    }),
  };
}

/** Goes by the locale, as other commands do; macOS and the Windows Terminal always take UTF-8. */
export function takesUnicode(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): boolean {
  if (platform === 'darwin') {
    return true;
  }
  if (platform === 'win32') {
    return env.WT_SESSION !== undefined;
  }
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale);
}
