/** Identities on tokens of SoftHSM, read and used in a process of Bun. */
import { execFileSync } from 'child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { runSteps, verifies } from './bun-steps';
import type { Outcome, Plan, Step } from './run-steps';
import { createRootCa, Issued, issueCa, issueHost } from '../../support/pki';
import { bunMissing, describeUnless } from '../../support/runtimes';
import { PIN, SoftHsm, SOFTHSM_MODULE, softhsmMissing } from '../../support/softhsm';

const DAY = 86_400_000;
const READ: Step = { do: 'read' };
const SIGN: Step = { do: 'sign', message: 'string to sign' };

/** A library that is everywhere, below whichever folder the distribution has it in. */
const SYSTEM_LIBRARY = ['/usr/lib/x86_64-linux-gnu/libm.so.6', '/usr/lib/aarch64-linux-gnu/libm.so.6', '/usr/lib64/libm.so.6', '/usr/lib/libz.so.1']
  .find(existsSync)!;

let hsm: SoftHsm;
let root: Issued;
let outerCa: Issued;
let innerCa: Issued;
let twinCa: Issued;
let rsa: Issued;
let p256: Issued;
let p384: Issued;
let apart: Issued;
let expiresSoon: Issued;
let expiresLate: Issued;

function run(options: Plan['options'], steps: readonly Step[], pins: readonly string[] = []): Promise<Outcome[]> {
  return runSteps({ options: { library: SOFTHSM_MODULE, ...options }, pins, steps }, hsm.env);
}

/** The error of the last step. */
async function errorOf(options: Plan['options'], steps: readonly Step[] = [READ], pins: readonly string[] = [PIN]): Promise<NonNullable<Outcome['error']>> {
  const outcomes = await run(options, steps, pins);
  expect(outcomes.slice(0, -1).map(({ error }) => error)).toEqual(steps.slice(1).map(() => undefined));
  return outcomes.at(-1)!.error!;
}

const base64 = ({ der }: Issued) => Buffer.from(der).toString('base64');

beforeAll(async () => {
  if ((bunMissing ?? softhsmMissing) !== undefined) {
    return;
  }
  hsm = new SoftHsm();
  root = await createRootCa('O=Example, CN=Example Root');
  outerCa = await issueCa(root, 'O=Example, CN=Outer');
  innerCa = await issueCa(outerCa, 'O=Example, CN=Inner');
  twinCa = await issueCa(outerCa, 'O=Example, CN=Inner');
  rsa = await issueHost(innerCa, 'O=Example, CN=host-rsa', { key: 'RSA-2048' });
  p256 = await issueHost(innerCa, 'O=Example, CN=host-p256', { key: 'P-256' });
  p384 = await issueHost(innerCa, 'O=Example, CN=host-p384', { key: 'P-384' });
  apart = await issueHost(innerCa, 'O=Example, CN=apart');
  expiresSoon = await issueHost(innerCa, 'O=Example, CN=renewed', { notAfter: new Date(Date.now() + 10 * DAY) });
  expiresLate = await issueHost(innerCa, 'O=Example, CN=renewed', { notAfter: new Date(Date.now() + 90 * DAY) });

  hsm.addToken('together');
  [rsa, p256, p384].forEach((host, i) => {
    hsm.importKey('together', host.keyPem, { id: `0${i + 1}`, label: `key ${i + 1}` });
    hsm.importCertificate('together', host.der, { id: `0${i + 1}`, label: `host ${i + 1}` });
  });
  // One of the same name and another key comes first.
  [twinCa, root, innerCa, outerCa].forEach(({ der }, i) => hsm.importCertificate('together', der, { id: `c${i}`, label: `ca ${i}` }));

  hsm.addToken('certificates');
  hsm.importCertificate('certificates', apart.der, { id: '0a', label: 'apart' });
  hsm.addToken('keys');
  hsm.importKey('keys', apart.keyPem, { id: '0b', label: 'key of apart' });

  hsm.addToken('renewals');
  [expiresLate, expiresSoon].forEach((host, i) => {
    hsm.importKey('renewals', host.keyPem, { id: `0${i + 1}`, label: 'renewed' });
    hsm.importCertificate('renewals', host.der, { id: `0${i + 1}`, label: 'renewed' });
  });
}, 120_000);

