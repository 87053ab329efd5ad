import { targetOf } from './kits';
import { fileNameOf, folderOf, hostPaths } from '../../src/kit/host-paths';
import { errorOf } from '../support/stack';

test.each([
  ['linux-x64', '/usr/local/bin/roles-anywhere-signer', '/etc/roles-anywhere/config.json'],
  ['portable', '/usr/local/bin/roles-anywhere-signer.mjs', '/etc/roles-anywhere/config.json'],
  ['windows-x64', 'C:\\Program Files\\roles-anywhere-signer\\roles-anywhere-signer.exe', 'C:\\ProgramData\\roles-anywhere\\config.json'],
])('a host of %s has things where they are expected', (target, signer, configuration) => {
  expect(hostPaths(targetOf(target))).toMatchObject({ signer, configuration });
});

test('what is given counts', () => {
  expect(hostPaths(targetOf('linux-x64'), { certificate: '/etc/pki/$my `host`.pem' })).toMatchObject({
    certificate: '/etc/pki/$my `host`.pem', privateKey: '/etc/roles-anywhere/host.key',
  });
});

test.each([
  ['linux-x64', 'host.pem', /does not begin with \//],
  ['linux-x64', '/etc/', /no file/],
  ['linux-x64', '/etc/../x', /\. or \.\./],
  ['linux-x64', '/etc//x', /an empty name/],
  ['linux-x64', '/a\nb', /control characters/],
  ['linux-x64', '/a\u2028b', /control characters/],
  ['linux-x64', '/a ', /begins or ends with a blank/],
  ['linux-x64', '/a #b', /has a remark begin/],
  ['linux-x64', '/a ;b', /has a remark begin/],
  ['linux-x64', '/a"b', /quotes or backslashes/],
  ['linux-x64', '/it\'s', /quotes or backslashes/],
  ['darwin-x64', 'C:\\host.pem', /does not begin with \//],
  ['windows-x64', '/etc/host.pem', /does not begin with a drive/],
  ['windows-x64', 'C:host.pem', /does not begin with a drive/],
  ['windows-x64', 'C:\\a\\..\\b', /\. or \.\./],
  ['windows-x64', 'C:\\a?', /Windows forbids/],
  ['windows-x64', 'C:\\a:b', /Windows forbids/],
  ['windows-x64', 'C:\\%TEMP%', /the shell replaces/],
  ['windows-x64', 'C:\\a.', /ends with a dot/],
])('on a host of %s, %j is refused', (target, certificate, message) => {
  const error = errorOf(() => hostPaths(targetOf(target), { certificate }));
  expect(error.code).toBe('INVALID_PATH');
  expect(error.message).toMatch(message);
});

test.each([['/etc/x/y.pem', '/etc/x', 'y.pem'], ['/y', '/', 'y'], ['C:\\a b\\y.pem', 'C:\\a b', 'y.pem']])('%s is in %s and called %s', (path, folder, name) => {
  expect([folderOf(path), fileNameOf(path)]).toEqual([folder, name]);
});
