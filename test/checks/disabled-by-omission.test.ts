import { anchor, crl, found, profile, soundPki } from './check';

test('finds a trust anchor, a profile and a list that do not say', async () => {
  const { root, crlPem } = await soundPki();
  const resources = { Anchor: anchor(root.pem, { Enabled: undefined }), Profile: profile({ Enabled: { Ref: 'AWS::NoValue' } }), Crl: crl(crlPem, { Enabled: undefined }) };
  expect(found('RA601', resources)).toMatchObject([
    { severity: 'error', on: 'Anchor', at: 'Properties.Enabled' }, { on: 'Profile' }, { on: 'Crl', message: expect.stringContaining('revokes nothing') },
  ]);
});

test('is content with true and false, and with what only a deployment knows', async () => {
  const { sound } = await soundPki();
  const resources = { ...sound, Off: profile({ Enabled: false }), Unknown: profile({ Enabled: { 'Fn::If': ['On', true, { Ref: 'AWS::NoValue' }] } }) };
  expect(found('RA601', resources)).toEqual([]);
});
