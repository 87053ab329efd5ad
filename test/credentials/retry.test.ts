import { DEFAULT_LIMITS, Outcome, parseRetryAfter, withRetries } from '../../src/credentials/retry';

function clock(random = 0.5) {
  const pauses: number[] = [];
  return { pauses, random: () => random, sleep: async (milliseconds: number) => void pauses.push(milliseconds) };
}

const failed = (retry: boolean, retryAfter?: number): Outcome<string> => ({ done: false, error: new Error('failed'), retry, retryAfter });

test('the first success ends it', async () => {
  const attempts = jest.fn(async (number: number): Promise<Outcome<string>> => (number === 2 ? { done: true, value: 'ok' } : failed(true)));
  expect(await withRetries(clock(), DEFAULT_LIMITS, attempts)).toBe('ok');
  expect(attempts).toHaveBeenCalledTimes(2);
});

test('three tries and no more, with pauses that grow', async () => {
  const time = clock();
  const attempts = jest.fn(async () => failed(true));
  await expect(withRetries(time, DEFAULT_LIMITS, attempts)).rejects.toThrow('failed');
  expect(attempts).toHaveBeenCalledTimes(DEFAULT_LIMITS.attempts);
  expect(time.pauses).toEqual([375, 750]);
});

test('pauses vary by chance, and are never nothing', async () => {
  const pausesAt = async (random: number) => {
    const time = clock(random);
    await withRetries(time, DEFAULT_LIMITS, async () => failed(true)).catch(() => undefined);
    return time.pauses;
  };
  expect(await pausesAt(0)).toEqual([250, 500]);
  expect(await pausesAt(0.999)).toEqual([500, 1000]);
});

test('what is not worth another try fails at once', async () => {
  const attempts = jest.fn(async () => failed(false));
  await expect(withRetries(clock(), DEFAULT_LIMITS, attempts)).rejects.toThrow('failed');
  expect(attempts).toHaveBeenCalledTimes(1);
});

test('a Retry-After is waited for where it leaves time for another attempt', async () => {
  const time = clock();
  await withRetries(time, DEFAULT_LIMITS, async () => failed(true, 2)).catch(() => undefined);
  expect(time.pauses).toEqual([2375, 2750]);
  const attempts = jest.fn(async () => failed(true, 60));
  await expect(withRetries(clock(), DEFAULT_LIMITS, attempts)).rejects.toThrow('failed');
  expect(attempts).toHaveBeenCalledTimes(1);
  await withRetries(time, { attempts: 2, deadline: 90_000 }, attempts).catch(() => undefined);
  expect(time.pauses[2]).toBe(60_375);
});

test('as many tries as are asked for, with pauses that stop growing', async () => {
  const time = clock();
  await withRetries(time, { attempts: 9, deadline: 600_000 }, async () => failed(true)).catch(() => undefined);
  expect(time.pauses).toEqual([375, 750, 1500, 3000, 6000, 12_000, 15_000, 15_000]);
});

test('the deadline holds for attempts and pauses together', async () => {
  const start = performance.now();
  const now = jest.spyOn(performance, 'now');
  let elapsed = 0;
  now.mockImplementation(() => start + elapsed);
  try {
    const timeouts: number[] = [];
    const attempt = async (_: number, timeout: number) => {
      timeouts.push(timeout);
      elapsed += timeout;
      return failed(true);
    };
    await expect(withRetries(clock(), DEFAULT_LIMITS, attempt)).rejects.toThrow('failed');
    expect(timeouts).toEqual([12_000, 12_000, 6_000]);
  } finally {
    now.mockRestore();
  }
});

test.each<[string | undefined, number | undefined]>([
  [undefined, undefined], ['0', 0], ['3', 3], [' 120 ', 120], ['Sat, 21 Nov 2026 10:00:07 GMT', 7], ['Sat, 21 Nov 2026 09:00:00 GMT', 0], ['soon', undefined],
])('Retry-After %j is %j', (text, seconds) => {
  expect(parseRetryAfter(text, new Date('2026-11-21T10:00:00Z'))).toBe(seconds);
});
