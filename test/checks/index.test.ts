/** Every file with a rule is in the list of rules, and its test shows it both what it finds and what it lets pass. */
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { projectRoot } from '../../scripts/project';
import { RULES } from '../../src/checks';

const filesIn = (folder: string, suffix: string) => readdirSync(join(projectRoot, folder))
  .filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));

test('every file with a rule is in the list, and has a test', () => {
  const files = filesIn('src/checks', '.ts').filter((name) => name !== 'index');
  expect(files.sort()).toEqual(RULES.map(({ name }) => name).sort());
  expect(filesIn('test/checks', '.test.ts').filter((name) => name !== 'index' && name !== 'sound').sort()).toEqual(files);
});

test.each(RULES.map(({ id, name }) => [name, id]))('the test of %s has it find something, and nothing', (name, id) => {
  const text = readFileSync(join(projectRoot, 'test', 'checks', `${name}.test.ts`), 'utf8');
  const expectations = text.split(/^(?=.*\bexpect\()/m).filter((part) => /\bexpect\(/.test(part)).map((part) => part.split(/;\s*$/m)[0]);
  const isNothing = (part: string) => part.includes(`found('${id}'`) && part.includes('.toEqual([])');
  expect(expectations.filter(isNothing).length).toBeGreaterThan(0);
  expect(expectations.filter((part) => !part.includes('.toEqual([])')).length).toBeGreaterThan(0);
});
