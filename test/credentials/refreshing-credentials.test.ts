import { CredentialsError } from '../../src/credentials/errors';
import { RefreshClock, RefreshFailure, RefreshingCredentials, SYSTEM_CLOCK } from '../../src/credentials/refreshing-credentials';
import type { Credentials } from '../../src/credentials/response';

const START = Date.parse('2026-11-21T09:00:00Z');
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A clock that stands until it is moved, and timers that know nothing of how the clock on the wall is set. */
class TestClock implements RefreshClock {
  public wall = START;
  private running = 0;
  private readonly timers = new Map<number, { readonly at: number; readonly callback: () => void }>();
  private count = 0;

  public now(): Date {
    return new Date(this.wall);
  }

  public random(): number {
    return 0;
  }

  public wake(callback: () => void, milliseconds: number): () => void {
    const id = this.count++;
    this.timers.set(id, { at: this.running + milliseconds, callback });
    return () => this.timers.delete(id);
  }

  /** How many timers wait. */
  public get waiting(): number {
    return this.timers.size;
  }

  /** Lets time pass, timer by timer. */
  public async pass(milliseconds: number): Promise<void> {
    const end = this.running + milliseconds;
    for (;;) {
      const [next] = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (next === undefined) {
        break;
      }
      this.timers.delete(next[0]);
      this.wall += next[1].at - this.running;
      this.running = next[1].at;
      next[1].callback();
      await settle();
    }
    this.wall += end - this.running;
    this.running = end;
  }
}

/** Lets promises go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await Promise.resolve();
  }
}

/** A service that gives numbered credentials, or errors when it is told to. */
function setUp(lifetime = 60 * MINUTE) {
  const clock = new TestClock();
  const service: { calls: number; lifetime: number; error?: Error; expiration?: string; gate?: Promise<void> } = { calls: 0, lifetime };
  const failures: RefreshFailure[] = [];
  const refreshed: string[] = [];
  const credentials = new RefreshingCredentials(async () => {
    service.calls += 1;
    const number = service.calls;
    await service.gate;
    if (service.error) {
      throw service.error;
    }
    return issue(number, service.expiration ?? new Date(clock.wall + service.lifetime).toISOString());
  }, clock, { refreshed: ({ accessKeyId }) => refreshed.push(accessKeyId), failed: (failure) => failures.push(failure) });
  return { clock, service, credentials, failures, refreshed };
}

function issue(number: number, expiration: string): Credentials {
  return { accessKeyId: `ASIA${number}`, secretAccessKey: 'secret', sessionToken: 'token', expiration };
}

const DOWN = new CredentialsError('CONNECTION_FAILED', 'no connection');

