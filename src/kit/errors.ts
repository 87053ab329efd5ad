/** The error of this room: what keeps a kit from being made. */

/** Stable codes of everything that can be wrong with what a kit is made of. */
export type KitErrorCode =
  | 'OUTPUTS_UNREADABLE'
  | 'NO_CONFIGURATION'
  | 'AMBIGUOUS'
  | 'NOT_FOUND'
  | 'INVALID_CONFIGURATION'
  | 'UNEXPECTED_MEMBER'
  | 'UNSUPPORTED_VERSION'
  | 'INVALID_PATH'
  | 'INVALID_TEXT'
  | 'UNKNOWN_TARGET'
  | 'BUN_UNUSABLE'
  | 'BUILD_FAILED'
  | 'NOT_WRITABLE';

/** Thrown by the makers of this room for what their caller can set right. */
export class KitError extends Error {
  /** What is wrong, as a stable name that programs can switch on. */
  public readonly code: KitErrorCode;

  public constructor(code: KitErrorCode, message: string) {
    super(`${message} (${code})`);
    this.name = 'KitError';
    this.code = code;
  }
}