afterAll(() => hsm?.destroy());

describeUnless(bunMissing ?? softhsmMissing, 'certificate and key on one token', () => {
  test.each([
    ['RSA 2048', () => rsa, '01', 256],
    ['EC P-256', () => p256, '02', undefined],
    ['EC P-384', () => p384, '03', undefined],
  ] as const)('%s signs with every hash, and one PIN is asked for', async (_, host, id, length) => {
    const hashes = ['SHA-256', 'SHA-384', 'SHA-512'] as const;
    const steps: Step[] = [READ, SIGN, ...hashes.map((hash) => ({ do: 'sign', message: 'other', hash }) as const), READ, { do: 'sign twice', message: 'two' }, { do: 'close' }];
    const outcomes = await run({ certificateUri: `pkcs11:token=together;id=%${id}` }, steps, [PIN]);

    expect(outcomes.map(({ error }) => error)).toEqual(steps.map(() => undefined));
    expect(outcomes[0]).toMatchObject({
      certificate: base64(host()),
      certificateSource: expect.stringMatching(new RegExp(`^pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=[0-9a-f]{16};token=together;id=%${id};object=host%20\\d;type=cert$`)),
      keySource: expect.stringMatching(new RegExp(`;token=together;id=%${id};object=key%20\\d;type=private$`)),
      prompts: ['token "together" (SoftHSM project, SoftHSM v2)'],
    });
    expect(outcomes.slice(1).flatMap(({ prompts }) => prompts)).toEqual([]);
    const [, first, sha256, sha384, sha512, , twice] = outcomes.map(({ signatures }) => signatures);
    expect(verifies(host().der, 'string to sign', first![0])).toBe(true);
    expect([verifies(host().der, 'other', sha256![0], 'sha256'), verifies(host().der, 'other', sha384![0], 'sha384'),
      verifies(host().der, 'other', sha512![0], 'sha512'), verifies(host().der, 'other', sha512![0], 'sha256')]).toEqual([true, true, true, false]);
    expect(twice!.map((signature) => verifies(host().der, 'two', signature))).toEqual([true, true]);
    if (length !== undefined) {
      expect(Buffer.from(first![0], 'base64')).toHaveLength(length);
    }
  });

  test('its URI may also be given for the key, type and all', async () => {
    const [{ error, certificate }] = await run({ privateKeyUri: `pkcs11:token=together;id=%02;type=private?pin-value=${PIN}` }, [READ]);
    expect([error, certificate]).toEqual([undefined, base64(p256)]);
  });

  test('the chain is made of the token\'s certificates by signature, without the root', async () => {
    const [{ chain }] = await run({ certificateUri: `pkcs11:token=together;id=%02?pin-value=${PIN}` }, [READ]);
    expect(chain).toEqual([base64(innerCa), base64(outerCa)]);
  });

  test('the file of intermediates comes after it, without repetitions', async () => {
    const other = await createRootCa('CN=Other');
    const intermediates = hsm.write('intermediates.pem', outerCa.pem + other.pem);
    const [{ chain }] = await run({ certificateUri: `pkcs11:token=together;id=%02?pin-value=${PIN}`, intermediates }, [READ]);
    expect(chain).toEqual([base64(innerCa), base64(outerCa), base64(other)]);
  });

  test('a file of intermediates with a private key in it is refused', async () => {
    const intermediates = hsm.write('intermediates.pem', outerCa.pem + outerCa.keyPem);
    const error = await errorOf({ certificateUri: `pkcs11:token=together;id=%02?pin-value=${PIN}`, intermediates });
    expect(error).toEqual({ name: 'CredentialsError', code: 'CERTIFICATE_UNREADABLE', message: expect.stringContaining(`${intermediates} cannot be read: a private key`) });
  });

  test('a hundred times, with the garbage collected in between, is the same as once', async () => {
    const [{ error, signatures }] = await run({ certificateUri: `pkcs11:token=together;id=%01?pin-value=${PIN}` }, [{ do: 'repeat', times: 100 }]);
    expect([error, signatures?.length]).toEqual([undefined, 100]);
    expect(signatures!.every((signature, i) => verifies(rsa.der, `message ${i}`, signature))).toBe(true);
  });
});

