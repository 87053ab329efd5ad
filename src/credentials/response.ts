/** Makes credentials of the service's answer, or an error with the service's own words and what they mean. */
import { CredentialsError, CredentialsErrorCode, oneLine } from './errors';
import { HttpResponse } from './host';

/** Credentials as the service returns them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** RFC 3339, as the service wrote it. */
  readonly expiration: string;
  /** ARN of the session, `arn:aws:sts::111122223333:assumed-role/Uploader/0123`; undefined where the answer has none. */
  readonly assumedRoleArn?: string;
}

/**
 * Reads a 2xx answer.
 *
 * @throws CredentialsError `UNEXPECTED_RESPONSE` where no credentials are in it; the message never quotes the body
 */
export function readCredentials(response: HttpResponse): Credentials {
  let answer: unknown;
  try {
    answer = JSON.parse(response.body);
  } catch {
    throw unexpected(response, 'an answer that is not JSON; is it another server?');
  }
  const set = first(member(answer, 'credentialSet'));
  const credentials = member(set, 'credentials');
  const [accessKeyId, secretAccessKey, sessionToken, expiration] = ['accessKeyId', 'secretAccessKey', 'sessionToken', 'expiration'].map((name) => {
    const value = member(credentials, name);
    if (typeof value !== 'string' || value === '') {
      throw unexpected(response, `an answer without ${name}`);
    }
    return value;
  });
  const assumedRoleArn = member(member(set, 'assumedRoleUser'), 'arn');
  return { accessKeyId, secretAccessKey, sessionToken, expiration, ...(typeof assumedRoleArn === 'string' ? { assumedRoleArn } : {}) };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function unexpected(response: HttpResponse, what: string): CredentialsError {
  return new CredentialsError('UNEXPECTED_RESPONSE', `the endpoint returned ${what} (HTTP ${response.status})`);
}

/** What an answer that is no success says about itself. */
export interface ServiceError {
  /** `AccessDeniedException`; empty where the answer names none. */
  readonly type: string;
  readonly message: string;
  readonly requestId?: string;
}

/** Reads type and message from where AWS services put them. */
export function readServiceError(response: HttpResponse): ServiceError {
  let body: unknown;
  try {
    body = JSON.parse(response.body);
  } catch {
    // Proxies and load balancers answer in HTML.
    body = undefined;
  }
  const type = response.header('x-amzn-errortype') ?? member(body, 'code') ?? member(body, '__type');
  const message = member(body, 'message') ?? member(body, 'Message');
  return {
    // "namespace#Type:url" in its fullest form.
    type: typeof type === 'string' ? oneLine(type.split(':')[0].replace(/^.*#/, ''), 100) : '',
    message: typeof message === 'string' ? oneLine(message) : '',
    requestId: response.header('x-amzn-requestid') === undefined ? undefined : oneLine(response.header('x-amzn-requestid')!, 100),
  };
}

/** What an answer of the service means for the person in front of the machine. */
export interface ServiceExplanation {
  /** Why the service answers so. */
  readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Whether it is for what the certificate says, so that its subject helps. @default false */
  readonly dependsOnCertificate?: boolean;
}

/** Cause and way out for messages of the service that people have met; the first that fits is used. */
const EXPLANATIONS: ReadonlyArray<readonly [RegExp, ServiceExplanation]> = [
  [/untrusted signing certificate/i, {
    cause: 'no path leads from the certificate to the trust anchor',
    remedy: 'send the intermediate certificates (after the certificate in its file, or with --intermediates), '
      + 'and check that the trust anchor holds the CA that issued the certificate',
  }],
  [/insufficient certificate/i, {
    cause: 'the certificate itself does not qualify: it has to be X.509 version 3 with keyUsage digitalSignature, no CA, a subject, '
      + 'and signed with SHA-256 or stronger',
    remedy: 'have one issued that does',
  }],
  [/incorrect basic constraints/i, {
    cause: 'the certificate or its chain has wrong basicConstraints',
    remedy: 'have them issued again: CA certificates need CA:TRUE, a host\'s certificate must not have it',
  }],
  [/certificate revoked/i, {
    cause: 'a certificate revocation list of the trust anchor names this certificate',
    remedy: 'have a new one issued',
  }],
  [/trust anchor is disabled/i, { cause: 'someone switched the trust anchor off', remedy: 'enable it' }],
  [/profile is disabled/i, { cause: 'someone switched the profile off', remedy: 'enable it' }],
  [/invalid or empty profile/i, {
    cause: 'the profile does not exist in this Region, or lists no role',
    remedy: 'check --profile-arn, and that the profile lists the role',
  }],
  [/isn't one of those listed in the profile/i, {
    cause: 'the profile does not list the role',
    remedy: 'add the role to the profile, or use a profile that lists it',
  }],
  [/not authorized to set rolesessionname/i, {
    cause: 'the profile does not let hosts choose the name of their session',
    remedy: 'leave out --role-session-name, or set acceptRoleSessionName on the profile',
  }],
  [/failed to be mapped into session tags/i, {
    cause: 'an attribute of the certificate has characters that session tags cannot have',
    remedy: 'change the certificate, or take the attribute out of the profile\'s mappings',
  }],
  [/exceeds the maxsessionduration/i, {
    cause: 'the session would last longer than the role allows',
    remedy: 'ask for less with --session-duration, shorten the profile\'s duration, or raise the role\'s maximum session duration',
  }],
  [/unable to assume role/i, {
    cause: 'the role\'s trust policy does not let this certificate in',
    remedy: 'most often the trust policy\'s condition on the certificate does not fit this one: compare it with the certificate\'s subject '
      + '(roles-anywhere-signer read-certificate-data), or have whoever has the CDK app run "cdk-roles-anywhere explain --certificate FILE", '
      + 'which names the condition; otherwise one of the actions sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity, '
      + 'or the trust anchor in aws:SourceArn, is missing',
    dependsOnCertificate: true,
  }],
  [/invalid signature/i, {
    cause: 'the request changed on its way, or the endpoint is not the one of the Region that was signed for',
    remedy: 'check --endpoint, --region and proxies',
  }],
];

/** Cause and way out of a message of the service; undefined where it is not a known one. */
export function explainServiceMessage(message: string): ServiceExplanation | undefined {
  return EXPLANATIONS.find(([pattern]) => pattern.test(message))?.[1];
}

/** The service answered, and not with credentials. */
export class ServiceFailure extends CredentialsError {
  public readonly service: ServiceError;
  public readonly status: number;
  /** What it means; undefined for answers that nobody has described. */
  public readonly explanation?: ServiceExplanation;

  public constructor(code: CredentialsErrorCode, message: string, answer: Pick<ServiceFailure, 'service' | 'status' | 'explanation'>) {
    super(code, message);
    this.name = 'ServiceFailure';
    this.service = answer.service;
    this.status = answer.status;
    this.explanation = answer.explanation;
  }
}

/** More than this between the two clocks is worth a word; the service allows five minutes. */
const NOTABLE_SKEW_SECONDS = 240;

/**
 * The error for an answer that is neither success nor worth another try.
 *
 * @param now this host's clock, to be compared with the answer's Date
 */
export function serviceFailure(response: HttpResponse, now: Date): ServiceFailure {
  const service = readServiceError(response);
  const { type, message, requestId } = service;
  const { status } = response;
  const explanation = explain(status, type, message);
  const code = isThrottling(status, type) ? 'THROTTLED'
    : status >= 500 ? 'SERVICE_FAILED'
      // What names no type is from something in between, which can refuse nothing in the service's name.
      : status >= 400 && (type !== '' || explainServiceMessage(message) !== undefined) ? 'SERVICE_REFUSED' : 'UNEXPECTED_RESPONSE';
  const said = [type, message].filter(Boolean).join(': ') || 'an answer without a message';
  const details = [`HTTP ${status}`, ...(requestId ? [`request ${requestId}`] : [])].join(', ');
  const hints = [explanation && `${explanation.cause}; ${explanation.remedy}`, clockHint(response, now)].filter(Boolean);
  return new ServiceFailure(code, [`${said} (${details})`, ...hints].join('; '), { service, status, explanation });
}

/** Whether an answer says that there are too many calls. */
export function isThrottling(status: number, type: string): boolean {
  return status === 429 || /^Throttl|^TooManyRequests/.test(type);
}

function explain(status: number, type: string, message: string): ServiceExplanation | undefined {
  const known = explainServiceMessage(message);
  if (known) {
    return known;
  }
  if (/ResourceNotFound/.test(type)) {
    return {
      cause: 'trust anchor or profile do not exist in this account and Region',
      remedy: 'check --trust-anchor-arn and --profile-arn',
    };
  }
  if (isThrottling(status, type)) {
    return {
      cause: 'Roles Anywhere limits calls by account, by certificate and by source address',
      remedy: 'spread the hosts\' calls, or keep credentials for longer',
    };
  }
  if (status >= 300 && status < 400) {
    return { cause: 'redirects are not followed', remedy: 'check --endpoint' };
  }
  return type === '' && status !== 503
    ? { cause: 'the answer does not look like one of AWS', remedy: 'check --endpoint and proxies' } : undefined;
}

function clockHint(response: HttpResponse, now: Date): string | undefined {
  const skew = clockSkew(response, now);
  return skew === undefined ? undefined
    : `this host's clock is ${Math.abs(skew)} seconds ${skew > 0 ? 'ahead of' : 'behind'} the service's: set it right`;
}

/**
 * How far this host's clock is ahead of the one that wrote an answer's Date, in seconds; undefined where there is no Date, or not enough of a
 * difference to matter.
 */
export function clockSkew(response: HttpResponse, now: Date): number | undefined {
  const skew = Math.round((now.getTime() - Date.parse(response.header('date') ?? '')) / 1000);
  return Math.abs(skew) >= NOTABLE_SKEW_SECONDS ? skew : undefined;
}
