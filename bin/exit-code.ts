/** The exit codes of the command, which its help documents. */

/** By class of outcome. */
export const ExitCode = {
  /** `explain`: at least one role is allowed; `check`: there are no errors; `local`: stopped as told; `kit`: made. */
  SUCCESS: 0,
  /** `explain`: nothing is allowed. */
  NOTHING_ALLOWED: 1,
  /** `check`: there are errors. */
  FINDINGS: 1,
  /** Unknown options, or names that fit nothing or several things. */
  USAGE: 2,
  /** The assembly, a certificate or outputs cannot be read, or hold what they must not. */
  UNREADABLE: 3,
  /** `local`: the port cannot be had. */
  CANNOT_LISTEN: 4,
  /** `kit`: the binary cannot be built, or the kit cannot be written. */
  CANNOT_BUILD: 5,
  /** `kit`: stopped before it was done, as shells say it. */
  INTERRUPTED: 130,
} as const;
