import { found, role, soundPki, trust } from './check';

const suppressing = (suppressions: unknown) => ({
  Role: { ...role([trust()]), Metadata: { 'cdk-roles-anywhere:suppressions': suppressions } },
});

test.each([
  ['no reason', { RA104: '' }, 'it has no reason'],
  ['a reason of blanks', { RA104: { reason: '  ' } }, 'it has no reason'],
  ['a rule that does not exist', { RA999: 'because' }, 'there is no such rule'],
  ['the name of a rule for its id', { 'any-certificate': 'because' }, 'there is no such rule'],
])('finds a suppression with %s', (_, suppressions, problem) => {
  expect(found('RA604', suppressing(suppressions))).toMatchObject([{ severity: 'error', on: 'Role', message: expect.stringContaining(problem) }]);
});

test('finds it at resources of any type', () => {
  expect(found('RA604', { Bucket: { Type: 'AWS::S3::Bucket', Metadata: { 'cdk-roles-anywhere:suppressions': { RA101: null } } } })).toHaveLength(1);
});

test('is content with a reason', async () => {
  expect(found('RA604', suppressing({ RA104: 'the CA issues for these hosts only', RA103: { reason: 'one trust anchor', at: 'Stack' } }))).toEqual([]);
  expect(found('RA604', (await soundPki()).sound)).toEqual([]);
});
