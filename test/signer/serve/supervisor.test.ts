import { spawnSync } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { eventually, ServiceManager, startServiceManager } from './service-manager';
import { notifyWithProgram } from '../../../signer/serve/notify-node';
import { Supervisor } from '../../../signer/serve/supervisor';
import { pythonMissing, systemdNotifyMissing } from '../../support/python';
import { BUN, bunMissing, describeUnless } from '../../support/runtimes';

const folder = mkdtempSync(join(tmpdir(), 'supervisor-'));

afterAll(() => rmSync(folder, { recursive: true }));

interface Sent {
  readonly socket: string;
  readonly assignments: readonly string[];
}

function setUp(env: Readonly<Record<string, string>>, notify?: (sent: Sent) => Promise<void>) {
  const sent: Sent[] = [];
  const warnings: unknown[] = [];
  const ignore = async () => undefined;
  const log = { debug: ignore, info: ignore, error: ignore, warn: async (...entry: unknown[]) => void warnings.push(entry) };
  const supervisor = new Supervisor(env, async (socket, assignments) => {
    sent.push({ socket, assignments });
    await notify?.({ socket, assignments });
  }, log);
  return { supervisor, sent, warnings };
}

describe('what is told', () => {
  test('nothing where nobody wants to be told', async () => {
    const { supervisor, sent } = setUp({ WATCHDOG_USEC: '2000' });
    await supervisor.ready('credentials');
    supervisor.startWatchdog();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await supervisor.stopping();
    expect(sent).toEqual([]);
  });

  test('each step, in order, each in one message', async () => {
    const { supervisor, sent } = setUp({ NOTIFY_SOCKET: '/run/notify' }, ({ assignments }) => new Promise((resolve) => {
      setTimeout(resolve, assignments[0] === 'READY=1' ? 20 : 0);
    }));
    void supervisor.ready('credentials until\ntomorrow');
    void supervisor.status('all is well');
    void supervisor.reloading();
    await supervisor.stopping();
    expect(sent.map(({ assignments }) => assignments)).toEqual([
      ['READY=1', 'STATUS=credentials until tomorrow'],
      ['STATUS=all is well'],
      ['RELOADING=1', 'STATUS=reading certificate, key and configuration again'],
      ['STOPPING=1', 'STATUS=ending'],
    ]);
    expect(new Set(sent.map(({ socket }) => socket))).toEqual(new Set(['/run/notify']));
  });

  test('the watchdog, twice a period until the end', async () => {
    const { supervisor, sent } = setUp({ NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '40000', WATCHDOG_PID: String(process.pid) });
    supervisor.startWatchdog();
    await eventually(() => sent.length >= 3, 'three signs of life');
    expect(new Set(sent.map(({ assignments }) => assignments.join()))).toEqual(new Set(['WATCHDOG=1']));
    await supervisor.stopping();
    const end = sent.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sent).toHaveLength(end);
  });

  test('no watchdog where it is meant for another process', async () => {
    const { supervisor, sent } = setUp({ NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '2000', WATCHDOG_PID: '1' });
    supervisor.startWatchdog();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent).toEqual([]);
  });

  test('a manager that cannot be told is a warning, once until it works again', async () => {
    let isBroken = true;
    const { supervisor, warnings } = setUp({ NOTIFY_SOCKET: '@x' }, async () => {
      if (isBroken) {
        throw new Error('nobody is there');
      }
    });
    await supervisor.ready('a');
    await supervisor.status('b');
    expect(warnings).toEqual([['the service manager cannot be told how things stand (NOTIFY_SOCKET)', { code: 'UNEXPECTED', error: 'Error: nobody is there' }]]);
    isBroken = false;
    await supervisor.status('c');
    isBroken = true;
    await supervisor.status('d');
    expect(warnings).toHaveLength(2);
  });
});

describe('the program systemd-notify', () => {
  test('that is not there is named', async () => {
    const { PATH } = process.env;
    process.env.PATH = folder;
    try {
      await expect(notifyWithProgram('@x', ['READY=1'])).rejects.toThrow('there is no program systemd-notify, which is needed under Node.js; install it');
    } finally {
      process.env.PATH = PATH;
    }
  });
});

/** The same through a real socket, with a name in the file system and without. */
function realTests(notify: (socket: string, assignments: readonly string[]) => Promise<void>): void {
  let manager: ServiceManager;

  afterEach(() => manager.stop());

  test.each([join(folder, 'notify'), `@roles-anywhere-signer-test-${process.pid}`])('to %s', async (socket) => {
    rmSync(join(folder, 'notify'), { force: true });
    manager = await startServiceManager(socket);
    await notify(socket, ['READY=1', 'STATUS=credentials until 2026-11-21T10:00:00.000Z']);
    await eventually(() => manager.messages.length > 0, 'a message');
    expect(manager.messages[0].split('\\n').filter(Boolean)).toEqual(['READY=1', 'STATUS=credentials until 2026-11-21T10:00:00.000Z']);
    const before = process.hrtime.bigint() / 1000n;
    await notify(socket, ['RELOADING=1']);
    const reloading = () => manager.messages.find((message) => message.startsWith('RELOADING=1'));
    await eventually(() => reloading() !== undefined, 'another message');
    const [, microseconds] = /^RELOADING=1\\nMONOTONIC_USEC=(\d+)/.exec(reloading()!)!;
    expect(BigInt(microseconds)).toBeGreaterThanOrEqual(before);
    expect(BigInt(microseconds)).toBeLessThanOrEqual(process.hrtime.bigint() / 1000n);
  });
}

describeUnless(process.platform === 'linux' ? pythonMissing ?? systemdNotifyMissing : 'systemd is on Linux only', 'by systemd-notify', () => {
  realTests(notifyWithProgram);

  test('a socket that is not there is an error with the program\'s words', async () => {
    await expect(notifyWithProgram(join(folder, 'nowhere'), ['READY=1'])).rejects.toThrow(/^systemd-notify failed: .*No such file or directory/);
  });
});

describeUnless(process.platform === 'linux' ? pythonMissing ?? bunMissing : 'systemd is on Linux only', 'by a datagram of Bun\'s own process', () => {
  const script = join(folder, 'notify.ts');
  writeFileSync(script, `
    import { notifyWithDatagram } from ${JSON.stringify(join(__dirname, '..', '..', '..', 'signer', 'serve', 'notify-bun.ts'))};
    const [socket, ...assignments] = process.argv.slice(2);
    await notifyWithDatagram(socket, assignments).catch((error) => { console.error(error.message); process.exit(1); });
  `);
  const notify = async (socket: string, assignments: readonly string[]) => {
    // Without any program to lean on.
    const { status, stderr } = spawnSync(BUN, [script, socket, ...assignments], { env: { PATH: folder }, encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(stderr.trim());
    }
  };

  realTests(notify);

  test.each([
    ['that is not there', join(folder, 'nowhere'), 'sendto() failed with error 2'],
    ['without a name', '', 'the name of the socket has 0 octets, and can have 1 to 107'],
    ['with too long a name', `/${'x'.repeat(107)}`, 'the name of the socket has 108 octets, and can have 1 to 107'],
  ])('a socket %s is an error', async (_, socket, message) => {
    await expect(notify(socket, ['READY=1'])).rejects.toThrow(message);
  });
});
