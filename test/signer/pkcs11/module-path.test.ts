/** Which file is loaded as module. */
import { findModule, ModuleHost } from '../../../signer/pkcs11/module-path';
import { parsePkcs11Uri } from '../../../signer/pkcs11/uri';

const PROXY = '/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so';
const FOLDERS = ['/usr/lib', '/usr/lib/x86_64-linux-gnu', '/usr/lib/softhsm', '/usr/lib/aarch64-linux-gnu/pkcs11', '/opt/homebrew/lib', '/opt/own'];

function host(files: readonly string[], changes: Partial<ModuleHost> = {}): ModuleHost {
  return {
    platform: 'linux',
    arch: 'x64',
    env: {},
    kind: (path) => (files.includes(path) ? 'file' : FOLDERS.includes(path) ? 'folder' : undefined),
    ...changes,
  };
}

const uris = (...texts: string[]) => texts.map(parsePkcs11Uri);

describe('the module', () => {
  test.each<[string, string | undefined, string[], ModuleHost, string]>([
    ['p11-kit\'s proxy unless told otherwise', undefined, [], host([PROXY]), PROXY],
    ['of another processor', undefined, [], host(['/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-proxy.so'], { arch: 'arm64' }), '/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-proxy.so'],
    ['of one without a folder of its own', undefined, [], host(['/usr/lib/p11-kit-proxy.so'], { arch: 'riscv64' }), '/usr/lib/p11-kit-proxy.so'],
    ['on macOS', undefined, [], host(['/opt/homebrew/lib/p11-kit-proxy.dylib'], { platform: 'darwin', arch: 'arm64' }), '/opt/homebrew/lib/p11-kit-proxy.dylib'],
    ['by path', '/opt/own/token.so', ['pkcs11:?module-path=/other'], host([PROXY, '/opt/own/token.so']), '/opt/own/token.so'],
    ['by file name', 'libsofthsm2.so', [], host(['/usr/lib/softhsm/libsofthsm2.so']), '/usr/lib/softhsm/libsofthsm2.so'],
    ['by file name, where the loader is told to look', 'token.so', [], host(['/opt/own/token.so'], { env: { LD_LIBRARY_PATH: ':relative:/opt/own' } }), '/opt/own/token.so'],
    ['by the URI of the key, before that of the certificate', undefined, ['pkcs11:?module-path=/opt/own/a.so', 'pkcs11:?module-path=/opt/own/b.so'], host(['/opt/own/a.so', '/opt/own/b.so']), '/opt/own/a.so'],
    ['by the only URI that names one', undefined, ['pkcs11:token=a', 'pkcs11:?module-path=/opt/own/b.so'], host(['/opt/own/b.so']), '/opt/own/b.so'],
    ['by a name in a URI', undefined, ['pkcs11:?module-name=softhsm2'], host(['/usr/lib/softhsm/libsofthsm2.so']), '/usr/lib/softhsm/libsofthsm2.so'],
    ['by folder and name', undefined, ['pkcs11:?module-path=/opt/own&module-name=opensc'], host(['/opt/own/opensc.so']), '/opt/own/opensc.so'],
    ['by path where a name is said as well', undefined, ['pkcs11:?module-path=/opt/own/a.so&module-name=opensc'], host(['/opt/own/a.so']), '/opt/own/a.so'],
  ])('%s', (_, library, texts, machine, expected) => {
    expect(findModule(library, uris(...texts), machine)).toBe(expected);
  });

  test.each<[string, string | undefined, string[], ModuleHost, string, string]>([
    ['no proxy', undefined, [], host([]), 'TOKEN_UNREADABLE', 'p11-kit\'s proxy module p11-kit-proxy.so is not on this machine (looked in /usr/lib/x86_64-linux-gnu, /usr/lib, /usr/lib/softhsm); install p11-kit'],
    ['a path without a file', './token.so', [], host([]), 'TOKEN_UNREADABLE', '/token.so does not exist; "p11-kit list-modules"'],
    ['a folder', '/opt/own', [], host([]), 'TOKEN_UNREADABLE', '/opt/own is a folder'],
    ['a file name of the working directory', 'token.so', [], host([`${process.cwd()}/token.so`], { env: { LD_LIBRARY_PATH: ':.' } }), 'TOKEN_UNREADABLE', 'there is no PKCS#11 module token.so in /usr/lib'],
    ['an unknown name', undefined, ['pkcs11:?module-name=other'], host([]), 'TOKEN_UNREADABLE', 'there is no PKCS#11 module other in /usr/lib'],
    ['Windows', 'C:\\token.dll', [], host([], { platform: 'win32' }), 'NOT_SUPPORTED', 'with --sign-command'],
  ])('%s is an error', (_, library, texts, machine, code, message) => {
    expect(() => findModule(library, uris(...texts), machine)).toThrow(expect.objectContaining({ name: 'SignerError', code, message: expect.stringContaining(message) }));
  });
});
