import fc from 'fast-check';
import { targetOf } from './kits';
import { archiveName, checkedContact, hostFileName, kitFolder, kitName, signerNameIn } from '../../src/kit/kit-options';
import { errorOf } from '../support/stack';

test.each([['Backup', 'Backup'], ['Web servers (old)', 'Web-servers-old'], ['web01.example.com', 'web01.example.com'], ['--x--', 'x'], ['Bäckup', 'B-ckup']])(
  'a kit of %j is called %s', (name, called) => {
    expect(kitName(name)).toBe(called);
  });

test.each(['', '///', '...', 'x'.repeat(65)])('%j is no name', (name) => {
  expect(errorOf(() => kitName(name)).code).toBe('INVALID_TEXT');
});

test('archive, folder and signer are named after kit and target', () => {
  const names = (target: string) => {
    const kit = { name: 'Backup', target: targetOf(target) };
    return [archiveName(kit), kitFolder(kit), signerNameIn(kit.target)];
  };
  expect(names('linux-x64')).toEqual(['Backup-linux-x64.tar.gz', 'Backup-linux-x64', 'roles-anywhere-signer']);
  expect(names('windows-x64')).toEqual(['Backup-windows-x64.zip', 'Backup-windows-x64', 'roles-anywhere-signer.exe']);
  expect(names('portable')).toEqual(['Backup-portable.tar.gz', 'Backup-portable', 'roles-anywhere-signer.mjs']);
});

test('hosts have files of their own, whatever they are called', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { minLength: 2 }), (hosts) => {
    const files = hosts.map(hostFileName);
    expect(new Set(files).size).toBe(hosts.length);
    files.forEach((file) => expect(file).toMatch(/^[A-Za-z0-9_%-][A-Za-z0-9._%-]*\.json$/u));
  }));
});

test.each(['', '  ', 'a\nb', 'a\u2028b', 'x'.repeat(201)])('%j is no contact', (text) => {
  expect(errorOf(() => checkedContact(text)).code).toBe('INVALID_TEXT');
});

test('a contact is a line', () => {
  expect(checkedContact(' Ada, <ada@example.com> ')).toBe('Ada, <ada@example.com>');
});
