/** Derives keys from passphrases as PKCS#12 does (RFC 7292 appendix B): for the MAC of a file, and for its older ways to encrypt. */
import type * as NodeCrypto from 'node:crypto';

/** What a derived key is for; each purpose has a key of its own. */
export const KeyPurpose = { ENCRYPTION: 1, INITIALISATION_VECTOR: 2, MAC: 3 } as const;

/** Octets that each hash takes in at once. */
const BLOCK_LENGTHS: Readonly<Record<string, number>> = {
  'sha1': 64, 'sha224': 64, 'sha256': 64, 'sha384': 128, 'sha512': 128, 'sha512-224': 128, 'sha512-256': 128,
};

/** How a key is derived. */
export interface Pkcs12Derivation {
  /** Name of the hash for node:crypto: `sha1`. */
  readonly hash: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/**
 * Derives a key.
 *
 * @param password as BMPString with its two closing zero octets, or nothing
 * @param length octets of the key
 */
export async function pkcs12Key(
  password: Uint8Array, derivation: Pkcs12Derivation, purpose: typeof KeyPurpose[keyof typeof KeyPurpose], length: number,
): Promise<Uint8Array> {
  const { createHash } = await import('node:crypto');
  const blockLength = BLOCK_LENGTHS[derivation.hash];
  const diversifier = new Uint8Array(blockLength).fill(purpose);
  const input = new Uint8Array([...fill(derivation.salt, blockLength), ...fill(password, blockLength)]);
  const key = new Uint8Array(length);
  for (let position = 0; position < length;) {
    const digest = iterate(createHash, derivation, diversifier, input);
    key.set(digest.subarray(0, length - position), position);
    position += digest.length;
    addToEachBlock(input, fill(digest, blockLength).subarray(0, blockLength));
  }
  return key;
}

function iterate(
  createHash: typeof NodeCrypto.createHash, { hash, iterations }: Pkcs12Derivation, diversifier: Uint8Array, input: Uint8Array,
): Uint8Array {
  let digest = createHash(hash).update(diversifier).update(input).digest();
  for (let i = 1; i < iterations; i++) {
    digest = createHash(hash).update(digest).digest();
  }
  return digest;
}

/** Repeats octets up to a whole number of blocks; nothing stays nothing. */
function fill(octets: Uint8Array, blockLength: number): Uint8Array {
  return Uint8Array.from({ length: Math.ceil(octets.length / blockLength) * blockLength }, (_, i) => octets[i % octets.length]);
}

/** Adds a block, and one more, to each block of the input: numbers with the most significant octet first, whose overflow is lost. */
function addToEachBlock(input: Uint8Array, block: Uint8Array): void {
  for (let start = 0; start < input.length; start += block.length) {
    let carry = 1;
    for (let i = block.length - 1; i >= 0; i--) {
      carry += input[start + i] + block[i];
      input[start + i] = carry;
      carry >>= 8;
    }
  }
}
