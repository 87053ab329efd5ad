/** Tests of revocation in CreateSession: who is revoked by which list, and what becomes of a request when a list cannot be believed. */
import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyUsageFlags } from '@peculiar/x509';
import { CfnParameter } from 'aws-cdk-lib';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import { ACCOUNT, factsOf, REGION, testSimulator, TestAppOptions, troubles } from './fixtures';
import { SessionDecision } from '../../src/simulator/decision';
import { TemplateSimulatorOptions } from '../../src/simulator/simulator';
import { encodePem } from '../../src/x509';
import { crlExtensions, entries, entry, manyEntries, serialOctets, signCrl, time } from '../support/crl-builder';
import { createRootCa, Extension, Issued, issueCa, issueCrl, issueHost } from '../support/pki';
import { describeUnless } from '../support/runtimes';
import { commonName, explicit, extension, hex, implicit, sequence, TRUE } from '../x509/certificate-builder';
import { openssl, opensslVersion } from '../x509/openssl';

const DAY = 24 * 3_600_000;
const REVOKED = { statusCode: 403, type: 'AccessDeniedException', message: 'Certificate revoked' };
const NOT_TRUSTED = { statusCode: 403, type: 'AccessDeniedException', message: 'Certificate revocation list cannot be trusted' };

let root: Issued;
let issuing: Issued;
/** Issued by the root, by the root, and by the CA below it. */
let host: Issued;
let other: Issued;
let below: Issued;

beforeAll(async () => {
  root = await createRootCa('C=AU, O=Example, CN=Example Root');
  issuing = await issueCa(root, 'O=Example, CN=Example Issuing', { serialNumber: '5001' });
  host = await issueHost(root, 'CN=onprem01', { serialNumber: '4711' });
  other = await issueHost(root, 'CN=onprem01', { serialNumber: '4712' });
  below = await issueHost(issuing, 'CN=onprem01', { serialNumber: '4711' });
});

type Crl = Partial<rolesanywhere.CfnCRLProps> & { readonly crlData: string };

/** Adds lists to the app, enabled and for its anchor unless they say otherwise. */
function withCrls(...crls: readonly Crl[]): TestAppOptions['more'] {
  return ({ stack, anchor }) => {
    crls.forEach((crl, i) => new rolesanywhere.CfnCRL(stack, `Crl${i}`, {
      name: `list-${i}`, enabled: true, trustAnchorArn: anchor.attrTrustAnchorArn, ...crl,
    }));
  };
}

interface Setting {
  readonly crls: readonly Crl[];
  readonly certificate?: string;
  readonly anchorPem?: string;
  readonly now?: Date;
  readonly options?: TemplateSimulatorOptions;
}

function decide({ crls, certificate = host.pem, anchorPem = root.pem, now, options }: Setting): SessionDecision {
  return testSimulator({ anchorPem, more: withCrls(...crls) }, options).createSession({ certificate, now });
}

async function listOf(issuer: Issued, options: Parameters<typeof issueCrl>[1] = {}): Promise<Crl> {
  return { crlData: (await issueCrl(issuer, options)).pem };
}

function pemOf(der: Uint8Array): Crl {
  return { crlData: encodePem('X509 CRL', der) };
}

