import { spawnSync } from 'child_process';
import { ExitCode } from '../../../signer/exit-codes';
import { main } from '../../../signer/main';
import { parseCommandLine } from '../../../signer/options/command-line';
import { COMMAND_NAMES, Flag, FLAGS } from '../../../signer/options/flags';
import { helpText } from '../../../signer/options/help';
import { DEFAULT_LIMITS } from '../../../src/credentials/retry';
import { fakeMachine } from '../fake-platform';

/** The words of a command in a help text, as a shell would split them. */
function words(example: string): string[] {
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\n' ${example}`], { encoding: 'utf8' });
  return stdout.trim().split('\n');
}

test('every command is listed, and every exit code explained', () => {
  const text = helpText();
  COMMAND_NAMES.forEach((name) => expect(text).toMatch(new RegExp(`^  ${name} +\\S`, 'm')));
  Object.values(ExitCode).forEach((code) => expect(text).toMatch(new RegExp(`^  ${code}  \\S`, 'm')));
});

describe.each(COMMAND_NAMES)('help of %s', (command) => {
  const text = helpText(command);

  test('names each of its flags once, and none that it does not take', () => {
    const listed = [...text.matchAll(/^ {2}--([a-z0-9-]+)/gm)].map(([, name]) => name);
    const taken = Object.entries<Flag>(FLAGS).filter(([, flag]) => flag.refused === undefined && flag.commands.includes(command));
    expect(listed).toEqual(taken.map(([name]) => name));
  });

  test('has an example that the parser takes', () => {
    const example = /^Example:\n([\s\S]*?)\n\n/m.exec(text)![1].replace(/^\s*eval "\$\((.*)\)"$/s, '$1');
    const [program, ...args] = words(example.trim());
    expect(program).toBe('roles-anywhere-signer');
    expect(parseCommandLine(args).command).toBe(command);
  });

  test('is printed by help and by --help', async () => {
    for (const args of [['help', command], [command, '--help'], [command, '-h']]) {
      const machine = fakeMachine({ args });
      expect(await main(machine.platform)).toBe(0);
      expect(machine.output).toBe(text);
    }
  });
});

test('lines fit a terminal of 160 columns', () => {
  [helpText(), ...COMMAND_NAMES.map((name) => helpText(name))].forEach((text) => text.split('\n').forEach((line) => expect(line.length).toBeLessThanOrEqual(160)));
});

test('it says the defaults that hold', () => {
  const text = helpText('credential-process');
  expect(text).toContain(`with all its attempts; default ${DEFAULT_LIMITS.deadline / 1000}`);
  expect(text).toContain(`how often a call is tried; default ${DEFAULT_LIMITS.attempts}`);
});
