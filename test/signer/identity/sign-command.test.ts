import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { signCommandSource, splitWords } from '../../../signer/identity/sign-command';
import { main } from '../../../signer/main';
import { describeKey, verifySignature } from '../../../src/create-session';
import { createRootCa, Issued, issueHost, TestKey } from '../../support/pki';
import { describeUnless, opensslMissing } from '../../support/runtimes';
import { ARN_FLAGS, fakeMachine, OUTPUT } from '../fake-platform';

const folder = mkdtempSync(join(tmpdir(), 'sign-command-'));
const hosts = new Map<TestKey, Issued>();
const MESSAGE = new TextEncoder().encode('AWS4-X509 something to sign');

/** A program written in JavaScript, which gets the message as `input`. */
function program(name: string, body: string): string {
  const path = join(folder, `${name}.js`);
  writeFileSync(path, `const input = require('fs').readFileSync(0); const crypto = require('crypto'); const env = process.env;\n${body}\n`);
  return `'${process.execPath}' '${path}'`;
}

function keyFile(key: TestKey): string {
  const path = join(folder, `${key}.key`);
  writeFileSync(path, hosts.get(key)!.keyPem, { mode: 0o600 });
  return path;
}

/** A program that signs with a key file and writes the signature in some form. */
function signing(key: TestKey, form: string, digest = 'input'): string {
  return program(`${key}-${form.length}-${digest.length}`, `
    const hash = env.ROLES_ANYWHERE_SIGN_HASH.replace('-', '');
    const key = { key: require('fs').readFileSync(${JSON.stringify(keyFile(key))}), dsaEncoding: ${JSON.stringify(form === 'raw' ? 'ieee-p1363' : 'der')} };
    const signature = crypto.sign(hash, ${digest}, key);
    process.stdout.write(${form === 'raw' || form === '' ? 'signature' : form});`);
}

const source = (command: string, key: TestKey = 'P-256') => signCommandSource(
  { readFile: async () => new TextEncoder().encode(hosts.get(key)!.pem) }, command, { certificate: 'host.pem' });

beforeAll(async () => {
  const root = await createRootCa('CN=Root');
  for (const key of ['P-256', 'P-384', 'RSA-2048'] as const) {
    hosts.set(key, await issueHost(root, `CN=${key}`, { key }));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a signature', () => {
  test.each<[string, TestKey, string]>([
    ['as it is', 'RSA-2048', ''],
    ['in ASN.1 DER', 'P-256', ''],
    ['as r || s', 'P-384', 'raw'],
    ['in base64', 'P-256', '"\\n" + signature.toString("base64").replace(/.{60}/g, "$&\\n") + "\\n"'],
    ['in hexadecimal', 'RSA-2048', 'signature.toString("hex") + "\\n"'],
    ['as Vault writes it', 'RSA-2048', '"vault:v1:" + signature.toString("base64") + "\\n"'],
  ])('%s, %s', async (_, key, form) => {
    const { signer, certificate } = await source(signing(key, form), key).read();
    expect(await verifySignature(certificate, MESSAGE, await signer.sign(MESSAGE))).toBe(true);
  });

  test('with another hash', async () => {
    const { signer, certificate } = await source(signing('P-256', '')).read();
    expect(await verifySignature(certificate, MESSAGE, await signer.sign(MESSAGE, 'SHA-512'), 'SHA-512')).toBe(true);
  });

  test('the program is told algorithm, hash and digest', async () => {
    const said = program('told', 'console.error(env.ROLES_ANYWHERE_SIGN_ALGORITHM, env.ROLES_ANYWHERE_SIGN_HASH, '
      + 'env.ROLES_ANYWHERE_SIGN_DIGEST === crypto.createHash("sha384").update(input).digest("hex")); process.exit(9)');
    const { signer } = await source(said).read();
    await expect(signer.sign(MESSAGE, 'SHA-384')).rejects.toMatchObject({ message: expect.stringContaining('saying: ECDSA SHA-384 true') });
  });

  test('the identity says where the key is', async () => {
    const { certificate, keySource } = await source('"my signer" --key 1').read();
    expect([describeKey(certificate.publicKey), keySource]).toEqual(['EC P-256', '--sign-command my signer']);
  });
});

describe('what goes wrong', () => {
  const sign = async (command: string) => (await source(command).read()).signer.sign(MESSAGE);

  test.each<[string, () => string, RegExp]>([
    ['a program that is not there', () => '/nowhere/signer --key 1', /\/nowhere\/signer cannot be started \(ENOENT\)/],
    ['an exit code', () => program('fails', 'console.error("PIN locked\\nfake line"); process.exit(3)'), /ended with exit code 3, saying: PIN locked fake line$/],
    ['a signal', () => program('killed', 'process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 1e6)'), /was ended by SIGKILL/],
    ['silence', () => program('silent', ''), /wrote no signature/],
    ['a signature over something else', () => signing('P-256', '', 'Buffer.from("else")'), /are no signature over the message by the key of the certificate CN=P-256/],
    ['text that is no signature', () => program('text', 'console.log("ok")'), /wrote 3 bytes that are no signature/],
    ['zeros', () => program('zeros', 'process.stdout.write(Buffer.alloc(64))'), /no signature/],
    ['a flood', () => program('flood', 'process.stdout.write(Buffer.alloc(1e6))'), /wrote more than 65536 bytes/],
  ])('%s', async (_, command, message) => {
    await expect(sign(command())).rejects.toMatchObject({ name: 'SignerError', code: 'SIGN_COMMAND_FAILED', message: expect.stringMatching(message) });
  });

  test('a program that does not read its input', async () => {
    const path = join(folder, 'ignores.js');
    writeFileSync(path, 'process.stdin.destroy(); console.log("00");');
    await expect(sign(`'${process.execPath}' '${path}'`)).rejects.toMatchObject({ code: 'SIGN_COMMAND_FAILED' });
  });
});

describe('words', () => {
  test.each<[string, string[]]>([
    ['signer', ['signer']],
    ['  signer   --key 1 ', ['signer', '--key', '1']],
    ['"/opt/my signer" --pin \'a b\'', ['/opt/my signer', '--pin', 'a b']],
    ['signer --label="a \\" b"\'c\'d', ['signer', '--label=a " bcd']],
    ['signer a\\ b ""', ['signer', 'a b', '']],
  ])('%s', (command, words) => {
    expect(splitWords(command, 'linux')).toEqual(words);
  });

  test('backslashes of Windows stay', () => {
    expect(splitWords('"C:\\Program Files\\s.exe" C:\\key', 'win32')).toEqual(['C:\\Program Files\\s.exe', 'C:\\key']);
  });

  test.each(['', '   ', 'signer "open', 'signer \'open', 'signer \\'])('%j is refused', (command) => {
    expect(() => splitWords(command, 'linux')).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describeUnless(opensslMissing ?? (process.platform === 'win32' ? 'it is a shell script' : undefined), 'a script around openssl', () => {
  test('gets credentials', async () => {
    const script = join(folder, 'sign.sh');
    writeFileSync(script, `#!/bin/sh\nexec openssl dgst -sha256 -sign '${keyFile('RSA-2048')}'\n`);
    chmodSync(script, 0o755);
    const machine = fakeMachine({ args: ['credential-process', '--certificate', 'host.pem', '--sign-command', script, ...ARN_FLAGS], files: { 'host.pem': hosts.get('RSA-2048')!.pem } });
    expect([await main(machine.platform), machine.output, machine.diagnostics]).toEqual([0, OUTPUT, '']);
  });
});
