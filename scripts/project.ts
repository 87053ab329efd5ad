/** Where the project lies and what its package.json says, for the scripts. */
import { readFileSync } from 'fs';
import { join } from 'path';

/** The folder of package.json. */
export const projectRoot = join(__dirname, '..');

/** The version that programs print. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }).version;
}
