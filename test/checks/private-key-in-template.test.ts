import { anchor, check, crl, found, soundPki } from './check';

test('finds a private key beside a certificate, in a damaged bundle, and in a list, and never shows it', async () => {
  const { root, sound } = await soundPki();
  const resources = {
    ...sound, Beside: anchor(root.pem + root.keyPem), Damaged: anchor(`  -----BEGIN CERTIFICATE-----\n${root.keyPem}`), List: crl(root.keyPem),
  };
  expect(found('RA202', resources)).toMatchObject([
    { severity: 'error', on: 'Beside', at: 'Properties.Source.SourceData.X509CertificateData' }, { on: 'Damaged' }, { on: 'List', at: 'Properties.CrlData' },
  ]);
  const secret = root.keyPem.split('\n')[1];
  expect(JSON.stringify(check(resources))).not.toContain(secret);
});

test('is content with certificates and lists', async () => {
  expect(found('RA202', (await soundPki()).sound)).toEqual([]);
});
