/** An HTTP endpoint on the own machine that answers as IAM Roles Anywhere would, CreateSession with credentials that are not real. */
import { createServer, Server } from 'node:http';
import { AddressInfo, isIP, Socket } from 'node:net';
import { pairRawHeaders, SESSIONS_PATH, VerificationError, verifyCreateSessionRequest } from '../create-session';
import { SessionDecision, SimulatedSession } from './decision';
import { SimulatorError } from './errors';
import { BodyTooLargeError, HttpExchange, HungUpError, MAX_BODY_LENGTH } from './http-exchange';
import { isManagementRequest, ManagementApi } from './management-api';
import { printable } from './printable';
import { refusedRequest } from './refused-request';
import { SIMULATION_NOTICE, summarizeDecision } from './report';
import { IssuedSession, SessionStore } from './session-store';
import { RolesAnywhereSimulator } from './simulator';
import { answerSts } from './sts';
import { welcomePage } from './welcome-page';

/** The port where none is given: next to 9911, on which signers serve credentials. */
export const DEFAULT_PORT = 9912;

const DEFAULT_HOST = '127.0.0.1';

/** Chain and certificate travel in headers: six of RSA 4096 are about 15 KiB, six of ML-DSA-87 about 60 KiB. */
const MAX_HEADER_SIZE = 128 * 1024;

/** A revocation list of 300,000 bytes in base64, 200 tags, and room for what is too much to be refused with the words of the service. */
const MAX_MANAGEMENT_BODY_LENGTH = 1024 * 1024;

/** Milliseconds in which a request has to be complete, and its headers. */
const REQUEST_TIMEOUT = 15_000;
const HEADERS_TIMEOUT = 10_000;
const KEEP_ALIVE_TIMEOUT = 5_000;

/** How long open requests may take to finish when the endpoint is closed. */
const CLOSING_TIMEOUT = 2_000;

/** What the endpoint may be told. */
export interface LocalEndpointOptions {
  /**
   * The address to listen on. Whoever can reach it gets (fake) credentials and learns what the app allows, so another one than a loopback
   * address is a decision to make.
   *
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /**
   * The port; 0 takes any that is free.
   *
   * @default 9912
   */
  readonly port?: number;
  /**
   * Where lines of the log go, without line ends.
   *
   * @default - nowhere
   */
  readonly log?: (line: string) => void;
  /**
   * Is told every decision.
   *
   * @default - nobody is
   */
  readonly onDecision?: (decision: SessionDecision) => void;
  /**
   * The clock that signatures, validity and sessions go by.
   *
   * @default - the machine's
   */
  readonly clock?: () => Date;
  /**
   * How many requests may be open at a time; further ones are answered with 429.
   *
   * @default 100
   */
  readonly maxOpenRequests?: number;
  /**
   * Whether calls of the management API are held to the quota of one a second for each kind of resource.
   *
   * @default false
   */
  readonly throttle?: boolean;
}

