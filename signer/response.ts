/** Makes credentials of the service's answer, or an error with the service's own words and what they mean. */
import { oneLine, SignerError } from './errors';
import { HttpResponse } from './platform';

/** Credentials as the service returns them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** RFC 3339, as the service wrote it. */
  readonly expiration: string;
}

/**
 * Reads a 2xx answer.
 *
 * @throws SignerError `UNEXPECTED_RESPONSE` where no credentials are in it; the message never quotes the body
 */
export function readCredentials(response: HttpResponse): Credentials {
  let answer: unknown;
  try {
    answer = JSON.parse(response.body);
  } catch {
    throw unexpected(response, 'an answer that is not JSON; is it another server?');
  }
  const credentials = member(first(member(answer, 'credentialSet')), 'credentials');
  const [accessKeyId, secretAccessKey, sessionToken, expiration] = ['accessKeyId', 'secretAccessKey', 'sessionToken', 'expiration'].map((name) => {
    const value = member(credentials, name);
    if (typeof value !== 'string' || value === '') {
      throw unexpected(response, `an answer without ${name}`);
    }
    return value;
  });
  return { accessKeyId, secretAccessKey, sessionToken, expiration };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function unexpected(response: HttpResponse, what: string): SignerError {
  return new SignerError('UNEXPECTED_RESPONSE', `the endpoint returned ${what} (HTTP ${response.status})`);
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

/** Cause and way out for messages of the service that people have met; the first that fits is used. */
const HINTS: ReadonlyArray<readonly [RegExp, string]> = [
  [/untrusted signing certificate/i,
    'no path leads from the certificate to the trust anchor: send the intermediate certificates (after the certificate in its file, '
    + 'or with --intermediates), and check that the trust anchor holds the CA that issued the certificate'],
  [/insufficient certificate/i,
    'the certificate itself does not qualify: it has to be X.509 version 3 with keyUsage digitalSignature, no CA, a subject, '
    + 'and signed with SHA-256 or stronger'],
  [/incorrect basic constraints/i,
    'the certificate or its chain has wrong basicConstraints: CA certificates need CA:TRUE, a host\'s certificate must not have it'],
  [/certificate revoked/i, 'a certificate revocation list of the trust anchor names this certificate; have a new one issued'],
  [/trust anchor is disabled/i, 'someone switched the trust anchor off; enable it'],
  [/profile is disabled/i, 'someone switched the profile off; enable it'],
  [/invalid or empty profile/i, 'the profile does not exist in this Region, or lists no role'],
  [/isn't one of those listed in the profile/i, 'add the role to the profile, or use a profile that lists it'],
  [/not authorized to set rolesessionname/i, 'leave out --role-session-name, or set acceptRoleSessionName on the profile'],
  [/failed to be mapped into session tags/i,
    'an attribute of the certificate has characters that session tags cannot have; change the certificate, '
    + 'or take the attribute out of the profile\'s mappings'],
  [/exceeds the maxsessionduration/i,
    'ask for less with --session-duration, shorten the profile\'s duration, or raise the role\'s maximum session duration'],
  [/unable to assume role/i,
    'the role\'s trust policy does not let this certificate in: it has to allow rolesanywhere.amazonaws.com the actions sts:AssumeRole, '
    + 'sts:TagSession and sts:SetSourceIdentity, with conditions that fit trust anchor and certificate'],
  [/invalid signature/i,
    'the request changed on its way, or the endpoint is not the one of the Region that was signed for; check --endpoint, --region and proxies'],
];

/** More than this between the two clocks is worth a word; the service allows five minutes. */
const NOTABLE_SKEW_SECONDS = 240;

/**
 * The error for an answer that is neither success nor worth another try.
 *
 * @param now this host's clock, to be compared with the answer's Date
 */
export function serviceFailure(response: HttpResponse, now: Date): SignerError {
  const { type, message, requestId } = readServiceError(response);
  const code = response.status === 429 ? 'THROTTLED'
    : response.status >= 500 ? 'SERVICE_FAILED'
      : response.status >= 400 ? 'SERVICE_REFUSED' : 'UNEXPECTED_RESPONSE';
  const said = [type, message].filter(Boolean).join(': ') || 'an answer without a message';
  const details = [`HTTP ${response.status}`, ...(requestId ? [`request ${requestId}`] : [])].join(', ');
  const hints = [hintFor(response.status, type, message), clockHint(response, now)].filter(Boolean).map((hint) => `; ${hint}`).join('');
  return new SignerError(code, `${said} (${details})${hints}`);
}

function hintFor(status: number, type: string, message: string): string | undefined {
  const known = HINTS.find(([pattern]) => pattern.test(message));
  if (known) {
    return known[1];
  }
  if (/ResourceNotFound/.test(type)) {
    return 'trust anchor or profile do not exist in this account and Region';
  }
  if (status === 429 || /Throttl/.test(type)) {
    return 'Roles Anywhere limits calls by account, by certificate and by source address; spread the hosts\' calls, or keep credentials for longer';
  }
  if (status >= 300 && status < 400) {
    return 'redirects are not followed; check --endpoint';
  }
  return type === '' && status !== 503 ? 'the answer does not look like one of AWS; check --endpoint and proxies' : undefined;
}

function clockHint(response: HttpResponse, now: Date): string | undefined {
  const theirs = Date.parse(response.header('date') ?? '');
  const skew = Math.round((now.getTime() - theirs) / 1000);
  if (Number.isNaN(skew) || Math.abs(skew) < NOTABLE_SKEW_SECONDS) {
    return undefined;
  }
  return `this host's clock is ${Math.abs(skew)} seconds ${skew > 0 ? 'ahead of' : 'behind'} the service's: set it right`;
}
