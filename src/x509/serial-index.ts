/** Finds things by serial number among hundreds of thousands: an open-addressing hash table over the octets where they stand. */

/** RFC 5280 4.1.2.2 allows 20 octets; there are CAs that take a few more. */
export const MAX_SERIAL_OCTETS = 32;

/** Marks a free slot: no entry stands at the beginning of a file. */
const FREE = 0;

/**
 * Entries of a byte string by serial number. An entry is a SEQUENCE whose first element is an INTEGER of at most 32 octets, and is
 * known by the offset it begins at.
 */
export class SerialIndex {
  private readonly slots: Uint32Array;
  private readonly mask: number;

  /** `count` is the most entries that are going to be added. */
  public constructor(private readonly bytes: Uint8Array, count: number) {
    // Half full at most, where a search ends after two steps on average.
    const size = 2 ** Math.ceil(Math.log2(2 * count + 2));
    this.slots = new Uint32Array(size);
    this.mask = size - 1;
  }

  /** Adds an entry, unless one with the same serial number is there already. */
  public add(entry: number): void {
    const serial = serialStart(this.bytes, entry);
    const slot = this.slotOf(this.bytes, serial, this.bytes[serial - 1]);
    if (this.slots[slot] === FREE) {
      this.slots[slot] = entry;
    }
  }

  /** The entry that was first added with these content octets. */
  public find(octets: Uint8Array): number | undefined {
    if (octets.length > MAX_SERIAL_OCTETS) {
      return undefined;
    }
    const entry = this.slots[this.slotOf(octets, 0, octets.length)];
    return entry === FREE ? undefined : entry;
  }

  /** The slot that has a serial number, or the free one where it would be. */
  private slotOf(octets: Uint8Array, start: number, length: number): number {
    let slot = hashOf(octets, start, length) & this.mask;
    while (this.slots[slot] !== FREE && !this.hasSerial(this.slots[slot], octets, start, length)) {
      slot = (slot + 1) & this.mask;
    }
    return slot;
  }

  private hasSerial(entry: number, octets: Uint8Array, start: number, length: number): boolean {
    const serial = serialStart(this.bytes, entry);
    if (this.bytes[serial - 1] !== length) {
      return false;
    }
    for (let i = 0; i < length; i++) {
      if (this.bytes[serial + i] !== octets[start + i]) {
        return false;
      }
    }
    return true;
  }
}

/** Where the content of an entry's INTEGER begins, whose length is short enough to stand in one octet. */
function serialStart(bytes: Uint8Array, entry: number): number {
  const length = bytes[entry + 1];
  return entry + 4 + (length < 0x80 ? 0 : length & 0x7f);
}

/** A random number for each octet at each position, made when first needed. */
let randomWords: Uint32Array | undefined;

/**
 * Simple tabulation: the random numbers of all octets, exclusive-or.
 *
 * A fixed hash function would let whoever writes a list choose serial numbers that all fall into one slot, and a list is searched
 * before anybody knows who wrote it.
 */
function hashOf(octets: Uint8Array, start: number, length: number): number {
  randomWords ??= new Uint32Array(MAX_SERIAL_OCTETS * 256).map(() => Math.random() * 0x100000000);
  let hash = length;
  for (let i = 0; i < length; i++) {
    hash ^= randomWords[i * 256 + octets[start + i]];
  }
  return hash;
}

/** The content octets of the INTEGER with a value: two's complement, as few as possible (X.690 8.3). */
export function integerOctets(value: bigint): Uint8Array {
  const magnitude = (value < 0n ? -value - 1n : value).toString(16);
  // One bit more than the magnitude has, for the sign.
  const needsSignOctet = magnitude.length % 2 === 0 && magnitude >= '8';
  const length = Math.ceil(magnitude.length / 2) + (needsSignOctet ? 1 : 0);
  const digits = BigInt.asUintN(length * 8, value).toString(16).padStart(length * 2, '0');
  return Uint8Array.from({ length }, (_, i) => parseInt(digits.substring(i * 2, i * 2 + 2), 16));
}

/** Content octets of an INTEGER without those at the beginning that only repeat the sign. */
export function withoutRedundantOctets(octets: Uint8Array): Uint8Array {
  let start = 0;
  while (isRedundant(octets[start], octets[start + 1])) {
    start++;
  }
  return octets.subarray(start);
}

/** Whether an octet before another one says nothing (X.690 8.3.2): nine bits that are the same. */
export function isRedundant(first: number, second: number | undefined): boolean {
  return second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
}
