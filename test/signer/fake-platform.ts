/** A machine in memory for tests of the signer: files, clock, streams, and a service that verifies what it gets. */
import type { Platform } from '../../signer/platform/platform';
import { verifyCreateSessionRequest, VerifiedRequest } from '../../src/create-session';
import type { ConnectionOptions, HttpRequest, HttpResponse } from '../../src/credentials/host';

/** ARNs that fit together. */
export const ARNS = {
  roleArn: 'arn:aws:iam::111122223333:role/Uploader',
  profileArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9',
  trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
};

/** They as flags. */
export const ARN_FLAGS = ['--role-arn', ARNS.roleArn, '--profile-arn', ARNS.profileArn, '--trust-anchor-arn', ARNS.trustAnchorArn];

/** What the service hands out. */
export const CREDENTIALS = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE',
  secretAccessKey: 'secret+access/key',
  sessionToken: 'session+token//==',
  expiration: '2026-11-21T10:00:00Z',
};

/** What the program prints of it. */
export const OUTPUT = '{"Version":1,"AccessKeyId":"ASIAEXAMPLEEXAMPLE","SecretAccessKey":"secret+access/key","SessionToken":"session+token//==",'
  + '"Expiration":"2026-11-21T10:00:00Z"}';

/** The service's answer to a good request. */
export const SUCCESS_BODY = JSON.stringify({
  credentialSet: [{
    assumedRoleUser: { arn: 'arn:aws:sts::111122223333:assumed-role/Uploader/0123', assumedRoleId: 'AROAEXAMPLE:0123' },
    credentials: CREDENTIALS,
    packedPolicySize: 10,
    roleArn: ARNS.roleArn,
    sourceIdentity: 'CN=onprem01',
  }],
  subjectArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:subject/1',
});

/** Makes an answer. */
export function answer(status: number, body = '', headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, body, header: (name) => headers[name] };
}

/** An answer, or a reason why there is none. */
export type Reaction = HttpResponse | Error | ((request: HttpRequest) => Promise<HttpResponse>);

/** What can be set, and what can be looked at afterwards. */
export interface FakeMachine {
  readonly platform: Platform;
  readonly requests: HttpRequest[];
  readonly verified: VerifiedRequest[];
  readonly pauses: number[];
  readonly timeouts: number[];
  readonly reads: string[];
  /** How each request was to be sent. */
  readonly connections: ConnectionOptions[];
  output: string;
  diagnostics: string;
}

/** How the machine is set up. */
export interface FakeOptions {
  readonly args?: readonly string[];
  readonly files?: Readonly<Record<string, string | Uint8Array | Error>>;
  readonly env?: Readonly<Record<string, string>>;
  /** One a request; the last one stays. @default - the service verifies and hands out credentials */
  readonly reactions?: readonly Reaction[];
  readonly now?: Date;
  readonly modes?: Readonly<Record<string, number>>;
  /** What standard input holds. */
  readonly input?: string;
  /** Error of writing to standard output. */
  readonly outputError?: Error;
}

/** An error as the system reports them. */
export function systemError(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

/** A machine. */
export function fakeMachine(options: FakeOptions = {}): FakeMachine {
  const now = options.now ?? new Date();
  const machine: Pick<FakeMachine, 'requests' | 'verified' | 'pauses' | 'timeouts' | 'reads' | 'connections'> = {
    requests: [], verified: [], pauses: [], timeouts: [], reads: [], connections: [],
  };
  const state = { output: '', diagnostics: '' };
  const serve = async (request: HttpRequest): Promise<HttpResponse> => {
    const url = new URL(request.url);
    machine.verified.push(await verifyCreateSessionRequest({
      method: request.method,
      path: url.pathname,
      query: url.search.substring(1),
      headers: { ...request.headers, host: url.host },
      body: new TextEncoder().encode(request.body),
      now,
    }));
    return answer(201, SUCCESS_BODY);
  };
  const reactions = options.reactions ?? [serve];
  const platform: Platform = {
    args: options.args ?? [],
    env: options.env ?? {},
    runtime: 'Test 1.0',
    readFile: async (path) => {
      machine.reads.push(path);
      const content = options.files?.[path] ?? systemError('ENOENT');
      if (content instanceof Error) {
        throw content;
      }
      return typeof content === 'string' ? new TextEncoder().encode(content) : content;
    },
    fileStatus: async (path) => ({ mode: options.modes?.[path] ?? 0o600, owner: process.getuid?.() ?? 0 }),
    readInput: async () => new TextEncoder().encode(options.input ?? ''),
    writeOutput: async (text) => {
      if (options.outputError) {
        throw options.outputError;
      }
      state.output += typeof text === 'string' ? text : new TextDecoder('latin1').decode(text);
    },
    writeDiagnostics: async (text) => {
      state.diagnostics += text;
    },
    send: async (request, connection) => {
      const reaction = reactions[Math.min(machine.requests.length, reactions.length - 1)];
      machine.requests.push(request);
      machine.timeouts.push(connection.timeout);
      machine.connections.push(connection);
      if (reaction instanceof Error) {
        throw reaction;
      }
      return typeof reaction === 'function' ? reaction(request) : reaction;
    },
    sleep: async (milliseconds) => {
      machine.pauses.push(milliseconds);
    },
    now: () => now,
    random: () => 0.5,
    listen: async () => {
      throw new Error('this machine does not listen');
    },
  };
  return Object.assign(state, machine, { platform });
}
