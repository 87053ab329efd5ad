/**
 * Signs programs for macOS "ad hoc", that is, with hashes alone. macOS kills programs whose signature does not fit their content, and what Bun
 * compiles for Intel processors has the signature of the runtime that it began with.
 */
import { createHash } from 'crypto';

/** Magic number of a 64-bit Mach-O file, little-endian. */
const MACHO_64 = 0xfeedfacf;
const HEADER_LENGTH = 32;

/** Load commands (Apple's mach-o/loader.h). */
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;

/** Of Apple's cs_blobs.h. */
const EMBEDDED_SIGNATURE = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const VERSION_WITH_EXECUTABLE_SEGMENT = 0x20400;
/** Ad hoc, and made by a linker: codesign replaces those without being forced to. */
const FLAGS = 0x20002;
const MAIN_BINARY = 1n;
const SHA_256 = 2;

const HASH_LENGTH = 32;
const PAGE_BITS = 12;
const PAGE = 4096;
const SUPER_BLOB_LENGTH = 20;
const CODE_DIRECTORY_LENGTH = 88;

/** What of a program's load commands a signature has to do with. */
interface Layout {
  /** Offsets of the commands. */
  readonly signatureCommand: number;
  readonly linkEditCommand: number;
  readonly textCommand: number;
  /** Where the signature begins, and what it signs ends. */
  readonly codeLimit: number;
}

/**
 * Replaces a program's signature, or what is left of it.
 *
 * @param program the file's content, which is changed where the signature's length is written
 * @param identifier what macOS calls the program
 * @returns the file's new content
 * @throws Error where it is not a 64-bit Mach-O program that has room for a signature
 */
export function signAdHoc(program: Buffer, identifier: string): Buffer {
  const layout = readLayout(program);
  const pages = Math.ceil(layout.codeLimit / PAGE);
  const identifierLength = Buffer.byteLength(identifier) + 1;
  const directoryLength = CODE_DIRECTORY_LENGTH + identifierLength + pages * HASH_LENGTH;
  const signature = Buffer.alloc(roundUp(SUPER_BLOB_LENGTH + directoryLength, 16));

  // The load commands are signed too, so they come first.
  writeLengths(program, layout, signature.length);

  writeNumbers(signature, 0, [EMBEDDED_SIGNATURE, SUPER_BLOB_LENGTH + directoryLength, 1, 0, SUPER_BLOB_LENGTH]);
  const directory = signature.subarray(SUPER_BLOB_LENGTH);
  writeNumbers(directory, 0, [
    CODE_DIRECTORY, directoryLength, VERSION_WITH_EXECUTABLE_SEGMENT, FLAGS,
    CODE_DIRECTORY_LENGTH + identifierLength, CODE_DIRECTORY_LENGTH, 0, pages, layout.codeLimit,
  ]);
  directory.set([HASH_LENGTH, SHA_256, 0, PAGE_BITS], 36);
  directory.writeBigUInt64BE(program.readBigUInt64LE(layout.textCommand + 40), 64);
  directory.writeBigUInt64BE(program.readBigUInt64LE(layout.textCommand + 48), 72);
  directory.writeBigUInt64BE(MAIN_BINARY, 80);
  directory.write(identifier, CODE_DIRECTORY_LENGTH);
  for (let page = 0; page < pages; page++) {
    directory.set(pageHash(program, page, layout.codeLimit), CODE_DIRECTORY_LENGTH + identifierLength + page * HASH_LENGTH);
  }
  return Buffer.concat([program.subarray(0, layout.codeLimit), signature]);
}

function readLayout(program: Buffer): Layout {
  if (program.length < HEADER_LENGTH || program.readUInt32LE(0) !== MACHO_64) {
    throw new Error('not a 64-bit Mach-O file');
  }
  const commands = program.readUInt32LE(16);
  let [signatureCommand, linkEditCommand, textCommand] = [-1, -1, -1];
  for (let i = 0, offset = HEADER_LENGTH; i < commands; i++) {
    const kind = program.readUInt32LE(offset);
    const segment = kind === LC_SEGMENT_64 ? program.toString('latin1', offset + 8, offset + 24).replace(/\0.*$/s, '') : undefined;
    signatureCommand = kind === LC_CODE_SIGNATURE ? offset : signatureCommand;
    linkEditCommand = segment === '__LINKEDIT' ? offset : linkEditCommand;
    textCommand = segment === '__TEXT' ? offset : textCommand;
    offset += program.readUInt32LE(offset + 4);
  }
  if (signatureCommand < 0 || linkEditCommand < 0 || textCommand < 0) {
    throw new Error('a Mach-O file without room for a signature');
  }
  return { signatureCommand, linkEditCommand, textCommand, codeLimit: program.readUInt32LE(signatureCommand + 8) };
}

/** The signature is the end of the last segment, whose lengths in the file and in memory follow from it. */
function writeLengths(program: Buffer, { signatureCommand, linkEditCommand, codeLimit }: Layout, length: number): void {
  program.writeUInt32LE(length, signatureCommand + 12);
  const fileLength = BigInt(codeLimit + length) - program.readBigUInt64LE(linkEditCommand + 40);
  program.writeBigUInt64LE(fileLength, linkEditCommand + 48);
  // Pages of Apple silicon are the larger ones, and do for both.
  program.writeBigUInt64LE(BigInt(roundUp(Number(fileLength), 4 * PAGE)), linkEditCommand + 32);
}

/** The last page ends where the signature begins. */
function pageHash(program: Buffer, page: number, codeLimit: number): Buffer {
  return createHash('sha256').update(program.subarray(page * PAGE, Math.min((page + 1) * PAGE, codeLimit))).digest();
}

function writeNumbers(target: Buffer, offset: number, numbers: readonly number[]): void {
  numbers.forEach((number, i) => target.writeUInt32BE(number, offset + 4 * i));
}

function roundUp(length: number, multiple: number): number {
  return Math.ceil(length / multiple) * multiple;
}
