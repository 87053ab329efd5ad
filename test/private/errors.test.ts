/** What programs go by that handle an error of a construct, in TypeScript and elsewhere: the class itself is not exported. */
import { Profile, Subject } from '../../src';
import { errorOf, newStack } from '../support/stack';

test('an error of a construct has name, code and path as members, and in its text path and code', () => {
  const error = errorOf(() => new Profile(newStack(), 'Profile', { profileName: 'host.example.com' }));
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: 'RolesAnywhereError', code: 'INVALID_NAME', constructPath: 'Stack/Profile' });
  expect(error.message).toMatch(/^\[Stack\/Profile\] the name "host\.example\.com" is not allowed: .* \(INVALID_NAME\)$/);
});

test('an error of a value has no path', () => {
  const error = errorOf(() => Subject.commonName(''));
  expect(error).toMatchObject({ name: 'RolesAnywhereError', code: 'INVALID_CONDITION' });
  expect(error.message).toMatch(/^the condition on .* \(INVALID_CONDITION\)$/);
});
