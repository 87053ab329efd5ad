import { unlinkSync, writeFileSync } from 'fs';
import { join } from 'path';
import { CacheScene, settingsOf } from './cache-scene';
import { cacheKey, CacheKey } from '../../../signer/cache/cache-key';
import type { FlagName } from '../../../signer/options/flags';
import type { SessionOptions } from '../../../src/credentials/create-session-client';
import { ARNS } from '../fake-platform';

let scene: CacheScene;

beforeEach(() => {
  scene = new CacheScene();
});

afterEach(() => scene.remove());

async function key(flags: Partial<Record<FlagName, string>> = {}, options: Partial<SessionOptions> = {}): Promise<CacheKey> {
  scene.options = { ...scene.options, ...options };
  const found = await cacheKey(scene.platform(), settingsOf({ ...scene.flags, ...flags }), scene.plan());
  return found!;
}

test('a name is the same for the same run, is a SHA-256, and says nothing', async () => {
  const [first, second] = [await key(), await key()];
  expect(first).toEqual(second);
  expect(first.name).toMatch(/^[0-9a-f]{64}$/);
});

test.each<[string, Partial<Record<FlagName, string>>, Partial<SessionOptions>]>([
  ['trust anchor', {}, { trustAnchorArn: ARNS.trustAnchorArn.replace('2de9', '2de8') }],
  ['profile', {}, { profileArn: ARNS.profileArn.replace('8622', '8623') }],
  ['role', {}, { roleArn: `${ARNS.roleArn}2` }],
  ['duration', {}, { sessionDuration: 900 }],
  ['session name', {}, { roleSessionName: 'night-shift' }],
  ['endpoint', {}, { endpoint: 'http://127.0.0.1:1' }],
  ['check of TLS', {}, { verifyTls: false }],
  ['certificate file', { certificate: __filename }, {}],
  ['key file', { 'private-key': '/other.key' }, {}],
  ['token', { 'private-key': 'pkcs11:token=one' }, {}],
  ['library', { 'pkcs11-lib': '/usr/lib/other.so' }, {}],
  ['program that signs', { 'sign-command': 'sign it' }, {}],
  ['choice of the latest certificate', { 'use-latest-expiring-certificate': 'true' }, {}],
])('another %s is another name', async (_, flags, options) => {
  const before = await key();
  expect((await key(flags, options)).name).not.toBe(before.name);
});

test.each<[string, Partial<Record<FlagName, string>>, Partial<SessionOptions>]>([
  ['time-outs and attempts', { debug: 'true' }, { deadline: 1, attempts: 9 }],
  ['the way to the service', {}, { proxy: 'http://proxy', caBundle: '/ca.pem' }],
  ['passphrases and PINs', { 'pkcs8-password': 'secret', 'pkcs11-pin': '1234' }, {}],
])('%s do not matter', async (_, flags, options) => {
  const before = await key();
  expect(await key(flags, options)).toEqual(before);
});

test('values are told apart wherever one ends and the next begins', async () => {
  const first = await key({ 'private-key': '/a', 'sign-command': '' });
  const second = await key({ 'private-key': '', 'sign-command': '/a' });
  expect(first.name).not.toBe(second.name);
});

describe('a PIN in a URI', () => {
  test('is not part of the name, which would give it away to whoever tries all of them', async () => {
    const uri = (pin: string) => key({ 'private-key': `pkcs11:token=one?pin-value=${pin}&module-name=x` });
    expect(await uri('1234')).toEqual(await uri('5678'));
    expect((await uri('1234')).name).not.toBe((await key({ 'private-key': 'pkcs11:token=one?pin-value=1234&module-name=y' })).name);
  });

  test('of a certificate is not either, and what looks like one in a file\'s name is', async () => {
    expect(await key({ certificate: 'pkcs11:object=c?pin-value=1' })).toEqual(await key({ certificate: 'pkcs11:object=c?pin-value=2' }));
    const names = await Promise.all(['1', '2'].map((pin) => key({ 'private-key': `/key?pin-value=${pin}` })));
    expect(names[0].name).not.toBe(names[1].name);
  });
});

describe('the identity', () => {
  test('is another one when the bytes of the certificate file change, under the same name', async () => {
    const before = await key();
    writeFileSync(scene.certificate, 'certificate 2');
    const after = await key();
    expect(after.name).toBe(before.name);
    expect(after.identity).not.toBe(before.identity);
  });

  test('on a token is not looked at: nothing is read', async () => {
    const found = await key({ 'certificate': 'pkcs11:object=host', 'private-key': 'pkcs11:object=host' });
    expect(found.identity).toBe('');
    expect(scene.reads).toEqual([]);
  });

  test('that a file selects is another one when that file changes', async () => {
    const selector = join(scene.home, 'selector.json');
    scene.flags = { 'cert-selector': `file://${selector}` };
    writeFileSync(selector, '[]');
    const before = await key();
    writeFileSync(selector, '[{"Key":"x509Subject","Value":"CN=a"}]');
    expect((await key()).identity).not.toBe(before.identity);
  });

  test('of a file that cannot be read is none', async () => {
    unlinkSync(scene.certificate);
    expect(await key()).toBeUndefined();
  });
});

describe('a certificate without a path', () => {
  test('in a variable is known by its content, so that two of them do not overwrite each other\'s credentials', async () => {
    scene.env.CERTIFICATE = 'one';
    const first = await key({ certificate: 'env:CERTIFICATE' });
    scene.env.CERTIFICATE = 'two';
    const second = await key({ certificate: 'env:CERTIFICATE' });
    expect(first.name).not.toBe(second.name);
    expect(first.identity).not.toBe(second.identity);
    scene.env.CERTIFICATE = 'one';
    expect(await key({ certificate: 'env:CERTIFICATE' })).toEqual(first);
  });

  test('on standard input is read once, by the session that may need it', async () => {
    const read = async (certificate: number) => {
      scene.identity = { certificate: { raw: Uint8Array.of(certificate) } as never };
      return key({ 'certificate': '-', 'private-key': '-' });
    };
    expect(await read(1)).toEqual(await read(1));
    expect((await read(1)).name).not.toBe((await read(2)).name);
    expect(scene.reads).toEqual([]);
  });
});

describe('a relative path', () => {
  const inFolder = async (folder: string, flags: Partial<Record<FlagName, string>>) => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      return (await key(flags)).name;
    } finally {
      process.chdir(before);
    }
  };

  test('is another file in another folder', async () => {
    writeFileSync('/tmp/host-for-cache-key.pem', 'x');
    try {
      expect(await inFolder(scene.home, { certificate: 'host.pem' })).not.toBe(await inFolder('/tmp', { certificate: 'host-for-cache-key.pem' }));
      expect(await inFolder(scene.home, { 'private-key': 'host.key' })).not.toBe(await inFolder('/tmp', { 'private-key': 'host.key' }));
    } finally {
      unlinkSync('/tmp/host-for-cache-key.pem');
    }
  });

  test.each(['/etc/host.key', 'C:\\host.key', 'pkcs11:object=host', 'env:KEY', '-'])('is none: %s is the same everywhere', async (place) => {
    expect(await inFolder(scene.home, { 'private-key': place })).toBe(await inFolder('/', { 'private-key': place }));
  });
});
