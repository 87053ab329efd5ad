import { generateKeyPairSync } from 'crypto';
import { main } from '../../../signer/main';
import { createRootCa, issueCa, Issued, issueHost } from '../../support/pki';
import { answer, ARN_FLAGS, ARNS, CREDENTIALS, fakeMachine, FakeOptions, OUTPUT, Reaction, SUCCESS_BODY, systemError } from '../fake-platform';

let root: Issued;
let intermediates: Issued[];
let host: Issued;
let rsaHost: Issued;

beforeAll(async () => {
  root = await createRootCa('CN=Root');
  intermediates = [await issueCa(root, 'CN=Intermediate 1')];
  for (let i = 2; i <= 6; i++) {
    intermediates.push(await issueCa(intermediates[i - 2], `CN=Intermediate ${i}`));
  }
  host = await issueHost(intermediates[0], 'O=Example, CN=onprem01');
  rsaHost = await issueHost(root, 'CN=onprem02', { key: 'RSA-2048' });
});

/** Where settings are looked for first; no test has them there. */
const CONFIGURATION = '/etc/roles-anywhere/config.json';

const ARGS = ['credential-process', '--certificate', 'host.pem', '--private-key', 'host.key', ...ARN_FLAGS];

function files(more: FakeOptions['files'] = {}): FakeOptions['files'] {
  return { 'host.pem': host.pem, 'host.key': host.keyPem, ...more };
}

async function run(options: FakeOptions = {}) {
  const machine = fakeMachine({ args: ARGS, files: files(), ...options });
  const exitCode = await main(machine.platform);
  return { exitCode, machine, line: machine.diagnostics };
}

function subjects(certificates: readonly { subject: { toString(): string } }[]): string[] {
  return certificates.map(({ subject }) => subject.toString());
}

describe('credentials', () => {
  test('are printed as aws_signing_helper prints them: one line, its keys in its order, no line end, the expiration unchanged', async () => {
    const { exitCode, machine } = await run();
    expect({ exitCode, output: machine.output, diagnostics: machine.diagnostics }).toEqual({ exitCode: 0, output: OUTPUT, diagnostics: '' });
  });

  test('the request verifies and asks for what the flags say', async () => {
    const { machine } = await run({ args: [...ARGS, '--session-duration', '43200', '--role-session-name', 'night-shift'] });
    expect(machine.requests[0].url).toMatch(/^https:\/\/rolesanywhere\.eu-west-2\.amazonaws\.com\/sessions\?profileArn=/);
    expect(machine.verified).toEqual([expect.objectContaining({ ...ARNS, durationSeconds: 43_200, roleSessionName: 'night-shift', region: 'eu-west-2' })]);
  });

  test('without a duration, one hour is asked for and no session name', async () => {
    const { machine } = await run();
    expect(machine.requests[0].body).toBe('{"durationSeconds":3600}');
  });

  test.each<[readonly string[], string]>([
    [['--endpoint', 'http://127.0.0.1:8080'], 'http://127.0.0.1:8080/sessions'],
    [['--use-dualstack-endpoint'], 'https://rolesanywhere.eu-west-2.api.aws/sessions'],
    [['--region', 'eu-west-2'], 'https://rolesanywhere.eu-west-2.amazonaws.com/sessions'],
  ])('%j goes to %s', async (flags, url) => {
    const { machine } = await run({ args: [...ARGS, ...flags] });
    expect(machine.requests[0].url.split('?')[0]).toBe(url);
  });

  test.each<[string, boolean]>([
    ['http://10.0.0.5:8080', true], ['http://localhost.example.com', true], ['http://[fd00::1]', true], ['https://10.0.0.5', false],
    ['http://127.0.0.1:8080', false], ['http://localhost:8080', false], ['http://[::1]', false],
  ])('the endpoint %s is warned of as one without TLS: %s', async (endpoint, isWarned) => {
    const { exitCode, line } = await run({ args: [...ARGS, '--endpoint', endpoint] });
    expect(exitCode).toBe(0);
    expect(line).toEqual(isWarned ? expect.stringMatching(/^roles-anywhere-signer: warning: .* without TLS, [^\n]*\n$/) : '');
  });
});

