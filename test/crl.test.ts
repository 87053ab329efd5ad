import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { KeyUsageFlags } from '@peculiar/x509';
import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnTrustAnchor } from 'aws-cdk-lib/aws-rolesanywhere';
import { Crl, CrlData, TrustAnchor, TrustAnchorSource } from '../src';
import { createRootCa, CrlOptions, Extension, Issued, issueCa, issueCrl, issueHost } from './support/pki';
import { errorCode, errorOf, newStack, strictStack, warnings } from './support/stack';

const ANCHOR_ARN = 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/11111111-1111-1111-1111-111111111111';
const HOUR = 3_600_000;

let root: Issued;
let folder: string;
beforeAll(async () => {
  root = await createRootCa('C=AU, O=Example, CN=Example Root');
  folder = mkdtempSync(join(tmpdir(), 'crl-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function setUp(stack = newStack()): { stack: Stack; anchor: TrustAnchor } {
  return { stack, anchor: new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) }) };
}

const listWith = (options: CrlOptions, issuer = root) => issueCrl(issuer, options);

describe('a static revocation list', () => {
  test('is rendered as PEM with the label that OpenSSL takes, bound to its anchor, enabled, and passes strict template validation', async () => {
    const { stack, anchor } = setUp(strictStack());
    const { pem } = await listWith({ revoked: ['0a0b'] });
    const crl = anchor.addCrl('Revoked', { data: CrlData.text(pem.replace(/X509 CRL/g, 'CRL')) });
    Template.fromStack(stack).hasResourceProperties('AWS::RolesAnywhere::CRL', {
      Name: Match.stringLikeRegexp('^Stack-Anchor-Revoked-'),
      CrlData: pem,
      TrustAnchorArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Anchor'), 'TrustAnchorArn'] },
      Enabled: true,
    });
    expect(Crl.isCrl(crl)).toBe(true);
    expect(warnings(stack)).toEqual([]);
  });

  test('has an ARN that is built, because CloudFormation has none to offer', async () => {
    const { stack, anchor } = setUp();
    const crl = anchor.addCrl('Revoked', { data: CrlData.text((await listWith({})).pem) });
    expect(JSON.stringify(stack.resolve(crl.crlArn))).toMatch(/AWS::Partition.*:rolesanywhere:.*:crl\/.*CrlId/);
    expect(stack.resolve(Crl.fromCrlId(stack, 'Imported', 'x').crlRef)).toEqual({ crlId: 'x' });
  });

  test('is made anew when its trust anchor changes, because the service cannot move it', async () => {
    const { pem } = await listWith({});
    const logicalId = (anchorArn: string) => {
      const stack = newStack();
      const trustAnchor = TrustAnchor.fromTrustAnchorArn(stack, 'Anchor', anchorArn);
      new Crl(stack, 'Revoked', { trustAnchor, data: CrlData.text(pem), issuerCertificates: root.pem });
      return Object.keys(Template.fromStack(stack).findResources('AWS::RolesAnywhere::CRL'))[0];
    };
    expect(logicalId(ANCHOR_ARN)).toBe(logicalId(ANCHOR_ARN));
    expect(logicalId(ANCHOR_ARN)).not.toBe(logicalId(ANCHOR_ARN.replace(/1$/, '2')));
  });

  test('is made anew when its trust anchor is the one of the same path in another stack', async () => {
    const { pem } = await listWith({});
    const logicalId = (anchorStack: string) => {
      const app = new App();
      const trustAnchor = new TrustAnchor(new Stack(app, anchorStack), 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
      const stack = new Stack(app, 'Lists');
      new Crl(stack, 'Revoked', { trustAnchor, data: CrlData.text(pem) });
      return Object.keys(Template.fromStack(stack).findResources('AWS::RolesAnywhere::CRL'))[0];
    };
    expect(logicalId('One')).toBe(logicalId('One'));
    expect(logicalId('One')).not.toBe(logicalId('Two'));
  });

  test('keeps its logical id when an imported trust anchor is imported elsewhere', async () => {
    const { pem } = await listWith({});
    const logicalId = (importId: string) => {
      const stack = newStack();
      const trustAnchor = TrustAnchor.fromTrustAnchorArn(stack, importId, ANCHOR_ARN);
      new Crl(stack, 'Revoked', { trustAnchor, data: CrlData.text(pem), issuerCertificates: root.pem });
      return Object.keys(Template.fromStack(stack).findResources('AWS::RolesAnywhere::CRL'))[0];
    };
    expect(logicalId('A')).toBe(logicalId('B'));
  });

  test('is verified, counted and named alike when the resource inside of the trust anchor is given', async () => {
    const logicalIds = (pick: (anchor: TrustAnchor) => TrustAnchor | CfnTrustAnchor) => {
      const { stack, anchor } = setUp();
      new Crl(stack, 'Revoked', { trustAnchor: pick(anchor), data });
      new Crl(stack, 'Two', { trustAnchor: anchor, data });
      expect(warnings(stack)).toEqual([]);
      expect(errorCode(() => new Crl(stack, 'Three', { trustAnchor: pick(anchor), data }))).toBe('TOO_MANY_CRLS');
      return new Set(stack.node.findAll().filter(Crl.isCrl).map((crl) => JSON.stringify(stack.resolve(crl.crlId))));
    };
    const data = CrlData.text((await listWith({})).pem);
    expect(logicalIds((anchor) => anchor.node.defaultChild as CfnTrustAnchor)).toEqual(logicalIds((anchor) => anchor));
  });

  test.each([['Region', { region: 'us-east-1' }], ['account', { account: '444455556666' }]])('is refused in another %s than its trust anchor', async (_what, env) => {
    const stack = newStack({ env });
    const trustAnchor = TrustAnchor.fromTrustAnchorArn(stack, 'Anchor', ANCHOR_ARN);
    const data = CrlData.text((await listWith({})).pem);
    const error = errorOf(() => new Crl(stack, 'Revoked', { trustAnchor, data }));
    expect(error.code).toBe('INVALID_ARN');
    expect(error.message).toContain(Object.values(env)[0]);
  });

  test('is verified against the certificates with which a trust anchor was imported', async () => {
    const stack = newStack();
    const trustAnchor = TrustAnchor.fromTrustAnchorAttributes(stack, 'Anchor', { trustAnchorArn: ANCHOR_ARN, certificatePem: root.pem });
    const [good, bad] = [await listWith({}), await listWith({}, await createRootCa('CN=Other'))];
    new Crl(stack, 'Good', { trustAnchor, data: CrlData.text(good.pem) });
    expect(warnings(stack)).toEqual([]);
    expect(errorCode(() => new Crl(stack, 'Bad', { trustAnchor, data: CrlData.text(bad.pem) }))).toBe('INVALID_CRL');
  });

  test('is the third one at most twice: an anchor takes two', async () => {
    const { anchor } = setUp();
    const data = CrlData.text((await listWith({})).pem);
    anchor.addCrl('One', { data });
    anchor.addCrl('Two', { data });
    expect(errorCode(() => anchor.addCrl('Three', { data }))).toBe('TOO_MANY_CRLS');
  });

  test.each(['PEM', 'DER'] as const)('may come from a %s file', async (form) => {
    const { stack, anchor } = setUp();
    const { pem, der } = await listWith({});
    const path = join(folder, `root.${form}`);
    writeFileSync(path, form === 'PEM' ? pem : der);
    anchor.addCrl('Revoked', { data: CrlData.file(path), enabled: false, crlName: 'revoked hosts' });
    Template.fromStack(stack).hasResourceProperties('AWS::RolesAnywhere::CRL', { CrlData: pem, Enabled: false, Name: 'revoked hosts' });
  });

  test('that is a token passes unread, with a warning that nobody verified it', () => {
    const { stack, anchor } = setUp();
    anchor.addCrl('Revoked', { data: CrlData.text(new CfnParameter(stack, 'List').valueAsString) });
    Template.fromStack(stack).hasResourceProperties('AWS::RolesAnywhere::CRL', { CrlData: { Ref: 'List' } });
    expect(warnings(stack).join()).toContain('cdk-roles-anywhere:Crl.notVerified');
  });

  test('of an intermediate CA is verified against that CA', async () => {
    const intermediate = await issueCa(root, 'CN=Intermediate');
    const { pem } = await listWith({}, intermediate);
    const { anchor } = setUp();
    expect(errorOf(() => anchor.addCrl('A', { data: CrlData.text(pem) })).message).toContain('CRL_ISSUER_UNKNOWN');
    expect(() => setUp().anchor.addCrl('B', { data: CrlData.text(pem), issuerCertificates: intermediate.pem })).not.toThrow();
  });

  test('of a CA two below is verified when the CA between is given as well, in any order, beside the trust anchor', async () => {
    const between = await issueCa(root, 'CN=Between');
    const issuer = await issueCa(between, 'CN=Issuer');
    const data = CrlData.text((await listWith({}, issuer)).pem);
    expect(() => setUp().anchor.addCrl('A', { data, issuerCertificates: issuer.pem + root.pem + between.pem })).not.toThrow();
    const error = errorOf(() => setUp().anchor.addCrl('B', { data, issuerCertificates: issuer.pem }));
    expect(error.code).toBe('INVALID_CRL');
    expect(error.message).toContain('"CN=Issuer" in issuerCertificates does not lead to the trust anchor');
  });

  test('of a stranger is refused, although the certificate of the stranger is given', async () => {
    const stranger = await createRootCa('C=AU, O=Example, CN=Example Root');
    const data = CrlData.text((await listWith({}, stranger)).pem);
    expect(errorCode(() => setUp().anchor.addCrl('A', { data, issuerCertificates: stranger.pem }))).toBe('INVALID_CRL');
  });

  test('has issuers that are held to no rule for trust anchors, but are certificates of CAs, without keys, each once', async () => {
    const intermediates = await Promise.all(['A', 'B', 'C'].map((name) => issueCa(root, `CN=${name}`, { keyUsage: KeyUsageFlags.cRLSign })));
    const data = CrlData.text((await listWith({}, intermediates[2])).pem);
    const add = (issuerCertificates: string) => {
      const { stack, anchor } = setUp();
      anchor.addCrl('Revoked', { data, issuerCertificates });
      return warnings(stack);
    };
    const all = intermediates.map(({ pem }) => pem).join('');
    const host = await issueHost(root, 'CN=host');
    const privateKey = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
    expect(add(all)).toEqual([]);
    expect(errorCode(() => add(all + all))).toBe('DUPLICATE_CERTIFICATE');
    expect(errorCode(() => add(host.pem))).toBe('INVALID_CERTIFICATE');
    expect(errorCode(() => add(all + privateKey))).toBe('PRIVATE_KEY_IN_BUNDLE');
  });

  test('that is out of date is a warning where it does not count', async () => {
    const { stack, anchor } = setUp();
    const { pem } = await listWith({ thisUpdate: new Date(Date.now() - 3 * HOUR), nextUpdate: new Date(Date.now() - HOUR) });
    anchor.addCrl('Revoked', { data: CrlData.text(pem), enabled: false });
    expect(warnings(stack).join()).toContain('cdk-roles-anywhere:Crl.CRL_EXPIRED');
  });

  test('of a trust anchor that is not known at synth is read, and warned about', async () => {
    const stack = newStack();
    const trustAnchor = TrustAnchor.fromTrustAnchorArn(stack, 'Anchor', ANCHOR_ARN);
    new Crl(stack, 'Revoked', { trustAnchor, data: CrlData.text((await listWith({})).pem) });
    expect(warnings(stack).join()).toContain('cdk-roles-anywhere:Crl.notVerified');
  });
});

describe('a list is refused at synth', () => {
  test.each<[string, () => Promise<string>, string]>([
    ['of another CA', async () => (await listWith({}, await createRootCa('CN=Other'))).pem, 'CRL_ISSUER_UNKNOWN'],
    ['of another CA of the same name', async () => (await listWith({}, await createRootCa('C=AU, O=Example, CN=Example Root'))).pem, 'CRL_SIGNATURE_INVALID'],
    ['that is out of date', async () => (await listWith({ thisUpdate: new Date(Date.now() - 3 * HOUR), nextUpdate: new Date(Date.now() - HOUR) })).pem, 'CRL_EXPIRED'],
    ['of the future', async () => (await listWith({ thisUpdate: new Date(Date.now() + HOUR) })).pem, 'CRL_NOT_YET_VALID'],
    ['that is a delta', async () => (await listWith({ extensions: [new Extension('2.5.29.27', true, Uint8Array.from([2, 1, 1]))] })).pem, 'CRL_DELTA'],
    ['that is a certificate', async () => root.pem, 'PEM_UNEXPECTED_LABEL'],
    ['that is cut off', async () => (await listWith({})).pem.substring(0, 200), 'PEM_UNTERMINATED'],
    ['that is two', async () => (await listWith({})).pem.repeat(2), '2 lists'],
    ['that is a web page', async () => '<html>', 'PEM_NO_BLOCK'],
  ])('%s', async (_what, make, reason) => {
    const pem = await make();
    const error = errorOf(() => setUp().anchor.addCrl('Revoked', { data: CrlData.text(pem) }));
    expect(error.code).toBe('INVALID_CRL');
    expect(error.message).toContain(reason);
    expect(error.message).toContain('[Stack/Anchor/Revoked]');
  });

  test('whose file is missing', () => {
    expect(errorCode(() => setUp().anchor.addCrl('Revoked', { data: CrlData.file(join(folder, 'missing.crl')) }))).toBe('FILE_UNREADABLE');
  });
});
