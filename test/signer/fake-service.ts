/** A service on loopback for processes of the signer, and the processes: it verifies what it gets, and hands out credentials that can be told apart. */
import { ChildProcess, spawn } from 'child_process';
import { createServer, IncomingMessage, Server } from 'http';
import { AddressInfo } from 'net';
import { ARNS } from './fake-platform';
import { verifyIncoming } from './incoming-request';
import type { VerifiedRequest } from '../../src/create-session';

/** An answer that is no success. */
export interface FakeFailure {
  readonly status: number;
  readonly type?: string;
  readonly message?: string;
}

/** A service and how it behaves, which may be changed at any time. */
export interface FakeService {
  readonly url: string;
  /** The requests that were good, in the order in which they came. */
  readonly verified: VerifiedRequest[];
  /** How many answers there were that brought credentials. */
  sessions: number;
  /** The answers to come before there are credentials again. */
  failures: FakeFailure[];
  /** The answer to everything. */
  outage?: FakeFailure;
  /** Milliseconds until an answer. */
  delay: number;
  /** Seconds that credentials last, whatever is asked for. */
  lifetime?: number;
  close(): Promise<void>;
}

/** The access key id of the n-th session, from 1. */
export function accessKeyId(number: number): string {
  return `ASIAEXAMPLE${String(number).padStart(5, '0')}`;
}

/** Starts a service. */
export async function startFakeService(): Promise<FakeService> {
  const sockets = new Set<{ destroy(): void }>();
  const server: Server = createServer((request, response) => {
    answer(request, service).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': 'application/json', ...(type ? { 'x-amzn-errortype': type } : {}) }).end(body),
      (error: Error) => response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end(JSON.stringify({ message: error.message })),
    );
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: FakeService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    verified: [],
    sessions: 0,
    failures: [],
    delay: 0,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      sockets.forEach((socket) => socket.destroy());
    }),
  };
  return service;
}

async function answer(request: IncomingMessage, service: FakeService): Promise<{ status: number; type?: string; body: string }> {
  const verified = await verifyIncoming(request);
  service.verified.push(verified);
  // Nobody may be there any more when the time has come.
  await new Promise((resolve) => setTimeout(resolve, service.delay).unref());
  const failure = service.failures.shift() ?? service.outage;
  if (failure !== undefined) {
    return { status: failure.status, type: failure.type, body: JSON.stringify({ message: failure.message ?? 'not now' }) };
  }
  service.sessions += 1;
  const seconds = service.lifetime ?? verified.durationSeconds ?? 3600;
  return { status: 201, body: sessionBody(service.sessions, new Date(Date.now() + seconds * 1000)) };
}

function sessionBody(number: number, expiration: Date): string {
  return JSON.stringify({
    credentialSet: [{
      assumedRoleUser: { arn: 'arn:aws:sts::111122223333:assumed-role/Uploader/0123', assumedRoleId: 'AROAEXAMPLE:0123' },
      credentials: {
        accessKeyId: accessKeyId(number),
        secretAccessKey: `secret+${number}`,
        sessionToken: `token+${number}//${'t'.repeat(900)}==`,
        expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
      },
      packedPolicySize: 10,
      roleArn: ARNS.roleArn,
      sourceIdentity: 'CN=onprem01',
    }],
    subjectArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:subject/1',
  });
}

/** How a process ended, and what it said. */
export interface ProcessResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that was started. */
export interface RunningProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<ProcessResult>;
  /** Resolves when standard error has the text. @throws Error where the process ends without it */
  said(text: string | RegExp): Promise<void>;
}

/** Where a process is at home. */
export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts a program with nothing of this machine's own variables but what programs need to start at all. */
export function startProcess(command: readonly string[], options: ProcessOptions = {}): RunningProcess {
  const system = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => (
    ['SystemRoot', 'TEMP', 'TMPDIR', 'PATH'].includes(entry[0]))));
  const child = spawn(command[0], command.slice(1), { env: { ...system, ...options.env }, cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
    listeners.forEach((listener) => listener());
  });
  const ended = new Promise<ProcessResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
  const said = (text: string | RegExp) => new Promise<void>((resolve, reject) => {
    const look = () => {
      if (typeof text === 'string' ? output.stderr.includes(text) : text.test(output.stderr)) {
        listeners.delete(look);
        resolve();
      }
    };
    listeners.add(look);
    look();
    ended.then(() => reject(new Error(`the process ended without saying ${text}: ${output.stderr}`)), reject);
  });
  return { child, ended, said };
}

/** Runs a program to its end. */
export function runProcess(command: readonly string[], options?: ProcessOptions): Promise<ProcessResult> {
  return startProcess(command, options).ended;
}
