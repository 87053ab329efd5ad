/** The string to sign, with its date and credential scope (AWS Signature Version 4). */
import { AlgorithmName } from './algorithms';
import { sha256Hex } from './sha256';
import { CreateSessionError } from './errors';

/** The service's name in the scope. */
export const SERVICE = 'rolesanywhere';

/** What ends every scope. */
export const SCOPE_TERMINATOR = 'aws4_request';

/** What a signature holds for: `20261120/eu-west-2/rolesanywhere/aws4_request`. */
export interface CredentialScope {
  /** Day of the request in UTC, `yyyymmdd`. */
  readonly day: string;
  readonly region: string;
}

/** Writes a scope. */
export function formatScope(scope: CredentialScope): string {
  return [scope.day, scope.region, SERVICE, SCOPE_TERMINATOR].join('/');
}

/** A moment as `X-Amz-Date` has it: `20261120T232250Z`. */
export function formatAmzDate(date: Date): string {
  return `${date.toISOString().substring(0, 19).replace(/[-:]/g, '')}Z`;
}

/**
 * Reads the value of `X-Amz-Date`.
 *
 * @throws CreateSessionError `BAD_DATE` where it is not `yyyymmddThhmmssZ`, or not a moment that exists
 */
export function parseAmzDate(text: string): Date {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const [year, month, day, hour, minute, second] = match ? match.slice(1) : [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!match || Number.isNaN(date.getTime()) || formatAmzDate(date) !== text) {
    throw new CreateSessionError('BAD_DATE', 'X-Amz-Date is not a moment written as yyyymmddThhmmssZ');
  }
  return date;
}

/** Writes the string to sign. */
export async function stringToSign(algorithm: AlgorithmName, amzDate: string, scope: CredentialScope, canonical: string): Promise<string> {
  return [algorithm, amzDate, formatScope(scope), await sha256Hex(canonical)].join('\n');
}
