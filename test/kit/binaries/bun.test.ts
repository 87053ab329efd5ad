import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { bunCandidates, findBun } from '../../../src/kit/binaries/bun';
import { errorOf } from '../../support/stack';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bun-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(path: string, text: string): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  chmodSync(join(folder, path), 0o755);
  return join(folder, path);
}

const saying = (version: string) => `#!/bin/sh\necho ${version}\n`;

test('the nearest comes first: in the project, in a folder above it, in PATH', () => {
  const inProject = program('a/b/node_modules/bun/bin/bun.exe', '');
  const above = program('node_modules/bun/bin/bun.exe', '');
  const inPath = program('bin/bun', '');
  expect(bunCandidates([join(folder, 'a', 'b')], { PATH: `/nowhere:${join(folder, 'bin')}` })).toEqual([inProject, above, inPath]);
  expect(bunCandidates([join(folder, 'a')], {})).toEqual([above]);
});

test('the one with the right version is taken', () => {
  const [old, right] = [program('old', saying('1.0.0')), program('right', saying('1.4.5'))];
  expect(findBun('1.4.5', [old, right])).toBe(right);
});

test('where there is none, the message says what there is and how to get it', () => {
  expect(errorOf(() => findBun('1.4.5', []))).toMatchObject({
    code: 'BUN_UNUSABLE',
    message: expect.stringMatching(/^Bun 1\.4\.5, .* is needed, and it is not installed; run "npm install --save-dev bun@1\.4\.5"/),
  });
  const [old, broken] = [program('old', saying('1.0.0')), program('broken', '#!/bin/sh\nexit 1\n')];
  expect(errorOf(() => findBun('1.4.5', [old, broken])).message).toContain(`and ${old} is version 1.0.0, ${broken} does not run; run`);
});
