import { EventEmitter } from 'events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, rmdirSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { runUpdate } from '../../../signer/update/daemon';
import type { HttpRequest, HttpResponse } from '../../../src/credentials/host';
import { createRootCa, Issued, issueHost } from '../../support/pki';
import { settingsOf } from '../cache/cache-scene';
import { answer, ARNS, fakeMachine, systemError } from '../fake-platform';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let host: Issued;

beforeAll(async () => {
  host = await issueHost(await createRootCa('CN=Root'), 'CN=onprem01');
});

/** A machine whose clock only moves when a test moves it, and timers that go with it. */
class UpdateScene {
  public readonly home = mkdtempSync(join(tmpdir(), 'daemon-'));
  public readonly path = join(this.home, '.aws', 'credentials');
  public readonly signals = new EventEmitter();
  public readonly calls: string[] = [];
  public now = Date.now();
  public diagnostics = '';
  public files: Record<string, string> = { 'host.pem': host.pem, 'host.key': host.keyPem };
  /** Seconds that sessions last. */
  public lifetime = 3600;
  /** What comes instead of a session. */
  public failure?: HttpResponse | Error;
  public logFailure?: Error;
  public isHanging = false;
  private readonly timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  private run?: Promise<void>;

  public start(flags: Parameters<typeof settingsOf>[0] = {}): Promise<void> {
    this.run = runUpdate({
      platform: {
        ...fakeMachine().platform,
        env: { HOME: this.home },
        readFile: async (path) => {
          if (this.files[path] === undefined) {
            throw systemError('ENOENT');
          }
          return new TextEncoder().encode(this.files[path]);
        },
        send: (request) => this.send(request),
        now: () => new Date(this.now),
        writeDiagnostics: async (text) => {
          if (this.logFailure !== undefined) {
            throw this.logFailure;
          }
          this.diagnostics += text;
        },
      },
      settings: settingsOf({
        'certificate': 'host.pem',
        'private-key': 'host.key',
        'role-arn': ARNS.roleArn,
        'profile-arn': ARNS.profileArn,
        'trust-anchor-arn': ARNS.trustAnchorArn,
        'max-attempts': '1',
        ...flags,
      }),
      signals: this.signals,
      clock: {
        now: () => new Date(this.now),
        random: () => 0.5,
        wake: (callback, milliseconds) => {
          const timer = { at: this.now + milliseconds, callback };
          this.timers.add(timer);
          return () => this.timers.delete(timer);
        },
      },
    });
    this.run.catch(() => undefined);
    return this.run;
  }

