/** The errors of obtaining credentials: a stable code, and a message that says what was wrong, where, and what to do. */

/**
 * Stable names of what can go wrong between a host's files and its credentials, beside the codes of src/create-session.
 *
 * - `FILE_UNREADABLE`, `CERTIFICATE_*`, `CHAIN_TOO_LONG`, `KEY_*`, `PASSPHRASE_*`: the host's own files
 * - `SERVICE_REFUSED`: the service answered with HTTP 4xx and its reason
 * - `THROTTLED`, `SERVICE_FAILED`, `UNEXPECTED_RESPONSE`, `CONNECTION_FAILED`, `TLS_FAILED`, `TIMED_OUT`: worth trying again later
 */
export type CredentialsErrorCode =
  | 'FILE_UNREADABLE'
  | 'CERTIFICATE_UNREADABLE' | 'CERTIFICATE_EXPIRED' | 'CERTIFICATE_NOT_YET_VALID' | 'CHAIN_TOO_LONG'
  | 'KEY_UNREADABLE' | 'KEY_ENCRYPTED' | 'KEY_NOT_SUPPORTED' | 'KEY_CERTIFICATE_MISMATCH'
  | 'PASSPHRASE_WRONG'
  | 'SERVICE_REFUSED' | 'THROTTLED' | 'SERVICE_FAILED' | 'UNEXPECTED_RESPONSE'
  | 'CONNECTION_FAILED' | 'TLS_FAILED' | 'TIMED_OUT';

/** Thrown for what the person in front of the machine can do something about. Its message never holds a key, a passphrase or a credential. */
export class CredentialsError extends Error {
  public readonly code: CredentialsErrorCode;

  public constructor(code: CredentialsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CredentialsError';
    this.code = code;
  }
}

/** Text from outside as one line of bounded length, so that it can neither forge lines of a log nor flood it. */
export function oneLine(text: string, limit = 1000): string {
  // eslint-disable-next-line no-control-regex
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length > limit ? `${line.substring(0, limit)}...` : line;
}
