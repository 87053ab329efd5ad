/** Bench: `serve`, requests for credentials answered in a second and memory taken, against AWS's own helper. */
import { ChildProcess, spawn, spawnSync } from 'child_process';
import { existsSync, readFileSync } from 'fs';
import { AddressInfo, createServer } from 'net';
import { setTimeout as sleep } from 'timers/promises';
import { bareEnvironment, Bench, Contestant, Figure, median, Row } from './figures';
import { CONNECTIONS, LOAD_GENERATOR, requestsPerSecond, Target } from './load';
import { ACCESS_KEY_ID, awsHelperRun, AWS_HELPER, flagsFor, missing, Scene, signerRun, withScene } from './scene';

const ROUNDS = 5;
const SECONDS = 3;
const WARM_UP_SECONDS = 2;

/** Milliseconds that a server may take to begin. */
const START_LIMIT = 10_000;

const CREDENTIALS_PATH = '/latest/meta-data/iam/security-credentials/';

/** The bench. */
export const serve: Bench = {
  name: 'serve',
  run: (progress) => withScene(progress, async (scene) => {
    const host = await scene.host('P-256');
    const contestants: Entrant[] = [
      { label: 'signer, standalone binary', run: (port) => signerRun(scene, [scene.binary], args(scene, port)) },
      { label: AWS_HELPER, goalAtLeast: 1.6, ...missing(AWS_HELPER, ['version']), run: (port) => awsHelperRun(scene, args(scene, port)) },
      {
        label: `signer, portable module on Node.js ${process.version}`,
        run: (port) => signerRun(scene, [process.execPath, scene.portable], args(scene, port)),
      },
    ];
    function args({ endpoint }: Scene, port: number): string[] {
      return ['serve', ...flagsFor({ endpoint }, host), '--port', String(port)];
    }
    progress(`serve: ${ROUNDS} rounds of ${SECONDS} s for each ...`);
    return measure(contestants);
  }),
};

/** A server to be measured. */
interface Entrant {
  readonly label: string;
  readonly run: (port: number) => Contestant;
  readonly goalAtLeast?: number;
  readonly skipped?: string;
}

interface Measured {
  readonly rates: number[];
  /** Microseconds of the processor for each request; empty where the system does not tell. */
  readonly efforts: number[];
  /** Megabytes before the load, and after it. */
  memory: readonly [number | undefined, number | undefined];
}

async function measure(entrants: readonly Entrant[]): Promise<Figure[]> {
  const present = entrants.filter(({ skipped }) => skipped === undefined);
  const results = new Map<string, Measured>(present.map(({ label }) => [label, { rates: [], efforts: [], memory: [undefined, undefined] }]));
  for (let round = 0; round < ROUNDS; round++) {
    // One server at a time: two would share the processor that the other one needs.
    for (const { label, run } of present) {
      const result = results.get(label)!;
      await withServer(run, async (target, pid) => {
        const before = residentMegabytes(pid);
        await requestsPerSecond(target, WARM_UP_SECONDS);
        const spent = processorSeconds(pid);
        const rate = await requestsPerSecond(target, SECONDS);
        result.rates.push(rate);
        if (spent !== undefined) {
          result.efforts.push((processorSeconds(pid)! - spent) * 1e6 / (rate * SECONDS));
        }
        result.memory = [before, residentMegabytes(pid)];
      });
    }
  }
  const rows = (value: (result: Measured) => number | undefined, isGoal: boolean) => entrants.map(({ label, skipped, goalAtLeast }): Row => (
    skipped === undefined ? { label, value: value(results.get(label)!), ...(isGoal ? { goalAtLeast } : {}) } : { label, note: skipped }));
  const title = `serve, GET of credentials, ${CONNECTIONS} connections by ${LOAD_GENERATOR}`;
  return [
    figure(`${title}, median of ${ROUNDS} rounds of ${SECONDS} s`, 'requests/s', rows(({ rates }) => median(rates), true)),
    figure('serve, processor time of the server for each of these requests', 'us', rows(({ efforts }) => (efforts.length > 0 ? median(efforts) : undefined), false)),
    figure('serve, memory, resident, with credentials and before any request', 'MB', rows(({ memory }) => memory[0], false)),
    figure(`serve, memory, resident, after ${WARM_UP_SECONDS + SECONDS} s of that load`, 'MB', rows(({ memory }) => memory[1], false)),
  ];
}

function figure(title: string, unit: string, [subject, ...peers]: readonly Row[]): Figure {
  return { title, unit, subject, peers };
}

/** Starts a server, waits until it serves credentials, and ends it. */
async function withServer(run: (port: number) => Contestant, action: (target: Target, pid: number) => Promise<void>): Promise<void> {
  const port = await freePort();
  const { command, env } = run(port);
  const child = spawn(command[0], command.slice(1), { env: { ...bareEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    await action(await readyTarget(new URL(`http://127.0.0.1:${port}`), child, () => said), child.pid!);
  } finally {
    child.kill();
    await ended;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Asks as SDKs do, until there are credentials: a token, the name of the role, and what is below it. */
async function readyTarget(server: URL, child: ChildProcess, said: () => string): Promise<Target> {
  const end = performance.now() + START_LIMIT;
  let problem = 'nothing yet';
  while (performance.now() < end) {
    if (child.exitCode !== null) {
      throw new Error(`${child.spawnfile} ended with exit code ${child.exitCode}: ${said()}`);
    }
    try {
      const token = await text(new URL('/latest/api/token', server), { method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' } });
      const headers = { 'x-aws-ec2-metadata-token': token };
      const role = await text(new URL(CREDENTIALS_PATH, server), { headers });
      const url = new URL(`${CREDENTIALS_PATH}${role.trim()}`, server);
      const credentials = await text(url, { headers });
      if (credentials.includes(ACCESS_KEY_ID)) {
        return { url, headers };
      }
      problem = `it answered ${credentials.substring(0, 200)}`;
    } catch (error) {
      // It does not listen yet, or has no credentials yet.
      problem = (error as Error).message;
    }
    await sleep(20);
  }
  throw new Error(`${child.spawnfile} serves no credentials after ${START_LIMIT / 1000} s (${problem}): ${said()}`);
}

async function text(url: URL, init: RequestInit): Promise<string> {
  const response = await fetch(url, init);
  if (!response.ok) {
    throw new Error(`HTTP ${response.status} for ${url.pathname}`);
  }
  return response.text();
}

/** Memory of a process, as `ps` says; undefined where there is none. */
function residentMegabytes(pid: number): number | undefined {
  const { stdout, status } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 ? Number(stdout.trim()) * 1024 / 1e6 : undefined;
}

/** Processor time of a process so far, all its threads, as Linux says; undefined elsewhere. */
function processorSeconds(pid: number): number | undefined {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) {
    return undefined;
  }
  // The second field is the program's name, which may have blanks. Ticks are hundredths of a second wherever programs can see them.
  const fields = readFileSync(path, 'latin1').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