describeUnless(bunMissing ?? softhsmMissing, 'certificate and key apart', () => {
  test('on two tokens: the PIN of the key\'s one is asked for', async () => {
    const options = { certificateUri: 'pkcs11:token=certificates', privateKeyUri: 'pkcs11:token=keys;object=key%20of%20apart' };
    const [read, sign] = await run(options, [READ, SIGN], [PIN]);
    expect(read).toMatchObject({ certificate: base64(apart), keySource: expect.stringContaining('token=keys;id=%0B;object=key%20of%20apart;type=private') });
    expect(read.prompts).toEqual(['token "keys" (SoftHSM project, SoftHSM v2)']);
    expect(verifies(apart.der, 'string to sign', sign.signatures![0])).toBe(true);
  });

  test('a PIN for another token is not tried on the key\'s one', async () => {
    const options = { certificateUri: 'pkcs11:token=certificates?pin-value=of-certificates', privateKeyUri: 'pkcs11:token=keys' };
    const [{ error, prompts }] = await run(options, [READ], [PIN]);
    expect([error, prompts]).toEqual([undefined, ['token "keys" (SoftHSM project, SoftHSM v2)']]);
  });

  test('certificate and chain in a file', async () => {
    const certificateFile = hsm.write('apart.pem', apart.pem + innerCa.pem);
    const [read, sign] = await run({ certificateFile, privateKeyUri: `pkcs11:token=keys?pin-value=${PIN}` }, [READ, SIGN]);
    expect(read).toMatchObject({ certificate: base64(apart), chain: [base64(innerCa)], certificateSource: certificateFile });
    expect(verifies(apart.der, 'string to sign', sign.signatures![0])).toBe(true);
  });

  test('a key is found among others by trying, whatever id and label the certificate has', async () => {
    hsm.importCertificate('together', apart.der, { label: 'no id' });
    hsm.importKey('together', apart.keyPem, { id: 'ff', label: 'somewhere' });
    const [read] = await run({ certificateUri: `pkcs11:token=together;object=no%20id?pin-value=${PIN}` }, [READ]);
    hsm.removeCertificate('together', { label: 'no id' });
    expect([read.error, read.keySource]).toEqual([undefined, expect.stringContaining('id=%FF;object=somewhere')]);
  });

  test('a key of another certificate is refused', async () => {
    const error = await errorOf({ certificateUri: 'pkcs11:token=together;id=%02', privateKeyUri: `pkcs11:token=renewals;id=%01?pin-value=${PIN}` });
    expect(error).toEqual({
      name: 'CredentialsError',
      code: 'KEY_CERTIFICATE_MISMATCH',
      message: expect.stringMatching(/^pkcs11:.*token=renewals;id=%01;object=renewed;type=private does not belong to the certificate pkcs11:.*object=host%202;type=cert; name the right key with --private-key$/),
    });
  });

  test('a key on another curve is refused', async () => {
    const error = await errorOf({ certificateUri: 'pkcs11:token=together;id=%02', privateKeyUri: `pkcs11:token=together;id=%03?pin-value=${PIN}` });
    expect(error).toMatchObject({ code: 'KEY_CERTIFICATE_MISMATCH' });
  });

  test('a key of another kind is not found', async () => {
    const error = await errorOf({ certificateUri: 'pkcs11:token=together;id=%02', privateKeyUri: `pkcs11:token=together;id=%01?pin-value=${PIN}` });
    expect(error).toMatchObject({ code: 'IDENTITY_NOT_FOUND', message: expect.stringContaining('token "together" (SoftHSM project, SoftHSM v2) has no EC P-256 private key that may sign with the id and label of its URI') });
  });

  test('where several tokens may have the key, none is logged in to', async () => {
    const error = await errorOf({ certificateFile: hsm.write('apart.pem', apart.pem), privateKeyUri: 'pkcs11:object=key%20of%20apart' });
    expect(error).toMatchObject({ code: 'IDENTITY_AMBIGUOUS', message: expect.stringContaining('say on which with "token="') });
  });
});

