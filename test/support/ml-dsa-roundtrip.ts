/** Signs and verifies a CreateSession request with each ML-DSA parameter set and prints the results; run by Bun in a test. */
import { issueMlDsa, MlDsaParameterSet } from './ml-dsa';
import { buildCreateSessionRequest, CreateSessionError, privateKeySigner, verifyCreateSessionRequest } from '../../src/create-session';

const PARAMETERS = {
  roleArn: 'arn:aws:iam::111122223333:role/R',
  profileArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9',
  trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
};

/** What came of one parameter set. */
export interface MlDsaResult {
  readonly algorithm: string;
  readonly signatureLength: number;
  readonly roleArn: string;
  /** What the verifier says of the same request with its body changed. */
  readonly afterChange: string;
}

/** Signs a request and has it verified, once as it is and once changed. */
export async function mlDsaRoundTrip(parameterSet: MlDsaParameterSet): Promise<MlDsaResult> {
  const { certificate, pkcs8 } = await issueMlDsa(parameterSet);
  const signer = await privateKeySigner(certificate.publicKey, pkcs8);
  const request = await buildCreateSessionRequest(PARAMETERS, { certificate, chain: [], signer }, { endpoint: 'http://127.0.0.1:8080', region: 'eu-west-2' });
  const url = new URL(request.url);
  const received = { method: 'POST', path: url.pathname, query: url.search.substring(1), headers: request.headers, body: new TextEncoder().encode(request.body) };
  const verified = await verifyCreateSessionRequest(received);
  const changed = await verifyCreateSessionRequest({ ...received, body: new TextEncoder().encode('{"durationSeconds":43200}') })
    .then(() => 'accepted', (error: CreateSessionError) => error.code);
  return { algorithm: verified.algorithm, signatureLength: request.signature.length, roleArn: verified.roleArn, afterChange: changed };
}

if (process.argv[2] === 'run') {
  void Promise.all((['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const).map(mlDsaRoundTrip))
    .then((results) => console.log(JSON.stringify(results)));
}
