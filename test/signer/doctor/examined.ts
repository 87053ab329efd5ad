/** Runs checks of doctor against a machine in memory, with a network that says what a test wants. */
import { Examination, Surroundings } from '../../../signer/doctor/examination';
import { Check, CheckId, Examined, Finding, runChecks } from '../../../signer/doctor/findings';
import { Connected, Network } from '../../../signer/doctor/network';
import { parseCommandLine } from '../../../signer/options/command-line';
import { collectSettings } from '../../../signer/options/settings';
import type { Platform } from '../../../signer/platform/platform';
import { ARN_FLAGS, FakeMachine, fakeMachine, FakeOptions } from '../fake-platform';

/** Flags of a host whose files are `host.pem` and `host.key`. */
export const HOST_FLAGS: readonly string[] = ['--certificate', 'host.pem', '--private-key', 'host.key', ...ARN_FLAGS];

/** What can be set beside the machine. */
export interface ExaminedOptions extends Omit<FakeOptions, 'args'> {
  /** @default HOST_FLAGS */
  readonly flags?: readonly string[];
  readonly pkcs11?: Platform['pkcs11'];
  /** @default 1000 */
  readonly userId?: number;
  /** Owners of files. @default 1000 */
  readonly owners?: Readonly<Record<string, number>>;
  readonly network?: Partial<Network>;
}

/** A connection to a server that is trusted. */
export const TRUSTED: Connected = { address: '192.0.2.7', tls: { protocol: 'TLSv1.3', issuer: 'O=Amazon, CN=Amazon RSA 2048 M01' } };

/** What came of it. */
export interface Result extends Examined {
  readonly machine: FakeMachine;
  /** The finding of one check. */
  of(id: CheckId): Finding | undefined;
}

/** Runs checks; those that they need and that are not among them count as passed. */
export async function examined(checks: ReadonlyArray<Check<Examination>>, options: ExaminedOptions = {}): Promise<Result> {
  const { flags = HOST_FLAGS, pkcs11, userId = 1000, owners = {}, network = {}, ...machineOptions } = options;
  const machine = fakeMachine({ ...machineOptions, args: ['doctor', ...flags] });
  const platform = pkcs11 ? { ...machine.platform, pkcs11 } : machine.platform;
  const surroundings: Surroundings = {
    userId,
    ownerOf: async (path) => owners[path] ?? 1000,
    network: { resolve: async () => ['192.0.2.7'], connect: async () => TRUSTED, ...network },
  };
  const settings = await collectSettings(platform, parseCommandLine(platform.args).flags);
  const examination = new Examination(platform, settings, surroundings);
  const result = await runChecks(checks, examination);
  await examination.close();
  return { ...result, machine, of: (id) => result.findings.find((finding) => finding.id === id) };
}
