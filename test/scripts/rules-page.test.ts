/** RULES.md says what the rules say, and the rules are what their files are called. */
import { existsSync, readFileSync } from 'fs';
import { join } from 'path';
import { projectRoot } from '../../scripts/project';
import { rulesPage } from '../../scripts/rules-page';
import { RULES } from '../../src/checks';

test('RULES.md is what the rules say of themselves', () => {
  // Otherwise: npx tsx scripts/rules-page.ts
  expect(readFileSync(join(projectRoot, 'RULES.md'), 'utf8')).toBe(rulesPage());
});

test('every rule is on the page once', () => {
  for (const { id, name } of RULES) {
    expect(rulesPage().split(`| **${id}** | \`${name}\` |`)).toHaveLength(2);
  }
});

test('ids and names are told apart, ids are in order, and each rule has a file and a test of its name', () => {
  const ids = RULES.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort());
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
  for (const { id, name } of RULES) {
    expect(id).toMatch(/^RA[1-6]\d\d$/);
    expect([name, existsSync(join(projectRoot, `src/checks/${name}.ts`)), existsSync(join(projectRoot, `test/checks/${name}.test.ts`))]).toEqual([name, true, true]);
  }
});

test('texts are sentences, and remedies can stand behind "fix:"', () => {
  for (const { finds, why, fix } of RULES) {
    expect([finds, why]).toEqual([expect.stringMatching(/^[A-Z].*\.$/), expect.stringMatching(/^[A-Z].*\.$/)]);
    expect(fix).toMatch(/^[a-z].*[^.]$/);
  }
});