  /** Waits until something is so. */
  public async until(condition: () => boolean): Promise<void> {
    for (let i = 0; !condition(); i++) {
      if (i > 2_000) {
        throw new Error(`it has not come to that: ${this.diagnostics}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Lets so many milliseconds pass, timer after timer. */
  public async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    for (;;) {
      // What follows on a timer, a call for instance, takes none of this time.
      await this.settle();
      const next = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) {
        this.now = end;
        return;
      }
      this.timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.callback();
    }
  }

  public get nextTimer(): number {
    return Math.min(...[...this.timers].map(({ at }) => at)) - this.now;
  }

  public get accessKeyId(): string | undefined {
    return /aws_access_key_id = (\S+)/.exec(readFileSync(this.path, 'utf8'))?.[1];
  }

  public async end(): Promise<void> {
    this.signals.emit('SIGTERM');
    await this.run?.catch(() => undefined);
    rmSync(this.home, { recursive: true, force: true });
  }

  private async settle(): Promise<void> {
    // Signing and writing take real time: a call is over when its outcome is in the log or its timer is set.
    for (let quiet = 0; quiet < 3;) {
      const before = `${this.diagnostics.length} ${this.timers.size} ${this.calls.length}`;
      await new Promise((resolve) => setTimeout(resolve, 8));
      quiet = this.timers.size > 0 && before === `${this.diagnostics.length} ${this.timers.size} ${this.calls.length}` ? quiet + 1 : 0;
    }
  }

  private async send(request: HttpRequest): Promise<HttpResponse> {
    this.calls.push(request.url);
    if (this.isHanging) {
      return new Promise(() => undefined);
    }
    if (this.failure instanceof Error) {
      throw this.failure;
    }
    return this.failure ?? answer(201, JSON.stringify({
      credentialSet: [{
        credentials: {
          accessKeyId: `ASIA${this.calls.length}`, secretAccessKey: 's', sessionToken: 't', expiration: new Date(this.now + this.lifetime * 1000).toISOString(),
        },
      }],
    }));
  }
}

let scene: UpdateScene;

beforeEach(() => {
  scene = new UpdateScene();
});

afterEach(() => scene.end());

/** Starts, and waits until the first credentials are in the file. */
async function started(flags?: Parameters<UpdateScene['start']>[0]): Promise<void> {
  void scene.start(flags).catch(() => undefined);
  await scene.until(() => scene.diagnostics.includes('next refresh at'));
}

test('the first credentials are written at once, and it says until when', async () => {
  await started({ profile: 'uploads' });
  const minutes = (count: number) => new Date(scene.now + count * MINUTE).toISOString();
  expect(readFileSync(scene.path, 'utf8')).toBe('[uploads]\naws_access_key_id = ASIA1\naws_secret_access_key = s\naws_session_token = t\n');
  expect(scene.diagnostics).toBe(`${minutes(0)} info: credentials of profile uploads written to ${scene.path}, next refresh at ${minutes(41.25)} expiration=${minutes(60)}\n`);
});

test('they are replaced before they expire, and again', async () => {
  await started();
  await scene.pass(41 * MINUTE);
  expect(scene.accessKeyId).toBe('ASIA1');
  await scene.pass(MINUTE);
  expect(scene.accessKeyId).toBe('ASIA2');
  await scene.pass(42 * MINUTE);
  expect(scene.accessKeyId).toBe('ASIA3');
});

test('it never sleeps for longer than half a minute, so that it sees the time when a machine wakes up', async () => {
  await started();
  expect(scene.nextTimer).toBeLessThanOrEqual(30_000);
  // The machine sleeps for three hours, and its timers with it.
  scene.now += 3 * HOUR;
  await scene.pass(30_000);
  expect(scene.accessKeyId).toBe('ASIA2');
});

test('sessions of a second, or expired ones, do not make it call without end', async () => {
  scene.lifetime = 1;
  await started();
  await scene.pass(2 * MINUTE);
  expect(scene.calls.length).toBeGreaterThan(2);
  expect(scene.calls.length).toBeLessThan(30);
  scene.lifetime = -3600;
  const before = scene.calls.length;
  await scene.pass(10 * MINUTE);
  expect(scene.calls.length - before).toBeLessThan(60);
  expect(scene.diagnostics).toMatch(/error: credentials of profile default were not renewed.*set the clock right/);
});

describe('errors', () => {
  test.each<[string, HttpResponse | Error]>([
    ['an outage', answer(503)], ['a refusal', answer(403, '{"message":"no"}', { 'x-amzn-errortype': 'AccessDeniedException' })], ['no network', systemError('ECONNREFUSED')],
  ])('at the start that may pass do not end it: %s', async (_, failure) => {
    scene.failure = failure;
    void scene.start();
    await scene.until(() => scene.diagnostics.includes('were not renewed'));
    scene.failure = undefined;
    await scene.pass(2 * MINUTE);
    expect(scene.accessKeyId).toMatch(/^ASIA/);
  });

  test('later on are tried again, with longer and longer pauses, and say until when the credentials in the file are good', async () => {
    await started();
    scene.failure = answer(500);
    await scene.pass(41.3 * MINUTE);
    const expiration = new Date(scene.now + 18.7 * MINUTE).toISOString();
    expect(scene.diagnostics).toContain(`; those in the file are valid until ${expiration} code=SERVICE_FAILED`);
    const before = scene.calls.length;
    await scene.pass(15 * MINUTE);
    expect(scene.calls.length - before).toBeGreaterThan(5);
    expect(scene.calls.length - before).toBeLessThan(20);
    scene.failure = undefined;
    await scene.pass(5 * MINUTE);
    expect(scene.accessKeyId).not.toBe('ASIA1');
  });

  test('of identity files that break later are tried again as well', async () => {
    await started();
    const key = scene.files['host.key'];
    scene.files['host.key'] = '';
    await scene.pass(42 * MINUTE);
    expect(scene.diagnostics).toMatch(/were not renewed.*code=FILE_UNREADABLE/);
    scene.files['host.key'] = key;
    await scene.pass(6 * MINUTE);
    expect(scene.accessKeyId).not.toBe('ASIA1');
  });

  test('of writing are tried again like those of calling', async () => {
    mkdirSync(scene.path, { recursive: true });
    void scene.start();
    await scene.until(() => scene.diagnostics.includes('were not renewed'));
    expect(scene.diagnostics).toMatch(/there are no valid ones of this process in the file code=FILE_NOT_WRITTEN/);
    rmdirSync(scene.path);
    await scene.pass(MINUTE);
    expect(scene.accessKeyId).toMatch(/^ASIA/);
  });

  test.each<[string, () => Parameters<UpdateScene['start']>[0], string]>([
    ['a missing ARN', () => ({ 'role-arn': '' }), 'USAGE'],
    ['ARNs that do not fit together', () => ({ 'profile-arn': ARNS.profileArn.replace('eu-west-2', 'us-east-1') }), 'ARN_MISMATCH'],
    ['a file that is not there', () => ({ certificate: 'nowhere.pem' }), 'FILE_UNREADABLE'],
    ['a profile that cannot be', () => ({ profile: 'a]' }), 'USAGE'],
  ])('of the configuration end it at the start: %s', async (_, flags, code) => {
    await expect(scene.start(flags())).rejects.toMatchObject({ code });
    expect(scene.signals.eventNames()).toEqual([]);
  });

  test('of its log do not end it', async () => {
    await started();
    scene.logFailure = systemError('ENOSPC');
    await scene.pass(42 * MINUTE);
    expect(scene.accessKeyId).toBe('ASIA2');
  });
});

describe('signals', () => {
  test.each(['SIGTERM', 'SIGINT'])('%s ends it', async (signal) => {
    const run = scene.start();
    await scene.until(() => scene.diagnostics.includes('next refresh at'));
    scene.signals.emit(signal);
    await run;
    expect(scene.diagnostics).toMatch(new RegExp(`info: ${signal} received, ending\n$`));
    expect(scene.signals.eventNames()).toEqual([]);
  });

  test('SIGTERM ends it also while the service does not answer', async () => {
    scene.isHanging = true;
    const run = scene.start();
    await scene.until(() => scene.calls.length === 1);
    scene.signals.emit('SIGTERM');
    await run;
  });

  test('SIGHUP has credentials obtained at once, with the certificate as it is then', async () => {
    await started();
    scene.signals.emit('SIGHUP');
    await scene.until(() => scene.accessKeyId === 'ASIA2');
    scene.failure = answer(403, '', { 'x-amzn-errortype': 'AccessDeniedException' });
    scene.signals.emit('SIGHUP');
    await scene.until(() => scene.diagnostics.includes('code=SERVICE_REFUSED'));
    expect(scene.accessKeyId).toBe('ASIA2');
  });
});

describe('--once', () => {
  test('writes once, and that is that', async () => {
    await scene.start({ once: 'true' });
    expect(scene.accessKeyId).toBe('ASIA1');
    expect(scene.diagnostics).toMatch(/ info: credentials of profile default written to \S+ expiration=\S+\n$/);
    expect(scene.nextTimer).toBe(Infinity);
  });

  test('fails with whatever goes wrong', async () => {
    scene.failure = answer(503);
    await expect(scene.start({ once: 'true' })).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    scene.failure = undefined;
    mkdirSync(scene.path, { recursive: true });
    await expect(scene.start({ once: 'true' })).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN' });
  });
});
