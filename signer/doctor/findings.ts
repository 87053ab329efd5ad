/** What `doctor` finds: one finding a check, in order, where a check that needs what another one found wanting is left out and says so. */
import { oneLine } from '../../src/credentials/errors';
import { failureOf } from '../errors';
import { ExitCode, ExitCodeValue } from '../exit-codes';

/** Stable names of the checks. */
export type CheckId =
  | 'configuration-file' | 'configuration-permissions' | 'secrets-on-command-line' | 'session-settings' | 'arns' | 'identity-settings'
  | 'certificate-file' | 'private-key-file' | 'intermediates-file' | 'passphrase-file' | 'pin-file'
  | 'certificate' | 'private-key' | 'key-belongs-to-certificate'
  | 'certificate-validity' | 'certificate-version' | 'certificate-basic-constraints' | 'certificate-key-usage' | 'certificate-subject'
  | 'certificate-signature' | 'certificate-key' | 'certificate-critical-extensions'
  | 'chain-length' | 'chain-order' | 'chain-signatures' | 'chain-validity' | 'chain-certificates' | 'chain-root'
  | 'session-tags' | 'session-tags-joined'
  | 'ca-bundle' | 'proxy' | 'name-resolution' | 'connection' | 'clock'
  | 'create-session';

/** How a check ended. */
export type FindingStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** What a check says. */
export interface Outcome {
  readonly status: FindingStatus;
  /** One line. It never holds a secret. */
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** How the program ends where this failed. @default - that of the check */
  readonly exitCode?: ExitCodeValue;
}

/** A check. */
export interface Check<Subject> {
  readonly id: CheckId;
  readonly title: string;
  /** Checks that have to come out well (warnings included) before this one makes sense. */
  readonly needs: readonly CheckId[];
  /** How the program ends where this one fails. An error that it throws has an exit code of its own. */
  readonly exitCode: ExitCodeValue;
  /** Whether there is anything to check; where not, there is no finding. @default - always */
  readonly applies?: (subject: Subject) => boolean;
  /** An error that it throws is a failure like others. */
  readonly run: (subject: Subject) => Outcome | Promise<Outcome>;
}

/** What one check found. */
export interface Finding {
  readonly id: CheckId;
  readonly status: FindingStatus;
  readonly title: string;
  readonly detail: string;
  readonly remedy?: string;
}

/** Findings, and how the program ends: by the first failure. */
export interface Examined {
  readonly findings: readonly Finding[];
  readonly exitCode: ExitCodeValue;
}

/** Longer ones have run away. */
const MAX_TEXT_LENGTH = 2000;

export function ok(detail: string): Outcome {
  return { status: 'ok', detail };
}

export function warning(detail: string, remedy?: string): Outcome {
  return { status: 'warning', detail, remedy };
}

export function failed(detail: string, remedy?: string): Outcome {
  return { status: 'failed', detail, remedy };
}

/** For what cannot be checked here. Checks that need this one go on. */
export function skipped(detail: string): Outcome {
  return { status: 'skipped', detail };
}

/**
 * Runs checks one after the other.
 *
 * @param leaveOut says why a check is not to be run; undefined for those that are
 */
export async function runChecks<Subject>(
  checks: ReadonlyArray<Check<Subject>>, subject: Subject, leaveOut: (check: Check<Subject>) => string | undefined = () => undefined,
): Promise<Examined> {
  const findings: Finding[] = [];
  // Why checks that need one of these are left out.
  const wanting = new Map<CheckId, string>();
  let exitCode: ExitCodeValue = ExitCode.OK;
  for (const check of checks.filter(({ applies }) => applies?.(subject) ?? true)) {
    const reason = leaveOut(check) ?? check.needs.map((id) => wanting.get(id)).find((text) => text !== undefined);
    const outcome = reason === undefined ? await runCheck(check, subject) : skipped(reason);
    if (reason !== undefined) {
      wanting.set(check.id, reason);
    }
    if (outcome.status === 'failed') {
      wanting.set(check.id, `not checked, because "${check.title}" failed`);
      exitCode = exitCode === ExitCode.OK ? outcome.exitCode ?? check.exitCode : exitCode;
    }
    findings.push(findingOf(check, outcome));
  }
  return { findings, exitCode };
}

async function runCheck<Subject>(check: Check<Subject>, subject: Subject): Promise<Outcome> {
  try {
    return await check.run(subject);
  } catch (error) {
    const { message, exitCode } = failureOf(error);
    return { status: 'failed', detail: message, exitCode };
  }
}

function findingOf<Subject>({ id, title }: Check<Subject>, { status, detail, remedy }: Outcome): Finding {
  return {
    id, status, title, detail: oneLine(detail, MAX_TEXT_LENGTH), ...(remedy === undefined ? {} : { remedy: oneLine(remedy, MAX_TEXT_LENGTH) }),
  };
}
