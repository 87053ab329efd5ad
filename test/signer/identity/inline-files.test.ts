import { withInlineFiles } from '../../../signer/identity/inline-files';
import { main } from '../../../signer/main';
import { createRootCa, Issued, issueHost } from '../../support/pki';
import { ARN_FLAGS, fakeMachine, OUTPUT } from '../fake-platform';

let host: Issued;

beforeAll(async () => {
  host = await issueHost(await createRootCa('CN=Root'), 'CN=onprem01');
});

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test('"-" is standard input, read once however often it is asked for', async () => {
  const { platform } = fakeMachine({ input: 'pem' });
  const readInput = jest.fn(platform.readInput);
  const { readFile } = withInlineFiles({ ...platform, readInput });
  expect([decode(await readFile('-')), decode(await readFile('-'))]).toEqual(['pem', 'pem']);
  expect(readInput).toHaveBeenCalledTimes(1);
});

test('descriptors of a shell are read once, too', async () => {
  const { platform, reads } = fakeMachine({ files: { '/dev/fd/63': 'pem' } });
  const { readFile } = withInlineFiles(platform);
  expect([decode(await readFile('/dev/fd/63')), decode(await readFile('/dev/fd/63'))]).toEqual(['pem', 'pem']);
  expect(reads).toEqual(['/dev/fd/63']);
});

test.each<[string, string]>([
  ['as it is', '-----BEGIN X-----\nAA==\n-----END X-----\n'],
  ['with line ends written out', '-----BEGIN X-----\\nAA==\\n-----END X-----\\n'],
  ['in base64', Buffer.from('-----BEGIN X-----\nAA==\n-----END X-----\n').toString('base64')],
])('env:NAME is a variable, %s', async (_, value) => {
  const { readFile } = withInlineFiles(fakeMachine({ env: { HOST_KEY: value } }).platform);
  expect(decode(await readFile('env:HOST_KEY'))).toBe('-----BEGIN X-----\nAA==\n-----END X-----\n');
});

test('a variable that is not set is named', async () => {
  const { readFile } = withInlineFiles(fakeMachine({ env: { EMPTY: '' } }).platform);
  await expect(readFile('env:HOST_KEY')).rejects.toMatchObject({ code: 'FILE_UNREADABLE', message: 'the environment variable HOST_KEY is not set' });
  await expect(readFile('env:EMPTY')).rejects.toMatchObject({ code: 'FILE_UNREADABLE', message: 'the environment variable EMPTY is empty' });
});

test('everything else is a path', async () => {
  const { readFile } = withInlineFiles(fakeMachine({ files: { './-': 'file' } }).platform);
  expect(decode(await readFile('./-'))).toBe('file');
});

test('a CI job holds certificate and key in variables, or pipes both', async () => {
  const env = { CERT: host.pem, KEY: Buffer.from(host.keyPem).toString('base64') };
  const fromVariables = fakeMachine({ args: ['credential-process', '--certificate', 'env:CERT', '--private-key', 'env:KEY', ...ARN_FLAGS], env });
  expect([await main(fromVariables.platform), fromVariables.output]).toEqual([0, OUTPUT]);
  const piped = fakeMachine({ args: ['credential-process', '--certificate', '-', ...ARN_FLAGS], input: host.pem + host.keyPem });
  expect([await main(piped.platform), piped.output]).toEqual([0, OUTPUT]);
});
