/** Tests of the management API through the AWS SDK: what it keeps, what it refuses, and that a client can tell the one from the other. */
import {
  DeleteCrlCommand, DisableCrlCommand, DisableProfileCommand, DisableTrustAnchorCommand, EnableCrlCommand, EnableProfileCommand,
  EnableTrustAnchorCommand, GetCrlCommand, GetProfileCommand, GetTrustAnchorCommand, ImportCrlCommand, ImportCrlCommandInput, ListCrlsCommand,
  ListProfilesCommand, ListTagsForResourceCommand, ListTrustAnchorsCommand, paginateListCrls, paginateListTrustAnchors, RolesAnywhereClient,
  TagResourceCommand, UntagResourceCommand, UpdateCrlCommand, UpdateTrustAnchorCommand,
} from '@aws-sdk/client-rolesanywhere';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import { ACCOUNT, REGION, testSimulator } from './fixtures';
import { managementClient, ManagementServer, serveManagementApi } from './management-client';
import { isManagementRequest, ManagementApi, ManagementApiOptions } from '../../src/simulator/management-api';
import { AssemblyModel } from '../../src/simulator/model';
import { manyEntries, signCrl } from '../support/crl-builder';
import { createRootCa, Issued, issueCrl } from '../support/pki';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let root: Issued;
let crlPem: string;
let model: AssemblyModel;
let anchorArn: string;
let server: ManagementServer | undefined;

beforeAll(async () => {
  root = await createRootCa('CN=Example Root');
  crlPem = (await issueCrl(root, { revoked: ['4711'] })).pem;
  ({ model } = testSimulator({ anchorPem: root.pem }));
  [{ arn: anchorArn }] = model.trustAnchors;
});

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(api: ManagementApi, region?: string): Promise<RolesAnywhereClient> {
  server = await serveManagementApi(api);
  return managementClient(server.url, { region });
}

async function start(options: ManagementApiOptions = {}, of: AssemblyModel = model): Promise<{ api: ManagementApi; client: RolesAnywhereClient }> {
  const api = new ManagementApi(of, options);
  return { api, client: await serve(api) };
}

function importInput(changes: Partial<ImportCrlCommandInput> = {}): ImportCrlCommandInput {
  return { name: 'example list', crlData: Buffer.from(crlPem), trustAnchorArn: anchorArn, ...changes };
}

/** Name, status and message of the error that a call ends with. */
async function refusal(call: Promise<unknown>): Promise<{ name: string; status: number | undefined; message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode, message };
  }
  return { name: 'NOTHING', status: undefined, message: '' };
}

/** A PEM block that is just so many bytes long: readers skip what stands outside of it. */
function pemOfLength(pem: string, length: number): Buffer {
  return Buffer.from(`${'#'.repeat(length - pem.length - 1)}\n${pem}`);
}

