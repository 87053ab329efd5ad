import { isRelativePath, relativePathHint } from '../../src/credentials/paths';

test.each(['host.pem', 'pki/host.pem', './host.pem', '../host.pem', '~/host.pem', 'C:host.pem', 'pki\\host.pem'])('%s is relative', (path) => {
  expect(isRelativePath(path)).toBe(true);
  expect(relativePathHint(path)).toBe(' (relative paths count from the working directory)');
});

test.each(['/etc/host.pem', 'C:\\pki\\host.pem', 'd:/pki/host.pem', '\\\\server\\share\\host.pem'])('%s is absolute', (path) => {
  expect(isRelativePath(path)).toBe(false);
  expect(relativePathHint(path)).toBe('');
});
