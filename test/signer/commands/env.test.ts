import { spawnSync } from 'child_process';
import { tmpdir } from 'os';
import fc from 'fast-check';
import { defaultShell, shellCommands, ShellName } from '../../../signer/commands/env';
import { main } from '../../../signer/main';
import { createRootCa, Issued, issueHost } from '../../support/pki';
import { describeUnless } from '../../support/runtimes';
import { answer, ARN_FLAGS, CREDENTIALS, fakeMachine, FakeOptions, systemError } from '../fake-platform';

let host: Issued;

beforeAll(async () => {
  host = await issueHost(await createRootCa('CN=Root'), 'CN=onprem01');
});

async function run(flags: readonly string[] = [], options: FakeOptions = {}) {
  const machine = fakeMachine({
    args: ['env', '--certificate', 'host.pem', '--private-key', 'host.key', ...ARN_FLAGS, ...flags],
    files: { 'host.pem': host.pem, 'host.key': host.keyPem },
    ...options,
  });
  return { exitCode: await main(machine.platform), machine };
}

const { accessKeyId, secretAccessKey, sessionToken, expiration } = CREDENTIALS;

test.each<[string, string]>([
  ['sh', `export AWS_ACCESS_KEY_ID='${accessKeyId}'\nexport AWS_SECRET_ACCESS_KEY='${secretAccessKey}'\nexport AWS_SESSION_TOKEN='${sessionToken}'\n`
    + `export AWS_CREDENTIAL_EXPIRATION='${expiration}'\nexport AWS_REGION='eu-west-2'\n`],
  ['fish', `set -gx AWS_ACCESS_KEY_ID '${accessKeyId}'\nset -gx AWS_SECRET_ACCESS_KEY '${secretAccessKey}'\nset -gx AWS_SESSION_TOKEN '${sessionToken}'\n`
    + `set -gx AWS_CREDENTIAL_EXPIRATION '${expiration}'\nset -gx AWS_REGION 'eu-west-2'\n`],
  ['powershell', `$Env:AWS_ACCESS_KEY_ID = '${accessKeyId}'\n$Env:AWS_SECRET_ACCESS_KEY = '${secretAccessKey}'\n$Env:AWS_SESSION_TOKEN = '${sessionToken}'\n`
    + `$Env:AWS_CREDENTIAL_EXPIRATION = '${expiration}'\n$Env:AWS_REGION = 'eu-west-2'\n`],
  ['cmd', `SET "AWS_ACCESS_KEY_ID=${accessKeyId}"\nSET "AWS_SECRET_ACCESS_KEY=${secretAccessKey}"\nSET "AWS_SESSION_TOKEN=${sessionToken}"\n`
    + `SET "AWS_CREDENTIAL_EXPIRATION=${expiration}"\nSET "AWS_REGION=eu-west-2"\n`],
])('commands for %s', async (shell, output) => {
  const { exitCode, machine } = await run(['--shell', shell]);
  expect({ exitCode, output: machine.output, diagnostics: machine.diagnostics }).toEqual({ exitCode: 0, output, diagnostics: '' });
});

test('sh where nothing is said, PowerShell on Windows; a shell that is not known is refused', async () => {
  expect([defaultShell('linux'), defaultShell('darwin'), defaultShell('win32')]).toEqual(['sh', 'sh', 'powershell']);
  const { exitCode, machine } = await run(['--shell', 'tcsh']);
  expect({ exitCode, requests: machine.requests }).toEqual({ exitCode: 2, requests: [] });
  expect(machine.diagnostics).toMatch(/--shell is one of sh, bash, zsh, fish, powershell, pwsh, cmd, not "tcsh"/);
});

test('what would lead SDKs elsewhere is unset where it is set, and a Region is kept', async () => {
  const { machine } = await run(['--shell', 'sh'], { env: { AWS_PROFILE: 'p', AWS_ROLE_ARN: 'r', AWS_DEFAULT_REGION: 'us-east-1' } });
  expect(machine.output).toMatch(/^unset AWS_PROFILE\nunset AWS_ROLE_ARN\nexport AWS_ACCESS_KEY_ID=/);
  expect(machine.output).not.toContain('REGION');
});