describe('a revocation list', () => {
  test('is imported disabled unless asked otherwise, and comes back byte for byte', async () => {
    const { client } = await start();
    const { crl, $metadata } = await client.send(new ImportCrlCommand(importInput()));
    expect($metadata.httpStatusCode).toBe(201);
    expect(crl).toMatchObject({ name: 'example list', enabled: false, trustAnchorArn: anchorArn });
    expect(crl?.crlId).toMatch(UUID);
    expect(crl?.crlArn).toBe(`arn:aws:rolesanywhere:${REGION}:${ACCOUNT}:crl/${crl?.crlId}`);
    const got = await client.send(new GetCrlCommand({ crlId: crl?.crlId }));
    expect(got.crl).toEqual(crl);
    expect(Buffer.from(got.crl?.crlData ?? []).toString()).toBe(crlPem);
    const enabled = await client.send(new ImportCrlCommand(importInput({ enabled: true })));
    expect(enabled.crl?.enabled).toBe(true);
  });

  test('has times of creation and change', async () => {
    let now = new Date('2026-03-01T10:00:00.000Z');
    const { client } = await start({ clock: () => now });
    const { crl } = await client.send(new ImportCrlCommand(importInput()));
    expect(crl?.createdAt).toEqual(now);
    expect(crl?.updatedAt).toEqual(now);
    now = new Date('2026-03-01T11:30:00.000Z');
    const enabled = await client.send(new EnableCrlCommand({ crlId: crl?.crlId }));
    expect(enabled.crl?.createdAt).toEqual(crl?.createdAt);
    expect(enabled.crl?.updatedAt).toEqual(now);
  });

  test('is replaced by an update, which leaves alone what it does not name', async () => {
    const { client } = await start();
    const { crl } = await client.send(new ImportCrlCommand(importInput({ enabled: true, tags: [{ key: 'list', value: 'a' }] })));
    const newer = await issueCrl(root, { revoked: ['4711', '4712'], number: 2 });
    const updated = await client.send(new UpdateCrlCommand({ crlId: crl?.crlId, crlData: Buffer.from(newer.pem) }));
    expect(updated.crl).toMatchObject({ crlId: crl?.crlId, name: 'example list', enabled: true, trustAnchorArn: anchorArn });
    expect(Buffer.from(updated.crl?.crlData ?? []).toString()).toBe(newer.pem);
    const renamed = await client.send(new UpdateCrlCommand({ crlId: crl?.crlId, name: 'other name' }));
    expect(renamed.crl).toMatchObject({ name: 'other name' });
    expect(Buffer.from(renamed.crl?.crlData ?? []).toString()).toBe(newer.pem);
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: crl?.crlArn }));
    expect(tags).toEqual([{ key: 'list', value: 'a' }]);
  });

  test('keeps its trust anchor when it is updated, because the API has no way to change it', async () => {
    const api = new ManagementApi(model);
    const imported = JSON.parse(post(api, '/crls', importBody()).body) as { crl: { crlId: string } };
    const answer = api.handle({
      method: 'PATCH', path: `/crl/${imported.crl.crlId}`, body: JSON.stringify({ name: 'b', trustAnchorArn: anchorArn.replace(/.{4}$/, 'beef') }),
    });
    expect(JSON.parse(answer.body)).toMatchObject({ crl: { name: 'b', trustAnchorArn: anchorArn } });
  });

  test('is enabled, disabled and deleted', async () => {
    const { client } = await start();
    const { crl } = await client.send(new ImportCrlCommand(importInput()));
    const id = { crlId: crl?.crlId };
    expect((await client.send(new EnableCrlCommand(id))).crl?.enabled).toBe(true);
    expect((await client.send(new EnableCrlCommand(id))).crl?.enabled).toBe(true);
    expect((await client.send(new DisableCrlCommand(id))).crl?.enabled).toBe(false);
    expect((await client.send(new DeleteCrlCommand(id))).crl?.crlId).toBe(crl?.crlId);
    expect((await client.send(new ListCrlsCommand({}))).crls).toEqual([]);
    for (const command of [new GetCrlCommand(id), new EnableCrlCommand(id), new DisableCrlCommand(id), new DeleteCrlCommand(id)]) {
      expect(await refusal(client.send(command as GetCrlCommand))).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
    }
    expect(await refusal(client.send(new UpdateCrlCommand({ ...id, name: 'x' })))).toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('of a template is there from the beginning, under the id that Ref gives', async () => {
    const withCrl = testSimulator({
      anchorPem: root.pem,
      more: ({ stack, anchor }) => new rolesanywhere.CfnCRL(stack, 'Crl', { name: 'static', crlData: crlPem, trustAnchorArn: anchor.attrTrustAnchorArn }),
    });
    const { client } = await start({}, withCrl.model);
    const { crls } = await client.send(new ListCrlsCommand({}));
    expect(crls).toHaveLength(1);
    expect(crls?.[0]).toMatchObject({ crlId: withCrl.model.crls[0].id, name: 'static', enabled: false, trustAnchorArn: anchorArn });
    expect(Buffer.from(crls?.[0].crlData ?? []).toString()).toBe(crlPem);
  });

  test('can be the third one of a trust anchor only after another one is deleted, whether those are enabled or not', async () => {
    const { client } = await start();
    const first = await client.send(new ImportCrlCommand(importInput({ enabled: true })));
    await client.send(new ImportCrlCommand(importInput()));
    const full = await refusal(client.send(new ImportCrlCommand(importInput())));
    expect(full).toMatchObject({ name: 'ValidationException', status: 400 });
    expect(full.message).toContain('has 2 CRLs already, which is the quota (simulated');
    expect((await client.send(new ListCrlsCommand({}))).crls).toHaveLength(2);
    await client.send(new DeleteCrlCommand({ crlId: first.crl?.crlId }));
    expect((await client.send(new ImportCrlCommand(importInput()))).crl?.name).toBe('example list');
  });

  test('of 300,000 bytes is taken, and one of 300,001 is not', async () => {
    const { client } = await start();
    const largest = pemOfLength(crlPem, 300_000);
    const { crl } = await client.send(new ImportCrlCommand(importInput({ crlData: largest })));
    expect(Buffer.from(crl?.crlData ?? []).equals(largest)).toBe(true);
    const tooLarge = { crlData: pemOfLength(crlPem, 300_001) };
    const message = "'crlData' must have 1 to 300000 bytes, and it has 300001";
    expect(await refusal(client.send(new ImportCrlCommand(importInput(tooLarge))))).toEqual({ name: 'ValidationException', status: 400, message });
    expect(await refusal(client.send(new UpdateCrlCommand({ crlId: crl?.crlId, ...tooLarge })))).toMatchObject({ message });
    expect(await refusal(client.send(new ImportCrlCommand(importInput({ crlData: new Uint8Array() }))))).toMatchObject({ name: 'ValidationException' });
  });

  test('of several thousand entries is taken', async () => {
    const { client } = await start();
    const der = signCrl(root, { revokedCertificates: manyEntries(5_000) });
    const pem = `-----BEGIN X509 CRL-----\n${Buffer.from(der).toString('base64').replace(/.{1,64}/g, '$&\n')}-----END X509 CRL-----\n`;
    const { crl } = await client.send(new ImportCrlCommand(importInput({ crlData: Buffer.from(pem) })));
    expect(crl?.crlData).toHaveLength(pem.length);
  });

  test.each<[string, () => Uint8Array | Promise<Uint8Array>, string]>([
    ['DER', async () => (await issueCrl(root)).der, 'must be PEM, and it is DER'],
    ['a web page', () => Buffer.from('<html><body>moved</body></html>'), 'PEM_NO_BLOCK'],
    ['a certificate', () => Buffer.from(root.pem), 'labelled "X509 CRL", and it is labelled "CERTIFICATE"'],
    ['labelled as OpenSSL does not read it', () => Buffer.from(crlPem.replaceAll('X509 CRL', 'CRL')), 'OpenSSL does not read "CRL" either'],
    ['two lists in one', () => Buffer.from(crlPem + crlPem), 'it has 2 PEM blocks'],
    ['cut off', () => Buffer.from(crlPem.slice(0, 200)), 'PEM_UNTERMINATED'],
    ['PEM of something else', () => Buffer.from('-----BEGIN X509 CRL-----\nMAMCAQE=\n-----END X509 CRL-----\n'), 'DER_UNEXPECTED_TAG'],
  ])('is refused when it is %s', async (_what, crlData, message) => {
    const { client } = await start();
    const answer = await refusal(client.send(new ImportCrlCommand(importInput({ crlData: await crlData() }))));
    expect(answer).toMatchObject({ name: 'ValidationException', status: 400 });
    expect(answer.message).toContain(message);
    expect((await client.send(new ListCrlsCommand({}))).crls).toEqual([]);
  });

  test('of another CA is imported all the same, since nothing says that the service looks', async () => {
    const stranger = await createRootCa('CN=Somebody Else');
    const { client } = await start();
    const { crl } = await client.send(new ImportCrlCommand(importInput({ crlData: Buffer.from((await issueCrl(stranger)).pem) })));
    expect(crl?.crlId).toMatch(UUID);
  });

  test.each<[string, Partial<ImportCrlCommandInput>, string]>([
    ['no name', { name: undefined }, "'name' is required"],
    ['an empty name', { name: '' }, "'name' must be a text of 1 to 255 characters"],
    ['a name that is too long', { name: 'x'.repeat(256) }, "'name' must be a text of 1 to 255 characters"],
    ['a host name for a name', { name: 'pki.example.com' }, "'name' must consist of letters"],
    ['no trust anchor', { trustAnchorArn: undefined }, "'trustAnchorArn' is required"],
    ['the ARN of something else', { trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:profile/x' }, 'must be the ARN of a trust anchor'],
    ['a trust anchor that is not there', { trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:trust-anchor/x' }, 'There is no trust anchor'],
  ])('is refused with %s', async (_what, changes, message) => {
    const { client } = await start();
    const answer = await refusal(client.send(new ImportCrlCommand(importInput(changes))));
    expect(answer).toMatchObject({ name: 'ValidationException', status: 400 });
    expect(answer.message).toContain(message);
  });
});

/** The body of ImportCrl as it goes over the wire. */
function importBody(): Record<string, unknown> {
  return { name: 'example list', crlData: Buffer.from(crlPem).toString('base64'), trustAnchorArn: anchorArn };
}

function post(api: ManagementApi, path: string, body: unknown) {
  return api.handle({ method: 'POST', path, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

describe('a request that no SDK would send is refused', () => {
  test.each<[string, unknown, string]>([
    ['a body that is not JSON', '{', 'The body must be a JSON object'],
    ['no body', '', 'The body must be a JSON object'],
    ['a list for a body', [], 'The body must be a JSON object'],
    ['data that is not base64', { crlData: 'LS0t*' }, "'crlData' must be base64"],
    ['data that is a number', { crlData: 1 }, "'crlData' must be base64"],
    ['a flag that is a text', { enabled: 'true' }, "'enabled' must be true or false"],
    ['tags that are an object', { tags: {} }, "'tags' must be a list"],
    ['a tag that is null', { tags: [null] }, "'key' must be a text"],
  ])('%s', (_what, changes, message) => {
    const api = new ManagementApi(model);
    const body = typeof changes === 'object' && !Array.isArray(changes) ? { ...importBody(), ...changes } : changes;
    const answer = post(api, '/crls', body);
    expect(answer.status).toBe(400);
    expect(answer.headers['X-Amzn-ErrorType']).toBe('ValidationException');
    expect((JSON.parse(answer.body) as { message: string }).message).toContain(message);
    expect(api.state.crls.all()).toEqual([]);
  });

  test('a member that is null counts as absent', () => {
    const api = new ManagementApi(model);
    expect(post(api, '/crls', { ...importBody(), enabled: null, tags: null }).status).toBe(201);
  });
});

describe('lists of resources', () => {
  test('come in pages that the paginators of the SDK follow', async () => {
    const larger = testSimulator({
      anchorPem: root.pem,
      more: ({ stack }) => {
        for (let i = 0; i < 12; i++) {
          new rolesanywhere.CfnTrustAnchor(stack, `More${i}`, {
            name: `more-${i}`, enabled: true, source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: root.pem } },
          });
        }
      },
    });
    const { api, client } = await start({ defaultPageSize: 5 }, larger.model);
    for (const { arn } of larger.model.trustAnchors) {
      await client.send(new ImportCrlCommand(importInput({ trustAnchorArn: arn })));
    }
    const anchors: (string | undefined)[] = [];
    for await (const { trustAnchors = [] } of paginateListTrustAnchors({ client }, {})) {
      expect(trustAnchors.length).toBeLessThanOrEqual(5);
      anchors.push(...trustAnchors.map(({ trustAnchorArn }) => trustAnchorArn));
    }
    expect(anchors).toEqual(larger.model.trustAnchors.map(({ arn }) => arn));
    const sizes: number[] = [];
    for await (const { crls = [] } of paginateListCrls({ client }, {})) {
      sizes.push(crls.length);
    }
    expect(sizes).toEqual([5, 5, 3]);
    expect(api.calls).toMatchObject({ ListTrustAnchors: 3, ListCrls: 3, ImportCrl: 13 });
  });

  test('do not skip anything when something on an earlier page is deleted meanwhile', async () => {
    const { client } = await start();
    const first = await client.send(new ImportCrlCommand(importInput({ name: 'first' })));
    await client.send(new ImportCrlCommand(importInput({ name: 'second' })));
    const page = await client.send(new ListCrlsCommand({ pageSize: 1 }));
    expect(page.crls?.map(({ name }) => name)).toEqual(['first']);
    await client.send(new DeleteCrlCommand({ crlId: first.crl?.crlId }));
    const next = await client.send(new ListCrlsCommand({ pageSize: 1, nextToken: page.nextToken }));
    expect(next.crls?.map(({ name }) => name)).toEqual(['second']);
    expect(next.nextToken).toBeUndefined();
  });

  test('refuse a page size that is none and a token of another list', async () => {
    const { api, client } = await start();
    await client.send(new ImportCrlCommand(importInput()));
    await client.send(new ImportCrlCommand(importInput()));
    const { nextToken } = await client.send(new ListCrlsCommand({ pageSize: 1 }));
    expect(nextToken).toEqual(expect.any(String));
    expect(await refusal(client.send(new ListProfilesCommand({ nextToken })))).toMatchObject({ name: 'ValidationException', status: 400 });
    expect(await refusal(client.send(new ListCrlsCommand({ nextToken: 'garbage' })))).toMatchObject({ name: 'ValidationException' });
    for (const pageSize of ['0', '-1', 'x', '1.5', '']) {
      expect(api.handle({ method: 'GET', path: '/crls', query: `pageSize=${pageSize}` }).status).toBe(400);
    }
  });
});

describe('trust anchors and profiles', () => {
  test('show what the template states', async () => {
    const { client } = await start();
    const [{ id, arn }] = model.trustAnchors;
    const { trustAnchor } = await client.send(new GetTrustAnchorCommand({ trustAnchorId: id }));
    expect(trustAnchor).toMatchObject({
      trustAnchorId: id,
      trustAnchorArn: arn,
      name: 'example-root',
      enabled: true,
      source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: root.pem } },
    });
    expect(trustAnchor?.createdAt).toBeInstanceOf(Date);
    const [profile] = model.profiles;
    const got = await client.send(new GetProfileCommand({ profileId: profile.id }));
    expect(got.profile).toMatchObject({ profileArn: profile.arn, name: 'hosts', enabled: true, roleArns: profile.roleArns, durationSeconds: 3600 });
    expect((await client.send(new ListProfilesCommand({}))).profiles).toEqual([got.profile]);
    expect((await client.send(new ListTrustAnchorsCommand({}))).trustAnchors).toEqual([trustAnchor]);
  });

  test('of a private CA show its ARN', async () => {
    const acmPcaArn = `arn:aws:acm-pca:${REGION}:${ACCOUNT}:certificate-authority/12345678-1234-1234-1234-123456789012`;
    const { model: privateCa } = testSimulator({ anchorPem: root.pem, anchor: { source: { sourceType: 'AWS_ACM_PCA', sourceData: { acmPcaArn } } } });
    const { client } = await start({}, privateCa);
    const { trustAnchor } = await client.send(new GetTrustAnchorCommand({ trustAnchorId: privateCa.trustAnchors[0].id }));
    expect(trustAnchor?.source).toEqual({ sourceType: 'AWS_ACM_PCA', sourceData: { acmPcaArn } });
  });

  test('are switched off and on', async () => {
    const { client } = await start();
    const [trustAnchorId, profileId] = [model.trustAnchors[0].id, model.profiles[0].id];
    expect((await client.send(new DisableTrustAnchorCommand({ trustAnchorId }))).trustAnchor).toMatchObject({ trustAnchorId, enabled: false });
    expect((await client.send(new DisableProfileCommand({ profileId }))).profile).toMatchObject({ profileId, enabled: false });
    expect((await client.send(new GetTrustAnchorCommand({ trustAnchorId }))).trustAnchor?.enabled).toBe(false);
    expect((await client.send(new EnableTrustAnchorCommand({ trustAnchorId }))).trustAnchor?.enabled).toBe(true);
    expect((await client.send(new EnableProfileCommand({ profileId }))).profile?.enabled).toBe(true);
  });

  test('that are not there are not found', async () => {
    const { client } = await start();
    const unknown = '00000000-0000-4000-8000-000000000000';
    for (const command of [new GetTrustAnchorCommand({ trustAnchorId: unknown }), new DisableTrustAnchorCommand({ trustAnchorId: unknown })]) {
      expect(await refusal(client.send(command as GetTrustAnchorCommand))).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
    }
    expect(await refusal(client.send(new GetProfileCommand({ profileId: '../crls' })))).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
  });

  test('cannot be changed otherwise, and the answer says why', async () => {
    const { api, client } = await start();
    const answer = await refusal(client.send(new UpdateTrustAnchorCommand({ trustAnchorId: model.trustAnchors[0].id, name: 'other' })));
    expect(answer).toMatchObject({ name: 'UnknownOperationException', status: 404 });
    expect(answer.message).toContain('UpdateTrustAnchor is not supported by the simulator');
    expect(api.calls).toEqual({ UpdateTrustAnchor: 1 });
  });

  test('of another region are not there for a call that is signed for this one', async () => {
    const client = await serve(new ManagementApi(model), 'us-west-2');
    expect((await client.send(new ListTrustAnchorsCommand({}))).trustAnchors).toEqual([]);
    const answer = await refusal(client.send(new GetTrustAnchorCommand({ trustAnchorId: model.trustAnchors[0].id })));
    expect(answer).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
    expect(answer.message).toContain(`it is in ${REGION}, and the call is signed for another region`);
    expect(await refusal(client.send(new ImportCrlCommand(importInput())))).toMatchObject({ name: 'ValidationException' });
    expect(await refusal(client.send(new ListTagsForResourceCommand({ resourceArn: anchorArn })))).toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('tags', () => {
  const many = (count: number, prefix = 'key') => Array.from({ length: count }, (_, i) => ({ key: `${prefix}-${i}`, value: '' }));

  test('are given at import, added, replaced and removed', async () => {
    const { client } = await start();
    const { crl } = await client.send(new ImportCrlCommand(importInput({ tags: [{ key: 'cdk-roles-anywhere:list', value: 'root' }] })));
    const resourceArn = crl?.crlArn;
    const tagging = await client.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'b', value: '2' }, { key: 'c', value: '3' }] }));
    expect(tagging.$metadata.httpStatusCode).toBe(201);
    await client.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'b', value: '' }] }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['c', 'never was'] }));
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ key: 'cdk-roles-anywhere:list', value: 'root' }, { key: 'b', value: '' }]);
  });

  test('belong to trust anchors and profiles too', async () => {
    const { client } = await start();
    for (const resourceArn of [anchorArn, model.profiles[0].arn]) {
      await client.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'stage', value: 'test' }] }));
      expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([{ key: 'stage', value: 'test' }]);
    }
  });

  test('are 200 at most', async () => {
    const { client } = await start();
    const { crl } = await client.send(new ImportCrlCommand(importInput({ tags: many(199) })));
    const resourceArn = crl?.crlArn;
    await client.send(new TagResourceCommand({ resourceArn, tags: many(1, 'last') }));
    expect(await refusal(client.send(new TagResourceCommand({ resourceArn, tags: many(1, 'more') })))).toMatchObject({ name: 'TooManyTagsException', status: 400 });
    expect(await refusal(client.send(new TagResourceCommand({ resourceArn, tags: many(201) })))).toMatchObject({ name: 'TooManyTagsException', status: 400 });
    await client.send(new TagResourceCommand({ resourceArn, tags: many(1) }));
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toHaveLength(200);
    expect(await refusal(client.send(new ImportCrlCommand(importInput({ tags: many(201) }))))).toMatchObject({ name: 'ValidationException', status: 400 });
  });

  test.each<[string, { key: string; value: string }[]]>([
    ['an empty key', [{ key: '', value: 'v' }]],
    ['a key that is too long', [{ key: 'k'.repeat(129), value: 'v' }]],
    ['a value that is too long', [{ key: 'k', value: 'v'.repeat(257) }]],
    ['characters that tags do not have', [{ key: 'k', value: 'a&b' }]],
    ['a key of AWS itself', [{ key: 'aws:cloudformation:stack-name', value: 'v' }]],
    ['a key twice', [{ key: 'k', value: '1' }, { key: 'k', value: '2' }]],
  ])('are refused with %s', async (_what, tags) => {
    const { client } = await start();
    expect(await refusal(client.send(new ImportCrlCommand(importInput({ tags }))))).toMatchObject({ name: 'ValidationException', status: 400 });
    expect(await refusal(client.send(new TagResourceCommand({ resourceArn: anchorArn, tags })))).toMatchObject({ name: 'ValidationException' });
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn: anchorArn }))).tags).toEqual([]);
  });

  test('of what is not there are not found', async () => {
    const { client } = await start();
    const { crl } = await client.send(new ImportCrlCommand(importInput()));
    await client.send(new DeleteCrlCommand({ crlId: crl?.crlId }));
    const resourceArn = crl?.crlArn;
    for (const call of [
      client.send(new ListTagsForResourceCommand({ resourceArn })),
      client.send(new TagResourceCommand({ resourceArn, tags: [] })),
      client.send(new UntagResourceCommand({ resourceArn, tagKeys: [] })),
    ]) {
      expect(await refusal(call)).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
    }
  });
});

