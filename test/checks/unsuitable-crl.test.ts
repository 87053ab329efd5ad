import { crl, found, soundPki } from './check';
import { Extension, issueCrl } from '../support/pki';

test('finds a delta list, and one that is not valid yet', async () => {
  const { root, sound } = await soundPki();
  const delta = await issueCrl(root, { extensions: [new Extension('2.5.29.27', true, Uint8Array.from([2, 1, 1]))] });
  const early = await issueCrl(root, { thisUpdate: new Date(Date.now() + 3_600_000) });
  expect(found('RA405', { ...sound, Delta: crl(delta.pem), Early: crl(early.pem) })).toMatchObject([
    { severity: 'error', on: 'Delta', message: expect.stringContaining('CRL_DELTA') }, { severity: 'error', on: 'Early', message: expect.stringContaining('CRL_NOT_YET_VALID') },
  ]);
});

test('warns of a list for hosts only', async () => {
  const { root, sound } = await soundPki();
  // issuingDistributionPoint with onlyContainsUserCerts.
  const users = await issueCrl(root, { extensions: [new Extension('2.5.29.28', true, Uint8Array.from([0x30, 3, 0x81, 1, 0xff]))] });
  expect(found('RA405', { ...sound, Crl: crl(users.pem) })).toMatchObject([{ severity: 'warning', message: expect.stringContaining('CRL_USER_CERTIFICATES_ONLY') }]);
});

test('is content with a complete list', async () => {
  expect(found('RA405', (await soundPki()).sound)).toEqual([]);
});
