import { cacheFolder, whyUnsafe } from '../../../signer/cache/cache-folder';

test.each<[string, string | undefined, Record<string, string>, string, string | undefined]>([
  ['the one that is named', '/var/cache/signer', { HOME: '/home/app', XDG_CACHE_HOME: '/x' }, 'linux', '/var/cache/signer'],
  ['that of XDG', undefined, { HOME: '/home/app', XDG_CACHE_HOME: '/x/cache' }, 'linux', '/x/cache/roles-anywhere'],
  ['below HOME', undefined, { HOME: '/home/app' }, 'linux', '/home/app/.cache/roles-anywhere'],
  ['below HOME, where that of XDG is relative', undefined, { HOME: '/home/app', XDG_CACHE_HOME: 'cache' }, 'darwin', '/home/app/.cache/roles-anywhere'],
  ['below HOME, where that of XDG is empty', undefined, { HOME: '/home/app', XDG_CACHE_HOME: '' }, 'linux', '/home/app/.cache/roles-anywhere'],
  ['that of Windows', undefined, { LOCALAPPDATA: 'C:\\Users\\App\\AppData\\Local', HOME: '/home/app' }, 'win32', 'C:\\Users\\App\\AppData\\Local\\roles-anywhere\\cache'],
  ['not known', undefined, {}, 'linux', undefined],
  ['not known', undefined, { HOME: '/home/app' }, 'win32', undefined],
])('the folder is %s', (_, named, env, system, folder) => {
  expect(cacheFolder(named, env, system) || undefined).toBe(folder);
});

test.each<[number, number, RegExp | undefined]>([
  [0o700, 1000, undefined],
  [0o755, 1000, undefined],
  [0o770, 1000, /^other users may write to the folder \/cache, .*run "chmod 700 \/cache"/],
  [0o702, 1000, /^other users may write/],
  [0o777, 1000, /^other users may write/],
  [0o700, 1001, /^the folder \/cache belongs to another user \(1001, not 1000\), .*--cache-dir$/],
  [0o700, 0, /^the folder \/cache belongs to another user \(0, not 1000\)/],
])('a folder of mode %o that belongs to user %d', (mode, owner, reason) => {
  const why = whyUnsafe('/cache', { mode, owner }, 1000);
  expect(why === undefined ? reason === undefined : reason?.test(why)).toBe(true);
});

test('root may not use a folder of another user either, and Windows has no such owners', () => {
  expect(whyUnsafe('/cache', { mode: 0o700, owner: 1000 }, 0)).toMatch(/belongs to another user/);
  expect(whyUnsafe('C:\\cache', undefined, undefined)).toBeUndefined();
});
