/** The code of the error that a function throws. */
import { CreateSessionError } from '../../src/create-session';

/** The code of the CreateSessionError that `run` throws, or `none`; fails for any other error. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(CreateSessionError);
    return (error as CreateSessionError).code;
  }
  return 'none';
}
