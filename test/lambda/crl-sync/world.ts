/** Everything that the crl-sync function talks to, on loopback: the service, S3, a distribution point and CloudFormation. */
import { createHash } from 'crypto';
import { createServer, IncomingMessage, RequestListener, Server, ServerResponse } from 'http';
import { AddressInfo } from 'net';
import { ManagementApi, ManagementApiOptions, ManagementResponse } from '../../../src/simulator/management-api';
import { AssemblyModel, TrustAnchorModel } from '../../../src/simulator/model';

export const REGION = 'eu-west-2';
const ACCOUNT = '111122223333';
const ENVIRONMENT = { partition: 'aws', account: ACCOUNT, region: REGION };

/** What a page of the distribution point does. */
export type Page = (request: IncomingMessage, response: ServerResponse) => void;

/** A list in the service, as a test compares it. */
export interface ListInService {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly pem: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly trustAnchorArn?: string;
}

/** Stands in for the service at one request, or breaks its connection off. */
export type Interception = (operation: string, proceed: () => ManagementResponse) => ManagementResponse | 'hang up' | undefined;

/** An answer of CloudFormation's side: what the function has put. */
export interface CloudFormationAnswer {
  readonly url: string;
  readonly contentType?: string;
  readonly body: { readonly Status: string; readonly Reason: string; readonly PhysicalResourceId: string; readonly [name: string]: string };
}

/** A trust anchor of the simulated account. */
export function trustAnchor(id: string, source: Pick<TrustAnchorModel, 'certificatePem' | 'acmPcaArn'>): TrustAnchorModel {
  return {
    kind: 'trust-anchor',
    logicalId: 'Anchor',
    stack: 'Hosts',
    environment: ENVIRONMENT,
    id,
    arn: `arn:aws:rolesanywhere:${REGION}:${ACCOUNT}:trust-anchor/${id}`,
    name: 'example-root',
    enabled: true,
    enabledStated: true,
    sourceType: source.acmPcaArn === undefined ? 'CERTIFICATE_BUNDLE' : 'AWS_ACM_PCA',
    ...source,
  };
}

/** The other side of every connection of the function. */
export class World {
  /** With one trust anchor or several; the first is the one that the function is for. */
  public static async start(anchors: readonly TrustAnchorModel[], options: ManagementApiOptions = {}): Promise<World> {
    const world = new World(anchors, options);
    await world.listen();
    return world;
  }

  public readonly management: ManagementApi;
  /** Objects of S3 by `bucket/key`. */
  public readonly objects = new Map<string, Uint8Array>();
  /** Pages of the distribution point by path. */
  public readonly pages = new Map<string, Page>();
  /** What was asked of distribution point and S3, in order: method and path with query. */
  public readonly fetched: string[] = [];
  /** What was asked of the service, in order; status 0 stands for a connection that was broken off. */
  public readonly calls: { readonly operation: string; readonly status: number }[] = [];
  public readonly answers: CloudFormationAnswer[] = [];
  /** Statuses with which CloudFormation's side turns answers away before it takes one. */
  public readonly answerFailures: number[] = [];
  /** @default - the service answers itself */
  public intercept?: Interception;
  private readonly servers: Server[] = [];
  private readonly urls: string[] = [];

  private constructor(private readonly anchors: readonly TrustAnchorModel[], options: ManagementApiOptions) {
    const model: AssemblyModel = { trustAnchors: [...anchors], profiles: [], roles: [], crls: [], problems: [] };
    this.management = new ManagementApi(model, options);
  }

  private async listen(): Promise<void> {
    const listeners: RequestListener[] = [
      (request, response) => this.serveManagement(request, response),
      (request, response) => this.serveObject(request, response),
      (request, response) => this.servePage(request, response),
      (request, response) => this.takeAnswer(request, response),
    ];
    for (const listener of listeners) {
      const server = createServer(listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      this.servers.push(server);
      this.urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    }
  }

  /** Ends the servers, connections that wait for an answer included. */
  public async stop(): Promise<void> {
    await Promise.all(this.servers.map(async (server) => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }));
  }

  // ---- what a test sets up

  public get trustAnchorArn(): string {
    return this.anchors[0].arn;
  }

  /** URL of a page of the distribution point. */
  public url(path: string): string {
    return `${this.urls[2]}${path}`;
  }

  /** Lets the distribution point serve bytes, with an ETag as web servers give it. */
  public publish(path: string, bytes: Uint8Array | string, contentType = 'application/pkix-crl'): void {
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    this.pages.set(path, ({ headers }, response) => {
      if (headers['if-none-match'] === etag) {
        response.writeHead(304).end();
      } else {
        response.writeHead(200, { 'Content-Type': contentType, 'ETag': etag }).end(bytes);
      }
    });
  }

  /** One list from the distribution point, as the construct would configure it. */
  public list(id: string, path: string | readonly string[], more: object = {}): object {
    const paths = typeof path === 'string' ? [path] : path;
    return { id, name: `list ${id}`, source: { type: 'url', urls: paths.map((each) => this.url(each)) }, timeoutSeconds: 5, ...more };
  }

