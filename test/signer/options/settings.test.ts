import { SignerError } from '../../../signer/errors';
import { FlagName } from '../../../signer/options/flags';
import { sessionOptions } from '../../../signer/options/session-options';
import { collectSettings, Settings } from '../../../signer/options/settings';
import { ARNS, fakeMachine, FakeOptions } from '../fake-platform';

const CONFIG = '/etc/roles-anywhere/config.json';
const ARN_FLAGS: Array<[FlagName, string]> = [['role-arn', ARNS.roleArn], ['profile-arn', ARNS.profileArn], ['trust-anchor-arn', ARNS.trustAnchorArn]];

function settings(flags: ReadonlyArray<[FlagName, string]> = [], options: FakeOptions = {}): Promise<Settings> {
  return collectSettings(fakeMachine(options).platform, new Map(flags));
}

async function errorOf(run: () => unknown): Promise<SignerError> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(SignerError);
    return error as SignerError;
  }
  throw new Error('nothing was thrown');
}

describe('precedence', () => {
  const options = { env: { ROLES_ANYWHERE_REGION: 'from-variable', ROLES_ANYWHERE_PROFILE: 'from-variable' }, files: { [CONFIG]: '{"region":"from-file","profile":"from-file","shell":"from-file"}' } };

  test('a flag comes before a variable, and a variable before the file', async () => {
    const all = await settings([['region', 'from-flag']], options);
    expect([all.text('region'), all.text('profile'), all.text('shell')]).toEqual(['from-flag', 'from-variable', 'from-file']);
    expect([all.origin('region'), all.origin('profile'), all.origin('shell')]).toEqual(['--region', 'ROLES_ANYWHERE_PROFILE', `shell in ${CONFIG}`]);
  });

  test('an empty flag or variable is one not given', async () => {
    const all = await settings([['region', '']], { ...options, env: { ...options.env, ROLES_ANYWHERE_PROFILE: '' } });
    expect([all.text('region'), all.text('profile')]).toEqual(['from-variable', 'from-file']);
  });
});

describe('the configuration file', () => {
  const read = (content: string, flags: ReadonlyArray<[FlagName, string]> = []) => settings(flags, { files: { [CONFIG]: content } });

  test('is looked for in the folder of the user first', async () => {
    const files = { '/home/u/.config/roles-anywhere/config.json': '{"region":"user"}', [CONFIG]: '{"region":"system","profile":"p"}' };
    const all = await settings([], { env: { HOME: '/home/u' }, files });
    expect([all.text('region'), all.text('profile')]).toEqual(['user', undefined]);
    expect((await settings([], { env: { HOME: '/home/u', XDG_CONFIG_HOME: '/xdg' }, files })).text('region')).toBe('system');
  });

  test('is the one that is named by flag or variable, and no other', async () => {
    const files = { 'mine.json': '{"region":"mine"}', [CONFIG]: '{"region":"system"}' };
    expect((await settings([['config', 'mine.json']], { files })).text('region')).toBe('mine');
    expect((await settings([], { files, env: { ROLES_ANYWHERE_CONFIG: 'mine.json' } })).text('region')).toBe('mine');
    expect((await settings([['config', 'none']], { files })).text('region')).toBeUndefined();
    expect(await errorOf(() => settings([['config', 'gone.json']], { files }))).toMatchObject({ code: 'CONFIGURATION_INVALID', message: 'the configuration file gone.json does not exist (relative paths count from the working directory); put it there, or name another with --config' });
  });

  test('may have remarks, and null for what is not set', async () => {
    expect((await read('{"//":"ours","$schema":"x","region":null,"sessionDuration":900,"listen":["127.0.0.1","::1"],"debug":true}')).list('listen')).toEqual(['127.0.0.1', '::1']);
  });

  test.each<[string, string, RegExp]>([
    ['not JSON', '{"pkcs8Password": "secret"', /is not JSON/],
    ['a list', '[]', /is not a JSON object/],
    ['a member that means nothing', '{"colour":"red"}', /member "colour" that means nothing$/],
    ['a member in the style of flags', '{"trust-anchor-arn":"x"}', /do you mean "trustAnchorArn"\?/],
    ['a number for a text', '{"region":7}', /region in .* is to be a string, not a number/],
    ['a text for a number', '{"sessionDuration":"900"}', /sessionDuration in .* is to be a number, not a string/],
    ['a text for a switch', '{"debug":"yes"}', /debug in .* is to be a boolean/],
    ['an object', '{"listen":{}}', /list of strings, not an object/],
    ['what makes sense on the command line only', '{"config":"x"}', /means nothing/],
  ])('%s is refused', async (_, content, message) => {
    const error = await errorOf(() => read(content));
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.stringMatching(message) });
    expect(error.message).not.toContain('secret');
  });

  test('what is not supported is refused there and in variables as well', async () => {
    expect(await errorOf(() => read('{"systemStoreName":"MY"}'))).toMatchObject({ code: 'NOT_SUPPORTED' });
    expect(await errorOf(() => settings([], { env: { ROLES_ANYWHERE_TPM_KEY_PASSWORD: 'secret' } }))).toMatchObject({ code: 'NOT_SUPPORTED', message: expect.not.stringContaining('secret') });
  });

  test('one that may not be read is an error, not one that is not there', async () => {
    const files = { [CONFIG]: Object.assign(new Error('no'), { code: 'EACCES' }) };
    expect(await errorOf(() => settings([], { files }))).toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining('cannot be read (EACCES)') });
  });
});

