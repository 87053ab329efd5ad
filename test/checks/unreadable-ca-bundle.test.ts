import { anchor, found, soundPki } from './check';

test.each([
  ['nothing', ''],
  ['something else', 'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/1'],
  ['base64 without its frame', 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A'],
  ['half a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n'],
])('finds %s in the place of certificates', (_, data) => {
  expect(found('RA201', { Anchor: anchor(data) })).toMatchObject([{
    severity: 'error', on: 'Anchor', at: 'Properties.Source.SourceData.X509CertificateData', message: expect.stringContaining('cannot be read as certificates'),
  }]);
});

test('is content with certificates, and with what only a deployment knows', async () => {
  const { root } = await soundPki();
  expect(found('RA201', { Anchor: anchor(root.pem + root.pem) })).toEqual([]);
  expect(found('RA201', { Anchor: anchor({ Ref: 'CaCertificate' }) })).toEqual([]);
  expect(found('RA201', { Anchor: anchor('{{resolve:ssm:/ca/certificate}}') })).toEqual([]);
});
