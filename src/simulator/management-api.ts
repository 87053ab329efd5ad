/** The management API of IAM Roles Anywhere: revocation lists, tags, and what switches trust anchors and profiles off, over HTTP. */
import { AccountState } from './account-state';
import { ManagementError, throttled, unknownOperation } from './management-errors';
import { readBody } from './management-input';
import { OperationName, OPERATIONS } from './management-operations';
import { AssemblyModel } from './model';
import { printable } from './printable';
import { SIMULATION_NOTICE } from './report';

/** A request as it came over the wire. */
export interface ManagementRequest {
  readonly method: string;
  /** The path, undecoded and without the query. */
  readonly path: string;
  /**
   * The query, undecoded and without the question mark.
   *
   * @default - none
   */
  readonly query?: string;
  /**
   * The headers; only `Authorization` is looked at, for the region that it names.
   *
   * @default - none, and then resources of every region are there
   */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** @default - none */
  readonly body?: string | Uint8Array;
}

/** An answer, for any HTTP server to send. */
export interface ManagementResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>> & { readonly 'Content-Type': string };
  /** JSON. */
  readonly body: string;
  /**
   * The operation that was called, for logs.
   *
   * @default - there is no such operation
   */
  readonly operation?: string;
  /**
   * Type and message of the error, for logs.
   *
   * @default - the operation succeeded
   */
  readonly error?: string;
}

/** How the API is to behave. */
export interface ManagementApiOptions {
  /**
   * The resources that it shows and changes.
   *
   * @default - those of the model, as if they had just been deployed
   */
  readonly state?: AccountState;
  /**
   * Whether requests are held to the quota: one a second for each of trust anchors, profiles, subjects, tags and revocation lists (User
   * Guide, "Quotas"). What comes faster is answered with a `ThrottlingException`.
   *
   * @default false
   */
  readonly throttle?: boolean;
  /**
   * The clock for times of creation and change, and for throttling.
   *
   * @default - the machine's
   */
  readonly clock?: () => Date;
  /**
   * How many items a page of a list has where the request does not say. What the service does is not documented; a small number shows
   * whether a client reads further pages.
   *
   * @default 10
   */
  readonly defaultPageSize?: number;
}

/** What shares one quota of requests. */
type Family = 'trust anchor' | 'profile' | 'subject' | 'tagging' | 'CRL';

/** An operation of the API and how it is called (API model, 2018-05-10). */
interface Route {
  readonly operation: string;
  readonly method: string;
  /** The path with `{id}` where the id is. */
  readonly path: string;
  readonly family: Family;
  /** @default 200 */
  readonly status?: number;
}

const ROUTES: readonly Route[] = [
  { operation: 'ImportCrl', method: 'POST', path: '/crls', family: 'CRL', status: 201 },
  { operation: 'ListCrls', method: 'GET', path: '/crls', family: 'CRL' },
  { operation: 'GetCrl', method: 'GET', path: '/crl/{id}', family: 'CRL' },
  { operation: 'UpdateCrl', method: 'PATCH', path: '/crl/{id}', family: 'CRL' },
  { operation: 'DeleteCrl', method: 'DELETE', path: '/crl/{id}', family: 'CRL' },
  { operation: 'EnableCrl', method: 'POST', path: '/crl/{id}/enable', family: 'CRL' },
  { operation: 'DisableCrl', method: 'POST', path: '/crl/{id}/disable', family: 'CRL' },
  { operation: 'CreateTrustAnchor', method: 'POST', path: '/trustanchors', family: 'trust anchor' },
  { operation: 'ListTrustAnchors', method: 'GET', path: '/trustanchors', family: 'trust anchor' },
  { operation: 'GetTrustAnchor', method: 'GET', path: '/trustanchor/{id}', family: 'trust anchor' },
  { operation: 'UpdateTrustAnchor', method: 'PATCH', path: '/trustanchor/{id}', family: 'trust anchor' },
  { operation: 'DeleteTrustAnchor', method: 'DELETE', path: '/trustanchor/{id}', family: 'trust anchor' },
  { operation: 'EnableTrustAnchor', method: 'POST', path: '/trustanchor/{id}/enable', family: 'trust anchor' },
  { operation: 'DisableTrustAnchor', method: 'POST', path: '/trustanchor/{id}/disable', family: 'trust anchor' },
  { operation: 'PutNotificationSettings', method: 'PATCH', path: '/put-notifications-settings', family: 'trust anchor' },
  { operation: 'ResetNotificationSettings', method: 'PATCH', path: '/reset-notifications-settings', family: 'trust anchor' },
  { operation: 'CreateProfile', method: 'POST', path: '/profiles', family: 'profile' },
  { operation: 'ListProfiles', method: 'GET', path: '/profiles', family: 'profile' },
  { operation: 'GetProfile', method: 'GET', path: '/profile/{id}', family: 'profile' },
  { operation: 'UpdateProfile', method: 'PATCH', path: '/profile/{id}', family: 'profile' },
  { operation: 'DeleteProfile', method: 'DELETE', path: '/profile/{id}', family: 'profile' },
  { operation: 'EnableProfile', method: 'POST', path: '/profile/{id}/enable', family: 'profile' },
  { operation: 'DisableProfile', method: 'POST', path: '/profile/{id}/disable', family: 'profile' },
  { operation: 'PutAttributeMapping', method: 'PUT', path: '/profiles/{id}/mappings', family: 'profile' },
  { operation: 'DeleteAttributeMapping', method: 'DELETE', path: '/profiles/{id}/mappings', family: 'profile' },
  { operation: 'ListSubjects', method: 'GET', path: '/subjects', family: 'subject' },
  { operation: 'GetSubject', method: 'GET', path: '/subject/{id}', family: 'subject' },
  { operation: 'TagResource', method: 'POST', path: '/TagResource', family: 'tagging', status: 201 },
  { operation: 'UntagResource', method: 'POST', path: '/UntagResource', family: 'tagging' },
  { operation: 'ListTagsForResource', method: 'GET', path: '/ListTagsForResource', family: 'tagging' },
];

