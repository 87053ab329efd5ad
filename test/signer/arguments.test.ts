import { ARN_FLAGS, ARNS } from './fake-platform';
import { parseArguments } from '../../signer/arguments';
import { SignerError } from '../../signer/errors';

const REQUIRED = ['--certificate', 'host.pem', ...ARN_FLAGS];

function options(args: readonly string[], env: Record<string, string> = {}) {
  const command = parseArguments(['credential-process', ...args], env);
  if (command.name !== 'credential-process') {
    throw new Error(`it is ${command.name}`);
  }
  return command.options;
}

function errorOf(run: () => unknown): SignerError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(SignerError);
    return error as SignerError;
  }
  throw new Error('nothing was thrown');
}

describe('commands', () => {
  test.each([[[]], [['help']], [['--help']], [['-h']], [['credential-process', '--help']], [['credential-process', '-h']], [['help', 'credential-process']]])('%j prints the help', (args) => {
    expect(parseArguments(args, {}).name).toBe('help');
  });

  test.each([[['version']], [['--version']]])('%j prints the version', (args) => {
    expect(parseArguments(args, {}).name).toBe('version');
  });

  test.each(['serve', 'update', 'sign-string', 'read-certificate-data'])('%s of aws_signing_helper is refused by name', (command) => {
    expect(errorOf(() => parseArguments([command], {}))).toMatchObject({ code: 'NOT_SUPPORTED', message: expect.stringContaining(`"${command}" is not in this version`) });
  });

  test('an unknown command is refused with those there are', () => {
    expect(errorOf(() => parseArguments(['credentials'], {}))).toMatchObject({ code: 'USAGE', message: expect.stringContaining('credential-process, version, help') });
  });
});

describe('flags', () => {
  test('the least that is needed, with aws_signing_helper\'s defaults', () => {
    expect(options(REQUIRED)).toEqual({
      certificate: 'host.pem',
      privateKey: 'host.pem',
      intermediates: undefined,
      ...ARNS,
      sessionDuration: 3600,
      roleSessionName: undefined,
      region: undefined,
      endpoint: undefined,
      fips: false,
      dualStack: false,
      verifyTls: true,
      debug: false,
    });
  });

  test('all of them', () => {
    expect(options([
      ...REQUIRED, '--private-key', 'host.key', '--intermediates', 'chain.pem', '--session-duration', '900', '--role-session-name', 'night@shift', '--region', 'eu-west-2',
      '--endpoint', 'http://127.0.0.1:8080', '--no-verify-ssl', '--with-proxy', '--debug',
    ])).toEqual({
      certificate: 'host.pem',
      privateKey: 'host.key',
      intermediates: 'chain.pem',
      ...ARNS,
      sessionDuration: 900,
      roleSessionName: 'night@shift',
      region: 'eu-west-2',
      endpoint: 'http://127.0.0.1:8080',
      fips: false,
      dualStack: false,
      verifyTls: false,
      debug: true,
    });
  });

  test('--flag value and --flag=value are the same, values may hold blanks and equals signs, the last one wins', () => {
    expect(options([...REQUIRED, '--private-key=C:\\Program Files\\key=1.pem']).privateKey).toBe('C:\\Program Files\\key=1.pem');
    expect(options([...REQUIRED, '--session-duration', '900', '--session-duration=1800']).sessionDuration).toBe(1800);
  });

  test('switches can be spelled out', () => {
    expect(options([...REQUIRED, '--debug=true', '--no-verify-ssl=false'])).toMatchObject({ debug: true, verifyTls: true });
  });

  test('an empty value is one not given', () => {
    expect(options([...REQUIRED, '--private-key', '', '--region=', '--role-session-name', ''])).toMatchObject({ privateKey: 'host.pem', region: undefined });
  });

  test('FIPS and dual-stack by flag and by the variables of AWS\'s SDKs', () => {
    expect(options([...REQUIRED, '--use-fips-endpoint', '--use-dualstack-endpoint'])).toMatchObject({ fips: true, dualStack: true });
    expect(options(REQUIRED, { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'TRUE' })).toMatchObject({ fips: true, dualStack: true });
    expect(options([...REQUIRED, '--use-fips-endpoint=false'], { AWS_USE_FIPS_ENDPOINT: 'true' }).fips).toBe(false);
  });
});

describe('mistakes', () => {
  const without = (flag: string) => {
    const at = REQUIRED.indexOf(flag);
    return [...REQUIRED.slice(0, at), ...REQUIRED.slice(at + 2)];
  };

  test.each(['--certificate', '--role-arn', '--profile-arn', '--trust-anchor-arn'])('%s is missing', (flag) => {
    expect(errorOf(() => options(without(flag)))).toMatchObject({ code: 'USAGE', message: `${flag} is missing` });
  });

  test.each<[string, readonly string[], RegExp]>([
    ['a flag that does not exist', ['--certifcate', 'x'], /no flag "--certifcate"; "roles-anywhere-signer help" lists them/],
    ['one dash', ['-role-arn', 'x'], /two dashes: "--role-arn"/],
    ['a value that stands alone', ['x'], /"x" is no flag; values with blanks need quotes/],
    ['a flag where a value should be', ['--region', '--debug'], /--region has no value/],
    ['nothing where a value should be', ['--region'], /--region has no value/],
    ['a switch with a value', ['--debug=maybe'], /--debug is true or false, not "maybe"/],
    ['a duration below the least', ['--session-duration', '899'], /from 900 to 43200, not "899"/],
    ['a duration above the most', ['--session-duration', '43201'], /from 900 to 43200/],
    ['a duration with a unit', ['--session-duration', '1h'], /number of seconds/],
    ['a session name with a blank', ['--role-session-name', 'night shift'], /--role-session-name is 2 to 64 letters/],
    ['a session name of one letter', ['--role-session-name', 'n'], /2 to 64/],
    ['an endpoint and FIPS', ['--endpoint', 'https://x', '--use-fips-endpoint'], /--endpoint already says/],
  ])('%s', (_, args, message) => {
    expect(errorOf(() => options([...REQUIRED, ...args]))).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  });

  test.each<[readonly string[], RegExp]>([
    [['--cert-selector', 'x'], /--cert-selector is not supported: .*PEM files/],
    [['--system-store-name', 'MY'], /PEM files/],
    [['--use-latest-expiring-certificate'], /PEM files/],
    [['--pkcs11-lib=/usr/lib/x.so'], /PEM files/],
    [['--reuse-pin'], /PEM files/],
    [['--tpm-key-password', 'x'], /TPM/],
    [['--no-tpm-key-password'], /TPM/],
    [['--pkcs8-password', 'secret'], /openssl pkey -in FILE -out NEW/],
    [['--private-key', 'handle:0x81000001'], /TPM handle/],
    [['--private-key', 'pkcs11:object=key?pin-value=1234'], /PKCS#11 URI/],
    [['--certificate', 'pkcs11:object=cert'], /PKCS#11 URI/],
  ])('%j of aws_signing_helper is refused with the way out', (args, message) => {
    const error = errorOf(() => options([...REQUIRED, ...args]));
    expect(error).toMatchObject({ code: 'NOT_SUPPORTED', message: expect.stringMatching(message) });
    expect(error.message).not.toMatch(/secret|1234/);
  });

  test('names of members every object has are no flags', () => {
    expect(errorOf(() => options([...REQUIRED, '--constructor', 'x'])).code).toBe('USAGE');
  });
});
