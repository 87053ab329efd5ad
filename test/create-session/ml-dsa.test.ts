import { execFileSync } from 'child_process';
import { join } from 'path';
import { privateKeySigner } from '../../src/create-session';
import { hasMlDsa } from '../support/ml-dsa';
import { mlDsaRoundTrip, MlDsaResult } from '../support/ml-dsa-roundtrip';
import { BUN, bunMissing, describeUnless } from '../support/runtimes';

const ROLE = 'arn:aws:iam::111122223333:role/R';

/** FIPS 204 table 2. */
const EXPECTED: readonly MlDsaResult[] = [2420, 3309, 4627].map((signatureLength) => (
  { algorithm: 'AWS4-X509-MLDSA', signatureLength, roleArn: ROLE, afterChange: 'INVALID_SIGNATURE' }));

describeUnless(bunMissing, 'with Bun, which the standalone signer runs on', () => {
  test('requests signed with ML-DSA-44, -65 and -87 verify, and fail when changed', () => {
    const output = execFileSync(BUN, ['run', join(__dirname, '..', 'support', 'ml-dsa-roundtrip.ts'), 'run'], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual(EXPECTED);
  });
});

test(`in this runtime (${process.version}), ML-DSA signs, or the error says where it would`, async () => {
  if (await hasMlDsa()) {
    expect(await mlDsaRoundTrip('ML-DSA-65')).toEqual(EXPECTED[1]);
  } else {
    await expect(privateKeySigner({ kind: 'ML-DSA', parameterSet: 'ML-DSA-65' }, new Uint8Array(10)))
      .rejects.toMatchObject({ code: 'ALGORITHM_NOT_AVAILABLE', message: expect.stringContaining('needs Node.js 24.7 or the standalone binary') });
  }
});
