/** Checks of certificate and private key as a pair: both can be read, and a signature of the one verifies with the other. */
import type { Examination } from './examination';
import { Check, failed, ok } from './findings';
import { describeKey, verifySignature } from '../../src/create-session/algorithms';
import { MISMATCH_REMEDY } from '../../src/credentials/identity-files';
import { ExitCode } from '../exit-codes';

/** What is signed: nothing that anybody could take for a request. */
const TEST_MESSAGE = new TextEncoder().encode('roles-anywhere-signer doctor: a signature to try out the private key');

const CERTIFICATE: Check<Examination> = {
  id: 'certificate',
  title: 'Certificate',
  needs: ['identity-settings', 'certificate-file', 'intermediates-file'],
  exitCode: ExitCode.IDENTITY,
  run: async (examination) => {
    const { subject, issuer, serialNumberHex } = await examination.certificate();
    return ok(`${subject.toString() || 'no subject'}, issued by ${issuer.toString() || 'nobody'}, serial number ${serialNumberHex}`);
  },
};

const PRIVATE_KEY: Check<Examination> = {
  id: 'private-key',
  title: 'Private key',
  needs: ['certificate', 'private-key-file', 'passphrase-file', 'pin-file'],
  exitCode: ExitCode.IDENTITY,
  run: async (examination) => ok(`in ${(await examination.identity()).keySource}`),
};

const KEY_BELONGS_TO_CERTIFICATE: Check<Examination> = {
  id: 'key-belongs-to-certificate',
  title: 'Private key signs for the certificate',
  needs: ['private-key'],
  exitCode: ExitCode.IDENTITY,
  run: async (examination) => {
    const { certificate, certificateSource, keySource, signer } = await examination.identity();
    return await verifySignature(certificate, TEST_MESSAGE, await signer.sign(TEST_MESSAGE))
      ? ok(`a test signature verifies (${describeKey(certificate.publicKey)})`)
      : failed(`the private key in ${keySource} does not belong to the certificate in ${certificateSource}`,
        MISMATCH_REMEDY);
  },
};

/** In the order in which they are run. */
export const KEY_CHECKS: ReadonlyArray<Check<Examination>> = [CERTIFICATE, PRIVATE_KEY, KEY_BELONGS_TO_CERTIFICATE];
