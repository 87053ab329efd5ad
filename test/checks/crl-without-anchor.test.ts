import { crl, found, soundPki } from './check';

test('finds a list for no trust anchor', async () => {
  const { crlPem } = await soundPki();
  expect(found('RA401', { Crl: crl(crlPem, { TrustAnchorArn: undefined }) })).toMatchObject([{ severity: 'error', on: 'Crl' }]);
  expect(found('RA401', { Crl: crl(crlPem, { TrustAnchorArn: { Ref: 'AWS::NoValue' } }) })).toHaveLength(1);
});

test('is content with one, and with what only a deployment knows', async () => {
  const { crlPem, sound } = await soundPki();
  expect(found('RA401', sound)).toEqual([]);
  expect(found('RA401', { Crl: crl(crlPem, { TrustAnchorArn: { Ref: 'Arn' } }) })).toEqual([]);
});
