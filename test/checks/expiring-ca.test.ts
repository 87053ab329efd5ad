import { anchor, check, found, soundPki } from './check';

const DAY = 24 * 3600 * 1000;

test('warns of a certificate in its last 90 days, and only then', async () => {
  const { root } = await soundPki();
  const resources = { Anchor: anchor(root.pem) };
  const end = root.certificate.notAfter.getTime();
  const at = (days: number) => ({ now: new Date(end - days * DAY - 1000) });
  expect(found('RA206', resources, at(89))).toMatchObject([{ severity: 'warning', on: 'Anchor', message: expect.stringContaining('expires in 89 days') }]);
  expect(found('RA206', resources, at(0))).toMatchObject([{ message: expect.stringContaining('expires in 0 days') }]);
  expect(found('RA206', resources, at(90))).toEqual([]);
  // From then on it has expired, which is another rule's.
  expect(check(resources, at(-1)).map(({ rule }) => rule)).toEqual(['RA205']);
});
