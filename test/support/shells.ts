/** Finds the programs that read what a kit brings, so that tests can have them read it, or skip themselves and say why. */
import { spawnSync } from 'child_process';
import { PYTHON } from './python';

const works = (command: string, ...args: readonly string[]) => spawnSync(command, args, { timeout: 20_000 }).status === 0;

/** Why a shell cannot be used here, or undefined where it can. */
export const shMissing: string | undefined = works('sh', '-c', ':') ? undefined : 'sh is not installed';

/** Why shellcheck cannot be used here, or undefined where it can. */
export const shellcheckMissing: string | undefined = works('shellcheck', '--version') ? undefined : 'shellcheck is not installed';

/** Why Python's reader of YAML cannot be used here, or undefined where it can. */
export const pythonYamlMissing: string | undefined = works(PYTHON, '-c', 'import yaml') ? undefined : 'python3-yaml is not installed';

/** Why systemd-analyze cannot be used here, or undefined where it can. */
export const systemdAnalyzeMissing: string | undefined = works('systemd-analyze', '--version') ? undefined : 'systemd-analyze is not installed';
