/** Finds Python, its modules, and the programs of systemd and AWS that some tests need, so that those tests can skip themselves and say why. */
import { spawnSync } from 'child_process';

/** The system's own Python: boto3 of a distribution is there and nowhere else. */
export const PYTHON = '/usr/bin/python3';

const works = (command: string, ...args: readonly string[]) => spawnSync(command, args, { timeout: 20_000 }).status === 0;

/** Why Python cannot be used here, or undefined where it can. */
export const pythonMissing: string | undefined = works(PYTHON, '--version') ? undefined : `${PYTHON} is not installed`;

/** Why boto3 cannot be used here, or undefined where it can. */
export const boto3Missing: string | undefined = pythonMissing ?? (works(PYTHON, '-c', 'import boto3') ? undefined : 'python3-boto3 is not installed');

/** Why packets cannot be looked at here, or undefined where they can. */
export const rawSocketsMissing: string | undefined = pythonMissing
  ?? (works(PYTHON, '-c', 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)') ? undefined : 'raw sockets need root');

/** Why systemd-notify cannot be used here, or undefined where it can. */
export const systemdNotifyMissing: string | undefined = works('systemd-notify', '--version') ? undefined : 'systemd-notify is not installed';

/** AWS's command line, and why it cannot be used here, or undefined where it can. */
export const AWS_CLI = '/usr/bin/aws';
export const awsCliMissing: string | undefined = works(AWS_CLI, '--version') ? undefined : `${AWS_CLI} is not installed`;
