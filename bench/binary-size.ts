/** How large the binaries are, as they are and compressed, for every target that has been built. */
import { existsSync, statSync } from 'fs';
import { delimiter, join } from 'path';
import { Bench, Figure, Row } from './figures';
import { AWS_HELPER } from './scene';
import { buildSigner, ownTarget, SIGNER_FOLDER, SIGNER_TARGETS, signerFileName } from '../scripts/build-signer';

/** The bench. It builds nothing but the binary of this machine: `npm run build:signer -- --compress --target ...` builds others. */
export const binarySize: Bench = {
  name: 'binary-size',
  run: async () => [await measure()],
};

async function measure(): Promise<Figure> {
  const own = ownTarget() ?? 'linux-x64';
  if (!existsSync(join(SIGNER_FOLDER, signerFileName(own)))) {
    await buildSigner(own);
  }
  const others = Object.keys(SIGNER_TARGETS).filter((target) => target !== own);
  return { title: 'binary, Bun\'s runtime included', unit: 'MB', subject: rowOf(own), peers: [...others.map(rowOf), awsHelper()] };
}

function rowOf(target: string): Row {
  const path = join(SIGNER_FOLDER, signerFileName(target));
  if (!existsSync(path)) {
    return { label: target, note: 'not built' };
  }
  const size = statSync(path).size;
  const compressed = `${path}.gz`;
  const note = existsSync(compressed) ? `${megabytes(statSync(compressed).size).toFixed(1)} MB compressed` : 'no compressed copy';
  return { label: target, value: megabytes(size), note };
}

function awsHelper(): Row {
  const path = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, AWS_HELPER)).find(existsSync);
  return path === undefined ? { label: AWS_HELPER, note: 'is not on the PATH' } : { label: AWS_HELPER, value: megabytes(statSync(path).size) };
}

function megabytes(bytes: number): number {
  return bytes / 1e6;
}
