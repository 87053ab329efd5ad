import { generateKeyPairSync, sign, verify } from 'crypto';
import fc from 'fast-check';
import { CreateSessionError, ecdsaSignatureFromDer, ecdsaSignatureToDer } from '../../src/create-session';

const CURVES = [['P-256', 32], ['P-384', 48], ['P-521', 66]] as const;

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as CreateSessionError).code;
  }
  return 'none';
}

describe.each(CURVES)('%s', (namedCurve, length) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  const message = Buffer.from('string to sign');

  test('what node:crypto signs in one form, it verifies in the other after conversion', () => {
    for (let i = 0; i < 50; i++) {
      const raw = ecdsaSignatureFromDer(sign('sha256', message, privateKey), length);
      expect(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true);
      const der = ecdsaSignatureToDer(sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }), length);
      expect(verify('sha256', message, publicKey, der)).toBe(true);
    }
  });

  test('any r and s come back the same, those with zeros in front and with the first bit set included', () => {
    const coordinate = fc.tuple(fc.nat(length - 1), fc.uint8Array({ minLength: length, maxLength: length }))
      .map(([zeros, octets]) => octets.map((octet, i) => (i < zeros ? 0 : octet)))
      .filter((octets) => octets.some((octet) => octet !== 0));
    fc.assert(fc.property(coordinate, coordinate, (r, s) => {
      const raw = Uint8Array.from([...r, ...s]);
      expect(ecdsaSignatureFromDer(ecdsaSignatureToDer(raw, length), length)).toEqual(raw);
    }));
  });

  test('random bytes are refused with a code', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 160 }), (bytes) => {
      expect(codeOf(() => ecdsaSignatureFromDer(bytes, length))).toBe('BAD_SIGNATURE_ENCODING');
    }), { numRuns: 1000 });
  });

  test('raw signatures of another length, and zeros, are refused', () => {
    expect(codeOf(() => ecdsaSignatureToDer(new Uint8Array(2 * length - 1).fill(1), length))).toBe('BAD_SIGNATURE_ENCODING');
    expect(codeOf(() => ecdsaSignatureToDer(new Uint8Array(2 * length), length))).toBe('BAD_SIGNATURE_ENCODING');
  });
});

describe('DER that others might let pass is refused', () => {
  test.each([
    ['trailing bytes', '3006020101020101ff'],
    ['a third number', '3009020101020101020101'],
    ['only one number', '3003020101'],
    ['zero', '3006020100020101'],
    ['a negative number', '3006020181020101'],
    ['a redundant zero', '300702020001020101'],
    ['a long length for a short one', '308106020101020101'],
    ['an octet string', '3006040101020101'],
    ['a number larger than the curve', `3026022101${'00'.repeat(32)}020101`],
  ])('%s', (_, hex) => {
    expect(codeOf(() => ecdsaSignatureFromDer(Uint8Array.from(Buffer.from(hex, 'hex')), 32))).toBe('BAD_SIGNATURE_ENCODING');
  });
});
