import { examined, ExaminedOptions } from './examined';
import { createSessionCheck } from '../../../signer/doctor/session-check';
import { createRootCa, Issued, issueHost } from '../../support/pki';
import { answer, CREDENTIALS, Reaction, SUCCESS_BODY, systemError } from '../fake-platform';

let host: Issued;
let debugged: string;

beforeAll(async () => {
  host = await issueHost(await createRootCa('CN=Root'), 'CN=onprem01');
});

beforeEach(() => {
  debugged = '';
});

async function run(reactions?: readonly Reaction[], options: ExaminedOptions = {}) {
  const check = createSessionCheck(async (text) => {
    debugged += `${text()}\n`;
  });
  const result = await examined([check], { files: { 'host.pem': host.pem, 'host.key': host.keyPem }, ...(reactions ? { reactions } : {}), ...options });
  return { ...result, finding: result.of('create-session')! };
}

const refusal = (message: string, type = 'AccessDeniedException', status = 403) => answer(status, JSON.stringify({ message }), { 'x-amzn-errortype': type, 'x-amzn-requestid': 'a1b2' });

test('credentials: whose, until when, and no more of them than ASIA', async () => {
  const { finding, exitCode, machine } = await run();
  expect(finding).toMatchObject({ status: 'ok', detail: `credentials of arn:aws:sts::111122223333:assumed-role/Uploader/0123, until ${CREDENTIALS.expiration} (access key ASIA...)` });
  expect(exitCode).toBe(0);
  expect(machine.verified).toHaveLength(1);
  expect(JSON.stringify(finding) + debugged).not.toMatch(/ASIAEXAMPLE|secret\+|session\+/);
});

test('an answer that does not name the role', async () => {
  const { finding } = await run([answer(201, SUCCESS_BODY.replace('assumedRoleUser', 'other'))]);
  expect(finding).toMatchObject({ status: 'ok', detail: expect.stringContaining('a role that the answer does not name') });
});

// Every message of the service that people have met.
test.each<[string, string, RegExp, RegExp]>([
  ['Untrusted signing certificate', 'AccessDeniedException', /no path leads/, /--intermediates/],
  ['Untrusted certificate. Insufficient certificate', 'AccessDeniedException', /does not qualify/, /issued/],
  ['Incorrect basic constraints for CA certificate', 'ValidationException', /basicConstraints/, /CA:TRUE/],
  ['Certificate revoked', 'AccessDeniedException', /revocation list/, /new one/],
  ['Trust anchor is disabled', 'AccessDeniedException', /switched the trust anchor off/, /enable/],
  ['Profile is disabled', 'AccessDeniedException', /switched the profile off/, /enable/],
  ['Invalid or empty profile provided', 'AccessDeniedException', /does not exist in this Region/, /--profile-arn/],
  ['Requested Role isn\'t one of those listed in the Profile', 'AccessDeniedException', /does not list the role/, /add the role/],
  ['Not authorized to set roleSessionName', 'AccessDeniedException', /name of their session/, /acceptRoleSessionName/],
  ['Unable to assume role for arn:aws:iam::1:role/R. Some attributes failed to be mapped into session tags. Issuer: []; Subject: []; SAN: [ DNS/2 ]', 'AccessDeniedException', /session tags cannot have/, /mappings/],
  ['Unable to assume role for arn:aws:iam::1:role/R', 'AccessDeniedException', /trust policy does not let this certificate in, whose subject is CN=onprem01$/, /^most often the trust policy's condition on the certificate/],
  ['The requested DurationSeconds exceeds the MaxSessionDuration set for this role', 'AccessDeniedException', /longer than the role allows/, /--session-duration/],
  ['Invalid signature', 'AccessDeniedException', /changed on its way/, /--endpoint/],
  ['Trust anchor not found', 'ResourceNotFoundException', /do not exist in this account and Region/, /--trust-anchor-arn/],
])('%s', async (message, type, cause, remedy) => {
  const { finding, exitCode } = await run([refusal(message, type)]);
  expect(finding.status).toBe('failed');
  expect(finding.detail).toContain(`${type}: ${message} (HTTP 403, request a1b2): `);
  expect(finding.detail).toMatch(cause);
  expect(finding.remedy).toMatch(remedy);
  expect(exitCode).toBe(4);
});

test('the subject is shown where the certificate decides, and not otherwise', async () => {
  expect((await run([refusal('Profile is disabled')])).finding.detail).not.toContain('CN=onprem01');
});

test('a refusal that nobody has described is passed on as it is', async () => {
  const { finding } = await run([refusal('Something new')]);
  expect(finding).toEqual({ id: 'create-session', status: 'failed', title: 'CreateSession', detail: 'AccessDeniedException: Something new (HTTP 403, request a1b2)' });
});

test.each<[string, Reaction, number, RegExp]>([
  ['throttling', refusal('Rate exceeded', 'ThrottlingException', 429), 5, /limits calls/],
  ['a service that is down', answer(503), 5, /an answer without a message \(HTTP 503\)/],
  ['a connection that ends', systemError('ECONNRESET'), 5, /closed by the other side/],
  ['an answer of somebody else', answer(200, '<html>'), 5, /not JSON/],
  ['a page of a proxy', answer(407, '<html>'), 5, /does not look like one of AWS/],
])('%s', async (_, reaction, code, detail) => {
  const { finding, exitCode } = await run([reaction]);
  expect(finding).toMatchObject({ status: 'failed', detail: expect.stringMatching(detail) });
  expect(exitCode).toBe(code);
});
