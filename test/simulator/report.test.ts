/** Tests of the text that every face prints. */
import { ACCOUNT, testSimulator } from './fixtures';
import { printable } from '../../src/simulator/printable';
import { renderDecision, renderExplanation, summarizeDecision } from '../../src/simulator/report';
import { createRootCa, Issued, issueHost } from '../support/pki';

let root: Issued;
let host: Issued;
let other: Issued;

beforeAll(async () => {
  root = await createRootCa('CN=Example Root');
  host = await issueHost(root, 'CN=onprem01', { serialNumber: '0abc' });
  other = await issueHost(root, 'CN=onprem02', { serialNumber: '0def' });
});

const decide = (certificate: string) => testSimulator({ anchorPem: root.pem }).createSession({ certificate });

test('the summary of an allowed request names who, what and for how long', () => {
  expect(summarizeDecision(decide(host.pem))).toBe('allowed: CN=onprem01 (serial 0abc) gets role Uploader, profile hosts, trust anchor example-root, '
    + `for 3600 seconds as arn:aws:sts::${ACCOUNT}:assumed-role/Uploader/0abc`);
});

test('the summary of a refused request names the step, the reason and the answer of the service', () => {
  expect(summarizeDecision(decide(other.pem))).toBe('refused: CN=onprem02 (serial 0def) does not get role Uploader, profile hosts, '
    + 'trust anchor example-root: trust policy: sts:AssumeRole: no statement allows sts:AssumeRole: '
    + 'StringEquals aws:PrincipalTag/x509Subject/CN "onprem01", the request has "onprem02" '
    + `[403 AccessDeniedException: Unable to assume role for arn:aws:iam::${ACCOUNT}:role/Uploader]`);
});

test('a report has a line for each step, and the facts of those that failed', () => {
  const text = renderDecision(decide(other.pem));
  expect(text).toContain('✗ refused: role Uploader with profile hosts and trust anchor example-root\n');
  expect(text).toContain('    ✓ chain to the trust anchor\n');
  expect(text).toMatch(/ {4}✗ trust policy: sts:TagSession: no statement allows sts:TagSession: .*\n {8}\(as above\)\n/);
  expect(text).toContain('        Statement[0] Allow: does not apply\n');
  expect(text).toContain('          false: StringEquals aws:PrincipalTag/x509Subject/CN "onprem01", the request has "onprem02"\n');
  expect(text).not.toContain('is signed by');
  expect(text.endsWith(`Unable to assume role for arn:aws:iam::${ACCOUNT}:role/Uploader\n`)).toBe(true);
});

test('a report shows every fact when it is asked to', () => {
  const text = renderDecision(decide(host.pem), { verbose: true });
  expect(text).toContain('"CN=onprem01" is signed by "CN=Example Root"');
  expect(text).toContain('x509Subject/CN = "onprem01"');
  expect(text).toContain('source identity CN=onprem01, 3600 seconds, 2 session tags');
});

test('a report is ASCII where the terminal takes no more', () => {
  const text = renderDecision(decide(other.pem), { unicode: false });
  expect(text).toMatch(/^[\n -~]*$/);
  expect(text).toContain('FAIL trust policy');
});

test('an explanation has the allowed ones first, sums up, and says that it is simulated', () => {
  const text = renderExplanation([decide(other.pem), decide(host.pem)]);
  expect(text.indexOf('✓ allowed')).toBeLessThan(text.indexOf('✗ refused'));
  expect(text).toMatch(/\n1 allowed, 1 refused \(simulated: nothing is asked of AWS, and credentials that come from here are not real\)\n$/);
});

test('text from a certificate can neither end a line nor turn it round', async () => {
  const tricky = await issueHost(root, 'CN=a\u2028b\u202ec');
  const text = renderDecision(decide(tricky.pem), { verbose: true });
  expect(text).not.toMatch(/[\u2028\u202e]/);
  expect(printable('a\u001b[31mb\u202ec\r\n')).toBe('a\\u{1b}[31mb\\u{202e}c\\u{d}\\u{a}');
});
