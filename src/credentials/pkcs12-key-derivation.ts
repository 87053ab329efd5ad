/** Derives keys from passphrases as PKCS#12 does (RFC 7292 appendix B): for the MAC of a file, and for its older ways to encrypt. */
import { concatenate } from './ber';

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
  const digestOf = await hashFunction(derivation.hash);
  const blockLength = BLOCK_LENGTHS[derivation.hash];
  const diversifier = new Uint8Array(blockLength).fill(purpose);
  const input = concatenate([fill(derivation.salt, blockLength), fill(password, blockLength)]);
  const key = new Uint8Array(length);
  for (let position = 0; position < length;) {
    const digest = iterate(digestOf, concatenate([diversifier, input]), derivation.iterations);
    key.set(digest.subarray(0, length - position), position);
    position += digest.length;
    addToEachBlock(input, fill(digest, blockLength).subarray(0, blockLength));
  }
  return key;
}

type HashFunction = (octets: Uint8Array) => Uint8Array;

/** Iterations are nearly all of the time, and newer runtimes hash in one call, which takes a half or a third of it. */
async function hashFunction(name: string): Promise<HashFunction> {
  const { createHash, hash } = await import('node:crypto') as Partial<typeof import('node:crypto')> & Pick<typeof import('node:crypto'), 'createHash'>;
  return hash ? (octets) => hash(name, octets, 'buffer') : (octets) => createHash(name).update(octets).digest();
}

function iterate(digestOf: HashFunction, input: Uint8Array, iterations: number): Uint8Array {
  let digest = digestOf(input);
  for (let i = 1; i < iterations; i++) {
    digest = digestOf(digest);
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
      carry = Math.floor(carry / 256);
    }
  }
}