describe('get', () => {
  test('calls once, and answers from memory afterwards', async () => {
    const { credentials, service } = setUp();
    expect(credentials.current()).toBeUndefined();
    expect((await credentials.get()).accessKeyId).toBe('ASIA1');
    expect((await credentials.get()).accessKeyId).toBe('ASIA1');
    expect(credentials.current()?.accessKeyId).toBe('ASIA1');
    expect(service.calls).toBe(1);
  });

  test('50 at expiry make one call', async () => {
    const { credentials, service, clock } = setUp();
    await credentials.get();
    clock.wall += 61 * MINUTE;
    const all = await Promise.all(Array.from({ length: 50 }, () => credentials.get()));
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['ASIA2']));
    expect(service.calls).toBe(2);
  });

  test('50 at expiry of a service that is down get the same reason from one call', async () => {
    const { credentials, service, clock } = setUp();
    await credentials.get();
    clock.wall += 61 * MINUTE;
    service.error = DOWN;
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => credentials.get()));
    expect(new Set(all.map((result) => (result.status === 'rejected' ? result.reason as unknown : result.status)))).toEqual(new Set([DOWN]));
    expect(service.calls).toBe(2);
  });

  test('is at once while a refresh is under way', async () => {
    const { credentials, service, clock } = setUp();
    await credentials.get();
    let open = (): void => undefined;
    service.gate = new Promise((resolve) => {
      open = resolve;
    });
    clock.wall += 50 * MINUTE;
    expect((await credentials.get()).accessKeyId).toBe('ASIA1');
    expect((await credentials.get()).accessKeyId).toBe('ASIA1');
    expect(service.calls).toBe(2);
    open();
    await settle();
    expect((await credentials.get()).accessKeyId).toBe('ASIA2');
  });

  test('answers failures from memory until the next call is due, and then calls again', async () => {
    const { credentials, service, clock, failures } = setUp();
    service.error = DOWN;
    await expect(credentials.get()).rejects.toBe(DOWN);
    for (let i = 0; i < 100; i++) {
      await expect(credentials.get()).rejects.toBe(DOWN);
    }
    expect(service.calls).toBe(1);
    clock.wall = failures[0].nextAttempt.getTime();
    service.error = undefined;
    expect((await credentials.get()).accessKeyId).toBe('ASIA2');
  });

  test('gives what is valid although a refresh has failed, and the reason once it has expired', async () => {
    const { credentials, service, clock, failures } = setUp();
    await credentials.get();
    service.error = new CredentialsError('SERVICE_REFUSED', 'revoked');
    await expect(credentials.refresh()).rejects.toBe(service.error);
    expect((await credentials.get()).accessKeyId).toBe('ASIA1');
    expect(failures[0]).toMatchObject({ failures: 1, validUntil: new Date(START + 60 * MINUTE) });
    clock.wall = START + 60 * MINUTE - 1;
    expect((await credentials.get()).accessKeyId).toBe('ASIA1');
    await settle();
    clock.wall = START + 60 * MINUTE + 10 * SECOND;
    await expect(credentials.get()).rejects.toBe(service.error);
    expect(failures.at(-1)?.validUntil).toBeUndefined();
  });

  test('short-lived credentials are no tight loop of calls', async () => {
    const { credentials, service, clock } = setUp(10);
    await credentials.get();
    clock.wall += 20;
    await expect(credentials.get()).rejects.toThrow(/expired at .* already, seconds after they came; is the clock of this host right\?/);
    expect(service.calls).toBe(1);
    clock.wall += 5 * SECOND;
    await credentials.get();
    expect(service.calls).toBe(2);
  });

  test.each([
    ['that have expired', '2026-11-21T08:00:00Z', 'the endpoint returned credentials that expired at 2026-11-21T08:00:00.000Z, and this host\'s clock says 2026-11-21T09:00:00.000Z; set the clock right'],
    ['without a date', 'soon', 'the endpoint returned credentials whose expiration is no date'],
  ])('credentials %s are a failure', async (_, expiration, message) => {
    const { credentials, service } = setUp();
    service.expiration = expiration;
    await expect(credentials.get()).rejects.toMatchObject({ code: 'UNEXPECTED_RESPONSE', message });
    expect(credentials.state).toMatchObject({ refreshes: 0, failures: 1, isFailing: true });
  });
});

describe('refresh', () => {
  test('calls although nothing is due', async () => {
    const { credentials, refreshed } = setUp();
    await credentials.get();
    expect((await credentials.refresh()).accessKeyId).toBe('ASIA2');
    expect(refreshed).toEqual(['ASIA1', 'ASIA2']);
  });

  test('calls after a call that is under way, which may have read old files; several that wait share it', async () => {
    const { credentials, service } = setUp();
    const first = credentials.get();
    const refreshes = [credentials.refresh(), credentials.refresh(), credentials.refresh()];
    expect((await first).accessKeyId).toBe('ASIA1');
    expect((await Promise.all(refreshes)).map(({ accessKeyId }) => accessKeyId)).toEqual(['ASIA2', 'ASIA2', 'ASIA2']);
    expect(service.calls).toBe(2);
  });
});

