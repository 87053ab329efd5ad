/** How modules and tokens are borne that behave otherwise than SoftHSM: a module of the tests' own stands between, and does so. */
import { existsSync, readFileSync, rmSync } from 'fs';
import { join } from 'path';
import { runSteps, verifies } from './bun-steps';
import type { Outcome, Plan, Step } from './run-steps';
import { buildAwkwardModule, compilerMissing } from '../../support/awkward-module';
import { createRootCa, Issued, issueHost } from '../../support/pki';
import { bunMissing, describeUnless } from '../../support/runtimes';
import { PIN, SoftHsm, SOFTHSM_MODULE, softhsmMissing } from '../../support/softhsm';

const READ: Step = { do: 'read' };
const SIGN: Step = { do: 'sign', message: 'string to sign' };
const RSA_URI = 'pkcs11:token=awkward;id=%01';
const EC_URI = 'pkcs11:token=awkward;id=%02';
const CONFIRMED_URI = 'pkcs11:token=awkward;id=%03';

const missing = bunMissing ?? softhsmMissing ?? compilerMissing;

let hsm: SoftHsm;
let library: string;
let log: string;
let rsa: Issued;
let ec: Issued;

beforeAll(async () => {
  if (missing !== undefined) {
    return;
  }
  hsm = new SoftHsm();
  library = buildAwkwardModule(hsm.folder);
  log = join(hsm.folder, 'calls');
  const root = await createRootCa('CN=Root');
  rsa = await issueHost(root, 'CN=rsa', { key: 'RSA-2048' });
  ec = await issueHost(root, 'CN=ec');
  hsm.addToken('awkward');
  [rsa, ec].forEach((host, i) => {
    hsm.importKey('awkward', host.keyPem, { id: `0${i + 1}`, label: `key ${i + 1}` });
    hsm.importCertificate('awkward', host.der, { id: `0${i + 1}`, label: `host ${i + 1}` });
  });
  hsm.importConfirmedKey('awkward', rsa.keyPem, { id: '03', label: 'confirmed' });
  hsm.importCertificate('awkward', rsa.der, { id: '03', label: 'confirmed' });
}, 60_000);

afterAll(() => hsm?.destroy());

beforeEach(() => {
  if (log && existsSync(log)) {
    rmSync(log);
  }
});

function run(behaviour: string, options: Plan['options'], steps: readonly Step[] = [READ], pins: readonly string[] = []): Promise<Outcome[]> {
  const env = { ...hsm.env, AWKWARD: behaviour, AWKWARD_MODULE: SOFTHSM_MODULE, AWKWARD_LOG: log, AWKWARD_PIN: PIN };
  return runSteps({ options: { library, ...options }, steps, pins }, env);
}

/** The calls of C_Login and C_Sign, and what they returned. */
function calls(): string[] {
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
}

const codes = (outcomes: readonly Outcome[]) => outcomes.map(({ error }) => error?.code);

describeUnless(missing, 'mechanisms', () => {
  // SoftHSM has no such mechanisms for EC; those of a TPM are used in tpm.test.ts.
  test('the token hashes where it does not sign hashes', async () => {
    const outcomes = await run('no-hash-mechanisms', { certificateUri: RSA_URI }, [READ, SIGN, { ...SIGN, hash: 'SHA-384' } as Step, { ...SIGN, hash: 'SHA-512' } as Step], [PIN]);
    expect(codes(outcomes)).toEqual([undefined, undefined, undefined, undefined]);
    expect(outcomes.slice(1).map(({ signatures }, i) => verifies(rsa.der, 'string to sign', signatures![0], ['sha256', 'sha384', 'sha512'][i]))).toEqual([true, true, true]);
  });

  test('a token that does neither cannot be used', async () => {
    const [{ error }] = await run('no-hash-mechanisms no-message-mechanisms', { certificateUri: EC_URI }, [READ], [PIN]);
    expect(error).toEqual({ name: 'CredentialsError', code: 'KEY_NOT_SUPPORTED', message: 'token "awkward" (SoftHSM project, SoftHSM v2) does not sign with CKM_ECDSA or CKM_ECDSA_SHA*, which EC P-256 keys need' });
  });

  test('a signature that is longer than expected is asked for again', async () => {
    const outcomes = await run('long-signatures', { certificateUri: RSA_URI }, [READ, SIGN], [PIN]);
    expect(verifies(rsa.der, 'string to sign', outcomes[1].signatures![0])).toBe(true);
  });
});

