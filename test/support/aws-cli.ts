/** Finds the AWS CLI, with which pages and tests ask who they are. */
import { spawnSync } from 'child_process';

/** Why the AWS CLI cannot be used here, or undefined where it can. */
export const awsCliMissing: string | undefined = spawnSync('aws', ['--version']).status === 0 ? undefined : 'the AWS CLI is not installed';
