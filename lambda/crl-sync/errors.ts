/** The one error type of this function, with codes that logs, metrics and alarms can tell apart. */
import { CrlRule } from '../../src/trust-model/crl-rules';
import { X509Error, X509ErrorCode } from '../../src/x509';

/** Stable names of everything for which a list is not in step: the rules for lists and the faults of encodings among them. */
export type SyncErrorCode =
  | CrlRule
  | X509ErrorCode
  | 'CONFIGURATION_INVALID'
  | 'FETCH_NOT_FOUND'
  | 'FETCH_TIMEOUT'
  | 'FETCH_TOO_LARGE'
  | 'FETCH_REDIRECTS'
  | 'FETCH_FAILED'
  | 'SEVERAL_LISTS'
  | 'ISSUER_NOT_TRUSTED'
  | 'ANCHOR_SOURCE'
  | 'QUOTA_FULL'
  | 'SERVICE_ERROR'
  | 'THROTTLED'
  | 'OUT_OF_TIME'
  | 'RESPONSE_NOT_DELIVERED'
  | 'SYNC_FAILED'
  | 'UNEXPECTED_ERROR';

/** Thrown for everything that keeps a list from being in step. Messages name places without query strings and user names. */
export class SyncError extends Error {
  /** What is wrong, as a stable name. */
  public readonly code: SyncErrorCode;

  /** Whether a list was had and refused for what it is, rather than not had or not written. */
  public readonly isRefusal: boolean;

  public constructor(code: SyncErrorCode, message: string, isRefusal = false) {
    super(message);
    this.name = 'SyncError';
    this.code = code;
    this.isRefusal = isRefusal;
  }
}

/** An error of any origin as one of this function: those of the X.509 reader are refusals, whatever else is not. */
export function asSyncError(error: unknown): SyncError {
  if (error instanceof SyncError) {
    return error;
  }
  if (error instanceof X509Error) {
    return new SyncError(error.code, error.message, true);
  }
  return new SyncError('UNEXPECTED_ERROR', String(error));
}
