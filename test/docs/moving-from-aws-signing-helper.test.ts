import { readFileSync } from 'fs';
import { join } from 'path';
import { SignerError } from '../../signer/errors';
import { parseCommandLine } from '../../signer/options/command-line';
import { CommandName, Flag, FLAGS, FlagName } from '../../signer/options/flags';

const GUIDE = readFileSync(join(__dirname, '..', '..', 'docs', 'moving-from-aws-signing-helper.md'), 'utf8');

const CREDENTIALS: CommandName[] = ['credential-process', 'serve', 'update'];

/** The flags of aws_signing_helper 1.8.0, by command; and one that its guide names although it does not exist. */
const HELPER: Readonly<Record<string, readonly CommandName[]>> = {
  ...Object.fromEntries(['role-arn', 'profile-arn', 'trust-anchor-arn', 'session-duration', 'role-session-name', 'region', 'endpoint', 'no-verify-ssl', 'with-proxy']
    .map((name) => [name, CREDENTIALS])),
  ...Object.fromEntries(['private-key', 'intermediates', 'use-latest-expiring-certificate', 'reuse-pin', 'tpm-key-password', 'no-tpm-key-password', 'pkcs8-password']
    .map((name) => [name, [...CREDENTIALS, 'sign-string']])),
  ...Object.fromEntries(['certificate', 'cert-selector', 'system-store-name', 'pkcs11-lib', 'pkcs11-pin', 'debug']
    .map((name) => [name, [...CREDENTIALS, 'sign-string', 'read-certificate-data']])),
  'port': ['serve'],
  'hop-limit': ['serve'],
  'profile': ['update'],
  'once': ['update'],
  'format': ['sign-string'],
  'digest': ['sign-string'],
};

const SHORT: Readonly<Record<string, readonly CommandName[]>> = {
  credentials: CREDENTIALS, sign: ['sign-string'], read: ['read-certificate-data'], serve: ['serve'], update: ['update'],
};

const rows = [...GUIDE.matchAll(/^\| `--([a-z0-9-]+)` \| ([a-z, ]+) \| (accepted|refused) \|/gm)]
  .map(([, name, commands, verdict]) => ({ name, verdict, commands: commands.split(', ').flatMap((word) => SHORT[word]) }));

function verdictOf(command: CommandName, name: string): string {
  const isSwitch = (FLAGS[name as FlagName] as Flag).kind === 'switch';
  try {
    parseCommandLine([command, `--${name}${isSwitch ? '' : '=x'}`]);
    return 'accepted';
  } catch (error) {
    expect(error).toMatchObject({ name: 'SignerError', code: 'NOT_SUPPORTED' });
    // The way out is named.
    expect((error as SignerError).message).toMatch(/PKCS#11/);
    return 'refused';
  }
}

test('the table has every flag of the helper, each once', () => {
  expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(HELPER).sort());
});

test.each(rows)('--$name is $verdict', ({ name, verdict, commands }) => {
  expect([...commands].sort()).toEqual([...HELPER[name]].sort());
  commands.forEach((command) => expect([command, verdictOf(command, name)]).toEqual([command, verdict]));
});
