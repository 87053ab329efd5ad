import { SourceMemory } from '../../../lambda/crl-sync/source-memory';
import { readCrl } from '../../../src/x509';
import { createRootCa, issueCrl } from '../../support/pki';

const VALIDATORS = { etag: '"v1"', lastModified: undefined };

async function twoLists() {
  const ca = await createRootCa('CN=Example Root');
  return { one: readCrl((await issueCrl(ca, { number: 1 })).der), two: readCrl((await issueCrl(ca, { number: 2 })).der) };
}

test('validators are used while the list that they stand for is the imported one, and only then', async () => {
  const { one, two } = await twoLists();
  const memory = new SourceMemory();
  memory.remember('root', 0, one, VALIDATORS);
  expect(memory.recall('root', 0, one)).toEqual(VALIDATORS);
  expect(memory.recall('root', 0, two)).toBeUndefined();
  expect(memory.recall('root', 0, undefined)).toBeUndefined();
});

test('each place of each list has its own', async () => {
  const { one } = await twoLists();
  const memory = new SourceMemory();
  memory.remember('root', 0, one, VALIDATORS);
  expect([memory.recall('root', 1, one), memory.recall('other', 0, one)]).toEqual([undefined, undefined]);
});

test('a list that is signed again is the same list', async () => {
  const { one } = await twoLists();
  const memory = new SourceMemory();
  memory.remember('root', 0, one, VALIDATORS);
  expect(memory.recall('root', 0, { ...one, signature: new Uint8Array(70) })).toEqual(VALIDATORS);
});

test('where a server gives none there is nothing to ask by', async () => {
  const { one } = await twoLists();
  const memory = new SourceMemory();
  memory.remember('root', 0, one, {});
  expect(memory.recall('root', 0, one)).toBeUndefined();
});