describeUnless(missing, 'logins', () => {
  const wrong = `${RSA_URI}?pin-value=wrong`;
  const right = `${RSA_URI}?pin-value=${PIN}`;

  test('a wrong PIN is presented once, however often the identity is read', async () => {
    const outcomes = await run('', { certificateUri: wrong }, [READ, READ, READ]);
    expect(codes(outcomes)).toEqual(['PIN_WRONG', 'PIN_WRONG', 'PIN_WRONG']);
    expect(calls()).toEqual(['C_Login 0xa0']);
  });

  test.each([
    ['count-low', '; a few more wrong ones will lock it'],
    ['locks', ' (CKR_PIN_LOCKED) and has locked it; unlock it with'],
  ])('%s: the error says how it stands', async (behaviour, message) => {
    const [{ error }] = await run(behaviour, { certificateUri: wrong });
    expect(error).toMatchObject({ code: 'PIN_WRONG', message: expect.stringContaining(message) });
  });

  test('the last try is left to a person', async () => {
    const [fromUri] = await run('final-try', { certificateUri: right });
    const [given] = await run('final-try', { certificateUri: RSA_URI, pinIsGiven: true }, [READ], [PIN]);
    expect([fromUri, given].map(({ error }) => error?.message)).toEqual([
      expect.stringContaining('locks at one more wrong PIN, so the PIN in the URI (pin-value) is not tried'),
      expect.stringContaining('locks at one more wrong PIN, so the PIN is not tried'),
    ]);
    expect(calls()).toEqual([]);
    const [mistyped, typed] = await run('final-try', { certificateUri: RSA_URI }, [READ, READ], ['wrong', PIN]);
    expect(mistyped.prompts).toEqual(['token "awkward" (SoftHSM project, SoftHSM v2), which locks at one more wrong PIN']);
    expect(mistyped.error).toMatchObject({ code: 'PIN_WRONG', message: expect.stringContaining('ONE TRY IS LEFT before it locks') });
    expect(typed.error).toBeUndefined();
  });

  test('a token that is locked is not asked', async () => {
    const [{ error, prompts }] = await run('is-locked', { certificateUri: RSA_URI }, [READ], [PIN]);
    expect([error, prompts, calls()]).toEqual([expect.objectContaining({ code: 'PIN_WRONG', message: expect.stringContaining('has locked its PIN') }), [], []]);
  });

  test('a token with a keypad of its own asks itself', async () => {
    const outcomes = await run('protected-path', { certificateUri: RSA_URI }, [READ, SIGN]);
    expect(outcomes.map(({ error, prompts }) => [error, prompts])).toEqual([[undefined, []], [undefined, []]]);
    const confirmed = await run('protected-path', { certificateUri: CONFIRMED_URI }, [READ, SIGN, SIGN]);
    expect(codes(confirmed)).toEqual([undefined, undefined, undefined]);
    expect(verifies(rsa.der, 'string to sign', confirmed[2].signatures![0])).toBe(true);
    expect(calls().filter((call) => call === 'C_Login again 0x0')).toHaveLength(2);
  });

  test('a PIN that is none for confirming goes on being one for logging in', async () => {
    const options = { certificateUri: `${CONFIRMED_URI}?pin-value=${PIN}`, reusePin: true };
    const outcomes = await run('refuses-confirmation', options, [READ, SIGN, { do: 'end sessions' }, READ, SIGN]);
    expect(codes(outcomes)).toEqual([undefined, 'PIN_WRONG', undefined, undefined, 'PIN_WRONG']);
    expect(calls()).toEqual(['C_Login 0x0', 'C_Login again 0xa0', 'C_Login 0x0']);
  });

  test('a wrong confirmation is presented once as well', async () => {
    const outcomes = await run('', { certificateUri: CONFIRMED_URI }, [READ, SIGN, SIGN], [PIN, 'wrong', 'wrong']);
    expect(codes(outcomes)).toEqual([undefined, 'PIN_WRONG', 'PIN_WRONG']);
    expect(calls()).toEqual(['C_Login 0x0', 'C_Login again 0xa0']);
  });
});

describeUnless(missing, 'tokens that come and go', () => {
  test('one that was taken out and put back is opened again', async () => {
    const outcomes = await run('removed-once', { certificateUri: RSA_URI }, [READ, SIGN, SIGN], [PIN]);
    expect(codes(outcomes)).toEqual([undefined, undefined, undefined]);
    expect(outcomes.slice(1).map(({ signatures }) => verifies(rsa.der, 'string to sign', signatures![0]))).toEqual([true, true]);
    expect(calls()).toEqual(['C_Login 0x0', 'C_Sign 0x0', 'C_Sign 0x32', 'C_Login 0x0', 'C_Sign 0x0', 'C_Sign 0x0', 'C_Sign 0x0']);
  });

  test('one that stays away is an error, without a try more than that', async () => {
    const outcomes = await run('removed-always', { certificateUri: RSA_URI }, [READ, READ], [PIN]);
    expect(outcomes.map(({ error }) => error)).toEqual([0, 1].map(() => ({
      name: 'SignerError', code: 'TOKEN_UNREADABLE', message: 'token "awkward" (SoftHSM project, SoftHSM v2): the token was taken out; put it back (C_Sign returned CKR_DEVICE_REMOVED)',
    })));
    expect(calls().filter((call) => call.startsWith('C_Login'))).toHaveLength(2);
  });

  test('a slot that cannot be read does not keep others from being used', async () => {
    const [read] = await run('bad-slot', { certificateUri: RSA_URI }, [READ], [PIN]);
    expect(read.error).toBeUndefined();
    const [{ error }] = await run('bad-slot', { certificateUri: 'pkcs11:token=other' });
    expect(error).toMatchObject({ code: 'IDENTITY_NOT_FOUND', message: expect.stringContaining('slot 666, which cannot be used (C_GetTokenInfo returned CKR_TOKEN_NOT_RECOGNIZED)') });
  });

  test('a token that gives no session is told of', async () => {
    const [{ error }] = await run('no-session', { certificateUri: RSA_URI });
    expect(error).toMatchObject({ code: 'IDENTITY_NOT_FOUND', message: expect.stringContaining('C_OpenSession returned CKR_TOKEN_NOT_RECOGNIZED') });
  });
});

describeUnless(missing, 'modules', () => {
  test('one that cannot lock is used without', async () => {
    expect(codes(await run('cannot-lock', { certificateUri: RSA_URI }, [READ, SIGN, { do: 'close' }], [PIN]))).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ['no-list', 'has no list of functions'],
    ['version-1', 'is of version 1; 2 and 3 can be used'],
    ['no-sign', 'lacks the function C_Sign'],
  ])('%s is an error', async (behaviour, message) => {
    const [{ error }] = await run(behaviour, { certificateUri: RSA_URI }, [READ], [PIN]);
    expect(error).toEqual({ name: 'SignerError', code: 'TOKEN_UNREADABLE', message: expect.stringContaining(`${library} ${message}`) });
  });
});