describe('without being asked', () => {
  test('renews before expiry for as long as it runs', async () => {
    const { credentials, service, clock, failures } = setUp();
    await credentials.get();
    credentials.start();
    await clock.pass(44 * MINUTE);
    expect(service.calls).toBe(1);
    await clock.pass(2 * MINUTE);
    expect(service.calls).toBe(2);
    await clock.pass(24 * 60 * MINUTE);
    expect(service.calls).toBe(2 + Math.floor((24 * 60 + 1) / 45));
    expect(failures).toEqual([]);
    credentials.stop();
    expect(clock.waiting).toBe(0);
    await clock.pass(24 * 60 * MINUTE);
    expect(service.calls).toBe(2 + Math.floor((24 * 60 + 1) / 45));
  });

  test('a machine that has slept renews within half a minute of waking', async () => {
    const { credentials, service, clock } = setUp();
    await credentials.get();
    credentials.start();
    await clock.pass(MINUTE);
    // The clock on the wall goes on, and timers stand still.
    clock.wall += 120 * MINUTE;
    await clock.pass(30 * SECOND);
    expect(service.calls).toBe(2);
    credentials.stop();
  });

  test('a clock that is set back has credentials renewed, once', async () => {
    const { credentials, service, clock } = setUp();
    await credentials.get();
    credentials.start();
    clock.wall -= 24 * 60 * MINUTE;
    await clock.pass(5 * MINUTE);
    expect(service.calls).toBe(2);
    credentials.stop();
  });

  test('a service that is down for hours is called less and less often, and more often once nothing is left', async () => {
    const { credentials, service, clock, failures } = setUp(12 * 60 * MINUTE);
    await credentials.get();
    service.error = DOWN;
    credentials.start();
    await clock.pass(12 * 60 * MINUTE - SECOND);
    // 16 minutes of margin: pauses of 0.5, 1, 2 ... 128 seconds, then of 150.
    expect(failures.length).toBeGreaterThanOrEqual(10);
    expect(failures.length).toBeLessThanOrEqual(14);
    expect((await credentials.get()).accessKeyId).toBe('ASIA1');
    const before = failures.length;
    await clock.pass(10 * MINUTE);
    expect(failures.length - before).toBeGreaterThanOrEqual(30);
    expect(failures.length - before).toBeLessThanOrEqual(45);
    service.error = undefined;
    await clock.pass(30 * SECOND);
    expect((await credentials.get()).accessKeyId).toMatch(/^ASIA\d\d$/);
    expect(credentials.state).toMatchObject({ refreshes: 2, isFailing: false });
    credentials.stop();
  });
});

test('the state says what metrics need', async () => {
  const { credentials, service, clock } = setUp();
  expect(credentials.state).toEqual({ refreshes: 0, failures: 0, lastFailure: undefined, isFailing: false });
  await credentials.get();
  expect(credentials.state).toEqual({
    refreshes: 1,
    failures: 0,
    lastFailure: undefined,
    isFailing: false,
    lastSuccess: new Date(START),
    expiration: new Date(START + 60 * MINUTE),
    nextAttempt: new Date(START + 45 * MINUTE),
  });
  clock.wall += MINUTE;
  service.error = DOWN;
  await expect(credentials.refresh()).rejects.toBe(DOWN);
  expect(credentials.state).toMatchObject({
    refreshes: 1, failures: 1, isFailing: true, lastFailure: { error: DOWN, at: new Date(START + MINUTE) }, lastSuccess: new Date(START),
  });
});

describe('the clock of the process', () => {
  test('wakes, and can be told not to', async () => {
    const woken: string[] = [];
    SYSTEM_CLOCK.wake(() => woken.push('first'), 10);
    SYSTEM_CLOCK.wake(() => woken.push('second'), 10)();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(woken).toEqual(['first']);
  });
});
