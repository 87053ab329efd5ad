import fc from 'fast-check';
import { examined } from './examined';
import { SESSION_TAG_CHECKS, tagCandidates, tagProblem } from '../../../signer/doctor/session-tag-checks';
import { DEFAULT_ATTRIBUTE_MAPPINGS, mapSessionTags, tagValueProblem } from '../../../src/trust-model/session-tags';
import { readCertificate } from '../../../src/x509';
import { createRootCa, Issued, issueHost, IssueOptions } from '../../support/pki';

let root: Issued;

beforeAll(async () => {
  root = await createRootCa('O=Example, CN=Root');
});

async function about(subject: string, options: IssueOptions = {}, issuer = root) {
  const { pem } = await issueHost(issuer, subject, options);
  return examined(SESSION_TAG_CHECKS, { files: { 'host.pem': pem, 'host.key': 'none' } });
}

describe('session-tags', () => {
  test('letters of any language, digits, blanks and the eight characters pass', async () => {
    const result = await about('CN=Zürich 東京 a_b.c:d/e\\=f\\+g-h@i, OU=7', { subjectAltName: [{ type: 'dns', value: 'onprem01.example.com' }] });
    expect(result.of('session-tags')).toMatchObject({ status: 'ok', detail: 'all 5 can be session tags' });
  });

  test.each<[string, string, IssueOptions, string]>([
    ['parentheses in the subject', 'CN=onprem01 (test)', {}, 'x509Subject/CN has "(" ")";'],
    ['an apostrophe in another attribute', 'CN=a, O=Bob\'s', {}, 'x509Subject/O has "\'";'],
    ['a wildcard as first DNS name', 'CN=a', { subjectAltName: [{ type: 'dns', value: '*.example.com' }] }, 'x509SAN/DNS has "*";'],
    ['a wildcard as second DNS name', 'CN=a', { subjectAltName: [{ type: 'dns', value: 'a.example.com' }, { type: 'dns', value: '*.example.com' }] }, 'x509SAN/DNS/2 has "*";'],
    ['a query in a URI', 'CN=a', { subjectAltName: [{ type: 'url', value: 'spiffe://example.com/a?b' }] }, 'x509SAN/URI has "?";'],
    ['a directory name', 'CN=a', { subjectAltName: [{ type: 'dn', value: 'CN=a&b' }] }, 'x509SAN/Name/CN has "&";'],
    ['a long value', `CN=${'a'.repeat(257)}`, {}, 'x509Subject/CN has 257 characters (a session tag takes 256);'],
    ['values that are long together', `CN=${'a'.repeat(130)}, CN=${'b'.repeat(130)}`, {}, 'x509Subject/CN has 261 characters'],
  ])('%s is a warning, which names attribute and characters', async (_, subject, options, text) => {
    const result = await about(subject, options);
    expect(result.of('session-tags')).toMatchObject({ status: 'warning', detail: expect.stringContaining(text), remedy: expect.stringContaining('attribute mappings') });
    expect(result.exitCode).toBe(0);
  });

  test('the issuer counts as well', async () => {
    const result = await about('CN=a', {}, await createRootCa('CN=Root (2026)'));
    expect(result.of('session-tags')).toMatchObject({ status: 'warning', detail: expect.stringContaining('x509Issuer/CN has "(" ")";') });
  });
});

describe('session-tags-joined', () => {
  test('says how trust policies see several values', async () => {
    expect((await about('OU=Security, OU=Engineering, CN=a')).of('session-tags-joined')).toMatchObject({
      status: 'ok', detail: 'trust policies see them joined with "/": x509Subject/OU is Security/Engineering',
    });
  });

  test('has nothing to say otherwise', async () => {
    expect((await about('OU=Security, CN=a')).of('session-tags-joined')).toMatchObject({ status: 'ok', detail: 'there are none' });
  });
});

describe('the simulator\'s trust model, which the signer may not import, agrees', () => {
  test('on values', () => {
    const character = fc.oneof(fc.constantFrom('a', '9', ' ', '_', '.', ':', '/', '=', '+', '-', '@', '(', '*', '\t', '\u00a0', '\u0301', '\u{1f600}', '東'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }));
    fc.assert(fc.property(fc.array(character, { maxLength: 300 }), (characters) => {
      const value = characters.join('');
      expect(tagProblem(value) === undefined).toBe(tagValueProblem(value) === undefined);
    }), { numRuns: 1000 });
  });

  test('on which attributes there are', async () => {
    const { der } = await issueHost(root, 'OU=A, OU=B, CN=onprem01', {
      subjectAltName: [{ type: 'dns', value: 'a' }, { type: 'dns', value: 'b' }, { type: 'url', value: 'u:v' }, { type: 'dn', value: 'CN=x, O=y' }],
    });
    const certificate = readCertificate(der);
    const first = tagCandidates(certificate).filter(({ name }) => !/\/\d+$/.test(name));
    expect(Object.fromEntries(first.map(({ name, values }) => [name, values.join('/')]))).toEqual(mapSessionTags(certificate, DEFAULT_ATTRIBUTE_MAPPINGS).tags);
  });
});
