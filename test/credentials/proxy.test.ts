import { proxyFor } from '../../src/credentials/proxy';

const HTTPS = 'https://rolesanywhere.eu-west-2.amazonaws.com/sessions';
const PROXY = { HTTPS_PROXY: 'http://proxy:3128', HTTP_PROXY: 'http://plain:3128' };

test.each<[string, string, Record<string, string>, string | undefined]>([
  ['no variable', HTTPS, {}, undefined],
  ['the variable of https', HTTPS, PROXY, 'http://proxy:3128'],
  ['the variable of http', 'http://example.com/', PROXY, 'http://plain:3128'],
  ['lower case', HTTPS, { https_proxy: 'http://proxy:3128' }, 'http://proxy:3128'],
  ['a host without a scheme', HTTPS, { HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128'],
  ['an empty variable', HTTPS, { HTTPS_PROXY: '', https_proxy: '' }, undefined],
  ['loopback by name', 'https://localhost:8443/', PROXY, undefined],
  ['loopback by number', 'http://127.0.0.1:8080/', PROXY, undefined],
  ['loopback of IPv6', 'http://[::1]:8080/', PROXY, undefined],
  ['a name that only begins like loopback', 'https://127.0.0.1.example.com/', PROXY, 'http://proxy:3128'],
  ['NO_PROXY of the host', HTTPS, { ...PROXY, NO_PROXY: 'rolesanywhere.eu-west-2.amazonaws.com' }, undefined],
  ['NO_PROXY of the domain', HTTPS, { ...PROXY, NO_PROXY: 'example.com, amazonaws.com' }, undefined],
  ['NO_PROXY with a leading dot', HTTPS, { ...PROXY, no_proxy: '.amazonaws.com' }, undefined],
  ['NO_PROXY of everything', HTTPS, { ...PROXY, NO_PROXY: '*' }, undefined],
  ['NO_PROXY with the port', HTTPS, { ...PROXY, NO_PROXY: 'amazonaws.com:443' }, undefined],
  ['NO_PROXY with another port', HTTPS, { ...PROXY, NO_PROXY: 'amazonaws.com:8443' }, 'http://proxy:3128'],
  ['NO_PROXY of another domain that ends the same', HTTPS, { ...PROXY, NO_PROXY: 'naws.com' }, 'http://proxy:3128'],
])('%s', (_, url, env, proxy) => {
  expect(proxyFor(new URL(url), env)?.url).toBe(proxy);
});

test('a proxy that is named by hand is used for every host, and says so', () => {
  expect(proxyFor(new URL('http://127.0.0.1:8080/'), { NO_PROXY: '*' }, 'proxy:3128')).toEqual({ url: 'http://proxy:3128', origin: '--proxy' });
});
