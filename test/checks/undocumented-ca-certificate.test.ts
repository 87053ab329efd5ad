import { anchor, found, soundPki } from './check';
import { createRootCa, Extension } from '../support/pki';

test('warns of a critical extension that nobody knows', async () => {
  const odd = await createRootCa('CN=Odd', { extensions: [new Extension('1.3.6.1.4.1.99999.1', true, Uint8Array.from([5, 0]))] });
  expect(found('RA209', { Anchor: anchor(odd.pem) })).toMatchObject([{ severity: 'warning', on: 'Anchor', message: expect.stringContaining('1.3.6.1.4.1.99999.1') }]);
});

test('is content with an ordinary CA', async () => {
  expect(found('RA209', (await soundPki()).sound)).toEqual([]);
});
