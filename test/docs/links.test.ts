/** Looks whether the links of the pages lead somewhere: to a file that is there, and to a heading that is in it. */
import { existsSync, readdirSync, readFileSync } from 'fs';
import { dirname, join, relative } from 'path';
import { PROJECT } from './page';

const PAGES = ['README.md', ...readdirSync(join(PROJECT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];

/** A page without its code, in which brackets are no links. */
const prose = (markdown: string) => markdown.replaceAll(/^ *```[^]*?^ *```$/gm, '').replaceAll(/<!--[^]*?-->/g, '').replaceAll(/(`+)[^`\n]+\1(?!\])/g, 'code');

/** The relative links of a page, as they stand there. */
function linksOf(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, target]) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that GitHub makes of headings, and those that are written by hand. */
function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>([...markdown.matchAll(/<a (?:name|id)="([^"]+)"/g)].map(([, name]) => name));
  const seen = new Map<string, number>();
  for (const [, heading] of markdown.replaceAll(/^ *```[^]*?^ *```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim().toLowerCase();
    const slug = text.replaceAll(/[^\p{L}\p{N}\p{Pc} -]/gu, '').replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

const cases = PAGES.flatMap((page) => linksOf(readFileSync(join(PROJECT, page), 'utf8')).map((link) => ({ page, link })));

test('anchors are made as GitHub makes them', () => {
  const page = '# One: `two`, [three](x.md)\n## Same\n## Same\n```sh\n# no heading\n```\n<a name="by-hand"></a>\n## explain, local and check\n';
  expect([...anchorsOf(page)]).toEqual(['by-hand', 'one-two-three', 'same', 'same-1', 'explain-local-and-check']);
});

test('links are found outside of code only', () => {
  expect(linksOf('[a](b.md#c) `[no](x.md)` [`code`](d.md) <!-- [no](y.md) -->\n```ts\nx[no](z);\n```\n[web](https://example.com)\n')).toEqual(['b.md#c', 'd.md']);
});

test('the pages have links', () => {
  expect(PAGES.length).toBeGreaterThan(6);
  expect(cases.length).toBeGreaterThan(50);
});

test.each(cases)('$page: $link', ({ page, link }) => {
  const [path, anchor] = link.split('#');
  const target = path === '' ? join(PROJECT, page) : join(PROJECT, dirname(page), path);
  expect([relative(PROJECT, target), existsSync(target)]).toEqual([relative(PROJECT, target), true]);
  if (anchor !== undefined) {
    expect([...anchorsOf(readFileSync(target, 'utf8'))]).toContain(anchor);
  }
});

test.each(PAGES.filter((page) => page !== join('docs', 'README.md')))('%s can be reached from the list of guides', (page) => {
  const guides = linksOf(readFileSync(join(PROJECT, 'docs', 'README.md'), 'utf8')).map((link) => join('docs', link.split('#')[0]));
  expect([...guides, 'README.md']).toContain(page);
});
