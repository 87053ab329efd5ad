/** The text of a decision, the same for every face: command line, server log, demo and the messages of a failing test. */
import { DecisionSubject, SessionDecision, Step, StepStatus } from './decision';
import { printable } from './printable';

/** What is said wherever the simulator hands something to a person. */
export const SIMULATION_NOTICE = 'simulated: nothing is asked of AWS, and credentials that come from here are not real';

/** How a report looks. */
export interface ReportOptions {
  /** Signs beyond ASCII for passed and failed. @default true */
  readonly unicode?: boolean;
  /** Whether passed steps show what they went by; failed ones always do. @default false */
  readonly verbose?: boolean;
}

type Marks = Readonly<Record<StepStatus, string>>;

const UNICODE_MARKS: Marks = { passed: '✓', failed: '✗', skipped: '–' };
const ASCII_MARKS: Marks = { passed: 'ok  ', failed: 'FAIL', skipped: '-   ' };

/** One line: who gets which role, or why not. */
export function summarizeDecision(decision: SessionDecision): string {
  const { certificate, role, profile, trustAnchor, session, failedStep, error } = decision;
  const who = certificate ? `${certificate.subject || 'a certificate without subject'} (serial ${certificate.serialNumber})` : 'a request without certificate';
  const what = role ? ` role ${labelOf(role)}, profile ${labelOf(profile)}, trust anchor ${labelOf(trustAnchor)}` : '';
  if (session) {
    return printable(`allowed: ${who} gets${what}, for ${session.durationSeconds} seconds as ${session.assumedRoleArn}`);
  }
  const answer = error ? ` [${error.statusCode} ${error.type}: ${error.message}]` : '';
  return printable(`refused: ${who}${what === '' ? '' : ` does not get${what}`}: ${failedStep?.title ?? 'not decided'}: ${failedStep?.reason ?? ''}${answer}`);
}

function labelOf(subject: DecisionSubject | undefined): string {
  return subject?.name || subject?.logicalId || subject?.arn || 'unknown';
}

/** The whole decision: a line for each step, and what it went by. Ends with a line end. */
export function renderDecision(decision: SessionDecision, options: ReportOptions = {}): string {
  const marks = options.unicode ?? true ? UNICODE_MARKS : ASCII_MARKS;
  const lines = [
    headline(decision, marks),
    ...decision.steps.flatMap((step, i) => stepLines(step, decision.steps[i - 1], marks, options.verbose ?? false)),
    ...resultLines(decision),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function headline({ allowed, role, profile, trustAnchor }: SessionDecision, marks: Marks): string {
  const mark = marks[allowed ? 'passed' : 'failed'];
  const verdict = allowed ? 'allowed' : 'refused';
  return role ? `${mark} ${verdict}: role ${labelOf(role)} with profile ${labelOf(profile)} and trust anchor ${labelOf(trustAnchor)}` : `${mark} ${verdict}`;
}

function stepLines({ title, status, reason, facts }: Step, before: Step | undefined, marks: Marks, verbose: boolean): string[] {
  const head = `    ${marks[status]} ${title}${reason === undefined ? '' : `: ${reason}`}`;
  if (!verbose && status !== 'failed') {
    return [head];
  }
  // The trust policy is mostly the same story for all three actions.
  const repeated = facts.length > 0 && before?.status === status && before.facts.join('\n') === facts.join('\n');
  return [head, ...(repeated ? ['(as above)'] : facts).map((fact) => `        ${fact}`)];
}

function resultLines({ session, error }: SessionDecision): string[] {
  if (session) {
    return [
      `    session ${session.assumedRoleArn}`,
      `    source identity ${session.sourceIdentity}, ${session.durationSeconds} seconds, ${Object.keys(session.tags).length} session tags`,
    ];
  }
  return error ? [`    the service would answer ${error.statusCode} ${error.type}: ${error.message}`] : [];
}

/** Decisions on one certificate, the allowed ones first, with a line that sums up. */
export function renderExplanation(decisions: readonly SessionDecision[], options: ReportOptions = {}): string {
  const sorted = [...decisions].sort((a, b) => Number(b.allowed) - Number(a.allowed));
  const allowed = sorted.filter((decision) => decision.allowed).length;
  const sections = sorted.map((decision) => renderDecision(decision, options));
  return [...sections, `${allowed} allowed, ${decisions.length - allowed} refused (${SIMULATION_NOTICE})\n`].join('\n');
}
