/** A call that failed, told to the other processes: those that waited for it fail alike at once, instead of calling one after the other. */
import { unlinkSync } from 'node:fs';
import { CredentialsError, CredentialsErrorCode } from '../../src/credentials/errors';
import { writeFileAtomically } from '../files/atomic-write';
import { systemCode } from '../files/write-error';
import type { Platform } from '../platform/platform';

/** What is told. */
export interface SharedFailure {
  /** Different for each failure. Clocks are no help here: they are set. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Fingerprint of the way to the service; another one may lead there. */
  readonly route: string;
  readonly code: CredentialsErrorCode;
  readonly message: string;
}

const FORMAT = 1;

/** Tells others of a failure. */
export async function writeFailure(path: string, { code, message }: CredentialsError, route: string, now: Date): Promise<void> {
  const failure: SharedFailure = { id: crypto.randomUUID(), at: now.getTime(), route, code, message };
  await writeFileAtomically(path, JSON.stringify({ format: FORMAT, ...failure }), { durable: false });
}

/** The last failure that was told, or undefined where there is none for this route. */
export async function readFailure(platform: Pick<Platform, 'readFile'>, path: string, route: string): Promise<SharedFailure | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(await platform.readFile(path)));
  } catch {
    // Where nothing can be learned from others, the call itself tells.
    return undefined;
  }
  return isFailure(value) && value.route === route ? value : undefined;
}

/** Takes back what was told. */
export function removeFailure(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') {
      throw error;
    }
  }
}

/** The failure as an error of this process. */
export function errorOf({ code, message }: SharedFailure): CredentialsError {
  return new CredentialsError(code, `${message} (said to another process, which made the call for this one too)`);
}

function isFailure(value: unknown): value is SharedFailure {
  const { format, id, at, route, code, message } = typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
  return format === FORMAT && [id, route, message].every((text) => typeof text === 'string') && Number.isFinite(at)
    && typeof code === 'string' && /^[A-Z_]+$/.test(code);
}
