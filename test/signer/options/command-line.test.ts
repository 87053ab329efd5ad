import { SignerError } from '../../../signer/errors';
import { parseCommandLine } from '../../../signer/options/command-line';
import { ARN_FLAGS } from '../fake-platform';

const flagsOf = (...args: string[]) => Object.fromEntries(parseCommandLine(args).flags);

function errorOf(...args: string[]): SignerError {
  try {
    parseCommandLine(args);
  } catch (error) {
    expect(error).toBeInstanceOf(SignerError);
    return error as SignerError;
  }
  throw new Error('nothing was thrown');
}

describe('commands', () => {
  test.each<[string[], string | undefined]>([
    [[], undefined], [['help'], undefined], [['--help'], undefined], [['-h'], undefined], [['help', 'serve'], 'serve'],
    [['credential-process', '--help'], 'credential-process'], [['credential-process', '-h'], 'credential-process'],
  ])('%j asks for help', (args, helpFor) => {
    expect(parseCommandLine(args)).toMatchObject({ command: 'help', ...(helpFor ? { helpFor } : {}) });
  });

  test.each([['version'], ['--version']])('%s asks for the version', (word) => {
    expect(parseCommandLine([word]).command).toBe('version');
  });

  test('completion of aws_signing_helper is refused by name', () => {
    expect(errorOf('completion', 'bash')).toMatchObject({ code: 'NOT_SUPPORTED', message: expect.stringContaining('completion') });
  });

  test('an unknown command is refused with those there are', () => {
    expect(errorOf('credentials')).toMatchObject({ code: 'USAGE', message: expect.stringContaining('credential-process, serve, update') });
    expect(errorOf('help', 'credentials')).toMatchObject({ code: 'USAGE' });
    expect(errorOf('constructor')).toMatchObject({ code: 'USAGE' });
  });
});

describe('flags', () => {
  test('--flag value and --flag=value are the same, values may hold blanks and equals signs, the last one wins', () => {
    expect(flagsOf('credential-process', '--private-key=C:\\Program Files\\key=1.pem')).toEqual({ 'private-key': 'C:\\Program Files\\key=1.pem' });
    expect(flagsOf('credential-process', '--session-duration', '900', '--session-duration=1800')).toEqual({ 'session-duration': '1800' });
  });

  test('switches can be spelled out', () => {
    expect(flagsOf('credential-process', '--debug', '--no-verify-ssl=false')).toEqual({ 'debug': 'true', 'no-verify-ssl': 'false' });
  });

  test('lists are repeated', () => {
    expect(flagsOf('serve', '--listen', '127.0.0.1', '--listen=::1')).toEqual({ listen: '127.0.0.1,::1' });
  });

  test('exec takes a command behind --, whatever its flags are', () => {
    expect(parseCommandLine(['exec', '--region', 'eu-west-1', '--', 'aws', '--region', 'x', '--', 'y'])).toMatchObject({
      command: 'exec', rest: ['aws', '--region', 'x', '--', 'y'], flags: new Map([['region', 'eu-west-1']]),
    });
    expect(errorOf('env', '--', 'aws')).toMatchObject({ code: 'USAGE', message: expect.stringContaining('only exec runs a command') });
  });
});

describe('mistakes', () => {
  test.each<[string, string[], RegExp]>([
    ['a flag that does not exist', ['--certifcate', 'x'], /no flag "--certifcate"; "roles-anywhere-signer help credential-process" lists them/],
    ['a flag of another command', ['--port', '1'], /--port is not a flag of credential-process, but of serve/],
    ['one dash', ['-role-arn', 'x'], /two dashes: "--role-arn"/],
    ['a value that stands alone', ['x'], /"x" is no flag; values with blanks need quotes/],
    ['a flag where a value should be', ['--region', '--debug'], /--region has no value/],
    ['nothing where a value should be', ['--region'], /--region has no value/],
    ['names of members every object has', ['--constructor', 'x'], /no flag "--constructor"/],
  ])('%s', (_, args, message) => {
    expect(errorOf('credential-process', ...ARN_FLAGS, ...args)).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  });

  test.each<[string[], RegExp]>([
    [['--system-store-name', 'MY'], /--system-store-name is not supported: .*PKCS#11.*--sign-command/],
    [['--tpm-key-password', 'secret'], /TPM.*tpm2_ptool/],
    [['--no-tpm-key-password'], /TPM/],
  ])('%j of aws_signing_helper is refused with the way out', (args, message) => {
    const error = errorOf('credential-process', ...args);
    expect(error).toMatchObject({ code: 'NOT_SUPPORTED', message: expect.stringMatching(message) });
    expect(error.message).not.toContain('secret');
  });
});