describe('files', () => {
  test('a PEM file of certificate and intermediates sends its intermediates', async () => {
    const { machine } = await run({ files: files({ 'host.pem': host.pem + intermediates[0].pem }) });
    expect(subjects(machine.verified[0].chain)).toEqual(['CN=Intermediate 1']);
  });

  test('certificate, intermediates and key may share one file, with prose around them', async () => {
    const combo = `subject=O = Example, CN = onprem01\n${host.pem}issuer\n${host.keyPem}\n${intermediates[0].pem}`;
    const { exitCode, machine } = await run({ args: ['credential-process', '--certificate', 'combo.pem', ...ARN_FLAGS], files: { 'combo.pem': combo } });
    expect(exitCode).toBe(0);
    expect(subjects(machine.verified[0].chain)).toEqual(['CN=Intermediate 1']);
    expect(machine.reads).toEqual([CONFIGURATION, 'combo.pem']);
  });

  test('--intermediates follow those of the certificate\'s file, in order; repetitions and the certificate itself are left out', async () => {
    const { machine } = await run({
      args: [...ARGS, '--intermediates', 'chain.pem'],
      files: files({ 'host.pem': host.pem + intermediates[1].pem, 'chain.pem': host.pem + intermediates[1].pem + intermediates[0].pem + root.pem }),
    });
    expect(subjects(machine.verified[0].chain)).toEqual(['CN=Intermediate 2', 'CN=Intermediate 1', 'CN=Root']);
  });

  test('five intermediates are sent, six are refused before the call', async () => {
    const chain = (count: number) => files({ 'host.pem': host.pem + intermediates.slice(0, count).map(({ pem }) => pem).join('') });
    expect((await run({ files: chain(5) })).machine.verified[0].chain).toHaveLength(5);
    const { exitCode, machine, line } = await run({ files: chain(6) });
    expect({ exitCode, calls: machine.requests.length }).toEqual({ exitCode: 3, calls: 0 });
    expect(line).toBe('roles-anywhere-signer: CHAIN_TOO_LONG: there are 6 certificates beside the host\'s own, and Roles Anywhere takes 5\n');
  });

  test('a certificate in DER is read', async () => {
    expect((await run({ files: files({ 'host.pem': host.der }) })).exitCode).toBe(0);
  });

  test('Windows line ends and a byte order mark are read', async () => {
    const windows = (pem: string) => `\ufeff${pem.replace(/\n/g, '\r\n')}`;
    expect((await run({ files: { 'host.pem': windows(host.pem), 'host.key': windows(host.keyPem) } })).exitCode).toBe(0);
  });

  test.each<[string, FakeOptions['files'], string, RegExp]>([
    ['a certificate that is not there', { 'host.pem': systemError('ENOENT') }, 'FILE_UNREADABLE', /certificate file host\.pem does not exist/],
    ['a key that may not be read', { 'host.key': systemError('EACCES') }, 'FILE_UNREADABLE', /private key file host\.key may not be read by this user/],
    ['a directory', { 'host.key': systemError('EISDIR') }, 'FILE_UNREADABLE', /host\.key is a directory/],
    ['a system error without words of ours', { 'host.key': systemError('EIO') }, 'FILE_UNREADABLE', /cannot be read \(EIO\)/],
    ['an empty file', { 'host.pem': '' }, 'FILE_UNREADABLE', /host\.pem is empty/],
    ['a file of prose', { 'host.pem': 'no certificate here' }, 'CERTIFICATE_UNREADABLE', /host\.pem is not a PEM file/],
    ['a key as certificate', { 'host.pem': generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string },
      'CERTIFICATE_UNREADABLE', /host\.pem holds no certificate \(it holds: PRIVATE KEY\)/],
    ['a damaged certificate', { 'host.pem': '-----BEGIN CERTIFICATE-----\nMIIBMAAA\n-----END CERTIFICATE-----\n' }, 'CERTIFICATE_UNREADABLE', /the certificate in host\.pem cannot be read/],
  ])('%s', async (_, changed, code, message) => {
    const { exitCode, machine, line } = await run({ files: files(changed) });
    expect({ exitCode, calls: machine.requests.length, output: machine.output }).toEqual({ exitCode: 3, calls: 0, output: '' });
    expect(line).toMatch(new RegExp(`^roles-anywhere-signer: ${code}: [^\\n]*\\n$`));
    expect(line).toMatch(message);
  });

  test('a private key in the file of intermediates is refused', async () => {
    const { line } = await run({ args: [...ARGS, '--intermediates', 'chain.pem'], files: files({ 'chain.pem': intermediates[0].pem + host.keyPem }) });
    expect(line).toContain('CERTIFICATE_UNREADABLE: the intermediates file chain.pem holds a private key');
  });
});

