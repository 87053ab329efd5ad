import { anchor, crl, found, soundPki } from './check';
import { createRootCa, issueCa, issueCrl } from '../support/pki';

test('finds a list of a stranger, and one that only bears the name of the CA', async () => {
  const { sound } = await soundPki();
  const stranger = await issueCrl(await createRootCa('CN=Stranger'));
  const impostor = await issueCrl(await createRootCa('C=AU, O=Example, CN=Example Root'));
  expect(found('RA404', { ...sound, Stranger: crl(stranger.pem), Impostor: crl(impostor.pem) })).toMatchObject([
    { severity: 'error', on: 'Stranger', at: 'Properties.CrlData', message: expect.stringContaining('CN=Stranger') },
    { severity: 'error', on: 'Impostor', message: expect.stringContaining('did not sign it') },
  ]);
});

test('is content with the list of an intermediate CA that the metadata names, if it is below the trust anchor', async () => {
  const { root, sound } = await soundPki();
  const below = await issueCa(root, 'CN=Issuing');
  const list = crl((await issueCrl(below)).pem);
  const naming = (pem: string) => ({ ...sound, Crl: { ...list, Metadata: { 'cdk-roles-anywhere:issuer-certificates': pem } } });
  expect(found('RA404', { ...sound, Crl: list })).toHaveLength(1);
  expect(found('RA404', naming(below.pem))).toEqual([]);
  expect(found('RA404', naming((await createRootCa('CN=Issuing')).pem))).toHaveLength(1);
  expect(found('RA404', naming('none'))).toHaveLength(1);
});

test('is content where the trust anchor or its certificates are elsewhere', async () => {
  const { sound } = await soundPki();
  const stranger = crl((await issueCrl(await createRootCa('CN=Stranger'))).pem);
  expect(found('RA404', sound)).toEqual([]);
  expect(found('RA404', { Anchor: anchor({ Ref: 'Pem' }), Crl: stranger })).toEqual([]);
  expect(found('RA404', { Crl: stranger })).toEqual([]);
});
