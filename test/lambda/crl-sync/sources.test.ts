import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { createServer } from 'http';
import { createServer as createTlsServer } from 'https';
import { AddressInfo, Server } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { BundledFunction, lineOf, metricsOf, SCHEDULE } from './bundled-function';
import { trustAnchor, World } from './world';
import { projectRoot } from '../../../scripts/project';
import { createRootCa, Issued, issueCrl, issueHost } from '../../support/pki';
import { describeUnless } from '../../support/runtimes';

const ANCHOR = '11111111-2222-3333-4444-555555555555';
const CA_ARN = 'arn:aws:acm-pca:eu-west-2:111122223333:certificate-authority/22222222-3333-4444-5555-666666666666';

const lambda = new BundledFunction();
const folder = mkdtempSync(join(tmpdir(), 'crl-sync-sources-'));
const servers: Server[] = [];
let ca: Issued;
let world: World;

beforeAll(async () => {
  await lambda.build();
  ca = await createRootCa('CN=Example Root');
});
beforeEach(async () => {
  world = await World.start([trustAnchor(ANCHOR, { certificatePem: ca.pem })]);
});
afterEach(async () => {
  await lambda.stopAll();
  await world.stop();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});
afterAll(async () => {
  await lambda.cleanUp();
  rmSync(folder, { recursive: true, force: true });
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('a warm function', () => {
  const warm = (more: object = {}) => lambda.start(world.environment([world.list('root', '/root.crl', more)]));
  /** Statuses with which the distribution point answered. */
  const statuses: number[] = [];

  function publishRecorded(pem: string, headers: Record<string, string>, isSame: (given: NodeJS.Dict<string | string[]>) => boolean): void {
    world.pages.set('/root.crl', (request, response) => {
      const status = isSame(request.headers) ? 304 : 200;
      statuses.push(status);
      response.writeHead(status, headers).end(status === 200 ? pem : undefined);
    });
  }

  beforeEach(() => { statuses.length = 0; });

  test('asks by the ETag of last time, and takes 304 for unchanged', async () => {
    publishRecorded((await issueCrl(ca)).pem, { ETag: '"v1"' }, (given) => given['if-none-match'] === '"v1"');
    const running = warm();
    expect((await running.invoke(SCHEDULE)).result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    world.takeWrites();
    const second = await running.invoke(SCHEDULE);
    expect(second.result.lists).toEqual([{ id: 'root', outcome: 'unchanged' }]);
    expect([statuses, world.takeWrites()]).toEqual([[200, 304], []]);
    expect(metricsOf(second, 'root').values).toMatchObject({ SyncSuccess: 1, CrlAgeSeconds: expect.any(Number), HoursToNextUpdate: expect.any(Number) });
  });

  test('asks by the date of last time where there is no ETag', async () => {
    const date = 'Wed, 21 Oct 2015 07:28:00 GMT';
    publishRecorded((await issueCrl(ca)).pem, { 'Last-Modified': date }, (given) => given['if-modified-since'] === date);
    const running = warm();
    await running.invoke(SCHEDULE);
    expect((await running.invoke(SCHEDULE)).result.lists).toEqual([{ id: 'root', outcome: 'unchanged' }]);
    expect(statuses).toEqual([200, 304]);
  });

  test('a cold one asks for the bytes, however often another process has had them', async () => {
    publishRecorded((await issueCrl(ca)).pem, { ETag: '"v1"' }, (given) => given['if-none-match'] !== undefined);
    await warm().invoke(SCHEDULE);
    await warm().invoke(SCHEDULE);
    expect(statuses).toEqual([200, 200]);
  });

  test('does not ask by what it has refused', async () => {
    world.publish('/root.crl', (await issueCrl(ca)).pem);
    const running = warm();
    await running.invoke(SCHEDULE);
    publishRecorded('<html></html>', { ETag: '"html"' }, (given) => given['if-none-match'] === '"html"');
    expect((await running.invoke(SCHEDULE)).error!.errorMessage).toContain('PEM_NO_BLOCK');
    expect((await running.invoke(SCHEDULE)).error!.errorMessage).toContain('PEM_NO_BLOCK');
    expect(statuses).toEqual([200, 200]);
  });

  test('does not ask by a list that somebody has replaced in the service', async () => {
    const { pem } = await issueCrl(ca, { number: 2 });
    publishRecorded(pem, { ETag: '"v2"' }, (given) => given['if-none-match'] === '"v2"');
    const running = warm();
    await running.invoke(SCHEDULE);
    const { crls } = world.management.state;
    crls.change(crls.all()[0], { crlData: Buffer.from((await issueCrl(ca, { number: 1 })).pem) }, new Date());
    expect((await running.invoke(SCHEDULE)).result.lists).toEqual([{ id: 'root', outcome: 'updated' }]);
    expect([statuses, world.lists()[0].pem]).toEqual([[200, 200], pem]);
  });

  test('a list that is still the same is refused once it has expired', async () => {
    const nextUpdate = new Date(Math.ceil(Date.now() / 1000) * 1000 + 4000);
    publishRecorded((await issueCrl(ca, { nextUpdate })).pem, { ETag: '"v1"' }, (given) => given['if-none-match'] === '"v1"');
    const running = warm();
    await running.invoke(SCHEDULE);
    await new Promise((resolve) => setTimeout(resolve, nextUpdate.getTime() - Date.now() + 50));
    const invocation = await running.invoke(SCHEDULE);
    expect(statuses).toEqual([200, 304]);
    expect(lineOf(invocation, 'root')).toMatchObject({ outcome: 'refused', reason: 'CRL_EXPIRED' });
    expect(metricsOf(invocation, 'root').values.HoursToNextUpdate).toBeLessThan(0);
    expect(world.lists()).toHaveLength(1);
  });

  test.each([['nothing is imported', false], ['a list is imported', true]])('304 to a question that did not ask for it is a failure: %s', async (_, isImported) => {
    if (isImported) {
      world.publish('/root.crl', (await issueCrl(ca)).pem);
      await warm().invoke(SCHEDULE);
    }
    world.pages.set('/root.crl', (__, response) => response.writeHead(304).end());
    expect((await warm().invoke(SCHEDULE)).error!.errorMessage).toMatch(/FETCH_FAILED: .* has not changed \(status 304\), which was not asked/);
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%d is followed, to a relative place too, and no credentials are sent', async (status) => {
    world.publish('/list.crl', (await issueCrl(ca)).pem);
    const seen: NodeJS.Dict<string | string[]>[] = [];
    world.pages.set('/root.crl', ({ headers }, response) => {
      seen.push(headers);
      response.writeHead(status, { Location: 'list.crl' }).end();
    });
    const { result } = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    expect(seen.map(({ authorization, cookie }) => [authorization, cookie])).toEqual([[undefined, undefined]]);
  });

  test.each([[5, 'imported'], [6, undefined]])('%d of them are followed: %s', async (count, outcome) => {
    world.publish('/0.crl', (await issueCrl(ca)).pem);
    for (let i = 1; i <= count; i++) {
      world.pages.set(`/${i}.crl`, (_, response) => response.writeHead(302, { Location: `/${i - 1}.crl` }).end());
    }
    const { result, error } = await lambda.run(world, [world.list('root', `/${count}.crl`)]);
    expect(result?.lists[0].outcome).toBe(outcome);
    expect(error?.errorMessage ?? 'FETCH_REDIRECTS').toContain('FETCH_REDIRECTS');
  });
});

describe('places that cannot be reached', () => {
  test.each([
    ['nobody listens', 'http://127.0.0.1:1/root.crl', 'ECONNREFUSED'],
    ['the name does not exist', 'http://pki.example.invalid/root.crl', /ENOTFOUND|EAI_AGAIN/],
  ])('%s: the failure names the place and the reason', async (_, url, reason) => {
    const { error } = await lambda.run(world, [{ id: 'root', name: 'root', source: { type: 'url', urls: [url] } }]);
    expect(error!.errorMessage).toContain(`root: FETCH_FAILED: ${url} could not be fetched: `);
    expect(error!.errorMessage).toMatch(reason);
  });
});

describe('https', () => {
  test('a distribution point is believed only with a certificate that this machine trusts', async () => {
    const web = await createRootCa('CN=Web Root');
    const site = await issueHost(web, 'CN=127.0.0.1', { subjectAltName: [{ type: 'ip', value: '127.0.0.1' }] });
    const { der } = await issueCrl(ca);
    const port = await listen(createTlsServer({ key: site.keyPem, cert: site.pem }, (_, response) => response.end(der)));
    const lists = [{ id: 'root', name: 'root', source: { type: 'url', urls: [`https://127.0.0.1:${port}/root.crl`] } }];
    const { error } = await lambda.run(world, lists);
    expect(error!.errorMessage).toMatch(/FETCH_FAILED: .*UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
    writeFileSync(join(folder, 'web.pem'), web.pem);
    const trusting = lambda.start({ ...world.environment(lists), NODE_EXTRA_CA_CERTS: join(folder, 'web.pem') });
    expect((await trusting.invoke(SCHEDULE)).result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
  });
});

describe('a list in S3', () => {
  const list = { id: 'ca', name: 'ca', source: { type: 's3', bucket: 'lists', key: 'crl/ca of example.crl' } };
  const KEY = 'lists/crl/ca of example.crl';

  test('is had by GetObject, and asked for by its ETag while the function is warm', async () => {
    world.objects.set(KEY, (await issueCrl(ca, { number: 1 })).der);
    const running = lambda.start(world.environment([list]));
    const outcomes = [await running.invoke(SCHEDULE), await running.invoke(SCHEDULE)];
    world.objects.set(KEY, (await issueCrl(ca, { number: 2 })).der);
    outcomes.push(await running.invoke(SCHEDULE));
    expect(outcomes.map(({ result }) => result.lists[0].outcome)).toEqual(['imported', 'unchanged', 'updated']);
    expect(world.fetched).toEqual([`GET s3://${KEY}`, `GET s3://${KEY}`, `GET s3://${KEY}`]);
  });

  test('that is not there fails with its place', async () => {
    const invocation = await lambda.run(world, [list]);
    expect(lineOf(invocation, 'ca')).toMatchObject({
      outcome: 'failed', reason: 'FETCH_NOT_FOUND', message: 's3://lists/crl/ca of example.crl is not there',
    });
  });

  test.each([
    [403, 'AccessDenied', /FETCH_FAILED: s3:.* AccessDenied: simulated; the role of this function needs s3:GetObject on it, and s3:ListBucket on the bucket/],
    [404, 'NoSuchBucket', /FETCH_FAILED: s3:.* NoSuchBucket: simulated/],
  ])('an answer of %d %s is reported with what to do', async (status, code, message) => {
    const port = await listen(createServer((_, response) => {
      response.writeHead(status, { 'Content-Type': 'application/xml' }).end(`<Error><Code>${code}</Code><Message>simulated</Message></Error>`);
    }));
    const running = lambda.start({ ...world.environment([list]), AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    expect((await running.invoke(SCHEDULE)).error!.errorMessage).toMatch(message);
  });

  test.each([
    ['does not come', () => undefined],
    ['stops in the middle', (response: { write(text: string): void }) => response.write('-----BEGIN')],
  ])('that %s in time is given up', async (_, answer) => {
    const server = createServer((__, response) => { answer(response); });
    const port = await listen(server);
    const running = lambda.start({ ...world.environment([{ ...list, timeoutSeconds: 1 }]), AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    expect((await running.invoke(SCHEDULE)).error!.errorMessage).toContain('FETCH_TIMEOUT: s3://lists/crl/ca of example.crl did not answer completely');
    server.closeAllConnections();
  });

  test('of more than 10 MB is not read', async () => {
    world.objects.set(KEY, new Uint8Array(10_485_761));
    expect((await lambda.run(world, [list])).error!.errorMessage).toContain('FETCH_TOO_LARGE: s3://lists/crl/ca of example.crl is larger than 10 MB');
  });
});

describe('a trust anchor whose source is AWS Private CA', () => {
  beforeEach(async () => {
    await world.stop();
    world = await World.start([trustAnchor(ANCHOR, { acmPcaArn: CA_ARN })]);
    world.publish('/root.crl', (await issueCrl(ca)).pem);
  });

  test.each([
    ['none', undefined, 'a certificate bundle'],
    ['another one', CA_ARN.replace(/2{8}/, '33333333'), CA_ARN.replace(/2{8}/, '33333333')],
  ])('is not followed to a CA that the function was not deployed for: %s', async (_, certificateAuthorityArn, deployedFor) => {
    const { error } = await lambda.run(world, [world.list('root', '/root.crl')], SCHEDULE, { certificateAuthorityArn });
    expect(error!.errorMessage).toContain(`root: ANCHOR_SOURCE: the source of ${world.trustAnchorArn} is ${CA_ARN}, and this function was deployed for ${deployedFor}`);
    expect(world.lists()).toEqual([]);
  });

  const clientMissing = existsSync(join(projectRoot, 'node_modules', '@aws-sdk', 'client-acm-pca')) ? undefined : '@aws-sdk/client-acm-pca is not installed';
  describeUnless(clientMissing, 'with its client', () => {
    async function run(status: number, answer: object) {
      const asked: unknown[] = [];
      const port = await listen(createServer((request, response) => {
        request.on('data', (chunk: Buffer) => asked.push([request.headers['x-amz-target'], JSON.parse(chunk.toString())]));
        request.on('end', () => response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer)));
      }));
      const environment = world.environment([world.list('root', '/root.crl')], { certificateAuthorityArn: CA_ARN });
      const invocation = await lambda.start({ ...environment, AWS_ENDPOINT_URL_ACM_PCA: `http://127.0.0.1:${port}` }).invoke(SCHEDULE);
      return { asked, invocation };
    }

    test('lists are verified with the certificate that the CA has now', async () => {
      const { asked, invocation } = await run(200, { Certificate: ca.pem });
      expect(asked).toEqual([['ACMPrivateCA.GetCertificateAuthorityCertificate', { CertificateAuthorityArn: CA_ARN }]]);
      expect(invocation.result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    });

    test('the list of another CA is refused', async () => {
      const { invocation } = await run(200, { Certificate: (await createRootCa('CN=Other')).pem });
      expect(lineOf(invocation, 'root')).toMatchObject({ outcome: 'refused', reason: 'CRL_ISSUER_UNKNOWN' });
    });

    test('a CA that has no certificate yet fails with its ARN', async () => {
      const { invocation } = await run(400, { __type: 'RequestInProgressException', message: 'simulated' });
      expect(invocation.error!.errorMessage)
        .toContain(`SERVICE_ERROR: acm-pca GetCertificateAuthorityCertificate failed for ${CA_ARN}: RequestInProgressException: simulated`);
    });
  });
});
