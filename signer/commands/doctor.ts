/** The command `doctor`: looks at everything between this host and its credentials, and says what is wrong and what to do about it. */
import { isatty } from 'node:tty';
import { writeResult } from './output';
import { oneLine } from '../../src/credentials/errors';
import { CERTIFICATE_CHECKS } from '../doctor/certificate-checks';
import { CHAIN_CHECKS } from '../doctor/chain-checks';
import { CONFIGURATION_CHECKS, CONFIGURATION_FILE, SESSION_SETTINGS } from '../doctor/configuration-checks';
import { Examination, realSurroundings, Surroundings } from '../doctor/examination';
import { FILE_CHECKS } from '../doctor/file-checks';
import { Check, Examined, runChecks } from '../doctor/findings';
import { KEY_CHECKS } from '../doctor/key-checks';
import { REAL_NETWORK } from '../doctor/network';
import { NETWORK_CHECKS } from '../doctor/network-checks';
import { appearanceOf, jsonReport, textReport } from '../doctor/report';
import { createSessionCheck } from '../doctor/session-check';
import { SESSION_TAG_CHECKS } from '../doctor/session-tag-checks';
import { failureOf } from '../errors';
import type { CommandLine } from '../options/command-line';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import { consoleObserver } from '../session';

const STDOUT = 1;

/** Everything that needs no network. */
const OFFLINE_CHECKS: ReadonlyArray<Check<Examination>> = [
  ...CONFIGURATION_CHECKS, ...FILE_CHECKS, ...KEY_CHECKS, ...CERTIFICATE_CHECKS, ...CHAIN_CHECKS, ...SESSION_TAG_CHECKS,
];

/**
 * Runs the checks and prints what they found.
 *
 * @returns 0 where nothing failed, else the exit code of the first failure
 */
export async function doctor(platform: Platform, settings: Settings): Promise<number> {
  const isJson = settings.switch('json') ?? false;
  return report(platform, await examine(platform, settings, realSurroundings(REAL_NETWORK)), isJson);
}

/**
 * Reports settings that could not be collected at all, such as those of a configuration file that is not JSON, as the only finding.
 *
 * @param error what collecting them threw
 * @returns its exit code
 */
export async function reportUnreadableSettings(platform: Platform, flags: CommandLine['flags'], error: unknown): Promise<number> {
  const { code, message, exitCode } = failureOf(error);
  const { id, title } = code === 'CONFIGURATION_INVALID' ? CONFIGURATION_FILE : SESSION_SETTINGS;
  return report(platform, { exitCode, findings: [{ id, status: 'failed', title, detail: oneLine(message) }] }, flags.get('json') === 'true');
}

async function report(platform: Platform, examined: Examined, isJson: boolean): Promise<number> {
  const isTerminal = isatty(STDOUT);
  const appearance = appearanceOf(platform.env, isTerminal, isTerminal ? process.stdout.columns : undefined);
  await writeResult(platform, isJson ? jsonReport(examined) : textReport(examined, appearance), 'the findings');
  return examined.exitCode;
}

/** Runs the checks. */
async function examine(platform: Platform, settings: Settings, surroundings: Surroundings): Promise<Examined> {
  const isOffline = settings.switch('offline') ?? false;
  const { debug } = consoleObserver(platform, settings.switch('debug') ?? false);
  const checks = [...OFFLINE_CHECKS, ...NETWORK_CHECKS, createSessionCheck(debug)];
  const examination = new Examination(platform, settings, surroundings);
  try {
    return await runChecks(checks, examination, (check) => (isOffline && !OFFLINE_CHECKS.includes(check) ? 'not checked, because of --offline' : undefined));
  } finally {
    await examination.close();
  }
}
