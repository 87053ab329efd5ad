import { ChildProcess, spawn } from 'child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { createServer, Server } from 'http';
import { AddressInfo } from 'net';
import { constants, tmpdir } from 'os';
import { join } from 'path';
import { bundleProgram } from '../../../scripts/bundle';
import { projectRoot } from '../../../scripts/project';
import { explainFailure, withoutSecrets } from '../../../signer/commands/exec';
import { main } from '../../../signer/main';
import { FlagName } from '../../../signer/options/flags';
import { collectSettings } from '../../../signer/options/settings';
import { createRootCa, Issued, issueHost } from '../../support/pki';
import { BUN, bunMissing, describeUnless } from '../../support/runtimes';
import { atTerminal, scriptMissing } from '../../support/script';
import { answer, ARN_FLAGS, CREDENTIALS, fakeMachine, SUCCESS_BODY } from '../fake-platform';

const folder = mkdtempSync(join(tmpdir(), 'signer-exec-'));
const file = (name: string) => join(folder, name);
let server: Server;
let endpoint: string;
let status = 201;
let host: Issued;

beforeAll(async () => {
  host = await issueHost(await createRootCa('CN=Root'), 'CN=onprem01');
  writeFileSync(file('host.pem'), host.pem);
  writeFileSync(file('host.key'), host.keyPem, { mode: 0o600 });
  server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status, { 'content-type': 'application/json' }).end(status === 201 ? SUCCESS_BODY : '{"__type":"AccessDeniedException","message":"no"}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('what the program is not told', () => {
  const settings = async (flags: ReadonlyArray<[FlagName, string]> = [], env: Record<string, string> = {}) => (
    collectSettings(fakeMachine({ env }).platform, new Map(flags)));

  test('profiles and other sources of credentials, which SDKs prefer or mix in', async () => {
    const env = { AWS_PROFILE: 'p', AWS_DEFAULT_PROFILE: 'p', AWS_WEB_IDENTITY_TOKEN_FILE: 'f', AWS_ROLE_ARN: 'r', AWS_CONTAINER_CREDENTIALS_FULL_URI: 'u', AWS_ACCOUNT_ID: '1', PATH: '/bin' };
    expect(withoutSecrets(env, await settings())).toEqual({ PATH: '/bin' });
  });

  test('passphrase and PIN, and a URI that holds a PIN; other settings stay', async () => {
    const env = {
      ROLES_ANYWHERE_PKCS8_PASSWORD: 'x',
      ROLES_ANYWHERE_PKCS11_PIN: 'x',
      ROLES_ANYWHERE_PRIVATE_KEY: 'pkcs11:token=t?pin-value=1234',
      ROLES_ANYWHERE_CERTIFICATE: 'pkcs11:token=t',
      ROLES_ANYWHERE_REGION: 'eu-west-2',
    };
    expect(withoutSecrets(env, await settings([], env))).toEqual({ ROLES_ANYWHERE_CERTIFICATE: 'pkcs11:token=t', ROLES_ANYWHERE_REGION: 'eu-west-2' });
  });

  test('the variable that holds the private key', async () => {
    expect(withoutSecrets({ my_key: 'PEM', Aws_Profile: 'p', OTHER: '1' }, await settings([['private-key', 'env:MY_KEY']]), 'win32')).toEqual({ OTHER: '1' });
    expect(withoutSecrets({ MY_KEY: 'PEM', MY_CERT: 'PEM', OTHER: '1' }, await settings([['private-key', 'env:MY_KEY'], ['certificate', 'ENV:MY_CERT']]))).toEqual({ OTHER: '1' });
  });
});

test('on Windows, what is no program is explained by what people mostly try', () => {
  const failure = (code: string) => Object.assign(new Error(code), { code });
  expect(explainFailure('cdk', failure('ENOENT'), 'win32')).toEqual({
    exitCode: 127, message: 'the command cdk is not a program; a .cmd or .bat file is run by cmd.exe: exec ... -- cmd /c cdk',
  });
  expect(explainFailure('cdk.cmd', failure('EINVAL'), 'win32')).toMatchObject({ exitCode: 126, message: expect.stringContaining('cmd /c cdk.cmd') });
  expect(explainFailure('big.exe', failure('E2BIG'), 'win32')).toEqual({ exitCode: 126, message: 'the command big.exe cannot be run: E2BIG' });
});

