/** The error that the simulator throws when it cannot go on: a stable code, the file or option concerned, and the way out. */

/**
 * Thrown when there is nothing left to simulate with: no assembly, a file that is not JSON, an option that cannot be.
 *
 * What is wrong with a single resource is no reason to throw; it becomes a `ModelProblem` and the rest of the assembly stays usable.
 */
export class SimulatorError extends Error {
  /** What is wrong, as a stable name that programs can switch on, such as `ASSEMBLY_NOT_FOUND`. */
  public readonly code: string;

  /** The file or folder concerned, where there is one. */
  public readonly path?: string;

  public constructor(code: string, message: string, path?: string) {
    super(path === undefined ? message : `${message}: ${path}`);
    this.name = 'SimulatorError';
    this.code = code;
    this.path = path;
  }
}
