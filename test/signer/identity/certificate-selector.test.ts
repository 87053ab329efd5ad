/** Selectors in the syntax of aws_signing_helper, and what they choose. */
import { execFileSync } from 'child_process';
import * as fc from 'fast-check';
import { certificateFits, parseCertificateSelector } from '../../../signer/identity/certificate-selector';
import { readCertificate } from '../../../src/x509';
import { createRootCa, issueHost } from '../../support/pki';
import { describeUnless, opensslMissing } from '../../support/runtimes';

const FILES: Record<string, string> = {
  '../all.json': '[{"Key":"x509Subject","Value":"CN=a,O=b"},{"Key":"x509Issuer","Value":"CN=c"},{"Key":"x509Serial","Value":"15D1"}]',
  '/some.json': '[{"Key":"x509Serial","Value":" 0f "}]',
  '/text': 'Key=x509Serial,Value=1',
  '/empty.json': '[]',
  '/object.json': '{"Key":"x509Serial","Value":"1"}',
  '/number.json': '[{"Key":"x509Serial","Value":1}]',
  '/null.json': '[null]',
  '/unknown.json': '[{"Key":"x509Serials","Value":"1"}]',
  '/twice.json': '[{"Key":"x509Serial","Value":"1"},{"Key":"x509Serial","Value":"1"}]',
};

const readFile = async (path: string): Promise<Uint8Array> => {
  if (FILES[path] === undefined) {
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  }
  return new TextEncoder().encode(FILES[path]);
};

const parse = (text: string) => parseCertificateSelector(text, readFile);

describe('reading', () => {
  test.each([
    ['Key=x509Subject,Value=CN=Subject Key=x509Issuer,Value=CN=Issuer Key=x509Serial,Value=15D19632234BF759A32802C0DA88F9E8AFC8702D',
      { subject: 'CN=Subject', issuer: 'CN=Issuer', serialNumber: 0x15D19632234BF759A32802C0DA88F9E8AFC8702Dn }],
    ['Key=x509Issuer,Value=CN=Some CA,O=Example\\, Inc.,C=US', { issuer: 'CN=Some CA,O=Example\\, Inc.,C=US' }],
    ['  Key=x509Serial,Value=0x00:1b:C   Key=x509Subject,Value=CN=a=b  ', { serialNumber: 0x1bcn, subject: 'CN=a=b' }],
    ['Key=x509Subject,Value=CN=Key=x Key=x509Serial,Value=1', { subject: 'CN=Key=x', serialNumber: 1n }],
    ['file://../all.json', { subject: 'CN=a,O=b', issuer: 'CN=c', serialNumber: 0x15d1n }],
    ['file:///some.json', { serialNumber: 15n }],
  ])('%s', async (text, expected) => {
    expect(await parse(text)).toEqual(expected);
  });

  test.each([
    ['', 'is written like "Key=x509Subject,Value='],
    ['CN=a', 'is written like'],
    ['x Key=x509Serial,Value=1', 'is written like'],
    ['Key=x509Serial', 'is written like'],
    ['key=x509Serial,Value=1', 'is written like'],
    ['Key=x509Serials,Value=1', 'has no key "x509Serials"; its keys are x509Subject, x509Issuer, x509Serial'],
    ['Key=toString,Value=1', 'has no key "toString"'],
    ['Key=x509Serial,Value=1 Key=x509Serial,Value=1', 'has the key x509Serial twice'],
    ['Key=x509Serial,Value=', 'a number in hexadecimal, not ""'],
    ['Key=x509Serial,Value=-1', 'a number in hexadecimal'],
    ['Key=x509Subject,Value=onprem01', '"onprem01" is not a distinguished name'],
    ['Key=x509Issuer,Value=', '"" is not a distinguished name'],
    ['file:///text', 'the certificate selector /text is not JSON'],
    ['file:///empty.json', 'should be like'],
    ['file:///object.json', 'should be like'],
    ['file:///number.json', 'should be like'],
    ['file:///null.json', 'should be like'],
    ['file:///unknown.json', 'has no key "x509Serials"'],
    ['file:///twice.json', 'has the key x509Serial twice'],
  ])('%j is refused', async (text, message) => {
    await expect(parse(text)).rejects.toMatchObject({ name: 'SignerError', code: 'USAGE', message: expect.stringContaining(message) });
  });

  test('a file that does not exist is told of', async () => {
    await expect(parse('file:///nowhere')).rejects.toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('/nowhere does not exist') });
  });

  test('serial numbers of any size', async () => {
    await fc.assert(fc.asyncProperty(fc.bigInt({ min: 0n, max: 2n ** 160n }), async (serialNumber) => {
      expect(await parse(`Key=x509Serial,Value=${serialNumber.toString(16).toUpperCase()}`)).toEqual({ serialNumber });
    }));
  });
});

describe('choosing', () => {
  const certificate = (async () => {
    const root = await createRootCa('C=AU, O=Example, CN=Root');
    return issueHost(root, 'C=AU, O=Example\\, Inc., OU=Ops, CN=onprem01', { serialNumber: '0abc' });
  })();

  test.each([
    ['Key=x509Subject,Value=CN=onprem01,OU=Ops,O=Example\\, Inc.,C=AU', true],
    ['Key=x509Subject,Value=C = AU, O = "Example, Inc.", OU = Ops, CN = onprem01', true],
    ['Key=x509Subject,Value=CN=onprem01', false],
    ['Key=x509Subject,Value=CN=onprem02,OU=Ops,O=Example\\, Inc.,C=AU', false],
    ['Key=x509Issuer,Value=CN=Root,O=Example,C=AU', true],
    ['Key=x509Issuer,Value=CN=Other,O=Example,C=AU', false],
    ['Key=x509Serial,Value=ABC', true],
    ['Key=x509Serial,Value=ABCD', false],
    ['Key=x509Issuer,Value=CN=Root,O=Example,C=AU Key=x509Serial,Value=000abc', true],
    ['Key=x509Issuer,Value=CN=Root,O=Example,C=AU Key=x509Serial,Value=ABCD', false],
  ])('%s: %s', async (text, expected) => {
    expect(certificateFits(readCertificate((await certificate).der), await parse(text))).toBe(expected);
  });

  describeUnless(opensslMissing, 'what OpenSSL prints', () => {
    test.each(['RFC2253', 'oneline', 'RFC2253,-esc_msb,utf8'])('fits in the form %s', async (form) => {
      const root = await createRootCa('C=AU, O=Zo\u00eb \\+ Söhne\\, Inc., CN=Root #1');
      const printed = execFileSync('openssl', ['x509', '-noout', '-subject', '-nameopt', form], { input: root.pem, encoding: 'utf8' });
      const selector = await parse(`Key=x509Subject,Value=${printed.replace(/^subject=/, '').trim()}`);
      expect(certificateFits(readCertificate(root.der), selector)).toBe(true);
    });
  });
});
