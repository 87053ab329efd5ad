/** The command `version`: the version alone, or with `--json` what this file was made of. */
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import { BUILD, VERSION } from '../version';

/** Prints the version. */
export async function version(platform: Platform, settings: Settings): Promise<void> {
  const text = settings.switch('json')
    ? JSON.stringify({ version: VERSION, ...BUILD, runtime: platform.runtime, system: `${process.platform} ${process.arch}` }, undefined, 2)
    : VERSION;
  await platform.writeOutput(`${text}\n`);
}