describe('before the call', () => {
  async function refused(options: FakeOptions, exitCode: number, message: RegExp) {
    const result = await run(options);
    expect({ exitCode: result.exitCode, calls: result.machine.requests.length, output: result.machine.output }).toEqual({ exitCode, calls: 0, output: '' });
    expect(result.line).toMatch(message);
  }

  test('a key of another certificate of the same kind is noticed', async () => {
    const other = await issueHost(root, 'CN=other');
    await refused({ files: files({ 'host.key': other.keyPem }) }, 3,
      /KEY_CERTIFICATE_MISMATCH: the private key in host\.key does not belong to the certificate CN=onprem01,O=Example in host\.pem; name the key that the certificate was issued for, .*\n/);
  });

  test('a file whose first certificate is not the host\'s own is told from a wrong key', async () => {
    await refused({ files: files({ 'host.pem': intermediates[0].pem + host.pem }) }, 3,
      /does not belong to the certificate CN=Intermediate 1 in host\.pem, but to CN=onprem01,O=Example further down; put the host's own certificate first/);
  });

  test('a key of another kind is noticed', async () => {
    await refused({ files: files({ 'host.key': rsaHost.keyPem }) }, 3, /KEY_CERTIFICATE_MISMATCH: the private key in host\.key is RSA, and the certificate in host\.pem is for EC P-256/);
    await refused({ files: { 'host.pem': rsaHost.pem, 'host.key': host.keyPem } }, 3, /is EC P-256, and the certificate in host\.pem is for RSA/);
  });

  test('an expired certificate is noticed', async () => {
    const expired = await issueHost(root, 'CN=old', { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01T00:00:00Z') });
    await refused({ files: { 'host.pem': expired.pem, 'host.key': expired.keyPem } }, 3, /CERTIFICATE_EXPIRED: the certificate in host\.pem expired at 2021-01-01T00:00:00\.000Z; this host's clock says/);
  });

  test('a certificate of tomorrow is noticed', async () => {
    const early = await issueHost(root, 'CN=new', { notBefore: new Date(Date.now() + 86_400_000) });
    await refused({ files: { 'host.pem': early.pem, 'host.key': early.keyPem } }, 3, /CERTIFICATE_NOT_YET_VALID/);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['a role as trust anchor', ['--trust-anchor-arn', ARNS.roleArn], /ARN_WRONG_RESOURCE: the trust anchor ARN .* names iam role/],
    ['a profile of another Region', ['--profile-arn', ARNS.profileArn.replace('eu-west-2', 'eu-west-1')], /ARN_MISMATCH: .*their Region differs/],
    ['a role of another account', ['--role-arn', ARNS.roleArn.replace('111122223333', '444455556666')], /ARN_MISMATCH: .*their account differs/],
    ['a role of another partition', ['--role-arn', ARNS.roleArn.replace('arn:aws:', 'arn:aws-cn:')], /ARN_MISMATCH: .*their partition differs/],
    ['another Region than the ARNs\'', ['--region', 'us-east-1'], /REGION_INVALID: the Region is us-east-1, and trust anchor and profile are in eu-west-2/],
    ['FIPS where it is not offered', ['--use-fips-endpoint'], /ENDPOINT_NOT_OFFERED: there is no FIPS endpoint in eu-west-2/],
    ['an endpoint with a path', ['--endpoint', 'https://example.com/path'], /ENDPOINT_INVALID/],
  ])('%s is noticed before any file is opened', async (_, flags, message) => {
    const { exitCode, machine, line } = await run({ args: [...ARGS, ...flags] });
    expect({ exitCode, calls: machine.requests.length, reads: machine.reads }).toEqual({ exitCode: 2, calls: 0, reads: [CONFIGURATION] });
    expect(line).toMatch(message);
  });
});

describe('when the service does not hand out credentials', () => {
  const throttled = answer(429, '{"message":"Rate exceeded"}', { 'x-amzn-errortype': 'ThrottlingException' });
  const good = answer(201, SUCCESS_BODY);

  test.each<[string, Reaction]>([
    ['429', throttled],
    ['500', answer(500)],
    ['503', answer(503)],
    ['a throttling error with another status', answer(400, '{}', { 'x-amzn-errortype': 'ThrottlingException' })],
    ['a refused connection', systemError('ECONNREFUSED')],
    ['a time-out', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
  ])('%s is tried again, each time with a request of its own', async (_, reaction) => {
    const { exitCode, machine } = await run({ reactions: [reaction, reaction, good] });
    expect({ exitCode, calls: machine.requests.length, output: machine.output }).toEqual({ exitCode: 0, calls: 3, output: OUTPUT });
    expect(new Set(machine.requests.map(({ headers }) => headers.authorization)).size).toBe(3);
  });

  test.each<[string, Reaction, number, string]>([
    ['429', throttled, 5, 'THROTTLED'],
    ['503', answer(503, '<html>'), 5, 'SERVICE_FAILED'],
    ['a refused connection', systemError('ECONNREFUSED'), 5, 'CONNECTION_FAILED'],
    ['a time-out', Object.assign(new Error('timed out'), { name: 'TimeoutError' }), 5, 'TIMED_OUT'],
  ])('%s three times ends with its exit code', async (_, reaction, exitCode, code) => {
    const result = await run({ reactions: [reaction] });
    expect({ exitCode: result.exitCode, calls: result.machine.requests.length }).toEqual({ exitCode, calls: 3 });
    expect(result.line).toMatch(new RegExp(`^roles-anywhere-signer: ${code}: `));
  });

  test.each<[string, Reaction, number, string]>([
    ['403', answer(403, '{"message":"Certificate revoked"}', { 'x-amzn-errortype': 'AccessDeniedException' }), 4, 'SERVICE_REFUSED: AccessDeniedException: Certificate revoked'],
    ['400', answer(400, '{"message":"m"}', { 'x-amzn-errortype': 'ValidationException' }), 4, 'SERVICE_REFUSED: ValidationException: m'],
    ['a redirect', answer(302, '', { location: 'https://example.com' }), 5, 'UNEXPECTED_RESPONSE'],
    ['an untrusted server', systemError('SELF_SIGNED_CERT_IN_CHAIN'), 5, 'TLS_FAILED'],
    ['a login page', answer(200, '<html>'), 5, 'UNEXPECTED_RESPONSE'],
  ])('%s is not tried again', async (_, reaction, exitCode, message) => {
    const result = await run({ reactions: [reaction] });
    expect({ exitCode: result.exitCode, calls: result.machine.requests.length, output: result.machine.output }).toEqual({ exitCode, calls: 1, output: '' });
    expect(result.line).toContain(`roles-anywhere-signer: ${message}`);
    expect(result.line.split('\n')).toHaveLength(2);
  });
});

describe('what is written', () => {
  test('a closed standard output is an error of its own, without the credentials in it', async () => {
    const { exitCode, line } = await run({ outputError: systemError('EPIPE') });
    expect(exitCode).toBe(1);
    expect(line).toBe('roles-anywhere-signer: OUTPUT_FAILED: the credentials could not be written to standard output (EPIPE)\n');
  });

  test('--debug shows what is signed and what came back, and neither credentials nor key', async () => {
    const { machine, exitCode } = await run({ args: [...ARGS, '--debug'] });
    expect(exitCode).toBe(0);
    const text = machine.diagnostics;
    expect(text).toMatch(/^debug: canonical request:\ndebug: POST\ndebug: \/sessions\n/m);
    expect(text).toMatch(/^debug: AWS4-X509-ECDSA-SHA256\n/m);
    expect(text).toContain('certificate CN=onprem01,O=Example, issued by CN=Intermediate 1');
    for (const secret of [CREDENTIALS.secretAccessKey, CREDENTIALS.sessionToken, CREDENTIALS.accessKeyId, ...host.keyPem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-'))]) {
      expect(text).not.toContain(secret);
    }
  });

  test('--debug shows why an attempt failed', async () => {
    const { machine } = await run({ args: [...ARGS, '--debug'], reactions: [answer(503), answer(201, SUCCESS_BODY)] });
    expect(machine.diagnostics).toMatch(/debug: attempt 1: .*HTTP 503/);
    expect(machine.diagnostics).toContain('debug: attempt 2: credentials received');
  });

  test('a private key that cannot be read never shows in the message', async () => {
    const body = host.keyPem.split('\n')[1];
    const { line } = await run({ files: files({ 'host.key': host.keyPem.replace(body, `${body.substring(0, 40)}!${body.substring(41)}`) }) });
    expect(line).toContain('KEY_UNREADABLE');
    expect(line).not.toContain(body.substring(0, 12));
  });
});

describe('the machine around it', () => {
  test('a signer started from an AWS profile reads no AWS profile: only the files of its flags are opened', async () => {
    const env = { AWS_PROFILE: 'missing', AWS_CONFIG_FILE: '/broken/config', AWS_SHARED_CREDENTIALS_FILE: '/broken/credentials', HOME: '/home/x' };
    const { exitCode, machine } = await run({ env, files: files({ '/broken/config': '[', '/broken/credentials': '[' }) });
    expect({ exitCode, output: machine.output }).toEqual({ exitCode: 0, output: OUTPUT });
    expect(machine.reads.sort()).toEqual([CONFIGURATION, '/home/x/.config/roles-anywhere/config.json', 'host.key', 'host.pem']);
  });

  test('AWS_REGION and AWS_ENDPOINT_URL do not redirect it', async () => {
    const env = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'https://example.com', AWS_ENDPOINT_URL_ROLESANYWHERE: 'https://example.com' };
    const { machine } = await run({ env });
    expect(machine.requests[0].url).toContain('https://rolesanywhere.eu-west-2.amazonaws.com/');
  });

  test('AWS_CA_BUNDLE is read, and its absence is named', async () => {
    const { exitCode, line } = await run({ env: { AWS_CA_BUNDLE: '/etc/ca.pem' } });
    expect(exitCode).toBe(3);
    expect(line).toContain('FILE_UNREADABLE: the AWS_CA_BUNDLE file /etc/ca.pem does not exist');
  });

  test('an error nobody thought of is one line and exit code 1', async () => {
    const machine = fakeMachine({ args: ARGS, files: files() });
    const exitCode = await main({ ...machine.platform, now: () => { throw new RangeError('what\nnow'); } });
    expect(exitCode).toBe(1);
    expect(machine.diagnostics).toBe('roles-anywhere-signer: UNEXPECTED: RangeError: what now\n');
  });
});