describe('values', () => {
  test.each<[string, FlagName, string, (all: Settings) => unknown, RegExp]>([
    ['a switch', 'debug', 'maybe', (all) => all.switch('debug'), /--debug is true or false, not "maybe"/],
    ['a number with a unit', 'port', '80s', (all) => all.number('port', { min: 0, max: 65_535 }), /--port is a number from 0 to 65535, not "80s"/],
    ['a number out of bounds', 'port', '65536', (all) => all.number('port', { min: 0, max: 65_535 }), /from 0 to 65535/],
    ['a choice', 'format', 'xml', (all) => all.choice('format', ['json', 'text']), /--format is one of json, text, not "xml"/],
    ['a text that is needed', 'region', '', (all) => all.required('region'), /--region is missing/],
  ])('%s', async (_, name, value, read, message) => {
    const all = await settings([[name, value]]);
    expect(await errorOf(() => read(all))).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  });

  test('choices may be written in any case', async () => {
    expect((await settings([['digest', 'sha256']])).choice('digest', ['SHA256'])).toBe('SHA256');
  });
});

describe('options of a session', () => {
  const options = async (flags: ReadonlyArray<[FlagName, string]> = [], env: Record<string, string> = {}) => (
    sessionOptions(await settings([...ARN_FLAGS, ...flags]), env)
  );

  test('the least that is needed, with aws_signing_helper\'s defaults', async () => {
    expect(await options()).toEqual({
      ...ARNS,
      sessionDuration: 3600,
      roleSessionName: undefined,
      region: undefined,
      endpoint: undefined,
      fips: false,
      dualStack: false,
      verifyTls: true,
      caBundle: undefined,
      proxy: undefined,
      deadline: undefined,
      attempts: undefined,
    });
  });

  test('all of them', async () => {
    expect(await options([
      ['session-duration', '900'], ['role-session-name', 'night@shift'], ['region', 'eu-west-2'], ['endpoint', 'http://127.0.0.1:8080'], ['no-verify-ssl', 'true'],
      ['with-proxy', 'true'], ['ca-bundle', 'ca.pem'], ['proxy', 'http://proxy:3128'], ['timeout', '5'], ['max-attempts', '1'],
    ])).toEqual({
      ...ARNS,
      sessionDuration: 900,
      roleSessionName: 'night@shift',
      region: 'eu-west-2',
      endpoint: 'http://127.0.0.1:8080',
      fips: false,
      dualStack: false,
      verifyTls: false,
      caBundle: 'ca.pem',
      proxy: 'http://proxy:3128',
      deadline: 5000,
      attempts: 1,
    });
  });

  test('FIPS and dual-stack by flag and by the variables of AWS\'s SDKs', async () => {
    expect(await options([['use-fips-endpoint', 'true'], ['use-dualstack-endpoint', 'true']])).toMatchObject({ fips: true, dualStack: true });
    expect(await options([], { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'TRUE' })).toMatchObject({ fips: true, dualStack: true });
    expect((await options([['use-fips-endpoint', 'false']], { AWS_USE_FIPS_ENDPOINT: 'true' })).fips).toBe(false);
  });

  test.each<[string, Array<[FlagName, string]>, RegExp]>([
    ['a duration below the least', [['session-duration', '899']], /from 900 to 43200, not "899"/],
    ['a duration with a unit', [['session-duration', '1h']], /number of seconds/],
    ['a session name with a blank', [['role-session-name', 'night shift']], /--role-session-name is 2 to 64 letters/],
    ['an endpoint and FIPS', [['endpoint', 'https://x'], ['use-fips-endpoint', 'true']], /--endpoint already says/],
    ['no time at all', [['timeout', '0']], /--timeout is a number of seconds from 1 to 3600/],
  ])('%s', async (_, flags, message) => {
    expect(await errorOf(() => options(flags))).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  });

  test.each(['role-arn', 'profile-arn', 'trust-anchor-arn'] as const)('--%s is missing', async (name) => {
    const all = await settings(ARN_FLAGS.filter(([flag]) => flag !== name));
    expect(await errorOf(() => sessionOptions(all, {}))).toMatchObject({ code: 'USAGE', message: `--${name} is missing` });
  });
});