describeUnless(bunMissing ?? softhsmMissing, 'choosing a certificate', () => {
  test('by selector, among all tokens', async () => {
    const [{ certificate, prompts }] = await run({ selector: { subject: 'cn=host-p384, o=example', issuer: 'CN=Inner,O=Example' } }, [READ], [PIN]);
    expect([certificate, prompts]).toEqual([base64(p384), ['token "together" (SoftHSM project, SoftHSM v2)']]);
  });

  test('by serial number', async () => {
    const [{ certificate }] = await run({ selector: { serialNumber: p256.certificate.serialNumber } }, [READ], [PIN]);
    expect(certificate).toBe(base64(p256));
  });

  test('several that fit are listed', async () => {
    const error = await errorOf({ certificateUri: 'pkcs11:object=renewed' });
    expect(error).toMatchObject({ name: 'SignerError', code: 'IDENTITY_AMBIGUOUS' });
    expect(error.message).toMatch(/^2 certificates fit pkcs11:object=renewed; name one by its id or serial number, or add --use-latest-expiring-certificate: pkcs11:\S*id=%01;object=renewed;type=cert \(CN=renewed,O=Example, serial number [0-9a-f]+, expires \d{4}-\d\d-\d\d\), pkcs11:\S*id=%02/);
  });

  test('the one that expires last, if so told', async () => {
    const [{ certificate }, sign] = await run({ certificateUri: `pkcs11:object=renewed?pin-value=${PIN}`, useLatestExpiring: true }, [READ, SIGN]);
    expect(certificate).toBe(base64(expiresLate));
    expect(verifies(expiresLate.der, 'string to sign', sign.signatures![0])).toBe(true);
  });

  test('a certificate that is rotated is taken up, and the identity read before goes on signing', async () => {
    const tool = (...args: string[]): Step => ({ do: 'run', program: 'pkcs11-tool', args: ['--module', SOFTHSM_MODULE, '--token-label', 'renewals', '--login', '--pin', PIN, ...args] });
    const newest = await issueHost(innerCa, 'O=Example, CN=renewed', { key: 'RSA-2048', notAfter: new Date(Date.now() + 900 * DAY) });
    const certificate = hsm.write('newest.der', newest.der);
    hsm.importKey('renewals', newest.keyPem, { id: '03', label: 'renewed' });
    const outcomes = await run({ certificateUri: 'pkcs11:object=renewed', useLatestExpiring: true }, [
      READ, tool('--write-object', certificate, '--type', 'cert', '--id', '03', '--label', 'renewed'), READ, SIGN, { ...SIGN, withFirst: true } as Step,
      tool('--delete-object', '--type', 'cert', '--id', '03'),
    ], [PIN]);
    expect(outcomes.map(({ error }) => error)).toEqual(outcomes.map(() => undefined));
    expect([outcomes[0].certificate, outcomes[2].certificate]).toEqual([base64(expiresLate), base64(newest)]);
    expect(verifies(newest.der, 'string to sign', outcomes[3].signatures![0])).toBe(true);
    expect(verifies(expiresLate.der, 'string to sign', outcomes[4].signatures![0])).toBe(true);
  });

  test('a certificate that lies in two places is one; where its key is has to be said, since both tokens want a login', async () => {
    hsm.importCertificate('certificates', p256.der, { id: '77', label: 'copy' });
    const selector = { subject: 'CN=host-p256,O=Example' };
    const [unsaid] = await run({ selector }, [READ], [PIN]);
    const [said] = await run({ selector, privateKeyUri: 'pkcs11:token=together' }, [READ], [PIN]);
    hsm.removeCertificate('certificates', { id: '77', label: 'copy' });
    expect([unsaid.error?.code, unsaid.prompts]).toEqual(['IDENTITY_AMBIGUOUS', []]);
    expect([said.error, said.certificate]).toEqual([undefined, base64(p256)]);
  });

  test('certificates of CAs are not meant', async () => {
    const error = await errorOf({ certificateUri: 'pkcs11:token=together;object=ca%202' });
    expect(error).toMatchObject({ code: 'IDENTITY_NOT_FOUND', message: expect.stringContaining('only certificates of CAs fit pkcs11:token=together;object=ca%202') });
  });

  test('what there is instead is listed, after a look behind the login where one token was named', async () => {
    const [{ error, prompts }] = await run({ certificateUri: 'pkcs11:token=keys;object=nothing' }, [READ], [PIN]);
    expect(prompts).toEqual(['token "keys" (SoftHSM project, SoftHSM v2)']);
    expect(error).toMatchObject({ name: 'SignerError', code: 'IDENTITY_NOT_FOUND' });
    expect(error!.message).toMatch(/^no certificate fits pkcs11:token=keys;object=nothing; there is token "/);
    expect(error!.message).toMatch(/token "keys" \(SoftHSM project, SoftHSM v2\) with no certificate/);
    expect(error!.message).toMatch(/token "together" [^;]* with pkcs11:token=together;id=%\d\d \(CN=host-/);
    expect(error!.message).toContain('4 certificates of CAs');
    expect(error!.message).not.toContain(PIN);
  });

  test('a certificate that shows after the login only is found', async () => {
    hsm.addToken('private');
    hsm.importKey('private', apart.keyPem, { id: '01', label: 'apart' });
    hsm.importCertificate('private', apart.der, { id: '01', label: 'apart' }, '--private');
    const [{ error, certificate }] = await run({ certificateUri: 'pkcs11:token=private' }, [READ], [PIN]);
    hsm.removeToken('private');
    expect([error, certificate]).toEqual([undefined, base64(apart)]);
  });

  test('a certificate that cannot be read is told of', async () => {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: hsm.folder, stdio: 'pipe' });
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit', '-nodes', '-keyout', 'odd.key',
      '-subj', '/CN=odd', '-outform', 'DER', '-out', 'odd.der');
    hsm.addToken('odd');
    hsm.importCertificate('odd', readFileSync(join(hsm.folder, 'odd.der')), { label: 'odd' });
    const [read, list] = await run({ certificateUri: 'pkcs11:token=odd' }, [READ, { do: 'list', uri: 'pkcs11:token=odd' }], [PIN]);
    hsm.removeToken('odd');
    expect(read.error).toMatchObject({ code: 'IDENTITY_NOT_FOUND', message: expect.stringContaining('token "odd" (SoftHSM project, SoftHSM v2) with 1 that cannot be read') });
    expect(list.found).toEqual([{ der: expect.any(String), uri: expect.stringContaining('token=odd;object=odd;type=cert') }]);
  });

  test('a URI that nothing fits, without a token that could be logged in to, asks for no PIN', async () => {
    const [{ error, prompts }] = await run({ certificateUri: 'pkcs11:token=unknown' }, [READ], [PIN]);
    expect([error!.code, prompts]).toEqual(['IDENTITY_NOT_FOUND', []]);
  });

  test('a malformed URI is refused', async () => {
    expect(await errorOf({ certificateUri: 'pkcs11:tokn=x' })).toMatchObject({ name: 'SignerError', code: 'USAGE' });
  });
});

