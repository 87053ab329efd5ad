import { execFileSync } from 'child_process';
import * as fc from 'fast-check';
import { decryptRc2Cbc } from '../../src/credentials/rc2';
import { LEGACY, legacyMissing } from '../support/key-tools';
import { describeUnless } from '../support/runtimes';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

// With an initialisation vector of zeros, the first block of CBC is what the block cipher makes of it.
test.each<[key: string, effectiveBits: number, plain: string, encrypted: string]>([
  ['0000000000000000', 63, '0000000000000000', 'ebb773f993278eff'],
  ['ffffffffffffffff', 64, 'ffffffffffffffff', '278b27e42e2f0d49'],
  ['3000000000000000', 64, '1000000000000001', '30649edf9be7d2c2'],
  ['88', 64, '0000000000000000', '61a8a244adacccf0'],
  ['88bca90e90875a', 64, '0000000000000000', '6ccf4308974c267f'],
  ['88bca90e90875a7f0f79c384627bafb2', 64, '0000000000000000', '1a807d272bbe5db1'],
  ['88bca90e90875a7f0f79c384627bafb2', 128, '0000000000000000', '2269552ab0f85ca6'],
  ['88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e', 129, '0000000000000000', '5b78d3a43dfff1f1'],
])('the vectors of RFC 2268 section 5: key %s, %d bits', (key, effectiveBits, plain, encrypted) => {
  expect(decryptRc2Cbc(bytes(key), effectiveBits, new Uint8Array(8), bytes(encrypted))).toEqual(bytes(plain));
});

test('nothing decrypts to nothing', () => {
  expect(decryptRc2Cbc(bytes('88'), 64, new Uint8Array(8), new Uint8Array())).toHaveLength(0);
});

describeUnless(legacyMissing, 'what OpenSSL encrypts', () => {
  // OpenSSL's key of 40 bits has 5 octets, and its others 16.
  test.each([['rc2-40-cbc', 5, 40], ['rc2-64-cbc', 8, 64], ['rc2-cbc', 16, 128]] as const)('%s', (cipher, keyLength, effectiveBits) => {
    fc.assert(fc.property(
      fc.uint8Array({ minLength: keyLength, maxLength: keyLength }), fc.uint8Array({ minLength: 8, maxLength: 8 }),
      fc.array(fc.uint8Array({ minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 40 }),
      (key, vector, blocks) => {
        const plain = Buffer.concat(blocks);
        const encrypted = execFileSync('openssl', ['enc', `-${cipher}`, ...LEGACY, '-nopad', '-K', Buffer.from(key).toString('hex'), '-iv', Buffer.from(vector).toString('hex')], { input: plain });
        expect(Buffer.from(decryptRc2Cbc(key, effectiveBits, vector, encrypted))).toEqual(plain);
      },
    ), { numRuns: 20 });
  });
});
