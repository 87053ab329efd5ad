/** How large the function of CrlSync is, which every cold start loads. */
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Bench, Figure, reached } from './figures';
import { bundleProgram, CRL_SYNC_BUNDLE } from '../scripts/bundle';

/** The bundle without the AWS SDK, which the Lambda runtime brings, beside what the same source comes to without minification. */
export const bundleSize: Bench = {
  name: 'bundle-size',
  run: async () => [await measure()],
};

async function measure(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-size-'));
  try {
    const { entry, options } = CRL_SYNC_BUNDLE;
    const size = await bundleProgram(entry, join(folder, 'minified.js'), options);
    const plain = await bundleProgram(entry, join(folder, 'plain.js'), { ...options, minify: false, mangleProps: undefined });
    return {
      title: 'function crl-sync, bundled without the AWS SDK',
      unit: 'kB',
      subject: { label: 'minified', value: size / 1000, note: `goal <= 60 kB: ${reached(size <= 60_000)}` },
      peers: [{ label: 'not minified', value: plain / 1000 }],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
