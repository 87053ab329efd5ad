import { SpiffeStack, SpiffeStackProps } from '../../examples/spiffe/spiffe-stack';
import { CaFile, createCaFile, decide, expectSound } from '../support/examples';
import { issueCa, issueHost } from '../support/pki';
import { strictApp } from '../support/stack';

let ca: CaFile;
let props: SpiffeStackProps;
beforeAll(async () => {
  ca = await createCaFile('spiffe');
  props = { caCertificate: ca.path, trustDomain: 'example.org' };
});
afterAll(() => ca.remove());

/** A workload with these URIs, whose certificate is issued by SPIRE's own CA below the root, as SPIRE writes it. */
async function workload(...uris: string[]): Promise<string> {
  const spire = await issueCa(ca.root, 'C=US, O=SPIFFE');
  const { pem } = await issueHost(spire, 'C=US, O=SPIRE', { subjectAltName: uris.map((value) => ({ type: 'url', value })) });
  return pem + spire.pem;
}

test.each([
  ['Orders', 'spiffe://example.org/ns/production/sa/orders', true],
  ['Orders', 'spiffe://example.org/ns/production/sa/orders2', false],
  ['Orders', 'spiffe://example.org/ns/staging/sa/orders', false],
  ['Orders', 'spiffe://example.org.evil/ns/production/sa/orders', false],
  ['Everybody', 'spiffe://example.org/ns/production/sa/orders', true],
  ['Everybody', 'spiffe://example.org/ns/production/sa/billing', true],
  ['Everybody', 'spiffe://example.org/ns/production-old/sa/billing', false],
  ['Everybody', 'spiffe://other.org/ns/production/sa/billing', false],
])('the role %s for %s: %p', async (role, uri, isIn) => {
  const stack = new SpiffeStack(strictApp(), 'Spiffe', props);
  expect(decide(stack, { certificate: await workload(uri), role: `${role}Role` })).toBe(isIn ? 'in' : 'trust-policy-assume-role');
});

test('a second URI gets nobody in, nor does a certificate without one', async () => {
  const request = async (...uris: string[]) => ({ certificate: await workload(...uris), role: 'OrdersRole' });
  const stack = new SpiffeStack(strictApp(), 'Spiffe', props);
  expect(decide(stack, await request('spiffe://example.org/ns/staging/sa/x', 'spiffe://example.org/ns/production/sa/orders'))).toBe('trust-policy-assume-role');
  expect(decide(stack, await request())).toBe('trust-policy-assume-role');
});

test('passes strict template validation, cdk-nag and the checks of this library', () => {
  expectSound((app) => new SpiffeStack(app, 'Spiffe', props));
});
