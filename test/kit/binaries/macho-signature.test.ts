import { createHash } from 'crypto';
import { signAdHoc } from '../../../src/kit/binaries/macho-signature';

const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const LC_UUID = 0x1b;

/** Length of what is signed: not a whole number of pages, and a multiple of 16 as linkers leave it. */
const CODE_LENGTH = 3 * 4096 + 48;
const LINK_EDIT_OFFSET = 2 * 4096;

function segment(name: string, fileOffset: number, fileLength: number): Buffer {
  const command = Buffer.alloc(72);
  command.writeUInt32LE(LC_SEGMENT_64, 0);
  command.writeUInt32LE(command.length, 4);
  command.write(name, 8);
  command.writeBigUInt64LE(BigInt(fileLength), 32);
  command.writeBigUInt64LE(BigInt(fileOffset), 40);
  command.writeBigUInt64LE(BigInt(fileLength), 48);
  return command;
}

function signatureCommand(offset: number, length: number): Buffer {
  const command = Buffer.alloc(16);
  [LC_CODE_SIGNATURE, command.length, offset, length].forEach((number, i) => command.writeUInt32LE(number, 4 * i));
  return command;
}

function uuid(): Buffer {
  const command = Buffer.alloc(24, 7);
  command.writeUInt32LE(LC_UUID, 0);
  command.writeUInt32LE(command.length, 4);
  return command;
}

/** A program with an old signature of so many bytes. */
function program(oldSignatureLength: number, commands?: Buffer[]): Buffer {
  const all = commands ?? [
    segment('__TEXT', 0, 4096), uuid(), segment('__LINKEDIT', LINK_EDIT_OFFSET, CODE_LENGTH - LINK_EDIT_OFFSET + oldSignatureLength),
    signatureCommand(CODE_LENGTH, oldSignatureLength),
  ];
  const file = Buffer.alloc(CODE_LENGTH + oldSignatureLength, 0xab);
  Buffer.alloc(32).copy(file);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(all.length, 16);
  Buffer.concat(all).copy(file, 32);
  return file;
}

/** Reads a signature as Apple's cs_blobs.h describes it, by numbers that are written out here once more. */
function readSignature(file: Buffer) {
  const command = file.indexOf(signatureCommand(CODE_LENGTH, 0).subarray(0, 12));
  const length = file.readUInt32LE(command + 12);
  const blob = file.subarray(CODE_LENGTH, CODE_LENGTH + length);
  const directory = blob.subarray(blob.readUInt32BE(16));
  const hashes = directory.readUInt32BE(16);
  return {
    length,
    magics: [blob.readUInt32BE(0), directory.readUInt32BE(0)].map((number) => number.toString(16)),
    blobLength: blob.readUInt32BE(4),
    directoryLength: directory.readUInt32BE(4),
    flags: directory.readUInt32BE(12),
    identifier: directory.toString('latin1', directory.readUInt32BE(20), directory.indexOf(0, directory.readUInt32BE(20))),
    codeLimit: directory.readUInt32BE(32),
    hashKind: [...directory.subarray(36, 40)],
    executableSegment: [directory.readBigUInt64BE(64), directory.readBigUInt64BE(72), directory.readBigUInt64BE(80)],
    hashes: Array.from({ length: directory.readUInt32BE(28) }, (_, i) => directory.toString('hex', hashes + 32 * i, hashes + 32 * (i + 1))),
  };
}

/** SHA-256 of each page of what is signed, the last one as short as it is. */
function pagesOf(file: Buffer): string[] {
  const pages = [0, 1, 2, 3].map((page) => file.subarray(page * 4096, Math.min((page + 1) * 4096, CODE_LENGTH)));
  return pages.map((page) => createHash('sha256').update(page).digest('hex'));
}

test.each([0, 16, 5000])('a signature replaces one of %i bytes, and has the hash of every page, that of the load commands included', (before) => {
  const signed = signAdHoc(program(before), 'roles-anywhere-signer');
  const signature = readSignature(signed);
  expect(signature).toMatchObject({
    magics: ['fade0cc0', 'fade0c02'],
    flags: 0x20002,
    identifier: 'roles-anywhere-signer',
    codeLimit: CODE_LENGTH,
    hashKind: [32, 2, 0, 12],
    executableSegment: [0n, 4096n, 1n],
  });
  expect(signature.hashes).toEqual(pagesOf(signed));
  expect(signature.blobLength).toBe(20 + signature.directoryLength);
  expect(signed.length).toBe(CODE_LENGTH + signature.length);
  expect(signature.length).toBeGreaterThanOrEqual(signature.blobLength);
});

test('the last segment ends where the file ends, and has whole pages of memory', () => {
  const signed = signAdHoc(program(5000), 'x');
  const linkEdit = signed.indexOf('__LINKEDIT') - 8;
  expect(signed.readBigUInt64LE(linkEdit + 40) + signed.readBigUInt64LE(linkEdit + 48)).toBe(BigInt(signed.length));
  expect(signed.readBigUInt64LE(linkEdit + 32)).toBe(16_384n);
});

test('signing again changes nothing', () => {
  const signed = signAdHoc(program(100), 'x');
  expect(signAdHoc(Buffer.from(signed), 'x').equals(signed)).toBe(true);
});

test('what is no program for macOS, or has no room for a signature, is refused', () => {
  expect(() => signAdHoc(Buffer.from('#!/bin/sh\n'), 'x')).toThrow('not a 64-bit Mach-O file');
  expect(() => signAdHoc(Buffer.concat([Buffer.from([0x7f]), Buffer.alloc(64)]), 'x')).toThrow('not a 64-bit Mach-O file');
  expect(() => signAdHoc(program(0, [segment('__TEXT', 0, 4096), segment('__LINKEDIT', LINK_EDIT_OFFSET, 16)]), 'x')).toThrow('without room');
});