describe('a certificate', () => {
  test('that is in the list of its issuer is refused with the words of the service, and the reason says which, by what, when and why', async () => {
    const thisUpdate = new Date('2026-01-02T03:04:05Z');
    const list = await listOf(root, { revoked: ['4711'], thisUpdate, nextUpdate: new Date(Date.now() + DAY) });
    const decision = decide({ crls: [list] });
    expect(decision.allowed).toBe(false);
    expect(troubles(decision)).toEqual(['revocation failed']);
    expect(decision.error).toEqual(REVOKED);
    expect(decision.failedStep?.reason)
      .toBe('"CN=onprem01", serial number 4711, is revoked by CRL list-0 (Crl0) since 2026-01-02T03:04:05.000Z (keyCompromise)');
    expect(factsOf(decision, 'revocation').join('\n')).toContain('number 1, of 2026-01-02T03:04:05.000Z, the next one due on ');
  });

  test('that is not in it is let in, and the step says what it went by', async () => {
    const decision = decide({ crls: [await listOf(root, { revoked: ['4711'] })], certificate: other.pem });
    expect(troubles(decision)).toEqual([]);
    expect(decision.allowed).toBe(true);
    expect(factsOf(decision, 'revocation')).toContain('CRL list-0 (Crl0) does not revoke "CN=onprem01"');
    expect(factsOf(decision, 'revocation').join('\n')).toContain('with 1 entry');
  });

  test('is let in where there is no list, and the step says that nothing could revoke it', () => {
    const decision = decide({ crls: [] });
    expect(decision.allowed).toBe(true);
    expect(factsOf(decision, 'revocation'))
      .toContain('no enabled list of this trust anchor is one of "CN=Example Root,O=Example,C=AU", so nothing can revoke "CN=onprem01"');
  });

  test('is found among thousands of others, however its serial number begins', async () => {
    const list = pemOf(signCrl(root, { nextUpdate: time(new Date(Date.now() + DAY)), revokedCertificates: manyEntries(5_000) }));
    const serialNumber = Buffer.from(serialOctets(4_321)).toString('hex');
    expect(decide({ crls: [list], certificate: (await issueHost(root, 'CN=onprem01', { serialNumber })).pem }).error).toEqual(REVOKED);
    expect(decide({ crls: [list] }).allowed).toBe(true);
    const negative = pemOf(signCrl(root, { nextUpdate: time(new Date(Date.now() + DAY)), revokedCertificates: entries(entry(hex('00ff01'))) }));
    expect(decide({ crls: [negative], certificate: (await issueHost(root, 'CN=onprem01', { serialNumber: '00ff01' })).pem }).error).toEqual(REVOKED);
  });

  test('is not revoked by the list of another CA that has the same serial number', async () => {
    const chain = below.pem + issuing.pem;
    const decision = decide({ crls: [await listOf(root, { revoked: ['4711'] })], certificate: chain });
    expect(decision.allowed).toBe(true);
    expect(factsOf(decision, 'revocation')).toContain('CRL list-0 (Crl0) does not revoke "CN=Example Issuing,O=Example"');
    expect(factsOf(decision, 'revocation').join('\n')).toContain('is one of "CN=Example Issuing,O=Example", so nothing can revoke "CN=onprem01"');
  });

  test('below an intermediate is revoked by the list of that intermediate', async () => {
    const decision = decide({ crls: [await listOf(issuing, { revoked: ['4711'] })], certificate: below.pem + issuing.pem });
    expect(decision.error).toEqual(REVOKED);
  });

  test('is revoked too when the intermediate above it is', async () => {
    const list = await listOf(root, { revoked: ['5001'] });
    const decision = decide({ crls: [list], certificate: below.pem + issuing.pem });
    expect(decision.error).toEqual(REVOKED);
    expect(decision.failedStep?.reason).toContain('"CN=Example Issuing,O=Example", serial number 5001, is revoked');
    expect(decide({ crls: [list] }).allowed).toBe(true);
  });

  test('of the trust anchor itself cannot be revoked: it is trusted for what it is', async () => {
    const { serialNumber } = root.certificate;
    expect(decide({ crls: [await listOf(root, { revoked: [serialNumber] })] }).allowed).toBe(true);
    const anchoredBelow = { anchorPem: issuing.pem, certificate: below.pem };
    const decision = decide({ crls: [await listOf(root, { revoked: ['5001'] })], ...anchoredBelow });
    expect(decision.allowed).toBe(true);
    expect(factsOf(decision, 'revocation')).toContain('CRL list-0 (Crl0) is of "CN=Example Root,O=Example,C=AU", which issued nothing on this path');
  });

  test('that leads to no trust anchor is not looked up', async () => {
    const stranger = await issueHost(await createRootCa('CN=Somebody Else'), 'CN=onprem01', { serialNumber: '4711' });
    const decision = decide({ crls: [await listOf(root, { revoked: ['4711'] })], certificate: stranger.pem });
    expect(troubles(decision)).toEqual(['chain failed', 'revocation skipped']);
  });
});

