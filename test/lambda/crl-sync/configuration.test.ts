import { Configuration, isPlainUrl, readConfiguration } from '../../../lambda/crl-sync/configuration';

const LIST = { id: 'root', name: 'Root list', source: { type: 'url', urls: ['http://pki.example.com/root.crl'] } };
const GOOD = {
  syncId: 'Hosts-Revocation',
  trustAnchorArn: 'arn:aws-us-gov:rolesanywhere:us-gov-west-1:111122223333:trust-anchor/11111111-2222-3333-4444-555555555555',
  metricNamespace: 'CdkRolesAnywhere',
  lists: [LIST],
};

const read = (configuration: unknown): Configuration => readConfiguration({ CONFIGURATION: JSON.stringify(configuration) });
const thrown = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

test('what is left out has the documented default', () => {
  expect(read(GOOD)).toEqual({ ...GOOD, requestIntervalMs: 1100, lists: [{ ...LIST, maxRedirects: 5, timeoutSeconds: 10 }] });
});

test('what is given stands', () => {
  const list = { ...LIST, maxRedirects: 0, timeoutSeconds: 2.5, issuerCertificates: 'PEM' };
  expect(read({ ...GOOD, requestIntervalMs: 0, lists: [list] })).toMatchObject({ requestIntervalMs: 0, lists: [list] });
});

test.each<[string, unknown, string]>([
  ['no object', null, 'syncId'],
  ['a sync id that could not be a tag', { ...GOOD, syncId: 'a/b*' }, 'syncId'],
  ['an ARN of something else', { ...GOOD, trustAnchorArn: GOOD.trustAnchorArn.replace('trust-anchor', 'profile') }, 'trustAnchorArn'],
  ['no ARN of a CA', { ...GOOD, certificateAuthorityArn: 'ca' }, 'certificateAuthorityArn'],
  ['no name for metrics', { ...GOOD, metricNamespace: undefined }, 'metricNamespace'],
  ['no lists', { ...GOOD, lists: [] }, 'lists'],
  ['two lists of one id, of which each would replace the other', { ...GOOD, lists: [LIST, { ...LIST, name: 'other' }] }, 'lists'],
  ['a list without id', { ...GOOD, lists: [{ ...LIST, id: undefined }] }, 'lists[0].id'],
  ['a list without name', { ...GOOD, lists: [{ ...LIST, name: '' }] }, 'lists[0].name'],
  ['a source of no kind', { ...GOOD, lists: [LIST, { ...LIST, id: 'b', source: { type: 'ftp' } }] }, 'lists[1].source'],
  ['a list without source', { ...GOOD, lists: [{ ...LIST, source: undefined }] }, 'lists[0].source'],
  ['a source without URL', { ...GOOD, lists: [{ ...LIST, source: { type: 'url', urls: [] } }] }, 'lists[0].source'],
  ['an object without key', { ...GOOD, lists: [{ ...LIST, source: { type: 's3', bucket: 'b' } }] }, 'lists[0].source'],
  ['no URL', { ...GOOD, lists: [{ ...LIST, source: { type: 'url', urls: ['http://a/', 'nowhere'] } }] }, 'lists[0].source.urls[1]'],
  ['a URL of another protocol', { ...GOOD, lists: [{ ...LIST, source: { type: 'url', urls: ['ldap://a/cn=ca'] } }] }, 'lists[0].source.urls[0]'],
])('%s is refused, with the member that is wrong', (_, configuration, member) => {
  expect(thrown(() => read(configuration))).toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.stringMatching(new RegExp(`: ${member.replace(/[[\]]/g, '\\$&')}$`)) });
});

test.each([[undefined, 'syncId'], ['{', 'it is not JSON']])('an environment of %j is refused', (text, what) => {
  expect(thrown(() => readConfiguration({ CONFIGURATION: text }))).toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining(what) });
});

test.each([
  ['http://a/', true], ['HTTPS://a:8443/b?c=d', true], ['http://user@a/', false], ['http://:word@a/', false], ['ftp://a/', false], ['file:///etc/passwd', false],
])('%s is a URL to be asked: %s', (url, isSo) => {
  expect(isPlainUrl(new URL(url))).toBe(isSo);
});
