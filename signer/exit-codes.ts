/** What the process's exit code says, so that scripts can tell a wrong file from a service that is down. */

/** One code a class of failure; the help text prints the same table. */
export const ExitCode = {
  /** Credentials were printed (or the help, or the version). */
  OK: 0,
  /** Something that should not happen; a file or an output that cannot be written, a port in use. */
  UNEXPECTED: 1,
  /** Wrong arguments: a flag, an ARN, a Region, an endpoint. */
  USAGE: 2,
  /** Certificate, private key or another file: missing, unreadable, expired, not belonging together. */
  IDENTITY: 3,
  /** The service refused, with its reason. */
  REFUSED: 4,
  /** The service was not reached, throttled, or failed itself (connection, TLS, time-out, 429, 5xx), or something that is not the service answered. */
  UNAVAILABLE: 5,
} as const;

/** One of the exit codes. */
export type ExitCodeValue = typeof ExitCode[keyof typeof ExitCode];
