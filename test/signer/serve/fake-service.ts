/** A service for tests of servers: verifies every CreateSession request, hands out numbered credentials, and fails as it is told to. */
import { createServer, IncomingMessage, Server } from 'http';
import { AddressInfo } from 'net';
import type { VerifiedRequest } from '../../../src/create-session';
import { ARNS } from '../fake-platform';
import { verifyIncoming } from '../incoming-request';

/** The service, and what it does. */
export interface FakeService {
  readonly url: string;
  readonly verified: VerifiedRequest[];
  /** How many requests came. */
  calls: number;
  /** Status to answer with. 201 gives credentials. */
  status: number;
  /** Milliseconds before each answer. */
  delay: number;
  /** Milliseconds that credentials last. */
  lifetime: number;
  /** Stops to listen. */
  stop(): Promise<void>;
  /** Listens again, at the same port. */
  start(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startFakeService(): Promise<FakeService> {
  let server: Server | undefined;
  let port = 0;
  const service = {
    url: '',
    verified: [] as VerifiedRequest[],
    calls: 0,
    status: 201,
    delay: 0,
    lifetime: 3_600_000,
    start: async () => {
      server = createServer((request, response) => {
        answer(service, request).then(
          ({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(body),
          (error: Error) => response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end(JSON.stringify({ message: error.message })),
        );
      });
      await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
      service.url = `http://127.0.0.1:${port}`;
    },
    stop: async () => {
      const closed = new Promise((resolve) => server!.close(resolve));
      server!.closeAllConnections();
      await closed;
    },
  };
  await service.start();
  return service;
}

/** Credentials of the call with a number. */
export function accessKeyOf(call: number): string {
  return `ASIAEXAMPLE${String(call).padStart(9, '0')}`;
}

async function answer(service: FakeService, request: IncomingMessage): Promise<{ readonly status: number; readonly body: string }> {
  service.calls += 1;
  const { calls, status, lifetime } = service;
  const verified = await verifyIncoming(request);
  await new Promise((resolve) => setTimeout(resolve, service.delay));
  if (status !== 201) {
    return { status, body: '{"__type":"AccessDeniedException","message":"not now"}' };
  }
  service.verified.push(verified);
  const credentials = {
    accessKeyId: accessKeyOf(calls),
    secretAccessKey: `secret+${calls}`,
    sessionToken: `session+token//${calls}==`,
    expiration: new Date(Date.now() + lifetime).toISOString(),
  };
  const assumedRoleUser = { arn: 'arn:aws:sts::111122223333:assumed-role/Uploader/0123', assumedRoleId: 'AROAEXAMPLE:0123' };
  return {
    status,
    body: JSON.stringify({
      credentialSet: [{ assumedRoleUser, credentials, packedPolicySize: 10, roleArn: ARNS.roleArn, sourceIdentity: 'CN=onprem01' }],
      subjectArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:subject/1',
    }),
  };
}
