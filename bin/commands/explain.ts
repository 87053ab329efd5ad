/** `explain`: says which roles a certificate gets, and why, step by step. */
import { AssemblyModel, RoleModel, TrustAnchorModel } from '../../src/simulator/model';
import { printable } from '../../src/simulator/printable';
import { renderExplanation, SIMULATION_NOTICE } from '../../src/simulator/report';
import { selectByName, withoutResource } from '../../src/simulator/selection';
import { RolesAnywhereSimulator, SimulatedRequest } from '../../src/simulator/simulator';
import { namesTrustAnchor } from '../../src/trust-model/trust-conditions';
import { readTrustPolicy } from '../../src/trust-model/trust-statements';
import { WildcardPattern } from '../../src/trust-model/wildcards';
import { ExitCode } from '../exit-code';
import { CliIo } from '../io';
import { ASSEMBLY_HELP, ASSEMBLY_OPTIONS, moment, parseOptions, readCertificateFile, readSimulator, UsageError, wholeNumber } from '../options';
import { problemLines } from '../problems';

/** What `explain --help` prints. */
export const EXPLAIN_HELP = `Say which roles a certificate gets, and why, for each profile, role and trust anchor of an app.

usage: cdk-roles-anywhere explain --certificate FILE [options]

  --certificate FILE          the host's certificate (PEM or DER); intermediates behind it are sent along,
                              a private key in the same file is ignored
  --chain FILE                intermediates to be sent along
  --role NAME                 only this role: name, ARN, logical id, construct path (with or without the stack), or
                              that of a construct with one role below
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
  const chain = values.chain === undefined ? undefined : readCertificateFile(values.chain);
  const request: SimulatedRequest = { ...options, certificate: readCertificateFile(values.certificate), chain };
  return values.json ? printJson(simulator, request, io) : printText(simulator, request, io, values.verbose ?? false);
}

function printText(simulator: RolesAnywhereSimulator, request: SimulatedRequest, io: CliIo, verbose: boolean): number {
  const decisions = simulator.explain(request);
  io.out(renderExplanation(decisions, { unicode: io.unicode, verbose }));
  if (decisions.length === 0) {
    io.out('no profile lists a role, so there is nothing to be had\n');
  }
  if (request.role === undefined) {
    io.out(notLookedAt(simulator.model, request.trustAnchor));
  }
  io.err(problemLines(simulator.problems));
  return exitCode(decisions);
}

/** How many roles the last line lists. */
const SHOWN_ROLES = 10;

/** A line on the roles that no profile lists, though they are made for a trust anchor that was asked about; empty where there is none. */
function notLookedAt({ trustAnchors, profiles, roles }: AssemblyModel, trustAnchor: string | undefined): string {
  const anchors = trustAnchor === undefined ? trustAnchors : [selectByName(trustAnchors, trustAnchor, 'trust anchor')];
  const listed = new Set(profiles.flatMap(({ roleArns }) => roleArns));
  const unlisted = roles.filter((role) => !listed.has(role.arn) && anchors.some((anchor) => trusts(role, anchor)))
    .map(({ constructPath, stack, logicalId }) => constructPath === undefined ? `${stack}/${logicalId}` : withoutResource(constructPath));
  if (unlisted.length === 0) {
    return '';
  }
  const shown = unlisted.slice(0, SHOWN_ROLES).join(', ') + (unlisted.length > SHOWN_ROLES ? ` and ${unlisted.length - SHOWN_ROLES} more` : '');
  const which = unlisted.length === 1 ? 'it' : 'them';
  return `${printable(`not looked at, since no profile lists ${which}: ${shown} (--role ${unlisted[0]} says more)`)}\n`;
}

/** Whether a statement lets Roles Anywhere assume the role for the trust anchor; what is not known yet may be the anchor. */
function trusts({ trustPolicy, environment }: RoleModel, anchor: TrustAnchorModel): boolean {
  const isOfAccount = environment.account === anchor.environment.account && environment.partition === anchor.environment.partition;
  return isOfAccount && readTrustPolicy(trustPolicy).statements.some(({ assumesRole, conditions = [] }) => (
    assumesRole && conditions.filter(namesTrustAnchor).every(({ operator, values }) => (
      /Not/.test(operator) || values.some((value) => typeof value !== 'string' || WildcardPattern.of(value).matches(anchor.arn))
    ))
  ));
}

function printJson(simulator: RolesAnywhereSimulator, request: SimulatedRequest, io: CliIo): number {
  const decisions = simulator.explain(request);
  io.out(`${JSON.stringify({ notice: SIMULATION_NOTICE, decisions, problems: simulator.problems }, null, 2)}\n`);
  return exitCode(decisions);
}

function exitCode(decisions: ReadonlyArray<{ readonly allowed: boolean }>): number {
  return decisions.some(({ allowed }) => allowed) ? ExitCode.SUCCESS : ExitCode.NOTHING_ALLOWED;
}
