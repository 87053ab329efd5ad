import { examined, ExaminedOptions, HOST_FLAGS } from './examined';
import { CONFIGURATION_CHECKS } from '../../../signer/doctor/configuration-checks';
import { CheckId } from '../../../signer/doctor/findings';
import { ARN_FLAGS, ARNS } from '../fake-platform';

const PATH = '/etc/roles-anywhere/config.json';

const find = async (id: CheckId, options: ExaminedOptions = {}) => (await examined(CONFIGURATION_CHECKS, options)).of(id);

const withFile = (content: object, mode = 0o600, more: ExaminedOptions = {}): ExaminedOptions => (
  { files: { [PATH]: JSON.stringify(content) }, modes: { [PATH]: mode }, ...more });

describe('configuration-file', () => {
  test('says which one is used and what it sets, without values', async () => {
    expect(await find('configuration-file', withFile({ region: 'eu-west-2', pkcs8Password: 'a passphrase' })))
      .toMatchObject({ status: 'ok', detail: `${PATH} is used, and sets region, pkcs8Password` });
  });

  test.each<[object, string]>([
    [{ certificate: 'pki/host.pem', privateKey: '/etc/pki/host.key' }, 'certificate is a relative path'],
    [{ certificate: 'host.pem', privateKey: '~/host.key', caBundle: './ca.pem' }, 'certificate, privateKey, caBundle are relative paths'],
    [{ certificate: '/etc/pki/host.pem', pkcs11Lib: 'lib/token.so' }, 'pkcs11Lib is a relative path'],
  ])('warns of relative paths in it: %j', async (content, words) => {
    expect(await find('configuration-file', withFile(content))).toMatchObject({
      status: 'warning', detail: expect.stringContaining(`; of these, ${words}, counted from the working directory`), remedy: 'write absolute paths',
    });
  });

  test.each<[object]>([
    [{ certificate: '/etc/pki/host.pem', privateKey: 'C:\\pki\\host.key' }],
    [{ certificate: 'pkcs11:token=t', pkcs11Lib: 'libtoken.so' }],
    [{ certificate: 'env:HOST_CERTIFICATE', privateKey: '-' }],
  ])('does not warn of what is no relative path: %j', async (content) => {
    expect(await find('configuration-file', withFile(content, 0o600, { flags: ARN_FLAGS }))).toMatchObject({ status: 'ok' });
  });

  test('says where one would be looked for', async () => {
    expect(await find('configuration-file', { env: { HOME: '/home/me' } }))
      .toMatchObject({ status: 'ok', detail: `none is used; there is none at /home/me/.config/roles-anywhere/config.json or ${PATH}` });
    expect(await find('configuration-file', { flags: [...HOST_FLAGS, '--config', 'none'] })).toMatchObject({ status: 'ok', detail: 'none is used, as --config says' });
  });

  test('finds the one that --config or its variable names', async () => {
    const files = { 'my.json': '{}' };
    expect(await find('configuration-file', { files, flags: [...HOST_FLAGS, '--config', 'my.json'] })).toMatchObject({ detail: 'my.json is used, and sets nothing' });
    expect(await find('configuration-file', { files, env: { ROLES_ANYWHERE_CONFIG: 'my.json' } })).toMatchObject({ detail: 'my.json is used, and sets nothing' });
  });
});

describe('configuration-permissions', () => {
  test('nobody else may write: fine', async () => {
    expect(await find('configuration-permissions', withFile({ region: 'eu-west-2' }, 0o644))).toMatchObject({ status: 'ok', detail: `${PATH} is written by its owner alone (0644)` });
  });

  test.each([0o664, 0o646])('others may write (%o): a warning', async (mode) => {
    expect(await find('configuration-permissions', withFile({}, mode))).toMatchObject({ status: 'warning', remedy: `chmod go-w ${PATH}` });
  });

  test('others may write a file that has a program run: a failure', async () => {
    const result = await examined(CONFIGURATION_CHECKS, withFile({ signCommand: '/bin/sign' }, 0o646, { flags: ['--certificate', 'host.pem', ...ARN_FLAGS] }));
    expect(result.of('configuration-permissions')).toMatchObject({ status: 'failed', detail: expect.stringContaining('has any program run'), remedy: `chmod go-w ${PATH}` });
    expect(result.exitCode).toBe(2);
  });

  test.each([
    [{ pkcs8Password: 'a passphrase' }, 'pkcs8Password'],
    [{ pkcs11Pin: '1234' }, 'pkcs11Pin'],
    [{ privateKey: 'pkcs11:token=t?pin-value=1234' }, 'privateKey'],
  ])('a secret that others may read: a warning (%j)', async (content, member) => {
    const finding = await find('configuration-permissions', withFile(content, 0o640, { flags: ['--certificate', 'host.pem', ...ARN_FLAGS] }));
    expect(finding).toMatchObject({ status: 'warning', detail: `${PATH} holds ${member} and may be read by its group (0640)`, remedy: `chmod 600 ${PATH}` });
    expect(await find('configuration-permissions', withFile(content, 0o600, { flags: ['--certificate', 'host.pem', ...ARN_FLAGS] }))).toMatchObject({ status: 'ok' });
  });

  test('without a file there is nothing to check', async () => {
    expect(await find('configuration-permissions')).toMatchObject({ status: 'skipped' });
  });
});

