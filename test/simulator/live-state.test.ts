/** Tests of the local endpoint as a whole: what the AWS SDK changes by management calls holds for the next CreateSession of a host. */
import {
  DeleteCrlCommand, DisableCrlCommand, DisableProfileCommand, DisableTrustAnchorCommand, EnableCrlCommand, EnableProfileCommand,
  EnableTrustAnchorCommand, ImportCrlCommand, ListCrlsCommand, ListTagsForResourceCommand, RolesAnywhereClient, UpdateCrlCommand,
} from '@aws-sdk/client-rolesanywhere';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import { REGION, testSimulator, TestAppOptions } from './fixtures';
import { send, sendSigned, signFor } from './http-client';
import { managementClient } from './management-client';
import { LocalEndpoint, LocalEndpointOptions, startLocalEndpoint } from '../../src/simulator/local-endpoint';
import { RolesAnywhereSimulator } from '../../src/simulator/simulator';
import { createRootCa, Issued, issueCa, issueCrl, issueHost } from '../support/pki';

let root: Issued;
let issuing: Issued;
let host: Issued;
let below: Issued;
let simulator: RolesAnywhereSimulator;
let endpoint: LocalEndpoint;
let client: RolesAnywhereClient;

beforeAll(async () => {
  root = await createRootCa('CN=Example Root');
  issuing = await issueCa(root, 'CN=Example Issuing', { serialNumber: '5001' });
  host = await issueHost(root, 'CN=onprem01', { serialNumber: '4711' });
  below = await issueHost(issuing, 'CN=onprem01', { serialNumber: '4711' });
});

afterEach(() => endpoint.close());

async function start(app: Partial<TestAppOptions> = {}, options: LocalEndpointOptions = {}): Promise<void> {
  simulator = testSimulator({ anchorPem: root.pem, ...app });
  endpoint = await startLocalEndpoint(simulator, { port: 0, ...options });
  client = managementClient(endpoint.url);
}

/** What CreateSession answers a host: the status, and the message of a refusal. */
async function session(caller: Issued = host, chain: readonly Issued[] = []): Promise<string> {
  const { trustAnchors: [anchor], profiles: [profile], roles: [role] } = simulator.model;
  const arns = { trustAnchorArn: anchor.arn, profileArn: profile.arn, roleArn: role.arn };
  const { status, text } = await sendSigned(endpoint.url, await signFor(caller, arns, { endpoint: endpoint.url, region: REGION }, chain));
  return [status, (JSON.parse(text) as { message?: string }).message].join(' ').trim();
}

async function importList(revoked: readonly string[], enabled?: boolean): Promise<{ crlId: string | undefined }> {
  const { pem } = await issueCrl(root, { revoked });
  const trustAnchorArn = simulator.model.trustAnchors[0].arn;
  const { crl } = await client.send(new ImportCrlCommand({ name: 'list', crlData: Buffer.from(pem), trustAnchorArn, enabled }));
  return { crlId: crl?.crlId };
}

describe('a list that is imported', () => {
  test('revokes from the next request on, as soon as it is enabled and as long as it is', async () => {
    await start();
    expect(await session()).toBe('201');
    const id = await importList(['4711']);
    expect(await session()).toBe('201');
    await client.send(new EnableCrlCommand(id));
    expect(await session()).toBe('403 Certificate revoked');
    await client.send(new DisableCrlCommand(id));
    expect(await session()).toBe('201');
    await client.send(new EnableCrlCommand(id));
    await client.send(new DeleteCrlCommand(id));
    expect(await session()).toBe('201');
  });

  test('revokes everything below an intermediate that is in it', async () => {
    await start();
    expect(await session(below, [issuing])).toBe('201');
    await importList(['5001'], true);
    expect(await session(below, [issuing])).toBe('403 Certificate revoked');
    expect(await session()).toBe('201');
  });

  test('gives way to a newer one, which may take a revocation back', async () => {
    await start();
    const id = await importList(['4711'], true);
    expect(await session()).toBe('403 Certificate revoked');
    const newer = await issueCrl(root, { revoked: ['4712'], number: 2 });
    await client.send(new UpdateCrlCommand({ ...id, crlData: Buffer.from(newer.pem) }));
    expect(await session()).toBe('201');
    const newest = await issueCrl(root, { revoked: ['4711'], number: 3 });
    await client.send(new UpdateCrlCommand({ ...id, crlData: Buffer.from(newest.pem) }));
    expect(await session()).toBe('403 Certificate revoked');
  });

  test('and cannot be trusted stops everybody', async () => {
    await start();
    const { pem } = await issueCrl(await createRootCa('CN=Example Root'));
    const trustAnchorArn = simulator.model.trustAnchors[0].arn;
    await client.send(new ImportCrlCommand({ name: 'forged', crlData: Buffer.from(pem), trustAnchorArn, enabled: true }));
    expect(await session()).toBe('403 Certificate revocation list cannot be trusted');
  });

  test('holds for decisions that are asked of the simulator directly', async () => {
    await start();
    await importList(['4711'], true);
    const decision = simulator.createSession({ certificate: host.pem });
    expect(decision.error?.message).toBe('Certificate revoked');
    expect(decision.failedStep?.reason).toContain('is revoked by CRL list since');
  });
});

