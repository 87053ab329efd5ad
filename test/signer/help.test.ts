import { ARN_FLAGS } from './fake-platform';
import { parseArguments } from '../../signer/arguments';
import { ExitCode } from '../../signer/exit-codes';
import { HELP } from '../../signer/help';
import { LIMITS } from '../../signer/retry';

test('every flag of the help is one that is understood', () => {
  const flags = [...HELP.matchAll(/^ {2}(--[a-z-]+)(?: ([A-Z]+))?/gm)].map(([, flag, value]) => [flag, value] as const);
  expect(flags.length).toBeGreaterThan(12);
  for (const [flag, value] of flags) {
    const sample = { SECONDS: '900', NAME: 'name', URL: 'https://x' }[value ?? ''] ?? 'value';
    expect(() => parseArguments(['credential-process', '--certificate', 'c', ...ARN_FLAGS, ...(value ? [flag, sample] : [flag])], {}))
      .not.toThrow(/no flag|no value|true or false/);
  }
});

test('the table of exit codes has every code', () => {
  for (const code of Object.values(ExitCode)) {
    expect(HELP).toMatch(new RegExp(`^ {2}${code} {2}\\w`, 'm'));
  }
});

test('the limits are the ones that hold', () => {
  expect(HELP).toContain(`tried ${LIMITS.attempts} times within ${LIMITS.deadline / 1000} seconds`);
});

test('no line is wider than a wide terminal', () => {
  expect(Math.max(...HELP.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});
