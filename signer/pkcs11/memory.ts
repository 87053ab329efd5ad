/// <reference path="./bun-ffi.d.ts" />
/** Memory that native functions read and write, laid out as PKCS#11 has it on LP64 systems (Linux, macOS): CK_ULONG and pointers of 8 bytes. */
// eslint-disable-next-line import/no-unresolved
import { ptr } from 'bun:ffi';

/** Octets of a CK_ULONG and of a pointer. */
export const WORD = 8;

/**
 * A piece of memory that stays where it is.
 *
 * The buffer comes first and the views after it. Taking the address of a small typed array and touching its `buffer` later would
 * move the octets away from that address.
 */
export class Block {
  /** A copy of octets. */
  public static of(octets: Uint8Array): Block {
    const block = new Block(octets.length);
    block.octets.set(octets);
    return block;
  }

  /** A CK_ULONG. */
  public static ulong(value: bigint): Block {
    const block = new Block(WORD);
    block.setUlong(0, value);
    return block;
  }

  public readonly octets: Uint8Array;
  public readonly address: number;
  private readonly view: DataView;
  /** What its pointers lead to, which lives as long as this does. */
  private readonly targets: Block[] = [];

  /** @param length octets that may be used; 0 has an address as well, since a null pointer often means something else than "empty" */
  public constructor(public readonly length: number) {
    const buffer = new ArrayBuffer(Math.max(length, 1));
    this.octets = new Uint8Array(buffer, 0, length);
    this.view = new DataView(buffer, 0, length);
    this.address = ptr(buffer);
  }

  /** The CK_ULONG at an offset. */
  public ulong(offset: number): bigint {
    return this.view.getBigUint64(offset, true);
  }

  public setUlong(offset: number, value: bigint): void {
    this.view.setBigUint64(offset, value, true);
  }

  /** Puts a pointer to another block at an offset. */
  public point(offset: number, target: Block): void {
    this.targets.push(target);
    this.setUlong(offset, BigInt(target.address));
  }

  /** Text of fixed width, padded with blanks (or, by some modules, with zeros). */
  public text(offset: number, width: number): string {
    return new TextDecoder().decode(this.octets.subarray(offset, offset + width)).replace(/[ \0]+$/, '');
  }
}