test('a refusal prints nothing to evaluate', async () => {
  const { exitCode, machine } = await run([], { reactions: [answer(403, '{"message":"no"}', { 'x-amzn-errortype': 'AccessDeniedException' })] });
  expect({ exitCode, output: machine.output }).toEqual({ exitCode: 4, output: '' });
});

test('an output that is closed is an error without credentials in it', async () => {
  const { exitCode, machine } = await run([], { outputError: systemError('EPIPE') });
  expect({ exitCode, diagnostics: machine.diagnostics }).toEqual({ exitCode: 1, diagnostics: expect.stringContaining('OUTPUT_FAILED') });
  expect(machine.diagnostics).not.toMatch(/ASIA|secret\+|session\+/);
});

test('cmd.exe is not given what it cannot take', () => {
  for (const value of ['a"b', 'a%b', 'a!b', 'a\nb']) {
    expect(() => shellCommands('cmd', { NAME: value }, [])).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED', message: expect.not.stringContaining(value) }));
  }
  expect(shellCommands('cmd', { NAME: 'a&b|c<d>e^f(g)' }, ['OLD'])).toBe('SET OLD=\nSET "NAME=a&b|c<d>e^f(g)"\n');
});

describe('typographic quotes', () => {
  test('end a text for PowerShell, so they are doubled', () => {
    expect(shellCommands('powershell', { NAME: '\u2018a\u2019\'' }, [])).toBe('$Env:NAME = \'\u2018\u2018a\u2019\u2019\'\'\'\n');
  });
});

/** Shells that may be here, each with how it evaluates a text and prints two variables. */
const REAL_SHELLS: ReadonlyArray<readonly [ShellName, string, (commands: string) => string[]]> = [
  ['sh', 'sh', (commands) => ['-c', `${commands}\nprintf '%s\\000%s' "$NAME" "\${OLD-unset}"`]],
  ['bash', 'bash', (commands) => ['-c', `${commands}\nprintf '%s\\000%s' "$NAME" "\${OLD-unset}"`]],
  ['zsh', 'zsh', (commands) => ['-c', `${commands}\nprintf '%s\\000%s' "$NAME" "\${OLD-unset}"`]],
  ['fish', 'fish', (commands) => ['-c', `${commands}\nset -q OLD; or set OLD unset\nprintf '%s\\000%s' "$NAME" "$OLD"`]],
  ['powershell', 'pwsh', (commands) => ['-NoProfile', '-Command', `${commands}\nif ($null -eq $Env:OLD) { $old = 'unset' } else { $old = $Env:OLD }\n[Console]::Out.Write("$Env:NAME\`0$old")`]],
];

const missing = (shell: string) => (spawnSync(shell, ['-c', 'exit 0']).status === 0 ? undefined : `${shell} is not installed`);

// No distribution of Linux packages PowerShell, so there its absence is nothing to report: it is tried where it is.
const triedShells = REAL_SHELLS.filter(([, program]) => program !== 'pwsh' || missing(program) === undefined);

for (const [shell, program, args] of triedShells) {
  describeUnless(missing(program), `a real ${program}`, () => {
    test('gets every value as it is, and has the others unset', () => {
      const printable = fc.string({ unit: fc.constantFrom('\'', '"', '\\', '$', '`', '!', '%', '&', ';', '\n', ' ', '*', '~', '#', '(', '\u00e9', 'a', 'B', '+', '/', '=') });
      fc.assert(fc.property(printable, (value) => {
        const commands = shellCommands(shell, { NAME: value }, ['OLD']);
        // With a pipe as standard input, bash takes itself for a remote one and reads the files of whoever runs the tests.
        const { stdout, stderr } = spawnSync(program, args(commands), {
          encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, HOME: tmpdir(), LC_ALL: 'C.UTF-8', OLD: 'still set' },
        });
        expect({ stdout, stderr }).toEqual({ stdout: `${value}\u0000unset`, stderr: '' });
      }), { numRuns: program === 'pwsh' ? 20 : 100 });
    });
  });
}