/** A running endpoint. */
export interface LocalEndpoint {
  /** Such as `http://127.0.0.1:9912`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The management API that it serves: how often each operation was called, and what the calls have made of the resources. */
  readonly management: ManagementApi;
  /** Stops listening and ends when open requests are answered, within two seconds. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts a local endpoint.
 *
 * It answers `POST /sessions` (CreateSession), the operations of the management API on revocation lists, tags, and the state of trust anchors
 * and profiles (see {@link ManagementApi}), `POST /` (GetCallerIdentity of AWS STS, for its own sessions) and, for people, `GET /`.
 *
 * What management calls change, such as a list that is imported or a trust anchor that is disabled, holds for the next CreateSession, and for
 * every further decision of the same simulator.
 *
 * @throws SimulatorError `PORT_IN_USE`, `LISTEN_FAILED`, `INVALID_OPTION`
 *
 * @example
 * const endpoint = await startLocalEndpoint(RolesAnywhereSimulator.fromCloudAssembly('cdk.out'), { port: 0 });
 * // aws_signing_helper credential-process --endpoint <endpoint.url> --trust-anchor-arn ...
 * await endpoint.close();
 */
export async function startLocalEndpoint(simulator: RolesAnywhereSimulator, options: LocalEndpointOptions = {}): Promise<LocalEndpoint> {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, log } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new SimulatorError('INVALID_OPTION', `the port must be 0 to 65535, and ${port} is not`);
  }
  const handler = new EndpointHandler(simulator, options);
  const server = createServer({
    maxHeaderSize: MAX_HEADER_SIZE,
    requestTimeout: REQUEST_TIMEOUT,
    headersTimeout: HEADERS_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    connectionsCheckingInterval: 1_000,
  });
  server.on('request', (request, response) => void handler.handle(new HttpExchange(request, response)));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerMalformed(error, socket));
  const address = await listen(server, host, port);
  const url = `http://${isIP(host) === 6 ? `[${host}]` : host}:${address.port}`;
  handler.url = url;
  if (!isLoopback(host)) {
    log?.(`warning: listening on ${host}, which other machines may reach; whoever does gets fake credentials and learns what the app allows`);
  }
  return { url, host, port: address.port, management: handler.management, close: () => close(server) };
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE'
      ? new SimulatorError('PORT_IN_USE', `port ${port} of ${host} is in use; choose another one, or 0 for any`)
      : new SimulatorError('LISTEN_FAILED', `listening on port ${port} of ${host} failed (${error.code ?? error.name})`)));
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSING_TIMEOUT);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** What cannot be read as HTTP, is too large or takes too long never becomes a request, and is answered all the same. */
function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large'
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout'
      : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\nX-Simulated: ${SIMULATION_NOTICE}\r\n\r\n`);
}

/** Answers the requests of one endpoint. */
class EndpointHandler {
  public url = '';
  public readonly management: ManagementApi;
  private open = 0;
  private readonly sessions = new SessionStore();
  private readonly clock: () => Date;
  private readonly maxOpenRequests: number;

  public constructor(private readonly simulator: RolesAnywhereSimulator, private readonly options: LocalEndpointOptions) {
    this.clock = options.clock ?? (() => new Date());
    this.maxOpenRequests = options.maxOpenRequests ?? 100;
    this.management = new ManagementApi(simulator.model, { state: simulator.state, throttle: options.throttle, clock: this.clock });
  }

  /** Answers one request, whatever happens. */
  public async handle(exchange: HttpExchange): Promise<void> {
    if (this.open >= this.maxOpenRequests) {
      exchange.answerError(429, 'ThrottlingException', 'Rate exceeded', { reason: `${this.open} requests are open` });
      this.log(exchange, '429 too many open requests');
      return;
    }
    this.open += 1;
    try {
      const isManagement = isManagementRequest(exchange.method, exchange.path);
      // Also where the body is of no interest: only then can the connection serve the next request.
      const body = await exchange.readBody(isManagement ? MAX_MANAGEMENT_BODY_LENGTH : MAX_BODY_LENGTH);
      await (isManagement ? this.manage(exchange, body) : this.route(exchange, body));
    } catch (error) {
      this.answerFailure(exchange, error);
    } finally {
      this.open -= 1;
    }
  }

  private async route(exchange: HttpExchange, body: Uint8Array): Promise<void> {
    const { method, path } = exchange;
    if (path === SESSIONS_PATH) {
      return method === 'POST' ? this.createSession(exchange, body) : this.notAllowed(exchange, 'POST');
    }
    if (path === '/') {
      if (method === 'GET' || method === 'HEAD') {
        return this.welcome(exchange);
      }
      return method === 'POST' ? this.sts(exchange, body) : this.notAllowed(exchange, 'GET, HEAD, POST');
    }
    exchange.answerError(404, 'UnknownOperationException', `There is no operation at ${printable(path.slice(0, 200))}`);
    this.log(exchange, '404');
  }

  private manage(exchange: HttpExchange, body: Uint8Array): void {
    const { method, path, query, request } = exchange;
    const answer = this.management.handle({ method, path, query, headers: request.headers, body });
    const { 'Content-Type': contentType, ...headers } = answer.headers;
    exchange.answer({ statusCode: answer.status, contentType, body: answer.body, headers });
    this.log(exchange, [answer.status, answer.operation, answer.error].filter((part) => part !== undefined).join(' '));
  }

  private async createSession(exchange: HttpExchange, body: Uint8Array): Promise<void> {
    const now = this.clock();
    const decision = await this.decide(exchange, body, now);
    this.options.onDecision?.(decision);
    if (decision.session) {
      exchange.answer({ statusCode: 201, contentType: 'application/json', body: credentialsBody(this.sessions.issue(decision.session)) });
      this.log(exchange, `201 ${summarizeDecision(decision)}`);
      return;
    }
    // An undecided step without a failed one does not come up; if it did, the answer has to be no.
    const { statusCode, type, message } = decision.error ?? { statusCode: 403, type: 'AccessDeniedException', message: 'Not decided' };
    exchange.answerError(statusCode, type, message, { step: decision.failedStep?.id, reason: decision.failedStep?.reason });
    this.log(exchange, `${statusCode} ${summarizeDecision(decision)}`);
  }

  private async decide(exchange: HttpExchange, body: Uint8Array, now: Date): Promise<SessionDecision> {
    const { method, path, query, request } = exchange;
    try {
      const verified = await verifyCreateSessionRequest({ method, path, query, headers: pairRawHeaders(request.rawHeaders), body, now });
      return this.simulator.decide(verified, now);
    } catch (error) {
      if (error instanceof VerificationError) {
        return refusedRequest(error, now);
      }
      throw error;
    }
  }

  private async sts(exchange: HttpExchange, body: Uint8Array): Promise<void> {
    const { query, request, requestId } = exchange;
    const answer = await answerSts({ query, headers: pairRawHeaders(request.rawHeaders), body, now: this.clock(), requestId }, this.sessions);
    exchange.answer({ statusCode: answer.statusCode, contentType: 'text/xml', body: answer.xml });
    this.log(exchange, `${answer.statusCode} ${answer.summary}`);
  }

  private welcome(exchange: HttpExchange): void {
    exchange.answer({ statusCode: 200, contentType: 'text/plain; charset=utf-8', body: welcomePage(this.simulator, this.url) });
    this.log(exchange, '200');
  }

  private notAllowed(exchange: HttpExchange, allow: string): void {
    exchange.answerError(405, 'UnknownOperationException', `${printable(exchange.method)} is not allowed here`, {}, { Allow: allow });
    this.log(exchange, '405');
  }

  private answerFailure(exchange: HttpExchange, error: unknown): void {
    if (error instanceof HungUpError) {
      this.log(exchange, 'the client hung up');
    } else if (error instanceof BodyTooLargeError) {
      exchange.answerError(413, 'RequestEntityTooLargeException', error.message);
      this.log(exchange, `413 ${error.message}`);
    } else {
      exchange.answerError(500, 'InternalServerException', 'Internal error');
      this.log(exchange, `500 ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
    }
  }

  private log({ method, path }: HttpExchange, what: string): void {
    this.options.log?.(printable(`${this.clock().toISOString()} ${method} ${path.slice(0, 200)} ${what}`));
  }
}

/** The answer to an allowed CreateSession, with the members that the service's answer has. */
function credentialsBody({ accessKeyId, secretAccessKey, sessionToken, session }: IssuedSession): string {
  const { assumedRoleArn, assumedRoleId, roleArn, sourceIdentity, subjectArn } = session;
  return JSON.stringify({
    credentialSet: [{
      assumedRoleUser: { arn: assumedRoleArn, assumedRoleId },
      credentials: { accessKeyId, secretAccessKey, sessionToken, expiration: expirationOf(session) },
      // How large STS packs tags and policies is not published.
      packedPolicySize: 0,
      roleArn,
      sourceIdentity,
    }],
    subjectArn,
    simulated: { notice: SIMULATION_NOTICE },
  });
}

/** RFC 3339 in seconds, as the service writes it. */
function expirationOf({ expiration }: SimulatedSession): string {
  return `${expiration.toISOString().slice(0, 19)}Z`;
}
