import { issuersOf } from '../../../lambda/crl-sync/issuers';
import { readCertificate } from '../../../src/x509';
import { createRootCa, Issued, issueCa, issueHost } from '../../support/pki';

let root: Issued;
let middle: Issued;
let issuing: Issued;

beforeAll(async () => {
  root = await createRootCa('CN=Example Root');
  middle = await issueCa(root, 'CN=Middle CA');
  issuing = await issueCa(middle, 'CN=Issuing CA');
});

const issuers = (issuerCertificates?: string) => issuersOf(
  { id: 'a', name: 'a', source: { type: 'url', urls: [] }, maxRedirects: 5, timeoutSeconds: 10, issuerCertificates }, [readCertificate(root.der)],
).map(({ subject }) => subject.toString());

test('without further certificates they are those of the trust anchor', () => {
  expect(issuers()).toEqual(['CN=Example Root']);
});

test.each([['in order', () => middle.pem + issuing.pem], ['the other way round', () => issuing.pem + middle.pem]])(
  'CAs that lead to the trust anchor are added, however long the way: %s', (_, pem) => {
    expect(issuers(pem()).sort()).toEqual(['CN=Example Root', 'CN=Issuing CA', 'CN=Middle CA']);
  });

test.each<[string, () => Promise<string>, RegExp]>([
  ['where a certificate of the way is missing', async () => issuing.pem, /"CN=Issuing CA" in issuerCertificates is no CA below the trust anchor, "CN=Example Root"/],
  ['where it is another root', async () => (await createRootCa('CN=Other Root')).pem, /"CN=Other Root"/],
  ['where a CA of the same name has signed', async () => (await issueCa(await createRootCa('CN=Example Root'), 'CN=Forged CA')).pem, /"CN=Forged CA"/],
  ['where it is the certificate of a host', async () => (await issueHost(root, 'CN=onprem01')).pem, /"CN=onprem01"/],
  ['where it is none at all', async () => 'nothing', /issuerCertificates cannot be read/],
])('they are refused %s', async (_, pem, message) => {
  const text = await pem();
  expect(() => issuers(text)).toThrow(expect.objectContaining({ code: 'ISSUER_NOT_TRUSTED', message: expect.stringMatching(message) }));
});