test('without a command it says how to give one, and calls nobody', async () => {
  const machine = fakeMachine({ args: ['exec', '--certificate', 'host.pem', ...ARN_FLAGS, '--'], files: { 'host.pem': host.pem } });
  expect(await main(machine.platform)).toBe(2);
  expect(machine.diagnostics).toMatch(/USAGE: exec needs a command after "--"/);
  expect(machine.requests).toEqual([]);
});

test('where there are no credentials, the command is not started', async () => {
  const machine = fakeMachine({
    args: ['exec', '--certificate', 'host.pem', '--private-key', 'host.key', ...ARN_FLAGS, '--', process.execPath, '-e', `require("fs").writeFileSync(${JSON.stringify(file('started'))}, "")`],
    files: { 'host.pem': host.pem, 'host.key': host.keyPem },
    reactions: [answer(403, '{"message":"no"}', { 'x-amzn-errortype': 'AccessDeniedException' })],
  });
  expect(await main(machine.platform)).toBe(4);
  expect(existsSync(file('started'))).toBe(false);
});

interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly child: ChildProcess;
  /** Resolves when this text has been printed. */
  readonly printed: (text: string) => Promise<void>;
  readonly ended: Promise<Result>;
}

const PATH = process.env.PATH ?? '';

/** The same tests for both runtimes. */
function execTests(build: () => Promise<readonly string[]>): void {
  let program: readonly string[];

  beforeAll(async () => {
    program = await build();
  });

  function start(command: readonly string[], env: Record<string, string> = {}): Running {
    const flags = ['--certificate', file('host.pem'), '--private-key', file('host.key'), ...ARN_FLAGS, '--endpoint', endpoint];
    // A session of its own has no terminal, wherever these tests are started.
    const child = spawn(program[0], [...program.slice(1), 'exec', ...flags, '--', ...command], { env: { PATH, HOME: folder, ...env }, cwd: folder, detached: true });
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return {
      child,
      printed: (text) => new Promise((resolve, reject) => {
        const look = () => (stdout.includes(text) ? resolve() : undefined);
        child.stdout.on('data', look);
        child.on('close', () => reject(new Error(`it ended before it printed ${text}: ${stderr}`)));
        look();
      }),
      ended: new Promise((resolve, reject) => {
        child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
        child.on('error', reject);
        child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
      }),
    };
  }

  const run = (command: readonly string[], env?: Record<string, string>) => start(command, env).ended;
  const node = (script: string) => [process.execPath, '-e', script];

  test('the program has the credentials, and neither a profile nor the passphrase', async () => {
    const { code, stdout } = await run(node('console.log(JSON.stringify(process.env))'), { AWS_PROFILE: 'missing', ROLES_ANYWHERE_PKCS8_PASSWORD: 'a passphrase', OTHER: 'stays' });
    const env = JSON.parse(stdout) as Record<string, string>;
    expect(code).toBe(0);
    expect(env).toMatchObject({
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
      AWS_CREDENTIAL_EXPIRATION: CREDENTIALS.expiration,
      AWS_REGION: 'eu-west-2',
      OTHER: 'stays',
      PATH,
    });
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['AWS_PROFILE']));
    expect(stdout).not.toContain('a passphrase');
  });

  test.each(['AWS_REGION', 'AWS_DEFAULT_REGION'])('a Region in %s stays the only one', async (name) => {
    const { stdout } = await run(node('console.log(process.env.AWS_REGION, process.env.AWS_DEFAULT_REGION)'), { [name]: 'us-east-1' });
    expect(stdout).toBe(name === 'AWS_REGION' ? 'us-east-1 undefined\n' : 'undefined us-east-1\n');
  });

  test('arguments arrive as they are, without a shell, and the exit code is the program\'s', async () => {
    const args = ['a b', '$HOME', '*', '"quoted"', '', '--', '--flag'];
    expect(await run([...node('console.log(JSON.stringify(process.argv.slice(1))); process.exit(7)'), '--', ...args])).toEqual({ code: 7, signal: null, stdout: `${JSON.stringify(args)}\n`, stderr: '' });
  });

  test('standard input is the program\'s', async () => {
    const running = start(node('process.stdin.on("data", (d) => process.stdout.write("<" + d + ">")).on("end", () => process.exit(0))'));
    running.child.stdin!.end('some text');
    expect(await running.ended).toMatchObject({ code: 0, stdout: '<some text>' });
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)('%s is passed on', async (signal) => {
    const running = start(node(`process.on("${signal}", (s) => { console.log("got " + s); process.exit(3); }); setInterval(() => 0, 1000); console.log("ready")`));
    await running.printed('ready');
    running.child.kill(signal);
    expect(await running.ended).toMatchObject({ code: 3, signal: null, stdout: `ready\ngot ${signal}\n` });
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('a program that ends by %s takes this one with it', async (signal) => {
    expect(await run(node(`process.kill(process.pid, "${signal}"); setInterval(() => 0, 1000)`))).toMatchObject({ code: null, signal });
  });

  test.each(['QUIT', 'USR2', 'ABRT'] as const)('SIG%s, which would write a core file or start a debugger here, becomes 128 and its number', async (signal) => {
    const number = constants.signals[`SIG${signal}` as NodeJS.Signals];
    expect(await run(['/bin/sh', '-c', `ulimit -c 0; kill -${signal} $$`])).toMatchObject({ code: 128 + number, signal: null });
  });

  test('a command that is not there is 127', async () => {
    expect(await run(['no-such-command'])).toEqual({
      code: 127, signal: null, stdout: '', stderr: 'roles-anywhere-signer: COMMAND_NOT_STARTED: the command no-such-command was not found in the directories of PATH\n',
    });
    expect(await run([file('nowhere')])).toMatchObject({ code: 127, stderr: expect.stringMatching(/nowhere was not found\n$/) });
  });

  test('one that cannot be run is 126', async () => {
    writeFileSync(file('bad-interpreter'), '#!/nowhere/interpreter\n');
    chmodSync(file('bad-interpreter'), 0o755);
    expect(await run([file('host.pem')])).toMatchObject({ code: 126, stderr: expect.stringContaining('it is not executable') });
    expect(await run([folder])).toMatchObject({ code: 126, stderr: expect.stringContaining('COMMAND_NOT_STARTED') });
    expect(await run([file('bad-interpreter')])).toMatchObject({ code: 126, stderr: expect.stringContaining('the interpreter that its first line names is not there') });
  });

  test('where the service refuses, nothing is started', async () => {
    status = 403;
    try {
      expect(await run(node('console.log("started")'))).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('SERVICE_REFUSED') });
    } finally {
      status = 201;
    }
  });

  describeUnless(scriptMissing, 'at a terminal', () => {
    test('Ctrl-C reaches the program once', async () => {
      const log = file('signals.txt');
      rmSync(log, { force: true });
      const child = [
        'let n = 0', 'process.on("SIGINT", () => { n++; setTimeout(() => { require("fs").writeFileSync(process.argv[1], String(n)); process.exit(0); }, 700); })',
        'setInterval(() => 0, 1000)', 'console.log("ready")',
      ].join('; ');
      const flags = ['--certificate', file('host.pem'), '--private-key', file('host.key'), ...ARN_FLAGS, '--endpoint', endpoint];
      const [recorder, ...args] = atTerminal([...program, 'exec', ...flags, '--', process.execPath, '-e', child, log]);
      const terminal = spawn(recorder, args, { env: { PATH, HOME: folder }, cwd: folder });
      let shown = '';
      terminal.stdout.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
        if (chunk.includes('ready')) {
          terminal.stdin.write('\u0003');
        }
      });
      const code = await new Promise((resolve) => terminal.on('close', resolve));
      expect({ code, shown }).toEqual({ code: 0, shown: expect.stringContaining('ready') });
      expect(readFileSync(log, 'utf8')).toBe('1');
    });
  });
}

const noSignals = process.platform === 'win32' ? 'Windows has no signals' : undefined;

describeUnless(noSignals, 'the portable module', () => {
  execTests(async () => {
    const output = file('roles-anywhere-signer.mjs');
    await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), output, { format: 'esm' });
    return [process.execPath, output];
  });
});

describeUnless(noSignals ?? bunMissing, 'under Bun', () => {
  execTests(async () => [BUN, join(projectRoot, 'signer', 'entry-bun.ts')]);
});
