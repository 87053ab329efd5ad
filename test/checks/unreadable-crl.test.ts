import { crl, found, soundPki } from './check';
import { issueCrl } from '../support/pki';

test.each([
  ['something else', () => 'none'],
  ['a certificate', (_pem: string, rootPem: string) => rootPem],
  ['DER in base64', (pem: string) => pem.split('\n').slice(1, -2).join('')],
  ['two lists', (pem: string) => pem + pem],
  ['a block that OpenSSL does not read', (pem: string) => pem.replace(/X509 CRL/g, 'CRL')],
])('finds %s in the place of a list', async (_, make) => {
  const { root, crlPem } = await soundPki();
  expect(found('RA402', { Crl: crl(make(crlPem, root.pem)) })).toMatchObject([{ severity: 'error', on: 'Crl', at: 'Properties.CrlData' }]);
});

test('is content with a list, and with what only a deployment knows', async () => {
  const { root, sound } = await soundPki();
  expect(found('RA402', { ...sound, More: crl((await issueCrl(root, { revoked: ['0a', '0b'] })).pem), Parameter: crl({ Ref: 'Data' }) })).toEqual([]);
});
