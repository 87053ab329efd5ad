/** Packs files such that the same files give the same bytes: a compressed tar for hosts with a shell, a zip for Windows. */
import { gzipSync, constants } from 'zlib';
import { KitError } from './errors';
import type { KitFile } from './kit';

/** Its length in a tar is a multiple of this. */
const BLOCK = 512;

/** Place of the system in the header of gzip (RFC 1952 section 2.3), and the value for "unknown". */
const SYSTEM_OFFSET = 9;
const UNKNOWN_SYSTEM = 255;

/** Lengths of what stands around the compressed data in gzip: header without a name, and checksum with length. */
const GZIP_HEADER = 10;
const GZIP_TRAILER = 8;

/** Of 1 January 1980, the first that a zip can say; the same time goes into a tar. */
const DOS_DATE = 0x21;
const UNIX_TIME = 315_532_800;

/** A file that has been compressed before, because it is the same in many archives. */
export interface CompressedFile {
  readonly path: string;
  /** As gzip writes it, without a name in its header. */
  readonly gzip: Buffer;
}

/** A compressed tar. What has been compressed before goes in as it is: a gzip file may have several parts (RFC 1952 section 2.2). */
export function tarGz(folder: string, files: readonly KitFile[], compressed?: CompressedFile): Buffer {
  const parts: Buffer[] = [];
  let pending: Buffer[] = [];
  for (const { path, content, isExecutable } of files) {
    pending.push(tarHeader(folder, path, content.length, isExecutable ? 0o755 : 0o644));
    if (path === compressed?.path) {
      parts.push(gzipOf(Buffer.concat(pending)), compressed.gzip);
      pending = [];
    } else {
      pending.push(content);
    }
    pending.push(Buffer.alloc((BLOCK - content.length % BLOCK) % BLOCK));
  }
  return Buffer.concat([...parts, gzipOf(Buffer.concat([...pending, Buffer.alloc(2 * BLOCK)]))]);
}

function gzipOf(content: Buffer): Buffer {
  const result = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
  result[SYSTEM_OFFSET] = UNKNOWN_SYSTEM;
  return result;
}

/** The header of a file (POSIX.1-1988 ustar): names of up to 100 bytes, in folders of up to 155. */
function tarHeader(folder: string, path: string, length: number, mode: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const name = Buffer.from(path);
  if (name.length > 100 || Buffer.byteLength(folder) > 155) {
    throw new KitError('INVALID_TEXT', `the name of a host is too long for the archive: ${path}`);
  }
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  name.copy(header);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(length, 11), 124);
  header.write(octal(UNIX_TIME, 11), 136);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  header.write('root', 265);
  header.write('root', 297);
  header.write(folder, 345);
  header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** A zip (PKWARE's APPNOTE 6.3). */
export function zip(folder: string, files: readonly KitFile[], compressed?: CompressedFile): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, content } of files) {
    const gzip = path === compressed?.path ? compressed.gzip : gzipOf(content);
    const name = Buffer.from(`${folder}/${path}`);
    const data = gzip.subarray(GZIP_HEADER, gzip.length - GZIP_TRAILER);
    const facts = { name, crc: gzip.readUInt32LE(gzip.length - GZIP_TRAILER), compressed: data.length, size: content.length };
    const header = zipHeader(facts);
    parts.push(header, name, data);
    directory.push(zipDirectoryEntry(facts, offset), name);
    offset += header.length + name.length + data.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, entries, end]);
}

interface ZipFacts {
  readonly name: Buffer;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
}

/** Of version 2.0, with names in UTF-8 and deflated. */
function writeFacts(into: Buffer, { name, crc, compressed, size }: ZipFacts): void {
  into.writeUInt16LE(20, 0);
  into.writeUInt16LE(0x800, 2);
  into.writeUInt16LE(8, 4);
  into.writeUInt16LE(0, 6);
  into.writeUInt16LE(DOS_DATE, 8);
  into.writeUInt32LE(crc, 10);
  into.writeUInt32LE(compressed, 14);
  into.writeUInt32LE(size, 18);
  into.writeUInt16LE(name.length, 22);
}

function zipHeader(facts: ZipFacts): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeFacts(header.subarray(4), facts);
  return header;
}

function zipDirectoryEntry(facts: ZipFacts, offset: number): Buffer {
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(20, 4);
  writeFacts(entry.subarray(6), facts);
  entry.writeUInt32LE(offset, 42);
  return entry;
}
