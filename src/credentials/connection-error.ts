/** Says in words why no answer came, whichever runtime reports it. */
import { oneLine, CredentialsError } from './errors';
import { ProxyChoice } from './proxy';

/** Codes of OpenSSL and BoringSSL for a server certificate that does not convince. */
const UNTRUSTED = /^(?:DEPTH_ZERO_|SELF_SIGNED|UNABLE_TO_|CERT_|ERR_TLS_CERT|UNKNOWN_CERTIFICATE|HOSTNAME_MISMATCH|INVALID_CA)/;

const UNRESOLVED = 'the host name cannot be resolved';

/** Words for what the runtimes call by code. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ConnectionRefused: 'the connection was refused',
  ECONNRESET: 'the connection was closed by the other side',
  ConnectionClosed: 'the connection was closed by the other side',
  EPIPE: 'the connection was closed by the other side',
  ENOTFOUND: UNRESOLVED,
  EAI_AGAIN: UNRESOLVED,
  DNSException: UNRESOLVED,
  FailedToOpenSocket: 'the host cannot be reached',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the host does not answer',
  EPROTO: 'the other side does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the other side does not speak TLS',
};

/** A failed connection: what to print, and whether another try makes sense. */
export interface ConnectionFailure {
  readonly error: CredentialsError;
  readonly retry: boolean;
}

/** Explains the error that a platform's `send` rejected with. */
export function connectionFailure(cause: unknown, url: URL, proxy?: ProxyChoice): ConnectionFailure {
  const { name = '', code = '', message: own = '' } = cause as { name?: string; code?: unknown; message?: string };
  const where = proxy ? `${url.host} through the proxy of ${proxy.origin}` : url.host;
  if (name === 'TimeoutError' || name === 'AbortError' || code === 'ABORT_ERR') {
    const hint = proxy ? '' : '; is a firewall in between, or a proxy needed (HTTPS_PROXY)?';
    return { retry: true, error: new CredentialsError('TIMED_OUT', `no answer from ${where} in time${hint}`, { cause }) };
  }
  if (typeof code === 'string' && UNTRUSTED.test(code)) {
    return { retry: false, error: new CredentialsError('TLS_FAILED', `the certificate of ${where} ${whyUntrusted(code)} (${code})`, { cause }) };
  }
  const known = typeof code === 'string' ? REASONS[code] : undefined;
  const reason = known === undefined ? oneLine(own || String(code) || 'no reason given', 200) : `${known} (${String(code)})`;
  const message = `no connection to ${where}: ${reason}; ${whatToCheck(known, url, proxy)}`;
  return { retry: true, error: new CredentialsError('CONNECTION_FAILED', message, { cause }) };
}

function whatToCheck(reason: string | undefined, url: URL, proxy: ProxyChoice | undefined): string {
  return proxy ? `check ${proxy.origin}, and that the proxy lets connections to ${url.host} through`
    : `check --endpoint${reason === UNRESOLVED ? ', --region and this host\'s DNS' : ' and firewalls in between'}; or is a proxy needed (HTTPS_PROXY)?`;
}

function whyUntrusted(code: string): string {
  if (/ALTNAME|HOSTNAME/.test(code)) {
    return 'is for another host name; check --endpoint';
  }
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return 'is out of its validity; is the clock of this host right?';
  }
  return 'is not trusted; where a proxy or a private endpoint has a certificate of its own, name its CA with --ca-bundle or AWS_CA_BUNDLE';
}
