/** Keys that were made in a TPM and cannot leave it, used through tpm2-pkcs11. */
import 'reflect-metadata';
import { webcrypto } from 'crypto';
import { writeFileSync } from 'fs';
import { join } from 'path';
import * as x509 from '@peculiar/x509';
import { runSteps, verifies } from './bun-steps';
import type { Step } from './run-steps';
import { buildAwkwardModule, compilerMissing } from '../../support/awkward-module';
import { createRootCa, Issued } from '../../support/pki';
import { bunMissing, describeUnless } from '../../support/runtimes';
import { TPM_MODULE, TPM_PIN, tpmMissing, TpmToken } from '../../support/tpm-token';

const HOUR = 3_600_000;
const SIGN: Step = { do: 'sign', message: 'string to sign' };

const missing = bunMissing ?? tpmMissing;

let tpm: TpmToken;
let ca: Issued;

beforeAll(async () => {
  if (missing === undefined) {
    tpm = await TpmToken.start('tpm');
    ca = await createRootCa('CN=CA of TPMs');
  }
}, 60_000);

afterAll(() => tpm?.stop());

/** A certificate for a key that only its token has: the CA needs the public key alone. */
async function certify(spki: Uint8Array, algorithm: webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams): Promise<Uint8Array> {
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '1234',
    subject: 'CN=host with a TPM',
    issuer: ca.certificate.subject,
    notBefore: new Date(Date.now() - HOUR),
    notAfter: new Date(Date.now() + HOUR),
    publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    signingKey: ca.keys.privateKey,
    signingAlgorithm: { ...ca.keys.privateKey.algorithm, hash: 'SHA-256' } as webcrypto.EcdsaParams,
    extensions: [new x509.BasicConstraintsExtension(false, undefined, true)],
  });
  return new Uint8Array(certificate.rawData);
}

describeUnless(missing, 'keys made in a TPM', () => {
  test.each([
    ['EC:prime256v1', '01', { name: 'ECDSA', namedCurve: 'P-256' }],
    ['rsa:2048', '02', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
  ] as const)('%s signs for a certificate in a file', async (type, id, algorithm) => {
    const der = await certify(tpm.makeKey(type, id, `key ${id}`), algorithm);
    const certificateFile = join(tpm.folder, `${id}.der`);
    writeFileSync(certificateFile, der);
    const options = { library: TPM_MODULE, certificateFile, privateKeyUri: `pkcs11:token=tpm;id=%${id}` };
    const outcomes = await runSteps({ options, steps: [{ do: 'read' }, SIGN, { do: 'end sessions' }, SIGN, { do: 'close' }], pins: [TPM_PIN] }, tpm.env);

    expect(outcomes.map(({ error, prompts }) => [error, prompts])).toEqual([
      [undefined, ['token "tpm" (IBM, SW TPM)']], [undefined, []], [undefined, []], [undefined, []], [undefined, []],
    ]);
    expect(outcomes[0].keySource).toMatch(new RegExp(`token=tpm;id=%${id};object=key%20${id};type=private$`));
    expect([1, 3].map((i) => verifies(der, 'string to sign', outcomes[i].signatures![0]))).toEqual([true, true]);
  });
});

describeUnless(missing ?? compilerMissing, 'a TPM that signs no hashes', () => {
  test('is given the message', async () => {
    const der = await certify(tpm.makeKey('EC:prime256v1', '03', 'third'), { name: 'ECDSA', namedCurve: 'P-256' });
    const certificateFile = join(tpm.folder, 'third.der');
    writeFileSync(certificateFile, der);
    const env = { ...tpm.env, AWKWARD: 'no-hash-mechanisms', AWKWARD_MODULE: TPM_MODULE };
    const options = { library: buildAwkwardModule(tpm.folder), certificateFile, privateKeyUri: `pkcs11:token=tpm;id=%03?pin-value=${TPM_PIN}` };
    const [read, sign] = await runSteps({ options, steps: [{ do: 'read' }, SIGN] }, env);
    expect([read.error, sign.error]).toEqual([undefined, undefined]);
    expect(verifies(der, 'string to sign', sign.signatures![0])).toBe(true);
  });
});
