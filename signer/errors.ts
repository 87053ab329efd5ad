/** What ends a run of the signer: the errors that only a program has, and the exit code of every error. */
import { ExitCode, ExitCodeValue } from './exit-codes';
import { CreateSessionError } from '../src/create-session/errors';
import { CredentialsError, CredentialsErrorCode } from '../src/credentials/errors';

/** Stable names of what can go wrong beside obtaining credentials; the exit code follows from the name. */
const SIGNER_EXIT_CODES = {
  USAGE: ExitCode.USAGE,
  NOT_SUPPORTED: ExitCode.USAGE,
  CONFIGURATION_INVALID: ExitCode.USAGE,
  TOKEN_UNREADABLE: ExitCode.IDENTITY,
  PIN_WRONG: ExitCode.IDENTITY,
  IDENTITY_NOT_FOUND: ExitCode.IDENTITY,
  IDENTITY_AMBIGUOUS: ExitCode.IDENTITY,
  SIGN_COMMAND_FAILED: ExitCode.IDENTITY,
  OUTPUT_FAILED: ExitCode.UNEXPECTED,
  FILE_NOT_WRITTEN: ExitCode.UNEXPECTED,
  LISTEN_FAILED: ExitCode.UNEXPECTED,
  COMMAND_NOT_STARTED: ExitCode.UNEXPECTED,
} as const satisfies Record<string, ExitCodeValue>;

/** Exit codes of the errors of src/credentials. */
const CREDENTIALS_EXIT_CODES: Readonly<Partial<Record<CredentialsErrorCode, ExitCodeValue>>> = {
  SERVICE_REFUSED: ExitCode.REFUSED,
  THROTTLED: ExitCode.UNAVAILABLE,
  SERVICE_FAILED: ExitCode.UNAVAILABLE,
  UNEXPECTED_RESPONSE: ExitCode.UNAVAILABLE,
  CONNECTION_FAILED: ExitCode.UNAVAILABLE,
  TLS_FAILED: ExitCode.UNAVAILABLE,
  TIMED_OUT: ExitCode.UNAVAILABLE,
};

/** One of the signer's own names. */
export type SignerErrorCode = keyof typeof SIGNER_EXIT_CODES;

/** Thrown for everything about the program itself that the person in front of the machine can do something about. */
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
    return { code: error.code, message: error.message, exitCode: SIGNER_EXIT_CODES[error.code] };
  }
  if (error instanceof CredentialsError) {
    return { code: error.code, message: error.message, exitCode: CREDENTIALS_EXIT_CODES[error.code] ?? ExitCode.IDENTITY };
  }
  if (error instanceof CreateSessionError) {
    // What is left of these comes from the arguments (ARNs, Region, endpoint) or from the certificate and its key.
    const fromArguments = /^(?:ARN|PARTITION|REGION|ENDPOINT)_/.test(error.code);
    return { code: error.code, message: error.message, exitCode: fromArguments ? ExitCode.USAGE : ExitCode.IDENTITY };
  }
  return { code: 'UNEXPECTED', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error), exitCode: ExitCode.UNEXPECTED };
}
