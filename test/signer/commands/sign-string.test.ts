import { execFileSync, spawnSync } from 'child_process';
import { createHash, createPublicKey, X509Certificate } from 'crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { main } from '../../../signer/main';
import { createRootCa, Issued, issueHost, TestKey } from '../../support/pki';
import { BUN, bunMissing, describeUnless, opensslMissing } from '../../support/runtimes';
import { fakeMachine, FakeOptions, systemError } from '../fake-platform';

const KEYS: readonly TestKey[] = ['RSA-2048', 'P-256', 'P-384', 'P-521'];
const DIGESTS = ['SHA256', 'SHA384', 'SHA512'] as const;
const hosts: Partial<Record<TestKey, Issued>> = {};
const folder = mkdtempSync(join(tmpdir(), 'signer-sign-string-'));

beforeAll(async () => {
  const root = await createRootCa('CN=Root');
  for (const key of KEYS) {
    hosts[key] = await issueHost(root, `CN=${key}`, { key });
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(host: Issued, flags: readonly string[] = [], options: FakeOptions = {}) {
  const machine = fakeMachine({
    args: ['sign-string', '--certificate', 'host.pem', '--private-key', 'host.key', ...flags],
    files: { 'host.pem': host.pem, 'host.key': host.keyPem },
    ...options,
  });
  return { exitCode: await main(machine.platform), machine };
}

/** The message as aws_signing_helper's study describes it, with the public key as node:crypto writes it. */
function message(host: Issued): Buffer {
  const key = new X509Certificate(host.pem).publicKey;
  let bits: Buffer;
  if (key.asymmetricKeyType === 'rsa') {
    bits = key.export({ type: 'pkcs1', format: 'der' });
  } else {
    const { x, y } = createPublicKey(key.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' });
    bits = Buffer.concat([Buffer.from([4]), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]);
  }
  return Buffer.concat([
    Buffer.from('AWS Roles Anywhere Credential Helper Signing Test1'),
    createHash('sha256').update('IAM RA').update(bits).digest(),
  ]);
}

describeUnless(opensslMissing, 'OpenSSL takes the signature', () => {
  test.each(KEYS.flatMap((key) => DIGESTS.map((digest) => [key, digest] as const)))('of %s with %s', async (key, digest) => {
    const host = hosts[key]!;
    const { exitCode, machine } = await run(host, ['--digest', digest, '--format', 'text']);
    expect({ exitCode, diagnostics: machine.diagnostics }).toEqual({ exitCode: 0, diagnostics: '' });
    expect(machine.output).toMatch(/^[0-9a-f]+$/);
    const [signature, text, publicKey] = ['signature', 'message', 'key.pem'].map((name) => join(folder, name));
    writeFileSync(signature, Buffer.from(machine.output, 'hex'));
    writeFileSync(text, message(host));
    writeFileSync(publicKey, new X509Certificate(host.pem).publicKey.export({ type: 'spki', format: 'pem' }));
    const verified = spawnSync('openssl', ['dgst', `-${digest.toLowerCase()}`, '-verify', publicKey, '-signature', signature, text], { encoding: 'utf8' });
    expect(verified.stdout).toBe('Verified OK\n');
  });
});

describeUnless(bunMissing, 'ML-DSA with Bun, which the standalone signer runs on', () => {
  test('signs the message itself, whatever digest is named', () => {
    const output = execFileSync(BUN, ['run', join(__dirname, 'ml-dsa-sign-string.ts')], { encoding: 'utf8' });
    // Lengths of FIPS 204 table 2.
    expect(JSON.parse(output)).toEqual([2420, 3309, 4627].map((length) => ({ exitCode: 0, length, verifies: true })));
  });
});

// An RSA signature of PKCS #1 v1.5 is the same each time.
test('formats: JSON where none is named, hexadecimal and bytes, none with a line end', async () => {
  const host = hosts['RSA-2048']!;
  const [json, text, bin] = await Promise.all([[], ['--format', 'text'], ['--format', 'bin']].map(async (flags) => (await run(host, flags)).machine.output));
  expect(text).toHaveLength(512);
  expect(json).toBe(`"${text}"`);
  expect(Buffer.from(bin, 'latin1').toString('hex')).toBe(text);
});

test('SHA-256 where no digest is named', async () => {
  const host = hosts['RSA-2048']!;
  const outputs = await Promise.all([[], ['--digest', 'SHA256'], ['--digest', 'SHA512']].map(async (flags) => (await run(host, flags)).machine.output));
  expect(outputs[0]).toBe(outputs[1]);
  expect(outputs[0]).not.toBe(outputs[2]);
});

test.each([['--format', 'hex', /--format is one of json, text, bin, not "hex"/], ['--digest', 'MD5', /--digest is one of SHA256, SHA384, SHA512, not "MD5"/]] as const)(
  '%s %s is refused', async (flag, value, pattern) => {
    const { exitCode, machine } = await run(hosts['P-256']!, [flag, value]);
    expect({ exitCode, output: machine.output }).toEqual({ exitCode: 2, output: '' });
    expect(machine.diagnostics).toMatch(pattern);
  });

test('it needs no ARNs, and does not take them', async () => {
  expect((await run(hosts['P-256']!)).exitCode).toBe(0);
  expect((await run(hosts['P-256']!, ['--role-arn', 'x'])).exitCode).toBe(2);
});

test('a key of another certificate is found out', async () => {
  const { exitCode, machine } = await run(hosts['P-256']!, [], {
    files: { 'host.pem': hosts['P-256']!.pem, 'host.key': (await issueHost(await createRootCa('CN=Root'), 'CN=other')).keyPem },
  });
  expect({ exitCode, output: machine.output }).toEqual({ exitCode: 3, output: '' });
  expect(machine.diagnostics).toMatch(/KEY_CERTIFICATE_MISMATCH: the private key in host\.key does not belong to the certificate CN=P-256 in host\.pem/);
});

test('an output that is closed is an error', async () => {
  const { exitCode, machine } = await run(hosts['P-256']!, [], { outputError: systemError('EPIPE') });
  expect({ exitCode, diagnostics: machine.diagnostics }).toEqual({ exitCode: 1, diagnostics: expect.stringContaining('OUTPUT_FAILED') });
});
