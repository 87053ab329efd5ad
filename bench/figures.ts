/** What a bench returns, how it is measured and how it is printed. */
import { spawnSync } from 'child_process';

/** One line of a table: a contestant and how it did. */
export interface Row {
  readonly label: string;
  /** Undefined where it could not take part. */
  readonly value?: number;
  /** Why it could not, or what there is to know about it. */
  readonly note?: string;
  /** The ratio that the subject is to stay below, where less is better. */
  readonly goal?: number;
  /** The ratio that the subject is to reach, where more is better. */
  readonly goalAtLeast?: number;
}

/** A table: the subject first, then its peers. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  /** What was measured: `our signer`. */
  readonly subject: Row;
  readonly peers: readonly Row[];
}

/** A bench that `npm run bench -- name` selects. */
export interface Bench {
  readonly name: string;
  /** Measures; `progress` tells people that something is going on. */
  readonly run: (progress: (text: string) => void) => Promise<readonly Figure[]>;
}

/** The middle of a list of numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A program to be run as a whole. */
export interface Contestant {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Variables that programs need to start, and none that could slow one of them down or send it elsewhere. */
export function bareEnvironment(): Record<string, string> {
  const { PATH = '', SystemRoot } = process.env;
  return { PATH, ...(SystemRoot === undefined ? {} : { SystemRoot }) };
}

/**
 * Runs a program once.
 *
 * @throws Error where it does not end with exit code 0
 */
export function runOnce({ command, env }: Contestant): string {
  const { status, signal, stdout, stderr, error } = spawnSync(command[0], command.slice(1), { env: { ...bareEnvironment(), ...env }, encoding: 'utf8' });
  if (error || status !== 0) {
    throw new Error(`${command[0]} failed (${error?.message ?? signal ?? `exit code ${status}`}): ${stderr.trim()}`);
  }
  return stdout;
}

/**
 * Times whole processes, each from its start to its end, interleaved so that what else the machine does falls on all of them.
 *
 * @returns medians in milliseconds, in the order of the contestants
 */
export function timeProcesses(contestants: readonly Contestant[], rounds: number): number[] {
  const times = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contestants.length; i++) {
      // Each round begins with another one, so that nobody always follows the same neighbour.
      const at = (i + round) % contestants.length;
      const { command, env } = contestants[at];
      const options = { env: { ...bareEnvironment(), ...env }, stdio: 'ignore' as const };
      const start = process.hrtime.bigint();
      const { status, signal, error } = spawnSync(command[0], command.slice(1), options);
      times[at].push(Number(process.hrtime.bigint() - start) / 1e6);
      if (error || status !== 0) {
        throw new Error(`${command[0]} failed in the middle of the run (${error?.message ?? signal ?? `exit code ${status}`})`);
      }
    }
  }
  return times.map(median);
}

/** Writes a table for people. */
export function formatFigure({ title, unit, subject, peers }: Figure): string {
  const lines = [[subject.label, number(subject.value, unit), '', subject.note ?? '']];
  for (const peer of peers) {
    lines.push([peer.label, peer.value === undefined ? 'skipped' : number(peer.value, unit), comparison(subject, peer), peer.note ?? '']);
  }
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column].length)));
  const body = lines.map(([label, value, ratio, note]) => (
    `  ${label.padEnd(widths[0])}  ${value.padStart(widths[1])}  ${ratio.padEnd(widths[2])}  ${note}`.trimEnd()));
  return [title, ...body].join('\n');
}

function number(value: number | undefined, unit: string): string {
  return value === undefined ? '' : `${value < 100 ? value.toFixed(2) : value.toFixed(0)} ${unit}`;
}

function comparison(subject: Row, peer: Row): string {
  if (peer.value === undefined || subject.value === undefined) {
    return '';
  }
  const ratio = subject.value / peer.value;
  const verdict = peer.goal !== undefined ? ` (goal <= ${goal(peer.goal)} x: ${reached(ratio <= peer.goal)})`
    : peer.goalAtLeast !== undefined ? ` (goal >= ${goal(peer.goalAtLeast)} x: ${reached(ratio >= peer.goalAtLeast)})` : '';
  return `${ratio.toFixed(2)} x of it${verdict}`;
}

/** At least one place after the point, and two where they say something. */
function goal(ratio: number): string {
  return ratio.toFixed(2).replace(/0$/, '');
}

/** The word for a goal. */
export function reached(isReached: boolean): string {
  return isReached ? 'reached' : 'missed';
}