describe('secrets-on-command-line', () => {
  test.each([
    [['--pkcs8-password', 'a passphrase'], '--pkcs8-password holds'],
    [['--pkcs11-pin', '1234', '--pkcs8-password', 'x'], '--pkcs8-password, --pkcs11-pin hold'],
    [['--private-key', 'pkcs11:token=t?pin-value=1234'], '--private-key holds'],
  ])('are a warning that does not repeat them', async (flags, text) => {
    const finding = await find('secrets-on-command-line', { flags: [...HOST_FLAGS, ...flags] });
    expect(finding).toMatchObject({ status: 'warning', detail: expect.stringContaining(text), remedy: expect.stringContaining('--passphrase-file') });
    expect(JSON.stringify(finding)).not.toMatch(/a passphrase|1234/);
  });

  test('in a variable they are not', async () => {
    expect(await find('secrets-on-command-line', { env: { ROLES_ANYWHERE_PKCS8_PASSWORD: 'a passphrase' } })).toMatchObject({ status: 'ok' });
  });
});

describe('session-settings', () => {
  test('are complete', async () => {
    expect(await find('session-settings', { flags: [...HOST_FLAGS, '--role-session-name', 'night'] })).toMatchObject({ status: 'ok', detail: 'sessions of 3600 seconds, named night' });
  });

  test('all that is missing is named at once, in the three ways to give it', async () => {
    const result = await examined(CONFIGURATION_CHECKS, { flags: ['--certificate', 'host.pem', '--role-arn', ARNS.roleArn] });
    expect(result.of('session-settings')).toMatchObject({
      status: 'failed',
      detail: '--trust-anchor-arn, --profile-arn are missing',
      remedy: expect.stringMatching(/ROLES_ANYWHERE_TRUST_ANCHOR_ARN, ROLES_ANYWHERE_PROFILE_ARN.*trustAnchorArn, profileArn/),
    });
    expect(result.of('arns')).toMatchObject({ status: 'skipped' });
    expect(result.exitCode).toBe(2);
  });

  test('a value out of range', async () => {
    expect(await find('session-settings', { flags: [...HOST_FLAGS, '--session-duration', '10'] })).toMatchObject({ status: 'failed', detail: expect.stringContaining('from 900 to 43200') });
  });
});

describe('arns', () => {
  test('fit together', async () => {
    expect(await find('arns')).toMatchObject({
      status: 'ok', detail: 'they fit together: account 111122223333, Region eu-west-2, endpoint https://rolesanywhere.eu-west-2.amazonaws.com',
    });
  });

  test('of different Regions', async () => {
    const flags = [...HOST_FLAGS, '--profile-arn', ARNS.profileArn.replace('eu-west-2', 'us-east-1')];
    expect(await find('arns', { flags })).toMatchObject({ status: 'failed', detail: expect.stringContaining('their Region differs') });
  });
});

describe('identity-settings', () => {
  test('say who gave them', async () => {
    expect(await find('identity-settings')).toMatchObject({ status: 'ok', detail: 'given by --certificate and --private-key' });
    expect(await find('identity-settings', { flags: ['--certificate', 'host.pem', '--sign-command', 'sign', ...ARN_FLAGS] }))
      .toMatchObject({ status: 'ok', detail: 'the certificate is in a file, and the key is used by a program' });
  });

  test('none, or ones that exclude one another', async () => {
    const result = await examined(CONFIGURATION_CHECKS, { flags: ARN_FLAGS });
    expect(result.of('identity-settings')).toMatchObject({ status: 'failed', detail: expect.stringContaining('--certificate is missing') });
    expect(result.exitCode).toBe(2);
    expect(await find('identity-settings', { flags: [...HOST_FLAGS, '--cert-selector', 'Key=x509Serial,Value=01'] })).toMatchObject({ status: 'failed' });
  });
});
