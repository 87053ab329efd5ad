/** Compresses files such that the same content gives the same bytes. */
import { closeSync, createReadStream, createWriteStream, openSync, renameSync, rmSync, statSync, writeSync } from 'fs';
import { pipeline } from 'stream/promises';
import { constants, createGzip } from 'zlib';

/** Place of the system in the header (RFC 1952 section 2.3), and the value for "unknown". */
const SYSTEM_OFFSET = 9;
const UNKNOWN_SYSTEM = 255;

/**
 * Writes `path.gz`, under that name only when it is complete. It has neither name nor time in it, and not the system it was made on.
 *
 * @returns its size in bytes
 */
export async function gzip(path: string, signal?: AbortSignal): Promise<number> {
  const output = `${path}.gz`;
  const temporary = `${output}.${process.pid}.tmp`;
  try {
    await pipeline(createReadStream(path), createGzip({ level: constants.Z_BEST_COMPRESSION }), createWriteStream(temporary), { signal });
    const descriptor = openSync(temporary, 'r+');
    writeSync(descriptor, Uint8Array.of(UNKNOWN_SYSTEM), 0, 1, SYSTEM_OFFSET);
    closeSync(descriptor);
    renameSync(temporary, output);
  } finally {
    rmSync(temporary, { force: true });
  }
  return statSync(output).size;
}
