import { execFileSync, spawnSync } from 'child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { bundleProgram } from '../../scripts/bundle';
import { packageVersion, projectRoot, provenance, signerConstants } from '../../scripts/project';
import { describeUnless } from '../support/runtimes';

const gitMissing = spawnSync('git', ['--version']).status === 0 ? undefined : 'git is not installed';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'project-'));
  writePackage(folder);
});

afterEach(() => rmSync(folder, { recursive: true }));

function writePackage(path: string, more: object = {}): void {
  writeFileSync(join(path, 'package.json'), JSON.stringify({ version: '1.2.3', ...more }));
}

const NO_ENV = {};

describe('without git', () => {
  test('nothing is known of a package that says nothing', () => {
    expect(provenance(folder, NO_ENV)).toEqual({ commit: null, builtAt: null });
  });

  test('a package says which commit it was published from', () => {
    writePackage(folder, { gitHead: 'ac9cc74a32b6a7cd8a9dfa3af9e4ab5b20a4ed11' });
    expect(provenance(folder, { SOURCE_DATE_EPOCH: '1700000000' })).toEqual({
      commit: 'ac9cc74a32b6a7cd8a9dfa3af9e4ab5b20a4ed11', builtAt: '2023-11-14T22:13:20Z',
    });
  });

  test.each(['yesterday', '-1', '1.5', '1e9', '999999999999'])('SOURCE_DATE_EPOCH %s is refused', (value) => {
    expect(() => provenance(folder, { SOURCE_DATE_EPOCH: value })).toThrow(/SOURCE_DATE_EPOCH is a number of seconds since 1970, not /);
  });

  test('an empty SOURCE_DATE_EPOCH is none', () => {
    expect(provenance(folder, { SOURCE_DATE_EPOCH: '' }).builtAt).toBeNull();
  });
});

describeUnless(gitMissing, 'with git', () => {
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@example.com',
      GIT_AUTHOR_DATE: '2025-01-01T00:00:00Z',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@example.com',
      GIT_COMMITTER_DATE: '2025-06-01T12:00:00Z',
    },
  }).trim();
  let head: string;

  beforeEach(() => {
    git('init', '--quiet');
    git('add', 'package.json');
    git('commit', '--quiet', '--message', 'First');
    head = git('rev-parse', 'HEAD');
  });

  test('commit and time are the commit\'s own', () => {
    expect(provenance(folder, NO_ENV)).toEqual({ commit: head, builtAt: '2025-06-01T12:00:00Z' });
  });

  test('the time is that of SOURCE_DATE_EPOCH where it is set', () => {
    expect(provenance(folder, { SOURCE_DATE_EPOCH: '0' }).builtAt).toBe('1970-01-01T00:00:00Z');
  });

  test('a changed file, and one that is new, make it dirty', () => {
    writeFileSync(join(folder, 'new.ts'), '');
    expect(provenance(folder, NO_ENV).commit).toBe(`${head}-dirty`);
    rmSync(join(folder, 'new.ts'));
    expect(provenance(folder, NO_ENV).commit).toBe(head);
    writePackage(folder, { description: 'changed' });
    expect(provenance(folder, NO_ENV).commit).toBe(`${head}-dirty`);
  });

  test('the path may lead through a link, and looking writes nothing', () => {
    const link = `${folder}-link`;
    symlinkSync(folder, link);
    const before = statSync(join(folder, '.git', 'index')).mtimeMs;
    try {
      expect(provenance(link, NO_ENV).commit).toBe(head);
    } finally {
      rmSync(link);
    }
    expect(statSync(join(folder, '.git', 'index')).mtimeMs).toBe(before);
  });

  test('a package inside of somebody else\'s repository does not take that one\'s commit', () => {
    const inner = join(folder, 'node_modules', 'inner');
    mkdirSync(inner, { recursive: true });
    writePackage(inner);
    expect(provenance(inner, NO_ENV)).toEqual({ commit: null, builtAt: null });
  });

  test('a repository without a commit has none', () => {
    rmSync(join(folder, '.git'), { recursive: true });
    git('init', '--quiet');
    expect(provenance(folder, NO_ENV)).toEqual({ commit: null, builtAt: null });
  });
});

describe('the portable module', () => {
  test('says what it was made of, and comes out the same each time', async () => {
    const outputs = [join(folder, 'one.mjs'), join(folder, 'two.mjs')];
    for (const output of outputs) {
      await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), output, { format: 'esm' });
    }
    expect(readFileSync(outputs[0]).equals(readFileSync(outputs[1]))).toBe(true);
    const { commit, builtAt } = provenance();
    const said = JSON.parse(execFileSync(process.execPath, [outputs[0], 'version', '--json'], { encoding: 'utf8' })) as object;
    expect(said).toMatchObject({ version: packageVersion(), commit, builtAt, runtime: `Node.js ${process.version}` });
  });
});

test('what is not known is left out of the constants', () => {
  const { commit, builtAt } = provenance();
  expect(signerConstants()).toEqual({
    SIGNER_VERSION: JSON.stringify(packageVersion()),
    ...(commit === null ? {} : { SIGNER_COMMIT: JSON.stringify(commit) }),
    ...(builtAt === null ? {} : { SIGNER_BUILT_AT: JSON.stringify(builtAt) }),
  });
});
