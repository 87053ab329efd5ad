/** Calls CreateSession for an identity: checks first what can be checked here, tries again what may succeed, and says what went wrong. */
import { connectionFailure } from './connection-error';
import { CredentialsError, oneLine } from './errors';
import type { ConnectionOptions, Host, HttpRequest, HttpResponse } from './host';
import type { Identity } from './identity';
import { MISMATCH_REMEDY, readFile } from './identity-files';
import { proxyFor } from './proxy';
import { clockSkew, Credentials, isThrottling, readCredentials, readServiceError, serviceFailure } from './response';
import { DEFAULT_LIMITS, Outcome, parseRetryAfter, withRetries } from './retry';
import { SessionTarget, sessionTarget } from './session-target';
import { describeKey, verifySignature } from '../create-session/algorithms';
import type { SessionArns } from '../create-session/arn';
import { buildCreateSessionRequest, SignedRequest } from '../create-session/sign';
import type { Certificate } from '../x509';

/** What is asked of which endpoint, and how it is reached. */
export interface SessionOptions extends SessionArns {
  /** Seconds that the credentials are to last, 900 to 43200. @default - the profile's duration */
  readonly sessionDuration?: number;
  /** Name of the session, which only profiles with acceptRoleSessionName take. @default - the certificate's serial number */
  readonly roleSessionName?: string;
  /** @default - the trust anchor's */
  readonly region?: string;
  /** `https://host[:port]`. @default - the service's endpoint in the Region */
  readonly endpoint?: string;
  /** @default false */
  readonly fips?: boolean;
  /** @default false */
  readonly dualStack?: boolean;
  /** Whether the endpoint's certificate is checked. @default true */
  readonly verifyTls?: boolean;
  /** Path of a PEM file of the CAs to trust for TLS, instead of the usual ones. @default - that of AWS_CA_BUNDLE */
  readonly caBundle?: string;
  /** URL of a proxy. @default - that of HTTPS_PROXY or HTTP_PROXY, but for NO_PROXY */
  readonly proxy?: string;
  /** Milliseconds for the whole call, with all its attempts. @default 30000 */
  readonly deadline?: number;
  /** How often the call is tried. @default 3 */
  readonly attempts?: number;
}

/** Is told what happens. Texts are made only if somebody wants them; none holds a secret. */
export interface SessionObserver {
  debug(text: () => string): Promise<void>;
  warn(text: string): Promise<void>;
}

/**
 * Checks that a certificate is within its validity.
 *
 * @throws CredentialsError `CERTIFICATE_EXPIRED`, `CERTIFICATE_NOT_YET_VALID`
 */
export function checkValidity({ notBefore, notAfter }: Certificate, source: string, now: Date): void {
  const clock = `this host's clock says ${now.toISOString()}`;
  if (now < notBefore) {
    throw new CredentialsError('CERTIFICATE_NOT_YET_VALID', `the certificate in ${source} is valid from ${notBefore.toISOString()} only; ${clock}`);
  }
  if (now > notAfter) {
    throw new CredentialsError('CERTIFICATE_EXPIRED',
      `the certificate in ${source} expired at ${notAfter.toISOString()}; ${clock}; have a new one issued`);
  }
}

const SILENT: SessionObserver = { debug: async () => undefined, warn: async () => undefined };

/** Calls CreateSession as often as it is told to, and remembers how far this host's clock is off. */
export class CreateSessionClient {
  public readonly target: SessionTarget;
  /** Seconds that this host's clock is ahead of the service's, once an answer has shown it. */
  private skew = 0;

  /**
   * @param userAgent what the service's logs call this program: `roles-anywhere-signer/1.0.0`
   * @throws CreateSessionError as {@link sessionTarget}
   */
  public constructor(
    private readonly host: Host, private readonly options: SessionOptions, private readonly userAgent: string,
    private readonly observer: SessionObserver = SILENT,
  ) {
    this.target = sessionTarget(options);
  }

  /**
   * Makes a session.
   *
   * @throws CredentialsError, CreateSessionError
   */
  public async create(identity: Identity): Promise<Credentials> {
    this.forgetImplausibleSkew(identity.certificate);
    checkValidity(identity.certificate, identity.certificateSource, this.now());
    const caBundle = await this.readCaBundle();
    const limits = { attempts: this.options.attempts ?? DEFAULT_LIMITS.attempts, deadline: this.options.deadline ?? DEFAULT_LIMITS.deadline };
    // Once for each call and not for good: a clock may be set right while the process runs.
    let mayCorrect = true;
    return withRetries(this.host, limits, async (number, timeout) => {
      const connection = { verifyTls: this.options.verifyTls ?? true, caBundle, timeout };
      let { outcome, response } = await this.attempt(identity, connection, number === 1);
      if (!outcome.done && mayCorrect && await this.correctClock(response)) {
        mayCorrect = false;
        ({ outcome, response } = await this.attempt(identity, connection, false));
      }
      await this.observer.debug(() => `attempt ${number}: ${outcome.done ? 'credentials received' : oneLine(outcome.error.message)}`);
      return outcome;
    });
  }

