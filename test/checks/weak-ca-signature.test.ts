import { anchor, found, soundPki } from './check';
import { createRootCa } from '../support/pki';

test('finds a certificate that is signed with SHA-1', async () => {
  const weak = await createRootCa('CN=Old', { key: 'RSA-2048', hash: 'SHA-1' });
  expect(found('RA204', { Anchor: anchor(weak.pem) })).toMatchObject([{ severity: 'error', on: 'Anchor', message: expect.stringContaining('SHA-256 or stronger') }]);
});

test('is content with SHA-256 and SHA-512', async () => {
  const { root } = await soundPki();
  const strong = await createRootCa('CN=Strong', { hash: 'SHA-512' });
  expect(found('RA204', { Anchor: anchor(root.pem + strong.pem) })).toEqual([]);
});