describe('throttling', () => {
  test('is off unless asked for', async () => {
    const { client } = await start();
    await Promise.all(Array.from({ length: 5 }, () => client.send(new ListCrlsCommand({}))));
  });

  test('lets one request of a kind through a second, and does not mix the kinds', () => {
    let now = Date.parse('2026-03-01T10:00:00Z');
    const api = new ManagementApi(model, { throttle: true, clock: () => new Date(now) });
    const get = (path: string, query = '') => api.handle({ method: 'GET', path, query }).status;
    expect(get('/crls')).toBe(200);
    expect(post(api, '/crls', importBody())).toMatchObject({ status: 429, headers: { 'X-Amzn-ErrorType': 'ThrottlingException' } });
    expect([get('/trustanchors'), get('/profiles'), get('/ListTagsForResource', `resourceArn=${anchorArn}`)]).toEqual([200, 200, 200]);
    now += 999;
    expect(get('/crls')).toBe(429);
    now += 1;
    expect(get('/crls')).toBe(200);
    expect(api.calls).toEqual({ ListCrls: 3, ImportCrl: 1, ListTrustAnchors: 1, ListProfiles: 1, ListTagsForResource: 1 });
    expect(api.state.crls.all()).toEqual([]);
  });

  test('is an error that the SDK knows by its name', async () => {
    const now = new Date();
    const { client } = await start({ throttle: true, clock: () => now });
    await client.send(new ListCrlsCommand({}));
    expect(await refusal(client.send(new ListCrlsCommand({})))).toEqual({
      name: 'ThrottlingException', status: 429, message: 'Rate exceeded: one CRL request a second',
    });
  });

  test('is survived by the back-off of the SDK', async () => {
    const api = new ManagementApi(model, { throttle: true });
    server = await serveManagementApi(api);
    const client = managementClient(server.url, { maxAttempts: 8 });
    await client.send(new ListCrlsCommand({}));
    const { crl } = await client.send(new ImportCrlCommand(importInput()));
    expect(crl?.crlId).toMatch(UUID);
    expect(api.calls.ImportCrl).toBeGreaterThan(1);
    expect(api.state.crls.all()).toHaveLength(1);
  }, 20_000);
});

describe('paths', () => {
  test.each([
    ['POST', '/crls', true],
    ['PATCH', '/crl/abc', true],
    ['POST', '/crl/abc/enable', true],
    ['GET', '/subjects', true],
    ['PUT', '/crls', false],
    ['GET', '/crl/', false],
    ['GET', '/crl/abc/enable', false],
    ['GET', '/crl/abc/def/ghi', false],
    ['POST', '/sessions', false],
    ['POST', '/', false],
    ['GET', '/constructor', false],
  ])('%s %s: %s', (method, path, expected) => {
    expect(isManagementRequest(method, path)).toBe(expected);
    const api = new ManagementApi(model);
    const { body } = api.handle({ method, path });
    expect((JSON.parse(body) as { message?: string }).message === `There is no operation ${method} ${path}`).toBe(!expected);
    expect(Object.keys(api.calls)).toHaveLength(expected ? 1 : 0);
  });

  test('with a broken escape are an unknown id', () => {
    expect(new ManagementApi(model).handle({ method: 'GET', path: '/crl/%zz' }).status).toBe(404);
  });
});
