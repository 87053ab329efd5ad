import { spawn, spawnSync } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { createServer, Server } from 'https';
import { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { bundleProgram } from '../../../scripts/bundle';
import { projectRoot } from '../../../scripts/project';
import { reportUnreadableSettings } from '../../../signer/commands/doctor';
import { Finding } from '../../../signer/doctor/findings';
import { SignerError } from '../../../signer/errors';
import { main } from '../../../signer/main';
import { pairRawHeaders, verifyCreateSessionRequest } from '../../../src/create-session';
import { createRootCa, issueCa, Issued, issueHost } from '../../support/pki';
import { BUN, bunMissing, describeUnless, opensslMissing } from '../../support/runtimes';
import { atTerminal, scriptMissing } from '../../support/script';
import { ARN_FLAGS, CREDENTIALS, fakeMachine, SUCCESS_BODY, systemError } from '../fake-platform';

const folder = mkdtempSync(join(tmpdir(), 'signer-doctor-'));
const file = (name: string) => join(folder, name);
let host: Issued;
let server: Server;
let endpoint: string;
/** What the service refuses with; undefined where it hands out credentials. */
let refusal: string | undefined;
let connections = 0;

beforeAll(async () => {
  const root = await createRootCa('CN=Root');
  const intermediate = await issueCa(root, 'CN=Intermediate');
  host = await issueHost(intermediate, 'CN=onprem01');
  const other = await issueHost(root, 'CN=onprem02');
  const tls = await issueHost(root, 'CN=server', { subjectAltName: [{ type: 'ip', value: '127.0.0.1' }] });
  for (const [name, content] of Object.entries({
    'host.pem': host.pem + intermediate.pem, 'host.key': host.keyPem, 'other.key': other.keyPem, 'root.pem': root.pem, 'passphrase.txt': 'correct horse battery\n',
  })) {
    writeFileSync(file(name), content, { mode: 0o600 });
  }
  server = createServer({ key: tls.keyPem, cert: tls.pem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const [path, query = ''] = request.url!.split('?');
      const verified = request.method === 'POST' && refusal === undefined
        ? verifyCreateSessionRequest({ method: 'POST', path, query, headers: pairRawHeaders(request.rawHeaders), body: Buffer.concat(chunks) })
        : Promise.reject(new Error(refusal));
      verified.then(
        () => response.writeHead(201, { 'content-type': 'application/json' }).end(SUCCESS_BODY),
        (error: Error) => response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end(JSON.stringify({ message: error.message })),
      );
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  refusal = undefined;
  connections = 0;
});

/** Every check that applies to a host with its files, in order: scripts may rely on these names. */
const IDS = [
  'configuration-file', 'configuration-permissions', 'secrets-on-command-line', 'session-settings', 'arns', 'identity-settings',
  'certificate-file', 'private-key-file',
  'certificate', 'private-key', 'key-belongs-to-certificate',
  'certificate-validity', 'certificate-version', 'certificate-basic-constraints', 'certificate-key-usage', 'certificate-subject',
  'certificate-signature', 'certificate-key', 'certificate-critical-extensions',
  'chain-length', 'chain-order', 'chain-signatures', 'chain-validity', 'chain-certificates', 'chain-root',
  'session-tags', 'session-tags-joined',
  'ca-bundle', 'proxy', 'name-resolution', 'connection', 'clock',
  'create-session',
];

const NETWORK_IDS = IDS.slice(IDS.indexOf('ca-bundle'));

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Report {
  readonly findings: readonly Finding[];
  readonly summary: Readonly<Record<string, number>>;
}

/** The same tests for both runtimes. */
function doctorTests(build: () => Promise<readonly string[]>): void {
  let program: readonly string[];

  beforeAll(async () => {
    program = await build();
  });

  const HOST = ['--certificate', file('host.pem'), '--private-key', file('host.key'), ...ARN_FLAGS];
  const variables = () => ({ PATH: process.env.PATH ?? '', HOME: folder, LC_ALL: 'C.UTF-8', AWS_CA_BUNDLE: file('root.pem') });
  const flagsOf = (flags: readonly string[]) => ['doctor', ...HOST, '--endpoint', endpoint, ...flags];

  function start(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      const child = spawn(command[0], command.slice(1), { env: { ...variables(), ...env }, cwd: folder });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  const run = (flags: readonly string[] = [], env?: Readonly<Record<string, string>>) => start([...program, ...flagsOf(flags)], env);

  async function json(flags: readonly string[] = [], env?: Readonly<Record<string, string>>) {
    const { code, stdout, stderr } = await run([...flags, '--json'], env);
    const report = JSON.parse(stdout) as Report;
    return { code, stderr, report, of: (id: string) => report.findings.find((finding) => finding.id === id) };
  }

  test('a host in order: every check passes, up to real credentials', async () => {
    const { code, stderr, report, of } = await json();
    expect(report.findings.filter(({ status }) => status === 'failed' || status === 'warning')).toEqual([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(report.findings.map(({ id }) => id)).toEqual(IDS);
    expect(of('create-session')).toMatchObject({ status: 'ok', detail: expect.stringContaining('assumed-role/Uploader/0123') });
    expect(of('connection')).toMatchObject({ detail: expect.stringMatching(/speaks TLSv1\.3; its certificate is issued by CN=Root, and trusted$/) });
    expect(report.summary).toEqual({ ok: IDS.length - 2, warning: 0, failed: 0, skipped: 2, exitCode: 0 });
  });

  test('the list for people', async () => {
    const { code, stdout } = await run();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✔ Configuration file {2,}none is used/m);
    expect(stdout).toMatch(/^✔ CreateSession {2,}credentials of arn:/m);
    expect(stdout).toMatch(/\n\n31 ok, 0 warnings, 0 failed, 2 skipped\n$/);
    expect((await run([], { LC_ALL: 'C' })).stdout).toMatch(/^ok {3}CreateSession/m);
    // Not at a terminal.
    expect(stdout).not.toContain('\u001b');
  });

  test('--offline connects to nobody', async () => {
    const { code, report, of } = await json(['--offline']);
    expect(code).toBe(0);
    expect(report.findings.filter(({ id }) => NETWORK_IDS.includes(id)).map(({ status, detail }) => [status, detail]))
      .toEqual(NETWORK_IDS.map(() => ['skipped', 'not checked, because of --offline']));
    expect(of('key-belongs-to-certificate')).toMatchObject({ status: 'ok' });
    expect(connections).toBe(0);
  });

  test('2: settings', async () => {
    const { code, of } = await json(['--role-arn=']);
    expect(code).toBe(2);
    expect(of('session-settings')).toMatchObject({ status: 'failed', detail: '--role-arn is missing' });
    // What has nothing to do with it is looked at all the same.
    expect([of('key-belongs-to-certificate'), of('create-session')]).toMatchObject([{ status: 'ok' }, { status: 'skipped', detail: 'not checked, because "Settings of the session" failed' }]);
  });

  test('3: certificate and key; the service is not called', async () => {
    const { code, of } = await json(['--private-key', file('other.key')]);
    expect(code).toBe(3);
    expect(of('key-belongs-to-certificate')).toMatchObject({ status: 'failed' });
    expect([of('connection'), of('create-session')]).toMatchObject([{ status: 'ok' }, { status: 'skipped', detail: 'not checked, because "Private key signs for the certificate" failed' }]);
  });

  test('4: refused, with cause and remedy', async () => {
    refusal = 'Untrusted signing certificate';
    const { code, of } = await json();
    expect(code).toBe(4);
    expect(of('create-session')).toMatchObject({
      status: 'failed', detail: expect.stringMatching(/^AccessDeniedException: Untrusted signing certificate \(HTTP 403\): no path leads/), remedy: expect.stringContaining('--intermediates'),
    });
  });

  test('5: unreachable, or not trusted', async () => {
    const unreachable = await json(['--endpoint', 'https://127.0.0.1:1']);
    expect(unreachable.code).toBe(5);
    expect([unreachable.of('connection'), unreachable.of('create-session')]).toMatchObject([{ status: 'failed', detail: expect.stringContaining('refused') }, { status: 'skipped' }]);
    const untrusted = await json([], { AWS_CA_BUNDLE: '' });
    expect(untrusted.code).toBe(5);
    expect(untrusted.of('connection')).toMatchObject({ status: 'failed', detail: expect.stringContaining('is not trusted') });
  });

  test('files that others may read are a warning, and no failure', async () => {
    writeFileSync(file('open.key'), host.keyPem, { mode: 0o644 });
    const { code, of } = await json(['--private-key', file('open.key'), '--offline']);
    expect(code).toBe(0);
    expect(of('private-key-file')).toMatchObject({ status: 'warning', remedy: `chmod 600 ${file('open.key')}` });
  });

  describeUnless(opensslMissing, 'secrets', () => {
    const PASSPHRASE = 'correct horse battery';
    const PIN = '83746510';
    const PROXY_PASSWORD = 'swordfish-7261';

    /** Pieces of the key's PEM of 16 characters each, without those that name its algorithm, which the certificate has as well. */
    function keyPieces(): string[] {
      const publicText = host.pem.replace(/\n/g, '');
      const pieces = host.keyPem.split('\n').filter((line) => !line.startsWith('-')).flatMap((line) => line.match(/.{16}/g) ?? []);
      return pieces.filter((piece) => !publicText.includes(piece));
    }

    beforeAll(() => {
      const made = spawnSync('openssl', ['pkcs8', '-topk8', '-in', file('host.key'), '-passout', `pass:${PASSPHRASE}`, '-out', file('encrypted.key')], { encoding: 'utf8' });
      expect(made).toMatchObject({ status: 0 });
      writeFileSync(file('config.json'), JSON.stringify({ pkcs8Password: PASSPHRASE, pkcs11Pin: PIN, privateKey: file('encrypted.key') }), { mode: 0o644 });
      writeFileSync(file('broken.json'), `{ "pkcs8Password": "${PASSPHRASE}", `, { mode: 0o600 });
    });

    const scenarios: ReadonlyArray<readonly [string, readonly string[], Readonly<Record<string, string>>]> = [
      ['all is well', [], {}],
      ['a passphrase in a variable', ['--private-key', file('encrypted.key')], { ROLES_ANYWHERE_PKCS8_PASSWORD: PASSPHRASE }],
      ['a passphrase in a flag', ['--private-key', file('encrypted.key'), '--pkcs8-password', PASSPHRASE], {}],
      ['a passphrase in a file', ['--private-key', file('encrypted.key'), '--passphrase-file', file('passphrase.txt')], {}],
      ['a passphrase in the configuration file', ['--config', file('config.json'), '--private-key='], {}],
      ['a passphrase that is wrong', ['--private-key', file('encrypted.key')], { ROLES_ANYWHERE_PKCS8_PASSWORD: `${PASSPHRASE}!` }],
      ['a configuration file that is broken', ['--config', file('broken.json')], {}],
      ['a PIN in a URI', ['--certificate', `pkcs11:token=t?pin-value=${PIN}`, '--private-key', `pkcs11:token=t?pin-value=${PIN}`, '--pkcs11-lib', '/nowhere.so'], {}],
      ['a proxy with a password', ['--endpoint', 'https://service.invalid'], { HTTPS_PROXY: `http://me:${PROXY_PASSWORD}@127.0.0.1:1` }],
      ['files that are exchanged', ['--certificate', file('host.key'), '--private-key', file('host.pem')], {}],
      ['a certificate as the wrong value', ['--role-arn', file('host.key'), '--region', PIN.repeat(2)], {}],
    ];

    test.each(scenarios)('are in no output: %s', async (_, flags, env) => {
      expect(keyPieces().length).toBeGreaterThan(5);
      for (const more of [[], ['--json'], ['--debug']]) {
        const { stdout, stderr } = await run([...flags, ...more], env);
        const output = stdout + stderr;
        expect(output).not.toBe('');
        const { secretAccessKey, sessionToken, accessKeyId } = CREDENTIALS;
        for (const secret of [PASSPHRASE, PROXY_PASSWORD, secretAccessKey, sessionToken, accessKeyId, ...keyPieces()]) {
          expect(output).not.toContain(secret);
        }
        if (!flags.includes(PIN.repeat(2))) {
          expect(output).not.toContain(PIN);
        }
      }
    }, 30_000);
  });

  describeUnless(scriptMissing, 'at a terminal', () => {
    test('there are colours, and none with NO_COLOR', async () => {
      const command = atTerminal([...program, ...flagsOf(['--offline'])]);
      expect((await start(command)).stdout).toContain('\u001b[32m✔\u001b[0m Configuration file');
      expect((await start(command, { NO_COLOR: '1' })).stdout).not.toContain('\u001b[');
    });
  });
}

describe('the portable module', () => {
  doctorTests(async () => {
    const output = file('roles-anywhere-signer.mjs');
    await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), output, { format: 'esm' });
    return [process.execPath, output];
  });
});

describeUnless(bunMissing, 'under Bun', () => {
  doctorTests(async () => [BUN, join(projectRoot, 'signer', 'entry-bun.ts')]);
});

test('findings that cannot be written are an error', async () => {
  const machine = fakeMachine({ args: ['doctor', '--offline'], outputError: systemError('EPIPE') });
  expect(await main(machine.platform)).toBe(1);
  expect(machine.diagnostics).toMatch(/OUTPUT_FAILED: the findings could not be written to standard output \(EPIPE\)/);
});

describe('settings that cannot be collected', () => {
  test.each([
    ['CONFIGURATION_INVALID', 'configuration-file'], ['NOT_SUPPORTED', 'session-settings'],
  ] as const)('%s is the only finding', async (code, id) => {
    const machine = fakeMachine();
    const report = (flags: Array<['json', string]>) => reportUnreadableSettings(machine.platform, new Map(flags), new SignerError(code, 'it is not JSON'));
    expect(await report([['json', 'true']])).toBe(2);
    expect(JSON.parse(machine.output)).toMatchObject({ findings: [{ id, status: 'failed', detail: 'it is not JSON' }], summary: { failed: 1, exitCode: 2 } });
    expect(await report([])).toBe(2);
    expect(machine.output).toMatch(/it is not JSON\n\n0 ok, 0 warnings, 1 failed, 0 skipped\n$/);
  });
});
