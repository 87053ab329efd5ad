import { anchor, found, soundPki } from './check';

const YEAR = 365 * 24 * 3600 * 1000;

test('finds a certificate that has expired, and one that is not valid yet', async () => {
  const resources = { Anchor: anchor((await soundPki()).root.pem) };
  expect(found('RA205', resources, { now: new Date(Date.now() + 11 * YEAR) })).toMatchObject([{
    severity: 'error', on: 'Anchor', message: expect.stringContaining('expired on'),
  }]);
  expect(found('RA205', resources, { now: new Date(Date.now() - YEAR) })).toMatchObject([{ message: expect.stringContaining('not yet') }]);
});

test('is content with one that is valid', async () => {
  expect(found('RA205', (await soundPki()).sound)).toEqual([]);
});
