import { spawnSync } from 'child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { CHECKSUMS_FILE, readChecksums, sha256Of, updateChecksums } from '../../../src/kit/binaries/checksums';
import { describeUnless } from '../../support/runtimes';

const sha256sumMissing = spawnSync('sha256sum', ['--version']).status === 0 ? undefined : 'sha256sum is not installed';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checksums-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
const isListed = (name: string) => name.startsWith('signer-');
const listText = () => readFileSync(join(folder, CHECKSUMS_FILE), 'utf8');

/** What sha256sum says of a file with "a", and of one with "b". */
const HASH_OF_A = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
const HASH_OF_B = '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d';

test('lists in order of names, and nothing but what belongs there', async () => {
  write('signer-2', 'b');
  write('signer-1', 'a');
  write('other', 'c');
  await updateChecksums(folder, isListed, new Map([['signer-2', await sha256Of(join(folder, 'signer-2'))]]));
  expect(listText()).toBe(`${HASH_OF_A}  signer-1\n${HASH_OF_B}  signer-2\n`);
  expect(readdirSync(folder).sort()).toEqual([CHECKSUMS_FILE, 'other', 'signer-1', 'signer-2']);
});

test('a later build keeps what was there, replaces what it built and drops what is gone', async () => {
  ['signer-1', 'signer-2', 'signer-3'].forEach((name) => write(name, 'a'));
  await updateChecksums(folder, isListed, new Map());
  rmSync(join(folder, 'signer-1'));
  write('signer-2', 'b');
  await updateChecksums(folder, isListed, new Map([['signer-2', HASH_OF_B]]));
  expect(readChecksums(folder)).toEqual(new Map([['signer-2', HASH_OF_B], ['signer-3', HASH_OF_A]]));
});

test('a file that was changed by somebody else keeps its hash, so that whoever checks finds out', async () => {
  write('signer-1', 'a');
  await updateChecksums(folder, isListed, new Map());
  write('signer-1', 'b');
  await updateChecksums(folder, isListed, new Map());
  expect(readChecksums(folder).get('signer-1')).toBe(HASH_OF_A);
});

test('lines that are none do no harm, and lists of Windows and of binary mode are read', async () => {
  write(CHECKSUMS_FILE, `junk\r\n${HASH_OF_B} *signer-1\r\n`);
  write('signer-1', 'b');
  await updateChecksums(folder, isListed, new Map());
  expect(listText()).toBe(`${HASH_OF_B}  signer-1\n`);
  expect(readChecksums(join(folder, 'nowhere'))).toEqual(new Map());
});

describeUnless(sha256sumMissing, 'sha256sum -c', () => {
  const check = () => spawnSync('sha256sum', ['-c', '--strict', CHECKSUMS_FILE], { cwd: folder, encoding: 'utf8' });

  test('takes the list, and finds what was changed', async () => {
    write('signer-1', 'a');
    write('signer-2', 'b');
    await updateChecksums(folder, isListed, new Map());
    expect(check()).toMatchObject({ status: 0, stdout: 'signer-1: OK\nsigner-2: OK\n' });
    write('signer-2', 'x');
    expect(check()).toMatchObject({ status: 1, stdout: 'signer-1: OK\nsigner-2: FAILED\n' });
  });
});
