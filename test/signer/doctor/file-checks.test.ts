import { examined, ExaminedOptions, HOST_FLAGS } from './examined';
import { FILE_CHECKS } from '../../../signer/doctor/file-checks';
import { CheckId } from '../../../signer/doctor/findings';
import { ARN_FLAGS, systemError } from '../fake-platform';

const FILES = { 'host.pem': 'certificate', 'host.key': 'key', 'chain.pem': 'chain', 'passphrase.txt': 'a passphrase', 'pin.txt': '1234' };

const run = (options: ExaminedOptions = {}) => examined(FILE_CHECKS, { files: FILES, ...options });
const find = async (id: CheckId, options: ExaminedOptions = {}) => (await run(options)).of(id);

test('files that are there, and whose secrets are their owner\'s', async () => {
  const { findings, exitCode } = await run({
    flags: [...HOST_FLAGS, '--intermediates', 'chain.pem', '--passphrase-file', 'passphrase.txt', '--pkcs11-pin-file', 'pin.txt'], modes: { 'host.pem': 0o644, 'chain.pem': 0o644 },
  });
  expect(findings.map(({ id, status, detail }) => [id, status, detail])).toEqual([
    ['certificate-file', 'ok', 'host.pem can be read (0644, owner this user)'],
    ['private-key-file', 'ok', 'host.key can be read (0600, owner this user)'],
    ['intermediates-file', 'ok', 'chain.pem can be read (0644, owner this user)'],
    ['passphrase-file', 'ok', 'passphrase.txt can be read (0600, owner this user)'],
    ['pin-file', 'ok', 'pin.txt can be read (0600, owner this user)'],
  ]);
  expect(exitCode).toBe(0);
});

test('files that are not named have no finding', async () => {
  expect((await run()).findings.map(({ id }) => id)).toEqual(['certificate-file', 'private-key-file']);
});

test.each<[CheckId, string, string[]]>([
  ['certificate-file', 'host.pem', []],
  ['private-key-file', 'host.key', []],
  ['intermediates-file', 'chain.pem', ['--intermediates', 'chain.pem']],
  ['passphrase-file', 'passphrase.txt', ['--passphrase-file', 'passphrase.txt']],
  ['pin-file', 'pin.txt', ['--pkcs11-pin-file', 'pin.txt']],
])('%s: one that is missing, one that may not be read, an empty one', async (id, path, more) => {
  const flags = [...HOST_FLAGS, ...more];
  for (const [content, words] of [[systemError('ENOENT'), 'does not exist'], [systemError('EACCES'), 'may not be read'], ['', 'is empty']] as const) {
    const result = await run({ flags, files: { ...FILES, [path]: content } });
    expect(result.of(id)).toMatchObject({ status: 'failed', detail: expect.stringMatching(`${path} ${words}`) });
    expect(result.exitCode).toBe(3);
  }
});

test.each<[CheckId, string, string, string]>([
  ['certificate-file', 'host.pem', 'certificate', 'certificate'],
  ['private-key-file', 'host.key', 'private-key', 'privateKey'],
])('%s: what to do about one that does not exist, and who named it', async (id, path, flag, member) => {
  const remedy = `put it there, or name another with --${flag} or as ${member} in the configuration file`;
  for (const code of ['ENOENT', 'ENOTDIR']) {
    expect(await find(id, { files: { ...FILES, [path]: systemError(code) } })).toMatchObject({ status: 'failed', remedy });
  }
  const config = '/etc/roles-anywhere/config.json';
  const named = await find(id, {
    flags: ARN_FLAGS,
    modes: { [config]: 0o600 },
    files: { [config]: JSON.stringify({ certificate: 'host.pem', privateKey: 'host.key' }), ...FILES, [path]: systemError('ENOENT') },
  });
  expect(named).toMatchObject({
    detail: expect.stringMatching(`${path} does not exist \\(relative paths count from the working directory\\)$`),
    remedy: `${remedy} (now named by ${member} in ${config})`,
  });
  expect(await find(id, { files: { ...FILES, [path]: systemError('EACCES') } })).not.toHaveProperty('remedy');
});

test.each([[0o640, 'its group'], [0o604, 'others'], [0o644, 'its group and others']])('a key with mode %o may be read by others: a warning, and how to change it', async (mode, who) => {
  expect(await find('private-key-file', { modes: { 'host.key': mode } })).toMatchObject({
    status: 'warning', detail: `host.key holds a secret and may be read by ${who} (0${mode.toString(8)})`, remedy: 'chmod 600 host.key',
  });
});

test('a certificate\'s file holds a secret where the key is in it', async () => {
  const modes = { 'host.pem': 0o644 };
  expect(await find('certificate-file', { modes })).toMatchObject({ status: 'ok' });
  expect(await find('certificate-file', { modes, flags: ['--certificate', 'host.pem', ...ARN_FLAGS] })).toMatchObject({ status: 'warning', remedy: 'chmod 600 host.pem' });
  expect(await find('certificate-file', { modes, flags: ['--certificate', 'host.pem', '--sign-command', 'sign', ...ARN_FLAGS] })).toMatchObject({ status: 'ok' });
});

test.each<[CheckId, string]>([['passphrase-file', 'passphrase.txt'], ['pin-file', 'pin.txt']])('%s is a secret, too', async (id, path) => {
  const flags = [...HOST_FLAGS, '--passphrase-file', 'passphrase.txt', '--pkcs11-pin-file', 'pin.txt'];
  expect(await find(id, { flags, modes: { [path]: 0o644 } })).toMatchObject({ status: 'warning', remedy: `chmod 600 ${path}` });
});

test('a certificate that others may replace is a warning', async () => {
  expect(await find('certificate-file', { modes: { 'host.pem': 0o646 } })).toMatchObject({ status: 'warning', remedy: 'chmod go-w host.pem' });
});

test('a key of somebody else is a warning; root\'s is none, and to root nobody\'s is', async () => {
  expect(await find('private-key-file', { owners: { 'host.key': 1001 } })).toMatchObject({ status: 'warning', detail: 'host.key belongs to another user (1001), who can replace it' });
  expect(await find('private-key-file', { owners: { 'host.key': 0 } })).toMatchObject({ status: 'ok', detail: 'host.key can be read (0600, owner 0)' });
  expect(await find('private-key-file', { owners: { 'host.key': 1001 }, userId: 0 })).toMatchObject({ status: 'ok' });
});

test('what is in no file is not looked for there, and standard input is left for those who need it', async () => {
  const { findings, machine } = await run({ flags: ['--certificate', 'pkcs11:token=t', '--private-key', 'env:KEY', '--intermediates', '-', ...ARN_FLAGS], input: 'PEM' });
  expect(findings.map(({ status, detail }) => [status, detail])).toEqual([
    ['skipped', 'not in a file, but: token'], ['skipped', 'not in a file, but: environment variable'], ['skipped', 'not in a file, but: standard input'],
  ]);
  expect(machine.reads.filter((path) => !path.startsWith('/etc/'))).toEqual([]);
});
