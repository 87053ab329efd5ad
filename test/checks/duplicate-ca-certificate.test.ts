import { anchor, found, soundPki } from './check';
import { createRootCa } from '../support/pki';

test('finds a certificate that is there twice', async () => {
  const { root } = await soundPki();
  expect(found('RA208', { Anchor: anchor(root.pem + root.pem) })).toMatchObject([{ severity: 'warning', on: 'Anchor', message: expect.stringContaining('Example Root') }]);
});

test('is content with two certificates of one name', async () => {
  const { root } = await soundPki();
  const next = await createRootCa('C=AU, O=Example, CN=Example Root');
  expect(found('RA208', { Anchor: anchor(root.pem + next.pem) })).toEqual([]);
});
