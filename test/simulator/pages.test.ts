/** Tests of paging: every resource once, in order, whatever the page size. */
import * as fc from 'fast-check';
import { pageOf } from '../../src/simulator/pages';

const KIND = 'crls';

function resources(count: number, step = 1) {
  return Array.from({ length: count }, (_, i) => ({ sequence: (i + 1) * step }));
}

test('the pages of a list, one after another, are the list', () => {
  fc.assert(fc.property(fc.nat(40), fc.integer({ min: 1, max: 45 }), fc.integer({ min: 1, max: 9 }), (count, size, step) => {
    const all = resources(count, step);
    const seen: { sequence: number }[] = [];
    let token: string | undefined;
    let pages = 0;
    do {
      const page = pageOf(all, { kind: KIND, size, token });
      seen.push(...page.items);
      token = page.nextToken;
      pages += 1;
    } while (token !== undefined);
    expect(seen).toEqual(all);
    expect(pages).toBe(Math.max(1, Math.ceil(count / size)));
  }));
});

test('a page goes on behind the last one, whatever was deleted or added meanwhile', () => {
  const { nextToken: token } = pageOf(resources(4), { kind: KIND, size: 2 });
  const later = [{ sequence: 1 }, { sequence: 4 }, { sequence: 5 }];
  expect(pageOf(later, { kind: KIND, size: 2, token })).toEqual({ items: [{ sequence: 4 }, { sequence: 5 }] });
});

test.each(['', 'garbage', Buffer.from('profiles/1').toString('base64url'), Buffer.from('crls/').toString('base64url'), 'Y3Jscy8x\n='])(
  'a token that is none of this list is refused: %j', (token) => {
    expect(() => pageOf(resources(3), { kind: KIND, size: 1, token })).toThrow("'nextToken' is not one that this operation has returned");
  },
);