/** A route with the id that a path has for it. */
interface RoutedRequest {
  readonly route: Route;
  readonly id: string;
}

function routeOf(method: string, path: string): RoutedRequest | undefined {
  const segments = path.split('/');
  for (const route of ROUTES) {
    const pattern = route.path.split('/');
    if (route.method === method && pattern.length === segments.length
      && pattern.every((part, i) => part === segments[i] || (part === '{id}' && segments[i] !== ''))) {
      return { route, id: decodeSegment(segments[pattern.indexOf('{id}')] ?? '') };
    }
  }
  return undefined;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) {
      return segment;
    }
    throw error;
  }
}

/** Whether a request is one of the management API, also if the simulator does not support the operation. */
export function isManagementRequest(method: string, path: string): boolean {
  return routeOf(method, path) !== undefined;
}

/** Milliseconds between two requests of one family. */
const THROTTLE_INTERVAL = 1_000;

/** The quota of requests, for each family by itself. */
class Throttle {
  private readonly last = new Map<Family, number>();

  /** Takes one request on, or says that it comes too early. A request that is refused does not put off the next one. */
  public admits(family: Family, now: number): boolean {
    const last = this.last.get(family);
    if (last !== undefined && now - last < THROTTLE_INTERVAL) {
      return false;
    }
    this.last.set(family, now);
    return true;
  }
}

/**
 * Answers the management API of IAM Roles Anywhere for a deployment that exists only here.
 *
 * It imports, updates, lists, enables, disables and deletes revocation lists, tags resources, and shows, enables and disables trust anchors
 * and profiles. Creating or changing these otherwise is not supported, because the templates say what there is.
 *
 * The signature of requests (SigV4) is not verified, and whatever signs them is allowed to do everything: no IAM policy is evaluated. Of the
 * `Authorization` header only the region is read.
 *
 * Revocation lists are looked at as to their form. A list that is of another CA, wrongly signed or out of date is imported, since nothing in
 * the service's documents says otherwise; it is CreateSession that will not trust it.
 */
export class ManagementApi {
  /** The resources, as every call sees and leaves them. */
  public readonly state: AccountState;
  private readonly counts = new Map<string, number>();
  private readonly throttle = new Throttle();
  private readonly clock: () => Date;

  /**
   * @param model what the templates state
   */
  public constructor(model: AssemblyModel, private readonly options: ManagementApiOptions = {}) {
    this.clock = options.clock ?? (() => new Date());
    this.state = options.state ?? new AccountState(model, this.clock());
  }

  /** How often each operation was called so far, calls that were refused included: `{ ListCrls: 2, UpdateCrl: 1 }`. */
  public get calls(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }

  /** Answers one request, whatever it is. */
  public handle(request: ManagementRequest): ManagementResponse {
    const routed = routeOf(request.method, request.path);
    if (!routed) {
      return errorResponse(unknownOperation(`There is no operation ${printable(request.method)} ${printable(request.path.slice(0, 200))}`));
    }
    const { operation } = routed.route;
    this.counts.set(operation, (this.counts.get(operation) ?? 0) + 1);
    try {
      return { ...this.carryOut(request, routed), operation };
    } catch (error) {
      if (error instanceof ManagementError) {
        return { ...errorResponse(error), operation };
      }
      throw error;
    }
  }

  private carryOut(request: ManagementRequest, { route, id }: RoutedRequest): ManagementResponse {
    const at = this.clock();
    if (this.options.throttle && !this.throttle.admits(route.family, at.getTime())) {
      throw throttled(route.family);
    }
    if (!isSupported(route.operation)) {
      throw unknownOperation(`${route.operation} is not supported by the simulator, because its resources come from the templates of the app`);
    }
    const body = OPERATIONS[route.operation]({
      state: this.state,
      region: signingRegion(request.headers ?? {}),
      id,
      query: new URLSearchParams(request.query ?? ''),
      input: () => readBody(request.body),
      at,
      defaultPageSize: this.options.defaultPageSize ?? 10,
    });
    return jsonResponse(route.status ?? 200, body);
  }
}

function isSupported(operation: string): operation is OperationName {
  return Object.hasOwn(OPERATIONS, operation);
}

/** The region in the credential scope of SigV4; undefined for a request that is not signed. */
function signingRegion(headers: NonNullable<ManagementRequest['headers']>): string | undefined {
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  const [, region] = /^AWS4-[A-Z0-9-]+ +Credential=[^/\s,]+\/[0-9]{8}\/([a-z0-9-]+)\/rolesanywhere\/aws4_request\b/.exec(String(value ?? '')) ?? [];
  return region;
}

function jsonResponse(status: number, body: object, headers: Record<string, string> = {}): ManagementResponse {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

function errorResponse({ status, type, message }: ManagementError): ManagementResponse {
  return {
    ...jsonResponse(status, { message, simulated: { notice: SIMULATION_NOTICE } }, { 'X-Amzn-ErrorType': type }),
    error: `${type}: ${message}`,
  };
}
