import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { bundleStandalone } from '../../scripts/bundle';
import { SIGNER_TARGETS } from '../../src/kit/targets';

let folder: string;
let output: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  output = join(folder, 'standalone');
});
afterEach(() => rmSync(folder, { recursive: true }));

const contents = () => new Map(readdirSync(output).map((name) => [name, readFileSync(join(output, name), 'utf8')]));

/** Files that are loaded with a file, whatever is done. */
function loadedWith(name: string, seen = new Set<string>()): Set<string> {
  if (!seen.has(name)) {
    seen.add(name);
    const text = readFileSync(join(output, name), 'utf8');
    [...text.matchAll(/(?:from|^import) "\.\/([^"]+)"/gmu)].forEach(([, imported]) => loadedWith(imported, seen));
  }
  return seen;
}

test('the standalone signer is bundled such that the hot path loads little of it', async () => {
  const size = await bundleStandalone(output);
  const hot = [...loadedWith('entry-bun.js')];
  const loaded = hot.reduce((sum, name) => sum + statSync(join(output, name)).size, 0);
  expect(loaded).toBeLessThan(size / 3);
  const hotText = hot.map((name) => readFileSync(join(output, name), 'utf8')).join('\n');
  // Nothing of Node's is loaded at the start, and nothing of libraries.
  expect(hotText).not.toMatch(/^import .* from "(?:node|bun):/mu);
  expect(hot.filter((name) => /^(?:serve|update|doctor|exec|env|pkcs11)-/u.test(name))).toEqual([]);
});

test('beside it is which Bun compiles it, and which runtimes go in, each with its hash', async () => {
  await bundleStandalone(output);
  const { bun, runtimes } = JSON.parse(readFileSync(join(output, 'runtimes.json'), 'utf8'));
  expect(Object.keys(runtimes)).toEqual(Object.values(SIGNER_TARGETS));
  expect(Object.values(runtimes)).toEqual(Object.keys(runtimes).map(() => ({
    name: expect.stringMatching(/^@oven\/bun-/), version: bun, integrity: expect.stringMatching(/^sha512-/),
  })));
});

test('what was there before is replaced, and the same comes out', async () => {
  await bundleStandalone(output);
  const before = contents();
  await bundleStandalone(output);
  expect(contents()).toEqual(before);
  expect(readdirSync(folder)).toEqual(['standalone']);
});
