import { crl, found, soundPki } from './check';

const LATER = { now: new Date(Date.now() + 8 * 24 * 3600 * 1000) };

test('finds a list that is out of date', async () => {
  const { sound } = await soundPki();
  expect(found('RA403', sound, LATER)).toMatchObject([{ severity: 'error', on: 'Crl', at: 'Properties.CrlData', message: expect.stringContaining('was due on') }]);
});

test('is content with one that is in date, and with one that is disabled', async () => {
  const { crlPem, sound } = await soundPki();
  expect(found('RA403', sound)).toEqual([]);
  expect(found('RA403', { ...sound, Crl: crl(crlPem, { Enabled: false }) }, LATER)).toEqual([]);
});
