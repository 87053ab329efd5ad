import { examined, ExaminedOptions, HOST_FLAGS, TRUSTED } from './examined';
import { CheckId } from '../../../signer/doctor/findings';
import { NETWORK_CHECKS } from '../../../signer/doctor/network-checks';
import { createRootCa } from '../../support/pki';
import { answer, systemError } from '../fake-platform';

const NOW = new Date('2026-11-21T10:00:00Z');
const HOST = 'rolesanywhere.eu-west-2.amazonaws.com';

const run = (options: ExaminedOptions = {}) => examined(NETWORK_CHECKS, { now: NOW, reactions: [answer(403, '', { date: NOW.toUTCString() })], ...options });
const find = async (id: CheckId, options: ExaminedOptions = {}) => (await run(options)).of(id);

test('a way that is open', async () => {
  const { findings, exitCode, machine } = await run();
  expect(findings.map(({ id, status, detail }) => [id, status, detail])).toEqual([
    ['proxy', 'ok', 'none: the connection is direct'],
    ['name-resolution', 'ok', `${HOST} is 192.0.2.7`],
    ['connection', 'ok', `${HOST} (192.0.2.7) speaks TLSv1.3; its certificate is issued by O=Amazon, CN=Amazon RSA 2048 M01, and trusted`],
    ['clock', 'ok', 'this host\'s and the service\'s agree'],
  ]);
  expect(exitCode).toBe(0);
  expect(machine.requests).toEqual([{ method: 'GET', url: `https://${HOST}/`, headers: {}, body: '' }]);
});

describe('ca-bundle', () => {
  test('says how many CAs, and who named the file', async () => {
    const { pem } = await createRootCa('CN=Root');
    const files = { 'ca.pem': pem + pem };
    expect(await find('ca-bundle', { files, env: { AWS_CA_BUNDLE: 'ca.pem' } })).toMatchObject({ status: 'ok', detail: 'the 2 of ca.pem (AWS_CA_BUNDLE) are trusted instead of the usual ones' });
    const result = await run({ files, flags: [...HOST_FLAGS, '--ca-bundle', 'ca.pem'] });
    expect(result.of('ca-bundle')).toMatchObject({ status: 'ok', detail: expect.stringContaining('--ca-bundle') });
    expect(result.machine.connections).toEqual([expect.objectContaining({ caBundle: pem + pem, verifyTls: true })]);
  });

  test('that is missing or holds none is a failure, and nobody is connected to', async () => {
    for (const [files, detail] of [[{}, 'does not exist'], [{ 'ca.pem': 'text' }, 'is not a PEM file'], [{ 'ca.pem': '-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n' }, 'holds no certificates']] as const) {
      const result = await run({ files, env: { AWS_CA_BUNDLE: 'ca.pem' } });
      expect(result.of('ca-bundle')).toMatchObject({ status: 'failed', detail: expect.stringContaining(detail) });
      expect([result.of('connection'), result.of('clock')]).toMatchObject([{ status: 'skipped' }, { status: 'skipped' }]);
      expect(result.exitCode).toBe(3);
    }
  });
});

describe('proxy', () => {
  test('is shown without user and password, and is what is resolved', async () => {
    const resolved: string[] = [];
    const result = await run({
      env: { HTTPS_PROXY: 'http://me:secret@squid.example.com:3128' },
      network: { resolve: async (hostname) => [`${resolved.push(hostname)}`] },
    });
    expect(result.of('proxy')).toMatchObject({ status: 'ok', detail: 'http://squid.example.com:3128, named by HTTPS_PROXY' });
    expect(result.of('name-resolution')).toMatchObject({ detail: 'squid.example.com is 1 (the proxy finds the endpoint)' });
    expect(result.of('connection')).toMatchObject({ detail: expect.stringContaining(`${HOST} (through the proxy 192.0.2.7)`) });
    expect(resolved).toEqual(['squid.example.com']);
    expect(JSON.stringify(result.findings)).not.toMatch(/secret|me:/);
    expect(result.machine.connections).toMatchObject([{ proxy: { url: 'http://me:secret@squid.example.com:3128' } }]);
  });

  test('that is not for this host is said', async () => {
    expect(await find('proxy', { env: { HTTPS_PROXY: 'http://proxy', NO_PROXY: '.amazonaws.com' } })).toMatchObject({ status: 'ok', detail: 'none: the connection is direct, since HTTPS_PROXY is not for this host' });
  });

  test('that is no URL is a failure that does not repeat it', async () => {
    const result = await run({ env: { HTTPS_PROXY: 'http://me:secret@:port' } });
    expect(result.of('proxy')).toMatchObject({ status: 'failed', detail: 'the proxy of HTTPS_PROXY is not a URL like http://host:port' });
    expect(result.exitCode).toBe(2);
    expect((await run({ env: { HTTPS_PROXY: 'socks5://proxy:1080' } })).of('proxy')).toMatchObject({ status: 'failed' });
  });
});

