/** The error of this room: a cloud assembly that is not there, or is none. */

/** Stable codes of everything that can be wrong with the files of a cloud assembly. */
export type AssemblyErrorCode =
  | 'ASSEMBLY_NOT_FOUND'
  | 'ASSEMBLY_UNREADABLE'
  | 'ASSEMBLY_NOT_JSON'
  | 'ASSEMBLY_INVALID'
  | 'ASSEMBLY_TOO_OLD'
  | 'TEMPLATE_INVALID';

/** Thrown by the readers of this room, and nothing else is. */
export class AssemblyError extends Error {
  /** What is wrong, as a stable name that programs can switch on. */
  public readonly code: AssemblyErrorCode;

  /** What is wrong and what to do, without the path. */
  public readonly reason: string;

  /** The file or folder concerned. */
  public readonly path: string;

  public constructor(code: AssemblyErrorCode, reason: string, path: string) {
    super(`${reason}: ${path}`);
    this.name = 'AssemblyError';
    this.code = code;
    this.reason = reason;
    this.path = path;
  }
}
