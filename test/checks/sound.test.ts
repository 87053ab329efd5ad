import { check, soundPki } from './check';

test('in a sound template no rule finds anything', async () => {
  const { sound } = await soundPki();
  expect(check(sound)).toEqual([]);
  expect(check(sound, { region: 'cn-north-1' })).toEqual([]);
});