describe('name-resolution', () => {
  test('a name without addresses is a failure, and nobody is connected to', async () => {
    const resolve = () => Promise.reject(systemError('ENOTFOUND'));
    const result = await run({ network: { resolve, connect: () => Promise.reject(new Error('connected')) } });
    expect(result.of('name-resolution')).toMatchObject({ status: 'failed', detail: `${HOST} cannot be resolved (ENOTFOUND)`, remedy: expect.stringContaining('HTTPS_PROXY') });
    expect(result.of('connection')).toMatchObject({ status: 'skipped', detail: 'not checked, because "Host name" failed' });
    expect(result.exitCode).toBe(5);
    expect(await find('name-resolution', { network: { resolve }, env: { HTTPS_PROXY: 'http://proxy' } })).toMatchObject({ status: 'failed', remedy: 'check HTTPS_PROXY' });
  });

  test.each(['http://127.0.0.1:8080', 'http://[::1]:8080'])('%s has no name to resolve', async (endpoint) => {
    expect(await find('name-resolution', { flags: [...HOST_FLAGS, '--endpoint', endpoint] })).toMatchObject({ status: 'skipped' });
  });
});

describe('connection', () => {
  test('a server that is not trusted is a failure', async () => {
    const result = await run({ network: { connect: async () => ({ address: '192.0.2.7', tls: { protocol: 'TLSv1.3', issuer: 'O=Inspecting Proxy', problem: 'SELF_SIGNED_CERT_IN_CHAIN' } }) } });
    expect(result.of('connection')).toMatchObject({
      status: 'failed', detail: expect.stringMatching(/issued by O=Inspecting Proxy; .* is not trusted; .*SELF_SIGNED_CERT_IN_CHAIN/), remedy: expect.stringContaining('--ca-bundle'),
    });
    expect(result.exitCode).toBe(5);
  });

  test('--no-verify-ssl is a warning, whether the server is trusted or not', async () => {
    const flags = [...HOST_FLAGS, '--no-verify-ssl'];
    expect(await find('connection', { flags })).toMatchObject({ status: 'warning', detail: expect.stringContaining('which would be trusted, but is not checked'), remedy: 'leave out --no-verify-ssl' });
    const connect = async () => ({ ...TRUSTED, tls: { ...TRUSTED.tls!, problem: 'CERT_HAS_EXPIRED' } });
    expect(await find('connection', { flags, network: { connect } })).toMatchObject({ status: 'warning', detail: expect.stringContaining('which is not (CERT_HAS_EXPIRED)') });
  });

  test('one without TLS is a warning, but on this machine', async () => {
    const connect = async () => ({ address: '192.0.2.7' });
    expect(await find('connection', { flags: [...HOST_FLAGS, '--endpoint', 'http://service.example'], network: { connect } })).toMatchObject({ status: 'warning' });
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      expect(await find('connection', { flags: [...HOST_FLAGS, '--endpoint', `http://${host}:8080`], network: { connect } })).toMatchObject({ status: 'ok' });
    }
  });

  test.each([
    [systemError('ECONNREFUSED'), /the connection was refused/],
    [Object.assign(new Error('late'), { name: 'TimeoutError' }), /no answer from .* in time; is a firewall/],
  ])('%s is a failure in words', async (error, detail) => {
    const result = await run({ network: { connect: () => Promise.reject(error) } });
    expect(result.of('connection')).toMatchObject({ status: 'failed', detail: expect.stringMatching(detail) });
    expect(result.exitCode).toBe(5);
  });
});

describe('clock', () => {
  const at = (seconds: number) => run({ reactions: [answer(403, '', { date: new Date(NOW.getTime() - seconds * 1000).toUTCString() })] });

  test.each([[0, 'ok'], [60, 'ok'], [-60, 'ok'], [61, 'warning'], [-61, 'warning'], [300, 'warning'], [301, 'failed'], [-301, 'failed']])('%d seconds ahead: %s', async (seconds, status) => {
    const { findings, exitCode } = await at(seconds);
    expect(findings.at(-1)).toMatchObject({ id: 'clock', status });
    expect(exitCode).toBe(status === 'failed' ? 4 : 0);
  });

  test('says in which direction, and what to do', async () => {
    expect((await at(120)).of('clock')).toMatchObject({ detail: expect.stringContaining('120 seconds ahead of the service\'s'), remedy: expect.stringContaining('chrony') });
    expect((await at(-400)).of('clock')).toMatchObject({ detail: expect.stringContaining('400 seconds behind the service\'s') });
  });

  test('an answer without a date leaves it open; no answer is a failure', async () => {
    expect(await find('clock', { reactions: [answer(403)] })).toMatchObject({ status: 'skipped' });
    const result = await run({ reactions: [systemError('ECONNRESET')] });
    expect(result.of('clock')).toMatchObject({ status: 'failed', detail: expect.stringContaining('closed by the other side') });
    expect(result.exitCode).toBe(5);
  });
});
