import { spawnSync } from 'child_process';
import { BundledFunction, lineOf, metricsOf, SCHEDULE } from './bundled-function';
import { Page, trustAnchor, World } from './world';
import { ManagementResponse } from '../../../src/simulator/management-api';
import { encodePem, readCrl } from '../../../src/x509';
import {
  authorityKeyIdentifier, crlExtensions, crlNumber, CrlParts, entriesOf, entry, manyEntries, serialOctets, signCrl, time,
} from '../../support/crl-builder';
import { createRootCa, CrlOptions, Extension, Issued, issueCa, issueCrl, issueHost } from '../../support/pki';
import { describeUnless, opensslMissing } from '../../support/runtimes';
import { extension } from '../../x509/certificate-builder';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SYNC_TAGS = (list: string) => ({ 'cdk-roles-anywhere:sync': 'Hosts-Revocation', 'cdk-roles-anywhere:list': list });

const lambda = new BundledFunction();
let ca: Issued;
let world: World;

beforeAll(async () => {
  await lambda.build();
  ca = await createRootCa('C=AU, O=Example, CN=Example Root');
});
beforeEach(async () => {
  world = await World.start([trustAnchor('11111111-2222-3333-4444-555555555555', { certificatePem: ca.pem })]);
});
afterEach(async () => {
  await lambda.stopAll();
  await world.stop();
});
afterAll(() => lambda.cleanUp());

const crl = (options: CrlOptions = {}) => issueCrl(ca, options);

/** A list of hand-made parts, made an hour ago, valid for a week. */
function builtCrl(parts: Partial<CrlParts> = {}, number = '05'): Uint8Array {
  return signCrl(ca, {
    thisUpdate: time(new Date(Date.now() - HOUR)),
    nextUpdate: time(new Date(Date.now() + 7 * DAY)),
    crlExtensions: crlExtensions(crlNumber(number)),
    ...parts,
  });
}

const pemOf = (der: Uint8Array) => encodePem('X509 CRL', der);

test('the bundle is 60 kB at most, the SDK left out', () => {
  console.log(`crl-sync bundle: ${(lambda.size / 1000).toFixed(1)} kB`);
  expect(lambda.size).toBeLessThanOrEqual(60_000);
});

