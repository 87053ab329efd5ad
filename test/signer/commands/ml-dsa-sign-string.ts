/** Runs sign-string with a key of each ML-DSA parameter set and prints what came of it; run by Bun in a test. */
import { main } from '../../../signer/main';
import { verifySignature } from '../../../src/create-session/algorithms';
import { issueMlDsa, MlDsaParameterSet } from '../../support/ml-dsa';
import { fakeMachine } from '../fake-platform';

const MESSAGE = 'AWS Roles Anywhere Credential Helper Signing Test1';

/** What came of one parameter set. */
export interface MlDsaSignature {
  readonly exitCode: number;
  readonly length: number;
  /** Whether it verifies over the message, which ends without a hash of the key. */
  readonly verifies: boolean;
}

async function run(parameterSet: MlDsaParameterSet, flags: readonly string[]): Promise<MlDsaSignature> {
  const { certificate, pkcs8 } = await issueMlDsa(parameterSet);
  const pem = (label: string, der: Uint8Array) => `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
  const machine = fakeMachine({
    args: ['sign-string', '--certificate', 'combo.pem', '--format', 'text', ...flags],
    files: { 'combo.pem': pem('CERTIFICATE', certificate.raw) + pem('PRIVATE KEY', pkcs8) },
  });
  const exitCode = await main(machine.platform);
  const signature = new Uint8Array(Buffer.from(machine.output, 'hex'));
  return { exitCode, length: signature.length, verifies: await verifySignature(certificate, new TextEncoder().encode(MESSAGE), signature) };
}

void Promise.all([run('ML-DSA-44', []), run('ML-DSA-65', ['--digest', 'SHA512']), run('ML-DSA-87', [])])
  .then((results) => console.log(JSON.stringify(results)));