  /** The clock as far as it has been corrected. */
  private now(): Date {
    return new Date(this.host.now().getTime() - this.skew * 1000);
  }

  /**
   * A Date that would put the certificate out of its validity, while this host's clock would not, came from something in between whose own
   * clock is wrong. Without this, a process that runs for long would never call again, and so never learn better.
   */
  private forgetImplausibleSkew({ notBefore, notAfter }: Certificate): void {
    const isWithin = (time: Date) => time >= notBefore && time <= notAfter;
    if (!isWithin(this.now()) && isWithin(this.host.now())) {
      this.skew = 0;
    }
  }

  /** As AWS's own clients do, the bundle replaces the CAs that are trusted otherwise. */
  private async readCaBundle(): Promise<string | undefined> {
    const [path, origin] = this.options.caBundle === undefined ? [this.host.env.AWS_CA_BUNDLE, 'AWS_CA_BUNDLE'] : [this.options.caBundle, 'CA bundle'];
    return path ? new TextDecoder().decode(await readFile(this.host, path, origin)) : undefined;
  }

  /** Whether the Date of an answer shows that this host's clock, as far as it has been corrected, is wrong; then it is corrected. */
  private async correctClock(response: HttpResponse | undefined): Promise<boolean> {
    // A wrong date is a reason to refuse. Other failures, which boxes in between answer with too, say nothing of it.
    const isRefusal = response !== undefined && response.status >= 400 && response.status < 500 && response.status !== 429;
    const skew = isRefusal ? clockSkew(response, this.now()) : undefined;
    if (skew === undefined) {
      return false;
    }
    this.skew += skew;
    await this.observer.warn(this.skew === 0 ? 'this host\'s clock has been set right'
      : `this host's clock is ${Math.abs(this.skew)} seconds ${this.skew > 0 ? 'ahead of' : 'behind'} the service's; `
        + 'requests are dated by the service\'s clock, but set this one right');
    return true;
  }

  /** The date is signed, so each attempt is a request of its own. */
  private async attempt(
    identity: Identity, connection: ConnectionOptions, isFirst: boolean,
  ): Promise<{ readonly outcome: Outcome<Credentials>; readonly response?: HttpResponse }> {
    const { roleArn, profileArn, trustAnchorArn, sessionDuration, roleSessionName } = this.options;
    const parameters = { roleArn, profileArn, trustAnchorArn, durationSeconds: sessionDuration, roleSessionName };
    const request = await buildCreateSessionRequest(parameters, identity, { ...this.target, date: this.now() });
    if (isFirst) {
      await checkKeyBelongs(request, identity);
      await this.observer.debug(() => `canonical request:\n${request.canonicalRequest}\nstring to sign:\n${request.stringToSign}`);
    }
    const proxy = proxyFor(new URL(request.url), this.host.env, this.options.proxy);
    let response: HttpResponse;
    try {
      response = await this.host.send(this.toHttp(request), { ...connection, proxy });
    } catch (cause) {
      return { outcome: { done: false, ...connectionFailure(cause, new URL(request.url), proxy) } };
    }
    return { response, outcome: this.judge(response) };
  }

  private toHttp(request: SignedRequest): HttpRequest {
    const { host: _host, ...headers } = request.headers;
    return { method: request.method, url: request.url, body: request.body, headers: { ...headers, 'user-agent': this.userAgent } };
  }

  private judge(response: HttpResponse): Outcome<Credentials> {
    if (response.status >= 200 && response.status < 300) {
      return { done: true, value: readCredentials(response) };
    }
    const retry = response.status >= 500 || isThrottling(response.status, readServiceError(response).type);
    const now = this.now();
    return { done: false, error: serviceFailure(response, now), retry, retryAfter: parseRetryAfter(response.header('retry-after'), now) };
  }
}

/** The service would say "Invalid signature"; here the files can be named. */
async function checkKeyBelongs(request: SignedRequest, identity: Identity): Promise<void> {
  const { certificate, chain, certificateSource, keySource } = identity;
  const message = new TextEncoder().encode(request.stringToSign);
  if (await verifySignature(certificate, message, request.signature)) {
    return;
  }
  const others = await Promise.all(chain.map(async (other) => other.publicKey.kind === certificate.publicKey.kind
    && describeKey(other.publicKey) === describeKey(certificate.publicKey) && verifySignature(other, message, request.signature)));
  const owner = chain[others.indexOf(true)];
  throw new CredentialsError('KEY_CERTIFICATE_MISMATCH',
    `the private key in ${keySource} does not belong to the certificate ${oneLine(certificate.subject.toString(), 200)} in ${certificateSource}`
    + (owner ? `, but to ${oneLine(owner.subject.toString(), 200)} further down; put the host's own certificate first` : `; ${MISMATCH_REMEDY}`));
}
