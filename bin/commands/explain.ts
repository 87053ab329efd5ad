/** `explain`: says which roles a certificate gets, and why, step by step. */
import { renderExplanation, SIMULATION_NOTICE } from '../../src/simulator/report';
import { RolesAnywhereSimulator, SimulatedRequest } from '../../src/simulator/simulator';
import { ExitCode } from '../exit-code';
import { CliIo } from '../io';
import { ASSEMBLY_HELP, ASSEMBLY_OPTIONS, moment, parseOptions, readFile, readSimulator, UsageError, wholeNumber } from '../options';
import { problemLines } from '../problems';

/** What `explain --help` prints. */
export const EXPLAIN_HELP = `Say which roles a certificate gets, and why, for each profile, role and trust anchor of an app.

usage: cdk-roles-anywhere explain --certificate FILE [options]

  --certificate FILE          the host's certificate (PEM or DER); intermediates behind it are sent along,
                              a private key in the same file is ignored
  --chain FILE                intermediates to be sent along
  --role NAME                 only this role: name, ARN, logical id or construct path
  --profile NAME              only this profile
  --trust-anchor NAME         only this trust anchor
  --duration SECONDS          the duration that the host asks for
  --session-name NAME         the session name that the host asks for
  --at DATE                   decide for this moment instead of now, such as 2030-01-31 or 2030-01-31T12:00:00Z
  --json                      print the decisions as JSON
  --verbose                   print what passed steps went by, too
${ASSEMBLY_HELP}
exit codes: 0 at least one role is allowed, 1 none is, 2 wrong usage, 3 unreadable assembly or certificate
`;

const OPTIONS = {
  ...ASSEMBLY_OPTIONS,
  'certificate': { type: 'string' },
  'chain': { type: 'string' },
  'role': { type: 'string' },
  'profile': { type: 'string' },
  'trust-anchor': { type: 'string' },
  'duration': { type: 'string' },
  'session-name': { type: 'string' },
  'at': { type: 'string' },
  'json': { type: 'boolean' },
  'verbose': { type: 'boolean' },
} as const;

/**
 * Runs the command.
 *
 * @throws UsageError, SimulatorError
 */
export async function explain(args: readonly string[], io: CliIo): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.certificate === undefined) {
    throw new UsageError('--certificate is missing: the file with the certificate of the host');
  }
  const options: Omit<SimulatedRequest, 'certificate'> = {
    role: values.role,
    profile: values.profile,
    trustAnchor: values['trust-anchor'],
    durationSeconds: wholeNumber(values.duration, '--duration'),
    roleSessionName: values['session-name'],
    now: moment(values.at, '--at'),
  };
  const simulator = readSimulator(values);
  const chain = values.chain === undefined ? undefined : readFile(values.chain);
  const request: SimulatedRequest = { ...options, certificate: readFile(values.certificate), chain };
  return values.json ? printJson(simulator, request, io) : printText(simulator, request, io, values.verbose ?? false);
}

function printText(simulator: RolesAnywhereSimulator, request: SimulatedRequest, io: CliIo, verbose: boolean): number {
  const decisions = simulator.explain(request);
  io.out(renderExplanation(decisions, { unicode: io.unicode, verbose }));
  if (decisions.length === 0) {
    io.out('no profile lists a role, so there is nothing to be had\n');
  }
  io.err(problemLines(simulator.problems));
  return exitCode(decisions);
}

function printJson(simulator: RolesAnywhereSimulator, request: SimulatedRequest, io: CliIo): number {
  const decisions = simulator.explain(request);
  io.out(`${JSON.stringify({ notice: SIMULATION_NOTICE, decisions, problems: simulator.problems }, null, 2)}\n`);
  return exitCode(decisions);
}

function exitCode(decisions: ReadonlyArray<{ readonly allowed: boolean }>): number {
  return decisions.some(({ allowed }) => allowed) ? ExitCode.SUCCESS : ExitCode.NOTHING_ALLOWED;
}
