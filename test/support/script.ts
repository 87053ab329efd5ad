/** Finds the terminal recorder of util-linux, with which tests run programs at a terminal of their own. */
import { spawnSync } from 'child_process';

const { status, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });

/** Why it cannot be used here, or undefined where it can. */
export const scriptMissing: string | undefined = status === 0 && stdout.includes('util-linux')
  ? undefined : 'the terminal recorder "script" of util-linux is not installed';

/** The command that runs a program at a terminal. The program's own exit code becomes that of the command. */
export function atTerminal(command: readonly string[]): readonly [string, ...string[]] {
  const words = command.map((word) => `'${word.replaceAll('\'', '\'\\\'\'')}'`).join(' ');
  // Without exec, a shell would stand in between and get the signals too.
  return ['script', '-qec', `exec ${words}`, '/dev/null'];
}
