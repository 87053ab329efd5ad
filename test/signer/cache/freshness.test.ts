import { Freshness, isPausing, judge, lifetimeOf } from '../../../signer/cache/freshness';

const MINUTE = 60_000;
const obtainedAt = Date.parse('2026-11-21T10:00:00Z');
const lasting = (minutes: number) => ({ obtainedAt, expiresAt: obtainedAt + minutes * MINUTE });
const after = (minutes: number) => obtainedAt + minutes * MINUTE;

describe('credentials of an hour', () => {
  test.each<[number, number, Freshness]>([
    [0, 0.999, 'fresh'],
    [37, 0.999, 'fresh'],
    // From here on, by chance: from no process at 22.5 minutes before the end to every process at 15, where SDKs begin to ask.
    [37.6, 0.999, 'due'],
    [37.6, 0.9, 'fresh'],
    [41.25, 0.49, 'fresh'],
    [41.25, 0.51, 'due'],
    [45, 0, 'due'],
    [58.9, 0, 'due'],
    [59.1, 0, 'ending'],
    [60, 0, 'useless'],
  ])('after %d minutes, for a process that has drawn %d, are %s', (minutes, random, freshness) => {
    expect(judge(lasting(60), after(minutes), random)).toBe(freshness);
  });
});

test('more and more processes renew towards the end', () => {
  const draws = Array.from({ length: 1000 }, (_, i) => i / 1000);
  const share = (minutes: number) => draws.filter((random) => judge(lasting(60), after(minutes), random) === 'due').length / draws.length;
  expect([37, 39.375, 41.25, 43.125, 45].map((minutes) => Math.round(share(minutes) * 100))).toEqual([0, 25, 50, 75, 100]);
});

test('the margins of short sessions are short as well', () => {
  const short = { obtainedAt, expiresAt: obtainedAt + 100_000 };
  expect([61, 74, 76, 89, 91, 100].map((seconds) => judge(short, obtainedAt + seconds * 1000, 0)))
    .toEqual(['fresh', 'fresh', 'due', 'due', 'ending', 'useless']);
});

test.each<[number, Freshness]>([[0, 'fresh'], [-0.4, 'fresh'], [-0.6, 'useless'], [-100, 'useless']])('a clock that shows %d minutes after they were obtained', (minutes, freshness) => {
  expect(judge(lasting(60), after(minutes), 0.5)).toBe(freshness);
});

describe('the end of credentials', () => {
  test('is what the service says', () => {
    expect(lifetimeOf('2026-11-21T10:59:58Z', obtainedAt, 3600)).toEqual({ obtainedAt, expiresAt: Date.parse('2026-11-21T10:59:58Z') });
  });

  test('is not later than what was asked for: a clock that is slow by an hour would have them used when they have expired', () => {
    expect(lifetimeOf('2026-11-21T12:00:00Z', obtainedAt, 3600)).toEqual(lasting(60));
    expect(lifetimeOf('2026-11-21T12:00:00Z', obtainedAt, undefined)).toEqual(lasting(120));
  });

  test('may be no date', () => {
    expect(lifetimeOf('tomorrow', obtainedAt, 3600)).toBeUndefined();
  });
});

test('after a failure, good credentials are left alone for a minute, or less where they last less', () => {
  const failedAt = after(45);
  expect([-1, 0, 59, 60].map((seconds) => isPausing(failedAt, lasting(60), failedAt + seconds * 1000))).toEqual([false, true, true, false]);
  const short = { obtainedAt, expiresAt: obtainedAt + 150_000 };
  expect([9, 10].map((seconds) => isPausing(failedAt, short, failedAt + seconds * 1000))).toEqual([true, false]);
});
