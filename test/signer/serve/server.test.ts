import { EventEmitter } from 'events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { eventually } from './service-manager';
import { SignerError } from '../../../signer/errors';
import { parseCommandLine } from '../../../signer/options/command-line';
import { collectSettings } from '../../../signer/options/settings';
import type { Listener, ListenOptions, RequestHandler, ServerAnswer } from '../../../signer/serve/listener';
import { runServer } from '../../../signer/serve/server';
import { createRootCa, Issued, issueHost } from '../../support/pki';
import { answer, ARN_FLAGS, ARNS, CREDENTIALS, fakeMachine, FakeMachine, Reaction } from '../fake-platform';

const START = Date.parse('2026-11-21T09:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const folder = mkdtempSync(join(tmpdir(), 'server-'));
let host: Issued;
let soonExpired: Issued;

beforeAll(async () => {
  const root = await createRootCa('CN=Root', { notBefore: new Date(START - HOUR) });
  host = await issueHost(root, 'CN=onprem01', { notBefore: new Date(START - HOUR), notAfter: new Date(START + 1000 * HOUR) });
  soonExpired = await issueHost(root, 'CN=onprem01', { notBefore: new Date(START - HOUR), notAfter: new Date(START + 100 * HOUR) });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A server in this process, on a machine in memory. */
interface Running {
  readonly machine: FakeMachine;
  readonly signals: EventEmitter;
  readonly listening: Array<{ readonly options: ListenOptions; readonly handler: RequestHandler; closed?: number }>;
  readonly notified: string[];
  /** Files, which may be changed. */
  readonly files: Record<string, string>;
  /** What the service does; the last one stays. */
  readonly reactions: Reaction[];
  readonly end: Promise<void>;
  now: number;
  ready(): Promise<void>;
  ask(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<ServerAnswer>;
}

const issued = (accessKeyId: string, expiration: number): Reaction => answer(201, JSON.stringify({
  credentialSet: [{ credentials: { ...CREDENTIALS, accessKeyId, expiration: new Date(expiration).toISOString() } }],
}));

interface Options {
  readonly flags?: readonly string[];
  readonly config?: object;
  readonly reactions?: readonly Reaction[];
  readonly identity?: Issued;
  /** Fails for the listeners whose number is in the list. */
  readonly busy?: readonly number[];
}

async function start({ flags = [], config, reactions, identity = host, busy = [] }: Options = {}): Promise<Running> {
  const files: Record<string, string> = { 'host.pem': identity.pem, 'host.key': identity.keyPem, ...(config ? { 'config.json': JSON.stringify(config) } : {}) };
  const args = [
    'serve', '--certificate', 'host.pem', '--private-key', 'host.key', '--max-attempts', '1', ...(config ? ['--config', 'config.json'] : ARN_FLAGS), ...flags,
  ];
  const queue = [...reactions ?? [issued('ASIA1', START + HOUR)]];
  const react: Reaction = async (request) => {
    const reaction = queue.length > 1 ? queue.shift()! : queue[0];
    if (reaction instanceof Error) {
      throw reaction;
    }
    return typeof reaction === 'function' ? reaction(request) : reaction;
  };
  const machine = fakeMachine({ args, files, reactions: [react], env: { NOTIFY_SOCKET: '@test' } });
  const signals = new EventEmitter();
  const listening: Running['listening'] = [];
  const notified: string[] = [];
  let attempts = 0;
  const running: Omit<Running, 'end'> = {
    machine,
    signals,
    listening,
    notified,
    files,
    reactions: queue,
    now: START,
    ready: () => eventually(() => notified.some((message) => message.startsWith('READY=1')), 'the server is ready'),
    ask: async (path, headers = {}, method = 'GET') => {
      const { options, handler } = listening[0];
      const all: Readonly<Record<string, string>> = { host: `127.0.0.1:${options.port || 40_000}`, ...headers };
      return handler({ method, path, header: (name) => all[name] });
    },
  };
  const platform = {
    ...machine.platform,
    now: () => new Date(running.now),
    listen: async (options: ListenOptions, handler: RequestHandler): Promise<Listener> => {
      if (busy.includes(attempts++)) {
        throw new SignerError('LISTEN_FAILED', 'the port is in use');
      }
      const entry: Running['listening'][number] = { options, handler };
      listening.push(entry);
      return { host: options.host, port: options.port || 40_000 + listening.length - 1, close: async (grace) => void (entry.closed = grace) };
    },
    notify: async (_: string, assignments: readonly string[]) => void notified.push(assignments.join('\n')),
  };
  const collect = async () => collectSettings(platform, parseCommandLine(platform.args).flags);
  const end = runServer({ platform, settings: await collect(), collectSettings: collect, signals });
  end.catch(() => undefined);
  return Object.assign(running, { end });
}

const count = (text: string, pattern: RegExp) => text.split('\n').filter((line) => pattern.test(line)).length;

async function stop(server: Running): Promise<void> {
  server.signals.emit('SIGTERM');
  await server.end;
}

/** Credentials through the metadata service. */
async function accessKey(server: Running, role = 'Uploader'): Promise<string> {
  const token = (await server.ask('/latest/api/token', {}, 'PUT')).body;
  const { status, body } = await server.ask(`/latest/meta-data/iam/security-credentials/${role}`, { 'x-aws-ec2-metadata-token': token });
  const { AccessKeyId, Code } = status === 404 ? { AccessKeyId: undefined, Code: body } : JSON.parse(body) as { AccessKeyId?: string; Code: string };
  return AccessKeyId ?? `${status} ${Code}`;
}

async function hangUp(server: Running): Promise<void> {
  const before = server.notified.filter((message) => message.startsWith('READY=1')).length;
  server.signals.emit('SIGHUP');
  await eventually(() => server.notified.filter((message) => message.startsWith('READY=1')).length > before, 'the end of reloading');
}

describe('from start to end', () => {
  test('first credentials, then listening, then ready; a signal ends it', async () => {
    const server = await start({ flags: ['--port', '9911'] });
    await server.ready();
    expect(server.machine.requests).toHaveLength(1);
    expect(server.listening.map(({ options }) => options)).toEqual([{ host: '127.0.0.1', port: 9911, hopLimit: undefined }]);
    expect(server.machine.diagnostics).toMatch(/info: credentials obtained role=Uploader [^\n]*\n[^\n]*info: listening on http:\/\/127\.0\.0\.1:9911\n/);
    expect(server.machine.diagnostics).toContain('AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:9911/\n');
    await stop(server);
    expect(server.listening[0].closed).toBe(5000);
    expect(server.machine.diagnostics).toContain('info: SIGTERM received, ending\n');
    expect(server.notified).toEqual(['READY=1\nSTATUS=credentials until 2026-11-21T10:00:00.000Z', 'STOPPING=1\nSTATUS=ending']);
    expect(server.signals.eventNames()).toEqual([]);
  });

  test('port 9911 and 127.0.0.1 where nothing is said', async () => {
    const server = await start();
    await server.ready();
    expect(server.listening[0].options).toEqual({ host: '127.0.0.1', port: 9911, hopLimit: undefined });
    server.signals.emit('SIGINT');
    await server.end;
  });

  test.each<[string, Options, object]>([
    ['a refusal', { reactions: [answer(403, '{"message":"Certificate revoked"}')] }, { code: 'SERVICE_REFUSED' }],
    ['a service that is down', { reactions: [Object.assign(new Error('x'), { code: 'ECONNREFUSED' })] }, { code: 'CONNECTION_FAILED' }],
    ['a file that is not there', { flags: ['--certificate', 'nowhere.pem'] }, { code: 'FILE_UNREADABLE' }],
    ['credentials that have expired', { reactions: [issued('ASIA1', START - HOUR)] }, { code: 'UNEXPECTED_RESPONSE' }],
    ['a port that is none', { flags: ['--port', '65536'] }, { code: 'USAGE', message: '--port is a number from 0 to 65535, not "65536"' }],
    ['a hop limit that is none', { flags: ['--hop-limit', '0'] }, { code: 'USAGE', message: '--hop-limit is a number from 1 to 255, not "0"' }],
    ['an address that is none', { flags: ['--listen', 'example.com'] }, { code: 'USAGE' }],
    ['a log format that is none', { flags: ['--log-format', 'xml'] }, { code: 'USAGE' }],
    ['a role that is none', { flags: ['--role-arn', 'arn:aws:iam::111122223333:user/x'] }, { code: 'ARN_WRONG_RESOURCE' }],
  ])('%s at the start ends it, and nothing has listened or been logged', async (_, options, error) => {
    const server = await start(options);
    await expect(server.end).rejects.toMatchObject(error);
    expect(server.listening).toEqual([]);
    expect(server.machine.diagnostics).toBe('');
    expect(server.signals.eventNames()).toEqual([]);
  });

  test('a signal while the first call is under way ends it without an error', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const late: Reaction = async () => {
      await gate;
      return answer(500);
    };
    const server = await start({ reactions: [late] });
    await eventually(() => server.machine.requests.length === 1, 'the call');
    await stop(server);
    release();
    expect(server.listening).toEqual([]);
  });
});

describe('listening', () => {
  test('several addresses share a port', async () => {
    const server = await start({ flags: ['--listen', '127.0.0.1', '--listen', '::1,127.0.0.2', '--port', '0', '--hop-limit', '5'] });
    await server.ready();
    expect(server.listening.map(({ options }) => options)).toEqual([
      { host: '127.0.0.1', port: 0, hopLimit: 5 }, { host: '::1', port: 40_000, hopLimit: 5 }, { host: '127.0.0.2', port: 40_000, hopLimit: 5 },
    ]);
    expect(server.machine.diagnostics).toContain('info: listening on http://[::1]:40000\n');
    await stop(server);
    expect(server.listening.map(({ closed }) => closed)).toEqual([5000, 5000, 5000]);
  });

  test('a port that is free on the first address and not on the second is chosen anew', async () => {
    const server = await start({ flags: ['--listen', '127.0.0.1,::1', '--port', '0'], busy: [1, 3] });
    await server.ready();
    expect(server.listening.map(({ options, closed }) => [options.host, options.port, closed])).toEqual([
      ['127.0.0.1', 0, 0], ['127.0.0.1', 0, 0], ['127.0.0.1', 0, undefined], ['::1', 40_002, undefined],
    ]);
    await stop(server);
  });

  test('a port that was asked for and is in use ends it, and what has listened is closed', async () => {
    const path = join(folder, 'removed-token');
    const server = await start({ flags: ['--listen', '127.0.0.1,::1', '--port', '9911', '--container-token-file', path], busy: [1] });
    await expect(server.end).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    expect(server.listening.map(({ closed }) => closed)).toEqual([0]);
    expect(existsSync(path)).toBe(false);
  });

  test('whoever lets other machines in is warned, loudly', async () => {
    const server = await start({ flags: ['--listen', '127.0.0.1,0.0.0.0,fd00::1'] });
    await server.ready();
    expect(server.machine.diagnostics.match(/warn: OTHER MACHINES MAY REACH \S+/g)).toEqual([
      'warn: OTHER MACHINES MAY REACH 0.0.0.0:9911,', 'warn: OTHER MACHINES MAY REACH [fd00::1]:9911,',
    ]);
    expect((await server.ask('/healthz', { host: '10.0.0.5:9911' })).status).toBe(200);
    expect((await server.ask('/healthz', { host: 'evil.example:9911' })).status).toBe(403);
    await stop(server);
  });
});

describe('while it runs', () => {
  test('failures are told by how much they matter, and valid credentials stay', async () => {
    const server = await start();
    await server.ready();
    server.reactions.splice(0, 1, answer(500));
    await hangUp(server);
    expect(server.machine.diagnostics).toMatch(/warn: obtaining new credentials has failed; those at hand are served code=SERVICE_FAILED .*validUntil=2026-11-21T10:00:00.000Z/);
    expect(await accessKey(server)).toBe('ASIA1');
    server.reactions.splice(0, 1, answer(403, '{"message":"Certificate revoked"}'));
    await hangUp(server);
    expect(server.machine.diagnostics).toMatch(/error: the service refuses new credentials; those at hand are served until they expire code=SERVICE_REFUSED/);
    expect(await accessKey(server)).toBe('ASIA1');
    expect(await server.ask('/healthz')).toMatchObject({ status: 200, body: expect.stringContaining('"lastError":{"code":"SERVICE_REFUSED"') });
    server.now += HOUR;
    expect(await accessKey(server)).toBe('500 SERVICE_REFUSED');
    expect(server.machine.diagnostics).toMatch(/error: no valid credentials are left, and obtaining new ones has failed code=SERVICE_REFUSED/);
    expect((await server.ask('/healthz')).status).toBe(503);
    expect(server.notified.at(-1)).toBe('STATUS=no valid credentials; obtaining new ones fails (SERVICE_REFUSED)');
    const calls = server.machine.requests.length;
    expect(await accessKey(server)).toBe('500 SERVICE_REFUSED');
    expect(server.machine.requests).toHaveLength(calls);
    server.reactions.splice(0, 1, issued('ASIA2', server.now + HOUR));
    server.now += MINUTE;
    expect(await accessKey(server)).toBe('ASIA2');
    expect(server.notified.at(-1)).toBe('STATUS=credentials until 2026-11-21T11:00:00.000Z');
    const { body } = await server.ask('/metrics');
    expect(body).toContain('roles_anywhere_signer_refreshes_total 2\n');
    expect(body).toContain('roles_anywhere_signer_refresh_failures_total{code="SERVICE_FAILED"} 1\n');
    expect(body).toContain('roles_anywhere_signer_refresh_failures_total{code="SERVICE_REFUSED"} 2\n');
    expect(body).toContain(`roles_anywhere_signer_certificate_not_after_timestamp_seconds ${(START + 1000 * HOUR) / 1000}\n`);
    await stop(server);
  });

  test('a certificate that is about to expire is told', async () => {
    const server = await start({ identity: soonExpired });
    await server.ready();
    expect(server.machine.diagnostics).toContain('warn: the certificate expires at 2026-11-25T13:00:00.000Z; have a new one issued\n');
    await stop(server);
  });

  test('requests are logged with --debug, and otherwise not', async () => {
    for (const flags of [['--debug'], []]) {
      const server = await start({ flags });
      await server.ready();
      await accessKey(server);
      expect(count(server.machine.diagnostics, /debug: (?:PUT \/latest\/api\/token|GET \/latest\/meta-data\/\S+) status=200/)).toBe(flags.length * 2);
      expect(server.machine.diagnostics).not.toMatch(/secret\+access|session\+token/);
      await stop(server);
    }
  });

  test('--log-format json is one object a line', async () => {
    const server = await start({ flags: ['--log-format', 'json'] });
    await server.ready();
    await stop(server);
    const entries = server.machine.diagnostics.trimEnd().split('\n').map((line) => JSON.parse(line) as object);
    expect(entries).toContainEqual({ time: '2026-11-21T09:00:00.000Z', level: 'info', message: 'listening on http://127.0.0.1:9911' });
  });
});

describe('SIGHUP', () => {
  const config = { ...ARNS, port: 9911 };

  test('reads certificate and key again, and calls at once', async () => {
    const server = await start();
    await server.ready();
    const instance = async () => {
      const token = (await server.ask('/latest/api/token', {}, 'PUT')).body;
      return (await server.ask('/latest/meta-data/instance-id', { 'x-aws-ec2-metadata-token': token })).body;
    };
    const before = await instance();
    Object.assign(server.files, { 'host.pem': soonExpired.pem, 'host.key': soonExpired.keyPem });
    server.reactions.splice(0, 1, issued('ASIA2', START + 2 * HOUR));
    await hangUp(server);
    expect(await accessKey(server)).toBe('ASIA2');
    expect(await instance()).not.toBe(before);
    expect(server.notified).toEqual([
      'READY=1\nSTATUS=credentials until 2026-11-21T10:00:00.000Z',
      'RELOADING=1\nSTATUS=reading certificate, key and configuration again',
      'STATUS=credentials until 2026-11-21T11:00:00.000Z',
      'READY=1\nSTATUS=credentials until 2026-11-21T11:00:00.000Z',
    ]);
    await stop(server);
  });

  test('reads the configuration file again: another role', async () => {
    const server = await start({ config });
    await server.ready();
    server.files['config.json'] = JSON.stringify({ ...config, roleArn: 'arn:aws:iam::111122223333:role/teams/Auditor' });
    server.reactions.splice(0, 1, issued('ASIA2', START + 2 * HOUR));
    await hangUp(server);
    expect(await accessKey(server)).toMatch(/^404/);
    expect(await accessKey(server, 'Auditor')).toBe('ASIA2');
    expect(decodeURIComponent(server.machine.requests[1].url)).toContain('role/teams/Auditor');
    await stop(server);
  });

  test('a configuration that is wrong changes nothing, and the identity is read again all the same', async () => {
    const server = await start({ config });
    await server.ready();
    server.files['config.json'] = '{ "roleArn": ';
    server.reactions.splice(0, 1, issued('ASIA2', START + 2 * HOUR));
    await hangUp(server);
    expect(server.machine.diagnostics).toMatch(/error: the new configuration is wrong, and the one before stays code=CONFIGURATION_INVALID/);
    expect(await accessKey(server)).toBe('ASIA2');
    await stop(server);
  });

  test('where it listens does not change, which is told', async () => {
    const server = await start({ config });
    await server.ready();
    server.files['config.json'] = JSON.stringify({ ...config, port: 9999 });
    await hangUp(server);
    expect(server.machine.diagnostics).toContain('warn: a change of listen, port, hop-limit or container-token-file needs a restart\n');
    expect(server.listening).toHaveLength(1);
    await stop(server);
  });

  test('several are taken one after the other', async () => {
    const server = await start();
    await server.ready();
    for (let i = 0; i < 3; i++) {
      server.signals.emit('SIGHUP');
    }
    await eventually(() => server.notified.filter((message) => message.startsWith('READY=1')).length === 4, 'three reloads');
    expect(server.notified.map((message) => message.split('\n')[0]).filter((word) => !word.startsWith('STATUS'))).toEqual([
      'READY=1', 'RELOADING=1', 'READY=1', 'RELOADING=1', 'READY=1', 'RELOADING=1', 'READY=1',
    ]);
    expect(server.machine.requests).toHaveLength(4);
    await stop(server);
  });
});

describe('the container token', () => {
  test('is made at the start, and gone at the end', async () => {
    const path = join(folder, 'token');
    const server = await start({ flags: ['--container-token-file', path] });
    await server.ready();
    const authorization = readFileSync(path, 'utf8');
    expect(server.machine.diagnostics).toContain(
      `AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:9911/credentials and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=${path}\n`);
    expect(server.machine.diagnostics).not.toContain(authorization);
    expect((await server.ask('/credentials', { authorization })).status).toBe(200);
    expect((await server.ask('/credentials', { authorization: `${authorization} ` })).status).toBe(401);
    await hangUp(server);
    expect((await server.ask('/credentials', { authorization })).status).toBe(200);
    await stop(server);
    expect(existsSync(path)).toBe(false);
  });

  test('that was removed is made again at SIGHUP', async () => {
    const path = join(folder, 'token');
    const server = await start({ flags: ['--container-token-file', path] });
    await server.ready();
    rmSync(path);
    await hangUp(server);
    expect((await server.ask('/credentials', { authorization: readFileSync(path, 'utf8') })).status).toBe(200);
    await stop(server);
    expect(existsSync(path)).toBe(false);
  });

  test('that cannot be made ends it', async () => {
    const server = await start({ flags: ['--container-token-file', join(folder, 'nowhere', 'token')] });
    await expect(server.end).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN' });
    expect(server.machine.requests).toEqual([]);
  });
});
