/** What can go wrong around the program, one row each: the program as it is shipped, real processes, a real service that misbehaves. */
import { readFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { createServer, IncomingMessage, Server, ServerResponse } from 'http';
import { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { ARN_FLAGS, CREDENTIALS, OUTPUT, SUCCESS_BODY } from './fake-platform';
import { ProcessResult, startProcess } from './fake-service';
import { bundleProgram } from '../../scripts/bundle';
import { projectRoot } from '../../scripts/project';
import { createRootCa, Issued, issueHost } from '../support/pki';
import { BUN, bunMissing, describeUnless } from '../support/runtimes';

/** What a service does with a request, the first of which has number 1. */
type Reaction = (response: ServerResponse, request: IncomingMessage, number: number) => void;

/** A service that does as it is told. */
interface Service {
  readonly url: string;
  reaction: Reaction;
  calls: number;
  close(): void;
}

const MEGABYTE = 1024 * 1024;
const HOUR = 3_600_000;

/** Milliseconds after which a process that should have ended by itself is killed, which its exit code then shows. */
const LONGEST_RUN = 15_000;

/** Kilobytes of memory that a process may have had at most. Each runtime needs about a fifth of it. */
const MOST_MEMORY = 400_000;

const folder = mkdtempSync(join(tmpdir(), 'signer-faults-'));
const file = (name: string) => join(folder, name);
const services: Service[] = [];
const posix = process.platform === 'win32' ? 'there are no shells and devices of POSIX' : undefined;
let host: Issued;

const credentials: Reaction = (response) => void response.writeHead(201, { 'content-type': 'application/json' }).end(SUCCESS_BODY);

/** An answer that is no credentials. */
function status(code: number, message = 'not now', headers: Readonly<Record<string, string>> = {}): Reaction {
  return (response) => void response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ message }));
}

/** An answer with status 201 and this body. */
function body(text: string): Reaction {
  return (response) => void response.writeHead(201, { 'content-type': 'application/json' }).end(text);
}

const silence: Reaction = () => undefined;

const cut: Reaction = (response) => {
  response.writeHead(201, { 'content-length': SUCCESS_BODY.length });
  response.write(SUCCESS_BODY.substring(0, 100), () => response.destroy());
};

/** One octet at a time, which keeps a connection from being idle. */
const drip: Reaction = (response) => {
  response.writeHead(201);
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(timer));
};

/** As fast as it is taken. */
const endless: Reaction = (response) => {
  const piece = Buffer.alloc(MEGABYTE, ' ');
  const write = () => {
    while (!response.destroyed && response.write(piece)) {
      // The next one.
    }
  };
  response.writeHead(201);
  response.on('drain', write);
  write();
};

/** Takes requests only that are dated by its own clock, which differs from this machine's, and says what time it is. */
function withClock(difference: number): Reaction {
  return (response, request, number) => {
    const now = Date.now() + difference;
    const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(request.headers['x-amz-date']))!.map(Number);
    const isInTime = Math.abs(Date.UTC(year, month - 1, day, hour, minute, second) - now) < 300_000;
    response.setHeader('date', new Date(now).toUTCString());
    (isInTime ? credentials : status(403, 'Invalid signature', { 'x-amzn-errortype': 'AccessDeniedException' }))(response, request, number);
  };
}

/** One after the other, the last one from then on. */
function inTurn(...reactions: readonly Reaction[]): Reaction {
  return (response, request, number) => reactions[Math.min(number, reactions.length) - 1](response, request, number);
}

async function startService(reaction: Reaction): Promise<Service> {
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      service.calls += 1;
      service.reaction(response, request, service.calls);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: Service = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reaction,
    calls: 0,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  services.push(service);
  return service;
}

const identity = (key = 'host.key') => ['--certificate', file('host.pem'), '--private-key', file(key)];

