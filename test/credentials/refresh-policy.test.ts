import fc from 'fast-check';
import { LONGEST_MARGIN, refreshTime, retryTime, SHORTEST_PAUSE } from '../../src/credentials/refresh-policy';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('refreshTime', () => {
  test.each([
    ['an hour, the latest', HOUR, 0, HOUR - 15 * MINUTE],
    ['an hour, the earliest', HOUR, 1, HOUR - 22.5 * MINUTE],
    ['twelve hours, the latest', 12 * HOUR, 0, 12 * HOUR - 16 * MINUTE],
    ['twelve hours, the earliest', 12 * HOUR, 1, 12 * HOUR - 24 * MINUTE],
    ['a quarter of an hour', 15 * MINUTE, 0, 11.25 * MINUTE],
    ['a second', 1000, 0, SHORTEST_PAUSE],
    ['expired already', -HOUR, 0.5, SHORTEST_PAUSE],
  ])('%s', (_, lifetime, random, expected) => {
    expect(refreshTime(1_000_000, 1_000_000 + lifetime, random)).toBe(1_000_000 + expected);
  });

  test('never sooner than the shortest pause, never later than the margin where there is room for both', () => {
    fc.assert(fc.property(time, fc.integer({ min: -10 * HOUR, max: 48 * HOUR }), chance, (obtainedAt, lifetime, random) => {
      const refresh = refreshTime(obtainedAt, obtainedAt + lifetime, random);
      expect(refresh).toBeGreaterThanOrEqual(obtainedAt + SHORTEST_PAUSE);
      if (lifetime >= 10 * SHORTEST_PAUSE) {
        expect(refresh).toBeLessThanOrEqual(obtainedAt + lifetime - Math.min(LONGEST_MARGIN, lifetime / 4));
        expect(refresh).toBeGreaterThan(obtainedAt + lifetime / 2);
      }
    }));
  });

  test('a fleet that began together does not refresh together', () => {
    const times = Array.from({ length: 1000 }, (_, i) => refreshTime(0, HOUR, i / 1000));
    const perMinute = new Map<number, number>();
    times.forEach((t) => perMinute.set(Math.floor(t / MINUTE), (perMinute.get(Math.floor(t / MINUTE)) ?? 0) + 1));
    expect(Math.max(...perMinute.values())).toBeLessThan(150);
  });
});

describe('retryTime', () => {
  test('doubles from a second to five minutes while there are valid credentials', () => {
    const pauses = Array.from({ length: 12 }, (_, i) => retryTime(0, i + 1, 24 * HOUR, 1));
    expect(pauses.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256].map((seconds) => seconds * 1000));
    expect(pauses.slice(9)).toEqual([300_000, 300_000, 300_000]);
  });

  test('to half a minute where there are none', () => {
    expect(Array.from({ length: 7 }, (_, i) => retryTime(0, i + 1, undefined, 1))).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test('half of the pause is chance', () => {
    expect(retryTime(0, 5, undefined, 0)).toBe(8000);
    expect(retryTime(0, 5, undefined, 0.5)).toBe(12_000);
  });

  test('a long pause ends when the credentials do', () => {
    expect(retryTime(0, 20, MINUTE, 1)).toBe(MINUTE);
    expect(retryTime(0, 20, 1000, 1)).toBe(30_000);
  });

  test('never at once, however often it has failed', () => {
    const count = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(fc.property(time, count, fc.option(time, { nil: undefined }), chance, (failedAt, failures, expiration, random) => {
      const retry = retryTime(failedAt, failures, expiration, random);
      expect(retry).toBeGreaterThanOrEqual(failedAt + 500);
      expect(retry).toBeLessThanOrEqual(failedAt + 5 * MINUTE);
    }));
  });
});
