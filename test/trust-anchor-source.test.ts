import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Annotations as CdkAnnotations, CfnParameter, Fn, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Template } from 'aws-cdk-lib/assertions';
import { TrustAnchor, TrustAnchorSource } from '../src';
import { createRootCa, Issued, issueCa, issueHost, IssueOptions } from './support/pki';
import { errorCode, errorOf, newStack, warnings } from './support/stack';

const DAY = 24 * 3600 * 1000;
const SUBJECT = 'C=AU, O=Example, CN=Example Root';

let root: Issued;
let folder: string;
beforeAll(async () => {
  root = await createRootCa(SUBJECT);
  folder = mkdtempSync(join(tmpdir(), 'trust-anchor-source-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function anchorOf(source: TrustAnchorSource, stack: Stack = newStack()): Stack {
  new TrustAnchor(stack, 'Anchor', { source });
  return stack;
}

const anchorWith = (pem: string, stack?: Stack) => anchorOf(TrustAnchorSource.certificateBundle(pem), stack);
const rootWith = async (options: IssueOptions) => (await createRootCa(SUBJECT, options)).pem;

function renderedBundle(stack: Stack): any {
  const [anchor] = Object.values(Template.fromStack(stack).findResources('AWS::RolesAnywhere::TrustAnchor'));
  return anchor.Properties.Source.SourceData.X509CertificateData;
}

describe('a certificate bundle', () => {
  test('is rendered without comments, carriage returns and what stands around it', () => {
    const text = `Bag Attributes\r\n  friendlyName: root\r\n${root.pem.replace(/\n/g, '\r\n')}\r\ntrailing words`;
    expect(renderedBundle(anchorWith(text))).toBe(root.pem);
  });

  test('of several certificates is read to its end, not only its first certificate', async () => {
    const next = await createRootCa('C=AU, O=Example, CN=Next Root');
    expect(renderedBundle(anchorWith(root.pem + next.pem))).toBe(root.pem + next.pem);
    const host = await issueHost(root, 'CN=host');
    expect(errorCode(() => anchorWith(root.pem + host.pem))).toBe('INVALID_CERTIFICATE');
  });

  test('of more than two certificates warns about the quota', async () => {
    const others = [await createRootCa('CN=Two'), await createRootCa('CN=Three')];
    const stack = anchorWith([root, ...others].map(({ pem }) => pem).join(''));
    expect(warnings(stack).join()).toContain('cdk-roles-anywhere:TrustAnchor.certificateQuota');
  });

  test('may be an intermediate CA', async () => {
    const intermediate = await issueCa(root, 'CN=Intermediate');
    expect(renderedBundle(anchorWith(intermediate.pem))).toBe(intermediate.pem);
  });

  test('that is a token passes unread', () => {
    const stack = newStack();
    const parameter = new CfnParameter(stack, 'CaPem');
    expect(renderedBundle(anchorWith(parameter.valueAsString, stack))).toEqual({ Ref: 'CaPem' });
  });

  test('with a token inside passes unread, too', () => {
    const stack = newStack();
    const pem = Token.asString(Fn.join('\n', ['-----BEGIN CERTIFICATE-----', new CfnParameter(stack, 'Body').valueAsString]));
    expect(() => anchorWith(`${pem}\n`, stack)).not.toThrow();
  });

  test('holding a private key is refused, and the key is never echoed', () => {
    const keyLine = root.keyPem.split('\n')[1];
    const error = errorOf(() => anchorWith(root.pem + root.keyPem));
    expect(error.code).toBe('PRIVATE_KEY_IN_BUNDLE');
    expect(`${error.message}${error.stack}`).not.toContain(keyLine);
    expect(error.message).toContain('[Stack/Anchor]');
    expect(error.message).toContain('Remove the key from it, and if it has been committed or shared, replace it');
  });

  test.each([
    ['a key', () => root.keyPem],
    ['a key and its curve', () => `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${root.keyPem}`],
  ])('holding nothing but %s is refused with the file to name', (_what, pem) => {
    const error = errorOf(() => anchorWith(pem()));
    expect(error.code).toBe('PRIVATE_KEY_IN_BUNDLE');
    expect(error.message).toContain('it takes certificates only. Name the certificate\'s file (such as root.pem); '
      + 'if the key has been committed or shared, replace the CA\'s key (PRIVATE_KEY_IN_BUNDLE)');
  });

  test.each([
    ['nothing', ''],
    ['blanks', ' \n\t'],
  ])('of %s is refused as empty', (_what, text) => {
    expect(errorCode(() => anchorWith(text))).toBe('EMPTY_BUNDLE');
  });

  test.each([
    ['words', () => 'hello', 'PEM_NO_BLOCK'],
    ['a web page', () => '<!doctype html><p>404', 'HTML'],
    ['half a certificate', () => root.pem.substring(0, 300), 'PEM_UNTERMINATED'],
    ['a certificate with a character missing', () => root.pem.replace(/\n[A-Za-z0-9+/]/, '\n'), 'PEM_INVALID_BASE64'],
    ['a public key', () => '-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n', 'PUBLIC KEY'],
    ['DER that is cut off', () => '-----BEGIN CERTIFICATE-----\nMIIDazCC\n-----END CERTIFICATE-----\n', 'DER_TRUNCATED'],
  ])('of %s is refused, with the reason', (_what, text, reason) => {
    const error = errorOf(() => anchorWith(text()));
    expect(error.code).toBe('INVALID_CERTIFICATE');
    expect(error.message).toContain(reason);
  });

  test('with the same certificate twice is refused', () => {
    expect(errorCode(() => anchorWith(root.pem + root.pem))).toBe('DUPLICATE_CERTIFICATE');
  });

  test.each<[string, IssueOptions, string]>([
    ['a certificate that is no CA', { basicConstraints: { ca: false } }, 'CA_BASIC_CONSTRAINTS'],
    ['a certificate without basicConstraints', { basicConstraints: null }, 'CA_BASIC_CONSTRAINTS'],
    ['a CA without keyUsage', { keyUsage: null }, 'CA_KEY_USAGE'],
    ['a CA that may sign lists only', { keyUsage: 64 }, 'CA_KEY_USAGE'],
    ['a CA signed with SHA-1', { hash: 'SHA-1', key: 'RSA-2048' }, 'WEAK_SIGNATURE'],
    ['an expired CA', { notAfter: new Date(Date.now() - 1000) }, 'EXPIRED'],
    ['a CA of the future', { notBefore: new Date(Date.now() + DAY) }, 'NOT_YET_VALID'],
  ])('refuses %s', async (_what, options, rule) => {
    const pem = await rootWith(options);
    const error = errorOf(() => anchorWith(pem));
    expect(error.code).toBe('INVALID_CERTIFICATE');
    expect(error.message).toContain(`[${rule}]`);
    expect(error.message).toContain('CN=Example Root');
  });

  test.each<[string, number, boolean]>([
    ['89 days before its end', 89, true],
    ['91 days before its end', 91, false],
  ])('of a CA %s warns: %s', async (_what, days, warns) => {
    const pem = await rootWith({ notAfter: new Date(Date.now() + days * DAY + 3600_000) });
    expect(warnings(anchorWith(pem)).join().includes('cdk-roles-anywhere:TrustAnchor.caExpiring')).toBe(warns);
  });

  test('warnings can be acknowledged', async () => {
    const pem = await rootWith({ notAfter: new Date(Date.now() + 10 * DAY) });
    const stack = newStack();
    const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(pem) });
    CdkAnnotations.of(anchor).acknowledgeWarning('cdk-roles-anywhere:TrustAnchor.caExpiring', 'replaced next week');
    Annotations.fromStack(stack).hasNoWarning('*', '*');
  });

  test('tells the anchor what it holds, for those who verify against it', () => {
    const anchor = new TrustAnchor(newStack(), 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
    expect(anchor.certificatePem).toBe(root.pem);
  });
});

describe('a certificate file', () => {
  test.each([
    ['PEM', () => root.pem],
    ['DER', () => root.der],
  ])('may be %s', (form, content) => {
    const path = join(folder, `root.${form}`);
    writeFileSync(path, content());
    expect(renderedBundle(anchorOf(TrustAnchorSource.certificateFile(path)))).toBe(root.pem);
  });

  test.each([
    ['is missing', () => 'missing.pem', 'ENOENT'],
    ['is a folder', () => '.', 'EISDIR'],
  ])('that %s is named in the error', (_what, name, reason) => {
    const path = join(folder, name());
    const error = errorOf(() => anchorOf(TrustAnchorSource.certificateFile(path)));
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toContain(path);
    expect(error.message).toContain(reason);
  });

  test('that is not there is looked for from the folder of cdk, which the error says of relative paths only', () => {
    const messageFor = (path: string) => errorOf(() => anchorOf(TrustAnchorSource.certificateFile(path))).message;
    expect(messageFor('pki/missing.pem')).toMatch(/cannot be read: ENOENT; relative paths count from the folder that `cdk` runs in \(FILE_UNREADABLE\)$/);
    expect(messageFor(join(folder, 'missing.pem'))).toMatch(/cannot be read: ENOENT \(FILE_UNREADABLE\)$/);
  });

  test('that is empty is refused as empty', () => {
    const path = join(folder, 'empty.pem');
    writeFileSync(path, '');
    expect(errorCode(() => anchorOf(TrustAnchorSource.certificateFile(path)))).toBe('EMPTY_BUNDLE');
  });
});