/** A fault, and how `credential-process` ends. */
interface Fault {
  readonly name: string;
  readonly service?: Reaction;
  readonly flags?: readonly string[];
  readonly key?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Commands of a shell before the program is run in its place, or what is to be done with its streams. */
  readonly shell?: { readonly before?: string; readonly streams?: string };
  /** Exit codes that are right. With 0 there are credentials, and with another one there are none. */
  readonly codes: readonly number[];
  /** What standard error says, as a whole. */
  readonly says: RegExp;
  /** @default 1 */
  readonly calls?: number;
}

const TWICE = ['--max-attempts', '2'];
const NOTHING = /^$/;

const FAULTS: readonly Fault[] = [
  { name: '500 each time', service: status(500), flags: TWICE, codes: [5], says: /^\S+ SERVICE_FAILED: not now \(HTTP 500\)/, calls: 2 },
  { name: '429 each time', service: status(429), flags: TWICE, codes: [5], says: /^\S+ THROTTLED: not now \(HTTP 429\)/, calls: 2 },
  {
    name: 'a Retry-After beyond the deadline is not waited for',
    service: status(503, 'busy', { 'retry-after': '3600' }),
    codes: [5],
    says: /^\S+ SERVICE_FAILED: busy/,
  },
  { name: 'no answer', service: silence, flags: ['--timeout', '1', '--max-attempts', '1'], codes: [5], says: /^\S+ TIMED_OUT: no answer from 127\.0\.0\.1/ },
  { name: 'an answer octet by octet', service: drip, flags: ['--timeout', '1', '--max-attempts', '1'], codes: [5], says: /^\S+ TIMED_OUT: / },
  { name: 'a slow answer', service: (response, ...rest) => void setTimeout(() => credentials(response, ...rest), 1_000), codes: [0], says: NOTHING },
  { name: 'an answer that is cut off, and then a whole one', service: inTurn(cut, credentials), codes: [0], says: NOTHING, calls: 2 },
  { name: 'answers that are cut off', service: cut, flags: TWICE, codes: [5], says: /^\S+ CONNECTION_FAILED: .* closed by the other side/, calls: 2 },
  { name: 'an answer without end', service: endless, flags: TWICE, codes: [5], says: /longer than 1 MiB/, calls: 2 },
  { name: 'a proxy that refuses', service: status(403, 'Blocked'), codes: [5], says: /^\S+ UNEXPECTED_RESPONSE: .*not look like one of AWS/, calls: 1 },
  { name: 'a login page', service: body('<html>'), codes: [5], says: /^\S+ UNEXPECTED_RESPONSE: .*not JSON/ },
  { name: 'JSON of something else', service: body('[{"credentialSet":7}]'), codes: [5], says: /^\S+ UNEXPECTED_RESPONSE: .*without accessKeyId/ },
  { name: 'nothing in the answer', service: body(''), codes: [5], says: /^\S+ UNEXPECTED_RESPONSE: / },
  {
    name: 'a redirect to itself',
    service: (response) => void response.writeHead(307, { location: '/sessions' }).end(),
    codes: [5],
    says: /redirects are not followed/,
  },
  {
    // Node.js takes 16 KB of headers, Bun takes more.
    name: '64 KB of headers',
    service: (response, ...rest) => {
      Array.from({ length: 64 }, (_, i) => response.setHeader(`x-filler-${i}`, 'x'.repeat(1000)));
      credentials(response, ...rest);
    },
    flags: ['--max-attempts', '1'],
    codes: [0, 5],
    says: /^$|^\S+ CONNECTION_FAILED: .*[Hh]eader/,
  },
  { name: 'this clock is an hour ahead', service: withClock(-HOUR), codes: [0], says: /^\S+ warning: .*\b3[56]\d\d seconds ahead of/, calls: 2 },
  { name: 'this clock is an hour behind', service: withClock(HOUR), codes: [0], says: /^\S+ warning: .*\b3[56]\d\d seconds behind/, calls: 2 },
  { name: 'a refusal by a service whose clock jumps is passed on', service: inTurn(withClock(-HOUR), withClock(HOUR)), codes: [4], says: /SERVICE_REFUSED/, calls: 2 },
  { name: 'a key file that is half written', key: 'half.key', codes: [3], says: /^\S+ KEY_UNREADABLE: .*half\.key/, calls: 0 },
  { name: 'a variable for the certificate that is not set', flags: ['--certificate', 'env:NOT_SET'], codes: [3], says: /variable NOT_SET is not set/, calls: 0 },
  { name: 'HOME is no folder, and there is to be a cache', flags: ['--cache'], env: { HOME: '/dev/null' }, codes: [0], says: /^\S+ warning: the cache is not used: / },
  { name: 'HOME is empty, and there is to be a cache', flags: ['--cache'], env: { HOME: '' }, codes: [0], says: /^\S+ warning: the cache is not used: .*HOME/ },
];