describe('a list of the template', () => {
  const withCrl = (crlData: string): Partial<TestAppOptions> => ({
    more: ({ stack, anchor }) => new rolesanywhere.CfnCRL(stack, 'Crl', {
      name: 'static', crlData, enabled: true, trustAnchorArn: anchor.attrTrustAnchorArn, tags: [{ key: 'owner', value: 'template' }],
    }),
  });

  test('counts from the beginning, and can be disabled and updated', async () => {
    await start(withCrl((await issueCrl(root, { revoked: ['4711'] })).pem));
    expect(await session()).toBe('403 Certificate revoked');
    const { crls: [crl] = [] } = await client.send(new ListCrlsCommand({}));
    await client.send(new DisableCrlCommand({ crlId: crl.crlId }));
    expect(await session()).toBe('201');
    await client.send(new UpdateCrlCommand({ crlId: crl.crlId, crlData: Buffer.from((await issueCrl(root, { number: 2 })).pem) }));
    await client.send(new EnableCrlCommand({ crlId: crl.crlId }));
    expect(await session()).toBe('201');
  });

  test('has the tags of the template', async () => {
    await start(withCrl((await issueCrl(root)).pem));
    const { crls: [crl] = [] } = await client.send(new ListCrlsCommand({}));
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: crl.crlArn }));
    expect(tags).toEqual([{ key: 'owner', value: 'template' }]);
  });
});

describe('a kill switch', () => {
  test('that disables the trust anchor lets nobody in, until it is enabled again', async () => {
    await start();
    const [{ id: trustAnchorId }] = simulator.model.trustAnchors;
    await client.send(new DisableTrustAnchorCommand({ trustAnchorId }));
    expect(await session()).toBe('403 Trust anchor is disabled');
    await client.send(new EnableTrustAnchorCommand({ trustAnchorId }));
    expect(await session()).toBe('201');
  });

  test('that disables the profile lets nobody in, until it is enabled again', async () => {
    await start();
    const [{ id: profileId }] = simulator.model.profiles;
    await client.send(new DisableProfileCommand({ profileId }));
    expect(await session()).toBe('403 Profile is disabled');
    await client.send(new EnableProfileCommand({ profileId }));
    expect(await session()).toBe('201');
  });

  test('can be made up for by enabling what the template left disabled', async () => {
    await start({ anchor: { enabled: undefined } });
    expect(await session()).toBe('403 Trust anchor is disabled');
    await client.send(new EnableTrustAnchorCommand({ trustAnchorId: simulator.model.trustAnchors[0].id }));
    expect(await session()).toBe('201');
  });
});

describe('the endpoint', () => {
  test('counts management calls by operation', async () => {
    await start();
    await importList([]);
    await client.send(new ListCrlsCommand({}));
    await client.send(new ListCrlsCommand({}));
    expect(endpoint.management.calls).toEqual({ ImportCrl: 1, ListCrls: 2 });
  });

  test('throttles management calls where it is asked to, and CreateSession never', async () => {
    const now = new Date();
    await start({}, { throttle: true, clock: () => now });
    await client.send(new ListCrlsCommand({}));
    await expect(client.send(new ListCrlsCommand({}))).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect([await session(), await session()]).toEqual(['201', '201']);
  });

  test('takes the largest list, and answers one that is far too large in kind', async () => {
    await start();
    const { pem } = await issueCrl(root);
    const largest = Buffer.from(`${'#'.repeat(300_000 - pem.length - 1)}\n${pem}`);
    const trustAnchorArn = simulator.model.trustAnchors[0].arn;
    const { crl } = await client.send(new ImportCrlCommand({ name: 'largest', crlData: largest, trustAnchorArn }));
    expect(crl?.crlData).toHaveLength(300_000);
    const tooLarge = client.send(new ImportCrlCommand({ name: 'too large', crlData: Buffer.alloc(700_000, '#'), trustAnchorArn }));
    await expect(tooLarge).rejects.toMatchObject({ name: 'ValidationException' });
    const huge = await send(endpoint.url, { path: '/crls', body: 'x'.repeat(1_100_000) });
    expect(huge.status).toBe(413);
  });

  test('writes a line of log for each call, which names the operation and why it was refused', async () => {
    const lines: string[] = [];
    await start({}, { log: (line) => lines.push(line) });
    await client.send(new ListCrlsCommand({}));
    await expect(client.send(new EnableCrlCommand({ crlId: 'nothing' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(lines[0]).toMatch(/^\S+ GET \/crls 200 ListCrls$/);
    expect(lines[1]).toMatch(/^\S+ POST \/crl\/nothing\/enable 404 EnableCrl ResourceNotFoundException: CRL nothing not found$/);
  });

  test('shows people the state of things as it is', async () => {
    await start();
    const page = async () => (await send(endpoint.url, { method: 'GET', path: '/' })).text;
    expect(await page()).toMatch(/revocation lists:\n {2}none\n/);
    await importList(['4711'], true);
    await client.send(new DisableTrustAnchorCommand({ trustAnchorId: simulator.model.trustAnchors[0].id }));
    expect(await page()).toMatch(/revocation lists:\n {2}arn:aws:rolesanywhere:\S+:crl\/\S+ {2}list \(enabled\)\n/);
    expect(await page()).toMatch(/trust anchors:\n {2}\S+ {2}example-root \(disabled\)\n/);
  });

  test('says in its answers to management calls that they are simulated', async () => {
    await start();
    const answer = await send(endpoint.url, { method: 'GET', path: '/crls' });
    expect(answer.headers['x-simulated']).toContain('simulated');
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(answer.text)).toEqual({ crls: [] });
  });
});