  /** The function's environment. Calls of the service follow each other at once, unless a test wants it otherwise. */
  public environment(lists: readonly object[], more: object = {}): Record<string, string> {
    const configuration = {
      syncId: 'Hosts-Revocation', trustAnchorArn: this.trustAnchorArn, metricNamespace: 'CdkRolesAnywhere', requestIntervalMs: 0, lists, ...more,
    };
    return {
      CONFIGURATION: JSON.stringify(configuration),
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      AWS_ENDPOINT_URL_ROLESANYWHERE: this.urls[0],
      AWS_ENDPOINT_URL_S3: this.urls[1],
    };
  }

  /** An event as CloudFormation sends it. */
  public cloudFormationEvent(type: 'Create' | 'Update' | 'Delete', more: object = {}): object {
    return {
      RequestType: type,
      ResponseURL: `${this.urls[3]}/answers?X-Amz-Signature=do-not-log`,
      StackId: 'arn:aws:cloudformation:eu-west-2:111122223333:stack/Hosts/1',
      RequestId: 'request-1',
      LogicalResourceId: 'RevocationSync',
      ResourceProperties: {},
      ...(type === 'Create' ? {} : { PhysicalResourceId: 'Hosts-Revocation' }),
      ...more,
    };
  }

  // ---- what a test looks at

  /** What is imported, in the order of creation. */
  public lists(): ListInService[] {
    return this.management.state.crls.all().map(({ id, tags, properties: { name, enabled, crlData, trustAnchorArn } }) => ({
      id, name, enabled, pem: Buffer.from(crlData ?? []).toString(), tags: Object.fromEntries(tags), trustAnchorArn,
    }));
  }

  /** The calls since the last time that change something. */
  public takeWrites(): string[] {
    return this.calls.splice(0).map(({ operation }) => operation).filter((operation) => !/^(List|Get)/.test(operation));
  }

  /** Imports a list as somebody else would. */
  public importByHand(pem: string, tags: Readonly<Record<string, string>> = {}, trustAnchorArn = this.trustAnchorArn): string {
    const { status, body } = this.management.handle({
      method: 'POST',
      path: '/crls',
      body: JSON.stringify({
        name: 'by hand',
        enabled: true,
        trustAnchorArn,
        crlData: Buffer.from(pem).toString('base64'),
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      }),
    });
    if (status !== 201) {
      throw new Error(body);
    }
    return JSON.parse(body).crl.crlId;
  }

  // ---- servers

  private serveManagement(request: IncomingMessage, response: ServerResponse): void {
    collect(request, (body) => {
      const [path, query] = request.url!.split('?');
      const proceed = () => this.management.handle({ method: request.method!, path, query, headers: request.headers, body });
      const operation = operationOf(request.method!, path);
      const answer = this.intercept?.(operation, proceed) ?? proceed();
      if (answer === 'hang up') {
        this.calls.push({ operation, status: 0 });
        request.socket.destroy();
        return;
      }
      this.calls.push({ operation, status: answer.status });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  }

  private serveObject(request: IncomingMessage, response: ServerResponse): void {
    const key = decodeURIComponent(request.url!.split('?')[0].substring(1));
    this.fetched.push(`${request.method} s3://${key}`);
    const bytes = this.objects.get(key);
    if (!bytes) {
      response.writeHead(404, { 'Content-Type': 'application/xml' })
        .end('<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>');
      return;
    }
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    const isSame = request.headers['if-none-match'] === etag;
    response.writeHead(isSame ? 304 : 200, { ETag: etag }).end(isSame ? undefined : bytes);
  }

  private servePage(request: IncomingMessage, response: ServerResponse): void {
    this.fetched.push(`${request.method} ${request.url}`);
    const page = this.pages.get(request.url!.split('?')[0]);
    if (page) {
      page(request, response);
    } else {
      response.writeHead(404).end('not found');
    }
  }

  private takeAnswer(request: IncomingMessage, response: ServerResponse): void {
    collect(request, (body) => {
      const failure = this.answerFailures.shift();
      if (failure === undefined) {
        this.answers.push({ url: request.url!, contentType: request.headers['content-type'], body: JSON.parse(body.toString()) });
      }
      response.writeHead(request.method === 'PUT' ? failure ?? 200 : 405).end();
    });
  }
}

function collect(request: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => then(Buffer.concat(chunks)));
}

const OPERATIONS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^POST \/crls$/, 'ImportCrl'],
  [/^GET \/crls$/, 'ListCrls'],
  [/^PATCH \/crl\//, 'UpdateCrl'],
  [/^DELETE \/crl\//, 'DeleteCrl'],
  [/^POST \/crl\/.*\/enable$/, 'EnableCrl'],
  [/^GET \/trustanchor\//, 'GetTrustAnchor'],
  [/^GET \/ListTagsForResource$/, 'ListTagsForResource'],
];

function operationOf(method: string, path: string): string {
  return OPERATIONS.find(([pattern]) => pattern.test(`${method} ${path}`))?.[1] ?? `${method} ${path}`;
}