describeUnless(bunMissing ?? softhsmMissing, 'PINs', () => {
  test.each([
    ['a path', (path: string) => path],
    ['a file: URI', (path: string) => `file:${path}`],
    ['a file:// URI', (path: string) => `file://${path}`],
  ])('pin-source names a file by %s', async (_, source) => {
    const path = hsm.write('a pin', `${PIN}\n`);
    const [{ error, prompts }] = await run({ certificateUri: `pkcs11:token=together;id=%02?pin-source=${source(path).replace(/ /g, '%20')}` }, [READ]);
    // In a file: URI, the blank is encoded for the URI within as well.
    expect([error, prompts]).toEqual([undefined, []]);
  });

  test.each([
    ['a file that does not exist', '/nowhere/pin', 'FILE_UNREADABLE', 'the PIN file /nowhere/pin does not exist'],
    ['a command', '%7Cecho%201', 'NOT_SUPPORTED', 'none is run for a PIN'],
    ['a URI of something else', 'file://host/pin', 'USAGE', 'names no file of this machine'],
  ])('pin-source as %s is refused', async (_, source, code, message) => {
    expect(await errorOf({ certificateUri: `pkcs11:token=together;id=%02?pin-source=${source}` })).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('a wrong one in the URI is an error, and is said not to be tried again', async () => {
    const [first, second] = await run({ certificateUri: 'pkcs11:token=together;id=%02?pin-value=wrong-one' }, [READ, READ]);
    expect(first.error).toMatchObject({ name: 'SignerError', code: 'PIN_WRONG' });
    expect(first.error!.message).toMatch(/^token "together" \(SoftHSM project, SoftHSM v2\) refused the PIN in the URI \(pin-value\) \(CKR_PIN_INCORRECT\)/);
    expect(second.error).toMatchObject({ code: 'PIN_WRONG', message: expect.stringContaining('it is not tried again') });
    expect(JSON.stringify([first, second])).not.toContain('wrong-one');
  });

  test('a wrong one that was typed is forgotten, and asked for again at the next read', async () => {
    const outcomes = await run({ certificateUri: 'pkcs11:token=together;id=%02' }, [READ, READ, READ], ['mistyped', PIN]);
    expect(outcomes.map(({ error, prompts }) => [error?.code, prompts.length])).toEqual([['PIN_WRONG', 1], [undefined, 1], [undefined, 0]]);
  });

  test('the prompt shows nothing of a token that a terminal would obey', async () => {
    hsm.addToken('\u001b[31mred');
    const [{ prompts }] = await run({ certificateUri: 'pkcs11:token=%1B%5B31mred' }, [READ], [PIN]);
    hsm.removeToken('\u001b[31mred');
    expect(prompts).toEqual(['token " [31mred" (SoftHSM project, SoftHSM v2)']);
  });

  test('what the prompt throws ends the read', async () => {
    expect(await errorOf({ certificateUri: 'pkcs11:token=together;id=%02' }, [READ], [])).toMatchObject({ message: 'nobody answers' });
  });
});

describeUnless(bunMissing ?? softhsmMissing, 'keys that want each signature confirmed', () => {
  beforeAll(() => {
    hsm.addToken('confirming');
    hsm.importConfirmedKey('confirming', rsa.keyPem, { id: '01', label: 'confirmed' });
    hsm.importCertificate('confirming', rsa.der, { id: '01', label: 'confirmed' });
  });

  test('ask for the PIN each time, and name the key', async () => {
    const outcomes = await run({ certificateUri: 'pkcs11:token=confirming' }, [READ, SIGN, SIGN], [PIN, PIN, PIN]);
    expect(outcomes.map(({ error, prompts }) => [error, prompts])).toEqual([
      [undefined, ['token "confirming" (SoftHSM project, SoftHSM v2)']],
      [undefined, ['private key "confirmed" on token "confirming" (SoftHSM project, SoftHSM v2)']],
      [undefined, ['private key "confirmed" on token "confirming" (SoftHSM project, SoftHSM v2)']],
    ]);
    expect(outcomes.slice(1).map(({ signatures }) => verifies(rsa.der, 'string to sign', signatures![0]))).toEqual([true, true]);
  });

  test('take the PIN of the login where it may be used again', async () => {
    const outcomes = await run({ certificateUri: 'pkcs11:token=confirming', reusePin: true }, [READ, SIGN, SIGN], [PIN]);
    expect(outcomes.map(({ error, prompts }) => [error, prompts.length])).toEqual([[undefined, 1], [undefined, 0], [undefined, 0]]);
    expect(verifies(rsa.der, 'string to sign', outcomes[2].signatures![0])).toBe(true);
  });

  test('a wrong confirmation signs nothing, and the next one may be right', async () => {
    const outcomes = await run({ certificateUri: 'pkcs11:token=confirming' }, [READ, SIGN, SIGN, SIGN], [PIN, 'mistyped', 'mistyped', PIN]);
    expect(outcomes.map(({ error }) => error?.code)).toEqual([undefined, 'PIN_WRONG', 'PIN_WRONG', undefined]);
    expect(outcomes[2].error!.message).toContain('is not tried again');
    expect(verifies(rsa.der, 'string to sign', outcomes[3].signatures![0])).toBe(true);
  });

  test('their first signature shows whether they belong to the certificate', async () => {
    const other = await issueHost(innerCa, 'CN=other', { key: 'RSA-2048' });
    const certificateFile = hsm.write('other.pem', other.pem);
    const outcomes = await run({ certificateFile, privateKeyUri: 'pkcs11:token=confirming', reusePin: true }, [READ, SIGN], [PIN]);
    expect(outcomes.map(({ error }) => error?.code)).toEqual([undefined, 'KEY_CERTIFICATE_MISMATCH']);
  });

  test('several of them are not tried', async () => {
    hsm.importConfirmedKey('confirming', p256.keyPem, { id: '01', label: 'other kind' });
    hsm.importConfirmedKey('confirming', (await issueHost(innerCa, 'CN=other', { key: 'RSA-2048' })).keyPem, { id: '01', label: 'second' });
    const error = await errorOf({ certificateUri: 'pkcs11:token=confirming' });
    expect(error).toMatchObject({ code: 'IDENTITY_AMBIGUOUS', message: expect.stringMatching(/^2 private keys may belong to .*object=confirmed;.*object=second/) });
  });
});

describeUnless(bunMissing ?? softhsmMissing, 'long runs', () => {
  const options = { certificateUri: 'pkcs11:token=together;id=%02' };

  test.each([
    ['a session that ended', { do: 'end sessions' }],
    ['a module that was finalized', { do: 'finalize' }],
    ['a source that was closed', { do: 'close' }],
  ] as const)('%s is opened again, with the PIN that was right', async (_, step) => {
    const outcomes = await run(options, [READ, SIGN, step, SIGN, step, READ, SIGN, { do: 'close' }], [PIN]);
    expect(outcomes.map(({ error, prompts }) => [error, prompts.length])).toEqual(outcomes.map((__, i) => [undefined, i === 0 ? 1 : 0]));
    expect([1, 3, 6].map((i) => verifies(p256.der, 'string to sign', outcomes[i].signatures![0]))).toEqual([true, true, true]);
  });

  test('a token that goes is an error, and one that comes back is used', async () => {
    hsm.addToken('guest');
    hsm.importKey('guest', apart.keyPem, { id: '01', label: 'apart' });
    hsm.importCertificate('guest', apart.der, { id: '01', label: 'apart' });
    const tokens = join(hsm.folder, 'tokens');
    const remove: Step = { do: 'run', program: 'softhsm2-util', args: ['--delete-token', '--token', 'guest'] };
    const saved = join(hsm.folder, 'saved');
    const save: Step = { do: 'run', program: 'cp', args: ['-r', tokens, saved] };
    const restore: Step = { do: 'run', program: 'cp', args: ['-r', `${saved}/.`, tokens] };
    const outcomes = await run({ certificateUri: 'pkcs11:token=guest' }, [READ, SIGN, save, remove, READ, SIGN, restore, READ, SIGN], [PIN, PIN]);
    rmSync(saved, { recursive: true });
    hsm.removeToken('guest');
    expect(outcomes.map(({ error }) => error?.code)).toEqual([undefined, undefined, undefined, undefined, 'IDENTITY_NOT_FOUND', 'IDENTITY_NOT_FOUND', undefined, undefined, undefined]);
    expect(verifies(apart.der, 'string to sign', outcomes[8].signatures![0])).toBe(true);
    expect(outcomes.flatMap(({ prompts }) => prompts)).toHaveLength(1);
  });
});

describeUnless(bunMissing ?? softhsmMissing, 'modules', () => {
  test.each([
    ['a path that leads nowhere', () => '/nowhere/libtoken.so', 'the PKCS#11 module /nowhere/libtoken.so does not exist; "p11-kit list-modules" shows'],
    ['a folder', () => hsm.folder, 'is a folder'],
    ['a name that is in no folder of libraries', () => 'libnowhere.so', 'there is no PKCS#11 module libnowhere.so in /usr'],
    ['a file that is no library', () => hsm.write('module.so', 'text'), 'cannot be loaded: '],
    ['a library that is no module', () => SYSTEM_LIBRARY, 'is a library, but no PKCS#11 module'],
  ])('%s is refused', async (_, library, message) => {
    const error = await errorOf({ library: library(), certificateUri: 'pkcs11:' });
    expect(error).toEqual({ name: 'SignerError', code: 'TOKEN_UNREADABLE', message: expect.stringContaining(message) });
  });

  test('a library in the working directory is not taken for one of the system', async () => {
    const [{ error }] = await runSteps({ options: { library: 'planted.so', certificateUri: 'pkcs11:' }, steps: [READ] }, { ...hsm.env, LD_LIBRARY_PATH: ':.' });
    expect(error).toMatchObject({ code: 'TOKEN_UNREADABLE', message: expect.stringContaining('there is no PKCS#11 module planted.so in ') });
  });

  test('a URI may name the module, which the same token is then reached through', async () => {
    const [{ error, certificate }] = await runSteps({
      options: { certificateUri: `pkcs11:token=together;id=%02?module-path=${SOFTHSM_MODULE}&pin-value=${PIN}` }, steps: [READ],
    }, hsm.env);
    expect([error, certificate]).toEqual([undefined, base64(p256)]);
  });

  test('a URI for another library fits nothing', async () => {
    expect(await errorOf({ certificateUri: 'pkcs11:library-manufacturer=Other;token=together' })).toMatchObject({ code: 'IDENTITY_NOT_FOUND' });
  });
});

/** p11-kit's proxy, where Debian and Fedora have it. */
const proxyMissing = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64'].some((folder) => existsSync(join(folder, 'p11-kit-proxy.so')))
  ? undefined : 'p11-kit is not installed';

describeUnless(bunMissing ?? softhsmMissing ?? proxyMissing, 'p11-kit\'s proxy', () => {
  test('is used where no module is named, and again after it was closed', async () => {
    const modules = join(hsm.folder, '.config', 'pkcs11', 'modules');
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, 'of-this-test.module'), `module: ${SOFTHSM_MODULE}\n`);
    // Nothing of the machine's own modules: some look for hardware, and say on standard error that they find none.
    writeFileSync(join(modules, '..', 'pkcs11.conf'), 'user-config: only\n');
    const env = { ...hsm.env, HOME: hsm.folder };
    const outcomes = await runSteps({
      options: { certificateUri: 'pkcs11:token=together;id=%01' }, steps: [READ, SIGN, { do: 'close' }, READ, SIGN], pins: [PIN],
    }, env);
    expect(outcomes.map(({ error, prompts }) => [error, prompts.length])).toEqual(outcomes.map((_, i) => [undefined, i === 0 ? 1 : 0]));
    expect(verifies(rsa.der, 'string to sign', outcomes[4].signatures![0])).toBe(true);
  });
});

