/** Fetches a list from a distribution point by http or https: bounded in time, size and redirects, and never with credentials. */
import { ClientRequest, IncomingMessage, request as httpRequest, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isPlainUrl } from './configuration';
import { SyncError } from './errors';
import { Fetched, MAX_BODY_BYTES, readBody, Source, tooLarge, Validators } from './source';

const REDIRECTS = [301, 302, 303, 307, 308];
const NOT_THERE = [404, 410];

/** A URL for logs: query strings carry signatures and tokens, so they stay out. */
export function describeUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/** One URL of a distribution point. */
export class UrlSource implements Source {
  public readonly label: string;
  private readonly url: URL;

  /** @param url of http or https, without user name and password */
  public constructor(url: string, private readonly maxRedirects: number) {
    this.url = new URL(url);
    this.label = describeUrl(this.url);
  }

  public async fetch(signal: AbortSignal, validators: Validators = {}): Promise<Fetched> {
    try {
      return await this.follow({ headers: headersFor(validators), signal });
    } catch (error) {
      throw error instanceof SyncError ? error : new SyncError('FETCH_FAILED', `${this.label} could not be fetched: ${describeFailure(error as Error)}`);
    }
  }

  private async follow(options: RequestOptions): Promise<Fetched> {
    let url = this.url;
    for (let redirects = 0; redirects <= this.maxRedirects; redirects++) {
      const response = await send(url, options);
      if (!REDIRECTS.includes(response.statusCode ?? 0)) {
        return this.read(response);
      }
      response.destroy();
      url = redirectTarget(url, response.headers.location);
    }
    throw new SyncError('FETCH_REDIRECTS', `${this.label} redirects more than ${this.maxRedirects} times; give the URL at the end of the redirects`);
  }

  private async read(response: IncomingMessage): Promise<Fetched> {
    const { statusCode, headers } = response;
    if (statusCode === 304) {
      response.destroy();
      return { notModified: true };
    }
    const refused = this.whyUnusable(response);
    if (refused) {
      response.destroy();
      throw refused;
    }
    const body = await readBody(response, this.label);
    return { notModified: false, body, validators: { etag: headers.etag, lastModified: headers['last-modified'] } };
  }

  private whyUnusable({ statusCode, headers }: IncomingMessage): SyncError | undefined {
    if (NOT_THERE.includes(statusCode ?? 0)) {
      return new SyncError('FETCH_NOT_FOUND', `${this.label} is not there (status ${statusCode})`);
    }
    if (statusCode !== 200) {
      return new SyncError('FETCH_FAILED', `${this.label} answered with status ${statusCode}`);
    }
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      return new SyncError('FETCH_FAILED', `${this.label} sends the list compressed though that was not asked for (Content-Encoding); have it sent as it is`);
    }
    return Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES ? tooLarge(this.label) : undefined;
  }
}

function redirectTarget(from: URL, location = ''): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!location || !target || !isPlainUrl(target)) {
    throw new SyncError('FETCH_REDIRECTS', `${describeUrl(from)} redirects to no place of http or https, or to one with a user name`);
  }
  return target;
}

function headersFor({ etag, lastModified }: Validators): Record<string, string> {
  return {
    'Accept': 'application/pkix-crl, */*;q=0.5',
    'Accept-Encoding': 'identity',
    'User-Agent': 'cdk-roles-anywhere-crl-sync',
    ...(etag === undefined ? {} : { 'If-None-Match': etag }),
    ...(lastModified === undefined ? {} : { 'If-Modified-Since': lastModified }),
  };
}

/** The answer as far as its headers. */
function send(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    // A connection of its own: one that idles while Lambda freezes the process is dead when it is used again.
    const request: ClientRequest = (secure ? httpsRequest : httpRequest)(url, { ...options, agent: false }, resolve);
    request.on('error', reject);
    request.end();
  });
}

/** In words that do not have the URL in them: ECONNREFUSED, CERT_HAS_EXPIRED. */
function describeFailure({ code, message }: NodeJS.ErrnoException): string {
  return code ?? message;
}
