import { anchor, found, soundPki } from './check';
import { createRootCa } from '../support/pki';

test('warns of the third certificate, and not of the second', async () => {
  const { root } = await soundPki();
  const two = root.pem + (await createRootCa('CN=Next')).pem;
  expect(found('RA207', { Anchor: anchor(two) })).toEqual([]);
  expect(found('RA207', { Anchor: anchor(two + (await createRootCa('CN=Third')).pem) })).toMatchObject([{
    severity: 'warning', on: 'Anchor', message: expect.stringContaining('has 3 certificates'),
  }]);
});
