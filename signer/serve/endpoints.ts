/** Answers the requests: the metadata service (IMDSv2), the container protocol, health and metrics. */
import { failureOf } from '../errors';
import { ExitCode } from '../exit-codes';
import { HostNames } from './addresses';
import type { ContainerToken } from './container-token';
import { containerDocument, MetadataDocument, metadataDocuments } from './documents';
import type { RequestHandler, ServerAnswer, ServerRequest } from './listener';
import { MetadataTokens, parseTtl } from './metadata-tokens';
import { PageClass, RequestCounts } from './metrics';
import type { ServedCredentials } from './served-session';
import { oneLine } from '../../src/credentials/errors';
import type { RefreshingCredentials } from '../../src/credentials/refreshing-credentials';

const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';

/** What the endpoints lean on. */
export interface EndpointsOptions {
  readonly credentials: RefreshingCredentials;
  readonly tokens: MetadataTokens;
  readonly requests: RequestCounts;
  /** Undefined where the container protocol is not served. */
  readonly containerToken: () => ContainerToken | undefined;
  /** The text of `/metrics`. */
  readonly metrics: () => string;
  readonly now: () => Date;
  /** Is told every answer. @default - nobody is */
  readonly observe?: (request: ServerRequest, answer: ServerAnswer) => void;
  /** Is told what should not happen. */
  readonly report: (error: unknown) => void;
}

type Answer = ServerAnswer | Promise<ServerAnswer>;

/** What answers at a path. */
interface Page {
  readonly page: PageClass;
  readonly method: 'GET' | 'PUT';
  /** Whether errors are written as JSON. */
  readonly isJson?: boolean;
  answer(request: ServerRequest): Answer;
}

/** A document, and the answer that was last made of it. */
interface MadeDocument extends MetadataDocument {
  answer?: ServerAnswer;
  /** Seconds that the answer says the token lasts. */
  answeredFor?: number;
}

/** The pages of one server. */
export class Endpoints {
  /** By which names the server may be called; none until it is known where it listens. */
  public hostNames = new HostNames([]);
  private pages: ReadonlyMap<string, Page> = new Map();
  private documents: ReadonlyMap<string, MadeDocument> = new Map();
  private containerBody = '';

  private readonly fixed: ReadonlyArray<readonly [string, Page]>;
  private readonly missingMetadata: Page = { page: 'other', method: 'GET', answer: (request) => this.withToken(request, () => text(404, 'not found')) };
  private readonly missing: Page = {
    page: 'other', method: 'GET', answer: () => text(404, 'not found; there are /latest/meta-data/, /credentials, /healthz and /metrics'),
  };

  public constructor(private readonly options: EndpointsOptions) {
    this.fixed = [
      ['/latest/api/token', { page: 'token', method: 'PUT', answer: (request) => this.issueToken(request) }],
      ['/credentials', { page: 'container', method: 'GET', isJson: true, answer: (request) => this.container(request) }],
      ['/healthz', { page: 'healthz', method: 'GET', answer: () => this.health() }],
      ['/metrics', { page: 'metrics', method: 'GET', answer: () => text(200, this.options.metrics(), 'text/plain; version=0.0.4; charset=utf-8') }],
    ];
    this.pages = new Map(this.fixed);
  }

  /** Takes up new credentials. */
  public update(served: ServedCredentials): void {
    this.containerBody = containerDocument(served);
    const documents = metadataDocuments(served);
    this.documents = documents;
    this.pages = new Map([...this.fixed, ...[...documents].map(([path, { page }]) => [path, this.documentPage(path, page)] as const)]);
  }

  /** Answers a request. */
  public readonly handle: RequestHandler = (request) => {
    const page = this.pageAt(request.path);
    try {
      const answer = this.refusal(request, page) ?? page.answer(request);
      return answer instanceof Promise
        ? answer.then((later) => this.finish(page, request, later), (error: unknown) => this.unexpected(page, request, error))
        : this.finish(page, request, answer);
    } catch (error) {
      return this.unexpected(page, request, error);
    }
  };

  private finish({ page }: Page, request: ServerRequest, answer: ServerAnswer): ServerAnswer {
    this.options.requests.add(page, answer.status);
    this.options.observe?.(request, answer);
    return answer;
  }

  private unexpected(page: Page, request: ServerRequest, error: unknown): ServerAnswer {
    this.options.report(error);
    return this.finish(page, request, refuse(page, 500, 'InternalError', 'something that should not happen; the log says more'));
  }

  private pageAt(path: string): Page {
    const page = this.pages.get(path);
    if (page !== undefined) {
      return page;
    }
    // SDKs put their paths behind the endpoint as it was given to them, which may end with a slash.
    const tidy = path.replace(/^\/+(?=\/)/, '').replace(/(?<=.)\/$/, '');
    return this.pages.get(tidy) ?? (tidy.startsWith('/latest/') ? this.missingMetadata : this.missing);
  }

