import { Deadline } from '../../../lambda/crl-sync/deadline';
import { isThrottling, isUncertain, withRetries } from '../../../lambda/crl-sync/retry';

const error = (name: string, more: object = {}): Error => Object.assign(new Error('simulated'), { name }, more);
const status = (httpStatusCode: number, name = 'UnknownError') => error(name, { $metadata: { httpStatusCode } });

/** A function with so many milliseconds left. */
function deadlineIn(milliseconds: number): Deadline {
  const end = Date.now() + milliseconds;
  return new Deadline(() => end - Date.now(), 0);
}

describe('failures are told apart', () => {
  test.each([
    ['429', status(429)], ['ThrottlingException', error('ThrottlingException')], ['ThrottledException', status(400, 'ThrottledException')],
    ['TooManyRequestsException', error('TooManyRequestsException')],
  ])('%s is throttling: the call was not carried out', (_, each) => {
    expect([isThrottling(each), isUncertain(each)]).toEqual([true, false]);
  });

  test.each([
    ['500', status(500)], ['503', status(503)], ['a reset connection', error('Error', { code: 'ECONNRESET' })],
    ['a time-out of the SDK', error('TimeoutError')], ['a time-out of ours', error('AbortError')],
    ['a time-out of the web standards', new DOMException('late', 'TimeoutError')], ['a name that is not found just now', error('Error', { code: 'EAI_AGAIN' })],
  ])('%s leaves open whether the call was carried out', (_, each) => {
    expect([isThrottling(each), isUncertain(each)]).toEqual([false, true]);
  });

  test.each([
    ['a validation error', status(400, 'ValidationException')], ['denied access', status(403, 'AccessDeniedException')],
    ['nothing there', status(404, 'ResourceNotFoundException')], ['a full quota', status(402, 'ServiceQuotaExceededException')],
    ['a mistake of ours', new TypeError('x is undefined')], ['missing credentials', error('CredentialsProviderError')],
  ])('%s is final', (_, each) => {
    expect([isThrottling(each), isUncertain(each)]).toEqual([false, false]);
  });
});

describe('calls', () => {
  const options = { operation: 'UpdateCrl', pause: 0, deadline: deadlineIn(60_000), isIdempotent: true };

  function failing(...errors: Error[]) {
    return jest.fn(() => {
      const next = errors.shift();
      return next ? Promise.reject(next) : Promise.resolve('done');
    });
  }

  test('are made again after throttling and failures of the moment', async () => {
    const call = failing(status(429), status(500));
    await expect(withRetries(options, call)).resolves.toBe('done');
    expect(call).toHaveBeenCalledTimes(3);
  });

  test('that must not be made twice are made again after throttling only', async () => {
    const call = failing(status(429), status(500));
    await expect(withRetries({ ...options, isIdempotent: false }, call)).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    expect(call).toHaveBeenCalledTimes(2);
  });

  test('that are final are made once', async () => {
    const call = failing(status(400));
    await expect(withRetries(options, call)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
    expect(call).toHaveBeenCalledTimes(1);
  });

  test('end as throttled when the time is over, rather than with the function', async () => {
    const begin = Date.now();
    const always = jest.fn(() => Promise.reject(status(429)));
    await expect(withRetries({ ...options, deadline: deadlineIn(700) }, always)).rejects.toMatchObject({
      code: 'THROTTLED', message: expect.stringMatching(/^UpdateCrl was throttled \d times/),
    });
    expect(Date.now() - begin).toBeLessThan(700);
    expect(always.mock.calls.length).toBeGreaterThan(1);
  });

  test('wait longer each time', async () => {
    const times: number[] = [];
    const call = jest.fn(() => {
      times.push(Date.now());
      return times.length < 4 ? Promise.reject(status(429)) : Promise.resolve('done');
    });
    await withRetries(options, call);
    const pauses = times.slice(1).map((time, i) => time - times[i]);
    // Half to all of 100, 200 and 400 milliseconds.
    pauses.forEach((pause, i) => expect(pause).toBeGreaterThanOrEqual(50 * 2 ** i - 2));
  });
});

describe('a deadline', () => {
  test('keeps its reserve', () => {
    expect(new Deadline(() => 5_000, 3_000).left()).toBe(2_000);
    expect(new Deadline(() => 1_000, 3_000).left()).toBe(0);
  });

  test('refuses a wait that would not end in time, at once and with what was to come', async () => {
    const begin = Date.now();
    await expect(new Deadline(() => 5_000, 3_000).wait(2_000, 'ImportCrl')).rejects.toMatchObject({
      code: 'OUT_OF_TIME', message: expect.stringContaining('before ImportCrl'),
    });
    expect(Date.now() - begin).toBeLessThan(500);
  });

  test('ends what takes longer than there is time', async () => {
    const signal = new Deadline(() => 1_050, 1_000).signal(60_000);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });
});