describe('a list that is in order', () => {
  test('is imported the first time: enabled, and with the tags that it is found again by', async () => {
    const { pem } = await crl({ revoked: ['01', '02'] });
    world.publish('/root.crl', pem);
    const { result, log } = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(result).toEqual({ lists: [{ id: 'root', outcome: 'imported' }] });
    expect(world.lists()).toEqual([{
      id: expect.any(String), name: 'list root', enabled: true, pem, tags: SYNC_TAGS('root'), trustAnchorArn: world.trustAnchorArn,
    }]);
    expect(world.takeWrites()).toEqual(['ImportCrl']);
    expect(log[0]).toMatchObject({ level: 'INFO', event: 'list', list: 'root', outcome: 'imported', crlNumber: '1', revoked: 2, source: world.url('/root.crl') });
  });

  test('is not written again while it is the same, by a function that remembers nothing', async () => {
    world.publish('/root.crl', (await crl()).pem);
    await lambda.run(world, [world.list('root', '/root.crl')]);
    const before = world.lists();
    world.takeWrites();
    const { result } = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(result).toEqual({ lists: [{ id: 'root', outcome: 'unchanged' }] });
    expect(world.takeWrites()).toEqual([]);
    expect(world.lists()).toEqual(before);
  });

  test('import once and update afterwards: new lists go where the first one is', async () => {
    const lists = [world.list('root', '/root.crl')];
    const writes: string[][] = [];
    for (const number of [1, 2, 3, 4]) {
      world.publish('/root.crl', (await crl({ number, revoked: [`0${number}`] })).pem);
      await lambda.run(world, lists);
      writes.push(world.takeWrites());
    }
    expect(writes).toEqual([['ImportCrl'], ['UpdateCrl'], ['UpdateCrl'], ['UpdateCrl']]);
    expect(world.lists()).toHaveLength(1);
    expect(world.lists()[0]).toMatchObject({ enabled: true, tags: SYNC_TAGS('root') });
    expect(world.lists()[0].pem).toBe((await page('/root.crl')).toString());
  });

  test('DER from S3 is turned into PEM', async () => {
    const { der, pem } = await crl();
    world.objects.set('lists/crl/ca.crl', der);
    const { result } = await lambda.run(world, [{ id: 'ca', name: 'ca', source: { type: 's3', bucket: 'lists', key: 'crl/ca.crl' } }]);
    expect(result.lists).toEqual([{ id: 'ca', outcome: 'imported' }]);
    expect(world.lists()[0].pem).toBe(pem);
  });

  test('a list of 7,000 entries is read and imported', async () => {
    const list = builtCrl({ revokedCertificates: entriesOf(Array.from({ length: 7_000 }, (_, i) => entry(serialOctets(i).subarray(5, 13)))) });
    world.publish('/root.crl', list);
    const invocation = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(invocation.result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    expect(metricsOf(invocation, 'root').values.RevokedCertificates).toBe(7_000);
    expect(world.lists()[0].pem).toBe(pemOf(list));
  });

  test('a list of just 300,000 bytes of PEM is imported', async () => {
    const list = listOfPemSize((size) => size <= 300_000);
    world.publish('/root.crl', list);
    const invocation = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(invocation.result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    expect(metricsOf(invocation, 'root').values.CrlSizePercent).toBeCloseTo(100, 2);
  });

  test('of an intermediate CA is imported where the certificate of that CA leads to the trust anchor', async () => {
    const middle = await issueCa(ca, 'O=Example, CN=Middle CA');
    const issuing = await issueCa(middle, 'O=Example, CN=Issuing CA');
    world.publish('/issuing.crl', (await issueCrl(issuing)).pem);
    const list = world.list('issuing', '/issuing.crl', { issuerCertificates: issuing.pem + middle.pem });
    expect((await lambda.run(world, [list])).result.lists).toEqual([{ id: 'issuing', outcome: 'imported' }]);
  });

  test('is renamed when its name in the configuration changes', async () => {
    world.publish('/root.crl', (await crl()).pem);
    await lambda.run(world, [world.list('root', '/root.crl')]);
    const { result } = await lambda.run(world, [world.list('root', '/root.crl', { name: 'other name' })]);
    expect(result.lists).toEqual([{ id: 'root', outcome: 'updated' }]);
    expect(world.lists()).toMatchObject([{ name: 'other name', enabled: true }]);
  });
});

/** What a page of the distribution point holds. */
function page(path: string): Promise<Buffer> {
  return fetch(world.url(path)).then(async (response) => Buffer.from(await response.arrayBuffer()));
}

/** A list padded to the PEM size nearest to 300,000 that is as wanted: the largest that may be imported, or the smallest that may not. */
function listOfPemSize(isWanted: (size: number) => boolean): Uint8Array {
  const revokedCertificates = manyEntries(5_000);
  const padded = (padding: number) => builtCrl({
    revokedCertificates,
    crlExtensions: crlExtensions(crlNumber('05'), extension('1.3.6.1.4.1.55555.1', new Uint8Array(padding))),
  });
  const missing = Math.floor((300_000 - pemOf(padded(1_000)).length) * 0.73);
  // ECDSA signatures differ in length, so the neighbourhood is searched.
  const candidates = Array.from({ length: 300 }, (_, i) => padded(1_000 + missing + i - 150))
    .filter((list) => isWanted(pemOf(list).length) && Math.abs(pemOf(list).length - 300_000) <= 5);
  return candidates[0];
}

describe('PEM', () => {
  const imported = async () => {
    const { pem } = await crl({ revoked: ['01'] });
    world.publish('/root.crl', pem.replace(/X509 CRL/g, 'CRL'));
    await lambda.run(world, [world.list('root', '/root.crl')]);
    return { original: pem, pem: world.lists()[0].pem };
  };

  test('the label accepted by OpenSSL, X509 CRL, is what is imported, whichever label the source has', async () => {
    const { original, pem } = await imported();
    expect(pem).toBe(original);
    expect(pem).toMatch(/^-----BEGIN X509 CRL-----\n/);
  });

  describeUnless(opensslMissing, 'with OpenSSL', () => {
    test('OpenSSL reads what is imported', async () => {
      const { status, stdout } = spawnSync('openssl', ['crl', '-noout', '-issuer'], { input: (await imported()).pem, encoding: 'utf8' });
      expect([status, stdout]).toEqual([0, expect.stringContaining('Example Root')]);
    });
  });
});

/** What a source can have that must not be imported, and the code under which it is refused. */
const REFUSED: ReadonlyArray<readonly [what: string, code: string, make: () => Promise<Uint8Array | string>]> = [
  ['the list of another CA', 'CRL_ISSUER_UNKNOWN', async () => (await issueCrl(await createRootCa('CN=Somebody Else'), { number: 9 })).pem],
  ['the list of another CA of the same name', 'CRL_SIGNATURE_INVALID',
    async () => (await issueCrl(await createRootCa('C=AU, O=Example, CN=Example Root'), { number: 9 })).pem],
  ['a broken signature', 'CRL_SIGNATURE_INVALID', async () => flipped((await crl({ number: 9 })).der)],
  ['a list whose entries were altered', 'CRL_SIGNATURE_INVALID', async () => altered((await crl({ number: 9, revoked: ['0abc'] })).der)],
  ['a list that has expired', 'CRL_EXPIRED',
    async () => (await crl({ number: 9, thisUpdate: new Date(Date.now() - 3 * DAY), nextUpdate: new Date(Date.now() - DAY) })).pem],
  ['a list from the future', 'CRL_NOT_YET_VALID', async () => (await crl({ number: 9, thisUpdate: new Date(Date.now() + HOUR) })).pem],
  ['a roll-back to a smaller number', 'CRL_ROLLBACK', async () => (await crl({ number: 4, thisUpdate: new Date() })).pem],
  ['a roll-back to an earlier date', 'CRL_ROLLBACK', async () => builtCrl({
    thisUpdate: time(new Date(Date.now() - 2 * DAY)), crlExtensions: crlExtensions(authorityKeyIdentifier(await keyIdentifier())),
  })],
  ['other content of the same number and date', 'CRL_CONFLICT', async () => (await crl({ ...IMPORTED, revoked: [] })).pem],
  ['a delta list', 'CRL_DELTA', async () => (await crl({ number: 9, extensions: [new Extension('2.5.29.27', true, Uint8Array.from([2, 1, 5]))] })).pem],
  ['an indirect list', 'CRL_INDIRECT', async () => (await crl({ number: 9, extensions: [idp(0x84)] })).pem],
  ['a list of CA certificates only', 'CRL_CA_CERTIFICATES_ONLY', async () => (await crl({ number: 9, extensions: [idp(0x82)] })).pem],
  ['a list with an unknown critical extension', 'CRL_UNKNOWN_CRITICAL_EXTENSION',
    async () => (await crl({ number: 9, extensions: [new Extension('1.3.6.1.4.1.55555.1', true, Uint8Array.from([5, 0]))] })).pem],
  ['a list of just over 300,000 bytes of PEM', 'CRL_TOO_LARGE', async () => listOfPemSize((size) => size > 300_000)],
  ['truncated DER', 'DER_TRUNCATED', async () => (await crl({ number: 9 })).der.subarray(0, 100)],
  ['DER with something behind it', 'DER_TRAILING_BYTES', async () => Buffer.concat([(await crl({ number: 9 })).der, Buffer.from('\n')])],
  ['truncated PEM', 'PEM_UNTERMINATED', async () => (await crl({ number: 9 })).pem.slice(0, 200)],
  ['HTML instead of a list', 'PEM_NO_BLOCK', async () => '<!DOCTYPE html><html><body>Moved</body></html>'],
  ['nothing at all', 'PEM_NO_BLOCK', async () => ''],
  ['a certificate', 'PEM_UNEXPECTED_LABEL', async () => ca.pem],
  ['a certificate in DER', 'CRL_NOT_A_LIST', async () => ca.der],
  ['a private key', 'PEM_PRIVATE_KEY', async () => (await crl({ number: 9 })).pem + ca.keyPem],
  ['two lists in one file', 'SEVERAL_LISTS', async () => (await crl({ number: 9 })).pem + (await crl({ number: 10 })).pem],
];

/** The list that is imported before, in the tests of refusals and failures. */
const IMPORTED: CrlOptions = {
  number: 5, revoked: ['0badc0de'], thisUpdate: new Date(Date.now() - HOUR), nextUpdate: new Date(Date.now() + 7 * DAY),
};

async function keyIdentifier(): Promise<Uint8Array> {
  return readCrl((await crl()).der).authorityKeyIdentifier!.keyIdentifier!;
}

function idp(flag: number): Extension {
  return new Extension('2.5.29.28', true, Uint8Array.from([0x30, 3, flag, 1, 0xff]));
}

function flipped(der: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(der);
  bytes[bytes.length - 1] ^= 1;
  return bytes;
}

/** One bit of the serial number of the only entry turned. */
function altered(der: Uint8Array): Uint8Array {
  const bytes = Buffer.from(der);
  const at = bytes.indexOf(Buffer.from('0abc', 'hex'));
  bytes[at + 1] ^= 1;
  return bytes;
}

/** Imports the list of number 5, lets `spoil` change its source, runs again in the same process, and expects that nothing else changes. */
async function runAfterImport(spoil: () => Promise<void> | void, more: object = {}, remainingMs?: number) {
  world.publish('/root.crl', (await crl(IMPORTED)).pem);
  const running = lambda.start(world.environment([world.list('root', '/root.crl', more)]));
  const first = await running.invoke(SCHEDULE);
  expect(first.result).toEqual({ lists: [{ id: 'root', outcome: 'imported' }] });
  const before = world.lists();
  world.takeWrites();
  await spoil();
  const second = await running.invoke(SCHEDULE, remainingMs);
  expect(world.lists()).toEqual(before);
  expect(world.takeWrites()).toEqual([]);
  return second;
}

describe('a list that must not be imported', () => {
  test.each(REFUSED)('%s is refused (%s), and the imported list stays', async (_, code, make) => {
    const bytes = await make();
    const invocation = await runAfterImport(() => world.publish('/root.crl', bytes));
    expect(invocation.error).toMatchObject({ errorType: 'SyncError', code: 'SYNC_FAILED', errorMessage: expect.stringContaining(`root: ${code}: `) });
    expect(lineOf(invocation, 'root')).toMatchObject({ level: 'ERROR', outcome: 'refused', reason: code, crlNumber: '5', revoked: 1 });
    const { values, refused } = metricsOf(invocation, 'root');
    expect(values).toMatchObject({ SyncSuccess: 0, SyncFailure: 1, RevokedCertificates: 1, CrlAgeSeconds: expect.any(Number) });
    expect(refused).toEqual({ [code]: 1 });
  });

  test('where it is the first one, nothing is imported', async () => {
    world.publish('/root.crl', flipped((await crl()).der));
    const invocation = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(invocation.error!.errorMessage).toContain('CRL_SIGNATURE_INVALID');
    expect(world.lists()).toEqual([]);
    expect(metricsOf(invocation, 'root').values).not.toHaveProperty('CrlAgeSeconds');
  });

  test('no byte of a private key that lies in its place is written anywhere', async () => {
    const invocation = await runAfterImport(() => world.publish('/root.crl', ca.keyPem));
    const written = JSON.stringify(invocation);
    for (const line of ca.keyPem.split('\n').slice(1, -2)) {
      expect(written).not.toContain(line);
    }
  });

  test('the list of an intermediate CA is refused where its certificate does not lead to the trust anchor', async () => {
    const stranger = await createRootCa('CN=Stranger');
    const issuing = await issueCa(stranger, 'CN=Issuing CA');
    world.publish('/issuing.crl', (await issueCrl(issuing)).pem);
    const { error } = await lambda.run(world, [world.list('issuing', '/issuing.crl', { issuerCertificates: issuing.pem })]);
    expect(error!.errorMessage).toMatch(/issuing: ISSUER_NOT_TRUSTED: "CN=Issuing CA" .* no CA below the trust anchor, "CN=Example Root/);
    expect(world.lists()).toEqual([]);
  });

  test('the list that a host has signed with its own certificate is refused', async () => {
    const host = await issueHost(ca, 'CN=onprem01');
    world.publish('/issuing.crl', (await issueCrl(host)).pem);
    const { error } = await lambda.run(world, [world.list('issuing', '/issuing.crl', { issuerCertificates: host.pem })]);
    expect(error!.errorMessage).toContain('issuing: ISSUER_NOT_TRUSTED: ');
  });

  test('the certificates of the trust anchor are those of now, not those of the deployment', async () => {
    const successor = await createRootCa('CN=Successor');
    const invocation = await runAfterImport(() => {
      const { trustAnchors } = world.management.state;
      trustAnchors.change(trustAnchors.all()[0], { certificatePem: successor.pem }, new Date());
    });
    expect(lineOf(invocation, 'root')).toMatchObject({ outcome: 'refused', reason: 'CRL_ISSUER_UNKNOWN' });
  });
});

const hang: Page = () => { /* no answer at all */ };
const redirectTo = (location: string): Page => (_, response) => response.writeHead(302, { Location: location }).end();

/** What can go wrong with a source so that there is nothing to look at. */
const FAILURES: ReadonlyArray<readonly [what: string, code: string, page: Page]> = [
  ['404', 'FETCH_NOT_FOUND', (_, response) => response.writeHead(404).end()],
  ['410', 'FETCH_NOT_FOUND', (_, response) => response.writeHead(410).end()],
  ['403', 'FETCH_FAILED', (_, response) => response.writeHead(403).end()],
  ['500', 'FETCH_FAILED', (_, response) => response.writeHead(500).end('<html>oops</html>')],
  ['time-out before the headers', 'FETCH_TIMEOUT', hang],
  ['time-out within the body', 'FETCH_TIMEOUT', (_, response) => response.writeHead(200).write('-----BEGIN')],
  ['a redirect loop', 'FETCH_REDIRECTS', redirectTo('/root.crl')],
  ['a redirect to another protocol', 'FETCH_REDIRECTS', redirectTo('file:///etc/passwd')],
  ['a redirect with a user name', 'FETCH_REDIRECTS', redirectTo('http://user:password@127.0.0.1/')],
  ['a redirect to nowhere', 'FETCH_REDIRECTS', (_, response) => response.writeHead(301).end()],
  ['a connection that breaks off', 'FETCH_FAILED', (_, response) => {
    response.writeHead(200, { 'Content-Length': '1000' }).write('-----BEGIN');
    setTimeout(() => response.destroy(), 50);
  }],
  ['a compressed body', 'FETCH_FAILED', (_, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('x')],
  ['a body that is announced with more than 10 MB', 'FETCH_TOO_LARGE', (_, response) => response.writeHead(200, { 'Content-Length': '10485761' }).write('x')],
  ['a body that turns out to have more than 10 MB', 'FETCH_TOO_LARGE', (_, response) => response.writeHead(200).end(Buffer.alloc(10_485_761))],
];

describe('a source that fails', () => {
  test.each(FAILURES)('%s: the run fails (%s), and the imported list stays', async (_, code, failing) => {
    const invocation = await runAfterImport(() => { world.pages.set('/root.crl', failing); }, { timeoutSeconds: 1 });
    expect(invocation.error!.errorMessage).toContain(`root: ${code}: ${world.url('/root.crl')} `);
    expect(lineOf(invocation, 'root')).toMatchObject({ outcome: 'failed', reason: code });
    const { values, refused } = metricsOf(invocation, 'root');
    expect(values).toMatchObject({ SyncFailure: 1, CrlAgeSeconds: expect.any(Number), HoursToNextUpdate: expect.any(Number) });
    expect(refused).toEqual({});
  });
});

describe('the service', () => {
  test('throttling is survived by waiting and trying again', async () => {
    await restart({ throttle: true });
    world.publish('/root.crl', (await crl()).pem);
    const { result } = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    expect(world.calls.filter(({ status }) => status === 429)).not.toEqual([]);
    expect(world.lists()).toHaveLength(1);
  });

  test('with a second between calls nothing is throttled', async () => {
    await restart({ throttle: true });
    world.publish('/root.crl', (await crl()).pem);
    const { result } = await lambda.run(world, [world.list('root', '/root.crl')], SCHEDULE, { requestIntervalMs: 1100 });
    expect(result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    expect(world.calls.filter(({ status }) => status === 429)).toEqual([]);
  });

  test('throttling without end fails the run in time, and the imported list stays', async () => {
    world.publish('/root.crl', (await crl(IMPORTED)).pem);
    await lambda.run(world, [world.list('root', '/root.crl')]);
    const before = world.lists();
    world.publish('/root.crl', (await crl({ number: 6 })).pem);
    world.intercept = (operation) => (operation === 'UpdateCrl' ? failure(429, 'ThrottlingException') : undefined);
    const begin = Date.now();
    const invocation = await lambda.start(world.environment([world.list('root', '/root.crl')])).invoke(SCHEDULE, 4_000);
    expect(lineOf(invocation, 'root')).toMatchObject({ outcome: 'failed', reason: 'THROTTLED' });
    expect(Date.now() - begin).toBeLessThan(4_500);
    expect(world.lists()).toEqual(before);
  });

  test('one that fails for a moment is asked again', async () => {
    const failures = [failure(500, 'InternalServerException'), 'hang up' as const, failure(503, 'ServiceUnavailable')];
    world.intercept = (operation) => (operation === 'ListCrls' ? failures.shift() : undefined);
    world.publish('/root.crl', (await crl()).pem);
    expect((await lambda.run(world, [world.list('root', '/root.crl')])).result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
  });

  test('an import of which nobody knows whether it succeeded is not made twice', async () => {
    world.intercept = (operation, proceed) => {
      if (operation !== 'ImportCrl') {
        return undefined;
      }
      proceed();
      return failure(500, 'InternalServerException');
    };
    world.publish('/root.crl', (await crl()).pem);
    const { result } = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    expect(world.takeWrites()).toEqual(['ImportCrl']);
    expect(world.lists()).toHaveLength(1);
  });

  test('an import whose connection breaks is sent once, and the next run makes up for it', async () => {
    world.intercept = (operation) => (operation === 'ImportCrl' ? 'hang up' : undefined);
    world.publish('/root.crl', (await crl()).pem);
    const { error } = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(error!.errorMessage).toContain('root: SERVICE_ERROR: ImportCrl failed: ');
    expect(world.takeWrites()).toEqual(['ImportCrl']);
    world.intercept = undefined;
    expect((await lambda.run(world, [world.list('root', '/root.crl')])).result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
  });

  test('a call that is denied is reported with the action to allow', async () => {
    world.intercept = (operation) => (operation === 'ImportCrl' ? failure(403, 'AccessDeniedException') : undefined);
    world.publish('/root.crl', (await crl()).pem);
    const { error } = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(error!.errorMessage).toContain('root: SERVICE_ERROR: ImportCrl failed: AccessDeniedException: simulated; '
      + 'the role of this function has to allow rolesanywhere:ImportCrl');
  });

  test('where the trust anchor cannot be had, every list fails and the age of what is imported is still reported', async () => {
    const invocation = await runAfterImport(() => {
      world.intercept = (operation) => (operation === 'GetTrustAnchor' ? failure(403, 'AccessDeniedException') : undefined);
    });
    expect(lineOf(invocation, 'root')).toMatchObject({ outcome: 'failed', reason: 'SERVICE_ERROR' });
    expect(metricsOf(invocation, 'root').values).toMatchObject({ SyncFailure: 1, RevokedCertificates: 1, CrlAgeSeconds: expect.any(Number) });
  });

  test('lists are found behind many others, page by page', async () => {
    await world.stop();
    const others = [1, 2, 3].map((i) => trustAnchor(`99999999-2222-3333-4444-00000000000${i}`, { certificatePem: ca.pem }));
    world = await World.start([trustAnchor('11111111-2222-3333-4444-555555555555', { certificatePem: ca.pem }), ...others], { defaultPageSize: 2 });
    const { pem } = await crl();
    others.forEach(({ arn }) => [1, 2].forEach(() => world.importByHand(pem, {}, arn)));
    world.publish('/root.crl', pem);
    const list = world.list('root', '/root.crl');
    expect((await lambda.run(world, [list])).result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    world.calls.length = 0;
    expect((await lambda.run(world, [list])).result.lists).toEqual([{ id: 'root', outcome: 'unchanged' }]);
    // Four pages, and tags are asked of no list of another trust anchor.
    expect(world.calls.map(({ operation }) => operation).sort()).toEqual([
      'GetTrustAnchor', 'ListCrls', 'ListCrls', 'ListCrls', 'ListCrls', 'ListTagsForResource',
    ]);
  });
});

function failure(status: number, type: string): ManagementResponse {
  return { status, headers: { 'Content-Type': 'application/json', 'X-Amzn-ErrorType': type }, body: '{"message":"simulated"}' };
}

async function restart(options: { readonly throttle: boolean }): Promise<void> {
  await world.stop();
  world = await World.start([trustAnchor('11111111-2222-3333-4444-555555555555', { certificatePem: ca.pem })], options);
}

describe('several lists', () => {
  test('two lists with one bad: the good one is imported, and the run fails with the other', async () => {
    world.publish('/good.crl', (await crl()).pem);
    world.publish('/bad.crl', '<html></html>');
    const invocation = await lambda.run(world, [world.list('bad', '/bad.crl'), world.list('good', '/good.crl')]);
    expect(world.lists()).toMatchObject([{ name: 'list good', enabled: true }]);
    expect(invocation.error!.errorMessage).toMatch(/^1 of 2 lists are not in step:\nbad: PEM_NO_BLOCK: .*$/);
    expect(lineOf(invocation, 'good')).toMatchObject({ outcome: 'imported' });
    expect(metricsOf(invocation, 'good').values).toMatchObject({ SyncSuccess: 1, SyncFailure: 0 });
  });

  test('each keeps its own place', async () => {
    const lists = [world.list('one', '/one.crl'), world.list('two', '/two.crl')];
    world.publish('/one.crl', (await crl({ number: 1 })).pem);
    world.publish('/two.crl', (await crl({ number: 2 })).pem);
    await lambda.run(world, lists);
    const { pem } = await crl({ number: 3 });
    world.publish('/two.crl', pem);
    const { result } = await lambda.run(world, lists);
    expect(result.lists).toEqual([{ id: 'one', outcome: 'unchanged' }, { id: 'two', outcome: 'updated' }]);
    expect(world.lists()).toMatchObject([{ tags: SYNC_TAGS('one') }, { tags: SYNC_TAGS('two'), pem }]);
  });
});

describe('a list with several places', () => {
  test('is had from the next one where a place is not there, or has what must not be imported', async () => {
    const { pem } = await crl();
    world.publish('/refused.crl', flipped((await crl()).der));
    world.publish('/good.crl', pem);
    const invocation = await lambda.run(world, [world.list('root', ['/missing.crl', '/refused.crl', '/good.crl', '/never-asked.crl'])]);
    expect(invocation.result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    expect(world.fetched).toEqual(['GET /missing.crl', 'GET /refused.crl', 'GET /good.crl']);
    expect(lineOf(invocation, 'root')).toMatchObject({
      level: 'WARN',
      source: world.url('/good.crl'),
      warnings: [expect.stringContaining('[FETCH_NOT_FOUND]'), expect.stringContaining('[CRL_SIGNATURE_INVALID]')],
    });
    expect(metricsOf(invocation, 'root')).toMatchObject({ values: { SyncSuccess: 1 }, refused: { CRL_SIGNATURE_INVALID: 1 } });
  });

  test('fails with what every place says, under the code of the first that was there', async () => {
    world.publish('/html.crl', '<html></html>');
    const { error } = await lambda.run(world, [world.list('root', ['/missing.crl', '/html.crl'])]);
    expect(error!.errorMessage).toContain(`root: PEM_NO_BLOCK: ${world.url('/missing.crl')} is not there (status 404); what ${world.url('/html.crl')} has is no`);
  });

  test('an older mirror does not roll the list back', async () => {
    world.publish('/mirror.crl', (await crl({ number: 1 })).pem);
    world.publish('/root.crl', (await crl({ number: 2 })).pem);
    const list = world.list('root', ['/root.crl', '/mirror.crl']);
    await lambda.run(world, [list]);
    const before = world.lists();
    world.pages.delete('/root.crl');
    const invocation = await lambda.run(world, [list]);
    expect(lineOf(invocation, 'root')).toMatchObject({ outcome: 'refused', reason: 'CRL_ROLLBACK' });
    expect(world.lists()).toEqual(before);
  });
});

describe('lists that are not as this function left them', () => {
  test('an imported list that comes back disabled is enabled', async () => {
    world.intercept = (operation, proceed) => (operation === 'ImportCrl' ? disabled(proceed()) : undefined);
    world.publish('/root.crl', (await crl()).pem);
    await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(world.takeWrites()).toEqual(['ImportCrl', 'EnableCrl']);
    expect(world.lists()).toMatchObject([{ enabled: true }]);
  });

  /** The service, had it not listened to `enabled: true`. */
  function disabled(answer: ManagementResponse): ManagementResponse {
    const { crl: detail } = JSON.parse(answer.body);
    disable(detail.crlId);
    return { ...answer, body: JSON.stringify({ crl: { ...detail, enabled: false } }) };
  }

  function disable(id: string): void {
    world.management.handle({ method: 'POST', path: `/crl/${id}/disable` });
  }

  test.each([['the same', 1, ['EnableCrl'], 'enabled'], ['a newer one', 2, ['UpdateCrl', 'EnableCrl'], 'updated']])(
    'a list that was disabled by hand is enabled again, with %s at its source', async (_, number, writes, outcome) => {
      world.publish('/root.crl', (await crl({ number: 1 })).pem);
      await lambda.run(world, [world.list('root', '/root.crl')]);
      world.takeWrites();
      disable(world.lists()[0].id);
      if (number === 2) {
        world.publish('/root.crl', (await crl({ number })).pem);
      }
      const { result } = await lambda.run(world, [world.list('root', '/root.crl')]);
      expect(result.lists).toEqual([{ id: 'root', outcome }]);
      expect(world.takeWrites()).toEqual(writes);
      expect(world.lists()).toMatchObject([{ enabled: true }]);
    });

  test('a list that was overwritten with what nobody can read is replaced, and that is said', async () => {
    const { pem } = await crl();
    world.publish('/root.crl', pem);
    await lambda.run(world, [world.list('root', '/root.crl')]);
    const { crls } = world.management.state;
    crls.change(crls.all()[0], { crlData: Buffer.from('gone') }, new Date());
    const invocation = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(lineOf(invocation, 'root')).toMatchObject({ level: 'WARN', outcome: 'updated', warnings: [expect.stringContaining('could not be read')] });
    expect(world.lists()).toMatchObject([{ pem }]);
  });

  test('a list that was deleted by hand is imported again', async () => {
    world.publish('/root.crl', (await crl()).pem);
    const running = lambda.start(world.environment([world.list('root', '/root.crl')]));
    await running.invoke(SCHEDULE);
    world.management.handle({ method: 'DELETE', path: `/crl/${world.lists()[0].id}` });
    expect((await running.invoke(SCHEDULE)).result.lists).toEqual([{ id: 'root', outcome: 'imported' }]);
    expect(world.lists()).toHaveLength(1);
  });
});

describe('lists of others', () => {
  test("nobody's other list is touched, be it by hand, of another function or of the same name", async () => {
    const { pem } = await crl();
    world.importByHand(pem, { 'cdk-roles-anywhere:sync': 'Hosts-Other', 'cdk-roles-anywhere:list': 'root' });
    const [before] = world.lists();
    const lists = [world.list('root', '/root.crl', { name: 'by hand' })];
    world.publish('/root.crl', (await crl({ number: 2 })).pem);
    await lambda.run(world, lists);
    await lambda.run(world, lists, world.cloudFormationEvent('Update'));
    expect(world.lists()).toHaveLength(2);
    await lambda.run(world, lists, world.cloudFormationEvent('Delete'));
    expect(world.lists()).toEqual([before]);
  });

  test('where they leave no room, the quota is named with them, and they stay', async () => {
    const { pem } = await crl();
    const ids = [world.importByHand(pem), world.importByHand(pem)];
    const before = world.lists();
    world.publish('/root.crl', pem);
    const { error } = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(error!.errorMessage).toContain(`root: QUOTA_FULL: the trust anchor has 2 lists already, and takes 2: "by hand" (${ids[0]}) and "by hand" (${ids[1]})`);
    expect(world.lists()).toEqual(before);
  });
});

describe('two runs at once', () => {
  /** Answers when two have asked, so that both runs have seen the same before either of them writes. */
  function together(bytes: string): Page {
    const waiting: (() => void)[] = [];
    return (_, response) => {
      waiting.push(() => response.writeHead(200).end(bytes));
      if (waiting.length === 2) {
        waiting.splice(0).forEach((answer) => answer());
      }
    };
  }

  const runTwice = (lists: readonly object[]) => Promise.all([lambda.run(world, lists), lambda.run(world, lists)]);

  test('the first import twice over leaves one list', async () => {
    const { pem } = await crl();
    world.pages.set('/root.crl', together(pem));
    const runs = await runTwice([world.list('root', '/root.crl')]);
    expect(runs.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(world.calls.filter(({ operation }) => operation === 'ImportCrl')).toHaveLength(2);
    expect(world.lists()).toMatchObject([{ enabled: true, pem, tags: SYNC_TAGS('root') }]);
  });

  test('where there is room for one list only, the run that comes second finds what the other has imported', async () => {
    const { pem } = await crl();
    world.importByHand(pem);
    world.pages.set('/root.crl', together(pem));
    const runs = await runTwice([world.list('root', '/root.crl')]);
    expect(runs.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(world.lists()).toMatchObject([{ name: 'by hand' }, { name: 'list root', enabled: true }]);
  });

  test('an update twice over is an update', async () => {
    world.publish('/root.crl', (await crl({ number: 1 })).pem);
    await lambda.run(world, [world.list('root', '/root.crl')]);
    const { pem } = await crl({ number: 2 });
    world.pages.set('/root.crl', together(pem));
    const runs = await runTwice([world.list('root', '/root.crl')]);
    expect(runs.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(world.lists()).toMatchObject([{ enabled: true, pem }]);
  });

  test('of two copies that such a race has left, the first one is kept, with the newest list, before the other one goes', async () => {
    const { pem: older } = await crl({ number: 1 });
    const { pem: newer } = await crl({ number: 2 });
    const first = world.importByHand(older, SYNC_TAGS('root'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    world.importByHand(newer, SYNC_TAGS('root'));
    world.publish('/root.crl', older);
    const refused = await lambda.run(world, [world.list('root', '/root.crl')]);
    expect(lineOf(refused, 'root')).toMatchObject({ outcome: 'refused', reason: 'CRL_ROLLBACK' });
    expect(world.lists()).toHaveLength(2);
    world.takeWrites();
    world.publish('/root.crl', newer);
    await lambda.run(world, [world.list('root', '/root.crl', { name: 'by hand' })]);
    expect(world.takeWrites()).toEqual(['UpdateCrl', 'DeleteCrl']);
    expect(world.lists()).toMatchObject([{ id: first, pem: newer }]);
  });
});

describe('what is written', () => {
  test('one line of metrics a list and run, in embedded metric format', async () => {
    const thisUpdate = new Date(Math.floor(Date.now() / 1000) * 1000 - 6 * HOUR);
    world.publish('/root.crl', (await crl({ revoked: ['01', '02', '03'], thisUpdate, nextUpdate: new Date(thisUpdate.getTime() + 30 * HOUR) })).pem);
    const invocation = await lambda.run(world, [world.list('root', '/root.crl')]);
    const { values } = metricsOf(invocation, 'root');
    expect(values).toMatchObject({ TrustAnchorArn: world.trustAnchorArn, List: 'root', RevokedCertificates: 3, SyncSuccess: 1, SyncFailure: 0 });
    expect(values.CrlAgeSeconds / 3600).toBeCloseTo(6, 1);
    expect(values.HoursToNextUpdate).toBeCloseTo(24, 1);
    expect(values.CrlSizePercent).toBeCloseTo((world.lists()[0].pem.length * 100) / 300_000, 10);
    expect(values._aws).toEqual({
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [{
        Namespace: 'CdkRolesAnywhere',
        Dimensions: [['TrustAnchorArn', 'List']],
        Metrics: [
          { Name: 'CrlAgeSeconds', Unit: 'Seconds' }, { Name: 'HoursToNextUpdate', Unit: 'None' }, { Name: 'RevokedCertificates', Unit: 'Count' },
          { Name: 'CrlSizePercent', Unit: 'Percent' }, { Name: 'SyncSuccess', Unit: 'Count' }, { Name: 'SyncFailure', Unit: 'Count' },
        ],
      }],
    });
    expect(Math.abs(values._aws.Timestamp - Date.now())).toBeLessThan(60_000);
  });

  test('URLs are written without query strings, redirects and failures included', async () => {
    world.pages.set('/moved.crl', redirectTo('/gone.crl?token=secret-token'));
    const source = { type: 'url', urls: ['/moved.crl', '/missing.crl'].map((path) => `${world.url(path)}?token=secret-token`) };
    const invocation = await lambda.run(world, [{ id: 'root', name: 'root', source }]);
    expect(world.fetched).toContain('GET /gone.crl?token=secret-token');
    expect(JSON.stringify(invocation)).toContain('/missing.crl');
    expect(JSON.stringify(invocation)).not.toContain('secret-token');
  });

  test('a configuration with a password in a URL is turned down without repeating it', async () => {
    const source = { type: 'url', urls: ['http://user:secret-word@127.0.0.1/root.crl'] };
    const { error, lines } = await lambda.run(world, [{ id: 'root', name: 'root', source }]);
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID', errorMessage: expect.stringContaining('lists[0].source.urls[0]') });
    expect(lines.join('')).not.toContain('secret-word');
    expect(world.fetched).toEqual([]);
  });
});
