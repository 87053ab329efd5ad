import { anchor, found, soundPki } from './check';
import { createRootCa, issueHost } from '../support/pki';

test('finds the certificate of a host, and a CA that may not sign certificates', async () => {
  const { root } = await soundPki();
  const host = await issueHost(root, 'CN=onprem01');
  const findings = found('RA203', { Host: anchor(host.pem), Weak: anchor((await createRootCa('CN=Weak', { keyUsage: null })).pem) });
  expect(findings).toMatchObject([
    { severity: 'error', on: 'Host', message: expect.stringMatching(/onprem01.*no CA certificate|onprem01.*CA:false/) },
    { on: 'Host', message: expect.stringContaining('keyCertSign') },
    { on: 'Weak', message: expect.stringContaining('keyCertSign') },
  ]);
});

test('is content with a CA', async () => {
  expect(found('RA203', (await soundPki()).sound)).toEqual([]);
});
