/** `local`: serves CreateSession and the management API on this machine, from an app that is not deployed. */
import { DEFAULT_PORT, startLocalEndpoint } from '../../src/simulator/local-endpoint';
import { welcomePage } from '../../src/simulator/welcome-page';
import { ExitCode } from '../exit-code';
import { CliIo } from '../io';
import { ASSEMBLY_HELP, ASSEMBLY_OPTIONS, parseOptions, readSimulator, wholeNumber } from '../options';
import { problemLines } from '../problems';

/** What `local --help` prints. */
export const LOCAL_HELP = `Serve CreateSession on this machine, as IAM Roles Anywhere would for an app, with credentials that are not real.

usage: cdk-roles-anywhere local [options]

  --port NUMBER               port to listen on, 0 for any that is free (default: ${DEFAULT_PORT})
  --host ADDRESS              address to listen on (default: 127.0.0.1); others than loopback can be reached
                              by other machines
  --throttle                  hold calls of the management API to the quota of one a second for each kind of
                              resource
${ASSEMBLY_HELP}
The management API takes revocation lists, and enables and disables lists, trust anchors and profiles: point the
AWS SDK or the AWS CLI at it with --endpoint-url or AWS_ENDPOINT_URL_ROLESANYWHERE. Everything is as the app
states it again when the command is started anew.

It prints the ARNs to use, then a line for each request, until it is stopped with Ctrl+C.

exit codes: 0 stopped, 2 wrong usage, 3 unreadable assembly or certificate, 4 the port cannot be had
`;

const OPTIONS = { ...ASSEMBLY_OPTIONS, port: { type: 'string' }, host: { type: 'string' }, throttle: { type: 'boolean' } } as const;

/**
 * Runs the command until it is stopped.
 *
 * @throws UsageError, SimulatorError
 */
export async function local(args: readonly string[], io: CliIo): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  const port = wholeNumber(values.port, '--port');
  const simulator = readSimulator(values);
  const stopped = io.stopped();
  const endpoint = await startLocalEndpoint(simulator, {
    port, host: values.host, throttle: values.throttle, log: (line) => io.out(`${line}\n`),
  });
  io.out(`listening on ${endpoint.url}\n\n${welcomePage(simulator, endpoint.url)}\n`);
  io.err(problemLines(simulator.problems));
  await stopped;
  await endpoint.close();
  io.out('stopped\n');
  return ExitCode.SUCCESS;
}
