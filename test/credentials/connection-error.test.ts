import { connectionFailure } from '../../src/credentials/connection-error';
import { proxyFor } from '../../src/credentials/proxy';
import { systemError } from '../signer/fake-platform';

const URL_ = new URL('https://rolesanywhere.eu-west-2.amazonaws.com/sessions');
const explain = (cause: unknown, env: Record<string, string> = {}) => connectionFailure(cause, URL_, proxyFor(URL_, env));

test.each<[string, unknown, string, boolean, RegExp]>([
  ['refused', systemError('ECONNREFUSED'), 'CONNECTION_FAILED', true, /the connection was refused \(ECONNREFUSED\)/],
  ['refused, as Bun calls it', systemError('ConnectionRefused'), 'CONNECTION_FAILED', true, /refused/],
  ['reset', systemError('ECONNRESET'), 'CONNECTION_FAILED', true, /closed by the other side/],
  ['unknown host', systemError('ENOTFOUND'), 'CONNECTION_FAILED', true, /cannot be resolved/],
  ['an own message', new Error('the proxy p:3128 answered HTTP 407 to CONNECT'), 'CONNECTION_FAILED', true, /answered HTTP 407/],
  ['something that is no error', 'x', 'CONNECTION_FAILED', true, /no reason given/],
  ['time-out', Object.assign(new Error('timed out'), { name: 'TimeoutError' }), 'TIMED_OUT', true, /no answer from rolesanywhere\.eu-west-2\.amazonaws\.com in time.*HTTPS_PROXY/],
  ['abort, as Node.js calls it', Object.assign(new Error('aborted'), { name: 'AbortError', code: 'ABORT_ERR' }), 'TIMED_OUT', true, /in time/],
  ['a self-signed certificate', systemError('DEPTH_ZERO_SELF_SIGNED_CERT'), 'TLS_FAILED', false, /AWS_CA_BUNDLE/],
  ['an unknown CA', systemError('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'TLS_FAILED', false, /AWS_CA_BUNDLE/],
  ['another host\'s certificate', systemError('ERR_TLS_CERT_ALTNAME_INVALID'), 'TLS_FAILED', false, /is for another host name/],
  ['an expired certificate', systemError('CERT_HAS_EXPIRED'), 'TLS_FAILED', false, /clock/],
])('%s', (_, cause, code, retry, message) => {
  const failure = explain(cause);
  expect(failure).toMatchObject({ retry, error: { code } });
  expect(failure.error.message).toMatch(message);
});

test.each<[string, unknown, Record<string, string>, string]>([
  ['an unknown host', systemError('ENOTFOUND'), {}, 'check --endpoint, --region and this host\'s DNS; or is a proxy needed (HTTPS_PROXY)?'],
  ['a refused connection', systemError('ECONNREFUSED'), {}, 'check --endpoint and firewalls in between; or is a proxy needed (HTTPS_PROXY)?'],
  ['an own message', new Error('closed'), {}, 'check --endpoint and firewalls in between; or is a proxy needed (HTTPS_PROXY)?'],
  ['a proxy in between', systemError('ECONNREFUSED'), { HTTPS_PROXY: 'http://proxy:3128' }, `check HTTPS_PROXY, and that the proxy lets connections to ${URL_.host} through`],
])('%s: the message ends with what to do', (_, cause, env, remedy) => {
  expect(explain(cause, env).error.message).toMatch(/^no connection to /);
  expect(explain(cause, env).error.message.endsWith(`; ${remedy}`)).toBe(true);
});

test('the proxy is named by its variable, and its password is not', () => {
  const { error } = explain(systemError('ECONNREFUSED'), { HTTPS_PROXY: 'http://user:password@proxy:3128' });
  expect(error.message).toContain('through the proxy of HTTPS_PROXY');
  expect(error.message).not.toContain('password');
});