describe('a list', () => {
  test('that is disabled revokes nothing, and is named', async () => {
    const list = { ...await listOf(root, { revoked: ['4711'] }), enabled: false };
    const decision = decide({ crls: [list] });
    expect(decision.allowed).toBe(true);
    expect(factsOf(decision, 'revocation')).toContain('CRL list-0 (Crl0) is disabled and revokes nothing');
  });

  test('whose template leaves Enabled out is disabled, and the step says why', async () => {
    const decision = decide({ crls: [{ ...await listOf(root, { revoked: ['4711'] }), enabled: undefined }] });
    expect(decision.allowed).toBe(true);
    expect(factsOf(decision, 'revocation')).toContain('CRL list-0 (Crl0) is disabled (its template does not state Enabled) and revokes nothing');
  });

  test('of another trust anchor is of no interest', async () => {
    const trustAnchorArn = `arn:aws:rolesanywhere:${REGION}:${ACCOUNT}:trust-anchor/11111111-2222-3333-4444-555555555555`;
    const decision = decide({ crls: [{ ...await listOf(root, { revoked: ['4711'] }), trustAnchorArn }] });
    expect(decision.allowed).toBe(true);
    expect(factsOf(decision, 'revocation').join('\n')).not.toContain('list-0');
  });

  test('without trust anchor may be that of any', async () => {
    const decision = decide({ crls: [{ ...await listOf(root, { revoked: ['4711'] }), trustAnchorArn: undefined }] });
    expect(decision.error).toEqual(REVOKED);
  });

  test('adds to another one: what either of them has is revoked', async () => {
    const crls = [await listOf(root, { revoked: ['4711'], number: 1 }), await listOf(root, { revoked: ['4712'], number: 2 })];
    expect(decide({ crls }).error).toEqual(REVOKED);
    expect(decide({ crls, certificate: other.pem }).error).toEqual(REVOKED);
  });

  test('of the new key of a CA covers what the old key signed, as long as the anchor has both certificates', async () => {
    const renewed = await createRootCa('C=AU, O=Example, CN=Example Root');
    const crls = [await listOf(renewed, { revoked: ['4711'] })];
    expect(decide({ crls, anchorPem: root.pem + renewed.pem }).error).toEqual(REVOKED);
    expect(decide({ crls, anchorPem: root.pem + renewed.pem, certificate: other.pem }).allowed).toBe(true);
    expect(decide({ crls }).error).toEqual(NOT_TRUSTED);
  });

  test('is judged by the moment of the request', async () => {
    const crls = [await listOf(root, { nextUpdate: new Date(Date.now() + DAY) })];
    expect(decide({ crls }).allowed).toBe(true);
    expect(decide({ crls, now: new Date(Date.now() + 2 * DAY) }).error).toEqual(NOT_TRUSTED);
  });

  test('that has no end is believed, and the step warns', () => {
    const decision = decide({ crls: [pemOf(signCrl(root, { nextUpdate: new Uint8Array() }))] });
    expect(decision.allowed).toBe(true);
    expect(factsOf(decision, 'revocation').join('\n')).toContain('[CRL_NO_NEXT_UPDATE]');
  });
});

describe('a list that cannot be trusted makes the request fail, and the step says that this is a decision of the simulator', () => {
  const soon = () => time(new Date(Date.now() + DAY));
  const distributionPoint = (flag: number) => crlExtensions(extension('2.5.29.28', sequence(implicit(flag, hex('ff'))), TRUE));

  test.each<[string, string, () => Crl | Promise<Crl>]>([
    ['an altered one', 'CRL_SIGNATURE_INVALID', () => {
      const der = Uint8Array.from(signCrl(root, { nextUpdate: soon(), revokedCertificates: entries(entry(hex('05'))) }));
      der[Buffer.from(der).indexOf(Buffer.from('020105', 'hex')) + 2] = 6;
      return pemOf(der);
    }],
    ['one of another CA of the same name', 'CRL_SIGNATURE_INVALID', async () => listOf(await createRootCa('C=AU, O=Example, CN=Example Root'))],
    ['an expired one', 'CRL_EXPIRED', () => listOf(root, { thisUpdate: new Date(Date.now() - 2 * DAY), nextUpdate: new Date(Date.now() - DAY) })],
    ['one of tomorrow', 'CRL_NOT_YET_VALID', () => listOf(root, { thisUpdate: new Date(Date.now() + DAY), nextUpdate: new Date(Date.now() + 2 * DAY) })],
    ['a delta list', 'CRL_DELTA', () => listOf(root, { extensions: [new Extension('2.5.29.27', true, Uint8Array.from([2, 1, 1]))] })],
    ['an indirect list', 'CRL_INDIRECT', () => pemOf(signCrl(root, { nextUpdate: soon(), crlExtensions: distributionPoint(4) }))],
    ['one for CA certificates only', 'CRL_CA_CERTIFICATES_ONLY', () => pemOf(signCrl(root, { nextUpdate: soon(), crlExtensions: distributionPoint(2) }))],
    ['one with a critical extension that nobody knows', 'CRL_UNKNOWN_CRITICAL_EXTENSION', () => listOf(root, {
      extensions: [new Extension('1.2.3.4', true, Uint8Array.from([5, 0]))],
    })],
    ['text that is no list', 'PEM_NO_BLOCK', () => ({ crlData: 'crl' })],
    ['a list that is cut off', 'DER_', async () => {
      const { der } = await issueCrl(root);
      return pemOf(der.subarray(0, der.length - 10));
    }],
    ['two lists in one', 'it holds 2 lists', async () => ({ crlData: (await issueCrl(root)).pem.repeat(2) })],
  ])('%s (%s)', async (_what, rule, make) => {
    const decision = decide({ crls: [await make()] });
    expect(decision.allowed).toBe(false);
    expect(troubles(decision)).toEqual(['revocation failed']);
    expect(decision.error).toEqual(NOT_TRUSTED);
    expect(decision.failedStep?.reason).toMatch(/^CRL list-0 \(Crl0\) cannot be trusted: /);
    expect(decision.failedStep?.reason).toContain(rule);
    expect(factsOf(decision, 'revocation')).toContain('the request is refused because of that; what the service does with such a list is not documented');
  });

  test('one signed by a CA that may not sign lists (CRL_KEY_USAGE)', async () => {
    const noLists = await createRootCa('CN=No Lists', { keyUsage: KeyUsageFlags.keyCertSign });
    const decision = decide({
      crls: [await listOf(noLists)], anchorPem: noLists.pem, certificate: (await issueHost(noLists, 'CN=onprem01')).pem,
    });
    expect(decision.error).toEqual(NOT_TRUSTED);
    expect(decision.failedStep?.reason).toContain('[CRL_KEY_USAGE]');
  });

  test('an indirect list of a stranger too, since it may speak about anybody', async () => {
    const stranger = await createRootCa('CN=Somebody Else');
    const decision = decide({ crls: [pemOf(signCrl(stranger, { nextUpdate: soon(), crlExtensions: distributionPoint(4) }))] });
    expect(decision.error).toEqual(NOT_TRUSTED);
    const ofOthers = entries(entry(hex('05'), undefined, extension('2.5.29.29', sequence(explicit(4, commonName('Victim'))), TRUE)));
    expect(decide({ crls: [pemOf(signCrl(stranger, { nextUpdate: soon(), revokedCertificates: ofOthers }))] }).error).toEqual(NOT_TRUSTED);
  });

  test('but a list of a CA that issued nothing on the path may be as it likes', async () => {
    const stranger = await createRootCa('CN=Somebody Else');
    const expired = await listOf(stranger, { thisUpdate: new Date(Date.now() - 2 * DAY), nextUpdate: new Date(Date.now() - DAY) });
    expect(decide({ crls: [expired] }).allowed).toBe(true);
  });

  test('nor does a disabled one matter', () => {
    expect(decide({ crls: [{ crlData: 'crl', enabled: false }] }).allowed).toBe(true);
  });

  test('and where another list revokes the certificate, that is what is answered', async () => {
    const crls = [{ crlData: 'crl' }, await listOf(root, { revoked: ['4711'] })];
    const decision = decide({ crls });
    expect(decision.error).toEqual(REVOKED);
    expect(factsOf(decision, 'revocation').join('\n')).toContain('CRL list-0 (Crl0) cannot be trusted');
    expect(decide({ crls, certificate: other.pem }).error).toEqual(NOT_TRUSTED);
  });
});

