/** Prints the project's figures, each beside its peer from the same run: `npm run bench [-- name ...]`. */
import { cpus } from 'os';
import { binarySize } from './binary-size';
import { bundleSize } from './bundle-size';
import { credentialProcess } from './credential-process';
import { revocationList } from './crl';
import { explain } from './explain';
import { Bench, formatFigure } from './figures';
import { serve } from './serve';
import { synthesis } from './synth';

const BENCHES: readonly Bench[] = [credentialProcess, serve, explain, revocationList, synthesis, bundleSize, binarySize];

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    throw new Error(`there is no bench ${unknown.join(', ')}; there are ${BENCHES.map(({ name }) => name).join(', ')}`);
  }
  console.log(`${process.platform} ${process.arch}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`);
  for (const bench of BENCHES.filter(({ name }) => names.length === 0 || names.includes(name))) {
    for (const figure of await bench.run((text) => console.error(text))) {
      console.log(`\n${formatFigure(figure)}`);
    }
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
