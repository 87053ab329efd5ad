/** Finds Python with botocore, the library that the AWS CLI and boto3 read their files with. */
import { spawnSync } from 'child_process';

/** A distribution's own Python may have it, or the one that is found first. */
const PYTHON = ['python3', '/usr/bin/python3'].find((program) => spawnSync(program, ['-c', 'import botocore.configloader'], { timeout: 20_000 }).status === 0);

/** Why botocore cannot be used here, or undefined where it can. */
export const botocoreMissing: string | undefined = PYTHON === undefined ? 'python3 with botocore is not installed' : undefined;

/** Runs a Python program with text on its standard input, and returns what it prints. @throws Error with Python's own words */
export function runPython(program: string, input: string): string {
  const { status, stdout, stderr } = spawnSync(PYTHON!, ['-c', program], { input, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (status !== 0) {
    throw new Error(`Python failed: ${stderr}`);
  }
  return stdout;
}
