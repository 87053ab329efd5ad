/** Tests of the developer's command: what it prints, and the exit codes that its help promises. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { writeAssembly } from './assembly';
import { runCli } from '../../bin/cli';
import { takesUnicode } from '../../bin/io';
import { version } from '../../package.json';
import { HostAccess, RolesAnywhereRole, Subject, TrustAnchor, TrustAnchorSource } from '../../src';
import { send } from '../simulator/http-client';
import { createRootCa, Issued, issueCa, issueHost } from '../support/pki';

let folder: string;
let assembly: string;
let root: Issued;
let host: Issued;

const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdk-roles-anywhere-cli-'));
  root = await createRootCa('CN=Example Root');
  host = await issueHost(root, 'CN=onprem01', { serialNumber: '0abc' });
  assembly = writeAssembly(file('cdk.out'), root.pem);
  const outsider = await issueHost(await createRootCa('CN=Other Root'), 'CN=onprem01');
  const issuing = await issueCa(root, 'CN=Issuing');
  writeFileSync(file('host.pem'), host.pem);
  writeFileSync(file('combo.pem'), host.keyPem + host.pem);
  writeFileSync(file('outsider.pem'), outsider.pem);
  writeFileSync(file('below.pem'), (await issueHost(issuing, 'CN=onprem01')).pem);
  writeFileSync(file('issuing.pem'), issuing.pem);
  writeFileSync(file('key.pem'), host.keyPem);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(...argv: string[]): Promise<Run> {
  let out = '';
  let err = '';
  const code = await runCli(argv, {
    unicode: true,
    out: (text) => { out += text; },
    err: (text) => { err += text; },
    stopped: () => Promise.reject(new Error('nothing here runs until it is stopped')),
  });
  return { code, out, err };
}

const explain = (certificate: string, ...more: string[]) => run('explain', '--assembly', assembly, '--certificate', file(certificate), ...more);

describe('explain', () => {
  test('exits 0 when a role is allowed, and prints the steps, the allowed ones first', async () => {
    const { code, out, err } = await explain('host.pem');
    expect(code).toBe(0);
    expect(out).toMatch(/^✓ allowed: role Uploader with profile hosts and trust anchor example-root\n {4}✓ trust anchor\n/);
    expect(out.indexOf('✗ refused: role Auditor')).toBeGreaterThan(out.indexOf('✓ allowed'));
    expect(out).toMatch(/1 allowed, 1 refused \(simulated: .* not real\)\n$/);
    expect(err).toBe('');
  });

  test('exits 1 when nothing is allowed, and says why', async () => {
    const { code, out } = await explain('outsider.pem');
    expect(code).toBe(1);
    expect(out).toContain('✗ chain to the trust anchor: "CN=onprem01" is issued by "CN=Other Root"');
    expect(out).toContain('the service would answer 403 AccessDeniedException: Untrusted signing certificate');
  });

  test('keeps to one role', async () => {
    expect((await explain('host.pem', '--role', 'Uploader')).out).not.toContain('Auditor');
    expect((await explain('host.pem', '--role', 'Auditor')).code).toBe(1);
  });

  test('takes a chain, a duration, a session name and a moment', async () => {
    expect((await explain('below.pem')).code).toBe(1);
    expect((await explain('below.pem', '--chain', file('issuing.pem'))).code).toBe(0);
    expect((await explain('host.pem', '--role', 'Uploader', '--duration', '900')).out).toContain('900 seconds');
    expect((await explain('host.pem', '--duration', '60')).out).toContain('durationSeconds must be between 900 and 43200');
    expect((await explain('host.pem', '--session-name', 'nightly')).out).toContain('Not authorized to set roleSessionName');
    expect((await explain('host.pem', '--at', '2000-01-01')).out).toContain('✗ validity: "CN=onprem01": it is valid from');
  });

  test('prints what passed steps went by when asked to', async () => {
    expect((await explain('host.pem', '--verbose')).out).toContain('"CN=onprem01" is signed by "CN=Example Root"');
  });

  test('prints JSON when asked to', async () => {
    const { code, out } = await explain('host.pem', '--role', 'Uploader', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      notice: expect.stringContaining('not real'),
      decisions: [{ allowed: true, role: { name: 'Uploader' }, session: { sourceIdentity: 'CN=onprem01' } }],
      problems: [],
    });
  });

  test('takes a file that holds the private key too, and never shows the key', async () => {
    for (const more of [[], ['--json'], ['--verbose']]) {
      const { code, out, err } = await explain('combo.pem', ...more);
      expect(code).toBe(0);
      expect(out + err).not.toContain(host.keyPem.split('\n')[1]);
    }
  });

  test.each([
    ['an unknown option', ['--certifcate', 'host.pem'], "Unknown option '--certifcate'; did you mean --certificate?\n"],
    ['the beginning of an option', ['--cert', 'host.pem'], "Unknown option '--cert'; did you mean --certificate?\n"],
    ['an option that is like no other', ['--frobnicate'], "Unknown option '--frobnicate'\n"],
    ['a folder that is no option', ['--certificate', 'host.pem', 'docs'], 'positional arguments; did you mean --assembly docs?\n'],
    ['a template that is no option', ['package.json'], '; did you mean --assembly package.json?\n'],
    ['a file that is no option', ['README.md'], '; did you mean --certificate README.md?\n'],
    ['an argument that is no option', ['--certificate', 'host.pem', 'extra'], 'extra'],
    ['an option without its value', ['--certificate'], '--certificate'],
    ['no certificate', [], '--certificate is missing'],
    ['a duration that is no number', ['--certificate', 'host.pem', '--duration', '1h'], "'1h' is not one"],
    ['a moment that is none', ['--certificate', 'host.pem', '--at', '31.1.2030'], "'31.1.2030' is not one"],
    ['a day that does not exist', ['--certificate', 'host.pem', '--at', '2030-13-31'], "'2030-13-31' is not one"],
    ['a parameter without value', ['--certificate', 'host.pem', '--parameter', 'Switch'], "'Switch' is not that"],
  ])('exits 2 for %s', async (_, argv, message) => {
    const { code, out, err } = await run('explain', ...argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(err).toContain("see 'cdk-roles-anywhere explain --help'");
  });

  test('finds the role of a HostAccess by the id of the construct, and names a role that stands alone', async () => {
    const app = new App({ outdir: file('quick-start.out'), analyticsReporting: false, context: { 'aws:cdk:enable-path-metadata': true } });
    const stack = new Stack(app, 'QuickStart', { env: { account: '111122223333', region: 'eu-west-2' } });
    const trustAnchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
    const certificate = Subject.commonName('onprem01');
    new HostAccess(stack, 'Backup', { trustAnchors: [trustAnchor], certificate });
    new RolesAnywhereRole(stack, 'B', { trustAnchors: [trustAnchor], certificate });
    app.synth();
    const ask = (...more: string[]) => run('explain', '--assembly', file('quick-start.out'), '--certificate', file('host.pem'), ...more);
    for (const name of ['Backup', 'Backup/Role', 'QuickStart/Backup', 'QuickStart/Backup/Role']) {
      expect((await ask('--role', name)).code).toBe(0);
    }
    expect((await ask()).out).toMatch(/\nnot looked at, since no profile lists it: QuickStart\/B \(--role QuickStart\/B says more\)\n$/);
    expect((await ask('--role', 'QuickStart/B')).out).toContain('✗ refused');
  });

  test('exits 2 for a role that does not exist, with those that do', async () => {
    const { code, err } = await explain('host.pem', '--role', 'Upload');
    expect(code).toBe(2);
    expect(err).toMatch(/no role is called 'Upload'; there is .*Uploader.* \(NOT_FOUND\)\n$/);
  });

  test.each([
    ['an assembly that is not there', ['--assembly', '/nonexistent/cdk.out', '--certificate', '/dev/null'], "run 'cdk synth' first"],
    ['a certificate that is not there', ['--certificate', '/nonexistent/host.pem'], 'the file cannot be read (ENOENT): /nonexistent/host.pem (FILE_UNREADABLE)\n'],
  ])('exits 3 for %s', async (_, argv, message) => {
    const { code, err } = await run('explain', '--assembly', assembly, ...argv);
    expect(code).toBe(3);
    expect(err).toContain(message);
  });

  test('exits 3 for a file that holds no certificate, and does not show what it holds', async () => {
    const { code, out, err } = await explain('key.pem');
    expect(code).toBe(3);
    expect(err).toBe(`cdk-roles-anywhere explain: ${file('key.pem')} holds no certificate (it holds: PRIVATE KEY); `
      + 'name the file with the block -----BEGIN CERTIFICATE----- (CERTIFICATE_INVALID)\n');
    expect(out + err).not.toContain(host.keyPem.split('\n')[1]);
  });

  test('names the file that holds something else, whichever option it is of', async () => {
    writeFileSync(file('host.csr'), '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n');
    const refusal = `${file('host.csr')} holds no certificate (it holds: CERTIFICATE REQUEST); `;
    for (const { code, err } of [
      await explain('host.csr'),
      await explain('host.pem', '--chain', file('host.csr')),
      await explain('host.pem', '--ca-certificate', `example-root=${file('host.csr')}`),
    ]) {
      expect(code).toBe(3);
      expect(err).toContain(refusal);
    }
  });

  test('says which roles were not looked at, since no profile lists them', async () => {
    const line = async (unlisted: readonly string[], ...more: string[]) => {
      const app = writeAssembly(file(`unlisted-${unlisted.join('-')}.out`), root.pem, { unlisted });
      return (await run('explain', '--assembly', app, '--certificate', file('host.pem'), ...more)).out.split('\n').filter((text) => text.startsWith('not looked'));
    };
    expect(await line(['Backup'])).toEqual(['not looked at, since no profile lists it: Hosts/Backup (--role Hosts/Backup says more)']);
    expect(await line(['Backup', 'Restore'])).toEqual([
      'not looked at, since no profile lists them: Hosts/Backup, Hosts/Restore (--role Hosts/Backup says more)',
    ]);
    expect(await line(['Backup'], '--trust-anchor', 'example-root')).toHaveLength(1);
    expect(await line(['Backup'], '--role', 'Hosts/Backup')).toEqual([]);
    expect(await line([])).toEqual([]);
  });

  test('says what in the app could not be read', async () => {
    const broken = writeAssembly(file('broken.out'), root.pem, { unresolved: true });
    const { code, out, err } = await run('explain', '--assembly', broken, '--certificate', file('host.pem'));
    expect(code).toBe(1);
    expect(out).toContain('cannot be used');
    expect(err).toContain("parameter 'Switch' has no default");
    expect((await run('explain', '--assembly', broken, '--certificate', file('host.pem'), '--parameter', 'Switch=true')).code).toBe(0);
  });
});

describe('the command itself', () => {
  test('prints its help and its version', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
    for (const argv of [['--help'], ['help'], ['explain', '--help'], ['local', '-h']]) {
      const { code, out, err } = await run(...argv);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('usage: cdk-roles-anywhere');
      expect(out.split('\n').every((line) => line.length <= 120)).toBe(true);
    }
  });

  test('exits 2 without a command, or with one that does not exist', async () => {
    expect(await run()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('no command is given') });
    expect(await run('explian')).toMatchObject({ code: 2, err: expect.stringContaining("'explian' is not a command; did you mean explain?\n") });
    expect(await run('deploy')).toMatchObject({ code: 2, err: expect.stringContaining("'deploy' is not a command\n") });
  });

  test('shows signs beyond ASCII only where the terminal takes them', () => {
    expect(takesUnicode('linux', { LANG: 'de_DE.UTF-8' })).toBe(true);
    expect(takesUnicode('linux', { LANG: 'de_DE.UTF-8', LC_ALL: 'C' })).toBe(false);
    expect(takesUnicode('linux', {})).toBe(false);
    expect(takesUnicode('darwin', {})).toBe(true);
    expect(takesUnicode('win32', {})).toBe(false);
    expect(takesUnicode('win32', { WT_SESSION: '1' })).toBe(true);
  });
});

describe('local', () => {
  /** Starts the command, and waits until it listens. */
  async function serve(...argv: readonly string[]) {
    let out = '';
    let stop: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => { stop = resolve; });
    const ended = runCli(['local', '--assembly', assembly, '--port', '0', ...argv], {
      unicode: true, out: (text) => { out += text; }, err: () => undefined, stopped: () => stopped,
    });
    while (!out.includes('listening on')) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const [, url] = /listening on (\S+)/.exec(out) as RegExpExecArray;
    return { url, stop, ended, output: () => out };
  }

  test('holds calls of the management API to the quota with --throttle only', async () => {
    const statuses = async (url: string) => [await send(url, { method: 'GET', path: '/crls' }), await send(url, { method: 'GET', path: '/crls' })]
      .map(({ status }) => status);
    for (const [argv, expected] of [[['--throttle'], [200, 429]], [[], [200, 200]]] as const) {
      const { url, stop, ended } = await serve(...argv);
      expect(await statuses(url)).toEqual(expected);
      stop();
      expect(await ended).toBe(0);
    }
  });

  test('serves until it is stopped, and says what it serves', async () => {
    const { url, stop, ended, output } = await serve();
    const out = output();
    expect(out).toContain('THE CREDENTIALS THAT THIS ENDPOINT HANDS OUT ARE FAKE');
    expect(out).toContain('example-root');
    expect((await send(url, { method: 'GET', path: '/' })).status).toBe(200);
    stop();
    expect(await ended).toBe(0);
    expect(output()).toMatch(/GET \/ 200\nstopped\n$/);
    await expect(send(url, { method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each([
    ['2 for an unknown option', ['--prot', '1'], 2, '; did you mean --port?\n'],
    ['2 for a port that is no number', ['--port', 'http'], 2, "'http' is not one\n"],
    ['2 for a port that cannot be', ['--port', '99999'], 2, ' (INVALID_OPTION)\n'],
    ['3 for an assembly that is not there', ['--assembly', '/nonexistent/cdk.out'], 3, ' (ASSEMBLY_NOT_FOUND)\n'],
    ['4 for an address that is not of this machine', ['--port', '0', '--host', '203.0.113.1'], 4, ' (LISTEN_FAILED)\n'],
  ])('exits %s', async (_, argv, expected, message) => {
    let err = '';
    const code = await runCli(['local', '--assembly', assembly, ...argv], {
      unicode: true, out: () => undefined, err: (text) => { err += text; }, stopped: () => new Promise(() => undefined),
    });
    expect(code).toBe(expected);
    expect(err).toContain('cdk-roles-anywhere local: ');
    expect(err).toContain(message);
  });
});
