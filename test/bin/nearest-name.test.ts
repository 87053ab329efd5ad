import { nearestName } from '../../bin/nearest-name';

const NAMES = ['certificate', 'ca-certificate', 'port', 'profile', 'role', 'json'];

test.each([
  ['certifcate', 'certificate'], ['cert', 'certificate'], ['prot', 'port'], ['pro', 'profile'], ['rolle', 'role'], ['jsno', 'json'],
])('%s is meant for %s', (text, name) => {
  expect(nearestName(text, NAMES)).toBe(name);
});

test.each(['', 'p', 'x', 'fix', 'rote-rule', 'assembly'])('%j is like none of them', (text) => {
  expect(nearestName(text, NAMES)).toBeUndefined();
});

test('a beginning that several have is near to none', () => {
  expect(nearestName('dur', ['duration', 'durable'])).toBeUndefined();
});
