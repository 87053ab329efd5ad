/** The guide names what there is. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { KIT_HELP } from '../../bin/commands/kit';
import { kitTexts } from '../../src/kit/kit';
import { TARGETS } from '../../src/kit/targets';
import { kitFor } from '../kit/kits';

const GUIDE = readFileSync(join(__dirname, '..', '..', 'docs', 'hand-over.md'), 'utf8');

test('it explains every target', () => {
  expect(TARGETS.filter(({ name }) => !GUIDE.includes(`\`${name}\``))).toEqual([]);
});

test('it explains every file of a kit', () => {
  const paths = TARGETS.flatMap(({ name }) => kitTexts(kitFor(name)).map(({ path }) => path));
  const isNamed = (path: string) => GUIDE.includes(path) || (path.includes('/') && GUIDE.includes(`\`${path.replace(/^.*[./]/u, path.endsWith('file') ? '' : '.')}\``));
  expect([...new Set(paths)].filter((path) => !isNamed(path))).toEqual([]);
});

test('the options that it names are those of the command, and of the script', () => {
  const script = kitTexts(kitFor('linux-x64')).find(({ path }) => path === 'install.sh')!.content.toString();
  const named = [...new Set(GUIDE.match(/--[a-z][a-z-]+/gu))].filter((option) => !['--outputs-file', '--save-dev'].includes(option));
  expect(named.filter((option) => !KIT_HELP.includes(option) && !script.includes(`  ${option} `))).toEqual([]);
});
