/** The errors that end a run: a stable code, an exit code, and a message that says what to do. */
import { ExitCode, ExitCodeValue } from './exit-codes';
import { CreateSessionError } from '../src/create-session/errors';

/** Stable names of what can go wrong beside the codes of src/create-session; the exit code follows from the name. */
const EXIT_CODES = {
  USAGE: ExitCode.USAGE,
  NOT_SUPPORTED: ExitCode.USAGE,
  FILE_UNREADABLE: ExitCode.IDENTITY,
  CERTIFICATE_UNREADABLE: ExitCode.IDENTITY,
  CERTIFICATE_EXPIRED: ExitCode.IDENTITY,
  CERTIFICATE_NOT_YET_VALID: ExitCode.IDENTITY,
  CHAIN_TOO_LONG: ExitCode.IDENTITY,
  KEY_UNREADABLE: ExitCode.IDENTITY,
  KEY_ENCRYPTED: ExitCode.IDENTITY,
  KEY_NOT_SUPPORTED: ExitCode.IDENTITY,
  KEY_CERTIFICATE_MISMATCH: ExitCode.IDENTITY,
  SERVICE_REFUSED: ExitCode.REFUSED,
  THROTTLED: ExitCode.UNAVAILABLE,
  SERVICE_FAILED: ExitCode.UNAVAILABLE,
  UNEXPECTED_RESPONSE: ExitCode.UNAVAILABLE,
  CONNECTION_FAILED: ExitCode.UNAVAILABLE,
  TLS_FAILED: ExitCode.UNAVAILABLE,
  TIMED_OUT: ExitCode.UNAVAILABLE,
  OUTPUT_FAILED: ExitCode.UNEXPECTED,
} as const satisfies Record<string, ExitCodeValue>;

/** One of the stable names. */
export type SignerErrorCode = keyof typeof EXIT_CODES;

/** Thrown for everything that the person in front of the machine can do something about. */
export class SignerError extends Error {
  public readonly code: SignerErrorCode;

  public constructor(code: SignerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SignerError';
    this.code = code;
  }
}

/** What is printed of an error, and how the process ends. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCodeValue;
}

/** Turns whatever was thrown into the one line and the exit code. */
export function failureOf(error: unknown): Failure {
  if (error instanceof SignerError) {
    return { code: error.code, message: error.message, exitCode: EXIT_CODES[error.code] };
  }
  if (error instanceof CreateSessionError) {
    // What is left of these comes from the arguments (ARNs, Region, endpoint) or from the certificate and its key.
    const fromArguments = /^(?:ARN|PARTITION|REGION|ENDPOINT)_/.test(error.code);
    return { code: error.code, message: error.message, exitCode: fromArguments ? ExitCode.USAGE : ExitCode.IDENTITY };
  }
  return { code: 'UNEXPECTED', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error), exitCode: ExitCode.UNEXPECTED };
}

/** Text from outside as one line of bounded length, so that it can neither forge lines of a log nor flood it. */
export function oneLine(text: string, limit = 1000): string {
  // eslint-disable-next-line no-control-regex
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length > limit ? `${line.substring(0, limit)}...` : line;
}