  /** What holds on every path: no names of others, no proxies, no browsers. */
  private refusal(request: ServerRequest, page: Page): ServerAnswer | undefined {
    if (!this.hostNames.has(request.header('host'))) {
      return refuse(page, 403, 'Forbidden', 'the Host header does not name this server; call it by its IP address or as localhost');
    }
    if (request.header('x-forwarded-for') !== undefined || request.header('forwarded') !== undefined) {
      return refuse(page, 400, 'BadRequest', 'requests that were forwarded by a proxy are not answered');
    }
    if (request.header('origin') !== undefined) {
      return refuse(page, 403, 'Forbidden', 'requests of browsers are not answered');
    }
    if (request.method !== page.method) {
      return refuse(page, 405, 'MethodNotAllowed', `use ${page.method}`, { allow: page.method });
    }
    return undefined;
  }

  private async issueToken(request: ServerRequest): Promise<ServerAnswer> {
    const ttl = parseTtl(request.header(TTL_HEADER));
    if (ttl === undefined) {
      return text(400, 'invalid token TTL');
    }
    return text(200, await this.options.tokens.issue(ttl), TEXT, { [TTL_HEADER]: String(ttl) });
  }

  /** Answers whoever has a session token. */
  private withToken(request: ServerRequest, answer: (remaining: number) => Answer): Answer {
    const token = request.header(TOKEN_HEADER);
    if (token === undefined || token === '') {
      return text(401, 'no token provided');
    }
    const judge = (seconds: number) => (seconds > 0 ? answer(seconds) : text(401, 'invalid token provided'));
    const remaining = this.options.tokens.remaining(token);
    return typeof remaining === 'number' ? judge(remaining) : remaining.then(judge);
  }

  private documentPage(path: string, page: PageClass): Page {
    return { page, method: 'GET', answer: (request) => this.withToken(request, (remaining) => this.document(path, remaining)) };
  }

  /**
   * The document as it is now: while a token was verified, others may have come. The answer is the same for all requests whose tokens end in
   * the same second, and made once for them.
   */
  private document(path: string, remaining: number): Answer {
    const document = this.documents.get(path);
    if (document === undefined) {
      return text(404, 'not found');
    }
    if (document.expires && this.options.credentials.current() === undefined) {
      return this.renewedDocument(path, remaining);
    }
    if (document.answer === undefined || document.answeredFor !== remaining) {
      document.answer = text(200, document.body, TEXT, { [TTL_HEADER]: String(remaining) });
      document.answeredFor = remaining;
    }
    return document.answer;
  }

  private async renewedDocument(path: string, remaining: number): Promise<ServerAnswer> {
    try {
      await this.options.credentials.get();
    } catch (error) {
      return this.failed(error, remaining);
    }
    return this.document(path, remaining);
  }

  private failed(error: unknown, remaining: number): ServerAnswer {
    const { code, message, exitCode } = failureOf(error);
    return text(exitCode === ExitCode.UNAVAILABLE ? 503 : 500, JSON.stringify({ Code: code, Message: oneLine(message) }), JSON_TYPE, {
      [TTL_HEADER]: String(remaining), 'retry-after': this.retryAfter(),
    });
  }

  private retryAfter(): string {
    const { nextAttempt } = this.options.credentials.state;
    const seconds = ((nextAttempt?.getTime() ?? 0) - this.options.now().getTime()) / 1000;
    return String(Math.max(1, Math.ceil(seconds)));
  }

  private async container(request: ServerRequest): Promise<ServerAnswer> {
    const token = this.options.containerToken();
    if (token === undefined) {
      return problem(404, 'NotServed', 'the container protocol is not served; start with --container-token-file');
    }
    const authorization = request.header('authorization');
    if (authorization === undefined || authorization === '') {
      return problem(401, 'Unauthorized', 'no Authorization header; give clients the token in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE');
    }
    const verdict = await token.check(authorization);
    if (verdict !== 'accepted') {
      return verdict === 'refused' ? problem(401, 'Unauthorized', 'the Authorization header does not hold the token')
        : problem(503, 'TokenFileUnreadable', 'the container token file is gone or cannot be read');
    }
    try {
      await this.options.credentials.get();
    } catch (error) {
      const { code, message, exitCode } = failureOf(error);
      return problem(exitCode === ExitCode.UNAVAILABLE ? 503 : 500, code, oneLine(message), { 'retry-after': this.retryAfter() });
    }
    return text(200, this.containerBody, JSON_TYPE);
  }

  private health(): ServerAnswer {
    const { lastSuccess, expiration, lastFailure, isFailing } = this.options.credentials.state;
    const isHealthy = this.options.credentials.current() !== undefined;
    const report = {
      status: isHealthy ? (isFailing ? 'failing to refresh' : 'ok') : 'no valid credentials',
      expiration: expiration?.toISOString(),
      lastRefresh: lastSuccess?.toISOString(),
      ...(lastFailure === undefined ? {} : { lastError: { code: failureOf(lastFailure.error).code, at: lastFailure.at.toISOString() } }),
    };
    return text(isHealthy ? 200 : 503, `${JSON.stringify(report)}\n`, JSON_TYPE);
  }
}

function text(status: number, body: string, contentType = TEXT, headers: Readonly<Record<string, string>> = {}): ServerAnswer {
  return { status, headers: { 'content-type': contentType, 'cache-control': 'no-store', ...headers }, body };
}

/** An error as the container protocol has them. */
function problem(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): ServerAnswer {
  return text(status, JSON.stringify({ code, message }), JSON_TYPE, headers);
}

function refuse(page: Page, status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): ServerAnswer {
  return page.isJson ? problem(status, code, message, headers) : text(status, message, TEXT, headers);
}
