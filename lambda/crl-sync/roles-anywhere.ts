/** The calls of the service that the function makes: one at a time for each quota, again when throttled, with errors that say which. */
import {
  CrlDetail, DeleteCrlCommand, EnableCrlCommand, GetTrustAnchorCommand, ImportCrlCommand, ListCrlsCommand, ListTagsForResourceCommand,
  RolesAnywhereClient, RolesAnywhereClientConfig, Source, Tag, UpdateCrlCommand,
} from '@aws-sdk/client-rolesanywhere';
import { Deadline } from './deadline';
import { SyncError } from './errors';
import { withRetries } from './retry';

/** The service counts the requests of each of these together (User Guide, "Quotas"). */
type QuotaGroup = 'CRL' | 'trust anchor' | 'tagging';

/** Milliseconds for one request; lists of all trust anchors come in one answer. */
const REQUEST_TIMEOUT_MS = 20_000;

/** A list and its name are written together. */
export interface CrlContent {
  readonly name: string;
  /** PEM text. */
  readonly pem: string;
}

/** {@link RolesAnywhereApi} knows better what may be tried again. Clients of 2023 take `maxAttempts: 1` for a first attempt and one more. */
const ONE_ATTEMPT: RolesAnywhereClientConfig['retryStrategy'] = {
  acquireInitialRetryToken: async () => ({}) as never,
  refreshRetryTokenForRetry: () => Promise.reject(new Error('no other attempt')),
  recordSuccess: () => undefined,
};

/** A client for the Region of the trust anchor. Clients of 2023 do not read `AWS_ENDPOINT_URL_ROLESANYWHERE`, so it is read here. */
export function createClient(region: string, { AWS_ENDPOINT_URL_ROLESANYWHERE: endpoint }: NodeJS.ProcessEnv): RolesAnywhereClient {
  return new RolesAnywhereClient({ region, retryStrategy: ONE_ATTEMPT, ...(endpoint ? { endpoint } : {}) });
}

/** Thrown where the service, or the way to it, fails. */
export class ServiceCallError extends SyncError {
  public constructor(operation: string, public readonly reason: Error) {
    const denied = reason.name === 'AccessDeniedException' ? `; the role of this function has to allow rolesanywhere:${operation}` : '';
    super('SERVICE_ERROR', `${operation} failed: ${reason.name}: ${reason.message}${denied}`);
  }
}

/** The service, as seen in one run of the function. Each method throws a SyncError `SERVICE_ERROR`, `THROTTLED` or `OUT_OF_TIME`. */
export class RolesAnywhereApi {
  /** When each quota was last drawn on. */
  private readonly lastCalls = new Map<QuotaGroup, number>();

  public constructor(
    private readonly client: RolesAnywhereClient,
    private readonly deadline: Deadline,
    /** Milliseconds between two calls of a group. */
    private readonly interval: number,
  ) {}

  public async sourceOf(trustAnchorId: string): Promise<Source | undefined> {
    const { trustAnchor } = await this.call('trust anchor', 'GetTrustAnchor',
      (options) => this.client.send(new GetTrustAnchorCommand({ trustAnchorId }), options));
    return trustAnchor?.source;
  }

  /** The lists of every trust anchor of the account in the Region, page by page: the service does not filter. */
  public async* crls(): AsyncGenerator<CrlDetail, void, undefined> {
    let nextToken: string | undefined;
    do {
      const input = { nextToken };
      const page = await this.call('CRL', 'ListCrls', (options) => this.client.send(new ListCrlsCommand(input), options));
      yield* page.crls ?? [];
      nextToken = page.nextToken;
    } while (nextToken);
  }

  public async tags(resourceArn: string): Promise<Tag[]> {
    const { tags = [] } = await this.call('tagging', 'ListTagsForResource',
      (options) => this.client.send(new ListTagsForResourceCommand({ resourceArn }), options));
    return tags;
  }

  /** Not repeated after a failure that leaves open whether there is a list now: that would make a second one. */
  public async importCrl(trustAnchorArn: string, { name, pem }: CrlContent, tags: Tag[]): Promise<CrlDetail> {
    const command = new ImportCrlCommand({ name, crlData: Buffer.from(pem), trustAnchorArn, enabled: true, tags });
    const { crl } = await this.call('CRL', 'ImportCrl', (options) => this.client.send(command, options), false);
    return crl as CrlDetail;
  }

  public async updateCrl(crlId: string, { name, pem }: CrlContent): Promise<CrlDetail> {
    const command = new UpdateCrlCommand({ crlId, name, crlData: Buffer.from(pem) });
    const { crl } = await this.call('CRL', 'UpdateCrl', (options) => this.client.send(command, options));
    return crl as CrlDetail;
  }

  public async enableCrl(crlId: string): Promise<void> {
    await this.call('CRL', 'EnableCrl', (options) => this.client.send(new EnableCrlCommand({ crlId }), options));
  }

  public async deleteCrl(crlId: string): Promise<void> {
    await this.call('CRL', 'DeleteCrl', (options) => this.client.send(new DeleteCrlCommand({ crlId }), options));
  }

  private async call<T>(
    group: QuotaGroup, operation: string, send: (options: { abortSignal: AbortSignal }) => Promise<T>, isIdempotent = true,
  ): Promise<T> {
    const { deadline, interval } = this;
    try {
      return await withRetries({ operation, pause: interval, deadline, isIdempotent }, async () => {
        await deadline.wait(Math.max(0, (this.lastCalls.get(group) ?? 0) + interval - Date.now()), operation);
        this.lastCalls.set(group, Date.now());
        return send({ abortSignal: deadline.signal(REQUEST_TIMEOUT_MS) });
      });
    } catch (error) {
      throw error instanceof SyncError ? error : new ServiceCallError(operation, error as Error);
    }
  }
}
