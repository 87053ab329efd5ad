/** The exit codes of the command, which its help documents. */

/** By class of outcome. */
export const ExitCode = {
  /** `explain`: at least one role is allowed; `check`: there are no errors; `local`: stopped as told. */
  SUCCESS: 0,
  /** `explain`: nothing is allowed. */
  NOTHING_ALLOWED: 1,
  /** `check`: there are errors. */
  FINDINGS: 1,
  /** Unknown options, or names that fit nothing or several things. */
  USAGE: 2,
  /** The assembly or a certificate cannot be read. */
  UNREADABLE: 3,
  /** `local`: the port cannot be had. */
  CANNOT_LISTEN: 4,
} as const;