const SHELL_FAULTS: readonly Fault[] = [
  {
    name: 'a limit on files that allows none, and there is to be a cache',
    shell: { before: 'ulimit -f 0' },
    flags: ['--cache', '--cache-dir', file('limited')],
    codes: [0],
    says: /^\S+ warning: the cache is not used: .*EFBIG/,
  },
  { name: 'a full disk for warnings', shell: { streams: '2>/dev/full' }, flags: ['--no-verify-ssl'], codes: [0], says: NOTHING },
  { name: 'a full disk for the reason', shell: { streams: '2>/dev/full' }, key: 'half.key', codes: [3], says: NOTHING, calls: 0 },
  { name: 'no standard error', shell: { streams: '2>&-' }, key: 'half.key', codes: [3], says: NOTHING, calls: 0 },
  { name: 'a full disk for the credentials', shell: { streams: '>/dev/full' }, codes: [1], says: /^\S+ OUTPUT_FAILED: .*ENOSPC/ },
  {
    name: 'the folder it runs in is gone',
    shell: { before: `cd ${file('gone')} && rmdir ${file('gone')}` },
    codes: [0],
    says: NOTHING,
  },
];

beforeAll(async () => {
  const root = await createRootCa('CN=Root');
  host = await issueHost(root, 'CN=onprem01');
  writeFileSync(file('host.pem'), host.pem);
  writeFileSync(file('host.key'), host.keyPem, { mode: 0o600 });
  writeFileSync(file('half.key'), host.keyPem.substring(0, 120), { mode: 0o600 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(() => services.splice(0).forEach((service) => service.close()));

/** Waits for the end of a process, but not for ever. */
async function endOf({ child, ended }: ReturnType<typeof startProcess>): Promise<ProcessResult> {
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_RUN);
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Whatever happens, these are said to nobody. */
function expectNoSecrets(text: string): void {
  const ofKey = host.keyPem.split('\n')[1].substring(0, 40);
  [ofKey, CREDENTIALS.secretAccessKey, CREDENTIALS.sessionToken, CREDENTIALS.accessKeyId].forEach((secret) => expect(text).not.toContain(secret));
}

/** What the program was doing when something went wrong, and went on doing when it was over. */
interface Outage {
  readonly name: string;
  readonly reaction: Reaction;
  /** What is logged about it. */
  readonly logged: RegExp;
}

const OUTAGES: readonly Outage[] = [
  { name: '500', reaction: status(500), logged: /code=SERVICE_FAILED/ },
  { name: 'a box in between whose clock begins in 1970', reaction: status(503, '', { date: 'Thu, 01 Jan 1970 00:01:00 GMT' }), logged: /code=SERVICE_FAILED/ },
  { name: 'a refusal by a box whose clock begins in 1970', reaction: status(403, '', { date: 'Thu, 01 Jan 1970 00:01:00 GMT' }), logged: /code=UNEXPECTED_RESPONSE/ },
  { name: 'answers without end', reaction: endless, logged: /longer than 1 MiB/ },
  { name: 'answers that are cut off', reaction: cut, logged: /code=CONNECTION_FAILED/ },
  { name: 'a login page', reaction: body('<html>'), logged: /code=UNEXPECTED_RESPONSE/ },
  { name: 'no answer', reaction: silence, logged: /code=TIMED_OUT/ },
];

/** The most memory that a process has had, in kilobytes; undefined where the system does not tell. */
function peakMemory(pid: number): number | undefined {
  const path = `/proc/${pid}/status`;
  return existsSync(path) ? Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'))![1]) : undefined;
}

function faultTests(build: () => Promise<readonly string[]>): void {
  let command: readonly string[];

  beforeAll(async () => {
    command = await build();
  });

  async function expectEnd({ service: reaction = credentials, flags = [], key, env = {}, shell, codes, says, calls = 1 }: Fault): Promise<void> {
    mkdirSync(file('gone'), { recursive: true });
    const service = await startService(reaction);
    const program = [...command, 'credential-process', ...identity(key), ...ARN_FLAGS, '--endpoint', service.url, ...flags];
    const { before = ':', streams = '' } = shell ?? {};
    const { code, stdout, stderr } = await endOf(startProcess(
      shell === undefined ? program : ['sh', '-c', `${before}; exec "$@" ${streams}`, 'sh', ...program], { env: { HOME: folder, ...env } },
    ));
    expect(stderr).toMatch(says);
    expect(codes).toContain(code);
    expect({ stdout, calls: service.calls }).toEqual({ stdout: code === 0 ? OUTPUT : '', calls });
    // Lines of its own and no others: no stack of calls, no words of the runtime.
    expect(stderr).toMatch(/^(?:roles-anywhere-signer: (?:[A-Z_]+|warning): [^\n]+\n)*$/);
    expectNoSecrets(stderr);
  }

  test.each(FAULTS.map((fault) => [fault.name, fault] as const))('%s', (_, fault) => expectEnd(fault));

  describeUnless(posix, 'run by a shell', () => {
    test.each(SHELL_FAULTS.map((fault) => [fault.name, fault] as const))('%s', (_, fault) => expectEnd(fault));
  });

  describeUnless(posix, 'update goes on after', () => {
    /** One after the other they would take long: most of the time is spent in pauses. */
    test('whatever the service does, and writes when it is over', async () => {
      await Promise.all(OUTAGES.map(async ({ name, reaction, logged }, i) => {
        const service = await startService(reaction);
        const path = file(`credentials-${i}`);
        const update = startProcess([
          ...command, 'update', ...identity(), ...ARN_FLAGS, '--endpoint', service.url, '--timeout', '2', '--max-attempts', '1',
        ], { env: { HOME: folder, AWS_SHARED_CREDENTIALS_FILE: path } });
        const ended = endOf(update);
        try {
          await update.said(logged);
          const success = SUCCESS_BODY.replace(CREDENTIALS.expiration, new Date(Date.now() + HOUR).toISOString());
          service.reaction = (response) => void response.writeHead(201).end(success);
          await update.said('written to');
          expect({ name, memory: (peakMemory(update.child.pid!) ?? 0) < MOST_MEMORY }).toEqual({ name, memory: true });
        } finally {
          update.child.kill('SIGTERM');
        }
        const { code, stdout, stderr } = await ended;
        expect({ name, code, stdout }).toEqual({ name, code: 0, stdout: '' });
        expectNoSecrets(stderr);
        expect(readFileSync(path, 'utf8')).toContain(CREDENTIALS.secretAccessKey);
        rmSync(path);
      }));
    }, LONGEST_RUN + 5_000);
  });
}

describe('the portable module', () => {
  faultTests(async () => {
    const output = file('roles-anywhere-signer.mjs');
    await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), output, { format: 'esm' });
    return [process.execPath, output];
  });
});

describeUnless(bunMissing, 'under Bun', () => {
  faultTests(async () => [BUN, join(projectRoot, 'signer', 'entry-bun.ts')]);
});
