/** Follows the pages that tell how to begin, and how to revoke: each block is run as it stands there, one after another. */
import { blocksBelow, blocksOf, PageBlock, readPage } from './page';
import { Walkthrough } from './walkthrough';
import { awsCliMissing } from '../support/aws-cli';
import { describeUnless, opensslMissing } from '../support/runtimes';

const QUICK_START = blocksOf(readPage('docs/quick-start.md'));
const REVOCATION = blocksBelow(readPage('docs/revocation.md'), '## Prove that a revoked host stays out');

const isRun = ({ kind }: PageBlock) => kind !== 'skipped';

/** The AWS CLI is a second way to see what another block shows too. */
const needsAwsCli = ({ kind, text }: PageBlock) => kind === 'command' && /^aws /m.test(text);

/** Blocks in order, each output with the command that it belongs to, those left out that cannot be run here. */
function steps(blocks: readonly PageBlock[]): Array<{ name: string; blocks: PageBlock[] }> {
  const groups: PageBlock[][] = [];
  for (const block of blocks.filter(isRun)) {
    if (block.kind === 'output') {
      groups.at(-1)!.push(block);
    } else {
      groups.push([block]);
    }
  }
  return groups
    .filter(([block]) => awsCliMissing === undefined || !needsAwsCli(block))
    .map((group) => ({ name: `line ${group[0].line}: ${group[0].name ?? group[0].text.split('\n')[0]}`, blocks: group }));
}

describe('what is not run', () => {
  test('needs an account, or is the package itself', () => {
    expect([...QUICK_START, ...REVOCATION].filter((block) => !isRun(block)).map(({ name }) => name)).toEqual([
      'takes minutes, and makes the package that the test takes from its own tree',
      'needs an AWS account',
      'a fragment',
    ]);
  });

  test('the pages have what they are about', () => {
    const commands = QUICK_START.filter(({ kind }) => kind === 'command').map(({ text }) => text).join('');
    for (const part of ['npm install', 'openssl', 'cdk synth', 'explain', 'local', 'doctor', 'credential_process', 'get-caller-identity']) {
      expect(commands).toContain(part);
    }
    expect(QUICK_START.filter(({ kind }) => kind === 'output').length).toBeGreaterThan(3);
    expect(REVOCATION.filter(({ kind }) => kind === 'output').length).toBeGreaterThan(1);
  });
});

if (awsCliMissing !== undefined) {
  test.skip(`the blocks with the AWS CLI (skipped: ${awsCliMissing})`, () => undefined);
}

const notHere = opensslMissing ?? (process.platform === 'win32' ? 'the pages are written for a POSIX shell' : undefined);

describeUnless(notHere, 'each block of the pages, in order', () => {
  const walkthrough = new Walkthrough();
  // What follows a step that failed would fail for that reason only.
  let hasFailed = false;

  beforeAll(() => walkthrough.prepare(), 60_000);
  afterAll(() => walkthrough.close());

  const follow = async ({ blocks }: { blocks: PageBlock[] }) => {
    expect(hasFailed).toBe(false);
    hasFailed = true;
    for (const block of blocks) {
      await walkthrough.follow(block);
    }
    hasFailed = false;
  };

  describe('docs/quick-start.md', () => {
    test.each(steps(QUICK_START))('$name', follow, 120_000);
  });

  describe('docs/revocation.md', () => {
    // What follows the import of a list shows what it brings about.
    const importing = REVOCATION.findIndex(needsAwsCli);
    test.each(steps(awsCliMissing === undefined ? REVOCATION : REVOCATION.slice(0, importing)))('$name', follow, 120_000);
  });
});