test('a list whose data only a deployment can tell decides nothing, and so the request is refused', () => {
  const simulator = testSimulator({
    anchorPem: root.pem,
    more: (app, role) => {
      const { valueAsString } = new CfnParameter(app.stack, 'List');
      withCrls({ crlData: valueAsString })?.(app, role);
    },
  });
  const decision = simulator.createSession({ certificate: host.pem });
  expect(decision.allowed).toBe(false);
  expect(decision.error?.message).toContain('The simulator cannot decide this request: whether CRL list-0 (Crl0) revokes the certificate is not known');
});

describeUnless(opensslVersion ? undefined : 'there is no openssl on the PATH', `lists of OpenSSL (${opensslVersion})`, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'revocation-'));
    writeFileSync(join(folder, 'ca.cnf'), [
      '[ca]', 'default_ca=example', '[example]', 'database=index.txt', 'crlnumber=number', 'default_md=sha256', 'default_crl_days=30',
      'certificate=ca.pem', 'private_key=ca.key', 'crl_extensions=lists', '[lists]', 'authorityKeyIdentifier=keyid', '',
    ].join('\n'));
    writeFileSync(join(folder, 'ca.pem'), root.pem);
    writeFileSync(join(folder, 'ca.key'), root.keyPem);
    writeFileSync(join(folder, 'number'), '10\n');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function generate(...revoked: string[]): Crl {
    writeFileSync(join(folder, 'index.txt'), revoked.map((serial) => `R\t400101000000Z\t260101020304Z,superseded\t${serial}\tunknown\t/CN=x\n`).join(''));
    openssl(folder, 'ca', '-config', 'ca.cnf', '-gencrl', '-out', 'ca.crl');
    return { crlData: readFileSync(join(folder, 'ca.crl'), 'utf8') };
  }

  test('revoke hosts and intermediates, and nobody else', () => {
    const crls = [generate('4711', '5001')];
    expect(decide({ crls }).error).toEqual(REVOKED);
    expect(decide({ crls }).failedStep?.reason).toContain('since 2026-01-01T02:03:04.000Z (superseded)');
    expect(decide({ crls, certificate: below.pem + issuing.pem }).error).toEqual(REVOKED);
    expect(decide({ crls, certificate: other.pem }).allowed).toBe(true);
    expect(decide({ crls: [generate()] }).allowed).toBe(true);
  });
});