describeUnless(bunMissing ?? softhsmMissing, 'lists of certificates', () => {
  test('show all tokens, without asking for a PIN', async () => {
    const [{ found, prompts }] = await run({}, [{ do: 'list' }]);
    expect(found!.map(({ der }) => der).sort()).toEqual(
      [rsa, p256, p384, twinCa, root, innerCa, outerCa, apart, expiresSoon, expiresLate, rsa].map(base64).sort());
    expect(found!.every(({ uri }) => uri.startsWith('pkcs11:model=SoftHSM%20v2;') && uri.endsWith(';type=cert'))).toBe(true);
    expect(prompts).toEqual([]);
  });

  test('show what a URI selects, and each URI selects its certificate', async () => {
    const [{ found }] = await run({}, [{ do: 'list', uri: 'pkcs11:token=together;object=host%202' }]);
    expect(found!.map(({ der }) => der)).toEqual([base64(p256)]);
    const [again] = await run({}, [{ do: 'list', uri: found![0].uri }]);
    expect(again.found).toEqual(found);
  });

  test('look behind the login of the one token that a URI names', async () => {
    const [{ found, prompts }] = await run({}, [{ do: 'list', uri: 'pkcs11:token=keys' }], [PIN]);
    expect([found, prompts]).toEqual([[], ['token "keys" (SoftHSM project, SoftHSM v2)']]);
  });

  test('say what is wrong', async () => {
    const [{ error }] = await run({ library: '/nowhere.so' }, [{ do: 'list' }]);
    expect(error).toMatchObject({ code: 'TOKEN_UNREADABLE' });
  });
});
